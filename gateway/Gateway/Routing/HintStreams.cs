using Hotline111.Gateway.Sessions;

namespace Hotline111.Gateway.Routing;

/// <summary>The stream that tells a browser that something changed. It lives as long as its session, which it does not keep awake.</summary>
public static class HintStreams
{
    /// <summary>Where the console answers it.</summary>
    public const string Path = "/hints";

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    /// <summary>Ends a stream within seconds of its session's end; other requests pass.</summary>
    public static async Task EndWithSession(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(Path) || context.Features.Get<Session>() is not { } session)
        {
            await next(context);
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        context.RequestAborted = over.Token;
        var watch = Watch(context, session.Id, over);
        await next(context);
        await over.CancelAsync();
        await watch;
    }

    private static async Task Watch(HttpContext context, Guid session, CancellationTokenSource over)
    {
        var sessions = context.RequestServices.GetRequiredService<SessionRegister>();
        try
        {
            using var timer = new PeriodicTimer(LookEvery);
            while (await timer.WaitForNextTickAsync(over.Token))
            {
                if (await sessions.Find(session, over.Token) is null)
                {
                    await over.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The stream is over.
        }
        catch (Npgsql.NpgsqlException)
        {
            // Nobody can say whether the session still is: the browser asks again, and is told then.
            await over.CancelAsync();
        }
    }
}
