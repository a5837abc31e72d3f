using System.Diagnostics;

namespace Hotline111.Contracts.Tests.House;

/// <summary>The repository this test was built from.</summary>
internal static class Repository
{
    private static readonly string[] Unversioned = ["artifacts", ".local", ".git", "node_modules", "bin", "obj"];

    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path inside, from its parts.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Every file under version control, with slashes, relative to the root. Without Git: every file outside the folders of builds.</summary>
    public static IReadOnlyList<string> Files { get; } = List();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Hotline111.Platform.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests were not built inside the repository.");
    }

    private static string[] List()
    {
        if (!Path.Exists(At(".git")))
        {
            return [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
                .Where(file => !file.Split('/').Any(Unversioned.Contains))];
        }

        // New files count before they are committed: what a guard refuses should not get that far.
        using var git = Process.Start(new ProcessStartInfo("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        })!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        git.ExitCode.ShouldBe(0, "git ls-files");
        return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(At(file)))];
    }
}
