using System.Text.Json;

namespace Hotline111.Intake.Tests.Contacts;

/// <summary>Contacts through their doors: paper notes, amendments, and what stands on a desk.</summary>
public sealed class ContactDoorTests(RunningIntake intake) : IClassFixture<RunningIntake>
{
    private readonly Colleague an = intake.As("an");

    private static object Call(string channel = "phone_in", DateTimeOffset? occurredAt = null) => new
    {
        channel,
        occurredAt,
        caller = new { kind = "relative_friend", gender = "female", age = 46, name = "Người thân hư cấu", phone = "0900-000-000" },
        place = new { edition = "2026-04-30", provinceCode = "08", formerProvinceCode = "02", commune = "xã hư cấu" },
        summary = "Nội dung hư cấu.",
    };

    [Fact]
    public async Task A_paper_note_keeps_the_time_of_the_call_in_the_contact_and_beside_the_event()
    {
        var at = DateTimeOffset.UtcNow.AddHours(-3);
        var id = (await an.Post("/contacts", Call(occurredAt: at))).ShouldBe(201)["id"].GetGuid();
        var read = (await an.Get($"/contacts/{id}")).ShouldBe(200);
        read["occurredAt"].GetDateTimeOffset().ShouldBe(at);
        read["recordedAt"].GetDateTimeOffset().ShouldBeGreaterThan(at.AddHours(2));
        DateTimeOffset.Parse(await intake.Look<string>("SELECT headers->>'effectiveAt' FROM events.mt_events WHERE stream_id = $1", id), System.Globalization.CultureInfo.InvariantCulture).ShouldBe(at);
    }

    [Fact]
    public async Task A_note_older_than_31_days_or_of_tomorrow_is_refused()
    {
        var now = DateTimeOffset.UtcNow;
        (await an.Post("/contacts", Call(occurredAt: now.AddDays(-31).AddMinutes(5)))).ShouldBe(201);
        (await an.Post("/contacts", Call(occurredAt: now.AddDays(-31).AddMinutes(-5)))).ShouldBe(400, "contact-too-long-ago");
        (await an.Post("/contacts", Call(occurredAt: now.AddMinutes(30)))).ShouldBe(400, "contact-in-the-future");
    }

    [Fact]
    public async Task The_same_contact_told_again_is_found_and_another_under_its_id_is_refused()
    {
        var id = Guid.CreateVersion7();
        object Told(string summary, string phone = "0900-000-000", string commune = "xã hư cấu") => new
        {
            id,
            channel = "phone_in",
            caller = new { kind = "victim", name = "Người gọi hư cấu", phone },
            place = new { edition = "2026-04-30", provinceCode = "08", commune },
            summary,
        };
        var number = (await an.Post("/contacts", Told("Nội dung hư cấu."), ("Idempotency-Key", "call-1"))).ShouldBe(201)["number"].GetString();
        await an.Post($"/contacts/{id}/amend", new { summary = "Nội dung khác, hư cấu." });

        (await an.Post("/contacts", Told("Nội dung hư cấu. "))).ShouldBe(200)["number"].GetString().ShouldBe(number);
        (await an.Post("/contacts", Told("Nội dung hư cấu."), ("Idempotency-Key", "call-1"))).ShouldBe(201)["number"].GetString().ShouldBe(number);
        (await an.Post("/contacts", Told("Nội dung thứ ba, hư cấu."))).ShouldBe(409, "contact-already-exists");
        (await an.Post("/contacts", Told("Nội dung hư cấu.", phone: "0900-000-009"))).ShouldBe(409, "contact-already-exists");
        (await an.Post("/contacts", Told("Nội dung hư cấu.", commune: "xã khác, hư cấu"))).ShouldBe(409, "contact-already-exists");
    }

    [Fact]
    public async Task The_same_contact_told_twice_at_once_is_one_contact_and_both_are_answered_with_it()
    {
        for (var turn = 0; turn < 10; turn++)
        {
            object body = new { id = Guid.CreateVersion7(), channel = "phone_in", summary = "Nội dung hư cấu." };
            var answers = await Task.WhenAll(an.Post("/contacts", body), an.Post("/contacts", body), an.Post("/contacts", body));
            answers.Select(answer => answer.Status).Order().ShouldBe([200, 200, 201]);
            answers.Select(answer => answer["number"].GetString()).Distinct().Count().ShouldBe(1);
        }
    }

    [Fact]
    public async Task An_amendment_changes_what_it_names_and_says_nothing_of_what_stays()
    {
        var id = await Recorded();
        var done = (await an.Post($"/contacts/{id}/amend", new
        {
            caller = new { age = 47, name = "Người thân hư cấu", phone = "0900-000-001" },
            place = new { edition = "2026-04-30", provinceCode = "31" },
            summary = "Nội dung hư cấu.",
            clear = new[] { "safe_contact" },
        })).ShouldBe(200);
        done["version"].GetInt64().ShouldBe(2);

        var read = (await intake.As("binh").Get($"/contacts/{id}")).ShouldBe(200);
        read["caller"].GetProperty("age").GetInt32().ShouldBe(47);
        read["caller"].GetProperty("gender").GetString().ShouldBe("female");
        read["caller"].GetProperty("phone").GetString().ShouldBe("0900-000-001");
        read["place"].GetProperty("provinceCode").GetString().ShouldBe("31");
        read["place"].GetProperty("commune").ValueKind.ShouldBe(JsonValueKind.Null);
        var amendment = read["amendments"].EnumerateArray().ShouldHaveSingleItem();
        amendment.GetProperty("parts").EnumerateArray().Select(part => part.GetString()).ShouldBe(["caller_age", "caller_phone", "place"]);
        amendment.GetProperty("by").GetString().ShouldBe("an");
        (await intake.Look<string[]>("SELECT array_agg(k ORDER BY k) FROM events.mt_events, jsonb_object_keys(data) k WHERE stream_id = $1 AND version = 2", id))
            .ShouldBe(["at", "by", "callerAge", "callerPhone", "cleared", "place"]);
        (await Row(id)).GetProperty("provinceCode").GetString().ShouldBe("31");
        (await Row(id)).GetProperty("formerProvinceCode").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task The_same_amendment_again_is_no_event()
    {
        var id = await Recorded();
        object body = new { caller = new { name = "Tên khác, hư cấu" }, place = new { edition = "2026-04-30", provinceCode = "08", formerProvinceCode = "02", commune = "xã hư cấu khác" } };
        (await an.Post($"/contacts/{id}/amend", body)).ShouldBe(200)["version"].GetInt64().ShouldBe(2);
        (await an.Post($"/contacts/{id}/amend", body)).ShouldBe(200)["version"].GetInt64().ShouldBe(2);
        (await an.Post($"/contacts/{id}/amend", new { })).ShouldBe(200)["version"].GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task An_amendment_upon_an_older_look_is_told_so()
    {
        var id = await Recorded();
        await an.Post($"/contacts/{id}/amend", new { channel = "zalo" });
        (await an.Post($"/contacts/{id}/amend", new { channel = "website" }, ("If-Match", "\"1\""))).ShouldBe(412, "version-stale");
    }

    [Fact]
    public async Task What_is_both_given_and_cleared_or_no_part_at_all_is_refused()
    {
        var id = await Recorded();
        (await an.Post($"/contacts/{id}/amend", new { summary = "khác, hư cấu", clear = new[] { "summary" } })).ShouldBe(400, "body-invalid");
        (await an.Post($"/contacts/{id}/amend", new { clear = new[] { "channel" } })).ShouldBe(400, "body-invalid");
        (await an.Post($"/contacts/{id}/amend", new { caller = new { age = 121 } })).ShouldBe(400, "body-invalid");
        (await an.Post($"/contacts/{Guid.CreateVersion7()}/amend", new { channel = "zalo" })).ShouldBe(404, "contact-not-found");
    }

    [Fact]
    public async Task A_closed_contact_is_put_right_but_not_categorised_anew()
    {
        var id = await Recorded();
        await an.Post($"/contacts/{id}/categorise", new { category = "information" });
        await an.Post($"/contacts/{id}/close", new { });
        (await an.Post($"/contacts/{id}/amend", new { clear = new[] { "place", "caller_name" } })).ShouldBe(200)["state"].GetString().ShouldBe("Closed");
        (await an.Post($"/contacts/{id}/categorise", new { category = "counselling" })).ShouldBe(409, "contact-already-closed")["allowed"].EnumerateArray().Single().GetString().ShouldBe("amend");
        var read = await an.Get($"/contacts/{id}");
        read["place"].ValueKind.ShouldBe(JsonValueKind.Null);
        read["caller"].GetProperty("name").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_category_judged_anew_is_the_one_and_the_earlier_one_stays_in_the_history()
    {
        var id = await Recorded();
        await an.Post($"/contacts/{id}/categorise", new { category = "information", topics = new[] { "jobs" } });
        await intake.As("binh").Post($"/contacts/{id}/categorise", new { outsideTotal = "silent" });
        var read = await an.Get($"/contacts/{id}");
        (read["category"].ValueKind, read["outsideTotal"].GetString()).ShouldBe((JsonValueKind.Null, "silent"));
        read["categories"].EnumerateArray().Select(each => (each.GetProperty("category").GetString(), each.GetProperty("outsideTotal").GetString(), each.GetProperty("by").GetString()))
            .ShouldBe([("information", null, "an"), (null, "silent", "binh")]);
    }

    [Fact]
    public async Task On_my_desk_stand_my_open_contacts_counted_and_a_page_at_a_time()
    {
        var me = intake.As("hoa");
        List<Guid> mine = [];
        for (var each = 0; each < 5; each++)
            mine.Add((await me.Post("/contacts", Call())).ShouldBe(201)["id"].GetGuid());
        await an.Post("/contacts", Call());
        await me.Post($"/contacts/{mine[0]}/categorise", new { category = "information" });
        await me.Post($"/contacts/{mine[0]}/close", new { });
        await me.Post($"/contacts/{mine[1]}/categorise", new { category = "referral" });

        var first = (await me.Get("/contacts?mine=open&limit=3")).ShouldBe(200);
        first["count"].GetInt64().ShouldBe(4);
        var second = (await me.Get($"/contacts?mine=open&limit=3&cursor={first["cursor"].GetGuid()}")).ShouldBe(200);
        second["count"].GetInt64().ShouldBe(4);
        second["cursor"].ValueKind.ShouldBe(JsonValueKind.Null);
        first["items"].EnumerateArray().Concat(second["items"].EnumerateArray()).Select(row => row.GetProperty("id").GetGuid()).ShouldBe([mine[4], mine[3], mine[2], mine[1]]);

        (await Ids(me, "mine=closed")).ShouldBe([mine[0]]);
        (await Ids(me, "mine=all")).Count.ShouldBe(5);
        (await Ids(me, "mine=open&category=none")).ShouldBe([mine[4], mine[3], mine[2]]);
        (await Ids(me, "mine=all&category=referral")).ShouldBe([mine[1]]);
        var number = (await Row(mine[3])).GetProperty("number").GetString()!;
        (await Ids(me, $"number={number.ToLowerInvariant()}")).ShouldBe([mine[3]]);
        (await Ids(intake.As("nobody-yet"), "mine=open")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("mine=theirs")]
    [InlineData("state=open")]
    [InlineData("limit=many")]
    [InlineData("cursor=1")]
    public async Task A_filter_that_is_none_is_refused(string query) => (await an.Get($"/contacts?{query}")).ShouldBe(400, "request-malformed");

    [Fact]
    public async Task A_list_says_nothing_of_anybody()
    {
        await Recorded();
        (await an.Get("/contacts")).ShouldBe(200).Body.GetRawText().ShouldNotContain("hư cấu");
    }

    [Fact]
    public async Task Places_are_found_at_the_door()
    {
        var found = (await an.Get($"/places?q={Uri.EscapeDataString("hà giang")}")).ShouldBe(200)["items"][0];
        (found.GetProperty("code").GetString(), found.GetProperty("formerCode").GetString(), found.GetProperty("homeVi").GetString()).ShouldBe(("08", "02", "Tuyên Quang"));
        (await an.Get("/places")).ShouldBe(200)["items"].GetArrayLength().ShouldBe(12);
        (await an.Get("/places?limit=100")).ShouldBe(200)["items"].GetArrayLength().ShouldBe(34);
        (await an.Get($"/places?q={new string('a', 61)}")).ShouldBe(400, "request-malformed");
        (await an.Get("/places?limit=101")).ShouldBe(400, "request-malformed");
        (await an.Get("/places?q=%ED%A0%80%FF")).Status.ShouldBe(200);
    }

    private async Task<Guid> Recorded() => (await an.Post("/contacts", Call())).ShouldBe(201)["id"].GetGuid();

    private async Task<JsonElement> Row(Guid id) => (await an.Get("/contacts?limit=200"))["items"].EnumerateArray().Single(row => row.GetProperty("id").GetGuid() == id);

    private static async Task<List<Guid>> Ids(Colleague colleague, string query) =>
        [.. (await colleague.Get($"/contacts?{query}")).ShouldBe(200)["items"].EnumerateArray().Select(row => row.GetProperty("id").GetGuid())];
}
