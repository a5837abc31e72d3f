using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotline111.Platform.Privacy;

/// <summary>Makes personal values out of what somebody just typed.</summary>
public static class Personal
{
    /// <summary>
    /// The longest text a personal value takes, in UTF-16 characters. A body of 64 kB carries it in any script;
    /// doors check it first and refuse longer texts with a sentence.
    /// </summary>
    public const int MaximumLength = 60_000;

    /// <summary>A clear value: it exists in memory only and cannot be written anywhere before the store has sealed it.</summary>
    /// <exception cref="ArgumentException">Nobody owns it, the group does not exist, or the text is longer than <see cref="MaximumLength"/>
    /// or not well-formed Unicode. The message never holds the text.</exception>
    public static Personal<T> Of<T>(T value, Owner owner, string group) where T : notnull
    {
        ArgumentNullException.ThrowIfNull(value);
        if (owner == default)
            throw new ArgumentException("A personal value needs an owner.", nameof(owner));
        if (value is string { Length: > MaximumLength })
            throw new ArgumentException($"A personal text has at most {MaximumLength} characters.", nameof(value));
        if (value is string text && !IsWellFormed(text))
            throw new ArgumentException("A personal text must be well-formed Unicode.", nameof(value));
        return new Personal<T>(value, owner, FieldGroup.Checked(group));
    }

    /// <summary>Whether the text has no half of a surrogate pair standing alone, which UTF-8 cannot hold.</summary>
    public static bool IsWellFormed(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            // The enumerator yields the replacement character for half a pair, and also where the text really holds one.
            if (rune == Rune.ReplacementChar)
                return HasWellFormedSurrogates(text);
        }
        return true;
    }

    private static bool HasWellFormedSurrogates(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at]))
                continue;
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
                return false;
            at++;
        }
        return true;
    }

    /// <summary>How the plain form of a value is written before it is encrypted. Never changes: old values must open for ever.</summary>
    internal static readonly JsonSerializerOptions PlainForm = new(JsonSerializerDefaults.Web)
    {
        // Never shown in a page, and every Vietnamese letter would cost six bytes instead of two or three.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };
}

/// <summary>
/// A value about a person: <em>clear</em> just after somebody typed it, <em>sealed</em> as the store keeps it.
/// Only <see cref="PersonKeys"/> opens a sealed one.
/// </summary>
/// <remarks>
/// <para>Equality is by value: two clear ones with the same content, owner and group are equal, and two sealed ones with the same ciphertext.
/// A clear one never equals a sealed one, even of the same content: a decider that wants to know whether a text is new cannot learn it from here.</para>
/// <para>Serialising a clear one throws. A sealed one is written with the place it was sealed for (event, stream, path), so that a read model
/// may keep it and open it later; inside an event the place is left out, because it is where the event stands.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
[JsonConverter(typeof(PersonalConverterFactory))]
public sealed class Personal<T> : IPersonal, IEquatable<Personal<T>> where T : notnull
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly T? clear;

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly Ciphertext? ciphertext;

    internal Personal(T clear, Owner owner, string group) => (this.clear, Owner, Group) = (clear, owner, group);

    internal Personal(Ciphertext ciphertext) => (this.ciphertext, Owner, Group) = (ciphertext, ciphertext.Owner, ciphertext.Group);

    /// <summary>Who takes the value along when erased.</summary>
    public Owner Owner { get; }

    /// <summary>One of <see cref="FieldGroup.All"/>.</summary>
    public string Group { get; }

    /// <summary>Whether the value came from the store; a clear one exists only in the process in which it was typed.</summary>
    public bool IsSealed => ciphertext is not null;

    Ciphertext? IPersonal.Ciphertext => ciphertext;

    byte[] IPersonal.PlainForm() => ciphertext is null
        ? JsonSerializer.SerializeToUtf8Bytes(clear, Personal.PlainForm)
        : throw new InvalidOperationException("A sealed value has no plain form.");

    internal T Clear => ciphertext is null ? clear! : throw new InvalidOperationException("A sealed value is opened by its keys.");

    public bool Equals(Personal<T>? other) =>
        other is not null && Owner == other.Owner && Group == other.Group && (ciphertext, other.ciphertext) switch
        {
            (null, null) => EqualityComparer<T>.Default.Equals(clear, other.clear),
            ({ } mine, { } theirs) => mine.Key == theirs.Key && mine.Nonce.AsSpan().SequenceEqual(theirs.Nonce)
                && mine.Data.AsSpan().SequenceEqual(theirs.Data) && mine.Tag.AsSpan().SequenceEqual(theirs.Tag),
            _ => false,
        };

    public override bool Equals(object? obj) => Equals(obj as Personal<T>);

    public override int GetHashCode() => HashCode.Combine(Owner, Group);

    /// <summary>Says that something personal is here, and never what.</summary>
    public override string ToString() => $"[personal: {Group}]";
}

/// <summary>What the sealing walk needs to know of a value of any type. Has no members that a serialiser or a printer could show.</summary>
[JsonConverter(typeof(NeverWritten))]
internal interface IPersonal
{
    Owner Owner { get; }

    string Group { get; }

    Ciphertext? Ciphertext { get; }

    byte[] PlainForm();
}

/// <summary>A sealed value as stored. <paramref name="Place"/> is null until the event it was read from has told it.</summary>
internal sealed record Ciphertext(Owner Owner, string Group, Guid Key, byte[] Nonce, byte[] Data, byte[] Tag, Place? Place)
{
    /// <summary>The version of the stored form, the member by which a sealed value is known.</summary>
    public const string Mark = "personal";

    public const int Version = 1;
}

/// <summary>Where a value was sealed: moved anywhere else it does not open.</summary>
internal sealed record Place(Guid Event, Guid Stream, string Path);

internal sealed class PersonalConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => IsPersonal(typeToConvert);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(PersonalConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    internal static bool IsPersonal(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Personal<>);
}

internal sealed class PersonalConverter<T> : JsonConverter<Personal<T>> where T : notnull
{
    public override Personal<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(SealedForm.Read(ref reader));

    public override void Write(Utf8JsonWriter writer, Personal<T> value, JsonSerializerOptions options)
    {
        if (PersonalJson.TakeTicket(value) is { } ticket)
            PersonalJson.WriteTicket(writer, ticket);
        else if (((IPersonal)value).Ciphertext is { } ciphertext)
            SealedForm.Write(writer, ciphertext);
        else
            throw new InvalidOperationException("A clear personal value cannot be written; only the store seals and writes it.");
    }
}

internal sealed class NeverWritten : JsonConverter<IPersonal>
{
    private const string Sentence = "A personal value cannot be written before it is sealed.";

    public override IPersonal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new InvalidOperationException(Sentence);

    public override void Write(Utf8JsonWriter writer, IPersonal value, JsonSerializerOptions options) => throw new InvalidOperationException(Sentence);
}

/// <summary>From a text field of a form to a personal value.</summary>
public static class TypedText
{
    extension(string? text)
    {
        /// <summary>What was typed, trimmed; null when nothing was.</summary>
        public Personal<string>? Typed(Owner owner, string group) => string.IsNullOrWhiteSpace(text) ? null : Personal.Of(text.Trim(), owner, group);
    }
}
