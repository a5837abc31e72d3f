using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Hotline111.Platform.Hosting;

public sealed class QuietJsonOptions : ConsoleFormatterOptions;

/// <summary>One line of JSON for each entry: time, level, category, message with its ids, trace; of an exception its kind and frames, never its message.</summary>
internal sealed class QuietJsonFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "quiet-json";

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("at", DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("level", logEntry.LogLevel.ToString().ToLowerInvariant());
            json.WriteString("category", logEntry.Category);
            json.WriteString("message", logEntry.Formatter(logEntry.State, null));
            if (logEntry.EventId.Name is { } name)
                json.WriteString("event", name);
            if (Activity.Current is { } activity)
            {
                json.WriteString("traceId", activity.TraceId.ToString());
                json.WriteString("spanId", activity.SpanId.ToString());
            }
            if (logEntry.Exception is { } exception)
                json.WriteString("exception", QuietException.Describe(exception));
            json.WriteEndObject();
        }
        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}

internal static class QuietException
{
    /// <summary>Kinds, codes and frames of an exception and of what caused it. Messages are left out: they quote input.</summary>
    public static string Describe(Exception exception)
    {
        var text = new StringBuilder();
        for (var each = exception; each is not null; each = each.InnerException)
        {
            text.Append(text.Length > 0 ? "caused by " : "").Append(each.GetType().FullName);
            if (each is Npgsql.PostgresException postgres)
                text.Append(CultureInfo.InvariantCulture, $" {postgres.SqlState} {postgres.ConstraintName}");
            text.AppendLine().AppendLine(each.StackTrace);
        }
        return text.ToString();
    }
}
