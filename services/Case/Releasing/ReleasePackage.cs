using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Case.Cases;
using Hotline111.Contracts.Case.V1;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Releasing;

/// <summary>
/// POST /cases/{id}/release: disclosure is decided where consent lives. Composes exactly the fields that the desk's release profile allows on the basis,
/// signs their hash, records the decision, and hands the package to the caller, who carries it to Referral.
/// </summary>
public static class ReleasePackage
{
    /// <summary>The largest package, in bytes of its canonical JSON: with its envelope it must fit into one request of 64 kB.</summary>
    public const int LargestPackage = 48 * 1024;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/release", Handle).RequireAction(CaseAccess.Table, "case.release")
            .DescribeRead("Cho phép chia sẻ: soạn và ký gói thông tin cho một đầu mối", "compose, sign and record the package for one desk");

    /// <param name="DeskId">The desk that may read it.</param>
    /// <param name="Basis">Why it may (list disclosure-basis).</param>
    /// <param name="Purpose">What is asked for (list referral-purpose).</param>
    /// <param name="Persons">About whom; none for a request without a known person.</param>
    /// <param name="Need">What is asked for, in words; goes to the desk.</param>
    public sealed record Body(string DeskId, string Basis, string Purpose, IReadOnlyList<Guid>? Persons, string? Need);

    private static async Task<IResult> Handle(
        Guid id, Body body, CommandContext context, EventStore store, PersonKeys keys, ReadLog readLog, KnownDesks desks, ReleaseKey key, CancellationToken ct)
    {
        var errors = new BodyErrors()
            .Required("deskId", body.DeskId)
            .Code("basis", body.Basis, ValueLists.Get("disclosure-basis").Contains)
            .Required("basis", body.Basis)
            .Required("purpose", body.Purpose)
            .Code("purpose", body.Purpose, ValueLists.Get("referral-purpose").Contains)
            .When(body.Persons is { Count: > CaseDecider.MaximumPersons }, "persons", "Quá nhiều người.", "Too many persons.")
            .Text("need", body.Need, 2000);
        if (errors.Problem is { } invalid)
            return invalid;
        if (await desks.Profile(body.DeskId, ct) is not { } profile)
            return CaseRefusals.DeskUnknown.ToProblem();

        var folded = await store.Load(CaseDecider.Instance, id, ct);
        if (folded.State is not CaseState.InProgress state)
            return CaseRefusals.NotFound.ToProblem();
        var personIds = Items.From((body.Persons ?? []).Distinct().Order());
        if (personIds.Any(person => state.Find(person) is null))
            return CaseRefusals.PersonNotFound.ToProblem();

        var fields = profile.FieldsOn(body.Basis);
        var name = $"{profile.Id}@{profile.Edition}";
        var (package, used) = await Compose(state, body, personIds, fields, keys, ct);
        var json = JsonSerializer.SerializeToElement(package);
        var canonical = CanonicalJson.Bytes(json);
        if (canonical.Length > LargestPackage)
            return CaseRefusals.PackageTooLarge.ToProblem();
        var hash = Convert.ToHexStringLower(SHA256.HashData(canonical));
        // Millisecond precision: what is signed must survive every carrier's idea of a timestamp.
        var at = DateTimeOffset.FromUnixTimeMilliseconds(context.Now.ToUnixTimeMilliseconds());
        var signature = key.Sign(ReleaseEnvelope.SignedText(id, body.DeskId, name, body.Basis, hash, at));
        var execution = await store.Execute(
            CaseDecider.Instance,
            id,
            new CaseCommand.Release(body.DeskId, name, body.Basis, body.Purpose, personIds, Items.From(used), hash, signature, profile.Accepts(body.Basis), context.Principal, at),
            context.Metadata,
            ct,
            context.ExpectedVersion,
            known: folded);
        if (!execution.Succeeded)
            return execution.ToAnswer(CaseStanding.Of);

        await readLog.Record(context.Metadata, context.Now, "case", id, "case.release", FieldGroup.All, ct);
        // Released before: what was signed then stands, so that the history here and the sheet at the desk show one and the same release.
        var release = ((CaseState.InProgress)execution.State).FindRelease(body.DeskId, name, body.Basis, hash)!;
        return Answers.WithVersion(new ReleaseEnvelope(id, body.DeskId, name, body.Basis, hash, release.At, release.Signature, json), execution.Version);
    }

    private static async Task<(JsonObject Package, IReadOnlyList<string> Used)> Compose(
        CaseState.InProgress state, Body body, Items<Guid> personIds, IReadOnlyList<string> fields, PersonKeys keys, CancellationToken ct)
    {
        SortedSet<string> used = new(StringComparer.Ordinal);
        JsonObject request = [];
        Put(request, "request.purpose", body.Purpose, always: true);
        Put(request, "request.need", body.Need);
        Put(request, "request.narrative", await Open(state.Narrative));
        if (state.Place is { } place && fields.Contains("request.place"))
        {
            request["place"] = new JsonObject { ["edition"] = place.Edition, ["provinceCode"] = place.ProvinceCode, ["formerProvinceCode"] = place.FormerProvinceCode, ["commune"] = await Open(place.Commune) };
            used.Add("request.place");
        }

        if (state.RiskSigns.Count > 0 && fields.Contains("request.riskSigns"))
        {
            request["riskSigns"] = new JsonArray([.. state.RiskSigns.Select(sign => (JsonNode)sign)]);
            used.Add("request.riskSigns");
        }

        Put(request, "request.urgency", state.Urgency);
        Put(request, "request.safeContact", state.SafeContact);
        Put(request, "request.callerContact", await Open(state.CallerContact));

        JsonArray persons = [];
        foreach (var id in personIds)
        {
            var facts = state.Find(id)!.Facts;
            JsonObject person = new() { ["id"] = id.ToString("D") };
            Put(person, "person.name", await Open(facts.Name));
            Put(person, "person.gender", facts.Gender);
            Put(person, "person.birthYear", facts.BirthYear);
            Put(person, "person.age", facts.Age);
            Put(person, "person.ethnicityGroup", facts.EthnicityGroup);
            Put(person, "person.phone", await Open(facts.Phone));
            Put(person, "person.address", await Open(facts.Address));
            Put(person, "person.identityNumber", await Open(facts.IdentityNumber));
            Put(person, "person.purpose", facts.Purpose);
            Put(person, "person.type", facts.Type);
            Put(person, "person.destination", facts.Destination);
            Put(person, "person.status", facts.Status);
            Put(person, "person.location", await Open(facts.Location));
            Put(person, "person.note", await Open(facts.Note));
            persons.Add(person);
        }

        return (new JsonObject { ["request"] = request, ["persons"] = persons }, [.. used]);

        void Put(JsonObject target, string field, JsonNode? value, bool always = false)
        {
            if (value is null || (!always && !fields.Contains(field)))
                return;
            target[field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..]] = value;
            used.Add(field);
        }

        // A value whose key was destroyed is left out: what is erased is not disclosed.
        async Task<string?> Open(Personal<string>? personal) => personal is null ? null : await keys.Open(personal, ct);
    }
}

/// <summary>The key with which Case vouches for what it released (ES256).</summary>
public sealed class ReleaseKey(ECDsa key)
{
    public string Sign(byte[] text) => Convert.ToBase64String(key.SignData(text, HashAlgorithmName.SHA256));

    /// <summary>Reads the PEM file of setting Release:SigningKeyFile.</summary>
    /// <exception cref="StartupException">The setting is missing or the file is no private key on P-256.</exception>
    public static ReleaseKey Read(IConfiguration configuration)
    {
        const string setting = "Release:SigningKeyFile";
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(Settings.FileText(configuration, setting, "the PEM file of the key that signs releases"));
            _ = key.SignData([0], HashAlgorithmName.SHA256);
        }
        catch (Exception cause) when (cause is ArgumentException or CryptographicException)
        {
            throw new StartupException(StartupException.Configuration, $"{setting} names a file that holds no private EC key.", cause);
        }

        return key.KeySize == 256 ? new(key) : throw new StartupException(StartupException.Configuration, $"{setting} names a key that is not on the curve P-256.");
    }
}
