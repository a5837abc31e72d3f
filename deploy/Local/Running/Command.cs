using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.Local;

/// <summary>What this program was asked to do.</summary>
internal abstract record Command
{
    private const string Usage = """
        dotnet run --project deploy/Local                       the whole platform with demo data at http://localhost:8111, until Ctrl+C
          --port N          another public port
          --folder F        another data folder than .local
          --no-install      never installs a missing server
        dotnet run --project deploy/Local -- smoke              the same on throw-away data and free ports; the last line is its result in JSON
        dotnet run --project deploy/Local -- code USER          the present TOTP code of a demo account
        dotnet run --project deploy/Local -- secrets F NAME     makes what is missing of an installation's keys, passwords and certificates in folder F;
                                                                NAME (there may be several) is what browsers call it
        dotnet run --project deploy/Local -- servers F          the servers for tests, on folder F, until nobody needs them
        """;

    private Command()
    {
    }

    /// <summary>Does it; returns the exit code.</summary>
    public abstract Task<int> Run(CancellationToken ct);

    /// <summary>Reads the command line.</summary>
    /// <exception cref="LocalException">It says nothing that is known.</exception>
    public static Command Read(string[] args)
    {
        string? verb = null;
        var words = new List<string>();
        var (port, folder, mayInstall) = (8111, Path.Combine(Repository.Root, ".local"), true);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--port" when i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536:
                    port = number;
                    i++;
                    break;
                case "--folder" when i + 1 < args.Length:
                    folder = Path.GetFullPath(args[++i]);
                    break;
                case "--no-install":
                    mayInstall = false;
                    break;
                case var option when option.StartsWith('-'):
                    throw new LocalException("command line", $"'{option}' is not understood here.\n{Usage}", exitCode: 2);
                case var word when verb is null:
                    verb = word;
                    break;
                case var word:
                    words.Add(word);
                    break;
            }
        }

        return (verb, words) switch
        {
            (null, []) => new RunPlatform(folder, port, mayInstall),
            ("smoke", []) => new Smoke(mayInstall),
            ("code", [var user]) => new ShowCode(folder, user),
            ("secrets", [var at, var name, .. var more]) => new MakeSecrets(at, [name, .. more]),
            ("servers", [var at]) => new HostServers(at),
            _ => throw new LocalException("command line", Usage, exitCode: 2),
        };
    }

    /// <summary>The whole platform, until it is asked to stop.</summary>
    public sealed record RunPlatform(string Folder, int Port, bool MayInstall) : Command
    {
        public override async Task<int> Run(CancellationToken ct)
        {
            var steps = new Steps(Console.Out);
            steps.Say($"Hotline 111: starting on {Folder}");
            await using var platform = await LocalPlatform.Start(
                new LocalPlatformOptions(Folder)
                {
                    Port = Port,
                    MayInstall = MayInstall,
                    Supervised = true,
                    Telemetry = Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 } telemetry ? new Uri(telemetry) : null,
                    TelemetryProtocol = Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL") is { Length: > 0 } protocol ? protocol : "grpc",
                    Steps = steps,
                },
                ct);
            using (var journey = new Journey(platform, steps))
            {
                // The demo data is entered once; later starts send one referral through, which shows that everything is connected.
                foreach (var course in platform.HasDemoData ? [Course.NightCall(TimeProvider.System)] : Course.All(TimeProvider.System))
                {
                    foreach (var line in Journey.Describe(await journey.Run(course, ct)))
                    {
                        steps.Say(line);
                    }
                }

                platform.HasDemoData = true;
            }

            steps.Say("");
            steps.Say($"  {"account",-20} {"password",-24} {"TOTP secret",-33} name");
            foreach (var account in platform.Accounts)
            {
                steps.Say($"  {account.UserName,-20} {account.Password,-24} {account.TotpSecret,-33} {account.DisplayName}");
            }

            steps.Say("  (the present TOTP code: dotnet run --project deploy/Local -- code USER)");
            steps.Say("");
            steps.Say($"The platform runs at {platform.Address.GetLeftPart(UriPartial.Authority)} - Ctrl+C stops it. Logs: {platform.Logs}");
            await new LogFollower(steps).Follow(PlatformProcess.All.ToDictionary(process => process.Name, process => platform.Log(process.Name)), ct);
            steps.Say("Stopping.");
            await platform.DisposeAsync();
            steps.Say("Stopped.");
            return 0;
        }
    }

    /// <summary>The same on throw-away data; the last line of the output is the result.</summary>
    public sealed record Smoke(bool MayInstall) : Command
    {
        private static readonly JsonSerializerOptions Json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        private static readonly string[] ThrownAway = ["postgres/data", "rabbitmq/data", "keys"];

        public override async Task<int> Run(CancellationToken ct)
        {
            var watch = Stopwatch.StartNew();
            var steps = new Steps(Console.Out);
            var folder = Directory.CreateTempSubdirectory("hotline111-smoke-").FullName;
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            try
            {
                var referrals = new List<ReferralTimeline>();
                await using (var platform = await LocalPlatform.Start(new LocalPlatformOptions(folder) { MayInstall = MayInstall, Steps = steps }, ct))
                {
                    using var journey = new Journey(platform, steps);
                    foreach (var course in Course.All(TimeProvider.System))
                    {
                        var result = await journey.Run(course, ct);
                        referrals.AddRange(result.Referrals);
                        foreach (var line in Journey.Describe(result))
                        {
                            steps.Say(line);
                        }
                    }
                }

                steps.Say(JsonSerializer.Serialize(new
                {
                    ok = true,
                    referrals = referrals.Select(each => new
                    {
                        number = each.Number,
                        desk = each.Desk,
                        sentAt = each.SentAt,
                        inboxAt = each.InboxAt,
                        acknowledgedAt = each.AcknowledgedAt,
                        caseAt = each.CaseAt,
                    }),
                    elapsedMs = watch.ElapsedMilliseconds,
                }, Json));
                Account.RemoveFolder(folder);
                return 0;
            }
            catch (LocalException e)
            {
                Console.Error.WriteLine(e.Message);
                steps.Say(JsonSerializer.Serialize(new { ok = false, step = e.Step, error = e.Message }, Json));
                return 1;
            }
            finally
            {
                // The logs stay after a failure: the message names one.
                foreach (var data in ThrownAway.Select(each => Path.Combine(folder, each)).Where(Directory.Exists))
                {
                    Account.RemoveFolder(data);
                }
            }
        }
    }

    /// <summary>The present code of a demo account, for people without an authenticator app at hand.</summary>
    public sealed record ShowCode(string Folder, string User) : Command
    {
        public override Task<int> Run(CancellationToken ct)
        {
            var file = Path.Combine(Folder, "demo-accounts.json");
            var account = DemoAccounts.Read(file).FirstOrDefault(each => each.UserName == User);
            if (account is null)
            {
                throw new LocalException("code", $"There is no demo account '{User}' in {Folder}.", exitCode: 2);
            }

            Console.WriteLine(Totp.Code(account.TotpSecret, Totp.Step(DateTimeOffset.UtcNow)));
            return Task.FromResult(0);
        }
    }

    /// <summary>Keys, passwords and certificates for an installation elsewhere.</summary>
    public sealed record MakeSecrets(string Folder, IReadOnlyList<string> PublicNames) : Command
    {
        public override Task<int> Run(CancellationToken ct)
        {
            new InstallationSecrets(Folder, DateTimeOffset.UtcNow).Make(PublicNames);
            Console.WriteLine($"{Folder} holds {InstallationSecrets.All.Count} secrets. Keep a copy of the keys where the data is not: without them it cannot be read.");
            return Task.FromResult(0);
        }
    }

    /// <summary>The servers of a test run.</summary>
    public sealed record HostServers(string Folder) : Command
    {
        public override async Task<int> Run(CancellationToken ct)
        {
            await ServerHost.Run(Folder, ct);
            return 0;
        }
    }
}
