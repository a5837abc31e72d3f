using System.Runtime.InteropServices;

namespace Hotline111.Local;

/// <summary>Where this checkout and its built programs are.</summary>
public static class Repository
{
    /// <summary>The folder with the solution, above the running program.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The <c>dotnet</c> that runs us.</summary>
    public static string DotNet { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet")) is var beside && File.Exists(beside)
            ? beside
            : "dotnet";

    /// <summary>What is run of a project: its program compiled ahead, or as it was built where that was not done since.</summary>
    /// <param name="project">The project.</param>
    /// <param name="checkout">Another checkout to take it from; null for this one.</param>
    /// <exception cref="LocalException">It has not been built.</exception>
    public static string Program(string project, string? checkout = null)
    {
        var built = Built(project, checkout);
        var ahead = Path.Combine(checkout ?? Root, "artifacts", "ahead", Path.GetFileName(Path.GetDirectoryName(built)!));
        var current = Directory.GetFiles(Path.GetDirectoryName(built)!, "Hotline111.*.dll")
            .All(own => new FileInfo(Path.Combine(ahead, Path.GetFileName(own))) is { Exists: true } compiled && compiled.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(own));
        return current ? Path.Combine(ahead, Path.GetFileName(built)) : built;
    }

    /// <summary>The built program of a project, in the same configuration as the running one, beside just what belongs to it.</summary>
    /// <param name="project">The project.</param>
    /// <param name="checkout">Another checkout to take it from; null for this one.</param>
    /// <exception cref="LocalException">It has not been built.</exception>
    public static string Built(string project, string? checkout = null)
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var candidates = new[] { configuration, "debug", "release" }
            .Select(folder => Path.Combine(checkout ?? Root, "artifacts", "bin", project, folder, $"{project}.dll"));
        return candidates.FirstOrDefault(File.Exists)
            ?? throw new LocalException("programs", $"{project} has not been built: run 'dotnet build'.", exitCode: 2);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Hotline111.Platform.sln")))
            {
                return folder.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }
}
