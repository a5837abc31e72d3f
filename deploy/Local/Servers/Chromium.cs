namespace Hotline111.Local;

/// <summary>The browser of the tests: one that is on the machine, or Debian's, installed with apt-get.</summary>
public static class Chromium
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>Its program.</summary>
    /// <param name="folder">Where the log of an installation goes.</param>
    /// <param name="ct">Cancels the wait, never an installation that has begun.</param>
    /// <exception cref="LocalException">There is none, and none can be installed here; the sentence says what to do.</exception>
    public static async Task<string> Ensure(string folder, CancellationToken ct)
    {
        if (Find() is { } found)
        {
            return found;
        }

        if (!AptPackages.Possible)
        {
            throw new LocalException("browser", "chromium not found: install it, or run as root on Debian or Ubuntu.", exitCode: 3);
        }

        Directory.CreateDirectory(folder);
        await AptPackages.Install(() => Find() is null ? ["chromium"] : [], Path.Combine(folder, "apt-get.log"), ct);
        return Find() ?? throw new LocalException("browser", "chromium was installed and is not on the path.", exitCode: 3);
    }

    private static string? Find() => Names.Select(SearchPath.Find).FirstOrDefault(program => program is not null);
}
