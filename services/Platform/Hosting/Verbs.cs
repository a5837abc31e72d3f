using Microsoft.Extensions.DependencyInjection;

namespace Hotline111.Platform.Hosting;

/// <summary>Something a process can be told to do once, instead of running: <c>dotnet Hotline111.Gateway.dll create-administrator</c>.</summary>
/// <param name="Name">The first argument.</param>
/// <param name="Meaning">One line for the list of verbs.</param>
/// <param name="Run">Does it, with the arguments after the verb; returns the exit code.</param>
public sealed record Verb(string Name, string Meaning, Func<IServiceProvider, IReadOnlyList<string>, CancellationToken, Task<int>> Run);

internal static class Verbs
{
    public static async Task<int> Run(IServiceProvider services, string name, IReadOnlyList<string> arguments)
    {
        var verbs = services.GetServices<Verb>().Append(Health.Verb).ToList();
        if (verbs.FirstOrDefault(each => each.Name == name) is not { } verb)
        {
            var known = verbs.Count == 0 ? "none" : string.Join(", ", verbs.Select(each => $"{each.Name} ({each.Meaning})"));
            throw new StartupException(StartupException.Configuration, $"There is no verb \"{name}\"; known verbs: {known}.");
        }
        using var stop = new CancellationTokenSource();
        ConsoleCancelEventHandler cancel = (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        Console.CancelKeyPress += cancel;
        try
        {
            return await verb.Run(services, arguments, stop.Token);
        }
        finally
        {
            Console.CancelKeyPress -= cancel;
        }
    }
}
