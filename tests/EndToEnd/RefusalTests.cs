using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>Every no at the public door: its status, its slug, a sentence in the reader's language, and nothing half done.</summary>
public sealed class RefusalTests(PlatformFixture fixture)
{
    private static readonly string[] Wanted =
        ["/api/contacts", "/api/cases/{id}/release", "/api/cases/{id}/restrict", "/api/referrals/{id}/acknowledge", "/api/referrals/emergency", "/api/inbox", "/api/notices"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Stage Stage => new(fixture);

    [Fact]
    public async Task Without_a_session_nothing_is_told()
    {
        using var stranger = new PlatformClient(fixture.Platform.Address);
        var (status, problem, _) = await Ask(stranger, HttpMethod.Get, "api/inbox");
        status.ShouldBe(HttpStatusCode.Unauthorized);
        Slug(problem).ShouldBe("not-signed-in");
    }

    [Fact]
    public async Task A_service_itself_refuses_a_request_without_a_token()
    {
        using var direct = new HttpClient { BaseAddress = fixture.Platform.InternalAddress("referral") };
        using var answer = await direct.GetAsync(new Uri("inbox", UriKind.Relative), Ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_liaison_cannot_record_a_contact()
    {
        var (status, problem, _) = await Ask(await fixture.As(DemoAccounts.PoliceTuyenQuang), HttpMethod.Post, "api/contacts", Stage.Contact());
        status.ShouldBe(HttpStatusCode.Forbidden);
        Slug(problem).ShouldBe("role-not-allowed");
    }

    [Fact]
    public async Task Another_desks_referral_does_not_exist_for_a_liaison()
    {
        var (referral, _) = await Stage.Sent();
        var other = await fixture.As(DemoAccounts.BorderGuard);
        foreach (var (method, path) in new[] { (HttpMethod.Get, ""), (HttpMethod.Get, "/package"), (HttpMethod.Post, "/acknowledge"), (HttpMethod.Get, "/allowed-actions") })
        {
            var (status, problem, _) = await Ask(other, method, $"api/referrals/{referral}{path}", method == HttpMethod.Post ? new { } : null);
            status.ShouldBe(HttpStatusCode.NotFound);
            Slug(problem).ShouldBe("referral-not-found");
            problem.TryGetProperty("state", out _).ShouldBeFalse();
        }

        (await Stage.State(DemoAccounts.PoliceTuyenQuang, referral)).ShouldBe("Sent");
    }

    [Fact]
    public async Task A_stale_version_is_answered_with_the_present_state_and_who_was_first()
    {
        var (referral, _) = await Stage.Sent();
        var liaison = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        await liaison.Post($"api/referrals/{referral}/acknowledge", null, Ct);

        var (status, problem, tag) = await Ask(liaison, HttpMethod.Post, $"api/referrals/{referral}/accept", new { }, ifMatch: "\"1\"");

        status.ShouldBe(HttpStatusCode.PreconditionFailed);
        Slug(problem).ShouldBe("version-stale");
        problem.GetProperty("state").GetString().ShouldBe("Acknowledged");
        problem.GetProperty("version").GetInt64().ShouldBe(4);
        problem.GetProperty("acknowledgedBy").GetString().ShouldNotBeNullOrEmpty();
        var allowed = problem.GetProperty("allowed").EnumerateArray().Select(command => command.GetString()).ToList();
        allowed.ShouldContain("accept");
        allowed.ShouldContain("hand-on");
        allowed.ShouldNotContain("decline", "the police may not decline an emergency");
        tag.ShouldBe("\"4\"");
    }

    [Fact]
    public async Task The_same_key_with_the_same_body_gets_the_same_answer_and_with_another_body_none()
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var key = Guid.CreateVersion7().ToString("n");
        var first = await staff.Post("api/contacts", Stage.Contact(), Ct, key);
        var second = await staff.Post("api/contacts", Stage.Contact(), Ct, key);
        second.GetRawText().ShouldBe(first.GetRawText());

        var refused = await Should.ThrowAsync<PlatformRefusalException>(() => staff.Post("api/contacts", Stage.Contact("Người gọi khác, hư cấu"), Ct, key));
        refused.Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        refused.Slug.ShouldBe("idempotency-key-reused");
    }

    [Fact]
    public async Task A_body_of_64_kilobytes_passes_the_door_and_one_byte_more_does_not()
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var (atLimit, problem, _) = await Ask(staff, HttpMethod.Post, "api/contacts", raw: Padded(64 * 1024));
        atLimit.ShouldBe(HttpStatusCode.BadRequest);
        Slug(problem).ShouldBe("body-invalid");

        var (over, tooLarge, _) = await Ask(staff, HttpMethod.Post, "api/contacts", raw: Padded((64 * 1024) + 1));
        over.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        Slug(tooLarge).ShouldBe("body-too-large");

        // A summary far too long, so that the body is read and judged.
        static string Padded(int bytes)
        {
            const string head = "{\"channel\":\"phone_in\",\"summary\":\"";
            const string tail = "\"}";
            return head + new string('a', bytes - head.Length - tail.Length) + tail;
        }
    }

    [Theory]
    [InlineData("{\"channel\":", "body-malformed")]
    [InlineData("[]", "body-invalid")]
    [InlineData("{\"channel\":\"phone_in\",\"chanel\":1}", "body-unknown-member")]
    [InlineData("{\"channel\":\"pigeon\"}", "body-invalid")]
    [InlineData("{\"channel\":\"phone_in\",\"caller\":{\"age\":121}}", "body-invalid")]
    public async Task A_body_that_makes_no_sense_is_refused_with_its_reason(string body, string slug)
    {
        var (status, problem, _) = await Ask(await fixture.As(DemoAccounts.Counsellor), HttpMethod.Post, "api/contacts", raw: body);
        status.ShouldBe(HttpStatusCode.BadRequest);
        Slug(problem).ShouldBe(slug);
    }

    [Theory]
    [InlineData("2026-04-30", "99", null)]
    [InlineData("2026-04-30", "08", "31")]
    [InlineData("1999-01-01", "08", null)]
    public async Task A_province_that_the_edition_does_not_know_is_refused(string edition, string provinceCode, string? formerProvinceCode)
    {
        var body = new { channel = "phone_in", place = new { edition, provinceCode, formerProvinceCode } };
        var (status, problem, _) = await Ask(await fixture.As(DemoAccounts.Counsellor), HttpMethod.Post, "api/contacts", body);
        status.ShouldBe(HttpStatusCode.BadRequest);
        problem.GetProperty("errors").GetProperty("place").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task An_illegal_command_is_refused_with_those_that_are_allowed()
    {
        var (referral, _) = await Stage.Sent();
        var (status, problem, _) = await Ask(await fixture.As(DemoAccounts.PoliceTuyenQuang), HttpMethod.Post, $"api/referrals/{referral}/accept", new { });
        status.ShouldBe(HttpStatusCode.Conflict);
        Slug(problem).ShouldBe("command-not-allowed");
        var allowed = problem.GetProperty("allowed").EnumerateArray().Select(command => command.GetString()!).ToList();
        allowed.ShouldBe(await (await fixture.As(DemoAccounts.PoliceTuyenQuang)).May(referral));
        allowed.ShouldContain("acknowledge");
        allowed.ShouldNotContain("accept");
    }

    [Fact]
    public async Task The_police_may_not_decline_an_emergency()
    {
        var (referral, _) = await Stage.Sent();
        var liaison = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        await liaison.Post($"api/referrals/{referral}/acknowledge", null, Ct);
        var refused = await Should.ThrowAsync<PlatformRefusalException>(() => liaison.Post($"api/referrals/{referral}/decline", new { reason = "no_capacity" }, Ct));
        refused.Slug.ShouldBe("emergency-must-be-taken");
    }

    [Fact]
    public async Task The_sentence_of_a_refusal_is_in_the_readers_language()
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var path = $"api/cases/{Guid.CreateVersion7()}";
        (await Ask(staff, HttpMethod.Get, path, language: "vi")).Problem.GetProperty("title").GetString().ShouldBe("Không có hồ sơ ca này.");
        (await Ask(staff, HttpMethod.Get, path, language: "en")).Problem.GetProperty("title").GetString().ShouldBe("There is no such case.");
    }

    [Fact]
    public async Task All_services_are_described_in_one_document()
    {
        var reader = await fixture.As(DemoAccounts.Counsellor);
        List<string> paths = [];
        // A service that is too slow to describe itself is named in the document and asked again some seconds later.
        for (var deadline = DateTime.UtcNow + Stage.Patience; DateTime.UtcNow < deadline && !Wanted.All(paths.Contains); await Task.Delay(500, Ct))
        {
            var (status, document, _) = await reader.Ask(HttpMethod.Get, "api/docs/openapi.json");
            status.ShouldBe(HttpStatusCode.OK);
            paths = [.. document.GetProperty("paths").EnumerateObject().Select(path => path.Name)];
        }

        Wanted.ShouldBeSubsetOf(paths);
        paths.ShouldNotContain(path => path.Contains("internal", StringComparison.Ordinal));
    }

    private static string Slug(JsonElement problem) => problem.GetProperty("type").GetString()!["urn:hotline111:".Length..];

    private static async Task<(HttpStatusCode Status, JsonElement Problem, string? Tag)> Ask(
        PlatformClient client, HttpMethod method, string path, object? body = null, string? raw = null, string? ifMatch = null, string? language = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (raw is not null)
            request.Content = new StringContent(raw, Encoding.UTF8, "application/json");
        else if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType());
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (language is not null)
            request.Headers.TryAddWithoutValidation("Accept-Language", language);
        using var answer = await client.Send(request, Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        return (answer.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text), answer.Headers.ETag?.Tag);
    }
}
