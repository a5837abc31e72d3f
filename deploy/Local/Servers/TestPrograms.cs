namespace Hotline111.Local;

/// <summary>Programs that the tests of pages need: found on the machine, or Debian's, installed with apt-get as the servers are.</summary>
public static class TestPrograms
{
    /// <summary>A browser: Chromium without windows of its own if it can be had, which takes a sixth less time.</summary>
    /// <inheritdoc cref="Ensure"/>
    public static Task<string> Chromium(string folder, CancellationToken ct) => Ensure(["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"], ["chromium-headless-shell"], folder, ct);

    /// <summary>Node.js, with npm beside it.</summary>
    /// <inheritdoc cref="Ensure"/>
    public static async Task<string> Node(string folder, CancellationToken ct)
    {
        await Ensure(["npm"], ["nodejs", "npm"], folder, ct);
        return await Ensure(["node"], ["nodejs"], folder, ct);
    }

    /// <param name="names">Names of the program, the most wanted first.</param>
    /// <param name="packages">Debian's packages that bring it.</param>
    /// <param name="folder">Where the log of an installation goes.</param>
    /// <param name="ct">Cancels the wait, never an installation that has begun.</param>
    /// <returns>The program's path.</returns>
    /// <exception cref="LocalException">There is none, and none can be installed here; the sentence says what to do.</exception>
    private static async Task<string> Ensure(string[] names, string[] packages, string folder, CancellationToken ct)
    {
        if (Find(names) is { } found)
        {
            return found;
        }

        if (!AptPackages.Possible)
        {
            throw new LocalException("programs", $"{names[0]} not found: install {string.Join(" and ", packages)}, or run as root on Debian or Ubuntu.", exitCode: 3);
        }

        Directory.CreateDirectory(folder);
        await AptPackages.Install(() => Find(names) is null ? packages : [], Path.Combine(folder, "apt-get.log"), ct);
        return Find(names) ?? throw new LocalException("programs", $"{string.Join(" and ", packages)} was installed, and {names[0]} is not on the path.", exitCode: 3);
    }

    private static string? Find(string[] names) => names.Select(SearchPath.Find).FirstOrDefault(program => program is not null);
}
