using System.Globalization;

namespace Hotline111.Load;

/// <summary>CPU time and memory of processes of this machine, as /proc tells.</summary>
public static class ProcessUsage
{
    // The unit of the kernel's CPU times: USER_HZ, 100 on every architecture .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>CPU seconds of a process; with its tree also those of every process below it, ended ones included.</summary>
    public static double CpuSeconds(int process, bool tree) =>
        tree ? Tree(process).Sum(each => Cpu(each, ended: true)) : Cpu(process, ended: false);

    /// <summary>Bytes in memory of a process and, with its tree, of every process below it; what they share counts once.</summary>
    public static long Memory(int process, bool tree)
    {
        var each = (tree ? Tree(process) : [process]).Select(Resident).ToList();
        return each.Count == 0 ? 0 : each.Sum(memory => memory.Own) + each.Max(memory => memory.Shared);
    }

    /// <summary>CPU seconds of the whole machine, whoever used them.</summary>
    public static double MachineCpuSeconds()
    {
        // user nice system idle iowait irq softirq steal
        var times = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(Whole).ToArray();
        return (times.Sum() - times[3] - times[4]) / TicksPerSecond;
    }

    internal static List<int> Tree(int root)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (Id: id, Stat: Stat(id)))
            .Where(process => process.Stat is not null)
            .ToLookup(process => (int)Whole(process.Stat![1]), process => process.Id);
        List<int> tree = [root];
        for (var i = 0; i < tree.Count; i++)
            tree.AddRange(children[tree[i]]);
        return tree;
    }

    private static double Cpu(int process, bool ended) =>
        Stat(process) is { } stat ? (Whole(stat[11]) + Whole(stat[12]) + (ended ? Whole(stat[13]) + Whole(stat[14]) : 0)) / TicksPerSecond : 0;

    // The fields from the state on: the name before may hold spaces. Null for a process that has ended.
    private static string[]? Stat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static (long Own, long Shared) Resident(int process)
    {
        try
        {
            var lines = File.ReadAllLines($"/proc/{process}/status");
            return (Bytes("RssAnon"), Bytes("RssFile") + Bytes("RssShmem"));

            long Bytes(string name) =>
                lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
                    ? 1024 * Whole(line.Split(' ', '\t').First(word => word.Length > 0 && char.IsAsciiDigit(word[0])))
                    : 0;
        }
        catch (IOException)
        {
            return (0, 0);
        }
    }

    private static long Whole(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
