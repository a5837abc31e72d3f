using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Accounts;
using Hotline111.Platform.EventStore;
using Hotline111.Local;
using Hotline111.Testing;
using Npgsql;
using static Hotline111.Gateway.Tests.GatewayUnderTest;

namespace Hotline111.Gateway.Tests;

/// <summary>The gateway as an operator meets it: a process with an environment, verbs, exit codes and sentences.</summary>
public sealed class ProcessTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    [Theory]
    [InlineData("Gateway__InternalUrl", "", "Gateway:InternalUrl")]
    [InlineData("Gateway__InternalUrl", "SAME", "Gateway:InternalUrl")]
    [InlineData("Gateway__ClientsFile", "/nowhere/clients.json", "Gateway:ClientsFile")]
    [InlineData("Gateway__SigningKeyProtection", "p1:dG9vIHNob3J0", "Gateway:SigningKeyProtection")]
    [InlineData("Peers__referral", "referral:5003", "Peers:referral")]
    [InlineData("Access__Issuer", "", "Access:Issuer")]
    [InlineData("ConnectionStrings__Store", "", "ConnectionStrings:Store")]
    [InlineData("Gateway__Limits__AccountPerMinute", "many", "Gateway:Limits:AccountPerMinute")]
    public async Task A_wrong_setting_is_one_sentence_that_names_it_and_exit_code_2(string setting, string value, string named)
    {
        var environment = Environment();
        environment[setting] = value == "SAME" ? environment["ASPNETCORE_URLS"] : value;
        var (code, _, error) = await Run(environment);
        code.ShouldBe(2, error);
        error.ShouldContain(named, Case.Insensitive);
        error.Trim().Split('\n').Length.ShouldBe(1, error);
        error.ShouldNotContain("dG9vIHNob3J0");
    }

    [Fact]
    public async Task A_missing_database_or_migration_is_one_sentence_and_exit_code_3()
    {
        var environment = Environment();
        environment["ConnectionStrings__Store"] = $"Host=127.0.0.1;Port={Port.Free()};Database=gateway;Username=gateway_app;Password=secret-word";
        var (code, _, error) = await Run(environment);
        code.ShouldBe(3, error);
        error.Trim().Split('\n').Length.ShouldBe(1, error);
        error.ShouldNotContain("secret-word");

        await NewDatabase(environment);
        (code, _, error) = await Run(environment);
        code.ShouldBe(3, error);
        error.ShouldContain("migrate");
        (code, var output, error) = await Run(environment, "migrate");
        code.ShouldBe(0, error);
        output.ShouldContain("0001-accounts-sessions-keys.sql");
    }

    [Fact]
    public async Task The_first_administrator_is_made_once_and_what_was_printed_opens_the_door()
    {
        var environment = await Fresh();
        var (code, output, error) = await Run(environment, "create-administrator");
        code.ShouldBe(0, error);
        var password = output.Split("password: ")[1].Split('\n')[0].Trim();
        var secret = Totp.FromBase32(output.Split("secret=")[1].Split('&')[0]);
        (code, var again, error) = await Run(environment, "create-administrator");
        code.ShouldBe(2);
        again.ShouldNotContain("password");
        error.Trim().Split('\n').Length.ShouldBe(1, error);

        await using var process = await Start(environment);
        using var answer = await gateway.TrySignIn(
            new Person("administrator", password, secret, Roles.Administrator), code: OneTimeCode(secret, DateTimeOffset.UtcNow), at: process.Public);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var browser = gateway.Browser(CookieOf(answer), process.Public);
        (await SessionTests.Status(browser, "/auth/accounts")).ShouldBe(HttpStatusCode.Forbidden);
        (await SessionTests.Status(browser, "/health/ready")).ShouldBe(HttpStatusCode.OK);
        using (var changed = await Post(browser, "/auth/password", new { current = password, next = "một mật khẩu của riêng tôi" }))
            changed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await SessionTests.Status(browser, "/auth/accounts")).ShouldBe(HttpStatusCode.Forbidden);
        await SessionTests.SetUpSecondFactor(gateway, browser, DateTimeOffset.UtcNow);
        (await SessionTests.Status(browser, "/auth/accounts")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_first_start_of_all_makes_one_administrator_and_prints_the_password_once()
    {
        var environment = await Fresh();
        environment.Remove("Gateway__Demo");
        await using (var process = await Start(environment))
        {
            await process.Prints("secret=");
            var password = process.Printed.Split("password: ")[1].Split('\n')[0].Trim();
            var secret = Totp.FromBase32(process.Printed.Split("secret=")[1].Split('&')[0]);
            using var answer = await gateway.TrySignIn(
                new Person("administrator", password, secret, Roles.Administrator), code: OneTimeCode(secret, DateTimeOffset.UtcNow), at: process.Public);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            ((bool)(await JsonOf(answer))["passwordChangeNeeded"]!).ShouldBeTrue();
        }

        var again = await Start(environment);
        await again.DisposeAsync();
        again.Printed.ShouldNotContain("password: ");
        await using var source = NpgsqlDataSource.Create(environment["ConnectionStrings__Store"]!);
        (await SignInTests.Rows(source, "select user_name from identity.account")).ShouldBe(["administrator"]);
        (await SignInTests.Rows(source, "select what from identity.administration_event where by is null")).ShouldBe(["created"]);
    }

    [Fact]
    public async Task Where_what_is_printed_is_kept_the_first_start_makes_nobody_and_says_which_verb_does()
    {
        var environment = await Fresh();
        environment.Remove("Gateway__Demo");
        environment["Gateway__PrintFirstAdministrator"] = "false";
        var process = await Start(environment);
        await process.DisposeAsync();
        process.Printed.ShouldContain("create-administrator");
        process.Printed.ShouldNotContain("password: ");

        await using (var source = NpgsqlDataSource.Create(environment["ConnectionStrings__Store"]!))
            (await SignInTests.Rows(source, "select user_name from identity.account")).ShouldBeEmpty();
        var (code, output, error) = await Run(environment, "create-administrator");
        code.ShouldBe(0, error);
        output.ShouldContain("password: ");
    }

    [Fact]
    public async Task Demo_accounts_are_made_once_and_only_where_they_are_allowed()
    {
        var environment = await Fresh();
        var file = Path.GetTempFileName();
        var secret = Totp.NewSecret();
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new[]
        {
            new { userName = "tuvan.demo", displayName = "Nguyễn Thị Thử", role = Roles.Counsellor, agency = (string?)null, desks = Array.Empty<string>(), provinces = Array.Empty<string>(), password = "demo-demo-demo", totpSecret = Totp.ToBase32(secret) },
            new { userName = "congan.demo", displayName = "Trần Văn Thử", role = Roles.Liaison, agency = (string?)"police.08", desks = (string[])["police.08"], provinces = (string[])["08"], password = "demo-demo-demo", totpSecret = Totp.ToBase32(secret) },
        }), TestContext.Current.CancellationToken);

        environment.Remove("Gateway__Demo");
        var (code, _, error) = await Run(environment, "seed-demo", file);
        code.ShouldBe(2);
        error.ShouldContain("Gateway:Demo");
        environment["Gateway__Demo"] = "true";
        (code, _, error) = await Run(environment, "seed-demo", file);
        code.ShouldBe(0, error);
        (code, _, error) = await Run(environment, "seed-demo", file);
        code.ShouldBe(0, error);
        await using var source = NpgsqlDataSource.Create(environment["ConnectionStrings__Store"]!);
        (await SignInTests.Rows(source, "select user_name from identity.account order by 1")).ShouldBe(["congan.demo", "tuvan.demo"]);

        // The hash says how slow it is: OWASP's floor for PBKDF2 with SHA-512.
        var hash = Convert.FromBase64String((string)(await SignInTests.Rows(source, "select password_hash from identity.account limit 1")).Single());
        hash[0].ShouldBe((byte)1);
        System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(5)).ShouldBe(210_000u);

        (code, _, error) = await Run(environment, "seed-demo", "/nowhere.json");
        code.ShouldBe(2);
        (code, _, error) = await Run(environment, "seed-demo");
        code.ShouldBe(2);
        (code, _, error) = await Run(environment, "make-coffee");
        code.ShouldBe(2);
        error.ShouldContain("seed-demo");
        File.Delete(file);
    }

    [Fact]
    public async Task Without_the_key_that_sealed_its_keys_the_gateway_does_not_start()
    {
        var environment = await Fresh();
        await using (await Start(environment))
        {
            // The first start makes and seals the first signing key.
        }

        var first = environment["Gateway__SigningKeyProtection"];
        environment["Gateway__SigningKeyProtection"] = $"p2:{Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray())}";
        var (code, _, error) = await Run(environment);
        code.ShouldBe(2);
        error.ShouldContain("Gateway:SigningKeyProtection");

        // A new key in front of the old one is how it is changed.
        environment["Gateway__SigningKeyProtection"] += $"\n{first}";
        await using var process = await Start(environment);
        process.Process.HasExited.ShouldBeFalse();
    }

    [Fact]
    public async Task A_taken_port_is_one_sentence_and_exit_code_4()
    {
        var environment = Environment();
        environment["ASPNETCORE_URLS"] = gateway.Public.AbsoluteUri;
        var (code, _, error) = await Run(environment);
        code.ShouldBe(4, error);
        error.Trim().Split('\n').Length.ShouldBe(1, error);
    }

    private static async Task NewDatabase(Dictionary<string, string?> environment)
    {
        var database = await Servers.Database("gateway");
        (environment["ConnectionStrings__Owner"], environment["ConnectionStrings__Store"]) = (database.Owner, database.Store);
    }

    private async Task<Dictionary<string, string?>> Fresh()
    {
        var environment = Environment();
        await NewDatabase(environment);
        await Migration.Apply(environment["ConnectionStrings__Owner"]!, [GatewayProgram.Migrations], TestContext.Current.CancellationToken);
        return environment;
    }

    private Dictionary<string, string?> Environment()
    {
        var environment = gateway.Arguments.Chunk(2).ToDictionary(pair => pair[0].TrimStart('-').Replace(":", "__", StringComparison.Ordinal), string? (pair) => pair[1]);
        environment.Remove("urls");
        environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Port.Free()}";
        environment["Gateway__InternalUrl"] = $"http://127.0.0.1:{Port.Free()}";
        return environment;
    }

    private static ProcessStartInfo Command(Dictionary<string, string?> environment, params string[] verb)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Hotline111.Gateway.dll"));
        foreach (var word in verb)
            start.ArgumentList.Add(word);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }

    private static async Task<(int Code, string Output, string Error)> Run(Dictionary<string, string?> environment, params string[] verb)
    {
        using var process = Process.Start(Command(environment, verb))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private static async Task<Running> Start(Dictionary<string, string?> environment)
    {
        var process = Process.Start(Command(environment))!;
        var printed = new System.Text.StringBuilder();
        process.OutputDataReceived += (_, line) =>
        {
            lock (printed)
                printed.Append(line.Data).Append('\n');
        };
        var errors = new System.Collections.Concurrent.ConcurrentQueue<string?>();
        process.ErrorDataReceived += (_, line) => errors.Enqueue(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var running = new Running(process, new Uri(environment["ASPNETCORE_URLS"]!), printed);
        using var client = new HttpClient { BaseAddress = running.Public };
        for (var i = 0; i < 3000 && !process.HasExited; i++)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (answer.IsSuccessStatusCode)
                    return running;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException($"The gateway did not become ready: {string.Join('\n', errors)}");
    }

    private sealed record Running(Process Process, Uri Public, System.Text.StringBuilder Output) : IAsyncDisposable
    {
        /// <summary>Waits until it has written that whole line: it may answer before what it wrote has come.</summary>
        public async Task Prints(string part)
        {
            for (var tries = 0; Printed.IndexOf(part, StringComparison.Ordinal) is var at && (at < 0 || Printed.IndexOf('\n', at) < 0); tries++)
            {
                tries.ShouldBeLessThan(3000);
                await Task.Delay(100);
            }
        }

        /// <summary>What the process has written so far; all of it once it has ended.</summary>
        public string Printed
        {
            get
            {
                lock (Output)
                    return Output.ToString();
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (!Process.HasExited)
            {
                using (var stop = System.Diagnostics.Process.Start("kill", ["-TERM", $"{Process.Id}"]))
                    await stop.WaitForExitAsync();
                await Process.WaitForExitAsync();
            }

            Process.Dispose();
        }
    }
}
