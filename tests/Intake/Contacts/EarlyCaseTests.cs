namespace Hotline111.Intake.Tests.Contacts;

/// <summary>A case that an emergency opened waits for its contact.</summary>
public sealed class EarlyCaseTests(RunningIntake intake) : IClassFixture<RunningIntake>
{
    [Fact]
    public async Task A_contact_recorded_after_its_case_was_opened_learns_of_it_by_itself()
    {
        var (contact, caseId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        // As the message leaves it when no such contact is recorded yet.
        await intake.Look<int>("INSERT INTO drafts.early_case (contact_id, case_id, opened_at) VALUES ($1, $2, now()) RETURNING 1", contact, caseId);
        var an = intake.As("an");
        (await an.Post("/contacts", new { id = contact, channel = "phone_in" })).ShouldBe(201);
        await Until(async () => (await an.Get($"/contacts/{contact}"))["caseId"] is { ValueKind: System.Text.Json.JsonValueKind.String } id && id.GetGuid() == caseId);
        // What is told is forgotten a moment later.
        await Until(async () => await intake.Look<long>("SELECT count(*) FROM drafts.early_case WHERE contact_id = $1", contact) == 0);
    }

    private static async Task Until(Func<Task<bool>> so)
    {
        for (var tries = 0; !await so(); tries++)
        {
            tries.ShouldBeLessThan(3000);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
