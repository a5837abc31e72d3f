using System.Globalization;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>Human numbers such as CT-2026-004812: prefix, year, running number of that year.</summary>
public sealed class Numbers(NpgsqlDataSource source, TimeProvider clock)
{
    // The hotline's year turns at midnight in Viet Nam, which has no daylight saving time.
    private static readonly TimeSpan VietNam = TimeSpan.FromHours(7);

    /// <summary>Draws the next number. One drawn and not used stays a gap.</summary>
    /// <param name="kind">"CT", "CS" or "RF".</param>
    public async Task<string> Next(string kind, CancellationToken ct)
    {
        var year = clock.GetUtcNow().ToOffset(VietNam).Year;
        await using var command = source.CreateCommand(
            """
            INSERT INTO events.hl_number AS n (kind, year, last) VALUES ($1, $2, 1)
            ON CONFLICT (kind, year) DO UPDATE SET last = n.last + 1 RETURNING last
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = kind });
        command.Parameters.Add(new NpgsqlParameter { Value = year });
        var last = (long)(await command.ExecuteScalarAsync(ct))!;
        return string.Create(CultureInfo.InvariantCulture, $"{kind}-{year:D4}-{last:D6}");
    }
}
