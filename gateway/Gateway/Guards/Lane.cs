using System.Globalization;
using Hotline111.Platform.Hosting;

namespace Hotline111.Gateway.Guards;

/// <summary>
/// What a request is for, and with that how much it may take while others want something, too. Every door is in one: the way to a service by
/// <c>Metadata:Lane</c> in <c>routes.json</c>, a door of the gateway itself by <c>InLane</c>. One that is in none stops the start.
/// </summary>
/// <param name="Name">As <c>routes.json</c>, settings, metrics and answers write it.</param>
/// <param name="Requests">So many requests are let in at once; as many more wait, half a second at most.</param>
/// <param name="Calls">So many of them, with what their pages ask for, are at one and the same service at once; 0 where no service is asked.</param>
public sealed record Lane(string Name, int Requests, int Calls)
{
    /// <summary>Sending an emergency, its sheet and what came of it.</summary>
    public static readonly Lane Emergency = new("emergency", 32, 3);

    /// <summary>What the hotline does while somebody is on the phone: contact, draft, place. It needs one service only, and stands whatever the others do.</summary>
    public static readonly Lane Intake = new("intake", 32, 2);

    /// <summary>Cases, and referring from them; the hotline's desk, which asks for them.</summary>
    public static readonly Lane Cases = new("cases", 32, 2);

    /// <summary>Acknowledgements, every other answer, and reading one referral.</summary>
    public static readonly Lane Answers = new("answers", 32, 2);

    /// <summary>Lists, boards, colleagues, accounts: work that can be taken up a minute later.</summary>
    public static readonly Lane Agency = new("agency", 32, 2);

    /// <summary>Partners' machines, documents for them, and what is taken out of the platform.</summary>
    public static readonly Lane Partners = new("partners", 4, 1);

    /// <summary>What pages ask for by themselves.</summary>
    public static readonly Lane Background = new("background", 32, 1);

    /// <summary>Signing in and whatever else is about one's own session; the hashing of passwords has a narrower gate of its own (<see cref="Hashing"/>).</summary>
    public static readonly Lane SignIn = new("sign-in", 16, 0);

    /// <summary>Streams of hints: they last for minutes and do nothing, so they have their own, wide places.</summary>
    public static readonly Lane Streams = new("streams", 1000, 0);

    /// <summary>Without a limit: what the platform's own processes and whoever watches them ask for, answered from memory.</summary>
    public static readonly Lane Free = new("free", 0, 0);

    /// <summary>All that have limits.</summary>
    public static IReadOnlyList<Lane> All { get; } = [Emergency, Intake, Cases, Answers, Agency, Partners, Background, SignIn, Streams];

    /// <summary>The lane of this name; null when there is none.</summary>
    public static Lane? Find(string? name) => All.FirstOrDefault(lane => lane.Name == name);

    /// <summary>The lane of a door; null when it was put in none.</summary>
    public static Lane? Of(Endpoint endpoint) => endpoint.Metadata.GetMetadata<Lane>() ?? (endpoint as RouteEndpoint)?.RoutePattern.RawText switch
    {
        // The two that every process of the platform has.
        { } path when path.StartsWith("/health/", StringComparison.Ordinal) => Free,
        { } path when path.StartsWith("/openapi/", StringComparison.Ordinal) => Partners,
        _ => null,
    };

    /// <summary>This lane as the settings have it: <c>Gateway:Lanes:NAME:Requests</c> and <c>Gateway:Lanes:NAME:Calls</c>.</summary>
    /// <exception cref="StartupException">A setting is no whole number greater than 0.</exception>
    public Lane As(IConfiguration configuration) => this with { Requests = Number(configuration, "Requests", Requests), Calls = Number(configuration, "Calls", Calls) };

    private int Number(IConfiguration configuration, string name, int otherwise)
    {
        var setting = $"Gateway:Lanes:{Name}:{name}";
        return configuration[setting] switch
        {
            null or "" => otherwise,
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 10_000 => number,
            _ => throw GatewayOptions.Wrong($"{setting} must be a whole number from 1 to 10000."),
        };
    }
}

/// <summary>Puts doors into lanes.</summary>
public static class LaneEndpoints
{
    /// <summary>The lane of a door, or of all doors of a group that have none of their own.</summary>
    public static TBuilder InLane<TBuilder>(this TBuilder endpoint, Lane lane)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(lane);
}

/// <summary>Stops the start of a gateway that has a door in no lane, before it listens.</summary>
internal sealed class EveryDoorHasALane : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        var without = app.ApplicationServices.GetRequiredService<EndpointDataSource>().Endpoints.Where(door => Lane.Of(door) is null).Select(door => door.DisplayName).ToList();
        if (without.Count > 0)
        {
            throw GatewayOptions.Wrong($"These doors are in no lane: {string.Join(", ", without)}.");
        }
    };
}
