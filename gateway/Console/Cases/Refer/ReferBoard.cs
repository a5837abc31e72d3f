using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Platform;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Primitives;

namespace Hotline111.Console.Cases.Refer;

/// <summary>Exactly what a desk would read, as Case previews it.</summary>
/// <param name="BasisAccepted">Whether it may go on this basis.</param>
/// <param name="Why">Why not: the code with which a release would be refused; null when it may.</param>
/// <param name="Package">Null when it may not go.</param>
/// <param name="Fields">What is in it.</param>
/// <param name="Withheld">What is known and does not go to this desk.</param>
public sealed record Preview(bool BasisAccepted, string? Why, JsonElement? Package, IReadOnlyList<string> Fields, IReadOnlyList<string> Withheld)
{
    /// <summary>
    /// Tells one content from another, whatever the sender writes about what is needed: that she typed herself. Two previews of the same facts have the same one.
    /// </summary>
    public string Fingerprint
    {
        get
        {
            var package = Package is { } element ? JsonObject.Create(element)! : [];
            (package["request"] as JsonObject)?.Remove("need");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(package.ToJsonString())))[..32];
        }
    }
}

/// <summary>A desk that can be chosen for a need.</summary>
/// <param name="Taken">The referral by which it has been asked for this already, or null.</param>
public sealed record DeskOption(Desk Desk, Ask Ask, bool Chosen, ReferralRow? Taken);

/// <summary>The desks for one need.</summary>
/// <param name="HasLocal">One of them is on duty for the place.</param>
public sealed record NeedDesks(string Purpose, IReadOnlyList<DeskOption> Options, bool HasLocal);

/// <summary>What one chosen desk would read.</summary>
/// <param name="Ask">The first of what it is asked for.</param>
/// <param name="Basis">The basis, or null while none is chosen.</param>
/// <param name="Preview">Null when Case does not preview it.</param>
/// <param name="Problem">Why Case does not; null when it does.</param>
public sealed record DeskReads(Desk Desk, Ask Ask, string? Basis, Preview? Preview, AccessProblem? Problem)
{
    /// <summary>It can be sent.</summary>
    public bool Sendable => Preview is { BasisAccepted: true };
}

/// <summary>One line of the matrix: fields that are known, belong together and go to the very same desks.</summary>
/// <param name="Fields">The package's names of them.</param>
/// <param name="Cells">One for each desk; null when nothing goes to it.</param>
public sealed record MatrixRow(IReadOnlyList<string> Fields, IReadOnlyList<bool?> Cells);

/// <summary>Everything that stands on the refer page.</summary>
/// <param name="Reads">One for each chosen desk.</param>
/// <param name="Fingerprints">What each ask's package is now, by <see cref="Ask.Value"/>.</param>
/// <param name="Found">What was looked for among all desks; null when nothing was.</param>
/// <param name="DraftRow">The draft that is gone on with, or null.</param>
/// <param name="Question">What the supervisor wrote when she returned it, or null.</param>
public sealed record ReferBoard(
    CaseFile File, ReferForm Form, IReadOnlyList<ReferralRow> Referrals, IReadOnlyList<NeedDesks> Needs, IReadOnlyList<Desk>? Found,
    IReadOnlyList<DeskReads> Reads, IReadOnlyDictionary<string, string> Fingerprints, ReferralRow? DraftRow, string? Question, FormErrors Errors)
{
    /// <summary>The fields that are known about the chosen persons and the case, and who reads which.</summary>
    public IReadOnlyList<MatrixRow> Matrix
    {
        get
        {
            var known = Reads.Select(reads => reads.Preview).OfType<Preview>().SelectMany(preview => preview.Fields.Concat(preview.Withheld)).ToHashSet(StringComparer.Ordinal);
            List<MatrixRow> rows = [];
            foreach (var group in Together.Append([.. ReleaseProfiles.KnownFields.Except(Together.SelectMany(fields => fields))]))
            {
                rows.AddRange(group.Where(known.Contains)
                    .Select(name => (Name: name, Cells: (IReadOnlyList<bool?>)[.. Reads.Select(reads => reads.Preview is { BasisAccepted: true } preview ? preview.Fields.Contains(name) : (bool?)null)]))
                    .GroupBy(each => string.Join(' ', each.Cells))
                    .Select(same => new MatrixRow([.. same.Select(each => each.Name)], same.First().Cells)));
            }

            return rows;
        }
    }

    // In the order in which whoever sends wants to know them. What is in none of these stands for itself.
    private static readonly string[][] Together =
    [
        ["person.name", "person.gender", "person.birthYear", "person.age"],
        ["person.location", "person.address"],
        ["person.phone", "person.identityNumber"],
        ["request.place", "request.riskSigns", "request.urgency"],
        ["request.need", "request.narrative"],
        ["request.safeContact", "request.callerContact"],
        ["person.ethnicityGroup", "person.note"],
        ["person.purpose", "person.type", "person.destination", "person.status"],
    ];

    /// <summary>How many of the chosen desks can be sent to.</summary>
    public int Sendable => Reads.Count(reads => reads.Sendable);

    /// <summary>The urgency's rules.</summary>
    public UrgencyPolicy Rule => UrgencyWords.Policy.For(Form.Urgency ?? File.Urgency);

    /// <summary>It goes out without anybody's approval.</summary>
    public bool GoesAtOnce => Rule.SendsAtOnce || (Rule.SendsAtOnceWithoutSupervisor && Form.NoSupervisor);

    /// <summary>The desk that leads on the case already, or null.</summary>
    public string? Leading => ReferBoards.Leading(Referrals);
}

/// <summary>Puts the page together from what the services say.</summary>
public sealed class ReferBoards(Services services, Words words, TimeProvider clock)
{
    /// <summary>How many desks a search shows at most.</summary>
    private const int MostFound = 12;

    /// <summary>The page as it begins: what the case seems to need, whom one would ask, and on what basis.</summary>
    /// <param name="purposes">What was asked for by a link; null for what the case seems to need.</param>
    /// <param name="draft">A draft to be gone on with, or null.</param>
    public async Task<ReferBoard> Begin(Guid caseId, IReadOnlyList<string> purposes, Guid? draft, CancellationToken ct)
    {
        var (file, desks, referrals) = await Read(caseId, ct);
        return await Show(file, desks, referrals, await Begun(file, desks, referrals, purposes, draft, ct), [], ct);
    }

    private async Task<ReferForm> Begun(CaseFile file, IReadOnlyList<Desk> desks, IReadOnlyList<ReferralRow> referrals, IReadOnlyList<string> purposes, Guid? draft, CancellationToken ct)
    {
        var province = Province(file);
        IReadOnlyList<Guid> persons = file.MainPerson is { } main ? [main.Id] : [];
        if (draft is { } id && referrals.FirstOrDefault(referral => referral.Id == id) is { IsDraft: true } row)
        {
            // What was handed in before is what is corrected now.
            var before = row.Returned ? await Returned(id, ct) : null;
            var needs = new Dictionary<string, string>();
            if (before?.Need is { } need)
                needs[row.Purpose] = need;
            return new ReferForm(
                Guid.CreateVersion7(), id, [row.Purpose], needs, province, null, [new(row.Purpose, row.DeskId)], before?.Persons ?? persons,
                before?.Basis ?? DeskChoice.Basis(file, file.Persons, row.Urgency), new Dictionary<string, string>(), row.Urgency, false, row.Part == ReferralParts.Lead ? row.DeskId : "",
                new Dictionary<string, string>());
        }

        var wanted = purposes.Count > 0 ? purposes : DeskChoice.Needs(file, referrals);
        List<Ask> asks = [.. wanted.SelectMany(need => DeskChoice.Usual(desks, file, referrals, need, province, file.Urgency))];
        return new ReferForm(
            Guid.CreateVersion7(), null, wanted, new Dictionary<string, string>(), province, null, asks, persons, DeskChoice.Basis(file, [.. file.Persons.Where(person => persons.Contains(person.Id))], file.Urgency),
            new Dictionary<string, string>(), file.Urgency, false, Leading(referrals) is null && asks.Count > 0 ? asks[0].DeskId : "", new Dictionary<string, string>());
    }

    /// <summary>The page with what was being chosen and typed on it when somebody had to leave it, as far as it is still offered.</summary>
    /// <param name="draft">The draft that was gone on with, or null.</param>
    /// <param name="fields">What stood in its fields.</param>
    public async Task<ReferBoard> Resume(Guid caseId, Guid? draft, Dictionary<string, StringValues> fields, CancellationToken ct)
    {
        var (file, desks, referrals) = await Read(caseId, ct);
        var form = await Begun(file, desks, referrals, [], draft, ct);
        var typed = ReferForm.Of(new FormCollection(fields));
        form = form with
        {
            Needs = typed.Needs,
            Persons = [.. typed.Persons.Where(id => file.Persons.Any(person => person.Id == id))],
            Basis = typed.Basis,
            OwnBases = typed.OwnBases,
        };
        // The rest is fixed in a draft.
        if (form.Draft is null)
        {
            form = Led(referrals, form with
            {
                Purposes = typed.Purposes,
                Had = typed.Purposes,
                Province = typed.Province,
                Find = typed.Find,
                Asks = [.. typed.Asks.Where(ask => desks.Any(desk => desk.Id == ask.DeskId) && DeskChoice.Taken(referrals, ask.Purpose, ask.DeskId) is null)],
                Urgency = typed.Urgency,
                NoSupervisor = typed.NoSupervisor,
                Lead = typed.Lead,
            });
        }

        return await Show(file, desks, referrals, form, [], ct);
    }

    /// <summary>The page as it stands after something was chosen.</summary>
    /// <param name="form">As it was sent.</param>
    /// <param name="check">Says what is wrong with it, from what it comes to; null while the sender is still choosing.</param>
    public async Task<ReferBoard> Continue(Guid caseId, ReferForm form, Func<ReferBoard, FormErrors>? check, CancellationToken ct)
    {
        var (file, desks, referrals) = await Read(caseId, ct);
        // What is asked of whom, and how urgently, is fixed in a draft, whatever was sent.
        if (form.Draft is { } id && referrals.FirstOrDefault(referral => referral.Id == id) is { } draft)
            form = form with { Purposes = [draft.Purpose], Asks = [new(draft.Purpose, draft.DeskId)], Urgency = draft.Urgency };
        if (form.Draft is null)
        {
            // A need that came since, and every need in another province, gets whom one would ask there.
            var moved = form.Had.Count > 0 && form.Province != form.HadProvince;
            var fresh = form.Purposes.Where(purpose => moved || !form.Had.Contains(purpose)).ToList();
            var kept = form.Asks.Where(ask => !moved || desks.FirstOrDefault(desk => desk.Id == ask.DeskId) is { IsNational: true });
            form = form with { Asks = [.. kept.Concat(fresh.SelectMany(purpose => DeskChoice.Usual(desks, file, referrals, purpose, form.Province, form.Urgency))).Distinct()] };
        }

        var board = await Show(file, desks, referrals, Led(referrals, form), [], ct);
        return check is null ? board : board with { Errors = check(board) };
    }

    // Nobody leads who is not asked; and somebody has to, unless another desk of the case does.
    private static ReferForm Led(IReadOnlyList<ReferralRow> referrals, ReferForm form) => (form.Lead is not { Length: > 0 } lead ? form.Had.Count == 0 : !form.Desks.Contains(lead))
        ? form with { Lead = Leading(referrals) is null && form.Desks is [var first, ..] ? first : "" }
        : form;

    private async Task<(CaseFile File, IReadOnlyList<Desk> Desks, IReadOnlyList<ReferralRow> Referrals)> Read(Guid caseId, CancellationToken ct)
    {
        // Also the desks that the case excludes are left out by the service that keeps the directory.
        var asked = services.Get<IReadOnlyList<Desk>>($"desks?caseId={caseId:D}", ct);
        var file = (await CaseFile.Read(services, caseId, ct)).Value;
        var today = clock.GetUtcNow().DayInVietnam;
        var desks = (await asked).Where(desk => desk.ValidFrom <= today && (desk.ValidUntil is null || desk.ValidUntil >= today)).ToList();
        return (file, desks, await ReferralRow.Of(services, file.Course, ct));
    }

    private async Task<ReferBoard> Show(CaseFile file, IReadOnlyList<Desk> desks, IReadOnlyList<ReferralRow> referrals, ReferForm form, FormErrors errors, CancellationToken ct)
    {
        var draft = form.Draft is { } id ? referrals.FirstOrDefault(referral => referral.Id == id) : null;
        var others = draft is null ? referrals : [.. referrals.Where(referral => referral.Id != draft.Id)];
        var previews = await Task.WhenAll(form.Asks.Select(async ask => (Ask: ask, Answer: await Preview(file.Id, form, ask, ct))));
        var reads = previews
            .DistinctBy(each => each.Ask.DeskId)
            .Select(each => new DeskReads(Known(desks, each.Ask.DeskId), each.Ask, form.BasisFor(each.Ask.DeskId), each.Answer.Preview, each.Answer.Problem))
            .ToList();
        return new(
            file, form, others, [.. form.Purposes.Select(purpose => Options(desks, others, form, purpose))], Search(desks, form), reads,
            previews.Where(each => each.Answer.Preview is { BasisAccepted: true }).ToDictionary(each => each.Ask.Value, each => each.Answer.Preview!.Fingerprint),
            draft, draft is { Returned: true } ? await Question(draft.Id, ct) : null, errors);
    }

    /// <summary>What a desk would read, or why Case does not say.</summary>
    internal async Task<(Preview? Preview, AccessProblem? Problem)> Preview(Guid caseId, ReferForm form, Ask ask, CancellationToken ct)
    {
        var body = new { deskId = ask.DeskId, basis = form.BasisFor(ask.DeskId) ?? DisclosureBasis.None, ask.Purpose, form.Persons, need = form.NeedFor(ask.Purpose) };
        var outcome = await Commands.Try(() => services.Post($"cases/{caseId}/preview", body, null, ct));
        return outcome.Problem is { } problem ? (null, problem) : (outcome.Body.Deserialize<Preview>(JsonSerializerOptions.Web), null);
    }

    private static NeedDesks Options(IReadOnlyList<Desk> desks, IReadOnlyList<ReferralRow> referrals, ReferForm form, string purpose)
    {
        var chosen = form.Asks.Where(ask => ask.Purpose == purpose).Select(ask => ask.DeskId).ToHashSet(StringComparer.Ordinal);
        // Chosen by its name, or asked before: shown with the suggestions, wherever it is on duty.
        var asked = referrals.Where(referral => referral.Purpose == purpose && referral.Stands).Select(referral => referral.DeskId);
        var suggested = DeskChoice.Suggest(desks, purpose, form.Province);
        var shown = suggested.Concat(chosen.Concat(asked).Distinct().Select(id => Known(desks, id))).DistinctBy(desk => desk.Id).ToList();
        return new(
            purpose,
            [.. shown.Select(desk => new DeskOption(desk, new(purpose, desk.Id), chosen.Contains(desk.Id), Taken(new(purpose, desk.Id))))],
            suggested.Any(desk => !desk.IsNational));

        // What this very form has begun and not finished is no other referral.
        ReferralRow? Taken(Ask ask) => DeskChoice.Taken(referrals, ask.Purpose, ask.DeskId) is { } row && row.Id != form.IdOf(ask) ? row : null;
    }

    // A desk that was chosen and is not in the list any more - excluded meanwhile, or no longer on duty - is still shown, with what is said about it.
    private static Desk Known(IReadOnlyList<Desk> desks, string id) => desks.FirstOrDefault(desk => desk.Id == id)
        ?? (AgencyDirectory.FindDesk(id) is { } entry
            ? new(entry.Id, entry.AgencyId, entry.Sector, entry.NameVi, entry.NameEn, [.. entry.ProvinceCodes], [.. entry.Competences], entry.ReleaseProfile, entry.ValidFrom, null)
            : new(id, id, "", id, id, [], [], "", default, null));

    private IReadOnlyList<Desk>? Search(IReadOnlyList<Desk> desks, ReferForm form)
    {
        if (form.Find is null)
            return null;
        var wanted = PlaceSearch.Normalise(form.Find).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return wanted.Length == 0 ? [] : [.. desks.Where(desk => Fits(desk)).OrderBy(desk => desk.Name(words), StringComparer.Create(words.Language.Culture, false)).Take(MostFound)];

        bool Fits(Desk desk)
        {
            var names = PlaceSearch.Normalise($"{desk.Vi} {desk.En} {desk.Id}").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return wanted.All(word => names.Any(name => name.StartsWith(word, StringComparison.Ordinal)));
        }
    }

    private async Task<string?> Question(Guid referral, CancellationToken ct)
    {
        try
        {
            var said = await services.Get<WordLines>($"referrals/{referral}/words", ct);
            return said.Items.Where(line => line.What == "returned").SelectMany(line => line.Words).LastOrDefault(word => word.Name == "question")?.Text;
        }
        catch (ProblemException)
        {
            return null;
        }
    }

    /// <summary>The desk that leads on the case by what was sent or waits to be sent, or null. One that the case excludes by now leads nobody.</summary>
    internal static string? Leading(IReadOnlyList<ReferralRow> referrals) =>
        referrals.FirstOrDefault(referral => referral is { Part: ReferralParts.Lead, Stands: true, IsDraft: false, Excluded: false })?.DeskId;

    private static string? Province(CaseFile file) =>
        file.Place is { } place && Provinces.Find(AgencyDirectory.ProvinceEdition)?.Find(place.ProvinceCode) is { } known ? known.Code : null;

    // What the supervisor sent back: basis, need and persons of the package that was handed in.
    private async Task<(string Basis, string? Need, IReadOnlyList<Guid> Persons)?> Returned(Guid referral, CancellationToken ct)
    {
        try
        {
            var handed = await services.Get<HandedIn>($"referrals/{referral}/package", ct);
            var need = handed.Package.GetProperty("request").TryGetProperty("need", out var text) ? text.GetString() : null;
            return (handed.Basis, need, [.. handed.Package.GetProperty("persons").EnumerateArray().Select(person => person.GetProperty("id").GetGuid())]);
        }
        catch (ProblemException)
        {
            return null;
        }
    }

    private sealed record HandedIn(string Basis, JsonElement Package);

    private sealed record WordLines(IReadOnlyList<WordLine> Items);

    private sealed record WordLine(string What, IReadOnlyList<Word> Words);

    private sealed record Word(string Name, string? Text);
}
