namespace Hotline111.Platform.Hosting;

/// <summary>
/// A process cannot start, for a reason its operator can mend. <see cref="Exception.Message"/> is the one sentence for stderr;
/// it names the setting and never holds a secret.
/// </summary>
public sealed class StartupException(int exitCode, string sentence, Exception? cause = null) : Exception(sentence, cause)
{
    /// <summary>A setting is missing or makes no sense.</summary>
    public const int Configuration = 2;

    /// <summary>A server is missing or refuses.</summary>
    public const int Server = 3;

    /// <summary>The port is taken.</summary>
    public const int Port = 4;

    /// <summary>One of the constants above.</summary>
    public int ExitCode { get; } = exitCode;
}
