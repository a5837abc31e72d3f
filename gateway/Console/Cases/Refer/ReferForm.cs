using Hotline111.Contracts.Catalogues;

namespace Hotline111.Console.Cases.Refer;

/// <summary>One request to one desk.</summary>
/// <param name="Purpose">Code of list referral-purpose.</param>
/// <param name="DeskId">The desk.</param>
public sealed record Ask(string Purpose, string DeskId)
{
    /// <summary>As a field holds it.</summary>
    public string Value => $"{Purpose}:{DeskId}";

    /// <summary>For the id of an element.</summary>
    public string Mark => $"{Purpose}-{DeskId.Replace('.', '-')}";

    /// <summary>From a field, or null.</summary>
    public static Ask? Of(string? value) => value?.Split(':') is [var purpose, { Length: > 0 and < 80 } desk] && ValueLists.Get("referral-purpose").Contains(purpose) ? new(purpose, desk) : null;
}

/// <summary>Everything that is chosen and typed on the refer page. The page keeps nothing anywhere else, so it works in steps without scripts.</summary>
/// <param name="Once">The form's key: what is sent twice under it counts once, desk by desk.</param>
/// <param name="Draft">A draft that is gone on with, or null.</param>
/// <param name="Purposes">What is needed: codes of list referral-purpose.</param>
/// <param name="Needs">What the desks shall do, in words, by purpose; also for one that is not chosen: the words are there when it is.</param>
/// <param name="Province">Whose desks are suggested: a code of the directory's edition, or null.</param>
/// <param name="Find">What is looked for among all desks.</param>
/// <param name="Asks">What is asked of whom.</param>
/// <param name="Persons">About whom.</param>
/// <param name="Basis">Code of list disclosure-basis, or null while none is chosen.</param>
/// <param name="OwnBases">Another basis for a desk that does not accept that one, by desk.</param>
/// <param name="Urgency">Code of list urgency.</param>
/// <param name="NoSupervisor">No supervisor is on duty.</param>
/// <param name="Lead">The desk that leads; empty when none of these does.</param>
/// <param name="Seen">What each desk would have read when the sender last looked, by <see cref="Ask.Value"/>: nothing else is sent.</param>
public sealed record ReferForm(
    Guid Once, Guid? Draft, IReadOnlyList<string> Purposes, IReadOnlyDictionary<string, string> Needs, string? Province, string? Find, IReadOnlyList<Ask> Asks, IReadOnlyList<Guid> Persons,
    string? Basis, IReadOnlyDictionary<string, string> OwnBases, string? Urgency, bool NoSupervisor, string? Lead, IReadOnlyDictionary<string, string> Seen)
{
    /// <summary>Purposes whose desks the sender had before her; those that came since get theirs.</summary>
    public IReadOnlyList<string> Had { get; init; } = [];

    /// <summary>The province that the suggestions were made for.</summary>
    public string? HadProvince { get; init; }

    /// <summary>The basis for a desk: its own, else the one for all.</summary>
    public string? BasisFor(string desk) => OwnBases.GetValueOrDefault(desk) ?? Basis;

    /// <summary>What a desk shall do, in words, or null.</summary>
    public string? NeedFor(string purpose) => Needs.GetValueOrDefault(purpose);

    /// <summary>The id of a referral: the same whenever the same form is sent again.</summary>
    public Guid IdOf(Ask ask) => Draft ?? Commands.IdFor(Once, $"referral/{ask.Value}/{Urgency}");

    /// <summary>Its part: only one desk of a case leads.</summary>
    public string PartOf(Ask ask) => Lead == ask.DeskId && Asks.First(one => one.DeskId == ask.DeskId) == ask ? ReferralParts.Lead : ReferralParts.Helper;

    /// <summary>The desks that are asked, each once, in the order of the asks.</summary>
    public IReadOnlyList<string> Desks => [.. Asks.Select(ask => ask.DeskId).Distinct()];

    /// <summary>As it was sent.</summary>
    public static ReferForm Of(IFormCollection form)
    {
        var purposes = Codes(form, "purpose", "referral-purpose");
        return new(
            Commands.Once(form["once"]),
            Guid.TryParse(form["draft"], out var draft) ? draft : null,
            purposes,
            ValueLists.Get("referral-purpose").Values.Select(purpose => (purpose.Code, Text: form.Typed($"need-{purpose.Code}"))).Where(need => need.Text is not null).ToDictionary(need => need.Code, need => need.Text!),
            form.Typed("province"),
            form.Typed("find"),
            [.. form["to"].Select(Ask.Of).OfType<Ask>().Where(ask => purposes.Contains(ask.Purpose)).Distinct()],
            [.. form["person"].Select(id => Guid.TryParse(id, out var person) ? person : Guid.Empty).Where(id => id != Guid.Empty).Distinct()],
            Code(form.Typed("basis"), "disclosure-basis"),
            Named(form, "basis-").Where(own => ValueLists.Get("disclosure-basis").Contains(own.Value)).ToDictionary(),
            Code(form.Typed("urgency"), "urgency"),
            form["noSupervisor"] == "true",
            form["lead"].ToString(),
            Named(form, "seen-").ToDictionary())
        {
            Had = Codes(form, "had", "referral-purpose"),
            HadProvince = form.Typed("hadProvince"),
        };
    }

    private static string? Code(string? value, string list) => ValueLists.Get(list).Contains(value) ? value : null;

    private static IReadOnlyList<string> Codes(IFormCollection form, string name, string list) => [.. form[name].OfType<string>().Where(ValueLists.Get(list).Contains).Distinct()];

    private static IEnumerable<KeyValuePair<string, string>> Named(IFormCollection form, string prefix) => form
        .Where(field => field.Key.StartsWith(prefix, StringComparison.Ordinal))
        .Select(field => KeyValuePair.Create(field.Key[prefix.Length..], field.Value.ToString()));
}
