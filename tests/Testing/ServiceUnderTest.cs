using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shouldly;

namespace Hotline111.Testing;

/// <summary>
/// A service's doors and read models in this process, on a database of its own: with the platform's access, problems and store, and without the broker.
/// What other services tell is delivered by the test, message by message.
/// </summary>
public sealed class ServiceUnderTest : IAsyncDisposable
{
    private readonly Surroundings surroundings;
    private WebApplication? app;
    private HttpClient? http;

    private ServiceUnderTest(Surroundings surroundings) => this.surroundings = surroundings;

    /// <summary>Connection string of the superuser, for looking behind the roles.</summary>
    public string Administrator => surroundings.Administrator;

    /// <summary>Connection string of the role that owns the tables.</summary>
    public string Owner => surroundings.Database.Owner;

    public IServiceProvider Services => app!.Services;

    public EventStore Store => Services.GetRequiredService<EventStore>();

    /// <summary>Starts it.</summary>
    /// <param name="service">Its name: audience of its tokens, and name of its migrations.</param>
    /// <param name="migrations">The service's assembly.</param>
    /// <param name="store">Its families and read models.</param>
    /// <param name="parts">What else it is made of; may keep files where the surroundings say.</param>
    /// <param name="doors">Maps its endpoints.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<ServiceUnderTest> Start(
        string service, Assembly migrations, Action<EventStoreBuilder> store, Action<WebApplicationBuilder, Surroundings> parts, Action<WebApplication> doors, CancellationToken ct)
    {
        ServiceUnderTest started = new(await Surroundings.Of(service));
        await Migration.Apply(started.Owner, [.. MigrationSet.Platform, new MigrationSet(service, migrations, "")], ct);
        var builder = PlatformHost.CreateBuilder([]);
        foreach (var (name, value) in started.surroundings.Settings)
            builder.Configuration[name.Replace("__", ":", StringComparison.Ordinal)] = value;
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = "";
        builder.AddPlatform(service);
        builder.Logging.ClearProviders();
        builder.AddAccess(service);
        builder.AddEventStore(service, store);
        // What it asks another for takes as long as it takes.
        builder.Services.PostConfigureAll<HttpClientFactoryOptions>(clients => clients.HttpClientActions.Add(client => client.Timeout = TimeSpan.FromMinutes(5)));
        parts(builder, started.surroundings);
        started.app = builder.Build();
        started.app.UsePlatform();
        doors(started.app);
        await started.app.StartAsync(ct);
        started.http = new HttpClient { BaseAddress = new Uri(started.app.Urls.First()), Timeout = TimeSpan.FromMinutes(5) };
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
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", surroundings.Token(new TokenActor($"the-{role}", role, null, [], [], "s1")));
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
        if (app is not null)
            await app.DisposeAsync();
        await surroundings.DisposeAsync();
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
