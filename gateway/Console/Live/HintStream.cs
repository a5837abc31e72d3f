using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Live;

/// <summary>
/// GET /hints: one stream of server-sent events for a whole browser (hints.js shares it between its windows). It ends after five minutes and the browser comes
/// again, with its session looked at anew; the gateway ends it sooner when the session is over.
/// </summary>
public static class HintStream
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(15);

    /// <summary>Maps the stream.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/hints", Handle).RequireAction(ConsoleRules.Table, ConsoleRules.Hints).ExcludeFromDescription();

    private static IResult Handle(ClaimsPrincipal user, HintBoard board, IHostApplicationLifetime life, CancellationToken ct) =>
        TypedResults.ServerSentEvents(Stream(user, board, life.ApplicationStopping, ct));

    private static async IAsyncEnumerable<SseItem<string>> Stream(
        ClaimsPrincipal user, HintBoard board, CancellationToken stopping, [EnumeratorCancellation] CancellationToken ct)
    {
        // Open streams would hold up the process's end.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct, stopping);
        over.CancelAfter(Longest);
        await using var hints = board.Listen(user, over.Token).GetAsyncEnumerator(over.Token);
        var next = hints.MoveNextAsync().AsTask();
        yield return Beat;
        while (true)
        {
            await Task.WhenAny(next, Task.Delay(BeatEvery, over.Token));
            if (over.IsCancellationRequested)
            {
                // What was waited for must have ended before it is let go of.
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                yield break;
            }

            if (next.IsCompleted)
            {
                if (!await next)
                    yield break;
                yield return new SseItem<string>(hints.Current);
                next = hints.MoveNextAsync().AsTask();
            }
            else
            {
                yield return Beat;
            }
        }
    }

    private static SseItem<string> Beat => new("", "beat");
}
