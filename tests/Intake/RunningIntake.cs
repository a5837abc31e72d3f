using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Hotline111.Platform.Access;
using Hotline111.Testing;
using Npgsql;

namespace Hotline111.Intake.Tests;

/// <summary>Intake as a process of its own on a database of its own. Its broker is away: nothing tried here needs one.</summary>
public sealed class RunningIntake : IAsyncLifetime
{
    private const string Program = "Hotline111.Intake";

    private readonly List<ServiceProcess> lives = [];
    private Surroundings surroundings = null!;

    /// <summary>What the process wrote to its log, in all its lives.</summary>
    public IReadOnlyCollection<string> Output => [.. lives.SelectMany(life => life.Written.Split('\n'))];

    /// <summary>The settings of the process, as its environment has them.</summary>
    public Dictionary<string, string?> Settings { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        surroundings = await Surroundings.Of("intake");
        Settings = new(surroundings.Settings) { ["Broker__Uri"] = "amqp://intake:nobody@127.0.0.1:1/nowhere" };
        await ServiceProcess.Do(Program, Settings, "migrate");
        await Start();
    }

    /// <summary>Kills the process as the kernel does, and starts it anew.</summary>
    public async Task KillAndStart()
    {
        await lives[^1].Kill();
        await Start();
    }

    /// <summary>A request in somebody's name.</summary>
    public async Task<Answer> Ask(string who, string role, HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", surroundings.Token(new TokenActor(who, role, null, [], [], "s1")));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        using var answer = await lives[^1].Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new((int)answer.StatusCode, text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : default, answer.Headers.ETag?.Tag);
    }

    public Colleague As(string who, string role = "counsellor") => new(this, who, role);

    /// <summary>One value from the database, as the superuser.</summary>
    public async Task<T> Look<T>(string sql, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(surroundings.Administrator);
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 600;
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private async Task Start()
    {
        lives.Add(await ServiceProcess.Ready(Program, Settings));
        await surroundings.Recognised(lives[^1].Http);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var life in lives)
            await life.DisposeAsync();
        if (surroundings is not null)
            await surroundings.DisposeAsync();
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
