namespace Hotline111.Load;

/// <summary>
/// How the platform grows, simulated: journeys arrive at random, each visits processors, databases, a disk and the broker for as long as was measured, and waits
/// where others are before it. Shows what another set of machines would carry, before anybody buys it, and how far the simulation is from what was measured here.
/// </summary>
/// <remarks>
/// Measured on two cores (docs/measurements.md, "Journeys through the whole platform"): what each process and each database takes for a journey. Assumed: times vary
/// exponentially about their means, a process takes as long for a message as for a request, and the figures of each machine (<see cref="Machines"/>).
/// </remarks>
internal static class Simulation
{
    private const double Goal = 250;

    /// <summary>Beyond this share of its time no part is driven: there a queue grows without end, and a run is too short to see it.</summary>
    private const double Most = 0.9;
    private const int Journeys = 8000;

    /// <summary>What a journey takes of each part: milliseconds of a core in its process and in its database's own server (<c>--servers</c>).</summary>
    private static readonly Dictionary<string, (double Process, double Database)> Takes = new(StringComparer.Ordinal)
    {
        ["gateway"] = (6.5, 0.4),
        ["intake"] = (8.3, 8.2),
        ["case"] = (15.4, 15.6),
        ["referral"] = (17.5, 26.4),
        ["agency-notification"] = (6.6, 6.1),
    };

    private const double BrokerTakes = 14.8;
    private const double DriverTakes = 4.4;

    private static readonly string[] Nobody = [];

    /// <summary>The requests of a journey: whose, and who is told. Each writes: also who read what is written down.</summary>
    private static readonly (string Service, string[] Told)[] Requests =
    [
        ("intake", ["case"]),
        ("intake", ["case"]),
        ("case", ["intake"]),
        ("case", ["intake"]),
        ("referral", Nobody),
        ("case", ["referral"]),
        ("referral", ["case", "agency-notification"]),
        ("referral", Nobody),
        ("referral", ["case", "agency-notification"]),
        ("referral", ["case", "agency-notification"]),
        ("case", Nobody),
    ];

    // Sending is the seventh, and the inbox that shows it the eighth.
    private const int Send = 6;
    private const int Inbox = 7;

    private static readonly Machines[] All =
    [
        new("this machine: 2 cores for everything, the driver too") { Shared = 2, Driven = true },
        new("1 machine of 8 cores") { Shared = 8 },
        new("4 cores for the processes, 4 for PostgreSQL, 2 for the broker") { Processes = 4, Databases = 4, Broker = 2 },
        new("  with a standby that every commit waits for, a broker of three nodes (2 together)") { Processes = 4, Databases = 4, Broker = 2, Production = true },
        new("16, 16 and 8 cores, standby, three nodes") { Processes = 16, Databases = 16, Broker = 8, Production = true },
        new("16 cores, a server of 8 for each service, 8, standbys, three nodes") { Processes = 16, Databases = 8, Broker = 8, Production = true, ServerEach = true },
        new("64 cores, a server of 32 for each service, 32, standbys, three nodes") { Processes = 64, Databases = 32, Broker = 32, Production = true, ServerEach = true },
    ];

    /// <summary>Prints the table.</summary>
    public static int Run(CancellationToken ct)
    {
        var table = new Table();
        var here = At(All[0], 10, ct);
        table.Section("the simulation beside what was measured here", "simulated", "measured")
            .Row("  10 journeys/s: send → desk's inbox, p50 ms", Table.Number(here.P50, 1), "20.5")
            .Row("  10 journeys/s: send → desk's inbox, p99 ms", Table.Number(here.P99, 1), "117.1")
            .Row("  10 journeys/s: cores at work", Table.Number(here.Busiest * 2, 2), "1.28")
            .Row("  the most journeys/s that two cores end", Table.Number(1000 / (Takes.Values.Sum(each => each.Process + each.Database) + BrokerTakes + DriverTakes) * 2, 1), "21.0");
        table.Section($"what carries how much: send → desk's inbox p99 ≤ {Goal:0} ms, no part busier than {100 * Most:0} %", "journeys/s", "p50 ms", "p99 ms", "busiest", "at work %");
        foreach (var machines in All)
        {
            var (rate, found) = Carried(machines, ct);
            table.Row($"  {machines.Name}", Table.Number(rate, 1), Table.Number(found.P50, 1), Table.Number(found.P99, 1), found.Where, Table.Number(100 * found.Busiest));
        }

        Console.WriteLine(table);
        return 0;
    }

    /// <summary>The highest rate that still meets the goal, to a fiftieth.</summary>
    private static (double Rate, Outcome Outcome) Carried(Machines machines, CancellationToken ct)
    {
        var (low, high) = (0.1, 0.2);
        var best = At(machines, low, ct);
        while (At(machines, high, ct) is { P99: <= Goal, Busiest: <= Most } met)
            (low, high, best) = (high, high * 2, met);
        while (high > low * 1.02)
        {
            var middle = (low + high) / 2;
            if (At(machines, middle, ct) is { P99: <= Goal, Busiest: <= Most } met)
                (low, best) = (middle, met);
            else
                high = middle;
        }

        return (low, best);
    }

    private static Outcome At(Machines machines, double rate, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return new Course(machines, rate).Run();
    }

    /// <summary>A set of machines.</summary>
    /// <param name="Name">As the table says it.</param>
    private sealed record Machines(string Name)
    {
        /// <summary>Cores that everything shares; 0 when each part has its own.</summary>
        public int Shared { get; init; }

        public int Processes { get; init; }

        /// <summary>Cores of each server of PostgreSQL.</summary>
        public int Databases { get; init; }

        public int Broker { get; init; }

        /// <summary>A server of PostgreSQL for each service.</summary>
        public bool ServerEach { get; init; }

        /// <summary>Several machines in one building, a commit that waits until a standby has it, a broker of three nodes.</summary>
        public bool Production { get; init; }

        /// <summary>The journeys are made on the same machine.</summary>
        public bool Driven { get; init; }

        /// <summary>Milliseconds of a flush to disk; of one that another machine has to make, too, when a commit waits for that.</summary>
        public double Flush => Production ? 1.2 : 0.2;

        /// <summary>Milliseconds from one machine to another.</summary>
        public double Way => Production ? 0.3 : 0;

        /// <summary>A broker of three nodes does 0.56 of what one does, measured with all on the same cores.</summary>
        public double BrokerWork => BrokerTakes / (Production ? 0.56 : 1);
    }

    /// <param name="P50">Milliseconds from sending to the desk's inbox.</param>
    /// <param name="P99">Milliseconds from sending to the desk's inbox.</param>
    /// <param name="Where">The part that was busiest.</param>
    /// <param name="Busiest">Which share of the time it was at work.</param>
    private sealed record Outcome(double P50, double P99, string Where, double Busiest);

    /// <summary>Cores: whoever comes takes one as soon as one is free, in the order of coming.</summary>
    private sealed class Station(Course course, string name, int cores)
    {
        private readonly Queue<(double Work, Action Then)> waiting = [];
        private int busy;

        public string Name => name;

        public double Worked { get; private set; }

        public double BusyShare(double time) => Worked / time / cores;

        public void Visit(double mean, Action then)
        {
            var work = -mean * Math.Log(1 - course.Chance.NextDouble());
            if (busy == cores)
            {
                waiting.Enqueue((work, then));
                return;
            }

            busy++;
            Work(work, then);
        }

        private void Work(double work, Action then)
        {
            Worked += work;
            course.After(work, () =>
            {
                if (waiting.TryDequeue(out var next))
                    Work(next.Work, next.Then);
                else
                    busy--;
                then();
            });
        }
    }

    /// <summary>A log on disk: whoever waits while it is flushed goes with the next flush, all together.</summary>
    private sealed class Log(Course course, double length)
    {
        private List<Action> waiting = [];
        private bool flushing;

        public void Commit(Action then)
        {
            waiting.Add(then);
            if (!flushing)
                Flush();
        }

        private void Flush()
        {
            (var going, waiting, flushing) = (waiting, [], true);
            course.After(length, () =>
            {
                flushing = false;
                if (waiting.Count > 0)
                    Flush();
                foreach (var then in going)
                    then();
            });
        }
    }

    /// <summary>Journeys at one rate on one set of machines.</summary>
    private sealed class Course
    {
        private readonly Machines machines;
        private readonly double rate;
        private readonly PriorityQueue<Action, (double At, long Number)> agenda = new();
        private readonly Dictionary<string, Station> stations = new(StringComparer.Ordinal);
        private readonly Dictionary<string, Log> logs = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> visits;
        private readonly int hops = Requests.Sum(request => request.Told.Length);
        private readonly List<double> found = [];
        private double now;
        private long number;

        public Course(Machines machines, double rate)
        {
            (this.machines, this.rate) = (machines, rate);
            // For a message its teller and its receiver work once each.
            visits = Takes.Keys.ToDictionary(
                name => name,
                name => name == "gateway"
                    ? Requests.Length
                    : Requests.Count(request => request.Service == name) + Requests.Sum(request => (request.Service == name ? request.Told.Length : 0) + request.Told.Count(told => told == name)),
                StringComparer.Ordinal);
        }

        // The same chance in every run, so that two sets of machines are asked the same.
        public Random Chance { get; } = new(111);

        public Outcome Run()
        {
            After(0, () => Arrive(0));
            while (agenda.TryDequeue(out var act, out var at))
            {
                now = at.At;
                act();
            }

            // The first tenth only fills the machines.
            var sorted = found.Skip(found.Count / 10).Order().ToArray();
            var busiest = stations.Values.MaxBy(station => station.BusyShare(now))!;
            return new(sorted[sorted.Length / 2], sorted[(int)(sorted.Length * 0.99)], busiest.Name, busiest.BusyShare(now));
        }

        public void After(double milliseconds, Action act) => agenda.Enqueue(act, (now + milliseconds, number++));

        private void Arrive(int journey)
        {
            Request(0, 0);
            if (journey + 1 < Journeys)
                After(-Math.Log(1 - Chance.NextDouble()) * 1000 / rate, () => Arrive(journey + 1));
        }

        private void Request(int index, double sent)
        {
            if (index == Requests.Length)
                return;
            if (index == Send)
                sent = now;
            var (service, told) = Requests[index];
            Drive(() => Work("gateway", () => Work(service, () => Commit(service, () =>
            {
                if (index == Inbox)
                    found.Add(now - sent);
                foreach (var receiver in told)
                    Tell(service, receiver);
                Request(index + 1, sent);
            }))));
        }

        /// <summary>Ordered after the sequencer's rest, told by the relay, kept by the broker, received and written down.</summary>
        private void Tell(string from, string to) =>
            After(1, () => Work(from, () => Commit(from, () => At("broker", machines.Broker).Visit(machines.BrokerWork / hops, () => After(machines.Flush + machines.Way, () =>
                Work(to, () => Commit(to, static () => { })))))));

        private void Drive(Action then)
        {
            if (machines.Driven)
                At("driver", 1).Visit(DriverTakes / Requests.Length, then);
            else
                then();
        }

        private void Work(string name, Action then) =>
            At("processes", machines.Processes).Visit(Takes[name].Process / visits[name], () => After(machines.Way, () =>
                At(Server(name), machines.Databases).Visit(Takes[name].Database / visits[name], () => After(machines.Way, then))));

        private void Commit(string name, Action then)
        {
            if (logs.TryGetValue(Server(name), out var log))
                log.Commit(then);
            else
                (logs[Server(name)] = new(this, machines.Flush)).Commit(then);
        }

        private string Server(string name) => machines.ServerEach ? $"PostgreSQL of {name}" : "PostgreSQL";

        private Station At(string part, int cores)
        {
            var name = machines.Shared > 0 ? "the cores" : part;
            return stations.TryGetValue(name, out var station) ? station : stations[name] = new(this, name, machines.Shared > 0 ? machines.Shared : cores);
        }
    }
}
