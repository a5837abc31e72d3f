using System.Text.Json;
using Hotline111.Contracts.Access;
using Hotline111.Referral.Tests.Running;

namespace Hotline111.Referral.Tests.Worklists;

/// <summary>What one sees who opens a referral: everything that happened, no more than is his to know, and words only on record.</summary>
[Collection<OneService>]
public sealed class The_sheet(ReferralService service)
{
    private static readonly Person Police = Person.Police;

    [Fact]
    public async Task Its_history_says_what_happened_when_and_by_whom()
    {
        var (caseId, person) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var id = await service.Draft(caseId);
        await service.Submit(id, caseId, "police.08", person);
        await service.Give(Person.Supervisor, id, "approve");
        var spoken = DateTimeOffset.UtcNow.AddMinutes(-5);
        await service.Give(Person.Counsellor, id, "acknowledge", new { byPhone = new { name = "Cán bộ hư cấu", post = "Trực ban", number = "so-hu-cau", at = spoken } });
        await service.Give(Police, id, "accept", new { unit = "Đội hư cấu", officer = "Cán bộ hư cấu" });
        await service.Give(Police, id, "mark", new { mark = "on_scene", occurredAt = spoken });

        var desk = Lines(await service.Sheet(Police, id));
        desk.Select(line => line.GetProperty("what").GetString()).ShouldBe(["sent", "acknowledged", "accepted", "marked"]);
        desk[1].GetProperty("by").GetString().ShouldBe(Person.Counsellor.Id);
        desk[1].GetProperty("unconfirmed").GetBoolean().ShouldBeTrue();
        (desk[1].GetProperty("spokenAt").GetDateTimeOffset() - spoken).Duration().ShouldBeLessThan(TimeSpan.FromMilliseconds(1));
        desk[2].GetProperty("spokenAt").ValueKind.ShouldBe(JsonValueKind.Null);
        desk[3].GetProperty("codes").GetProperty("mark").GetString().ShouldBe("on_scene");
        (desk[3].GetProperty("occurredAt").GetDateTimeOffset() - spoken).Duration().ShouldBeLessThan(TimeSpan.FromMilliseconds(1));
        Lines(await service.Sheet(Person.Counsellor, id)).Select(line => line.GetProperty("what").GetString())
            .ShouldBe(["drafted", "submitted", "sent", "acknowledged", "accepted", "marked"]);

        await service.Give(Police, id, "confirm-entry", new { entry = desk[1].GetProperty("entry").GetGuid() });
        var after = Lines(await service.Sheet(Police, id));
        after[1].GetProperty("unconfirmed").GetBoolean().ShouldBeFalse();
        after[^1].GetProperty("what").GetString().ShouldBe("entry-confirmed");
        (await service.Sheet(Police, id)).GetRawText().ShouldNotContain("so-hu-cau");
    }

    [Fact]
    public async Task The_words_are_behind_a_door_of_their_own_and_their_reading_is_recorded_by_whom_they_are_about()
    {
        var (caseId, person) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var id = await service.Draft(caseId);
        await service.Submit(id, caseId, "police.08", person);
        await service.Give(Person.Supervisor, id, "return", new { question = "Câu hỏi của trưởng ca." });
        await service.Submit(id, caseId, "police.08", person);
        await service.Give(Person.Supervisor, id, "approve");
        await service.Give(Person.Counsellor, id, "acknowledge", new { byPhone = new { name = "Cán bộ hư cấu", post = "Trực ban", number = "số hư cấu 0123", at = DateTimeOffset.UtcNow } });
        await service.Give(Police, id, "accept", new { unit = "Đội hư cấu" });
        await service.Give(Police, id, "report-result", new { results = new[] { new { personId = person, result = "rescued", text = "Lời về người này." } }, tellCaller = "ask_first", nextStep = "Bước sau." });

        var read = (await service.Get(Police, $"referrals/{id}/words")).ShouldBe(200).Body;
        Words(read).ShouldBe(["acknowledged name Cán bộ hư cấu", "acknowledged post Trực ban", "acknowledged number số hư cấu 0123", "accepted unit Đội hư cấu", "result-reported text Lời về người này.", "result-reported nextStep Bước sau."]);
        read.GetProperty("items")[2].GetProperty("words")[0].GetProperty("personId").GetGuid().ShouldBe(person);
        Words((await service.Get(Person.Supervisor, $"referrals/{id}/words")).Body)[0].ShouldBe("returned question Câu hỏi của trưởng ca.");
        (await service.Beside.Ask<long>($"SELECT count(*) FROM events.mt_events WHERE type = 'personal-data-read.v1' AND data->>'action' = 'referral.read-words' AND data->>'id' IN ('{id}', '{person}')"))
            .ShouldBe(4, "two readers, of a referral and of a person");
        (await service.Sheet(Person.Counsellor, id)).GetRawText().ShouldNotContain("hư cấu 0123");
        (await service.Get(Person.Border, $"referrals/{id}/words")).ShouldBe(404);

        static string[] Words(JsonElement page) => [.. page.GetProperty("items").EnumerateArray().SelectMany(line => line.GetProperty("words").EnumerateArray()
            .Select(word => $"{line.GetProperty("what").GetString()} {word.GetProperty("name").GetString()} {word.GetProperty("text").GetString()}"))];
    }

    [Fact]
    public async Task Words_for_the_id_that_nothing_has_are_refused_before_they_are_sealed()
    {
        var id = await service.Sent();
        await service.Give(Police, id, "acknowledge");
        var result = new { results = new[] { new { personId = Guid.Empty, result = "rescued", text = "Hư cấu." } }, tellCaller = "ask_first" };
        (await service.Post(Police, $"referrals/{id}/report-result", result)).ShouldBe(400).Errors.ShouldBe(["results[0].personId"]);
        (await service.Post(Police, $"referrals/{Guid.Empty}/accept", new { unit = "Đội hư cấu" })).ShouldBe(404);
    }

    [Fact]
    public async Task What_the_supervisor_returned_can_still_be_read_by_who_corrects_it_and_by_no_desk()
    {
        var caseId = Guid.CreateVersion7();
        var id = await service.Draft(caseId);
        (await service.Get(Person.Counsellor, $"referrals/{id}/package")).ShouldBe(404);
        await service.Submit(id, caseId, "police.08");
        var waiting = (await service.Get(Person.Counsellor, $"referrals/{id}/package")).ShouldBe(200).Body.GetProperty("packageHash").GetString();
        await service.Give(Person.Supervisor, id, "return", new { question = "Hư cấu: vì sao?" });
        (await service.Get(Person.Counsellor, $"referrals/{id}/package")).ShouldBe(200).Body.GetProperty("packageHash").GetString().ShouldBe(waiting);
        (await service.Get(Police, $"referrals/{id}/package")).ShouldBe(404);
    }

    [Fact]
    public async Task A_sheet_without_words_can_be_asked_for_them()
    {
        var id = await service.Sent();
        (await service.Get(Police, $"referrals/{id}/words")).ShouldBe(200).Body.GetProperty("items").GetArrayLength().ShouldBe(0);
        (await service.Beside.Ask<long>($"SELECT count(*) FROM events.mt_events WHERE type = 'personal-data-read.v1' AND data->>'id' = '{id}'")).ShouldBe(0);
    }

    [Fact]
    public async Task The_receipts_show_who_opened_it_first_and_the_hotline_what_was_not_taken()
    {
        var id = (await service.Emergency(Guid.CreateVersion7(), "police.08"))[0];
        await service.Get(Police, $"referrals/{id}/package");
        await service.Get(Person.PoliceColleague, $"referrals/{id}/package");
        var etag = (await service.Get(Police, $"referrals/{id}")).ETag;
        var receipts = (await service.Sheet(Police, id)).GetProperty("receipts");
        receipts.GetProperty("step").GetString().ShouldBe("opened");
        receipts.GetProperty("channels")[0].GetProperty("openings").EnumerateArray().Select(opening => opening.GetProperty("by").GetString()).ShouldBe([Police.Id, Person.PoliceColleague.Id]);
        receipts.GetProperty("packageHash").GetString()!.Length.ShouldBe(64);
        receipts.GetProperty("refusedPackages").ValueKind.ShouldBe(JsonValueKind.Null);
        (await service.Sheet(Person.Counsellor, id)).GetProperty("receipts").GetProperty("refusedPackages").GetArrayLength().ShouldBe(0);

        await service.Give(Police, id, "acknowledge");
        await ReferralStore.Until(async () => (await service.Sheet(Police, id)).GetProperty("receipts").GetProperty("step").GetString() == "acknowledged");
        etag.ShouldBe("\"3\"");
        (await service.Get(Police, $"referrals/{id}")).ETag.ShouldBe("\"4\"", "the acknowledgement alone raised it");
    }

    [Fact]
    public async Task A_hand_on_is_seen_as_far_as_it_is_the_reader_s()
    {
        var caseId = Guid.CreateVersion7();
        var first = await service.Sent(caseId);
        await service.Give(Police, first, "acknowledge");
        await service.Give(Police, first, "hand-on", new { deskId = "police.04" });
        var ended = (await service.Sheet(Police, first)).GetProperty("referral").GetProperty("nextId").GetGuid();
        await service.Give(Police, first, "take-back");
        await service.Give(Police, first, "hand-on", new { deskId = "police.11" });
        var next = (await service.Sheet(Police, first)).GetProperty("referral").GetProperty("nextId").GetGuid();
        (await Chain(Person.Counsellor, first)).ShouldBe([first, ended, next]);
        (await Chain(Person.Counsellor, next)).ShouldBe([first, next]);
        (await Chain(Police, first)).ShouldBe([first]);

        await service.Submit(next, caseId, "police.11");
        await service.Give(Person.Supervisor, next, "approve");
        var other = Person.Liaison("police-11", "police.11");
        (await Chain(other, next)).ShouldBe([next]);
        (await Chain(new Person("both", Roles.Liaison, other.Agency, "police.08", "police.11"), next)).ShouldBe([first, next]);

        async Task<Guid[]> Chain(Person reader, Guid id) =>
            [.. (await service.Sheet(reader, id)).GetProperty("chain").EnumerateArray().Select(link => link.GetProperty("id").GetGuid())];
    }

    [Fact]
    public async Task The_desk_that_leads_sees_the_marks_of_the_helpers_and_the_helpers_see_nobody_s()
    {
        var caseId = Guid.CreateVersion7();
        var ids = await service.Emergency(caseId, "police.08", "border-guard.08", "police.04");
        await service.Give(Person.Border, ids[1], "acknowledge");
        await service.Give(Person.Border, ids[1], "accept", new { officer = "Cán bộ hư cấu" });
        await service.Give(Person.Border, ids[1], "mark", new { mark = "on_scene" });
        foreach (var reader in new[] { Police, Person.Counsellor, new Person("head-08", Roles.AgencyHead, Police.Agency) })
        {
            var helpers = (await service.Get(reader, $"referrals/{ids[0]}/helpers")).ShouldBe(200).Body.GetProperty("items");
            helpers.EnumerateArray().Select(helper => helper.GetProperty("deskId").GetString()).ShouldBe(["border-guard.08", "police.04"], ignoreOrder: true);
            var border = helpers.EnumerateArray().Single(helper => helper.GetProperty("deskId").GetString() == "border-guard.08");
            border.GetProperty("state").GetString().ShouldBe("Acting");
            border.GetProperty("marks").EnumerateArray().ShouldHaveSingleItem().GetProperty("code").GetString().ShouldBe("on_scene");
            helpers.GetRawText().ShouldNotContain("hư cấu");
        }

        var refused = (await service.Get(Person.Border, $"referrals/{ids[1]}/helpers")).ShouldBe(403);
        refused.Slug.ShouldBe("referral-not-lead");
        (await service.Get(Police, $"referrals/{ids[1]}")).ShouldBe(404);
        await service.Give(Person.Counsellor, ids[0], "assign-part", new { part = "helper" });
        (await service.Get(Police, $"referrals/{ids[0]}/helpers")).ShouldBe(403);
    }

    private static List<JsonElement> Lines(JsonElement sheet) => [.. sheet.GetProperty("history").EnumerateArray()];
}
