using System.Text.RegularExpressions;
using Hotline111.Local;

namespace Hotline111.Deploy.Tests.Images;

/// <summary>One instruction of a Dockerfile, lines that go on joined.</summary>
internal sealed record Instruction(string Word, string Rest);

/// <summary>The Dockerfile of the processes, by stages.</summary>
internal static partial class Docker
{
    public static string File { get; } = Path.Combine(Repository.Root, "deploy", "images", "Dockerfile");

    /// <summary>Instructions in order, comments and blank lines left out.</summary>
    public static IReadOnlyList<Instruction> Instructions { get; } = Read(System.IO.File.ReadAllText(File));

    public static IReadOnlyList<Instruction> Read(string text) =>
        [.. Continued().Replace(Comment().Replace(text, ""), " ").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(' ', 2)).Select(words => new Instruction(words[0], words.ElementAtOrDefault(1) ?? ""))];

    /// <summary>The instructions of a stage, by the name after AS.</summary>
    public static IReadOnlyList<Instruction> Stage(string name) =>
        [.. Instructions.SkipWhile(each => !(each.Word == "FROM" && each.Rest.EndsWith($" AS {name}", StringComparison.Ordinal))).Skip(1).TakeWhile(each => each.Word != "FROM")];

    /// <summary>The shell commands of a stage, with its mounts left out.</summary>
    public static IReadOnlyList<string> Commands(string stage) => [.. Stage(stage).Where(each => each.Word == "RUN").Select(each => Mounts().Replace(each.Rest, "").Trim())];

    /// <summary>The folder of a process in the repository, and the image's name.</summary>
    public static string Project(PlatformProcess process) => process.Name switch
    {
        PlatformProcess.Gateway => "gateway/Gateway",
        PlatformProcess.Console => "gateway/Console",
        _ => $"services/{process.Project["Hotline111.".Length..]}",
    };

    [GeneratedRegex(@"(?m)^\s*#.*\n")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex(@"--mount=\S+\s*")]
    private static partial Regex Mounts();
}
