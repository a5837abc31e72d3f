using System.Diagnostics;

namespace Hotline111.Platform.Privacy;

/// <summary>What came of opening a personal value. Shows its content to nobody who prints or logs it.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Opened<T> where T : notnull
{
    internal Opened(T content) => (Content, Legibility) = (content, Legibility.Readable);

    internal Opened(Legibility outcome) => Legibility = outcome;

    /// <summary>The content; the default of its type unless <see cref="Legibility"/> is <see cref="Legibility.Readable"/>.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public T? Content { get; }

    public Legibility Legibility { get; }

    public override string ToString() => $"[personal: {Legibility}]";
}

/// <summary>Whether a personal value could be opened.</summary>
public enum Legibility
{
    Readable,

    /// <summary>The owner's key was destroyed; shown as erased.</summary>
    Erased,

    /// <summary>The key is lost, or the ciphertext was changed or belongs elsewhere; shown as unreadable, and logged with ids.</summary>
    Unreadable,
}
