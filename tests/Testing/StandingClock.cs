namespace Hotline111.Testing;

/// <summary>A clock that stands still.</summary>
/// <param name="at">The moment at which it stands.</param>
public sealed class StandingClock(DateTimeOffset at) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => at;
}
