using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Hotline111.Local;

/// <summary>Generated passwords and other small secrets, kept in one file that only its owner may read, so that a second start knows them.</summary>
public sealed class Secrets
{
    private readonly string path;
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, string> values;

    private Secrets(string path, SortedDictionary<string, string> values) => (this.path, this.values) = (path, values);

    /// <summary>Opens the file, or begins an empty one.</summary>
    public static Secrets Open(string path)
    {
        var values = File.Exists(path)
            ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(path))
                ?? throw new LocalException("secrets", $"{path} is empty; remove the data folder to begin anew.", exitCode: 2)
            : [];
        return new Secrets(path, new SortedDictionary<string, string>(values, StringComparer.Ordinal));
    }

    /// <summary>The secret of this name; made by <paramref name="make"/> and saved before it is returned when there was none.</summary>
    public string Get(string name, Func<string> make)
    {
        lock (gate)
        {
            if (!values.TryGetValue(name, out var value))
            {
                values[name] = value = make();
                var draft = path + ".new";
                Account.WriteFile(draft, JsonSerializer.Serialize(values, Indented), account: null);
                File.Move(draft, path, overwrite: true);
            }

            return value;
        }
    }

    /// <summary>A password of 160 random bits that needs no quoting in a URL, a connection string or SQL.</summary>
    public string Password(string name) => Get(name, () => RandomNumberGenerator.GetHexString(40, lowercase: true));

    /// <summary>A short name for a text, the same in every process.</summary>
    public static string Fingerprint(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..10];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}
