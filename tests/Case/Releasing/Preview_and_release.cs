using System.Security.Cryptography;
using System.Text.Json;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Tests.Releasing;

/// <summary>What is shown before a release is exactly what the desk will read; what changed since goes out as another package.</summary>
public sealed class Preview_and_release(CaseUnderTest @case) : IClassFixture<CaseUnderTest>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_preview_has_the_package_and_the_hash_of_the_release_right_after()
    {
        var (caseId, person) = await Case();
        var body = Body(person);

        var preview = (await Preview(caseId, body)).Ok;
        var release = (await Release(caseId, body)).Ok;

        preview.GetProperty("packageHash").GetString().ShouldBe(release.GetProperty("packageHash").GetString());
        JsonElement.DeepEquals(preview.GetProperty("package"), release.GetProperty("package")).ShouldBeTrue();
        Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Bytes(preview.GetProperty("package")))).ShouldBe(preview.GetProperty("packageHash").GetString());
        preview.GetProperty("profile").GetString().ShouldBe("police@2026-1");
        preview.GetProperty("basisAccepted").GetBoolean().ShouldBeTrue();
        preview.GetProperty("releasedBefore").GetBoolean().ShouldBeFalse();
        (await Preview(caseId, body)).Ok.GetProperty("releasedBefore").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task It_names_the_fields_that_go_and_those_that_are_known_and_do_not()
    {
        var (caseId, person) = await Case();

        var toPolice = (await Preview(caseId, Body(person))).Ok;
        var anonymous = (await Preview(caseId, Body(person, basis: "anonymised"))).Ok;

        Names(toPolice, "fields").ShouldBe(
            ["person.birthYear", "person.destination", "person.gender", "person.identityNumber", "person.name", "person.purpose", "person.status", "person.type", "request.narrative", "request.need", "request.purpose", "request.safeContact", "request.urgency"]);
        Names(toPolice, "withheld").ShouldBe(["person.ethnicityGroup"], "the police profile has no ethnicity");
        Names(anonymous, "withheld").ShouldBe(
            ["person.birthYear", "person.ethnicityGroup", "person.identityNumber", "person.name", "request.narrative", "request.safeContact"], "and what is not known is not withheld");
        anonymous.GetProperty("package").GetRawText().ShouldNotContain("hư cấu 111");
    }

    [Theory]
    [InlineData("none", "basis-needed")]
    [InlineData("crime_report", "basis-not-accepted")]
    public async Task Where_it_may_not_go_the_preview_says_why_and_shows_that_nothing_goes(string basis, string why)
    {
        var (caseId, person) = await Case();
        var body = Body(person, "womens-union", basis);

        var preview = (await Preview(caseId, body)).Ok;

        preview.GetProperty("basisAccepted").GetBoolean().ShouldBeFalse();
        preview.GetProperty("why").GetString().ShouldBe(why);
        preview.TryGetProperty("package", out var package).ShouldBe(package.ValueKind != JsonValueKind.Undefined);
        (package.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null).ShouldBeTrue();
        Names(preview, "fields").ShouldBeEmpty();
        Names(preview, "withheld").ShouldContain("person.name");
        (await Release(caseId, body)).Slug.ShouldBe(why);
    }

    [Fact]
    public async Task A_preview_discloses_nothing_and_every_look_is_recorded()
    {
        var (caseId, person) = await Case();
        var version = await Version(caseId);
        await Preview(caseId, Body(person));
        await Preview(caseId, Body(person));

        (await Version(caseId)).ShouldBe(version);
        (await Reads(caseId)).ShouldBe(2);
        (await Reads(person)).ShouldBe(2);
        (await Preview(caseId, Body(Guid.CreateVersion7()))).Slug.ShouldBe("person-not-found");
        (await Preview(caseId, Body(person, "no-such-desk"))).Slug.ShouldBe("desk-unknown");
        (await Preview(Guid.CreateVersion7(), Body(person))).Slug.ShouldBe("case-not-found");
        (await Preview(caseId, Body(person, basis: "a whim"))).Status.ShouldBe(400);
        (await Reads(caseId)).ShouldBe(2, "who is refused has seen nothing");
    }

    [Fact]
    public async Task Every_release_is_recorded_for_each_person_in_the_package_also_when_it_was_released_before()
    {
        var (caseId, person) = await Case();
        var left = await @case.Person(caseId);
        await Release(caseId, Body(person));
        await Release(caseId, Body(person));

        (await Reads(caseId, "case.release")).ShouldBe(2);
        (await Reads(person, "case.release")).ShouldBe(2);
        (await Reads(left, "case.release")).ShouldBe(0, "she is not in the package");
    }

    [Fact]
    public async Task Whoever_sees_how_the_caller_is_reached_is_recorded_for_her_contact()
    {
        var (reachable, silent) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var (contact, number) in new[] { (reachable, "0900-000-111"), (silent, null) })
        {
            var caseId = await @case.Open(more: new { contactId = contact, callerContact = number, narrative = "Diễn biến hư cấu." });
            var person = await @case.Person(caseId);
            await @case.Service.Get($"/cases/{caseId}", CaseUnderTest.Counsellor, Ct);
            await Preview(caseId, Body(person));
            await Release(caseId, Body(person));
        }

        foreach (var action in new[] { "case.read", "case.preview", "case.release" })
        {
            (await Reads(reachable, action)).ShouldBe(1, action);
            (await Reads(silent, action)).ShouldBe(0, action);
        }
    }

    [Fact]
    public async Task After_the_facts_have_changed_the_same_request_releases_another_package_and_the_first_stays()
    {
        var (caseId, person) = await Case();
        var first = (await Release(caseId, Body(person))).Ok;
        await @case.Service.Post(
            $"/cases/{caseId}/persons/{person}/change", CaseUnderTest.Counsellor, new { name = "Người hư cấu", gender = "female", birthYear = 2010, location = "Nơi hư cấu." }, Ct);

        var preview = (await Preview(caseId, Body(person))).Ok;
        var second = (await Release(caseId, Body(person))).Ok;
        var again = (await Release(caseId, Body(person))).Ok;

        second.GetProperty("packageHash").GetString().ShouldNotBe(first.GetProperty("packageHash").GetString());
        second.GetProperty("packageHash").GetString().ShouldBe(preview.GetProperty("packageHash").GetString());
        second.GetProperty("package").GetProperty("persons")[0].GetProperty("location").GetString().ShouldBe("Nơi hư cấu.");
        again.GetProperty("signature").GetString().ShouldBe(second.GetProperty("signature").GetString(), "the same package is released once");
        var hashes = (await @case.Service.Get($"/cases/{caseId}/timeline", CaseUnderTest.Counsellor, Ct)).Ok.GetProperty("timeline").EnumerateArray()
            .Where(line => line.GetProperty("kind").GetString() == "disclosure-released").Select(line => line.GetProperty("facts").GetProperty("packageHash").GetString());
        hashes.ShouldBe([first.GetProperty("packageHash").GetString(), second.GetProperty("packageHash").GetString()], ignoreOrder: true);
    }

    [Fact]
    public async Task A_person_whom_the_case_learned_of_later_goes_out_with_the_next_release()
    {
        var (caseId, person) = await Case();
        var first = (await Release(caseId, Body(person))).Ok;
        var second = await @case.Person(caseId);

        var supplement = (await Release(caseId, new { deskId = "police.08", basis = "vital_interest", purpose = "verify_rescue", persons = new[] { person, second }, need = "Nhu cầu hư cấu." })).Ok;

        supplement.GetProperty("package").GetProperty("persons").GetArrayLength().ShouldBe(2);
        supplement.GetProperty("packageHash").GetString().ShouldNotBe(first.GetProperty("packageHash").GetString());
    }

    [Theory]
    [InlineData("police.08", "", "police.08")]
    [InlineData("", "08", "police.08")]
    [InlineData("", "08", "womens-union.08")]
    public async Task A_desk_that_the_case_excludes_gets_neither_a_preview_nor_a_release(string agency, string province, string desk)
    {
        var (caseId, person) = await Case();
        var body = Body(person, desk, "vital_interest");
        (await Preview(caseId, body)).Status.ShouldBe(200);
        var restricted = await @case.Service.Post(
            $"/cases/{caseId}/restrict", CaseUnderTest.Supervisor, new { agencies = agency.Length == 0 ? [] : new[] { agency }, provinces = province.Length == 0 ? [] : new[] { province }, reason = "Lý do hư cấu." }, Ct);
        restricted.Status.ShouldBe(200);

        (await Preview(caseId, body)).Slug.ShouldBe("desk-excluded");
        (await Release(caseId, body)).Slug.ShouldBe("desk-excluded");
        (await Release(caseId, Body(person, "c02"))).Status.ShouldBe(200, "the central desk has no territory of its own");

        await @case.Service.Post($"/cases/{caseId}/restrict", CaseUnderTest.Director, new { agencies = Array.Empty<string>(), provinces = Array.Empty<string>(), reason = "Lý do hư cấu." }, Ct);
        (await Release(caseId, body)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_desk_whose_territory_was_never_told_has_the_one_it_started_with()
    {
        var (caseId, person) = await Case();
        await @case.Service.Scalar<int>("WITH u AS (UPDATE read.desk SET province_codes = NULL WHERE desk_id = 'police.01') SELECT 1", Ct);
        await @case.Service.Post($"/cases/{caseId}/restrict", CaseUnderTest.Supervisor, new { provinces = new[] { "01" }, reason = "Lý do hư cấu." }, Ct);

        (await Release(caseId, Body(person, "police.01"))).Slug.ShouldBe("desk-excluded");
    }

    private async Task<(Guid Case, Guid Person)> Case()
    {
        var caseId = await @case.Open();
        return (caseId, await @case.Person(caseId));
    }

    private static object Body(Guid person, string desk = "police.08", string basis = "vital_interest") =>
        new { deskId = desk, basis, purpose = "verify_rescue", persons = new[] { person }, need = "Nhu cầu hư cấu." };

    private Task<Testing.ServiceAnswer> Preview(Guid caseId, object body) => @case.Service.Post($"/cases/{caseId}/preview", CaseUnderTest.Counsellor, body, Ct);

    private Task<Testing.ServiceAnswer> Release(Guid caseId, object body) => @case.Service.Post($"/cases/{caseId}/release", CaseUnderTest.Counsellor, body, Ct);

    private Task<long> Version(Guid caseId) => @case.Service.Scalar<long>($"SELECT version FROM events.mt_streams WHERE id = '{caseId}'", Ct);

    private Task<long> Reads(Guid owner, string action = "case.preview") =>
        @case.Service.Scalar<long>($"SELECT count(*) FROM events.mt_events WHERE type = 'personal-data-read.v1' AND data->>'id' = '{owner}' AND data->>'action' = '{action}'", Ct);

    private static IEnumerable<string?> Names(JsonElement preview, string list) => preview.GetProperty(list).EnumerateArray().Select(name => name.GetString());
}
