using System.Text.Json;
using Hotline111.Contracts.Access;
using Hotline111.Referral.Conversing;
using Hotline111.Referral.Tests.Running;

namespace Hotline111.Referral.Tests.Conversing;

/// <summary>The desk and the hotline talk inside the referral, and nobody else hears it.</summary>
[Collection<OneService>]
public sealed class The_conversation(ReferralService service)
{
    private static readonly Person Police = Person.Police;
    private static readonly Person Staff = Person.Counsellor;

    [Fact]
    public async Task Messages_questions_and_answers_stand_in_the_order_in_which_they_came()
    {
        var id = await service.Sent();
        await service.Give(Police, id, "acknowledge");
        await Say(Police, id, "Một.");
        await service.Give(Police, id, "ask-information", new { questions = new[] { new { field = "request.place", text = "Ở đâu?" }, new { field = "person.name", text = "Ai?" } } });
        await Say(Staff, id, "Hai.");
        await service.Give(Staff, id, "answer-information", new { answers = new[] { new { field = "request.place", text = "Chưa rõ." } } });
        await Say(Police, id, "Ba.");

        foreach (var reader in new[] { Police, Staff, new Person("head-08", Roles.AgencyHead, Police.Agency) })
        {
            var items = (await service.Get(reader, $"referrals/{id}/messages")).ShouldBe(200).Body.GetProperty("items").EnumerateArray().ToList();
            items.Select(Words).ShouldBe(["message desk: Một.", "questions desk: Ở đâu?|Ai?", "message hotline: Hai.", "answers hotline: Chưa rõ.", "message desk: Ba."]);
        }
    }

    [Fact]
    public async Task Every_reading_is_recorded_before_the_words_leave_and_an_empty_one_is_none()
    {
        var id = await service.Sent();
        await service.Get(Police, $"referrals/{id}/messages");
        (await Reads(id)).ShouldBe(0);
        await Say(Staff, id, "Nội dung hư cấu.");
        await service.Get(Police, $"referrals/{id}/messages");
        await service.Get(Staff, $"referrals/{id}/messages");
        (await Reads(id)).ShouldBe(2);
        (await service.Beside.Ask<string>(
            $"SELECT headers->>'actor' FROM events.mt_events WHERE type = 'personal-data-read.v1' AND data->>'id' = '{id}' AND data->>'action' = 'referral.read-messages' ORDER BY seq_id LIMIT 1"))
            .ShouldBe(Police.Id);
    }

    [Fact]
    public async Task What_the_other_side_wrote_is_unread_until_somebody_of_this_side_has_read_it()
    {
        var id = await service.Sent();
        var first = await Say(Staff, id, "Một.");
        await Say(Police, id, "Hai.");
        var last = await Say(Staff, id, "Ba.");
        (await Unread(Police, id), await Unread(Staff, id)).ShouldBe((2, 1));
        (await service.All(Police, "inbox?list=unread")).ShouldContain(id);
        var counted = (await service.Get(Police, "inbox/counts")).Body.GetProperty("unread").GetInt64();

        Left(await service.Give(Police, id, "messages/read", new { upTo = first })).ShouldBe(1);
        (await Unread(Police, id), await Unread(Staff, id)).ShouldBe((1, 1));
        Left(await service.Give(Person.PoliceColleague, id, "messages/read", new { upTo = last })).ShouldBe(0);
        Left(await service.Give(Police, id, "messages/read", new { upTo = first })).ShouldBe(0, "nobody reads back");
        (await Unread(Police, id), await Unread(Staff, id)).ShouldBe((0, 1));
        (await service.All(Police, "inbox?list=unread")).ShouldNotContain(id);
        (await service.Get(Police, "inbox/counts")).Body.GetProperty("unread").GetInt64().ShouldBe(counted - 2);

        var page = (await service.Get(Staff, $"referrals/{id}/messages")).Body;
        (page.GetProperty("deskReadTo").GetGuid(), page.GetProperty("hotlineReadTo").ValueKind, page.GetProperty("unread").GetInt32()).ShouldBe((last, JsonValueKind.Null, 1));
        (await service.Post(Police, $"referrals/{id}/messages/read", new { upTo = Guid.CreateVersion7() })).ShouldBe(400).Slug.ShouldBe("message-unknown");
    }

    [Fact]
    public async Task No_message_makes_an_answer_stale_and_the_conversation_outlives_the_referral()
    {
        var id = await service.Sent();
        var seen = (await service.Get(Police, $"referrals/{id}")).ETag!;
        var message = await Say(Staff, id, "Hư cấu.");
        await service.Give(Police, id, "messages/read", new { upTo = message });
        (await service.Get(Police, $"referrals/{id}")).ETag.ShouldBe(seen);
        (await service.Post(Police, $"referrals/{id}/acknowledge", null, ("If-Match", seen))).ShouldBe(200);
        await service.Give(Police, id, "decline", new { reason = "no_capacity" });
        await Say(Police, id, "Sau khi từ chối.");
        (await service.Post(Police, $"referrals/{id}/messages", new { text = "Cũ." }, ("If-Match", seen))).ShouldBe(412);
    }

    [Fact]
    public async Task Whoever_lost_the_answer_gets_it_again_also_when_the_sheet_has_changed_since()
    {
        var (id, key) = (await service.Sent(), Guid.NewGuid().ToString());
        var seen = (await service.Get(Police, $"referrals/{id}")).ETag!;
        var first = (await Write("Hư cấu.", key)).ShouldBe(201).Body.GetProperty("id").GetGuid();
        await service.Give(Person.PoliceColleague, id, "acknowledge");
        (await Write("Hư cấu.", key)).ShouldBe(201).Body.GetProperty("id").GetGuid().ShouldBe(first);
        (await Write("Khác.", key)).ShouldBe(422).Slug.ShouldBe("idempotency-key-reused");
        (await Write("Khác.", Guid.NewGuid().ToString())).ShouldBe(412);

        Task<Reply> Write(string text, string once) => service.Post(Police, $"referrals/{id}/messages", new { text }, ("Idempotency-Key", once), ("If-Match", seen));
    }

    [Fact]
    public async Task The_same_message_sent_again_is_one()
    {
        var (id, message, key) = (await service.Sent(), Guid.CreateVersion7(), Guid.NewGuid().ToString());
        (await service.Post(Police, $"referrals/{id}/messages", new { id = message, text = "Hư cấu." })).ShouldBe(201);
        (await service.Post(Police, $"referrals/{id}/messages", new { id = message, text = "Hư cấu." })).ShouldBe(200);
        (await service.Post(Staff, $"referrals/{id}/messages", new { id = message, text = "Hư cấu." })).ShouldBe(409).Slug.ShouldBe("message-already-exists");
        (await service.Post(Police, $"referrals/{id}/messages", new { id = message, text = " Hư cấu.\n" })).ShouldBe(200);
        (await service.Post(Police, $"referrals/{id}/messages", new { id = message, text = "Hư cấu, nhưng khác." })).ShouldBe(409).Slug.ShouldBe("message-already-exists");
        var first = (await service.Post(Police, $"referrals/{id}/messages", new { text = "Hai." }, ("Idempotency-Key", key))).ShouldBe(201).Body.GetProperty("id").GetGuid();
        (await service.Post(Police, $"referrals/{id}/messages", new { text = "Hai." }, ("Idempotency-Key", key))).ShouldBe(201).Body.GetProperty("id").GetGuid().ShouldBe(first);
        (await service.Get(Police, $"referrals/{id}/messages")).Body.GetProperty("items").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task A_message_has_one_to_four_thousand_characters()
    {
        var id = await service.Sent();
        await Say(Police, id, new string('đ', Converse.LongestMessage));
        (await service.Post(Police, $"referrals/{id}/messages", new { text = new string('đ', Converse.LongestMessage + 1) })).ShouldBe(400).Errors.ShouldBe(["text"]);
        (await service.Post(Police, $"referrals/{id}/messages", new { text = " \n " })).ShouldBe(400).Errors.ShouldBe(["text"]);
        (await service.Post(Police, $"referrals/{id}/messages", new { id = Guid.Empty, text = "Hư cấu." })).ShouldBe(400).Errors.ShouldBe(["id"]);
    }

    [Fact]
    public async Task Another_desk_of_the_case_hears_nothing_and_nobody_writes_before_it_was_sent()
    {
        var caseId = Guid.CreateVersion7();
        var ids = await service.Emergency(caseId, "police.08", "border-guard.08");
        var message = await Say(Police, ids[0], "Chỉ cho tổng đài.");
        (await service.Get(Person.Border, $"referrals/{ids[0]}/messages")).ShouldBe(404);
        (await service.Post(Person.Border, $"referrals/{ids[0]}/messages", new { text = "Hư cấu." })).ShouldBe(404);
        (await service.Post(Person.Border, $"referrals/{ids[0]}/messages/read", new { upTo = message })).ShouldBe(404);
        (await service.Get(Person.Border, $"referrals/{ids[1]}/messages")).Body.GetProperty("items").GetArrayLength().ShouldBe(0);
        (await service.Post(new Person("head-08", Roles.AgencyHead, Police.Agency), $"referrals/{ids[0]}/messages", new { text = "Hư cấu." })).ShouldBe(403);
        var draft = await service.Draft(caseId);
        (await service.Post(Staff, $"referrals/{draft}/messages", new { text = "Hư cấu." })).ShouldBe(409).Slug.ShouldBe("command-not-allowed");
    }

    [Fact]
    public async Task Long_conversations_are_read_page_by_page_from_the_newest_back()
    {
        var id = await service.Sent();
        for (var i = 1; i <= 5; i++)
            await Say(Police, id, $"{i}");
        List<string> pages = [];
        Guid? before = null;
        do
        {
            var page = (await service.Get(Staff, $"referrals/{id}/messages?limit=2{(before is null ? "" : $"&before={before}")}")).ShouldBe(200).Body;
            pages.Add(string.Join(",", page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("parts")[0].GetProperty("text").GetString())));
            before = page.GetProperty("cursor") is { ValueKind: JsonValueKind.String } cursor ? cursor.GetGuid() : null;
        }
        while (before is not null);
        pages.ShouldBe(["4,5", "2,3", "1"]);
        (await service.Get(Staff, $"referrals/{id}/messages?before={Guid.CreateVersion7()}")).ShouldBe(400).Errors.ShouldBe(["before"]);
        (await service.Get(Staff, $"referrals/{id}/messages?limit=200")).ShouldBe(200);
        (await service.Get(Staff, $"referrals/{id}/messages?limit=201")).ShouldBe(400).Errors.ShouldBe(["limit"]);
    }

    [Fact]
    public async Task Words_about_a_field_that_the_desk_returned_are_withheld_from_it()
    {
        var id = await service.Sent();
        await service.Give(Police, id, "acknowledge");
        await service.Give(Police, id, "ask-information", new { questions = new[] { new { field = "person.name", text = "Tên?" } } });
        await service.Give(Staff, id, "answer-information", new { answers = new[] { new { field = "person.name", text = "Tên hư cấu." }, new { field = "request.place", text = "Nơi hư cấu." } } });
        await service.Give(Police, id, "reject-data", new { fields = new[] { "person.name" } });
        foreach (var door in new[] { "messages", "words" })
        {
            var (desk, hotline) = ((await service.Get(Police, $"referrals/{id}/{door}")).Body.GetRawText(), (await service.Get(Staff, $"referrals/{id}/{door}")).Body.GetRawText());
            Read(desk).ShouldNotContain("Tên hư cấu.");
            Read(desk).ShouldContain("Nơi hư cấu.");
            Read(hotline).ShouldContain("Tên hư cấu.");
        }

        await service.Give(Police, id, "reject-data", new { });
        Read((await service.Get(Police, $"referrals/{id}/messages")).Body.GetRawText()).ShouldNotContain("Nơi hư cấu.");
    }

    [Fact]
    public async Task A_corrected_package_is_read_by_the_desk_without_the_wrong_one_that_it_returned()
    {
        var (caseId, wrong, right) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var id = await service.Sent(caseId, persons: wrong);
        await service.Give(Police, id, "acknowledge");
        await Answer("Lời của người khác.");
        await service.Give(Police, id, "reject-data", new { });
        (await service.Get(Police, $"referrals/{id}/package")).ShouldBe(409).Slug.ShouldBe("data-cut");
        (await service.All(Staff, "referrals?list=returned")).ShouldContain(id);

        await service.Supplement(id, caseId, "police.08", right);
        (await service.All(Staff, "referrals?list=returned")).ShouldNotContain(id, "it has been corrected");
        await Answer("Lời của đúng người.");
        var desk = (await service.Get(Police, $"referrals/{id}/package")).ShouldBe(200).Body;
        desk.GetProperty("versions").EnumerateArray().ShouldHaveSingleItem().GetProperty("difference").GetArrayLength().ShouldBe(0);
        desk.GetProperty("package").GetProperty("persons").EnumerateArray().ShouldHaveSingleItem().GetProperty("id").GetGuid().ShouldBe(right);
        desk.GetRawText().ShouldNotContain(wrong.ToString());
        foreach (var door in new[] { "messages", "words" })
        {
            var read = Read((await service.Get(Police, $"referrals/{id}/{door}")).Body.GetRawText());
            read.ShouldNotContain("Lời của người khác.");
            read.ShouldContain("Lời của đúng người.");
        }

        (await service.Get(Staff, $"referrals/{id}/package")).Body.GetProperty("versions").GetArrayLength().ShouldBe(2);
        await service.Give(Police, id, "reject-data", new { });
        (await service.Get(Police, $"referrals/{id}/package")).ShouldBe(409);
        await service.Give(Person.Supervisor, id, "restore-data", new { why = "Hư cấu." });
        (await service.Get(Police, $"referrals/{id}/package")).ShouldBe(200).Body.GetProperty("versions").GetArrayLength().ShouldBe(2);

        async Task Answer(string text)
        {
            await service.Give(Police, id, "ask-information", new { questions = new[] { new { field = "request.place", text = "Ở đâu?" } } });
            await service.Give(Staff, id, "answer-information", new { answers = new[] { new { field = "request.place", text } } });
        }
    }

    [Fact]
    public async Task Nothing_that_was_written_is_in_a_row_a_sheet_the_database_s_plain_columns_or_the_log()
    {
        const string canary = "nightingale sings";
        var id = await service.Sent();
        await Say(Police, id, canary);
        await service.Get(Police, $"referrals/{id}/messages");
        (await service.Get(Police, "inbox")).Body.GetRawText().ShouldNotContain("nightingale");
        (await service.Sheet(Police, id)).GetRawText().ShouldNotContain("nightingale");
        (await service.Beside.Ask<long>("SELECT count(*) FROM events.mt_events WHERE data::text LIKE '%nightingale%'")).ShouldBe(0);
        service.Output.ShouldNotContain("nightingale");
    }

    // The doors write JSON that is safe in a page: letters with tone marks may come as escapes.
    private static string Read(string json) => System.Text.RegularExpressions.Regex.Unescape(json.Replace("\\\"", "\"", StringComparison.Ordinal));

    private static string Words(JsonElement item) => $"{item.GetProperty("kind").GetString()} {item.GetProperty("side").GetString()}: "
        + string.Join('|', item.GetProperty("parts").EnumerateArray().Concat(item.GetProperty("lines").EnumerateArray()).Select(each => each.GetProperty("text").GetString()));

    private static int Left(Reply reply) => reply.Body.GetProperty("unread").GetInt32();

    private async Task<Guid> Say(Person person, Guid id, string text) => (await service.Give(person, id, "messages", new { text })).Body.GetProperty("id").GetGuid();

    private async Task<int> Unread(Person person, Guid id) => (await service.Sheet(person, id)).GetProperty("referral").GetProperty("unread").GetInt32();

    private Task<long> Reads(Guid id) => service.Beside.Ask<long>(
        $"SELECT count(*) FROM events.mt_events WHERE type = 'personal-data-read.v1' AND data->>'id' = '{id}' AND data->>'action' = 'referral.read-messages'");
}
