using Hotline111.Platform.EventStore;
using Npgsql;

namespace Hotline111.Intake.Contacts;

/// <summary>
/// Cases that are there before their contact: an emergency goes out from the contact page first, and its contact is recorded right after or, when Intake is away
/// at that moment, later. A case waits until its contact is recorded and is linked then.
/// </summary>
public sealed class EarlyCases(EventStore store)
{
    /// <summary>Keeps a case whose contact is not recorded yet.</summary>
    /// <param name="transaction">The transaction in which the message has its effect.</param>
    public static async Task Keep(Guid contactId, Guid caseId, DateTimeOffset openedAt, StoreTransaction transaction, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO drafts.early_case (contact_id, case_id, opened_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = contactId }, new() { Value = caseId }, new() { Value = openedAt.ToUniversalTime() } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Links every waiting case whose contact is recorded, and forgets it. Interrupted in between it is done again and changes nothing.</summary>
    /// <returns>How many.</returns>
    public async Task<int> Link(CancellationToken ct)
    {
        List<(Guid Contact, Guid Case, DateTimeOffset At)> waiting = [];
        await using (var command = store.Source.CreateCommand(
            "SELECT e.contact_id, e.case_id, e.opened_at FROM drafts.early_case e JOIN read.contact c ON c.id = e.contact_id ORDER BY e.opened_at LIMIT 500"))
        {
            await using var rows = await command.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
                waiting.Add((rows.GetGuid(0), rows.GetGuid(1), rows.GetFieldValue<DateTimeOffset>(2)));
        }

        foreach (var (contact, caseId, at) in waiting)
        {
            await store.Execute(ContactDecider.Instance, contact, new ContactCommand.LinkCase(caseId, at), Metadata.System(Guid.CreateVersion7().ToString(), caseId.ToString()), ct);
            await using var forget = store.Source.CreateCommand("DELETE FROM drafts.early_case WHERE contact_id = $1 AND case_id = $2");
            forget.Parameters.Add(new() { Value = contact });
            forget.Parameters.Add(new() { Value = caseId });
            await forget.ExecuteNonQueryAsync(ct);
        }

        return waiting.Count;
    }
}

/// <summary>Links early cases every few seconds: a message and the record of its contact may cross each other.</summary>
public sealed partial class LinkEarlyCases(EarlyCases cases, TimeProvider clock, ILogger<LinkEarlyCases> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await cases.Link(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or StreamConflictException)
            {
                Failed(log, e.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Linking cases that came before their contact failed and is tried again: {Kind}")]
    private static partial void Failed(ILogger logger, string kind);
}
