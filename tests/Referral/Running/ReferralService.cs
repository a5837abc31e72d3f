using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Case.V1;
using Hotline111.Local;
using Hotline111.Platform.Access;
using Hotline111.Platform.Privacy;
using Hotline111.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Hotline111.Referral.Tests.Running;

/// <summary>Somebody who is signed in.</summary>
public sealed record Person(string Id, string Role, string? Agency = null, params IReadOnlyList<string> Desks)
{
    public static readonly Person Counsellor = new("counsellor-1", Roles.Counsellor);
    public static readonly Person Supervisor = new("supervisor-1", Roles.Supervisor);
    public static readonly Person Police = Liaison("police-1", "police.08");
    public static readonly Person PoliceColleague = Liaison("police-2", "police.08");
    public static readonly Person Border = Liaison("border-1", "border-guard.08");

    /// <summary>A liaison of one desk.</summary>
    public static Person Liaison(string id, string desk) => new(id, Roles.Liaison, AgencyOf(desk), desk);

    public static string AgencyOf(string desk) => Contracts.Catalogues.AgencyDirectory.FindDesk(desk)!.AgencyId;
}

/// <summary>What a door answered.</summary>
public sealed record Reply(int Status, JsonElement Body, string? ETag)
{
    /// <summary>The slug of a problem.</summary>
    public string Slug => Body.GetProperty("type").GetString()!["urn:hotline111:".Length..];

    /// <summary>The fields that a refused request names.</summary>
    public IReadOnlyList<string> Errors => [.. Body.GetProperty("errors").EnumerateObject().Select(error => error.Name)];

    public Reply ShouldBe(int status)
    {
        Status.ShouldBe(status, Body.ValueKind == JsonValueKind.Undefined ? "" : Body.GetRawText());
        return this;
    }
}

/// <summary>The service as a process of its own, on its own database, without a broker: what its doors do needs no other service.</summary>
public sealed class ReferralService : IAsyncLifetime
{
    private const string Issuer = "https://hotline111.local";

    private readonly ECDsaSecurityKey signing = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "test" };
    private readonly ECDsa release = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string folder = System.IO.Directory.CreateTempSubdirectory("hotline111-referral-").FullName;
    private readonly string masterKey = "test:" + Convert.ToBase64String(SHA256.HashData("master"u8));
    private readonly ConcurrentQueue<string> output = new();
    private WebApplication authority = null!;
    private Process? process;
    private HttpClient http = null!;

    /// <summary>The same database, seen from beside the process.</summary>
    public ReferralStore Beside { get; private set; } = null!;

    /// <summary>What the process has written.</summary>
    public string Output => string.Join('\n', output);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var (database, administrator) = await Servers.DatabaseWithAdministrator("referral");
        await File.WriteAllTextAsync(Path.Combine(folder, "client.pem"), signing.ECDsa.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(Path.Combine(folder, "release.pem"), release.ExportSubjectPublicKeyInfoPem());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        authority = builder.Build();
        var point = signing.ECDsa.ExportParameters(false).Q;
        authority.MapGet("/.well-known/jwks.json", () => TypedResults.Ok(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", kid = "test", use = "sig", alg = "ES256", x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) } },
        }));
        await authority.StartAsync();

        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        Dictionary<string, string> settings = new()
        {
            ["ASPNETCORE_URLS"] = address.GetLeftPart(UriPartial.Authority),
            ["ConnectionStrings__Store"] = database.Store,
            ["ConnectionStrings__Keys"] = database.Keys,
            ["ConnectionStrings__Owner"] = database.Owner,
            ["Privacy__MasterKey"] = masterKey,
            ["Access__Issuer"] = Issuer,
            ["Access__Authority"] = authority.Urls.First(),
            ["Access__ClientKeyFile"] = Path.Combine(folder, "client.pem"),
            ["Release__VerificationKeyFile"] = Path.Combine(folder, "release.pem"),
            ["Broker__Uri"] = "amqp://nobody:nothing@127.0.0.1:1/none",
        };
        using (var migrate = Start(settings, "migrate"))
        {
            await migrate.WaitForExitAsync();
            migrate.ExitCode.ShouldBe(0, Output);
        }

        process = Start(settings);
        http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(3) };
        Beside = await ReferralStore.Open(database, administrator, masterKey, running: false);
        await ReferralStore.Until(async () =>
        {
            process.HasExited.ShouldBeFalse(Output);
            try
            {
                using var ready = await http.GetAsync(new Uri("health/ready", UriKind.Relative));
                return ready.IsSuccessStatusCode && (await Get(Person.Supervisor, "desks")).Body.GetArrayLength() == Contracts.Catalogues.AgencyDirectory.Desks.Length;
            }
            catch (HttpRequestException)
            {
                return false; // Not listening yet.
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (Beside is not null)
            await Beside.DisposeAsync();
        if (process is { HasExited: false })
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process?.Dispose();
        http?.Dispose();
        await authority.DisposeAsync();
        System.IO.Directory.Delete(folder, recursive: true);
        signing.ECDsa.Dispose();
        release.Dispose();
    }

    public Task<Reply> Get(Person person, string path) => Send(person, HttpMethod.Get, path, null);

    public Task<Reply> Post(Person person, string path, object? body = null, params (string Name, string Value)[] headers) => Send(person, HttpMethod.Post, path, body, headers);

    /// <summary>A command that must succeed.</summary>
    public async Task<Reply> Give(Person person, Guid referral, string command, object? body = null)
    {
        var reply = await Post(person, $"referrals/{referral}/{command}", body);
        reply.Status.ShouldBeInRange(200, 201, $"{command}: {reply.Body}");
        return reply;
    }

    /// <summary>An emergency that was sent to these desks; the first one leads.</summary>
    public async Task<IReadOnlyList<Guid>> Emergency(Guid caseId, params string[] desks)
    {
        var sent = await Post(Person.Counsellor, "referrals/emergency", new
        {
            id = Guid.CreateVersion7(),
            caseId,
            contactId = Guid.CreateVersion7(),
            desks,
            purpose = "verify_rescue",
            need = "Nhu cầu hư cấu.",
            narrative = (string?)null,
            persons = new[] { new { id = Guid.CreateVersion7(), name = "Người hư cấu" } },
        });
        sent.ShouldBe(200);
        return [.. sent.Body.GetProperty("referrals").EnumerateArray().Select(each => each.GetProperty("id").GetGuid())];
    }

    /// <summary>A draft of the counsellor.</summary>
    public async Task<Guid> Draft(Guid caseId, string desk = "police.08", string urgency = "standard", string? part = null, Person? by = null)
    {
        var drafted = await Post(by ?? Person.Counsellor, "referrals", new { caseId, deskId = desk, purpose = "verify_rescue", urgency, part });
        return drafted.ShouldBe(201).Body.GetProperty("id").GetGuid();
    }

    /// <summary>Hands in the package as Case would have released it.</summary>
    public async Task Submit(Guid referral, Guid caseId, string desk, params Guid[] persons) =>
        await Give(Person.Counsellor, referral, "submit", new { release = await Release(caseId, desk, persons) });

    /// <summary>A referral that a supervisor let go out.</summary>
    public async Task<Guid> Sent(Guid? inCase = null, string desk = "police.08", string urgency = "standard", string? part = null, params Guid[] persons)
    {
        var caseId = inCase ?? Guid.CreateVersion7();
        var referral = await Draft(caseId, desk, urgency, part);
        await Submit(referral, caseId, desk, persons);
        if (urgency != "emergency")
            await Give(Person.Supervisor, referral, "approve");
        return referral;
    }

    /// <summary>The sheet as this reader sees it.</summary>
    public async Task<JsonElement> Sheet(Person person, Guid referral) => (await Get(person, $"referrals/{referral}")).ShouldBe(200).Body;

    /// <summary>The ids of a list, all pages.</summary>
    public async Task<IReadOnlyList<Guid>> All(Person person, string path, int limit = 200)
    {
        List<Guid> ids = [];
        string? cursor = null;
        do
        {
            var page = (await Get(person, $"{path}{(path.Contains('?') ? '&' : '?')}limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}")).ShouldBe(200).Body;
            ids.AddRange(page.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("id").GetGuid()));
            cursor = page.GetProperty("cursor").GetString();
        }
        while (cursor is not null);
        return ids;
    }

    private async Task<object> Release(Guid caseId, string desk, Guid[] persons)
    {
        var profile = (await Get(Person.Supervisor, $"desks/{desk}")).Body.GetProperty("profile").GetString()!;
        var package = JsonSerializer.SerializeToElement(new JsonObject
        {
            ["request"] = new JsonObject { ["purpose"] = "verify_rescue", ["need"] = "Nhu cầu hư cấu." },
            ["persons"] = new JsonArray([.. persons.Select(person => new JsonObject { ["id"] = person.ToString("D"), ["name"] = "Người hư cấu" })]),
        });
        var (hash, at) = (Convert.ToHexStringLower(CanonicalJson.Hash(package)), DateTimeOffset.UtcNow);
        var signature = release.SignData(ReleaseEnvelope.SignedText(caseId, desk, profile, "consent", hash, at), HashAlgorithmName.SHA256);
        return new { caseId, deskId = desk, profile, basis = "consent", packageHash = hash, releasedAt = at, signature = Convert.ToBase64String(signature), package };
    }

    /// <summary>Asks, and asks again as the answer advises while the service is busy.</summary>
    private async Task<Reply> Send(Person person, HttpMethod method, string path, object? body, params (string Name, string Value)[] headers)
    {
        for (var tries = 0; ; tries++)
        {
            var reply = await Once(person, method, path, body, headers);
            if (reply.Status != 503 || tries == 60)
                return reply;
            await Task.Delay(TimeSpan.FromSeconds(1), Ct);
        }
    }

    private async Task<Reply> Once(Person person, HttpMethod method, string path, object? body, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body, options: JsonSerializerOptions.Web) };
        var actor = new TokenActor(person.Id, person.Role, person.Agency, person.Desks, [], "session-1");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token.Write(signing, Issuer, "referral", actor, DateTimeOffset.UtcNow));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        using var answer = await http.SendAsync(request, Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        return new((int)answer.StatusCode, text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text), answer.Headers.ETag?.Tag);
    }

    private Process Start(Dictionary<string, string> settings, params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        info.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Hotline111.Referral.dll"));
        foreach (var argument in arguments)
            info.ArgumentList.Add(argument);
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith("OTEL_", StringComparison.Ordinal) || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToList())
            info.Environment.Remove(name);
        foreach (var (name, value) in settings)
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
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>The tests that share one running service, one after another.</summary>
[CollectionDefinition]
public sealed class OneService : ICollectionFixture<ReferralService>;
