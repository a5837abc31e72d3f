using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Referrals.Chaining;

namespace Hotline111.Referral.Referrals.Sending;

/// <summary>
/// POST /referrals/emergency: life or health is in danger now. One request goes to several desks at once, with a package composed from the contact page, on the
/// basis of a vital interest (Law 91/2025/QH15 art. 19) and under the profile "emergency". It needs no other service: neither Case nor the broker nor
/// AgencyNotification must be up. The case follows from it, and a supervisor reviews the disclosure afterwards.
/// </summary>
public static class SendEmergency
{
    /// <summary>How many desks one emergency goes to.</summary>
    public const int MostDesks = 10;

    /// <summary>How many persons one emergency names.</summary>
    public const int MostPersons = 20;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/emergency", Handle).RequireAction(ReferralAccess.Table, "referral.send-emergency")
            .WithSummary("Gửi khẩn cấp tới nhiều đầu mối cùng lúc / send an emergency to several desks at once")
            .Produces<Answer>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status409Conflict);

    /// <param name="Id">Chosen by the caller: a repeated request is the same emergency, and every id that is made derives from it.</param>
    /// <param name="CaseId">The case, or the id that the case of this contact will have.</param>
    /// <param name="ContactId">The contact on whose page it is sent.</param>
    /// <param name="Desks">1 to 10; the first one leads, the others help.</param>
    /// <param name="Purpose">Code of list referral-purpose.</param>
    /// <param name="Need">What must be done, in words.</param>
    /// <param name="Place">Where; null when unknown.</param>
    /// <param name="Persons">Whom it is about; empty for an unknown person.</param>
    public sealed record Body(
        Guid Id, Guid CaseId, Guid ContactId, IReadOnlyList<string>? Desks, string Purpose, string Need, PlaceBody? Place, IReadOnlyList<string>? RiskSigns, string? SafeContact,
        string? CallerContact, string? Narrative, IReadOnlyList<PersonBody>? Persons);

    /// <param name="Edition">Edition of the province catalogue.</param>
    public sealed record PlaceBody(string Edition, string ProvinceCode, string? FormerProvinceCode, string? Commune);

    /// <param name="Id">The person's id in the case; made from the emergency's id if left out.</param>
    public sealed record PersonBody(
        Guid? Id, string? Name, string? Gender, int? BirthYear, int? Age, string? Phone, string? Address, string? Destination, string? Status, string? Location, string? Note);

    /// <summary>One referral of the emergency.</summary>
    public sealed record SentReferral(Guid Id, string Number, string DeskId, string State);

    /// <summary>What was sent.</summary>
    /// <param name="PackageHash">SHA-256 of the package, the same for all desks.</param>
    public sealed record Answer(Guid CaseId, string PackageHash, IReadOnlyList<SentReferral> Referrals);

    /// <summary>The referral that an emergency makes for a desk.</summary>
    public static Guid ReferralId(Guid emergency, string deskId) => StreamId.Of("emergency", $"{emergency:D}/{deskId}");

    private static async Task<IResult> Handle(Body body, CommandContext context, EventStore store, LogSignal signal, Numbers numbers, CancellationToken ct)
    {
        var desks = (body.Desks ?? []).Distinct(StringComparer.Ordinal).ToList();
        if (Check(body, desks).Problem is { } invalid)
            return invalid;
        var door = new ReferralDoor(body.Id, context.User, context, store, signal, ct);
        List<DeskFacts> receivers = [];
        foreach (var id in desks)
        {
            if (await DirectoryList.Find(store, id, door.Today, ct) is not { } desk)
                return ReferralRefusals.DeskUnknown.ToProblem();
            if (!desk.Competences.Contains(body.Purpose))
                return ReferralRefusals.DeskNotCompetent.ToProblem();
            if (await Exclusions.Excludes(store, body.CaseId, desk, ct))
                return ReferralRefusals.DeskExcluded.ToProblem();
            receivers.Add(desk);
        }

        var profile = ReleaseProfiles.Get(ReleaseProfiles.Emergency);
        var package = JsonSerializer.SerializeToElement(Compose(body, [.. profile.FieldsOn(DisclosureBasis.VitalInterest)]));
        var hash = Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Bytes(package)));
        List<(Guid Id, ReferralCommand Command)> commands = [];
        foreach (var desk in receivers)
        {
            var id = ReferralId(body.Id, desk.DeskId);
            var exists = await store.Load(ReferralDecider.Instance, id, ct) is { Version: > 0 };
            var facts = new ReferralFacts(
                exists ? "" : await numbers.Next("RF", ct), body.CaseId, desk.DeskId, desk.AgencyId, desk.Sector, desk.ProvinceCodes.Count == 1 ? desk.ProvinceCodes[0] : null, body.Purpose,
                Urgency.Emergency, ReferralPolicies.On(door.Today).Edition)
            {
                Part = desk == receivers[0] ? ReferralParts.Lead : ReferralParts.Helper,
            };
            commands.Add((id, new ReferralCommand.SendEmergency(
                facts, new($"{profile.Id}@{profile.Edition}", DisclosureBasis.VitalInterest, hash, SealedPackage.Split(id, package), body.ContactId), door.By, door.Now)));
        }

        // To all desks or to none: half an emergency would be believed to be a whole one.
        List<SentReferral> sent = [];
        var last = await Chain.Together(door, async transaction =>
        {
            sent.Clear();
            Execution<ReferralState, ReferralEvent>? changed = null;
            foreach (var (id, command) in commands)
            {
                var execution = await store.Execute(
                    ReferralDecider.Instance, id, command, context.Metadata, ct, identity: sent.Count == 0 ? context.Identity() : null, within: transaction);
                if (!execution.Succeeded)
                    return execution;
                var facts = ((ReferralState.Open)execution.State).Facts;
                sent.Add(new(id, facts.Number, facts.DeskId, execution.State.Name));
                if (changed is null || execution.Events.Count > 0)
                    changed = execution;
            }

            return changed!;
        });
        return last.Succeeded ? Results.Json(new Answer(body.CaseId, hash, sent)) : last.ToAnswer(state => ReferralStanding.Of(context.User, state));
    }

    private static BodyErrors Check(Body body, List<string> desks)
    {
        var errors = new BodyErrors()
            .Id("id", body.Id)
            .Id("caseId", body.CaseId)
            .Id("contactId", body.ContactId)
            .When(desks.Count is 0 or > MostDesks || desks.Any(string.IsNullOrEmpty), "desks", "Cần từ 1 đến 10 đầu mối.", "1 to 10 desks are needed.")
            .Required("purpose", body.Purpose).Code("purpose", body.Purpose, ValueLists.Get("referral-purpose").Contains)
            .Required("need", body.Need?.Trim()).Text("need", body.Need, 2000)
            .When(body.RiskSigns?.All(ValueLists.Get("risk-sign").Contains) == false, "riskSigns", "Mã này không có trong danh mục.", "The list has no such code.")
            .Code("safeContact", body.SafeContact, ValueLists.Get("safe-contact").Contains)
            .Text("callerContact", body.CallerContact, 200)
            .Text("narrative", body.Narrative, 8000)
            .When(body.Persons is { Count: > MostPersons }, "persons", "Tối đa 20 người.", "At most 20 persons.");
        if (body.Place is { } place)
        {
            errors = errors
                .When(!Provinces.IsKnown(place.Edition ?? "", place.ProvinceCode ?? "", place.FormerProvinceCode), "place", "Không có địa danh này trong danh mục.", "The catalogue has no such place.")
                .Text("place.commune", place.Commune, 200);
        }

        for (var i = 0; i < (body.Persons?.Count ?? 0) && i <= MostPersons; i++)
        {
            var (person, at) = (body.Persons![i], string.Create(CultureInfo.InvariantCulture, $"persons[{i}]"));
            errors = errors
                .Id($"{at}.id", person?.Id)
                .Text($"{at}.name", person?.Name, 200).Text($"{at}.phone", person?.Phone, 40).Text($"{at}.address", person?.Address, 500).Text($"{at}.location", person?.Location, 1000)
                .Text($"{at}.note", person?.Note, 4000)
                .Code($"{at}.gender", person?.Gender, ValueLists.Get("gender").Contains)
                .Code($"{at}.destination", person?.Destination, ValueLists.Get("destination").Contains)
                .Code($"{at}.status", person?.Status, ValueLists.Get("person-status").Contains)
                .When(person?.BirthYear is < 1900 or > 2100, $"{at}.birthYear", "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.")
                .When(person?.Age is < 0 or > 120, $"{at}.age", "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.");
        }

        return errors;
    }

    // The same shape as a package that Case releases, so that a desk reads one kind of sheet.
    private static JsonObject Compose(Body body, HashSet<string> fields)
    {
        JsonObject request = new() { ["purpose"] = body.Purpose };
        Put(request, "request.need", body.Need.Trim());
        Put(request, "request.narrative", Typed(body.Narrative));
        if (body.Place is { } place)
        {
            Put(request, "request.place", new JsonObject
            {
                ["edition"] = place.Edition,
                ["provinceCode"] = place.ProvinceCode,
                ["formerProvinceCode"] = place.FormerProvinceCode,
                ["commune"] = Typed(place.Commune),
            });
        }

        if (body.RiskSigns is { Count: > 0 } signs)
            Put(request, "request.riskSigns", new JsonArray([.. signs.Distinct(StringComparer.Ordinal).Select(sign => (JsonNode)sign)]));
        Put(request, "request.urgency", Urgency.Emergency);
        Put(request, "request.safeContact", body.SafeContact);
        Put(request, "request.callerContact", Typed(body.CallerContact));

        JsonArray persons = [];
        foreach (var (i, told) in (body.Persons ?? []).Index())
        {
            JsonObject person = new() { ["id"] = (told.Id ?? StreamId.Of("emergency-person", string.Create(CultureInfo.InvariantCulture, $"{body.Id:D}/{i}"))).ToString("D") };
            Put(person, "person.name", Typed(told.Name));
            Put(person, "person.gender", told.Gender);
            Put(person, "person.birthYear", told.BirthYear);
            Put(person, "person.age", told.Age);
            Put(person, "person.phone", Typed(told.Phone));
            Put(person, "person.address", Typed(told.Address));
            Put(person, "person.destination", told.Destination);
            Put(person, "person.status", told.Status);
            Put(person, "person.location", Typed(told.Location));
            Put(person, "person.note", Typed(told.Note));
            persons.Add(person);
        }

        return new() { ["request"] = request, ["persons"] = persons };

        void Put(JsonObject target, string field, JsonNode? value)
        {
            if (value is not null && fields.Contains(field))
                target[field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..]] = value;
        }

        static string? Typed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}
