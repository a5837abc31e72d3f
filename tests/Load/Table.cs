using System.Globalization;
using System.Text;

namespace Hotline111.Load;

/// <summary>The one table of a run: sections with their own column heads, figures to the right.</summary>
public sealed class Table
{
    private readonly List<string[]> rows = [];

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
