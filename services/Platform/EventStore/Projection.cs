using System.Globalization;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>A read model as a pure function from event to SQL; the holes of the string become parameters.</summary>
public interface IProjection<TEvent>
{
    /// <summary>The checkpoint's key ("referral-inbox.1"): a new number and an empty table rebuild from position 0.</summary>
    string Name { get; }

    /// <summary>
    /// Its tables in schema <c>read</c>, if they are made of these events and nothing else and the statements name them as <c>read.TABLE</c>: then it can be
    /// rebuilt. A table that also takes in what other services told must not be named here.
    /// </summary>
    IReadOnlyList<string> Tables => [];

    /// <summary>The statement that brings the read model up to date, or null when the event does not concern it.</summary>
    FormattableString? Apply(Recorded<TEvent> recorded);
}

/// <summary>Turns the holes of a statement into parameters.</summary>
public static class SqlText
{
    /// <param name="statement">The statement; each hole becomes a parameter.</param>
    /// <param name="rewrite">Changes its fixed text, never a value.</param>
    public static NpgsqlBatchCommand ToBatchCommand(this FormattableString statement, Func<string, string>? rewrite = null)
    {
        var values = statement.GetArguments();
        var names = new object[values.Length];
        for (var i = 0; i < names.Length; i++)
            names[i] = "$" + (i + 1).ToString(CultureInfo.InvariantCulture);

        var command = new NpgsqlBatchCommand(string.Format(CultureInfo.InvariantCulture, rewrite?.Invoke(statement.Format) ?? statement.Format, names));
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = ToDatabase(value) });
        return command;
    }

    private static object ToDatabase(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset at => at.ToUniversalTime(),
        Enum e => e.ToString(),
        _ => value,
    };
}
