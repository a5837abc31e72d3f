using System.Collections.Frozen;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Threading.RateLimiting;
using Hotline111.Pages;

namespace Hotline111.Gateway.Guards;

/// <summary>Puts the lanes on the way of a request.</summary>
public static class LanesOnTheWay
{
    /// <summary>In front of everything that looks somebody up, behind what knows which door is meant.</summary>
    public static IApplicationBuilder UseLanes(this IApplicationBuilder app) =>
        app.Use(next => context => context.RequestServices.GetRequiredService<Lanes>().LetIn(context, next));
}

/// <summary>
/// Keeps work apart by what it is for. In front of each lane is a door (<see cref="Lane.Requests"/> inside, fewer when they wait inside (<see cref="Entrance"/>), as many waiting,
/// half a second at most); what finds no place is told so at once, with 503 and when to come again. Behind it is a narrower one for each service (<see cref="Lane.Calls"/>),
/// at which what was let in waits for its turn: all lanes' calls together are fewer than the service's database connections, so nothing urgent ever
/// stands behind anything else for one.
/// </summary>
/// <remarks>What a page asks for comes in at the internal door and was let in with its page; it stands at the service's door in the lane of its page.</remarks>
public sealed partial class Lanes : IDisposable
{
    /// <summary>Nobody waits longer in front of a lane.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>What was let in waits no longer for a service.</summary>
    public static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(5);

    // A page asks for some things at once; more of them than so many for each page that can be let in are not kept.
    private const int CallsOfOnePage = 8;

    private static readonly Meter Meter = new("Hotline111");
    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>("hotline111.gateway.refused", "{request}", "Requests refused because their lane was full.");

    private readonly FrozenDictionary<string, Entrance> _entrances;
    private readonly FrozenDictionary<(string Lane, string Service), ConcurrencyLimiter> _services;
    private readonly ILogger<Lanes> _log;

    /// <summary>Lanes with the limits that the settings give.</summary>
    /// <exception cref="Platform.Hosting.StartupException">A limit is nonsensical.</exception>
    public Lanes(IConfiguration configuration, TimeProvider clock, ILogger<Lanes> log)
    {
        _log = log;
        var lanes = Lane.All.Select(lane => lane.As(configuration)).ToList();
        _entrances = lanes.ToFrozenDictionary(lane => lane.Name, lane => new Entrance(lane, clock), StringComparer.Ordinal);
        _services = lanes.Where(lane => lane.Calls > 0)
            .SelectMany(lane => GatewayOptions.Services.Select(service => (Lane: lane, Service: service)))
            .ToFrozenDictionary(each => (each.Lane.Name, each.Service), each => Limiter(each.Lane.Calls, each.Lane.Requests * CallsOfOnePage));
    }

    /// <summary>Lets a request into its lane, now or within half a second, or tells it when to come again.</summary>
    public async Task LetIn(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is not { } door || Lane.Of(door) is not { } lane)
        {
            await next(context);
            return;
        }

        if (Listeners.IsInternal(context))
        {
            context.Features.Set(Lane.Find(context.Request.Headers[PageHost.LaneHeader]) ?? lane);
            await next(context);
            return;
        }

        context.Features.Set(lane);
        if (lane == Lane.Free)
        {
            await next(context);
            return;
        }

        var entrance = _entrances[lane.Name];
        if (await Wait(entrance.Places, entrance.Width, Patience, context.RequestAborted) is { } place)
        {
            try
            {
                await next(context);
            }
            finally
            {
                entrance.Leave(place);
            }
        }
        else if (!context.RequestAborted.IsCancellationRequested)
        {
            await Refuse(context, entrance, "gateway");
        }
    }

    /// <summary>Waits for a place of the lane at the service that the route leads to.</summary>
    public async Task Call(HttpContext context, RequestDelegate next)
    {
        var lane = context.Features.Get<Lane>() ?? throw new InvalidOperationException("A request outside every lane reached the way to a service.");
        var service = context.GetRouteModel().Config.ClusterId!;
        if (!_services.TryGetValue((lane.Name, service), out var places))
        {
            await next(context);
            return;
        }

        var (entrance, began) = (_entrances[lane.Name], Stopwatch.GetTimestamp());
        using var place = await Wait(places, int.MaxValue, CallPatience, context.RequestAborted);
        entrance.Waited(Stopwatch.GetElapsedTime(began));
        if (place is not null)
        {
            await next(context);
        }
        else if (!context.RequestAborted.IsCancellationRequested)
        {
            await Refuse(context, entrance, service);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var door in _entrances.Values.Concat<IDisposable>(_services.Values))
        {
            door.Dispose();
        }
    }

    private static ConcurrencyLimiter Limiter(int atOnce, int waiting) =>
        new(new ConcurrencyLimiterOptions { PermitLimit = atOnce, QueueLimit = waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });

    private static async ValueTask<RateLimitLease?> Wait(ConcurrencyLimiter places, int waiting, TimeSpan patience, CancellationToken ct)
    {
        var place = places.AttemptAcquire();
        if (place.IsAcquired)
        {
            return place;
        }

        // Nobody counts the seconds of what would not be let wait anyway.
        if (places.GetStatistics()!.CurrentQueuedCount >= waiting)
        {
            return null;
        }

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        enough.CancelAfter(patience);
        try
        {
            place = await places.AcquireAsync(1, enough.Token);
            return place.IsAcquired ? place : null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    // Counted each, said now and then: a log line for every refusal would be one more thing to drown in.
    private Task Refuse(HttpContext context, Entrance entrance, string door)
    {
        Refusals.Add(1, new("lane", entrance.Lane.Name), new("door", door));
        if (entrance.Refused() is > 0 and var count)
        {
            Full(_log, entrance.Lane.Name, count, door, entrance.Width, entrance.Lane.Requests);
        }

        return Refusal.Write(context, GatewayProblems.Overloaded(entrance.Lane));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lane {Lane} is full: {Count} requests refused since this was last said, the last at the door of {Door}; {Width} of {Requests} places are given")]
    private static partial void Full(ILogger log, string lane, int count, string door, int width, int requests);
}
