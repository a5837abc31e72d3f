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
    /// The folder <c>data</c> below <paramref name="folder"/> for a server under this account. When the account cannot get there - a checkout
    /// below <c>/root</c> is closed to every other account - it lies under <c>/var/lib</c> instead and <c>data</c> is a link to it. The choice
    /// depends on the path alone, so a second start finds its data.
    /// </summary>
    public static string DataFolder(string folder, Account? account)
    {
        var wanted = Path.Combine(Path.GetFullPath(folder), "data");
        if (account is null || IsOpen(folder))
        {
            return wanted;
        }

        var instead = Path.Combine("/var/lib/hotline111-local", Secrets.Fingerprint(wanted));
        Directory.CreateDirectory(instead);
        if (!Path.Exists(wanted))
        {
            Directory.CreateSymbolicLink(wanted, instead);
        }

        return Path.Combine(instead, "data");

        static bool IsOpen(string path)
        {
            for (var each = new DirectoryInfo(Path.GetFullPath(path)); each is not null; each = each.Parent)
            {
                if (!each.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Removes a folder and everything that was put elsewhere for it by <see cref="DataFolder"/>.</summary>
    public static void RemoveFolder(string folder)
    {
        foreach (var link in Directory.EnumerateDirectories(folder, "data", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, AttributesToSkip = 0 }))
        {
            if (new DirectoryInfo(link).LinkTarget is { } target && Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }
        }

        Directory.Delete(folder, recursive: true);
    }
}
