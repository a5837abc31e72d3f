using System.Net;
using System.Net.Sockets;
using System.Text;
using Hotline111.SmallService;
using Hotline111.Testing;

namespace Hotline111.Platform.Tests.Hosting;

public sealed class Problems_of_the_door(RunningSmall running) : IClassFixture<RunningSmall>
{
    private readonly ServiceProcess small = running.Small;
    private readonly string token = running.Surroundings.Token();

    public static TheoryData<string, string, string?, int, string> Noes() => new()
    {
        // method and address, media type, body, status, slug
        { "GET /notes/019a0000-0000-7000-8000-000000000001", "", null, 404, "note-not-found" },
        { "GET /nowhere", "", null, 404, "not-found" },
        { "GET /notes/not-an-id", "", null, 404, "not-found" },
        { "GET /notes/00000000-0000-0000-0000-000000000000", "", null, 404, "not-found" },
        { "DELETE /notes", "", null, 405, "method-not-allowed" },
        { "GET /notes?limit=many", "", null, 400, "request-malformed" },
        { "GET /notes", "", null, 400, "request-malformed" },
        { "GET /faults/sql?text=select '%00'", "", null, 400, "request-malformed" },
        { "POST /notes", "application/json", "{", 400, "body-malformed" },
        { "POST /notes", "application/json", "", 400, "request-malformed" },
        { "POST /notes", "application/json", "null", 400, "request-malformed" },
        { "POST /notes", "application/json", """{"text":"a","kind":"plain",}""", 400, "body-malformed" },
        { "POST /notes", "application/json", """{"text":"a",/* */"kind":"plain"}""", 400, "body-malformed" },
        { "POST /notes", "application/json", """{"text":"a","kind":"plain","colour":"red"}""", 400, "body-unknown-member" },
        { "POST /notes", "application/json", """{"text":"a","kind":"plain","lines":[{"number":1,"colour":"red"}]}""", 400, "body-unknown-member" },
        { "POST /notes", "application/json", """{"text":"a","text":"b","kind":"plain"}""", 400, "body-unknown-member" },
        { "POST /notes", "application/json", """{"text":"a","kind":7}""", 400, "body-invalid" },
        { "POST /notes", "application/json", """{"text":"a","kind":"loud"}""", 400, "body-invalid" },
        { "POST /notes", "application/json", """{"kind":"plain"}""", 400, "body-invalid" },
        { "POST /notes", "application/json", """{"text":null,"kind":"plain"}""", 400, "body-invalid" },
        { "POST /notes", "application/json", """{"text":"","kind":"plain"}""", 400, "body-invalid" },
        { "POST /notes", "application/json", """{"text":7,"kind":"plain"}""", 400, "body-invalid" },
        { "POST /notes", "application/json", """{"text":"a","kind":"plain","lines":[{"number":"1"}]}""", 400, "body-invalid" },
        { "POST /notes", "application/json", """{"text":"a\ud800b","kind":"plain"}""", 400, "body-invalid" },
        { "POST /notes", "application/json", "[1,2]", 400, "body-invalid" },
        { "POST /notes", "text/plain", "a", 415, "media-type-unsupported" },
        { "POST /notes", "application/xml", "<a/>", 415, "media-type-unsupported" },
        { "POST /notes/checked", "application/json", """{"count":11}""", 400, "body-invalid" },
        { "GET /faults/bug", "", null, 500, "unexpected" },
        { "GET /faults/locked", "", null, 503, "busy" },
        { "GET /faults/sql?text=set statement_timeout='20ms';select pg_sleep(3)", "", null, 503, "database-unavailable" },
        { "GET /faults/sql?text=select pg_terminate_backend(pg_backend_pid())", "", null, 503, "database-unavailable" },
        { "GET /faults/sql?text=select 'Giàng Thị Mẩy 0912345678'::uuid", "", null, 500, "unexpected" },
        { "GET /faults/bare/429", "", null, 429, "request-malformed" },
        { "GET /faults/bare/502", "", null, 502, "unavailable" },
    };

    [Theory]
    [MemberData(nameof(Noes))]
    public async Task Every_no_is_a_problem_in_the_readers_language(string door, string mediaType, string? body, int status, string slug)
    {
        var (method, path) = (new HttpMethod(door.Split(' ')[0]), door[(door.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        var titles = new List<string>();
        foreach (var (wanted, got) in new[] { (null, "vi"), ("vi-VN,en;q=0.5", "vi"), ("en-GB,vi;q=0.5", "en") })
        {
            var content = body is null ? null : new StringContent(body, Encoding.UTF8, mediaType);
            var answer = await small.Send(method, path, token, content, wanted is null ? [] : [("Accept-Language", wanted)]);
            answer.Status.ShouldBe(status, answer.Body.ToString());
            answer.Slug.ShouldBe(slug);
            answer.Header("Content-Language").ShouldBe(got);
            answer.Header("X-Content-Type-Options").ShouldBe("nosniff");
            answer.Header("Server").ShouldBeNull();
            (answer.Header("Retry-After") is not null).ShouldBe(status is 503 or 502);
            answer.Body.GetRawText().ShouldNotContain("0912345678");
            answer.Body.GetRawText().ShouldNotContain("Exception");
            titles.Add(answer.Body.GetProperty("title").GetString()!);
        }
        titles[1].ShouldBe(titles[0]);
        titles[2].ShouldNotBe(titles[0]);
    }

    [Fact]
    public async Task Nobody_without_a_session_or_with_another_role_gets_in()
    {
        (await small.Post("/notes", null, new { text = "a", kind = "plain" })).Slug.ShouldBe("not-signed-in");
        (await small.Post("/notes", "nonsense", new { text = "a", kind = "plain" })).Slug.ShouldBe("not-signed-in");
        (await small.Send(HttpMethod.Get, "/nowhere", null)).Slug.ShouldBe("not-signed-in");
        (await small.Post("/notes", running.Surroundings.Token(role: "liaison"), new { text = "a", kind = "plain" })).Slug.ShouldBe("role-not-allowed");
    }

    [Fact]
    public async Task An_invalid_body_is_told_member_by_member_without_being_quoted()
    {
        var answer = await small.Post("/notes", token, new { text = "a", kind = "plain", lines = new object[] { new { number = 1 }, new { number = "Mẩy" } } });
        answer.Slug.ShouldBe("body-invalid");
        answer.Body.GetProperty("errors").GetProperty("lines[1].number")[0].GetString().ShouldBe("Không đúng dạng.");
        answer.Body.GetRawText().ShouldNotContain("Mẩy");
        var missing = await small.Post("/notes", token, new { lines = Array.Empty<object>() }, ("Accept-Language", "en"));
        missing.Body.GetProperty("errors").EnumerateObject().Select(error => $"{error.Name}: {error.Value[0]}").ShouldBe(["text: This is required.", "kind: This is required."]);
        var deeper = await small.Post("/notes", token, new { text = "a", kind = "plain", lines = new object[] { new { words = "b" } } });
        deeper.Body.GetProperty("errors").EnumerateObject().Select(error => error.Name).ShouldBe(["lines[0].number"]);
        (await small.Post("/notes/checked", token, new { count = 0 })).Body.GetProperty("errors").EnumerateObject().Select(error => error.Name).ShouldBe(["Count"], Case.Insensitive);
    }

    [Fact]
    public async Task Letters_of_an_unknown_table_are_refused_and_are_no_fault_of_the_service()
    {
        using var content = new ByteArrayContent("""{"text":"a","kind":"plain"}"""u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=koi8-r").ShouldBeTrue();
        var answer = await small.Send(HttpMethod.Post, "/notes", token, content);
        answer.Status.ShouldBe(415, answer.Body.ToString());
        answer.Slug.ShouldBe("media-type-unsupported");
    }

    [Fact]
    public async Task The_description_is_the_same_whatever_is_written_behind_its_address()
    {
        var described = await small.Send(HttpMethod.Get, "/openapi/v1.json?documentName=M%E1%BA%A9y", null);
        described.Status.ShouldBe(200);
        described.Body.GetProperty("paths").EnumerateObject().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_body_of_64_kB_passes_and_one_byte_more_does_not()
    {
        foreach (var keyed in new[] { false, true })
        {
            (string, string)[] headers = keyed ? [("Idempotency-Key", Guid.NewGuid().ToString())] : [];
            var exact = await small.Send(HttpMethod.Post, "/notes", token, Sized(65536), headers);
            exact.Slug.ShouldBe("body-invalid", "the text is longer than a personal text may be, but the body was read");
            exact.Body.GetProperty("errors").GetProperty("text")[0].GetString().ShouldStartWith("Tối đa ");
            var over = await small.Send(HttpMethod.Post, "/notes", token, Sized(65537), headers);
            over.Status.ShouldBe(413);
            over.Slug.ShouldBe("body-too-large");
            over.Body.GetProperty("limit").GetInt32().ShouldBe(65536);
            var chunked = new StreamContent(new MemoryStream(await Sized(65537).ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
            chunked.Headers.ContentType = new("application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(small.Http.BaseAddress!, "/notes")) { Content = chunked };
            request.Headers.TransferEncodingChunked = true;
            request.Headers.Authorization = new("Bearer", token);
            using var unannounced = await small.Http.SendAsync(request, TestContext.Current.CancellationToken);
            unannounced.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
            unannounced.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        }

        static StringContent Sized(int bytes)
        {
            var shell = """{"kind":"plain","text":""}""";
            return new StringContent(shell.Replace("\"\"", $"\"{new string('x', bytes - shell.Length)}\"", StringComparison.Ordinal), Encoding.ASCII, "application/json");
        }
    }

    [Fact]
    public async Task Thirty_two_levels_pass_and_one_more_does_not()
    {
        foreach (var (depth, status) in new[] { (32, 204), (33, 400) })
        {
            var body = "{\"any\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}";
            var answer = await small.Send(HttpMethod.Post, "/notes/any", token, new StringContent(body, Encoding.UTF8, "application/json"));
            answer.Status.ShouldBe(status, $"{depth} levels");
            if (status == 400)
                answer.Slug.ShouldBe("body-malformed");
        }
    }

    [Fact]
    public async Task Half_an_answer_is_broken_off()
    {
        await Should.ThrowAsync<HttpRequestException>(() => small.Http.GetStringAsync("/faults/half", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Headers_have_a_limit()
    {
        var answer = await small.Http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { { "X-Long", new string('x', 17 * 1024) } } }, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.RequestHeaderFieldsTooLarge);
        (await small.Http.GetAsync("/health/live?" + new string('x', 5000), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.RequestUriTooLong);
    }

    [Fact]
    public async Task What_no_one_expected_is_in_the_log_with_its_trace_and_without_what_was_typed()
    {
        var answer = await small.Send(HttpMethod.Get, "/faults/bug", token);
        var trace = answer.Body.GetProperty("traceId").GetString()!;
        await Eventually(() => small.Output.Any(line => line.Contains(trace, StringComparison.Ordinal)));
        var line = small.Output.Last(each => each.Contains(trace, StringComparison.Ordinal));
        line.ShouldContain("GET /faults/bug");
        line.ShouldContain("System.InvalidOperationException");
        line.ShouldContain("System.FormatException");
        line.ShouldContain("Faults.cs");
        small.Output.ShouldAllBe(each => each.StartsWith('{') && !each.Contains(Faults.Canary) && !each.Contains("0912345678"));
    }

    internal static async Task Eventually(Func<bool> so)
    {
        for (var tries = 0; tries < 6000 && !so(); tries++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        so().ShouldBeTrue();
    }
}
