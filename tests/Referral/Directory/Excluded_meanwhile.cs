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

    // As the message of Case leaves it.
    private Task Exclude(Guid caseId, string agencies, string provinces) => service.Beside.Do(
        $"""
        INSERT INTO read.case_exclusion (case_id, agencies, provinces) VALUES ('{caseId}', string_to_array('{agencies}', ','), string_to_array('{provinces}', ','))
        ON CONFLICT (case_id) DO UPDATE SET agencies = excluded.agencies, provinces = excluded.provinces
        """);
}
