using System.Diagnostics;
using Hotline111.Local;

namespace Hotline111.Browser.Tests;

/// <summary>What is committed under <c>wwwroot/lib</c> is what the lock file's packages give, to the byte.</summary>
public sealed class AssetTests
{
    [Fact]
    public async Task Committed_assets_are_what_the_lock_file_gives()
    {
        var ct = TestContext.Current.CancellationToken;
        var node = await TestPrograms.Node(Path.Combine(Repository.Root, "artifacts", "logs"), ct);
        var pages = Path.Combine(Repository.Root, "gateway", "Pages");
        var made = Directory.CreateTempSubdirectory("hotline111-assets-").FullName;
        try
        {
            using var build = Process.Start(new ProcessStartInfo(node, [Path.Combine(pages, "assets", "build.mjs"), made]) { RedirectStandardError = true })!;
            var words = await build.StandardError.ReadToEndAsync(ct);
            await build.WaitForExitAsync(ct);
            build.ExitCode.ShouldBe(0, words);
            var committed = Path.Combine(pages, "wwwroot", "lib");
            Files(made).ShouldBe(Files(committed));
            foreach (var file in Files(made))
                (await File.ReadAllBytesAsync(Path.Combine(made, file), ct)).ShouldBe(await File.ReadAllBytesAsync(Path.Combine(committed, file), ct), file);
        }
        finally
        {
            Directory.Delete(made, recursive: true);
        }
    }

    private static IReadOnlyList<string> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];
}
