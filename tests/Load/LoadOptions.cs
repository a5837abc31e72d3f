using System.Globalization;
using Hotline111.Local;

namespace Hotline111.Load;

/// <summary>What a run was asked for.</summary>
/// <param name="Verb">Empty for the whole platform, <c>store</c> for the event store alone, <c>benchmarks</c> for single steps, <c>inbox</c> for the page of a large inbox, <c>overload</c> for far too much, <c>simulate</c> for other machines.</param>
public sealed record LoadOptions(string Verb)
{
    private const string Usage = """
        dotnet run -c Release --project tests/Load                the whole platform: saturation, then a fixed rate of journeys
          --rate N      journeys a second of the second part (20)
          --seconds N   its length (60)
          --stage N     seconds at each number of clients while looking for saturation (8)
          --clients N   the most clients tried there (48); 0 leaves this part out
          --poll N      milliseconds between two looks at the inbox or the timeline (20)
          --servers     a server of PostgreSQL for each service instead of one for all
          --keep        keeps the folder with data and logs
        dotnet run -c Release --project tests/Load -- store       the event store against the same PostgreSQL's own limit
          --rounds N    rounds, of which the median counts (5)
          --seconds N   seconds a measurement in each round (4)
          --saturated N seconds of the saturated part (180)
          --only PARTS  some of it, separated by commas: appends, fold, rebuild, follow, relay, poison, saturated, snapshot;
                        only here: growth (one database with up to 3,000,000 events), standby (a second server that follows),
                        cluster (three nodes of the broker)
        dotnet run -c Release --project tests/Load -- benchmarks  time and memory of what every request and event needs
        dotnet run -c Release --project tests/Load -- inbox       the pages of a desk and of the hotline with many referrals, through the gateway
          --rows N      referrals at the desk (10000)
          --seconds N   seconds each page is asked for (10)
        dotnet run -c Release --project tests/Load -- overload    a hundred times what the platform can do, and emergencies meanwhile
          --times N     how many times (100)
          --seconds N   how long (60)
        dotnet run -c Release --project tests/Load -- simulate    what other machines would carry, by what a journey takes of each part
        It ends with 1 when a goal of its table was missed.
        """;

    public double Rate { get; private init; } = 20;

    public TimeSpan? Length { get; private init; }

    public TimeSpan Stage { get; private init; } = TimeSpan.FromSeconds(8);

    public int MostClients { get; private init; } = 48;

    /// <summary>A look that finds nothing is repeated after this pause, so that a figure is too high by at most that and never too low.</summary>
    public TimeSpan Poll { get; private init; } = TimeSpan.FromMilliseconds(20);

    public int Rounds { get; private init; } = 5;

    /// <summary>How many referrals lie at the desk whose inbox is asked for.</summary>
    public int Rows { get; private init; } = 10_000;

    /// <summary>How many times the saturated load is offered.</summary>
    public double Times { get; private init; } = 100;

    /// <summary>How long the store is kept saturated.</summary>
    public TimeSpan Saturated { get; private init; } = TimeSpan.FromSeconds(180);

    /// <summary>The parts of the store's table that are wanted; null for all.</summary>
    public IReadOnlyList<string>? Parts { get; private init; }

    public bool Keep { get; private init; }

    /// <summary>Each service has a database server of its own.</summary>
    public bool ServerEach { get; private init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="LocalException">It says nothing that is known.</exception>
    public static LoadOptions Read(string[] args)
    {
        var options = new LoadOptions("");
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "store" or "benchmarks" or "inbox" or "overload" or "simulate" => options with { Verb = args[i] },
                "--keep" => options with { Keep = true },
                "--servers" => options with { ServerEach = true },
                "--rate" => options with { Rate = Number(0.1) },
                "--seconds" => options with { Length = TimeSpan.FromSeconds(Number(1)) },
                "--stage" => options with { Stage = TimeSpan.FromSeconds(Number(1)) },
                "--clients" => options with { MostClients = (int)Number(0) },
                "--poll" => options with { Poll = TimeSpan.FromMilliseconds(Number(1)) },
                "--times" => options with { Times = Number(1) },
                "--rows" => options with { Rows = (int)Number(1) },
                "--rounds" => options with { Rounds = (int)Number(1) },
                "--saturated" => options with { Saturated = TimeSpan.FromSeconds(Number(3)) },
                "--only" => options with { Parts = Names() },
                var other => throw new LocalException("command line", $"'{other}' is not understood here.\n{Usage}", exitCode: 2),
            };

            string[] Names() =>
                i + 1 < args.Length && args[++i].Split(',') is var names && names.All(StoreLoad.PartNames.Contains) ? names : throw new LocalException("command line", Usage, exitCode: 2);

            double Number(double least) =>
                i + 1 < args.Length && double.TryParse(args[++i], CultureInfo.InvariantCulture, out var number) && number >= least
                    ? number
                    : throw new LocalException("command line", Usage, exitCode: 2);
        }

        return options;
    }
}
