using System.Globalization;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>Human numbers such as CT-2026-004812: prefix, year, running number of that year.</summary>
public sealed class Numbers(NpgsqlDataSource source, TimeProvider clock)
{
    /// <summary>Draws the next number. One drawn and not used stays a gap.</summary>
    /// <param name="kind">"CT", "CS" or "RF".</param>
    public async Task<string> Next(string kind, CancellationToken ct)
    {
        var year = clock.GetUtcNow().InVietnam.Year;
        // Without waiting for the disk, so that the counter's row is free again at once: the event that bears the number lies behind it in the same write-ahead
        // log, so that whoever has the event has the number, and a number that a crash takes back stands in no event.
        await using var command = source.CreateCommand(
            """
            INSERT INTO events.hl_number AS n (kind, year, last) SELECT $1, $2, 1 FROM (SELECT set_config('synchronous_commit', 'off', true)) AS s
            ON CONFLICT (kind, year) DO UPDATE SET last = n.last + 1 RETURNING last
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = kind });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = year });
        var last = (long)(await command.ExecuteScalarAsync(ct))!;
        return string.Create(CultureInfo.InvariantCulture, $"{kind}-{year:D4}-{last:D6}");
    }
}
