using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;

namespace Hotline111.Gateway.Accounts;

/// <summary>What is said of accounts and of what was done with them.</summary>
public static class AccountWords
{
    /// <summary>Where the account belongs: its desks, its agency, or the hotline.</summary>
    public static string Place(Words words, Rights rights) => Place(words, rights.Agency, rights.Desks);

    /// <summary>When somebody last signed in.</summary>
    public static string LastSignIn(Words words, Times times, AccountEntry entry) => entry.LastSignIn is { } at ? times.Moment(at) : words["Administration.Never"];

    /// <summary>Provinces the account is limited to.</summary>
    public static string Provinces(Words words, IReadOnlyList<string> provinces) => provinces.Count == 0
        ? words["Administration.AllProvinces"]
        : string.Join(", ", provinces.Select(code => Contracts.Catalogues.Provinces.Editions[^1].Find(code)?.Label(words.Language.Code) ?? code));

    /// <summary>Rights in one line.</summary>
    public static string Line(Words words, EventRights rights) =>
        $"{words.Role(rights.Role)} · {Place(words, rights.Agency, rights.Desks)}{(rights.Provinces.Count == 0 ? "" : $" · {Provinces(words, rights.Provinces)}")}";

    /// <summary>What an administrator did.</summary>
    public static string What(Words words, string what) => what switch
    {
        "created" => words["Administration.DidCreate"],
        "renamed" => words["Administration.DidRename"],
        "rights-changed" => words["Administration.DidChange"],
        "disabled" => words["Administration.DidDisable"],
        "enabled" => words["Administration.DidEnable"],
        "password-renewed" => words["Administration.DidPassword"],
        "second-factor-reset" => words["Administration.DidFactor"],
        "renewed" => words["Administration.DidRenew"],
        "sessions-ended" => words["Administration.DidEnd"],
        "signing-key-rolled" => words["Administration.DidRoll"],
        _ => what,
    };

    /// <summary>What happened at the door.</summary>
    public static string Outcome(Words words, string outcome) => outcome switch
    {
        "signed-in" => words["Administration.DoorIn"],
        "wrong-password" or "wrong-password-at-change" => words["Administration.DoorPassword"],
        "wrong-code" => words["Administration.DoorCode"],
        "code-used-before" => words["Administration.DoorUsed"],
        "paused" => words["Administration.DoorPaused"],
        "disabled" => words["Administration.DoorDisabled"],
        "second-factor-changed" => words["Administration.DoorFactor"],
        _ => outcome,
    };

    private static string Place(Words words, string? agency, IReadOnlyList<string> desks) => desks.Count > 0
        ? string.Join("; ", desks.Select(words.Desk))
        : AgencyDirectory.FindAgency(agency)?.Name(words.Language.Code) ?? words["Administration.OfHotline"];
}
