using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Hotline111.Local;
using Hotline111.Platform.Access;
using Hotline111.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Hotline111.Platform.Tests.Hosting;

/// <summary>What a small service needs from outside: a database, keys, and somebody who publishes the keys that tokens are signed with.</summary>
public sealed class Surroundings : IAsyncLifetime
{
    private const string Issuer = "https://hotline111.local";

    private readonly ECDsaSecurityKey signing = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "test" };
    private readonly string keyFile = Path.GetTempFileName();
    private WebApplication authority = null!;

    public ServiceDatabase Database { get; private set; } = null!;

    public string Administrator { get; private set; } = null!;

    /// <summary>Settings with which the small service runs; a test changes what it is about.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{FreePort()}",
        ["ConnectionStrings__Store"] = Database.Store,
        ["ConnectionStrings__Keys"] = Database.Keys,
        ["ConnectionStrings__Owner"] = Database.Owner,
        ["Privacy__MasterKey"] = "test:" + Convert.ToBase64String(SHA256.HashData("master"u8)),
        ["Access__Issuer"] = Issuer,
        ["Access__Authority"] = authority.Urls.First(),
        ["Access__ClientKeyFile"] = keyFile,
    };

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public string Token(string actor = "c1", string role = "counsellor") =>
        Access.Token.Write(signing, Issuer, "small", new TokenActor(actor, role, null, [], [], "s1"), DateTimeOffset.UtcNow);

    public async ValueTask InitializeAsync()
    {
        (Database, Administrator) = await Servers.DatabaseWithAdministrator("small");
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
        await using var migrate = SmallProcess.Start(Settings, "migrate");
        (await migrate.Exit()).ShouldBe(0, migrate.Errors);
    }

    public async ValueTask DisposeAsync()
    {
        await authority.DisposeAsync();
        File.Delete(keyFile);
        signing.ECDsa.Dispose();
    }
}

/// <summary>The small service as a process of its own.</summary>
public sealed class SmallProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new(), errors = new();

    private SmallProcess(Process process, Uri address)
    {
        this.process = process;
        Address = address;
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public int Id => process.Id;

    public IReadOnlyCollection<string> Output => output;

    public string Errors => string.Join('\n', errors);

    public static SmallProcess Start(Dictionary<string, string?> settings, params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        info.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Hotline111.SmallService.dll"));
        foreach (var argument in arguments)
            info.ArgumentList.Add(argument);
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith("OTEL_", StringComparison.Ordinal) || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToList())
            info.Environment.Remove(name);
        foreach (var (name, value) in settings)
        {
            if (value is null)
                info.Environment.Remove(name);
            else
                info.Environment[name] = value;
        }
        var small = new SmallProcess(Process.Start(info)!, Uri.TryCreate(settings.GetValueOrDefault("ASPNETCORE_URLS"), UriKind.Absolute, out var address) ? address : new Uri("http://127.0.0.1:1"));
        small.process.OutputDataReceived += (_, line) => Keep(small.output, line.Data);
        small.process.ErrorDataReceived += (_, line) => Keep(small.errors, line.Data);
        small.process.BeginOutputReadLine();
        small.process.BeginErrorReadLine();
        return small;

        static void Keep(ConcurrentQueue<string> lines, string? line)
        {
            if (line is not null)
                lines.Enqueue(line);
        }
    }

    public static async Task<SmallProcess> Ready(Dictionary<string, string?> settings)
    {
        var small = Start(settings);
        for (var tries = 0; !small.process.HasExited && tries < 600; tries++)
        {
            try
            {
                using var answer = await small.Http.GetAsync("/health/ready");
                if (answer.IsSuccessStatusCode)
                    return small;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(50);
        }
        var seen = small.Errors + string.Join('\n', small.Output);
        await small.DisposeAsync();
        throw new InvalidOperationException("The small service does not get ready: " + seen);
    }

    public async Task<int> Exit()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    public void Terminate() => Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();

    public async Task<Answer> Send(HttpMethod method, string path, string? token, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answer(
            (int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : default,
            answer.Headers.Concat(answer.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    public Task<Answer> Post(string path, string? token, object body, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Post, path, token, JsonContent.Create(body, options: JsonSerializerOptions.Web), headers);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
        process.Dispose();
    }
}

public sealed record Answer(int Status, string? MediaType, JsonElement Body, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>The slug of a problem; fails when the answer is no whole problem.</summary>
    public string Slug
    {
        get
        {
            MediaType.ShouldBe("application/problem+json", Body.ValueKind == JsonValueKind.Undefined ? "" : Body.GetRawText());
            Body.GetProperty("status").GetInt32().ShouldBe(Status);
            Body.GetProperty("title").GetString().ShouldNotBeNullOrWhiteSpace();
            Body.GetProperty("traceId").GetString().ShouldNotBeNullOrWhiteSpace();
            Header("Cache-Control").ShouldBe("no-store");
            var type = Body.GetProperty("type").GetString()!;
            type.ShouldStartWith("urn:hotline111:");
            return type["urn:hotline111:".Length..];
        }
    }
}

/// <summary>One running small service for the tests of a class.</summary>
public sealed class RunningSmall : IAsyncLifetime
{
    public Surroundings Surroundings { get; } = new();

    public SmallProcess Small { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Surroundings.InitializeAsync();
        Small = await SmallProcess.Ready(Surroundings.Settings);
    }

    public async ValueTask DisposeAsync()
    {
        if (Small is not null)
            await Small.DisposeAsync();
        await Surroundings.DisposeAsync();
    }
}
