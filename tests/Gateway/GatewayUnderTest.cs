using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Accounts;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Local;
using Hotline111.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.IdentityModel.Tokens;

namespace Hotline111.Gateway.Tests;

/// <summary>A clock for a whole little platform, which stands until it is set forward: however long a machine takes, no token ends and no code changes meanwhile.</summary>
public sealed class TestClock : TimeProvider
{
    private readonly DateTimeOffset _began = System.GetUtcNow();
    private readonly long _beganAt = System.GetTimestamp();
    private long _forward;
    private long _off;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _forward, by.Ticks);

    /// <summary>Sets the time of day wrong by so much, as somebody sets a machine's clock: no time passes.</summary>
    public void Set(TimeSpan off) => Interlocked.Exchange(ref _off, off.Ticks);

    public override DateTimeOffset GetUtcNow() => _began + TimeSpan.FromTicks(Interlocked.Read(ref _forward) + Interlocked.Read(ref _off));

    // In the same unit as it is set forward: two seconds more are two seconds more, and not a rounded nanosecond less.
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _beganAt + Interlocked.Read(ref _forward);
}

/// <summary>Somebody who can sign in.</summary>
public sealed record Person(string UserName, string Password, byte[] Secret, string Role);

/// <summary>The real gateway with a database of its own, and behind it a real service that verifies tokens as every service does.</summary>
public class GatewayUnderTest : IAsyncLifetime
{
    public const string Issuer = "https://hotline111.test";

    private readonly string _folder = Directory.CreateTempSubdirectory("hotline111-gateway-").FullName;
    private readonly Dictionary<string, ECDsa> _clientKeys = new() { ["referral"] = NewKey(), ["case"] = NewKey(), ["console"] = NewKey(), ["partner-a"] = NewKey() };
    private WebApplication? _gateway;

    /// <summary>Settings of this class of tests beside the usual ones.</summary>
    protected virtual IReadOnlyList<string> Settings => [];

    public TestClock Clock { get; } = new();

    public string OwnerConnection { get; private set; } = "";

    public string AppConnection { get; private set; } = "";

    public Uri Public { get; } = new($"http://127.0.0.1:{Port.Free()}");

    public Uri Internal { get; } = new($"http://127.0.0.1:{Port.Free()}");

    public Uri ReferralAddress { get; } = new($"http://127.0.0.1:{Port.Free()}");

    public Uri ConsoleAddress { get; } = new($"http://127.0.0.1:{Port.Free()}");

    public Uri AbsentAddress { get; } = new($"http://127.0.0.1:{Port.Free()}");

    public WebApplication Gateway => _gateway!;

    public WebApplication Referral { get; private set; } = null!;

    public string[] Arguments => [.. Setting("urls", Public.AbsoluteUri), .. Setting("Gateway:InternalUrl", Internal.AbsoluteUri),
        .. Setting("Access:Issuer", Issuer), .. Setting("ConnectionStrings:Store", AppConnection), .. Setting("ConnectionStrings:Owner", OwnerConnection),
        .. Setting("Gateway:ClientsFile", $"{_folder}/clients.json"), .. Setting("Gateway:SigningKeyProtection", $"p1:{Convert.ToBase64String(new byte[32])}"),
        .. Setting("Gateway:Demo", "true"), .. Setting("Peers:referral", ReferralAddress.AbsoluteUri), .. Setting("Peers:intake", AbsentAddress.AbsoluteUri),
        .. Setting("Peers:console", ConsoleAddress.AbsoluteUri), .. Setting("Pages:FormKey", $"f1:{Convert.ToBase64String(new byte[32])}"),
        .. Setting("Peers:case", AbsentAddress.AbsoluteUri), .. Setting("Peers:agency-notification", AbsentAddress.AbsoluteUri),
        .. Setting("Gateway:Limits:SignInPerMinute", "6000"), .. Setting("Logging:LogLevel:Default", "Warning"), .. Settings];

    public async ValueTask InitializeAsync()
    {
        var database = await Servers.Database("gateway");
        (OwnerConnection, AppConnection) = (database.Owner, database.Store);
        await Migration.Apply(OwnerConnection, [GatewayProgram.Migrations], CancellationToken.None);
        var clients = _clientKeys.Select(key => new
        {
            clientId = key.Key,
            role = key.Key == "partner-a" ? Roles.Partner : Roles.Service,
            agency = key.Key == "partner-a" ? "c02" : null,
            publicKeyPem = key.Value.ExportSubjectPublicKeyInfoPem(),
        });
        await File.WriteAllTextAsync($"{_folder}/clients.json", JsonSerializer.Serialize(clients));
        foreach (var (name, key) in _clientKeys)
        {
            await File.WriteAllTextAsync($"{_folder}/{name}.pem", key.ExportPkcs8PrivateKeyPem());
        }

        await StartGateway();
        Referral = await StartService("referral", ReferralAddress);
    }

    public async Task StartGateway()
    {
        _gateway = GatewayProgram.Build(Arguments, services =>
        {
            services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
            Patient(services);

            // A hundred test accounts shall not cost a hundred slow hashes; that the product's are slow is asked of the real process.
            services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = 1000);
        });
        await _gateway.StartAsync();
    }

    /// <summary>The settings of a process that verifies tokens for the console.</summary>
    protected IReadOnlyDictionary<string, string?> ConsoleSettings => new Dictionary<string, string?>
    {
        ["urls"] = ConsoleAddress.AbsoluteUri,
        ["Access:Issuer"] = Issuer,
        ["Access:Authority"] = Internal.AbsoluteUri,
        ["Access:ClientKeyFile"] = $"{_folder}/console.pem",
        ["Logging:LogLevel:Default"] = "Error",
    };

    public async Task StopGateway()
    {
        await _gateway!.StopAsync();
        await _gateway.DisposeAsync();
    }

    /// <summary>Nobody here is away, however late an answer comes on a machine that stands still.</summary>
    protected static void Patient(IServiceCollection services) =>
        services.PostConfigureAll<HttpClientFactoryOptions>(clients => clients.HttpClientActions.Add(client => client.Timeout = TimeSpan.FromMinutes(5)));

    /// <summary>A service behind the gateway, with one open door for each question of the tests.</summary>
    public async Task<WebApplication> StartService(string name, Uri address, Uri? authority = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = address.AbsoluteUri,
            ["Access:Issuer"] = Issuer,
            ["Access:Authority"] = (authority ?? Internal).AbsoluteUri,
            ["Access:ClientKeyFile"] = $"{_folder}/{name}.pem",
            ["Logging:LogLevel:Default"] = "Error",
        });
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.AddPlatform(name);
        builder.AddAccess(name);
        Patient(builder.Services);
        var app = builder.Build();
        app.UsePlatform();
        var table = new AccessTable(
            new AccessRule("referral.read", Roles.People, "any"),
            new AccessRule("referral.acknowledge", [Roles.Liaison], "desk"));
        app.MapGet("/referrals/echo", Echo).RequireAction(table, "referral.read").WithSummary("Tells what arrived");
        app.MapPost("/referrals", async (HttpRequest request, HttpResponse response) =>
        {
            using var copy = new MemoryStream();
            await request.Body.CopyToAsync(copy);
            response.Headers.Location = "/referrals/0198";
            response.Headers.Server = "something";
            response.StatusCode = StatusCodes.Status201Created;
        }).RequireAction(table, "referral.read");
        app.MapPost("/referrals/acknowledge", (Note note) => Results.NoContent()).RequireAction(table, "referral.acknowledge").WithSummary("Xác nhận <đã nhận>");
        app.MapGet("/internal/published", () => Results.Ok()).RequireService();
        AddDoors(app, table);
        await app.StartAsync();
        return app;
    }

    /// <summary>Doors of the service behind that this class of tests needs beside the usual ones.</summary>
    protected virtual void AddDoors(WebApplication service, AccessTable table)
    {
    }

    /// <summary>An account made as seed-demo makes it.</summary>
    public async Task<Person> NewPerson(string role = Roles.Counsellor, string? agency = null, string[]? desks = null, string[]? provinces = null)
    {
        var person = new Person($"u-{Guid.NewGuid():N}"[..14], "mật khẩu dài và dễ nhớ", Totp.NewSecret(), role);
        await using var scope = Gateway.Services.CreateAsyncScope();
        var errors = await scope.ServiceProvider.GetRequiredService<Enrolment>()
            .EnrolKnown(new NewAccount(person.UserName, "Người thử", role, agency, desks, provinces), person.Password, person.Secret);
        errors.ShouldBeEmpty();
        return person;
    }

    /// <summary>The code that the person's authenticator shows now.</summary>
    public string CodeOf(Person person) => OneTimeCode(person.Secret, Clock.GetUtcNow());

    public Task<HttpResponseMessage> TrySignIn(Person person, string? password = null, string? code = null, string? userName = null, Uri? at = null) =>
        Browser(at: at).PostAsJsonAsync("/auth/sign-in", new { userName = userName ?? person.UserName, password = password ?? person.Password, code = code ?? CodeOf(person) });

    /// <summary>Signs in and answers a client that carries the session's cookie.</summary>
    public async Task<HttpClient> SignIn(Person person)
    {
        using var answer = await TrySignIn(person);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return Browser(CookieOf(answer));
    }

    public async Task<HttpClient> SignInAs(string role, string? agency = null, string[]? desks = null, string[]? provinces = null) =>
        await SignIn(await NewPerson(role, agency, desks, provinces));

    public static string CookieOf(HttpResponseMessage answer) => answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

    /// <summary>A client at the public door; its cookie is sent as a browser on localhost would, though there is no TLS.</summary>
    public HttpClient Browser(string? cookie = null, Uri? at = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = at ?? Public };
        if (cookie is not null)
        {
            client.DefaultRequestHeaders.Add("Cookie", cookie);
        }

        return client;
    }

    /// <summary>A client that shows a token, straight at a service.</summary>
    public HttpClient Machine(string? token, Uri? at = null)
    {
        var client = new HttpClient { BaseAddress = at ?? ReferralAddress };
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return client;
    }

    public ECDsaSecurityKey ClientKey(string client) => new(_clientKeys[client]) { KeyId = client };

    /// <summary>Asks for a machine token; the parts of the request can be changed one by one.</summary>
    public async Task<HttpResponseMessage> AskToken(string client, string audience, Uri? at = null, string? assertion = null, string grant = "client_credentials")
    {
        using var http = new HttpClient { BaseAddress = at ?? Internal };
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = grant,
            ["client_assertion_type"] = ClientAssertion.Type,
            ["client_assertion"] = assertion ?? ClientAssertion.Write(ClientKey(client), client, Issuer, Clock.GetUtcNow()),
            ["audience"] = audience,
        });
        return await http.PostAsync("/auth/token", form);
    }

    public async Task<string> MachineToken(string client, string audience, Uri? at = null)
    {
        using var answer = await AskToken(client, audience, at);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return (string)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!;
    }

    public static async Task<JsonObject> JsonOf(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonObject>())!;

    public static async Task<string> TextOf(HttpResponseMessage answer) => await answer.Content.ReadAsStringAsync();

    public static async Task<JsonObject> Json(HttpClient client, string path) => (await client.GetFromJsonAsync<JsonObject>(path))!;

    public static Task<HttpResponseMessage> Get(HttpClient client, string path, params (string Name, string Value)[] headers) =>
        Send(client, HttpMethod.Get, path, null, headers);

    public static Task<HttpResponseMessage> Post(HttpClient client, string path, object? body = null, params (string Name, string Value)[] headers) =>
        Send(client, HttpMethod.Post, path, body is HttpContent content ? content : JsonContent.Create(body ?? new { }), headers);

    public static async Task<HttpResponseMessage> Send(
        HttpClient client, HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        return await client.SendAsync(request);
    }

    /// <summary>The slug of a problem, after a look at its form.</summary>
    public static async Task<string> ProblemOf(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json", text);
        var problem = JsonNode.Parse(text)!.AsObject();
        ((int)problem["status"]!).ShouldBe((int)answer.StatusCode);
        ((string?)problem["title"]).ShouldNotBeNullOrEmpty();
        ((string?)problem["traceId"]).ShouldNotBeNullOrEmpty();
        return ((string)problem["type"]!)["urn:hotline111:".Length..];
    }

    public async ValueTask DisposeAsync()
    {
        await Referral.DisposeAsync();
        // In order: what is cut off in the middle of its work takes that for a fault, and says so.
        await StopGateway();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>RFC 6238 written a second time, so that a mistake in the product's is not repeated by its test.</summary>
    public static string OneTimeCode(byte[] secret, DateTimeOffset at)
    {
        var counter = BitConverter.GetBytes(at.ToUnixTimeSeconds() / 30);
        Array.Reverse(counter);
#pragma warning disable CA5350 // The algorithm of RFC 6238.
        var hash = HMACSHA1.HashData(secret, counter);
#pragma warning restore CA5350
        var offset = hash[19] & 15;
        var number = ((hash[offset] & 127) << 24) | (hash[offset + 1] << 16) | (hash[offset + 2] << 8) | hash[offset + 3];
        return (number % 1000000).ToString("000000", CultureInfo.InvariantCulture);
    }

    private static string[] Setting(string name, string value) => [$"--{name}", value];

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public sealed record Note(string? Text = null);

    private static IResult Echo(HttpContext context) => Results.Ok(new
    {
        actor = context.User.ActorId,
        role = context.User.Role,
        agency = context.User.AgencyId,
        desks = context.User.DeskIds,
        provinces = context.User.Provinces,
        session = context.User.SessionId,
        path = context.Request.Path.Value,
        headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()),
    });
}
