using System.Text;
using System.Text.Json;
using Hotline111.Local;
using Hotline111.Local.Demo;
using Npgsql;

namespace Hotline111.EndToEnd.Tests;

/// <summary>The main job through the public door, on real servers.</summary>
public sealed class JourneyTests(PlatformFixture fixture)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_contact_becomes_referrals_that_are_acknowledged_and_answered_and_the_case_shows_it()
    {
        foreach (var course in Course.All(TimeProvider.System))
        {
            using var journey = new Journey(fixture.Platform, new Steps(null));
            var result = await journey.Run(course, Ct);
            result.Referrals.Count.ShouldBe(course.Referrals.Count);
            foreach (var (referral, told) in result.Referrals.Zip(course.Referrals))
            {
                referral.Number.ShouldMatch(@"^RF-\d{4}-\d{6}$");
                referral.Outcome.ShouldBe(told.Declines ? "Declined" : "Accepted");
                referral.AcknowledgedAt.ShouldBeGreaterThan(referral.SentAt);
            }

            var staff = await fixture.As(DemoAccounts.Counsellor);
            // What was opened and noticed is told beside the answers, not before them.
            var shown = await staff.Until(result.CaseId, each => Kinds(each).Contains("package-opened") && Kinds(each).Contains("notice-recorded"));
            Kinds(shown).Count(kind => kind == "referral-sent").ShouldBe(course.Referrals.Count);
            Kinds(shown).Count(kind => kind == "referral-acknowledged").ShouldBe(course.Referrals.Count);
        }
    }

    [Fact]
    public async Task The_desk_reads_exactly_what_was_released_and_the_receipt_rises_without_making_its_answer_stale()
    {
        var stage = new Stage(fixture);
        var (referral, _) = await stage.Sent();
        var liaison = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var before = await Tag(liaison, referral);

        var opened = await liaison.Get($"api/referrals/{referral}/package", Ct);

        opened.GetProperty("profile").GetString().ShouldBe("police@2026-1");
        var person = opened.GetProperty("package").GetProperty("persons")[0];
        person.GetProperty("name").GetString().ShouldBe("Người hư cấu");
        person.TryGetProperty("ethnicityGroup", out _).ShouldBeFalse("the police profile has no ethnicity");
        (await liaison.InInbox(referral)).ShouldNotBeNull().GetProperty("openedAt").ValueKind.ShouldBe(JsonValueKind.String);
        (await Tag(liaison, referral)).ShouldBe(before);
        await using var database = new NpgsqlConnection(fixture.Platform.Database("referral").Store);
        await database.OpenAsync(Ct);
        await using var reads = new NpgsqlCommand("SELECT count(*) FROM events.mt_events WHERE type = 'personal-data-read.v1' AND data->>'id' = $1", database) { Parameters = { new() { Value = referral.ToString() } } };
        ((long)(await reads.ExecuteScalarAsync(Ct))!).ShouldBe(1);
    }

    [Fact]
    public async Task A_standard_referral_waits_for_the_supervisor_and_a_returned_one_can_be_submitted_again()
    {
        var stage = new Stage(fixture);
        var (caseId, person, _) = await stage.Case();
        var referral = await stage.Draft(caseId, urgency: "standard");
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var supervisor = await fixture.As(DemoAccounts.Supervisor);
        var liaison = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var release = await stage.Release(caseId, person);

        await staff.Post($"api/referrals/{referral}/submit", new { release }, Ct);
        (await stage.State(DemoAccounts.Counsellor, referral)).ShouldBe("AwaitingApproval");
        (await Should.ThrowAsync<PlatformRefusalException>(() => liaison.Get($"api/referrals/{referral}", Ct))).Slug.ShouldBe("referral-not-found");

        await supervisor.Post($"api/referrals/{referral}/return", new { question = "Câu hỏi hư cấu?" }, Ct);
        (await stage.State(DemoAccounts.Counsellor, referral)).ShouldBe("Draft");
        await staff.Post($"api/referrals/{referral}/submit", new { release }, Ct);
        await supervisor.Post($"api/referrals/{referral}/approve", null, Ct);
        (await stage.State(DemoAccounts.PoliceTuyenQuang, referral)).ShouldBe("Sent");
    }

    [Fact]
    public async Task One_trace_leads_from_the_gateway_to_the_notice()
    {
        var (referral, _) = await new Stage(fixture).Sent();
        var staff = await fixture.As(DemoAccounts.Counsellor);
        await staff.Until($"api/notices?referralId={referral}", page => page.GetProperty("items").GetArrayLength() > 0 ? true : default(bool?), Stage.Patience, Ct);

        await using var database = new NpgsqlConnection(fixture.Platform.Database("agency-notification").Store);
        await database.OpenAsync(Ct);
        await using var headers = new NpgsqlCommand("SELECT headers->>'traceparent' FROM events.mt_events WHERE type = 'notice-recorded.v1' AND data->>'referralId' = $1 LIMIT 1", database) { Parameters = { new() { Value = referral.ToString() } } };
        var trace = ((string)(await headers.ExecuteScalarAsync(Ct))!).Split('-')[1];

        List<Span> spans = [];
        for (var deadline = DateTime.UtcNow + Stage.Patience; DateTime.UtcNow < deadline && !Complete();)
        {
            await Task.Delay(100, Ct);
            spans = [.. fixture.Telemetry.Spans.Where(span => span.TraceId == trace)];
        }

        Complete().ShouldBeTrue($"the trace has spans of: {string.Join(", ", spans.Select(span => span.Service).Distinct())}");
        var ids = spans.Select(span => span.SpanId).ToHashSet();
        spans.Count(span => span.ParentId.Length == 0 || span.ParentId.All(digit => digit == '0')).ShouldBe(1, "one root");
        spans.Where(span => span.ParentId.Any(digit => digit != '0')).ShouldAllBe(span => ids.Contains(span.ParentId), "no span without its parent");

        bool Complete() => new[] { "gateway", "referral", "agency-notification" }.All(service => spans.Any(span => span.Service.EndsWith(service, StringComparison.Ordinal)))
            && spans.Any(span => span.Service.EndsWith("agency-notification", StringComparison.Ordinal) && span.Name == "append")
            && spans.Where(span => span.ParentId.Any(digit => digit != '0')).All(span => spans.Any(parent => parent.SpanId == span.ParentId));
    }

    [Fact]
    public async Task Nothing_personal_is_in_logs_telemetry_broker_or_database_files()
    {
        Guid referral = default;
        foreach (var canary in PlatformFixture.Canaries)
            (referral, _) = await new Stage(fixture).Sent(canary: canary);
        var liaison = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        (await liaison.Get($"api/referrals/{referral}/package", Ct)).GetRawText().ShouldContain(PlatformFixture.Canaries[^1], Shouldly.Case.Sensitive, "the liaison does read it");
        await using (var database = new NpgsqlConnection(fixture.Platform.Database("case").Owner))
        {
            await database.OpenAsync(Ct);
            await using var flush = new NpgsqlCommand("SELECT pg_sleep(0.5)", database);
            await flush.ExecuteNonQueryAsync(Ct);
        }

        foreach (var canary in PlatformFixture.Canaries)
        {
            fixture.Telemetry.Payloads.ShouldBeGreaterThan(0);
            fixture.Telemetry.Holds(canary).ShouldBeFalse();
            // Everything on disk: logs, the broker's files, PostgreSQL's tables and write-ahead log.
            FilesWith(fixture.Folder, canary).ShouldBeEmpty();
        }
    }

    private static List<string?> Kinds(JsonElement shown) => [.. shown.GetProperty("timeline").EnumerateArray().Select(line => line.GetProperty("kind").GetString())];

    private static List<string> FilesWith(string folder, string word)
    {
        var wanted = Encoding.UTF8.GetBytes(word);
        var escaped = Encoding.UTF8.GetBytes(JsonEncodedText.Encode(word).ToString());
        List<string> found = [];
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            try
            {
                var bytes = File.ReadAllBytes(file);
                if (bytes.AsSpan().IndexOf(wanted) >= 0 || bytes.AsSpan().IndexOf(escaped) >= 0)
                    found.Add(file);
            }
            catch (IOException)
            {
                // A file of the running server that went away between listing and reading.
            }
        }

        return found;
    }

    private static async Task<string> Tag(PlatformClient client, Guid referral)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"api/referrals/{referral}", UriKind.Relative));
        using var answer = await client.Send(request, Ct);
        return answer.Headers.ETag!.Tag;
    }
}
