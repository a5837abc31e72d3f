using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Case.V1;
using Hotline111.Local.Demo;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;

namespace Hotline111.EndToEnd.Tests;

/// <summary>What Case did not release for this desk is not taken, and it stays on record that somebody tried.</summary>
public sealed class PackageTests(PlatformFixture fixture)
{
    private readonly Stage stage = new(fixture);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tampered_package_a_foreign_signature_another_desks_another_cases_and_an_old_profile_are_refused_and_recorded()
    {
        var (caseId, person, _) = await stage.Case();
        var (otherCase, otherPerson, _) = await stage.Case();
        var referral = await stage.Draft(caseId);
        var release = await stage.Release(caseId, person);

        await IsNotTaken(Changed(release, r => r["package"]!["persons"]![0]!["name"] = "Người khác hư cấu"), "release-tampered", "tampered");
        await IsNotTaken(Changed(release, r => r["package"]!["persons"]!.AsArray().Clear()), "release-tampered", "tampered");
        await IsNotTaken(Changed(release, r => r["package"]!["request"]!["weight"] = 1.5), "release-tampered", "tampered");
        await IsNotTaken(Changed(release, r => r["packageHash"] = new string('0', 64)), "release-tampered", "tampered");
        await IsNotTaken(Changed(release, r => r["basis"] = "consent"), "release-tampered", "foreign_signature");
        await IsNotTaken(Changed(release, r => r["signature"] = Convert.ToBase64String(new byte[64])), "release-tampered", "foreign_signature");
        await IsNotTaken(Changed(release, r => r["signature"] = "không phải base64"), "release-tampered", "foreign_signature");
        using (var own = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            // Everything right but whose key it is: also with a package of its own making.
            await IsNotTaken(Signed(release, own), "release-tampered", "foreign_signature");
            await IsNotTaken(Signed(Changed(release, r => r["package"]!["persons"]![0]!["name"] = "Người tự bịa, hư cấu"), own), "release-tampered", "foreign_signature");
        }

        await IsNotTaken(await stage.Release(caseId, person, "police.15"), "release-for-another", "for_another");
        await IsNotTaken(await stage.Release(otherCase, otherPerson), "release-for-another", "for_another");
        using (var genuine = ECDsa.Create())
        {
            // Case's own signature under an edition that the desk had before.
            genuine.ImportFromPem(await File.ReadAllTextAsync(fixture.Platform.Configuration("case")["Release__SigningKeyFile"], Ct));
            await IsNotTaken(Signed(Changed(release, r => r["profile"] = "police@2025-1"), genuine), "release-profile-old", "profile_old");
        }

        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        (await counsellor.Sees(referral)).ShouldBe("Draft");
        (await counsellor.Does("submit", referral, new { release })).ShouldBe("Sent", "the genuine one is taken");

        // What is added later is held to the same.
        await IsNotTaken(Changed(release, r => r["package"]!["persons"]![0]!["name"] = "Người khác hư cấu"), "release-tampered", "tampered", "supplement");
        await IsNotTaken(await stage.Release(caseId, person, "police.15"), "release-for-another", "for_another", "supplement");
        (await (await fixture.As(DemoAccounts.PoliceTuyenQuang)).Opens(referral)).GetProperty("versions").GetArrayLength().ShouldBe(1);

        async Task IsNotTaken(JsonElement release, string slug, string reason, string command = "submit")
        {
            var watch = StreamId.Of("watch", referral);
            var before = await Refusals(watch);
            (await (await fixture.As(DemoAccounts.Counsellor)).IsRefused(command, referral, new { release })).Slug.ShouldBe(slug);
            var after = await Refusals(watch);
            after.Count.ShouldBe(before.Count + 1);
            after[^1].GetProperty("reason").GetString().ShouldBe(reason);
            after[^1].GetProperty("referralId").GetGuid().ShouldBe(referral);
            after[^1].GetRawText().ShouldNotContain("hư cấu", Shouldly.Case.Sensitive);
            // The hotline reads it on the sheet, beside the receipts.
            var told = (await (await fixture.As(DemoAccounts.Supervisor)).Get($"api/referrals/{referral}", Ct)).GetProperty("receipts").GetProperty("refusedPackages").EnumerateArray().ToList();
            told.Count.ShouldBe(after.Count);
            told[^1].GetProperty("reason").GetString().ShouldBe(reason);
        }

        async Task<List<JsonElement>> Refusals(Guid watch) => [.. (await fixture.Stored("referral", watch)).Where(fact => fact.Name == "watch-package-refused.v1").Select(fact => fact.Data)];
    }

    [Fact]
    public async Task Later_facts_go_out_as_numbered_supplements_and_the_reader_sees_what_changed()
    {
        var of = await stage.Opened(
            Stage.Contact(), new { narrative = "Lời kể hư cấu." }, new { name = "Lục Thị Hư Cấu", gender = "female", birthYear = 2007, location = "chưa rõ, hư cấu" });
        var person = of.Persons[0];
        var referral = await stage.Refer(of, "police.08");
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        await police.Does("acknowledge", referral);
        await police.Opens(referral);

        await counsellor.Post($"api/cases/{of.Id}/persons/{person}/change", new { name = "Lục Thị Hư Cấu", gender = "female", birthYear = 2007, location = "quán hư cấu gần cầu", phone = "0900 000 888" }, Ct);
        var second = (await counsellor.Post($"api/cases/{of.Id}/persons", new { name = "Bạn đi cùng hư cấu", gender = "female", age = 18 }, Ct)).GetProperty("id").GetGuid();
        (await counsellor.Does("supplement", referral, new { release = await stage.Release(of.Id, person) })).ShouldBe("Acknowledged");
        var both = await stage.Release(of.Id, [person, second], "police.08", "vital_interest", "verify_rescue");
        (await counsellor.Does("supplement", referral, new { release = both })).ShouldBe("Acknowledged");
        (await counsellor.Does("supplement", referral, new { release = both })).ShouldBe("Acknowledged", "the same again is no supplement");

        var opened = await police.Opens(referral);
        var versions = opened.GetProperty("versions").EnumerateArray().ToList();
        versions.Select(version => version.GetProperty("supplement").GetInt32()).ShouldBe([0, 1, 2]);
        opened.GetProperty("packageHash").GetString().ShouldBe(both.GetProperty("packageHash").GetString());
        Changes(versions[0]).ShouldBeEmpty();
        Changes(versions[1]).ShouldBe([($"persons[{person}].location", "chưa rõ, hư cấu", "quán hư cấu gần cầu"), ($"persons[{person}].phone", null, "0900 000 888")]);
        Changes(versions[2]).ShouldAllBe(change => change.Path.StartsWith($"persons[{second}].", StringComparison.Ordinal) && change.Before == null);

        // Whoever came with a supplement is owed a result too.
        await police.Does("accept", referral);
        var result = await police.IsRefused("report-result", referral, new { results = new[] { new { personId = person, result = "rescued" } }, tellCaller = "may_tell" });
        result.Problem.GetProperty("missing").EnumerateArray().Select(each => each.GetGuid()).ShouldBe([second]);

        static List<(string Path, string? Before, string? After)> Changes(JsonElement version) =>
        [
            .. version.GetProperty("difference").EnumerateArray()
                .Select(change => (change.GetProperty("path").GetString()!, Text(change, "before"), Text(change, "after"))),
        ];

        static string? Text(JsonElement change, string name) => change.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;
    }

    [Fact]
    public async Task The_preview_is_exactly_what_the_desk_reads_then()
    {
        var of = await stage.Opened(
            Stage.Contact(), new { narrative = "Lời kể hư cấu.", callerContact = "0900 000 121" },
            new { name = "Tẩn Thị Hư Cấu", gender = "female", birthYear = 2002, ethnicityGroup = "ethnic_minority", phone = "0900 000 122" });
        var counsellor = await fixture.As(DemoAccounts.Counsellor);

        var body = new { deskId = "consular", basis = "vital_interest", purpose = "consular", persons = of.Persons, need = "Nhu cầu hư cấu." };
        var preview = await counsellor.Post($"api/cases/{of.Id}/preview", body, Ct);
        preview.GetProperty("withheld").EnumerateArray().Select(field => field.GetString()).ShouldContain("request.narrative");
        var referral = await stage.Refer(of, "consular", "consular");
        var opened = await (await fixture.As(DemoAccounts.Consular)).Opens(referral);
        opened.GetProperty("packageHash").GetString().ShouldBe(preview.GetProperty("packageHash").GetString());
        CanonicalJson.Bytes(opened.GetProperty("package")).ShouldBe(CanonicalJson.Bytes(preview.GetProperty("package")));

        var refused = await counsellor.Post($"api/cases/{of.Id}/preview", new { body.deskId, basis = "crime_report", body.purpose, body.persons, body.need }, Ct);
        refused.GetProperty("why").GetString().ShouldBe("basis-not-accepted");
        refused.GetProperty("package").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    private static JsonElement Changed(JsonElement release, Action<JsonNode> change)
    {
        var copy = JsonNode.Parse(release.GetRawText())!;
        change(copy);
        return JsonSerializer.SerializeToElement(copy);
    }

    /// <summary>The release as the holder of this key would have signed it.</summary>
    private static JsonElement Signed(JsonElement release, ECDsa key)
    {
        var hash = Convert.ToHexStringLower(CanonicalJson.Hash(release.GetProperty("package")));
        var text = ReleaseEnvelope.SignedText(
            release.GetProperty("caseId").GetGuid(), release.GetProperty("deskId").GetString()!, release.GetProperty("profile").GetString()!, release.GetProperty("basis").GetString()!, hash,
            DateTimeOffset.Parse(release.GetProperty("releasedAt").GetString()!, CultureInfo.InvariantCulture));
        return Changed(release, r =>
        {
            r["packageHash"] = hash;
            r["signature"] = Convert.ToBase64String(key.SignData(text, HashAlgorithmName.SHA256));
        });
    }
}
