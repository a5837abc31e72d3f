using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Hotline111.Local;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Npgsql;
using Shouldly;

namespace Hotline111.Testing;

/// <summary>
/// A service's doors and read models in this process, on a database of its own: with the platform's access, problems and store, and without the broker.
/// What other services tell is delivered by the test, message by message.
/// </summary>
public sealed class ServiceUnderTest : IAsyncDisposable
{
    private const string Issuer = "https://hotline111.local";

    private readonly ECDsaSecurityKey signing = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "test" };
    private readonly string service;
    private readonly string folder = Directory.CreateTempSubdirectory("hotline111-service-").FullName;
    private readonly ServiceDatabase database;
    private WebApplication? app;
    private WebApplication? authority;
    private HttpClient? http;

    private ServiceUnderTest(string service, ServiceDatabase database, string administrator) => (this.service, this.database, Administrator) = (service, database, administrator);

    /// <summary>Connection string of the superuser, for looking behind the roles.</summary>
    public string Administrator { get; }

    /// <summary>Connection string of the role that owns the tables.</summary>
    public string Owner => database.Owner;

    public IServiceProvider Services => app!.Services;

    public EventStore Store => Services.GetRequiredService<EventStore>();

    /// <summary>Starts it.</summary>
    /// <param name="service">Its name: audience of its tokens, and name of its migrations.</param>
    /// <param name="migrations">The service's assembly.</param>
    /// <param name="store">Its families and read models.</param>
    /// <param name="parts">What else it is made of; a file in the given folder may hold a key.</param>
    /// <param name="doors">Maps its endpoints.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<ServiceUnderTest> Start(
        string service, Assembly migrations, Action<EventStoreBuilder> store, Action<WebApplicationBuilder, string> parts, Action<WebApplication> doors, CancellationToken ct)
    {
        var (database, administrator) = await Servers.DatabaseWithAdministrator(service);
        await Migration.Apply(database.Owner, [.. MigrationSet.Platform, new MigrationSet(service, migrations, "")], ct);
        ServiceUnderTest started = new(service, database, administrator);
        await started.StartAuthority(ct);

        var builder = PlatformHost.CreateBuilder([]);
        var keyFile = Path.Combine(started.folder, "client.pem");
        await File.WriteAllTextAsync(keyFile, started.signing.ECDsa.ExportPkcs8PrivateKeyPem(), ct);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration["ConnectionStrings:Store"] = database.Store;
        builder.Configuration["ConnectionStrings:Keys"] = database.Keys;
        builder.Configuration["Privacy:MasterKey"] = "test:" + Convert.ToBase64String(SHA256.HashData("master"u8));
        builder.Configuration["Access:Issuer"] = Issuer;
        builder.Configuration["Access:Authority"] = started.authority!.Urls.First();
        builder.Configuration["Access:ClientKeyFile"] = keyFile;
        builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = "";
        builder.AddPlatform(service);
        builder.Logging.ClearProviders();
        builder.AddAccess(service);
        builder.AddEventStore(service, store);
        parts(builder, started.folder);
        started.app = builder.Build();
        started.app.UsePlatform();
        doors(started.app);
        await started.app.StartAsync(ct);
        started.http = new HttpClient { BaseAddress = new Uri(started.app.Urls.First()), Timeout = TimeSpan.FromMinutes(1) };
        return started;
    }

    /// <summary>Gives a message its effect, as the inbox does: in a transaction, and again when another writer was first.</summary>
    /// <param name="stream">The stream it tells of.</param>
    /// <param name="id">The message's id; a new one if left out.</param>
    public async Task Deliver<T>(Effect<T> effect, T message, Guid stream, CancellationToken ct, Guid? id = null)
    {
        Received<T> received = new(message, id ?? Guid.CreateVersion7(), "test", stream, 1, DateTimeOffset.UtcNow, null, null);
        for (var tries = 0; ; tries++)
        {
            await using var connection = await Store.Source.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            try
            {
                StoreTransaction joined = new(connection, transaction);
                await effect(received, joined, Services, ct);
                await transaction.CommitAsync(ct);
                if (joined.Appended)
                    Services.GetRequiredService<LogSignal>().Appended();
                return;
            }
            catch (StreamConflictException) when (tries < 20)
            {
                await transaction.RollbackAsync(ct);
            }
        }
    }

    /// <summary>One value, asked as the superuser.</summary>
    public async Task<T> Scalar<T>(string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(Administrator);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>A request by somebody with a role; null for nobody.</summary>
    public async Task<ServiceAnswer> Send(HttpMethod method, string path, string? role, object? body, CancellationToken ct, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, options: JsonSerializerOptions.Web) };
        if (role is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token.Write(signing, Issuer, service, new TokenActor($"the-{role}", role, null, [], [], "s1"), DateTimeOffset.UtcNow));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        using var answer = await http!.SendAsync(request, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        return new((int)answer.StatusCode, text.StartsWith('{') ? JsonElement.Parse(text) : default, answer.Headers.ETag?.Tag);
    }

    /// <summary>A command or creation.</summary>
    public Task<ServiceAnswer> Post(string path, string? role, object? body, CancellationToken ct, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Post, path, role, body ?? new { }, ct, headers);

    public Task<ServiceAnswer> Get(string path, string? role, CancellationToken ct) => Send(HttpMethod.Get, path, role, null, ct);

    public async ValueTask DisposeAsync()
    {
        http?.Dispose();
        foreach (var running in new[] { app, authority })
        {
            if (running is not null)
                await running.DisposeAsync();
        }

        signing.ECDsa.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Publishes the keys that tokens are signed with, as the gateway does.</summary>
    private async Task StartAuthority(CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        authority = builder.Build();
        var parameters = signing.ECDsa.ExportParameters(includePrivateParameters: false);
        authority.MapGet("/.well-known/jwks.json", () => TypedResults.Ok(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", kid = "test", use = "sig", alg = "ES256", x = Base64UrlEncoder.Encode(parameters.Q.X), y = Base64UrlEncoder.Encode(parameters.Q.Y) } },
        }));
        await authority.StartAsync(ct);
    }
}

/// <summary>What a door answered.</summary>
/// <param name="Body">The JSON object; undefined when there is none.</param>
public sealed record ServiceAnswer(int Status, JsonElement Body, string? ETag)
{
    /// <summary>The slug of a problem.</summary>
    public string Slug
    {
        get
        {
            Status.ShouldBeGreaterThanOrEqualTo(400);
            return Body.GetProperty("type").GetString()!["urn:hotline111:".Length..];
        }
    }

    /// <summary>The body of a success; fails with the problem otherwise.</summary>
    public JsonElement Ok
    {
        get
        {
            Status.ShouldBeInRange(200, 299, Body.ValueKind == JsonValueKind.Undefined ? "" : Body.GetRawText());
            return Body;
        }
    }
}
