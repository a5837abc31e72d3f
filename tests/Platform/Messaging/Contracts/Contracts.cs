namespace Hotline111.Platform.Tests.Messaging.Contracts;

/// <summary>The family's marker, as real contracts have one.</summary>
public interface ITowerEvent;

public sealed record BellRung(Guid BellId, int Times, int Total) : ITowerEvent;

public sealed record BellCracked(Guid BellId) : ITowerEvent;

public sealed record BellEngraved(Guid BellId, string Text) : ITowerEvent;

public sealed record EchoHeard(Guid BellId);
