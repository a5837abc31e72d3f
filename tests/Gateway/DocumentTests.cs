using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using static Hotline111.Gateway.Tests.GatewayUnderTest;

namespace Hotline111.Gateway.Tests;

public sealed partial class DocumentTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    [Fact]
    public async Task One_document_describes_every_service_that_answers_and_names_the_others()
    {
        using var stranger = gateway.Browser();
        var document = await Json(stranger, "/api/docs/openapi.json");
        ((string)document["openapi"]!).ShouldStartWith("3.1");
        var paths = document["paths"]!.AsObject().Select(path => path.Key).ToList();
        foreach (var path in (string[])["/api/referrals/echo", "/api/referrals/acknowledge", "/auth/sign-in", "/auth/sessions/{id}", "/auth/token", "/api/catalogues/{list}"])
            paths.ShouldContain(path);
        paths.ShouldAllBe(path => !path.Contains("internal", StringComparison.Ordinal) && !path.Contains("openapi", StringComparison.Ordinal));
        document["x-unavailable-services"]!.AsArray().Select(name => (string)name!).ShouldBe(["agency-notification", "case", "intake"]);

        // Every reference leads somewhere, though two services may use the same name.
        var schemas = document["components"]!["schemas"]!.AsObject();
        schemas.ShouldContain(schema => schema.Key == "referral.Problem");
        schemas.ShouldContain(schema => schema.Key == "gateway.Problem");
        foreach (var reference in References(document))
            schemas.ContainsKey(reference["#/components/schemas/".Length..]).ShouldBeTrue(reference);
        ((string)document["components"]!["securitySchemes"]!["session"]!["in"]!).ShouldBe("cookie");
        document["paths"]!["/api/referrals/echo"]!["get"]!["security"]![0]!["session"].ShouldNotBeNull();
        var ids = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => (string?)operation.Value!["operationId"]).OfType<string>().ToList();
        ids.ShouldBe(ids.Distinct());
    }

    [Fact]
    public async Task The_page_for_people_is_plain_encoded_and_free_of_scripts_and_inline_styles()
    {
        using var stranger = gateway.Browser();
        foreach (var (language, word) in ((string, string)[])[("vi", "Thao tác"), ("en", "Operation")])
        {
            using var answer = await Get(stranger, "/api/docs", ("Accept-Language", language));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            var page = await TextOf(answer);
            page.ShouldContain(word);
            page.ShouldContain("POST /api/referrals/acknowledge");
            page.ShouldContain("Xác nhận &lt;đã nhận&gt;");
            page.ShouldContain($"<html lang=\"{language}\">");
            page.ShouldNotContain("<script");
            page.ShouldNotContain("style=");
            page.ShouldNotContain("<style");
        }

        using var style = await Get(stranger, "/api/docs/style.css");
        style.Content.Headers.ContentType!.MediaType.ShouldBe("text/css");
        using var root = await Get(stranger, "/");
        root.Headers.Location!.OriginalString.ShouldBe("/sign-in");
    }

    [Fact]
    public async Task Catalogues_are_served_as_published_and_only_when_they_changed()
    {
        using var stranger = gateway.Browser();
        var list = (await Json(stranger, "/api/catalogues"))["catalogues"]!.AsArray();
        list.Count.ShouldBe(Contracts.Catalogues.Catalogue.FileNames.Count);
        foreach (var line in list)
        {
            using var answer = await Get(stranger, (string)line!["href"]!);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Headers.ETag!.ToString().ShouldBe((string)line["eTag"]!);
            (await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBe(Contracts.Catalogues.Catalogue.Read($"{line["name"]}.json"));
            using var again = await Get(stranger, (string)line["href"]!, ("If-None-Match", answer.Headers.ETag.ToString()));
            again.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        }

        using var unknown = await Get(stranger, "/api/catalogues/unknown");
        (await ProblemOf(unknown)).ShouldBe("not-found");
    }

    private static IEnumerable<string> References(JsonNode document) =>
        Reference().Matches(document.ToJsonString()).Select(match => match.Groups[1].Value);

    [GeneratedRegex("\"\\$ref\":\"([^\"]+)\"")]
    private static partial Regex Reference();
}
