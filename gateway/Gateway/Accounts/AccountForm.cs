using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Pages.Blocks;
using Microsoft.Extensions.Primitives;

namespace Hotline111.Gateway.Accounts;

/// <summary>The form of an account as somebody filled it in: to make one, or to give it other rights.</summary>
/// <param name="UserName">What is typed at sign-in; only for a new account.</param>
/// <param name="Agency">The agency as typed: its name, a part of it, or its id.</param>
/// <param name="ShownAgency">The agency whose desks stood on the form.</param>
public sealed record AccountForm(
    string? UserName, string? DisplayName, string? Role, string? Agency, string? ShownAgency, IReadOnlyList<string> Desks, IReadOnlyList<string> Provinces)
{
    /// <summary>An empty one.</summary>
    public static AccountForm Empty { get; } = new(null, null, null, null, null, [], []);

    /// <summary>Roles that belong to an agency; the others are the hotline's own.</summary>
    public static bool IsOfAgency(string? role) => role is Roles.Liaison or Roles.AgencyHead;

    /// <summary>As an account is now.</summary>
    public static AccountForm Of(AccountEntry entry, Words words) => new(
        entry.UserName, entry.Rights.DisplayName, entry.Rights.Role, AgencyDirectory.FindAgency(entry.Rights.Agency)?.Name(words.Language.Code), entry.Rights.Agency, entry.Rights.Desks,
        entry.Rights.Provinces);

    /// <summary>As it was sent.</summary>
    public static AccountForm Read(IFormCollection form) => new(
        Text(form["userName"]), Text(form["displayName"]), Text(form["role"]), Text(form["agency"]), Text(form["shownAgency"]), Codes(form["desks"]), Codes(form["provinces"]));

    /// <summary>The agencies that what was typed can mean: one when it is clear.</summary>
    public IReadOnlyList<DirectoryAgency> Agencies()
    {
        if (Agency is null)
        {
            return [];
        }

        var receivers = AgencyDirectory.Agencies.Where(agency => agency.Id != AgencyDirectory.Hotline).ToList();
        var wanted = PlaceSearch.Normalise(Agency);
        var exact = receivers.Where(agency => agency.Id == Agency || PlaceSearch.Normalise(agency.NameVi) == wanted || PlaceSearch.Normalise(agency.NameEn) == wanted).ToList();
        return exact.Count > 0
            ? exact
            : [.. receivers.Where(agency => PlaceSearch.Normalise(agency.NameVi).Contains(wanted, StringComparison.Ordinal) || PlaceSearch.Normalise(agency.NameEn).Contains(wanted, StringComparison.Ordinal))];
    }

    /// <summary>The desks of an agency.</summary>
    public static IReadOnlyList<DirectoryDesk> DesksOf(string? agency) => [.. AgencyDirectory.Desks.Where(desk => desk.AgencyId == agency)];

    /// <summary>What is wrong with it, and the rights it gives where nothing is.</summary>
    /// <returns>The rights, or null; and the form with what follows from it filled in, to be shown again.</returns>
    public (Rights? Rights, AccountForm Form, FormErrors Errors) Check(Words words, bool isNew)
    {
        FormErrors errors = [];
        if (isNew && UserName is null or { Length: > 100 })
        {
            errors.Add("userName", words["Administration.UserNameMissing"]);
        }
        else if (isNew && UserName!.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '.' or '_' or '@')))
        {
            errors.Add("userName", words["Administration.UserNameLetters"]);
        }

        if (DisplayName is null or { Length: > 200 })
        {
            errors.Add("displayName", words["Administration.DisplayNameMissing"]);
        }

        if (!Roles.People.Contains(Role, StringComparer.Ordinal))
        {
            errors.Add("role", words["Administration.RoleMissing"]);
        }

        var (agency, form) = (default(string), this);
        if (IsOfAgency(Role))
        {
            var found = Agencies();
            agency = found.Count == 1 ? found[0].Id : null;
            if (Agency is null)
            {
                errors.Add("agency", words["Administration.AgencyMissing"]);
            }
            else if (found.Count != 1)
            {
                errors.Add("agency", found.Count == 0 ? words["Administration.AgencyUnknown"] : words["Administration.AgencySeveral", found.Count]);
            }
            else
            {
                // Desks that were ticked for another agency are not this one's.
                var own = DesksOf(agency);
                var ticked = Desks.Where(desk => own.Any(each => each.Id == desk)).ToList();
                form = this with { ShownAgency = agency, Desks = Role == Roles.Liaison && ticked.Count == 0 && own.Count == 1 ? [own[0].Id] : ticked };
                if (Role == Roles.Liaison && form.Desks.Count == 0)
                {
                    errors.Add("desks", words["Administration.DesksMissing"]);
                }
            }
        }

        if (errors.Count == 0 && !Rights.LimitFits(Role!, agency, form.Desks, Provinces))
        {
            errors.Add("provinces", words["Administration.ProvincesUnseen"]);
        }

        return (
            errors.Count > 0 ? null : new Rights(DisplayName!, Role!, agency, Role == Roles.Liaison ? form.Desks : [], [.. Provinces.Where(code => Contracts.Catalogues.Provinces.Editions[^1].Find(code) is not null)]),
            form, errors);
    }

    /// <summary>The roles to choose from, each with what it may do.</summary>
    public static IReadOnlyList<Choice> RoleChoices(Words words) =>
    [
        new(Roles.Counsellor, words.Role(Roles.Counsellor), words["Administration.MayCounsellor"]),
        new(Roles.Supervisor, words.Role(Roles.Supervisor), words["Administration.MaySupervisor"]),
        new(Roles.Director, words.Role(Roles.Director), words["Administration.MayDirector"]),
        new(Roles.Liaison, words.Role(Roles.Liaison), words["Administration.MayLiaison"]),
        new(Roles.AgencyHead, words.Role(Roles.AgencyHead), words["Administration.MayAgencyHead"]),
        new(Roles.Auditor, words.Role(Roles.Auditor), words["Administration.MayAuditor"]),
        new(Roles.Administrator, words.Role(Roles.Administrator), words["Administration.MayAdministrator"]),
    ];

    private static string? Text(StringValues value) => value.ToString().Trim() is { Length: > 0 } text ? text : null;

    private static IReadOnlyList<string> Codes(StringValues values) => [.. values.OfType<string>().Where(code => code.Length > 0).Distinct()];
}
