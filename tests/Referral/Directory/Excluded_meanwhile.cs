using Hotline111.Contracts.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Tests.Running;

namespace Hotline111.Referral.Tests.Directory;

/// <summary>A case excludes a desk when a referral to it has begun already: nothing more goes there, and what lies there is not forgotten.</summary>
[Collection<OneService>]
public sealed class Excluded_meanwhile(ReferralService service)
{
    [Fact]
    public async Task What_waits_for_approval_does_not_go_to_a_desk_that_the_case_excludes_by_now()
    {
        foreach (var (agencies, provinces) in new[] { (Person.AgencyOf("police.08"), ""), ("", "08") })
        {
            var caseId = Guid.CreateVersion7();
            var id = await service.Draft(caseId);
            await service.Submit(id, caseId, "police.08");
            await Exclude(caseId, agencies, provinces);
            (await service.Post(Person.Supervisor, $"referrals/{id}/approve")).ShouldBe(409).Slug.ShouldBe("desk-excluded");
            (await service.Sheet(Person.Supervisor, id)).GetProperty("referral").GetProperty("state").GetString().ShouldBe("AwaitingApproval");
            await Exclude(caseId, "", "");
            await service.Give(Person.Supervisor, id, "approve");
        }
    }

    [Fact]
    public async Task An_approval_that_is_given_again_is_answered_as_before()
    {
        var caseId = Guid.CreateVersion7();
        var id = await service.Sent(caseId);
        await Exclude(caseId, Person.AgencyOf("police.08"), "");
        (await service.Post(Person.Supervisor, $"referrals/{id}/approve")).ShouldBe(200);
        await Exclude(caseId, "", "");
    }

    [Fact]
    public async Task What_lies_at_a_desk_that_may_not_see_it_any_more_is_the_hotline_s_and_says_why()
    {
        var caseId = Guid.CreateVersion7();
        var (sent, held, other) = (await service.Sent(caseId), await service.Sent(caseId), await service.Sent(caseId, "border-guard.08"));
        await service.Give(Person.Police, held, "acknowledge");
        await service.Give(Person.Police, held, "accept", new { });
        await service.Give(Person.Police, held, "hold", new { reason = "waiting_person", until = DateTime.UtcNow.AddDays(3).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) });
        await Stands("theirs", sent, other);
        await Stands("caller", held);

        await Exclude(caseId, Person.AgencyOf("police.08"), "");
        (await service.Get(Person.Police, $"referrals/{sent}")).ShouldBe(404);
        await Stands("mine", sent, held);
        await Stands("theirs", other);
        await Stands("caller");
        (await service.All(Person.Supervisor, $"referrals?list=mine&caseId={caseId}", limit: 1)).ShouldBe([held, sent], "page by page");
        (await Excluded(sent), await Excluded(held), await Excluded(other)).ShouldBe((true, true, false));
        var mine = (await service.Get(Person.Supervisor, "referrals/counts")).Body.GetProperty("lists").GetProperty("mine").GetInt64();
        mine.ShouldBe((await service.All(Person.Supervisor, "referrals?list=mine")).Count);

        await service.Give(Person.Counsellor, sent, "withdraw", new { reason = "sent_in_error" });
        await Stands("mine", held);
        (await Excluded(sent)).ShouldBeFalse("it is over");
        await Exclude(caseId, "", "");
        await Stands("mine");
        await Stands("caller", held);

        async Task Stands(string list, params Guid[] ids) => (await service.All(Person.Supervisor, $"referrals?list={list}&caseId={caseId}")).ShouldBe(ids, ignoreOrder: true, list);

        async Task<bool> Excluded(Guid id) => (await service.Sheet(Person.Counsellor, id)).GetProperty("referral").GetProperty("excluded").GetBoolean();
    }

    [Fact]
    public async Task What_such_a_desk_has_taken_charge_of_is_taken_back_without_asking_it()
    {
        var caseId = Guid.CreateVersion7();
        var (seen, unseen) = (await service.Sent(caseId, "border-guard.08"), await service.Sent(caseId, "police.08"));
        foreach (var (liaison, id) in new[] { (Person.Border, seen), (Person.Police, unseen) })
        {
            await service.Give(liaison, id, "acknowledge");
            await service.Give(liaison, id, "accept", new { unit = "Đội hư cấu" });
        }

        await Exclude(caseId, Person.AgencyOf("police.08"), "");
        foreach (var id in new[] { seen, unseen })
            await service.Give(Person.Counsellor, id, "withdraw", new { reason = "sent_in_error" });
        (await State(seen)).ShouldBe("Accepted", "it is asked");
        (await State(unseen)).ShouldBe("Withdrawn");

        async Task<string> State(Guid id) => (await service.Sheet(Person.Counsellor, id)).GetProperty("referral").GetProperty("state").GetString()!;
    }

    [Fact]
    public async Task What_such_a_desk_was_asked_to_stop_before_is_offered_to_be_taken_back_without_its_answer()
    {
        var caseId = Guid.CreateVersion7();
        var id = await service.Sent(caseId, "police.08");
        await service.Give(Person.Police, id, "acknowledge");
        await service.Give(Person.Police, id, "accept", new { unit = "Đội hư cấu" });
        await service.Give(Person.Counsellor, id, "withdraw", new { reason = "sent_in_error" });
        foreach (var excluded in new[] { false, true })
        {
            if (excluded)
                await Exclude(caseId, Person.AgencyOf("police.08"), "");
            foreach (var door in new[] { $"referrals/{id}", $"referrals/{id}/allowed-actions" })
                (await service.Get(Person.Counsellor, door)).Body.GetProperty("allowed").EnumerateArray().Any(each => each.GetString() == "withdraw").ShouldBe(excluded, door);
        }

        await service.Give(Person.Counsellor, id, "withdraw", new { reason = "sent_in_error" });
        (await service.Sheet(Person.Counsellor, id)).GetProperty("referral").GetProperty("state").GetString().ShouldBe("Withdrawn");
    }

    [Fact]
    public async Task The_directory_tells_agencies_of_no_exclusion_but_of_other_agencies_in_a_case_that_they_know()
    {
        var caseId = Guid.CreateVersion7();
        await service.Sent(caseId, "border-guard.08");
        await Exclude(caseId, $"{Person.AgencyOf("police.08")},{Person.AgencyOf("police.04")}", "33");
        (await Missing(Person.Counsellor)).ShouldBe(["police.04", "police.08", "police.33"]);
        (await Missing(Person.Border)).ShouldBe(["police.04", "police.08", "police.33"], "it may hand on");
        foreach (var stranger in new[] { Person.Police, Person.Liaison("police-11", "police.11"), new Person("head-08", Roles.AgencyHead, Person.Police.Agency), new Person("administrator-1", Roles.Administrator) })
            (await Missing(stranger)).ShouldBeEmpty(stranger.Id);

        // One desk of theirs may know of the case, another one not: that is no news from a list.
        await service.Sent(caseId, "police.11");
        var both = new Person("police-11-33", Roles.Liaison, Person.AgencyOf("police.33"), "police.11", "police.33");
        (await Missing(both)).ShouldBe(["police.04", "police.08"]);

        async Task<string[]> Missing(Person reader)
        {
            var all = (await service.Get(reader, "desks")).ShouldBe(200).Body.EnumerateArray().Select(desk => desk.GetProperty("id").GetString()!);
            var offered = (await service.Get(reader, $"desks?caseId={caseId}")).ShouldBe(200).Body.EnumerateArray().Select(desk => desk.GetProperty("id").GetString()!);
            return [.. all.Except(offered).Where(desk => desk.StartsWith("police.", StringComparison.Ordinal)).Order()];
        }
    }

    [Fact]
    public async Task A_desk_of_two_provinces_is_known_by_both()
    {
        var store = service.Beside.Store;
        var stream = DeskDecider.IdOf("police.15");
        var facts = (await store.Load(DeskDecider.Instance, stream, TestContext.Current.CancellationToken)).State.Facts!;
        await Enter(facts with { ProvinceCodes = ["12", "15"] });
        try
        {
            var caseId = Guid.CreateVersion7();
            var id = await service.Sent(caseId, "police.15");
            foreach (var person in new[] { Person.Liaison("police-15", "police.15"), new Person("head-15", Roles.AgencyHead, facts.AgencyId) })
            {
                foreach (var (provinces, sees) in new (string[], bool)[] { ([], true), (["12"], true), (["15", "01"], true), (["01"], false) })
                    await Sees(person with { Provinces = provinces }, sees, string.Join(",", provinces));
                foreach (var province in new[] { "12", "15" })
                {
                    await Exclude(caseId, "", province);
                    await Sees(person, false, province);
                    (await service.All(Person.Supervisor, $"referrals?list=mine&caseId={caseId}")).ShouldBe([id], province);
                    (await service.Sheet(Person.Supervisor, id)).GetProperty("referral").GetProperty("excluded").GetBoolean().ShouldBeTrue(province);
                    await Exclude(caseId, "", "01");
                    await Sees(person, true, "another one");
                }
            }

            async Task Sees(Person person, bool sees, string why)
            {
                (await service.Get(person, $"referrals/{id}")).Status.ShouldBe(sees ? 200 : 404, why);
                (await service.All(person, $"inbox?caseId={caseId}")).ShouldBe(sees ? [id] : [], why);
                (await service.Get(person, "inbox/counts")).Body.GetProperty("lists").GetProperty("all").GetInt64().ShouldBe(sees ? 1 : 0, why);
            }
        }
        finally
        {
            await Enter(facts);
        }

        Task Enter(DeskFacts entered) =>
            store.Execute(DeskDecider.Instance, stream, new EnterDesk(entered, DateTimeOffset.UtcNow), Metadata.System(), TestContext.Current.CancellationToken);
    }

    // As the message of Case leaves it.
    private Task Exclude(Guid caseId, string agencies, string provinces) => service.Beside.Do(
        $"""
        INSERT INTO read.case_exclusion (case_id, agencies, provinces) VALUES ('{caseId}', string_to_array('{agencies}', ','), string_to_array('{provinces}', ','))
        ON CONFLICT (case_id) DO UPDATE SET agencies = excluded.agencies, provinces = excluded.provinces
        """);
}
