using System.Net;
using System.Net.Sockets;
using Hotline111.Platform.Hosting;
using Hotline111.Testing;
using Npgsql;

namespace Hotline111.Platform.Tests.Hosting;

public sealed class Starting_and_stopping(SmallSurroundings surroundings) : IClassFixture<SmallSurroundings>
{
    public static TheoryData<string, string?, int, string> Wrongs() => new()
    {
        // setting, its value (null: missing), exit code, what the sentence says
        { "ASPNETCORE_URLS", null, 2, "ASPNETCORE_URLS is not set" },
        { "ASPNETCORE_URLS", "nonsense", 2, "ASPNETCORE_URLS" },
        { "ASPNETCORE_URLS", "http://127.0.0.1:99999", 2, "ASPNETCORE_URLS" },
        { "ASPNETCORE_URLS", "http://192.0.2.1:5001", 4, "ASPNETCORE_URLS" },
        { "ConnectionStrings__Store", null, 2, "ConnectionStrings:Store is not set" },
        { "ConnectionStrings__Store", "Host=a;Colour=red", 2, "ConnectionStrings:Store is not a PostgreSQL connection string" },
        { "ConnectionStrings__Store", "Host=127.0.0.1", 2, "must name a host, a database and a user" },
        { "ConnectionStrings__Store", "Host=127.0.0.1;Port=1;Database=a;Username=b;Password=hidden", 3, "127.0.0.1:1 of ConnectionStrings:Store cannot be reached" },
        { "ConnectionStrings__Keys", null, 2, "ConnectionStrings:Keys is not set" },
        { "Privacy__MasterKey", null, 2, "Privacy:MasterKey" },
        { "Privacy__MasterKey", "a:AAAA", 2, "Privacy:MasterKey is malformed" },
        { "Privacy__MasterKeyFile", "/nowhere/keys", 2, "not both" },
        { "Access__Issuer", null, 2, "Access:Issuer" },
        { "Access__Authority", "gateway", 2, "Access:Authority" },
        { "Access__ClientKeyFile", "/nowhere/key.pem", 2, "Access:ClientKeyFile" },
        { "OTEL_EXPORTER_OTLP_ENDPOINT", "collector", 2, "OTEL_EXPORTER_OTLP_ENDPOINT" },
        { "HOTLINE_FAULT", "nowhere:1", 2, "HOTLINE_FAULT must be PLACE:TIMES" },
        { "HOTLINE_FAULT", "append.before:0", 2, "HOTLINE_FAULT must be PLACE:TIMES" },
    };

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task A_wrong_setting_stops_the_start_with_one_sentence(string setting, string? value, int exitCode, string sentence)
    {
        var settings = surroundings.Settings;
        settings[setting] = value;
        await Refused(settings, exitCode, sentence);
    }

    [Fact]
    public async Task A_wrong_password_an_unknown_database_and_one_not_migrated_stop_the_start()
    {
        var settings = surroundings.Settings;
        settings["ConnectionStrings__Store"] = new NpgsqlConnectionStringBuilder(surroundings.Database.Store) { Password = "hidden-wrong" }.ConnectionString;
        await Refused(settings, 3, "wrong user or password");
        settings["ConnectionStrings__Store"] = new NpgsqlConnectionStringBuilder(surroundings.Database.Store) { Database = "nowhere" }.ConnectionString;
        await Refused(settings, 3, "nowhere");
        var empty = await Servers.Database("small");
        settings["ConnectionStrings__Store"] = empty.Store;
        settings["ConnectionStrings__Keys"] = empty.Keys;
        await Refused(settings, 3, "run the verb migrate");
    }

    [Fact]
    public async Task A_taken_port_stops_the_start()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var settings = surroundings.Settings;
        settings["ASPNETCORE_URLS"] = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        var said = await Refused(settings, 4, "is taken by another process");
        said.ShouldNotContain(line => line.Contains("BackgroundService", StringComparison.Ordinal), "what has begun already ends in order, and that is no fault");
        listener.Stop();
    }

    [Fact]
    public async Task Clocks_that_differ_by_more_than_two_seconds_stop_the_start()
    {
        await using var database = new OwnDatabase("Store", surroundings.Database.Store, []);
        var ct = TestContext.Current.CancellationToken;
        await database.CheckAtStart(new Shifted(TimeSpan.FromSeconds(1.5)), ct);
        await database.CheckAtStart(new Shifted(TimeSpan.FromSeconds(-1.5)), ct);
        foreach (var shift in new[] { 2.5, -2.5, 86400 })
        {
            var refused = await Should.ThrowAsync<StartupException>(() => database.CheckAtStart(new Shifted(TimeSpan.FromSeconds(shift)), ct));
            (refused.ExitCode, refused.Message.Contains("differ by", StringComparison.Ordinal)).ShouldBe((3, true));
        }
    }

    [Fact]
    public async Task A_machine_that_stands_still_while_it_asks_for_the_time_does_not_take_that_for_another_clock()
    {
        await using var database = new OwnDatabase("Store", surroundings.Database.Store, []);
        await database.CheckAtStart(new Asleep(TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Verbs_do_one_thing_and_end()
    {
        await using var again = SmallProcess.Start(surroundings.Settings, "migrate");
        (await again.Exit()).ShouldBe(0);
        again.Output.ShouldBe(["The database is up to date."]);
        await using var say = SmallProcess.Start(surroundings.Settings, "say", "xin", "chào");
        (await say.Exit()).ShouldBe(7);
        say.Output.ShouldBe(["xin chào"]);
        await Refused(surroundings.Settings, 2, "known verbs: migrate", "dance");
        var settings = surroundings.Settings;
        settings["ConnectionStrings__Owner"] = null;
        await Refused(settings, 2, "ConnectionStrings:Owner is not set", "migrate");
        settings["ConnectionStrings__Owner"] = new NpgsqlConnectionStringBuilder(surroundings.Database.Owner) { Password = "hidden-wrong" }.ConnectionString;
        await Refused(settings, 3, "ConnectionStrings:Owner: wrong user or password", "migrate");
    }

    [Fact]
    public async Task A_new_master_key_takes_over_by_a_verb()
    {
        var database = await Servers.Database("small");
        var settings = surroundings.Settings;
        (settings["ConnectionStrings__Store"], settings["ConnectionStrings__Keys"], settings["ConnectionStrings__Owner"]) = (database.Store, database.Keys, database.Owner);
        var (old, @new) = (settings["Privacy__MasterKey"]!, "new:" + Convert.ToBase64String(new byte[32]));
        await using (var migrate = SmallProcess.Start(settings, "migrate"))
            (await migrate.Exit()).ShouldBe(0, migrate.Errors);
        var note = await Use(old, small => small.Post("/notes", surroundings.Token(), new { text = "trước khi đổi khóa", kind = "plain" }));
        settings["Privacy__MasterKey"] = $"{@new}\n{old}";
        await using (var rewrap = SmallProcess.Start(settings, "rewrap-keys"))
        {
            (await rewrap.Exit()).ShouldBe(0, rewrap.Errors);
            rewrap.Output.ShouldBe(["Wrapped 1 keys anew; 0 are opened by none of the master keys."]);
        }
        var read = await Use(@new, small => small.Send(HttpMethod.Get, $"/notes/{note.Body.GetProperty("id").GetGuid()}", surroundings.Token()));
        read.Body.GetProperty("text").GetString().ShouldBe("trước khi đổi khóa");

        async Task<Answer> Use(string key, Func<ServiceProcess, Task<Answer>> ask)
        {
            settings["Privacy__MasterKey"] = key;
            await using var small = await surroundings.Ready(settings);
            return await ask(small);
        }
    }

    [Fact]
    public async Task Stopping_lets_a_running_request_end()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var small = await SmallProcess.Ready(surroundings.Settings);
        await using var holder = new NpgsqlConnection(surroundings.Administrator);
        await holder.OpenAsync(ct);
        await using (var hold = new NpgsqlCommand("select pg_advisory_lock(111)", holder))
            await hold.ExecuteNonQueryAsync(ct);
        var running = small.Http.GetAsync("/faults/sql?text=select pg_advisory_xact_lock(111)", ct);
        await using (var waits = new NpgsqlCommand("select exists (select from pg_locks where locktype = 'advisory' and objid = 111 and not granted)", holder))
            await Eventually(async () => (bool)(await waits.ExecuteScalarAsync(ct))!);
        small.Terminate();
        await Eventually(Stops);
        await using (var release = new NpgsqlCommand("select pg_advisory_unlock(111)", holder))
            await release.ExecuteNonQueryAsync(ct);
        using var answer = await running;
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await small.Exit()).ShouldBe(0);
        small.Errors.ShouldBe("");

        // It takes nobody any more, but for the one whose request it has.
        async Task<bool> Stops()
        {
            try
            {
                using var alive = await small.Http.GetAsync("/health/live", ct);
                return false;
            }
            catch (HttpRequestException)
            {
                return true;
            }
        }
    }

    [Fact]
    public async Task A_part_that_fails_ends_the_process_with_a_code()
    {
        await using var small = await SmallProcess.Ready(surroundings.Settings);
        await small.Send(HttpMethod.Post, "/faults/background", null);
        (await small.Exit()).ShouldBe(1);
        small.Errors.ShouldNotContain("0912345678");
        small.Output.ShouldNotContain(line => line.Contains("0912345678"));
    }

    [Fact]
    public async Task Trouble_elsewhere_is_told_in_the_body_and_takes_nothing_away()
    {
        var settings = surroundings.Settings;
        settings["Small__Degraded"] = "broker-away";
        await using var small = await SmallProcess.Ready(settings);
        var ready = await small.Send(HttpMethod.Get, "/health/ready", null);
        (ready.Status, ready.Body.GetProperty("status").GetString()).ShouldBe((200, "degraded"));
        ready.Body.GetProperty("degraded").EnumerateArray().Select(code => code.GetString()).ShouldBe(["broker-away"]);
        (await small.Send(HttpMethod.Get, "/health/live", null)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_database_that_goes_away_makes_the_process_unready_and_comes_back()
    {
        await using var postgres = await Servers.PrivatePostgres();
        var database = await postgres.Server.CreateServiceDatabase("small", TestContext.Current.CancellationToken);
        var settings = surroundings.Settings;
        (settings["ConnectionStrings__Store"], settings["ConnectionStrings__Keys"], settings["ConnectionStrings__Owner"]) = (database.Store, database.Keys, database.Owner);
        await using (var migrate = SmallProcess.Start(settings, "migrate"))
            (await migrate.Exit()).ShouldBe(0, migrate.Errors);
        await using var small = await surroundings.Ready(settings);
        await postgres.Server.Stop();
        var away = await small.Send(HttpMethod.Get, "/health/ready", null);
        (away.Status, away.Body.GetProperty("status").GetString()).ShouldBe((503, "unavailable"));
        (await small.Send(HttpMethod.Get, "/health/live", null)).Status.ShouldBe(200);
        (await small.Post("/notes", surroundings.Token(), new { text = "a", kind = "plain" })).Slug.ShouldBe("database-unavailable");
        await postgres.Server.Restart(TestContext.Current.CancellationToken);
        await Eventually(async () => (await small.Send(HttpMethod.Get, "/health/ready", null)).Status == 200);
    }

    [Fact]
    public async Task The_doors_are_described_with_their_noes_and_their_rules()
    {
        await using var small = await SmallProcess.Ready(surroundings.Settings);
        var described = await small.Send(HttpMethod.Get, "/openapi/v1.json", null);
        described.Status.ShouldBe(200);
        var mark = described.Body.GetProperty("paths").GetProperty("/notes/{id}/mark").GetProperty("post");
        mark.GetProperty("responses").GetProperty("default").GetProperty("content").TryGetProperty("application/problem+json", out _).ShouldBeTrue();
        mark.GetProperty("x-access-rule").GetProperty("action").GetString().ShouldBe("note.write");
        mark.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()).ShouldBe(["id", "Idempotency-Key", "If-Match"]);
        mark.GetProperty("security")[0].TryGetProperty("token", out _).ShouldBeTrue();
        described.Body.GetProperty("components").GetProperty("securitySchemes").GetProperty("token").GetProperty("scheme").GetString().ShouldBe("bearer");
        described.Body.GetProperty("components").GetProperty("schemas").GetProperty("Problem").GetProperty("required").GetArrayLength().ShouldBe(4);
    }

    /// <returns>What it said beside the one sentence.</returns>
    private static async Task<IReadOnlyCollection<string>> Refused(Dictionary<string, string?> settings, int exitCode, string sentence, params string[] arguments)
    {
        await using var small = SmallProcess.Start(settings, arguments);
        var code = await small.Exit();
        small.Errors.ShouldContain(sentence);
        small.Errors.Split('\n').Length.ShouldBe(1, small.Errors);
        small.Errors.ShouldNotContain("hidden");
        code.ShouldBe(exitCode, small.Errors);
        small.Output.ShouldNotContain(line => line.Contains("hidden", StringComparison.Ordinal));
        return small.Output;
    }

    private static async Task Eventually(Func<Task<bool>> so)
    {
        for (var tries = 0; !await so(); tries++)
        {
            tries.ShouldBeLessThan(6000);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A machine that falls asleep for so long just when it has asked for the first time.</summary>
    private sealed class Asleep(TimeSpan time) : TimeProvider
    {
        private int looks;

        public override long GetTimestamp() => base.GetTimestamp() + (Interlocked.Increment(ref looks) == 2 ? (long)(time.TotalSeconds * TimestampFrequency) : 0);
    }

    private sealed class Shifted(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
