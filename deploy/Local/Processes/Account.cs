using System.Globalization;

namespace Hotline111.Local;

/// <summary>An unprivileged account of this machine. PostgreSQL refuses to run as root, and nothing else here should.</summary>
public sealed record Account(string Name, uint UserId, uint GroupId)
{
    /// <summary>
    /// The account a server runs under: none when this process is unprivileged itself (the server then shares its account), otherwise the
    /// first of <paramref name="preferred"/> or <c>nobody</c> that exists.
    /// </summary>
    public static Account? ForServer(params IReadOnlyList<string> preferred)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return null;
        }

        var known = File.ReadLines("/etc/passwd")
            .Select(line => line.Split(':'))
            .Where(fields => fields.Length >= 4)
            .ToLookup(fields => fields[0]);
        var entry = preferred.Append("nobody").SelectMany(name => known[name]).FirstOrDefault()
            ?? throw new LocalException("servers", "No unprivileged account (postgres, rabbitmq or nobody) exists for the servers to run under.");
        return new Account(entry[0], uint.Parse(entry[2], CultureInfo.InvariantCulture), uint.Parse(entry[3], CultureInfo.InvariantCulture));
    }

    /// <summary>Creates a folder that only <paramref name="account"/> (or this process, when null) may open.</summary>
    public static void CreateFolder(string path, Account? account)
    {
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (account is not null)
        {
            Native.GiveTo(path, account);
        }
    }

    /// <summary>Writes a file that only <paramref name="account"/> (or this process, when null) may read.</summary>
    public static void WriteFile(string path, string content, Account? account)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var writer = new StreamWriter(path, options))
        {
            writer.Write(content);
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (account is not null)
        {
            Native.GiveTo(path, account);
        }
    }

    /// <summary>
    /// <paramref name="wanted"/> when the account can reach it, otherwise a folder of the same meaning under <c>/var/lib</c>: a checkout
    /// below <c>/root</c> is closed to every other account. The choice depends on the path alone, so a second start finds its data.
    /// </summary>
    public static string Reachable(string wanted, Account? account)
    {
        if (account is null)
        {
            return wanted;
        }

        for (var folder = Directory.GetParent(Path.GetFullPath(wanted)); folder is not null; folder = folder.Parent)
        {
            if (folder.Exists && !folder.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return Path.Combine("/var/lib/hotline111-local", Secrets.Fingerprint(Path.GetFullPath(wanted)), Path.GetFileName(wanted));
            }
        }

        return wanted;
    }
}
