using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Live;

/// <summary>
/// GET /hints: one stream of server-sent events for a whole browser (hints.js shares it between its windows). It ends after five minutes and the browser comes
/// again, with its session looked at anew; the gateway ends it sooner when the session is over. <c>?since=</c> is when the page was made, in milliseconds, so that
/// nothing falls between its making and its listening; each hint bears such a time as its id.
/// </summary>
public static class HintStream
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(15);

    /// <summary>Maps the stream.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/hints", Handle).RequireAction(ConsoleRules.Table, ConsoleRules.Hints).ExcludeFromDescription();

    // Consoles beside one another do not have the very same clock.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    private static IResult Handle(ClaimsPrincipal user, long? since, HintBoard board, TimeProvider clock, IHostApplicationLifetime life, CancellationToken ct) =>
        TypedResults.ServerSentEvents(Stream(user, since is > 0 and < 10_000_000_000_000 ? DateTimeOffset.FromUnixTimeMilliseconds(since.Value) - Slack : null, board, clock, life.ApplicationStopping, ct));

    private static async IAsyncEnumerable<SseItem<string>> Stream(
        ClaimsPrincipal user, DateTimeOffset? since, HintBoard board, TimeProvider clock, CancellationToken stopping, [EnumeratorCancellation] CancellationToken ct)
    {
        // Open streams would hold up the process's end.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct, stopping);
        over.CancelAfter(Longest);
        await using var hints = board.Listen(user, since, over.Token).GetAsyncEnumerator(over.Token);
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
                yield return new SseItem<string>(hints.Current) { EventId = clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) };
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
