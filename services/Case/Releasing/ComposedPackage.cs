using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Case.Cases;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Releasing;

/// <summary>What is asked to be released, and what a preview is asked about: the same body.</summary>
/// <param name="DeskId">The desk that may read it.</param>
/// <param name="Basis">Why it may (list disclosure-basis).</param>
/// <param name="Purpose">What is asked for (list referral-purpose).</param>
/// <param name="Persons">About whom; none for a request without a known person.</param>
/// <param name="Need">What is asked for, in words; goes to the desk.</param>
public sealed record ReleaseBody(string DeskId, string Basis, string Purpose, IReadOnlyList<Guid>? Persons, string? Need)
{
    /// <summary>What is wrong with it.</summary>
    public BodyErrors Check() => new BodyErrors()
        .Required("deskId", DeskId)
        .Code("basis", Basis, ValueLists.Get("disclosure-basis").Contains)
        .Required("basis", Basis)
        .Required("purpose", Purpose)
        .Code("purpose", Purpose, ValueLists.Get("referral-purpose").Contains)
        .When(Persons is { Count: > CaseDecider.MaximumPersons }, "persons", "Quá nhiều người.", "Too many persons.")
        .Text("need", Need, 2000);
}

/// <summary>Exactly the fields of a case that a desk's release profile lets go on a basis: what is shown before a release is what is released.</summary>
/// <param name="Profile">The profile and its edition ("police@2026-1").</param>
/// <param name="Json">The package: "request" and "persons".</param>
/// <param name="Hash">SHA-256 of its canonical JSON, lower-case hexadecimal.</param>
/// <param name="Size">Bytes of its canonical JSON.</param>
/// <param name="Persons">Whom it is about.</param>
/// <param name="Fields">The fields it holds, in alphabetical order.</param>
/// <param name="Withheld">Fields that are known of the case and do not go to this desk, in alphabetical order.</param>
public sealed record ComposedPackage(
    KnownDesk Desk, string Profile, JsonElement Json, string Hash, int Size, Items<Guid> Persons, Items<string> Fields, IReadOnlyList<string> Withheld)
{
    /// <summary>The largest package, in bytes of its canonical JSON: with its envelope it must fit into one request of 64 kB.</summary>
    public const int Largest = 48 * 1024;

    /// <summary>The command that releases it.</summary>
    public CaseCommand.Release Release(ReleaseBody body, string signature, string by, DateTimeOffset at) => new(
        Desk.DeskId, Desk.AgencyId, Desk.Territory, Profile, body.Basis, body.Purpose, Persons, Fields, Hash, signature, Desk.Profile.Accepts(body.Basis), by, at);

    /// <summary>Composes it. Persons that the case does not have are left out; the rules refuse their release.</summary>
    public static async Task<ComposedPackage> Of(CaseState.InProgress state, ReleaseBody body, KnownDesk desk, PersonKeys keys, CancellationToken ct)
    {
        var allowed = desk.Profile.FieldsOn(body.Basis);
        SortedSet<string> used = new(StringComparer.Ordinal), withheld = new(StringComparer.Ordinal);
        JsonObject request = new() { ["purpose"] = body.Purpose };
        used.Add("request.purpose");
        Put(request, "request.need", body.Need);
        Put(request, "request.narrative", await Open(state.Narrative));
        Put(request, "request.place", state.Place is { } place
            ? new JsonObject { ["edition"] = place.Edition, ["provinceCode"] = place.ProvinceCode, ["formerProvinceCode"] = place.FormerProvinceCode, ["commune"] = await Open(place.Commune) }
            : null);
        Put(request, "request.riskSigns", state.RiskSigns.Count > 0 ? new JsonArray([.. state.RiskSigns.Select(sign => (JsonNode)sign)]) : null);
        Put(request, "request.urgency", state.Urgency);
        Put(request, "request.safeContact", state.SafeContact);
        Put(request, "request.callerContact", await Open(state.CallerContact));

        var personIds = Items.From((body.Persons ?? []).Distinct().Order());
        JsonArray persons = [];
        foreach (var found in personIds.Select(state.Find).OfType<Persons.Person>())
        {
            var facts = found.Facts;
            JsonObject person = new() { ["id"] = found.Id.ToString("D") };
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

        var json = JsonSerializer.SerializeToElement(new JsonObject { ["request"] = request, ["persons"] = persons });
        var canonical = CanonicalJson.Bytes(json);
        return new(
            desk,
            $"{desk.Profile.Id}@{desk.Profile.Edition}",
            json,
            Convert.ToHexStringLower(SHA256.HashData(canonical)),
            canonical.Length,
            personIds,
            Items.From(used),
            [.. withheld]);

        void Put(JsonObject target, string field, JsonNode? value)
        {
            if (value is null)
                return;
            if (allowed.Contains(field))
            {
                target[field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..]] = value;
                used.Add(field);
            }
            else if (value.GetValueKind() != JsonValueKind.String || value.GetValue<string>() != Unknown)
            {
                withheld.Add(field);
            }
        }

        // A value whose key was destroyed is left out: what is erased is not disclosed.
        async Task<string?> Open(Personal<string>? personal) => personal is null ? null : await keys.Open(personal, ct);
    }

    // The code that says in every list that nothing is known.
    private const string Unknown = "unknown";
}
