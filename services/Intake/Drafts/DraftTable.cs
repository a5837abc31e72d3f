using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Npgsql;

namespace Hotline111.Intake.Drafts;

/// <summary>
/// The table of drafts. Never events: a row is overwritten in place. Whoever writes a row, and whoever records the contact with its id, holds the id's lock,
/// so no late batch brings a draft back.
/// </summary>
public sealed class DraftTable(EventStore store, PersonKeys keys)
{
    private const string Columns = "id, owner, revision, tab, started_at, changed_at, ended_at, content::text, sealing";

    /// <summary>Saves what the page holds now.</summary>
    /// <param name="seen">The revision the page last saw; 0 for a new draft.</param>
    /// <param name="page">The page's JSON object as text.</param>
    /// <param name="tab">The tab that saves, or null.</param>
    /// <returns>The draft as it is afterwards, or the no.</returns>
    public async Task<(Draft? Draft, Refusal? No)> Save(Guid id, string by, long seen, string page, Guid? tab, DateTimeOffset now, CancellationToken ct)
    {
        // The table keeps microseconds, and the same save is answered with the same time twice.
        now = new(now.Ticks - (now.Ticks % TimeSpan.TicksPerMicrosecond), now.Offset);
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Lock(connection, id, ct);
        var (draft, content) = await Read(connection, id, ct);
        var same = draft is not null && content is not null && draft.Revision - 1 == seen && await keys.Open(content, ct) == page;
        var (revision, write, no) = DraftRules.Save(draft, await IsRecorded(connection, id, ct), by, seen, same);
        if (no is null && draft is null && await CountOf(connection, by, ct) >= Draft.MostOfOneOwner)
            no = DraftRefusals.TooMany;
        if (no is not null || !write)
            return (draft, no);

        draft = new(id, by, revision, tab, draft?.StartedAt ?? now, now, null);
        var sealing = Guid.CreateVersion7(now);
        string sealedPage;
        try
        {
            sealedPage = await Seal(draft, sealing, page, ct);
        }
        catch (OwnerErasedException)
        {
            return (null, DraftRefusals.Ended);
        }

        await using var save = new NpgsqlCommand(
            """
            INSERT INTO drafts.draft (id, owner, revision, content, sealing, tab, started_at, changed_at) VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8)
            ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, content = excluded.content, sealing = excluded.sealing, tab = excluded.tab, changed_at = excluded.changed_at
            """,
            connection,
            transaction)
        {
            Parameters =
            {
                new() { Value = id },
                new() { Value = by },
                new() { Value = revision },
                new() { Value = sealedPage },
                new() { Value = sealing },
                new() { Value = (object?)tab ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid },
                new() { Value = draft.StartedAt.ToUniversalTime() },
                new() { Value = now.ToUniversalTime() },
            },
        };
        await save.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return (draft, null);
    }

    /// <summary>The row, ended or not, or null.</summary>
    public async Task<Draft?> Find(Guid id, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        return (await Read(connection, id, ct)).Draft;
    }

    /// <summary>The row with its content opened; the content is null when the draft has ended or its keys are gone. Whoever shows it has recorded the read.</summary>
    public async Task<(Draft? Draft, string? Page)> Open(Guid id, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var (draft, content) = await Read(connection, id, ct);
        return (draft, content is null ? null : await keys.Open(content, ct));
    }

    /// <summary>Drafts that have not ended, the last changed first.</summary>
    /// <param name="owner">Of this account alone, or null for everybody's.</param>
    public async Task<IReadOnlyList<Draft>> List(string? owner, CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand(
            $"SELECT {Columns} FROM drafts.draft WHERE ended_at IS NULL AND ($1::text IS NULL OR owner = $1) ORDER BY changed_at DESC, id DESC LIMIT 500");
        command.Parameters.Add(new() { Value = (object?)owner ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var rows = await command.ExecuteReaderAsync(ct);
        List<Draft> drafts = [];
        while (await rows.ReadAsync(ct))
            drafts.Add(Row(rows));
        return drafts;
    }

    /// <summary>Gives a draft to another account; its time of change stays, so taking over keeps nothing longer.</summary>
    /// <returns>Whether there was one to give.</returns>
    public async Task<bool> TakeOver(Guid id, string by, CancellationToken ct) =>
        await Run("UPDATE drafts.draft SET owner = $2 WHERE id = $1 AND ended_at IS NULL", ct, id, by) == 1;

    /// <summary>Ends a draft: its content is gone at once, its keys follow.</summary>
    public Task Discard(Guid id, string owner, DateTimeOffset now, CancellationToken ct) =>
        Run("UPDATE drafts.draft SET content = NULL, sealing = NULL, tab = NULL, ended_at = $3 WHERE id = $1 AND owner = $2 AND ended_at IS NULL", ct, id, owner, now.ToUniversalTime());

    /// <summary>Ends what nobody has changed for seven days.</summary>
    /// <returns>How many.</returns>
    public Task<int> EndUnchanged(DateTimeOffset now, CancellationToken ct) => Run(
        "UPDATE drafts.draft SET content = NULL, sealing = NULL, tab = NULL, ended_at = $1 WHERE ended_at IS NULL AND changed_at <= $2",
        ct,
        now.ToUniversalTime(),
        (now - Draft.Kept).ToUniversalTime());

    /// <summary>Destroys the keys of drafts that ended an hour ago, except where a contact was recorded under them, and then removes the rows.</summary>
    /// <returns>How many rows were removed.</returns>
    /// <remarks>Keys first: whoever is interrupted between the two finds the row again and destroys once more, which changes nothing.</remarks>
    public async Task<int> ForgetEnded(DateTimeOffset now, CancellationToken ct)
    {
        List<(Draft Draft, bool Recorded)> ended = [];
        await using (var command = store.Source.CreateCommand(
            $"""
            SELECT {Columns}, EXISTS (SELECT FROM events.mt_streams s WHERE s.id = d.id) FROM drafts.draft d
             WHERE ended_at <= $1 ORDER BY ended_at LIMIT 500
            """))
        {
            command.Parameters.Add(new() { Value = (now - Draft.KeysOutlive).ToUniversalTime() });
            await using var rows = await command.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
                ended.Add((Row(rows), rows.GetBoolean(9)));
        }

        foreach (var (draft, recorded) in ended)
        {
            if (!recorded)
                await keys.Destroy(draft.SealedFor, ct);
            await Run("DELETE FROM drafts.draft WHERE id = $1 AND ended_at IS NOT NULL", ct, draft.Id);
        }

        return ended.Count;
    }

    /// <summary>What is committed together with a contact recorded from a draft: the draft is gone, and a batch that comes late finds the contact.</summary>
    public static IReadOnlyList<FormattableString> EndedBy(Guid contactId, Guid draftId, DateTimeOffset now) =>
    [
        $"SELECT pg_advisory_xact_lock(hashtextextended({draftId}::text, 111))",
        draftId == contactId
            ? (FormattableString)$"DELETE FROM drafts.draft WHERE id = {draftId}"
            : $"UPDATE drafts.draft SET content = NULL, sealing = NULL, tab = NULL, ended_at = {now} WHERE id = {draftId} AND ended_at IS NULL",
    ];

    private static async Task Lock(NpgsqlConnection connection, Guid id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 111))", connection) { Parameters = { new() { Value = id } } };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<(Draft? Draft, Personal<string>? Content)> Read(NpgsqlConnection connection, Guid id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM drafts.draft WHERE id = $1", connection) { Parameters = { new() { Value = id } } };
        await using var rows = await command.ExecuteReaderAsync(ct);
        if (!await rows.ReadAsync(ct))
            return (null, null);
        if (await rows.IsDBNullAsync(7, ct))
            return (Row(rows), null);
        var stored = JsonNode.Parse(rows.GetString(7))!;
        PersonalJson.Bind(stored, rows.GetGuid(8), id);
        return (Row(rows), stored.Deserialize<DraftContent>(EventCatalogue.Json)!.Page);
    }

    private async Task<string> Seal(Draft draft, Guid sealing, string page, CancellationToken ct)
    {
        var content = PersonalJson.ToNode(new DraftContent(Personal.Of(page, draft.SealedFor, FieldGroup.Narrative)), typeof(DraftContent), EventCatalogue.Json);
        await PersonalJson.Seal(content, sealing, draft.Id, keys, ct);
        return content.ToJsonString();
    }

    private static async Task<bool> IsRecorded(NpgsqlConnection connection, Guid id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM events.mt_streams WHERE id = $1)", connection) { Parameters = { new() { Value = id } } };
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task<long> CountOf(NpgsqlConnection connection, string owner, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT count(*) FROM drafts.draft WHERE owner = $1 AND ended_at IS NULL", connection) { Parameters = { new() { Value = owner } } };
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static Draft Row(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetString(1),
        row.GetInt64(2),
        row.IsDBNull(3) ? null : row.GetGuid(3),
        row.GetFieldValue<DateTimeOffset>(4),
        row.GetFieldValue<DateTimeOffset>(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6));

    private async Task<int> Run(string sql, CancellationToken ct, params object[] values)
    {
#pragma warning disable CA2100 // The text is one of this file's, not input.
        await using var command = store.Source.CreateCommand(sql);
#pragma warning restore CA2100
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync(ct);
    }
}
