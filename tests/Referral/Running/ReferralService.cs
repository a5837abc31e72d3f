using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Case.V1;
using Hotline111.Platform.Access;
using Hotline111.Platform.Privacy;
using Hotline111.Testing;

namespace Hotline111.Referral.Tests.Running;

/// <summary>Somebody who is signed in.</summary>
public sealed record Person(string Id, string Role, string? Agency = null, params IReadOnlyList<string> Desks)
{
    public static readonly Person Counsellor = new("counsellor-1", Roles.Counsellor);
    public static readonly Person Supervisor = new("supervisor-1", Roles.Supervisor);
    public static readonly Person Police = Liaison("police-1", "police.08");
    public static readonly Person PoliceColleague = Liaison("police-2", "police.08");
    public static readonly Person Border = Liaison("border-1", "border-guard.08");

    /// <summary>Provinces that the account is limited to; empty for none.</summary>
    public IReadOnlyList<string> Provinces { get; init; } = [];

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
    private const string Program = "Hotline111.Referral";

    private readonly ECDsa release = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private Surroundings? surroundings;
    private ServiceProcess? process;

    /// <summary>The same database, seen from beside the process.</summary>
    public ReferralStore Beside { get; private set; } = null!;

    /// <summary>What the process has written.</summary>
    public string Output => process!.Written;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        surroundings = await Surroundings.Of("referral");
        await File.WriteAllTextAsync(surroundings.PathOf("release.pem"), release.ExportSubjectPublicKeyInfoPem());
        Dictionary<string, string?> settings = new(surroundings.Settings)
        {
            ["Release__VerificationKeyFile"] = surroundings.PathOf("release.pem"),
            ["Broker__Uri"] = "amqp://nobody:nothing@127.0.0.1:1/none",
        };
        await ServiceProcess.Do(Program, settings, "migrate");
        process = await ServiceProcess.Ready(Program, settings);
        Beside = await ReferralStore.Open(surroundings.Database, surroundings.Administrator, Surroundings.MasterKey, running: false);
        // The directory is filled at the start.
        await ReferralStore.Until(async () => (await Get(Person.Supervisor, "desks")).Body.GetArrayLength() == Contracts.Catalogues.AgencyDirectory.Desks.Length);
    }

    public async ValueTask DisposeAsync()
    {
        if (Beside is not null)
            await Beside.DisposeAsync();
        if (process is not null)
            await process.DisposeAsync();
        if (surroundings is not null)
            await surroundings.DisposeAsync();
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

    /// <summary>Sends what Case has released since.</summary>
    public async Task Supplement(Guid referral, Guid caseId, string desk, params Guid[] persons) =>
        await Give(Person.Counsellor, referral, "supplement", new { release = await Release(caseId, desk, persons) });

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
        var actor = new TokenActor(person.Id, person.Role, person.Agency, person.Desks, person.Provinces, "session-1");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", surroundings!.Token(actor));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        using var answer = await process!.Http.SendAsync(request, Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        return new((int)answer.StatusCode, text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text), answer.Headers.ETag?.Tag);
    }
}

/// <summary>The tests that share one running service, one after another.</summary>
[CollectionDefinition]
public sealed class OneService : ICollectionFixture<ReferralService>;
