using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;

namespace Hotline111.Referral.Referrals.Sending;

/// <summary>What went out to the desk at one time: the package, or a supplement that replaced it.</summary>
/// <param name="Supplement">0 for the package, then the supplement's number.</param>
/// <param name="Signature">Case's; null when the package was composed in an emergency.</param>
/// <param name="ReleasedAt">When Case released it, or when it was composed.</param>
/// <param name="ContactId">The contact that it was composed from; null when Case released it.</param>
public sealed record SentPackage(
    int Supplement, string Profile, string Basis, string PackageHash, string? Signature, DateTimeOffset ReleasedAt, DateTimeOffset SentAt, Guid? ContactId, Items<PackagePart> Parts)
{
    /// <summary>All that went out, oldest first; empty before anything did. A package that the supervisor returned was never sent.</summary>
    public static IReadOnlyList<SentPackage> Of(IEnumerable<ReferralEvent> history)
    {
        List<SentPackage> sent = [];
        SentPackage? waiting = null;
        foreach (var @event in history)
        {
            switch (@event)
            {
                case ReferralEvent.Submitted e:
                    waiting = new(0, e.Profile, e.Basis, e.PackageHash, e.Signature, e.ReleasedAt, e.At, null, e.Package);
                    break;
                case ReferralEvent.Composed e:
                    waiting = new(0, e.Profile, e.Basis, e.PackageHash, null, e.At, e.At, e.ContactId, e.Package);
                    break;
                case ReferralEvent.Sent e when waiting is not null:
                    sent.Add(waiting with { SentAt = e.At });
                    break;
                case ReferralEvent.Supplemented e:
                    sent.Add(new(e.Number, e.Profile, e.Basis, e.PackageHash, e.Signature, e.ReleasedAt, e.At, null, e.Package));
                    break;
            }
        }

        return sent;
    }

    /// <summary>The newest that went out, or null.</summary>
    public static async Task<SentPackage?> Last(EventStore store, Guid referral, CancellationToken ct) =>
        Of((await store.ReadStream(referral, ct)).Select(store.Record<ReferralEvent>).Select(recorded => recorded.Event)) is [.., var last] ? last : null;

    /// <summary>The command that sends the same package to the next desk of the agency, sealed anew for its referral.</summary>
    public async Task<ReferralCommand.Forward> Forward(ReferralFacts facts, Guid referral, PersonKeys keys, ReferralDoor door)
    {
        var whole = await SealedPackage.Join(Parts, keys, door.Ct);
        var parts = SealedPackage.Split(referral, JsonSerializer.SerializeToElement(whole));
        return ContactId is { } contact
            ? new(facts, null, new(Profile, Basis, PackageHash, parts, contact), door.By, door.Now)
            : new(facts, new(facts.CaseId, facts.DeskId, Profile, Basis, PackageHash, Signature!, ReleasedAt, parts), null, door.By, door.Now);
    }
}

/// <summary>What a supplement changed.</summary>
public static class PackageDifference
{
    /// <summary>One field that is another now.</summary>
    /// <param name="Path">Where: <c>request.place.commune</c>, <c>persons[id].name</c>.</param>
    /// <param name="Before">The value before; null when it is new.</param>
    /// <param name="After">The value now; null when it is gone.</param>
    public sealed record Change(string Path, JsonNode? Before, JsonNode? After);

    /// <summary>The fields in which two packages differ, in the order of their names; persons are told apart by their ids.</summary>
    public static IReadOnlyList<Change> Between(JsonObject before, JsonObject after)
    {
        var (one, two) = (Leaves(before), Leaves(after));
        return
        [
            .. one.Keys.Union(two.Keys)
                .Order(StringComparer.Ordinal)
                .Select(path => new Change(path, one.GetValueOrDefault(path)?.DeepClone(), two.GetValueOrDefault(path)?.DeepClone()))
                .Where(change => !JsonNode.DeepEquals(change.Before, change.After)),
        ];
    }

    private static Dictionary<string, JsonNode?> Leaves(JsonObject package)
    {
        Dictionary<string, JsonNode?> leaves = new(StringComparer.Ordinal);
        foreach (var (name, value) in package)
        {
            if (name == "persons" && value is JsonArray persons)
            {
                foreach (var person in persons.OfType<JsonObject>())
                    Collect(person, $"persons[{person["id"]?.GetValue<string>()}]");
            }
            else
            {
                Put(value, name);
            }
        }

        return leaves;

        void Collect(JsonObject node, string path)
        {
            foreach (var (name, value) in node)
                Put(value, $"{path}.{name}");
        }

        void Put(JsonNode? value, string path)
        {
            if (value is JsonObject inner)
                Collect(inner, path);
            else if (value is not null)
                leaves[path] = value;
        }
    }
}
