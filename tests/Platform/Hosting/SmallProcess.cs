using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Hotline111.Local;
using Hotline111.Platform.Access;
using Hotline111.Testing;

namespace Hotline111.Platform.Tests.Hosting;

/// <summary>What the small service needs from outside, its database migrated.</summary>
public sealed class SmallSurroundings : IAsyncLifetime
{
    private Surroundings surroundings = null!;

    public ServiceDatabase Database => surroundings.Database;

    public string Administrator => surroundings.Administrator;

    /// <summary>Settings with which the small service runs; a test changes what it is about.</summary>
    public Dictionary<string, string?> Settings => surroundings.Settings;

    public string Token(string actor = "c1", string role = "counsellor") => surroundings.Token(new TokenActor(actor, role, null, [], [], "s1"));

    /// <summary>The small service, running, and able to tell who asks.</summary>
    public async Task<ServiceProcess> Ready(Dictionary<string, string?> settings)
    {
        var small = await SmallProcess.Ready(settings);
        await surroundings.Recognised(small.Http);
        return small;
    }

    public async ValueTask InitializeAsync()
    {
        surroundings = await Surroundings.Of("small");
        await ServiceProcess.Do(SmallProcess.Program, Settings, "migrate");
    }

    public ValueTask DisposeAsync() => surroundings.DisposeAsync();
}

/// <summary>The small service as a process of its own.</summary>
public static class SmallProcess
{
    public const string Program = "Hotline111.SmallService";

    public static ServiceProcess Start(Dictionary<string, string?> settings, params string[] arguments) => ServiceProcess.Start(Program, settings, arguments);

    public static Task<ServiceProcess> Ready(Dictionary<string, string?> settings) => ServiceProcess.Ready(Program, settings);

    public static async Task<Answer> Send(this ServiceProcess small, HttpMethod method, string path, string? token, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        using var answer = await small.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answer(
            (int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : default,
            answer.Headers.Concat(answer.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    public static Task<Answer> Post(this ServiceProcess small, string path, string? token, object body, params (string Name, string Value)[] headers) =>
        small.Send(HttpMethod.Post, path, token, JsonContent.Create(body, options: JsonSerializerOptions.Web), headers);
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
    public SmallSurroundings Surroundings { get; } = new();

    public ServiceProcess Small { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Surroundings.InitializeAsync();
        Small = await Surroundings.Ready(Surroundings.Settings);
    }

    public async ValueTask DisposeAsync()
    {
        if (Small is not null)
            await Small.DisposeAsync();
        await Surroundings.DisposeAsync();
    }
}
