namespace Hotline111.Local;

/// <summary>Installs servers with apt-get on Debian and Ubuntu, as root, in a way that leaves no service running and no database cluster behind.</summary>
internal static class AptPackages
{
    private const string Policy = "/usr/sbin/policy-rc.d";
    private const string PolicyBefore = "/usr/sbin/policy-rc.d.before-hotline111";
    private const string ClusterRule = "/etc/postgresql-common/createcluster.d/hotline111.conf";
    private const UnixFileMode Program = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Whether this machine is one where it can be done.</summary>
    public static bool Possible => Environment.IsPrivilegedProcess && File.Exists("/etc/debian_version") && SearchPath.Find("apt-get") is not null;

    /// <summary>Installs what is missing; of several processes that miss something at once, one does it and the others wait.</summary>
    /// <exception cref="LocalException">apt-get fails; its last words and its log are named.</exception>
    public static async Task Install(Func<IReadOnlyList<string>> missing, string log, CancellationToken ct)
    {
        await using var turn = await Turn(ct);
        if (missing() is not { Count: > 0 } packages)
        {
            return;
        }

        KeepServicesStopped();
        try
        {
            // A fresh image has no lists, and old ones name packages that are gone.
            await AptGet(log, ["update"]);
            await AptGet(log, ["install", "--yes", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", "-o", "DPkg::Lock::Timeout=300", .. packages]);
        }
        finally
        {
            Restore();
        }
    }

    private static async Task<FileStream> Turn(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return new FileStream("/var/lock/hotline111-apt-get", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(500, ct);
            }
        }
    }

    private static void KeepServicesStopped()
    {
        if (File.Exists(Policy) && !File.Exists(PolicyBefore))
        {
            File.Move(Policy, PolicyBefore);
        }

        File.WriteAllText(Policy, "#!/bin/sh\n# Written by hotline111 while it installs packages: no service is started.\nexit 101\n");
        File.SetUnixFileMode(Policy, Program);
        Directory.CreateDirectory(Path.GetDirectoryName(ClusterRule)!);
        File.WriteAllText(ClusterRule, "create_main_cluster = false\n");
    }

    private static void Restore()
    {
        File.Delete(ClusterRule);
        File.Delete(Policy);
        if (File.Exists(PolicyBefore))
        {
            File.Move(PolicyBefore, Policy);
        }
    }

    // Neither cancelled nor killed with us: half an installation is worse than a late answer.
    private static async Task AptGet(string log, string[] words)
    {
        await using var process = await ChildProcess.Start(new Launch("apt-get", SearchPath.Find("apt-get")!, words)
        {
            LogFile = log,
            Detached = true,
            Environment = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive", ["LC_ALL"] = "C" },
        });
        await process.Exited(CancellationToken.None);
        if (process.ExitCode != 0)
        {
            throw new LocalException("install", $"apt-get {words[0]} failed: {process.LastWords(2)} (log: {log})", exitCode: 3);
        }
    }
}
