namespace Hotline111.Local;

/// <summary>A step of the local platform failed. The message is one sentence for the person at the keyboard.</summary>
/// <param name="step">The step, as shown in the progress and in the last line of <c>smoke</c>.</param>
/// <param name="message">What went wrong and, where known, what to do.</param>
/// <param name="exitCode">2 configuration, 3 a server is missing or refuses, 4 a port is taken, 1 anything else.</param>
public sealed class LocalException(string step, string message, int exitCode = 1, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The step that failed.</summary>
    public string Step { get; } = step;

    /// <summary>The exit code of the program for this failure.</summary>
    public int ExitCode { get; } = exitCode;
}
