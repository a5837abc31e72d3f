using System.Text.Json;

namespace Hotline111.Local;

/// <summary>Shows what the processes write into their logs, as lines for people.</summary>
internal sealed class LogFollower(Steps steps)
{
    private readonly Dictionary<string, long> positions = new(StringComparer.Ordinal);

    /// <summary>Follows the logs until cancelled, from where they end now.</summary>
    public async Task Follow(IReadOnlyDictionary<string, string> logs, CancellationToken ct)
    {
        foreach (var (name, file) in logs)
        {
            positions[name] = File.Exists(file) ? new FileInfo(file).Length : 0;
        }

        while (!ct.IsCancellationRequested)
        {
            foreach (var (name, file) in logs)
            {
                await Show(name, file, ct);
            }

            await Task.Delay(300, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Show(string name, string file, CancellationToken ct)
    {
        if (!File.Exists(file))
        {
            return;
        }

        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length < positions[name])
        {
            positions[name] = 0;
        }

        if (stream.Length == positions[name])
        {
            return;
        }

        stream.Position = positions[name];
        using var reader = new StreamReader(stream);
        var text = await reader.ReadToEndAsync(ct).ConfigureAwait(false);
        var whole = text.LastIndexOf('\n') + 1;
        positions[name] += reader.CurrentEncoding.GetByteCount(text.AsSpan(0, whole));
        foreach (var line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            steps.Say($"{name,-19} {Readable(line)}");
        }
    }

    // The processes write a line of JSON for each entry.
    private static string Readable(string line)
    {
        if (!line.StartsWith('{'))
        {
            return line;
        }

        try
        {
            var entry = JsonElement.Parse(line);
            return $"{entry.GetProperty("at").GetDateTimeOffset().ToLocalTime():HH:mm:ss} {entry.GetProperty("level").GetString(),-11} {entry.GetProperty("message").GetString()}";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException)
        {
            return line;
        }
    }
}
