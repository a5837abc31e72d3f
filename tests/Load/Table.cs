using System.Globalization;
using System.Text;

namespace Hotline111.Load;

/// <summary>The one table of a run: sections with their own column heads, figures to the right.</summary>
public sealed class Table
{
    private const string Missed = "MISSED";

    private readonly List<string[]> rows = [];

    /// <summary>What a run ends with: 1 when a goal was missed, 0 otherwise. The machine may be to blame as well as the platform: that is for whoever reads the table.</summary>
    public int ExitCode => rows.Any(row => row.Any(cell => cell.Contains(Missed, StringComparison.Ordinal))) ? 1 : 0;

    /// <summary>Begins a section: its title and the heads of its columns.</summary>
    public Table Section(string title, params string[] heads)
    {
        if (rows.Count > 0)
            rows.Add([]);
        rows.Add([title, .. heads]);
        rows.Add(["-"]);
        return this;
    }

    /// <summary>Adds a row.</summary>
    public Table Row(string name, params string[] cells)
    {
        rows.Add([name, .. cells]);
        return this;
    }

    /// <summary>The cell of a goal.</summary>
    /// <param name="goal">What was to be, in few words.</param>
    public static string Judge(bool met, string goal) => $"{goal}: {(met ? "met" : Missed)}";

    public static string Number(double value, int decimals = 0) => value.ToString($"N{decimals}", CultureInfo.InvariantCulture);

    public override string ToString()
    {
        var columns = rows.Max(row => row.Length);
        var widths = Enumerable.Range(0, columns).Select(i => rows.Where(row => row.Length > i).Max(row => row[i].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            if (row is ["-"])
                text.Append('-', widths.Sum() + (2 * (columns - 1)));
            for (var i = 0; i < row.Length && row is not ["-"]; i++)
                text.Append(i == 0 ? row[0].PadRight(widths[0]) : $"  {row[i].PadLeft(widths[i])}");
            text.AppendLine();
        }

        return text.ToString();
    }
}
