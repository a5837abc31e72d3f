using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hotline111.Local;
using Hotline111.Platform.Access;
using Hotline111.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Hotline111.Intake.Tests;

/// <summary>
/// Intake as a process of its own on a database of its own, and somebody who publishes the keys that tokens are signed with. Its broker is away: nothing tried
/// here needs one.
/// </summary>
public sealed class RunningIntake : IAsyncLifetime
{
    private const string Issuer = "https://hotline111.test";

    private readonly ECDsaSecurityKey signing = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "test" };
    private readonly string keyFile = Path.GetTempFileName();
    private readonly ConcurrentQueue<string> output = new();
    private readonly int port = FreePort();
    private HttpClient? http;
    private WebApplication? authority;
    private Process? process;

    public ServiceDatabase Database { get; private set; } = null!;

    /// <summary>The superuser's connection to the database: to look behind the roles.</summary>
    public string Administrator { get; private set; } = "";

    /// <summary>What the process wrote to its log.</summary>
    public IReadOnlyCollection<string> Output => output;

    /// <summary>The settings of the process, as its environment has them.</summary>
    public Dictionary<string, string> Settings => new()
    {
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}",
        ["ConnectionStrings__Store"] = Database.Store,
        ["ConnectionStrings__Keys"] = Database.Keys,
        ["ConnectionStrings__Owner"] = Database.Owner,
        ["Privacy__MasterKey"] = "test:" + Convert.ToBase64String(SHA256.HashData("master"u8)),
        ["Access__Issuer"] = Issuer,
        ["Access__Authority"] = authority!.Urls.First(),
        ["Access__ClientKeyFile"] = keyFile,
        ["Broker__Uri"] = "amqp://intake:nobody@127.0.0.1:1/nowhere",
    };

    public async ValueTask InitializeAsync()
    {
        (Database, Administrator) = await Servers.DatabaseWithAdministrator("intake");
        await File.WriteAllTextAsync(keyFile, signing.ECDsa.ExportPkcs8PrivateKeyPem());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        authority = builder.Build();
        var parameters = signing.ECDsa.ExportParameters(false);
        authority.MapGet("/.well-known/jwks.json", () => TypedResults.Ok(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", kid = "test", use = "sig", alg = "ES256", x = Base64UrlEncoder.Encode(parameters.Q.X), y = Base64UrlEncoder.Encode(parameters.Q.Y) } },
        }));
        await authority.StartAsync();
        using (var migrate = Run("migrate"))
        {
            await migrate.WaitForExitAsync();
            migrate.ExitCode.ShouldBe(0, string.Join('\n', output));
        }

        http = new HttpClient { BaseAddress = new Uri(Settings["ASPNETCORE_URLS"]), Timeout = TimeSpan.FromSeconds(60) };
        await Start();
    }

    /// <summary>Kills the process as the kernel does, and starts it anew.</summary>
    public async Task KillAndStart()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        await Start();
    }

    /// <summary>A request in somebody's name.</summary>
    public async Task<Answer> Ask(string who, string role, HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        var token = Token.Write(signing, Issuer, "intake", new TokenActor(who, role, null, [], [], "s1"), DateTimeOffset.UtcNow);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        using var answer = await http!.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new((int)answer.StatusCode, text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : default, answer.Headers.ETag?.Tag);
    }

    public Colleague As(string who, string role = "counsellor") => new(this, who, role);

    /// <summary>One value from the database, as the superuser.</summary>
    public async Task<T> Look<T>(string sql, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(Administrator);
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 120;
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        http?.Dispose();
        if (process is { HasExited: false })
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process?.Dispose();
        if (authority is not null)
            await authority.DisposeAsync();
        File.Delete(keyFile);
        signing.ECDsa.Dispose();
    }

    private async Task Start()
    {
        process = Run();
        for (var tries = 0; !process.HasExited && tries < 1200; tries++)
        {
            try
            {
                using var answer = await http!.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException("Intake does not get ready: " + string.Join('\n', output));
    }

    private Process Run(params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        info.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Hotline111.Intake.dll"));
        foreach (var argument in arguments)
            info.ArgumentList.Add(argument);
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith("OTEL_", StringComparison.Ordinal) || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToList())
            info.Environment.Remove(name);
        foreach (var (name, value) in Settings)
            info.Environment[name] = value;
        var started = Process.Start(info)!;
        started.OutputDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        started.ErrorDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return started;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Somebody at the hotline, by account and role.</summary>
public sealed record Colleague(RunningIntake Intake, string Who, string Role)
{
    public Task<Answer> Get(string path) => Intake.Ask(Who, Role, HttpMethod.Get, path, null);

    public Task<Answer> Delete(string path) => Intake.Ask(Who, Role, HttpMethod.Delete, path, null);

    public Task<Answer> Post(string path, object body, params (string Name, string Value)[] headers) =>
        Intake.Ask(Who, Role, HttpMethod.Post, path, JsonContent.Create(body, options: JsonSerializerOptions.Web), headers);

    public Task<Answer> Put(string path, object body) => Intake.Ask(Who, Role, HttpMethod.Put, path, JsonContent.Create(body, options: JsonSerializerOptions.Web));

    public Task<Answer> PutText(string path, string body) => PutBytes(path, Encoding.UTF8.GetBytes(body));

    public Task<Answer> PutBytes(string path, byte[] body) =>
        Intake.Ask(Who, Role, HttpMethod.Put, path, new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } });
}

/// <summary>Status, JSON body (or nothing) and ETag.</summary>
public sealed record Answer(int Status, JsonElement Body, string? ETag)
{
    public string Slug => Body.GetProperty("type").GetString()!["urn:hotline111:".Length..];

    public JsonElement this[string member] => Body.GetProperty(member);

    /// <summary>This status, or the whole answer as the reason.</summary>
    public Answer ShouldBe(int status, string? slug = null)
    {
        Status.ShouldBe(status, Body.ValueKind == JsonValueKind.Undefined ? "" : Body.GetRawText());
        if (slug is not null)
            Slug.ShouldBe(slug);
        return this;
    }
}
