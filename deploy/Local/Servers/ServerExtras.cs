namespace Hotline111.Local;

/// <summary>What a private server is told beyond the usual.</summary>
/// <param name="Settings">Lines of its own configuration language; they win over ours. {data} stands for its data folder.</param>
public sealed record ServerExtras(string Settings)
{
    /// <summary>Nothing.</summary>
    public static ServerExtras None { get; } = new("");

    /// <summary>Files that go into its data folder, which only its account may read.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>It lets nobody in without TLS, so that trying without is no second chance.</summary>
    public bool Secure { get; init; }

    /// <summary>Lays them down.</summary>
    internal void Write(string folder, string configuration, Account? account)
    {
        Account.WriteFile(Path.Combine(folder, configuration), Settings.Replace("{data}", folder, StringComparison.Ordinal) + "\n", account);
        foreach (var (name, content) in Files)
        {
            Account.WriteFile(Path.Combine(folder, name), content, account);
        }
    }
}
