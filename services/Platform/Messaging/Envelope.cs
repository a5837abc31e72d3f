using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotline111.Platform.Messaging;

/// <summary>A message handed to an effect.</summary>
/// <param name="Message">The contract record.</param>
/// <param name="MessageId">The event's id at its source; the same however often and by whatever way the message arrives.</param>
/// <param name="Source">The service that published it.</param>
/// <param name="StreamId">The stream it tells of, at its source.</param>
/// <param name="StreamVersion">The event's version in that stream.</param>
/// <param name="Time">When the source's database recorded the event.</param>
/// <param name="CorrelationId">What it all belongs to, or null.</param>
/// <param name="CausationId">What caused it, or null.</param>
public sealed record Received<T>(
    T Message, Guid MessageId, string Source, Guid StreamId, long StreamVersion, DateTimeOffset Time, string? CorrelationId, string? CausationId);

/// <summary>A message as it travels: CloudEvents attributes and a plain JSON body.</summary>
/// <param name="Id">The event's id.</param>
/// <param name="Source">The publishing service.</param>
/// <param name="Type">The contract's public name.</param>
/// <param name="Stream">The stream (CloudEvents subject).</param>
/// <param name="Version">The event's version in the stream.</param>
/// <param name="Previous">The version of the stream's last published event before this one; 0 for the first. Private events leave gaps in versions, never here.</param>
/// <param name="Position">The event's position in the source's log.</param>
/// <param name="Time">When the source's database recorded the event.</param>
/// <param name="CorrelationId">What it belongs to, or null.</param>
/// <param name="CausationId">What caused it, or null.</param>
/// <param name="TraceParent">W3C trace context to go on with, or null.</param>
/// <param name="Body">The contract as JSON.</param>
public sealed record Envelope(
    Guid Id,
    string Source,
    string Type,
    Guid Stream,
    long Version,
    long Previous,
    long Position,
    DateTimeOffset Time,
    string? CorrelationId,
    string? CausationId,
    string? TraceParent,
    string Body)
{
    /// <summary>The epoch of the source's log, which rises when it was restored; 0 for what was kept here, which is of the epoch that is known here.</summary>
    public int Epoch { get; init; }

    /// <summary>The message without those of its free texts that cannot be kept: too long, or with a NUL, which the database takes in no text. By whatever way it came.</summary>
    internal Envelope Storable() => this with { CorrelationId = Kept(CorrelationId, 100), CausationId = Kept(CausationId, 100), TraceParent = Kept(TraceParent, 60) };

    private static string? Kept(string? text, int longest) => text?.Length > longest || text?.Contains('\0', StringComparison.Ordinal) == true ? null : text;
}

/// <summary>CloudEvents 1.0 over AMQP: the names of the headers, and how they are written and read.</summary>
internal static class CloudEvents
{
    public const string Prefix = "cloudEvents_";
    public const string SpecVersion = Prefix + "specversion";
    public const string Id = Prefix + "id";
    public const string Source = Prefix + "source";
    public const string Type = Prefix + "type";
    public const string Subject = Prefix + "subject";
    public const string Time = Prefix + "time";
    public const string StreamVersion = Prefix + "streamversion";
    public const string PreviousVersion = Prefix + "previousversion";
    public const string Position = Prefix + "position";
    public const string CorrelationId = Prefix + "correlationid";
    public const string CausationId = Prefix + "causationid";
    public const string TraceParent = Prefix + "traceparent";

    /// <summary>Only from a log that was restored: without it, it is the first epoch.</summary>
    public const string Epoch = Prefix + "epoch";

    private const int MostHeaders = 13;

    /// <summary>The source attribute of a service.</summary>
    public static string SourceOf(string service) => $"/hotline111/{service}";

    /// <summary>The headers of a message.</summary>
    public static Dictionary<string, object?> Write(Envelope envelope)
    {
        Dictionary<string, object?> headers = new(MostHeaders)
        {
            [SpecVersion] = "1.0",
            [Id] = envelope.Id.ToString(),
            [Source] = SourceOf(envelope.Source),
            [Type] = envelope.Type,
            [Subject] = envelope.Stream.ToString(),
            [Time] = envelope.Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            [StreamVersion] = envelope.Version,
            [PreviousVersion] = envelope.Previous,
            [Position] = envelope.Position,
        };
        if (envelope.CorrelationId is { } correlation)
            headers[CorrelationId] = correlation;
        if (envelope.CausationId is { } causation)
            headers[CausationId] = causation;
        if (envelope.TraceParent is { } trace)
            headers[TraceParent] = trace;
        if (envelope.Epoch > 1)
            headers[Epoch] = (long)envelope.Epoch;
        return headers;
    }

    /// <summary>Reads a delivery.</summary>
    /// <param name="headers">The AMQP headers as the client gives them (strings as bytes).</param>
    /// <param name="exchange">The exchange it came by: who may write there is the broker's knowledge, so type and source must agree with it.</param>
    /// <param name="body">The body.</param>
    /// <param name="contracts">What is known.</param>
    /// <param name="sources">The sources listened to.</param>
    /// <param name="error">A code that says what is wrong, when there is no envelope.</param>
    public static Envelope? Read(
        IDictionary<string, object?>? headers, string exchange, ReadOnlyMemory<byte> body, ContractDirectory contracts, IReadOnlySet<string> sources, out string error)
    {
        error = "";
        if (Text(headers, SpecVersion) != "1.0")
            return Refuse("header:specversion", out error);
        if (!Guid.TryParse(Text(headers, Id), out var id))
            return Refuse("header:id", out error);
        if (Text(headers, Type) is not { Length: > 0 } type)
            return Refuse("header:type", out error);
        if (!contracts.TryGet(type, out var contract))
            return Refuse("unknown-type", out error);
        if (type != exchange || Text(headers, Source) != SourceOf(contract.Source) || !sources.Contains(contract.Source))
            return Refuse("wrong-source", out error);
        if (!Guid.TryParse(Text(headers, Subject), out var stream))
            return Refuse("header:subject", out error);
        if (!DateTimeOffset.TryParse(Text(headers, Time), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return Refuse("header:time", out error);
        if (Number(headers, StreamVersion) is not { } version || version < 1)
            return Refuse("header:streamversion", out error);
        if (Number(headers, PreviousVersion) is not { } previous || previous < 0 || previous >= version)
            return Refuse("header:previousversion", out error);
        if (Number(headers, Position) is not { } position || position < 1)
            return Refuse("header:position", out error);
        var epoch = headers!.ContainsKey(Epoch) ? Number(headers, Epoch) : 1;
        if (epoch is not (>= 1 and <= int.MaxValue))
            return Refuse("header:epoch", out error);
        if (body.Length > Limits.Body)
            return Refuse("body-too-large", out error);
        if (ReadBody(body.Span) is not { } text)
            return Refuse("body-malformed", out error);
        return new Envelope(
            id, contract.Source, type, stream, version, previous, position, time,
            Text(headers, CorrelationId), Text(headers, CausationId), Text(headers, TraceParent), text)
        { Epoch = (int)epoch }.Storable();
    }

    private static Envelope? Refuse(string code, out string error)
    {
        error = code;
        return null;
    }

    private static string? Text(IDictionary<string, object?>? headers, string name) =>
        headers is null || !headers.TryGetValue(name, out var value) ? null : value switch
        {
            byte[] bytes => Encoding.UTF8.GetString(bytes),
            string text => text,
            _ => null,
        };

    private static long? Number(IDictionary<string, object?>? headers, string name) =>
        headers is null || !headers.TryGetValue(name, out var value) ? null : value switch
        {
            long number => number,
            int number => number,
            byte[] bytes when Utf8Parser.TryParse(bytes, out long number, out var read) && read == bytes.Length => number,
            _ => null,
        };

    private static string? ReadBody(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject || !reader.TrySkip() || reader.Read())
                return null;
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(body) is var text && !text.Contains('\0', StringComparison.Ordinal) ? text : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>A message in an answer of <c>/internal/published</c>: CloudEvents 1.0 in structured JSON.</summary>
internal sealed record CloudEvent(
    [property: JsonPropertyName("specversion")] string SpecVersion,
    [property: JsonPropertyName("id")] Guid Id,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("subject")] Guid Subject,
    [property: JsonPropertyName("time")] DateTimeOffset Time,
    [property: JsonPropertyName("streamversion")] long StreamVersion,
    [property: JsonPropertyName("previousversion")] long PreviousVersion,
    [property: JsonPropertyName("position")] long Position,
    [property: JsonPropertyName("correlationid")] string? CorrelationId,
    [property: JsonPropertyName("causationid")] string? CausationId,
    [property: JsonPropertyName("traceparent")] string? TraceParent,
    [property: JsonPropertyName("data")] JsonElement Data)
{
    public static CloudEvent Of(Envelope envelope)
    {
        using var data = JsonDocument.Parse(envelope.Body);
        return new(
            "1.0", envelope.Id, CloudEvents.SourceOf(envelope.Source), envelope.Type, envelope.Stream, envelope.Time, envelope.Version, envelope.Previous,
            envelope.Position, envelope.CorrelationId, envelope.CausationId, envelope.TraceParent, data.RootElement.Clone());
    }

    /// <param name="source">The service that was asked.</param>
    /// <param name="epoch">The epoch of its log.</param>
    public Envelope ToEnvelope(string source, int epoch) => new Envelope(
        Id, source, Type, Subject, StreamVersion, PreviousVersion, Position, Time, CorrelationId, CausationId, TraceParent, Data.GetRawText())
    { Epoch = epoch }.Storable();
}

/// <summary>Sizes that hold everywhere.</summary>
internal static class Limits
{
    /// <summary>Bytes of a body. Messages are thin; a bigger one is a mistake, refused by the relay and parked by the inbox.</summary>
    public const int Body = 256 * 1024;
}
