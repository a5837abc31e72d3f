using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;

namespace Hotline111.Console.Cases;

/// <summary>Sentences about a case that several pages need.</summary>
internal static class CaseWords
{
    /// <summary>Whom the case is about: "Sùng Thị Dín, 16 tuổi, và 2 người nữa". For pages where names may stand.</summary>
    public static string About(Words words, Times times, CaseFile file) => (file.MainPerson, file.Persons.Count - 1) switch
    {
        (null, _) => words["Case.NobodyYet"],
        ({ } main, 0) => main.Brief(words, times.Now),
        ({ } main, 1) => words["Case.AndOneMore", main.Brief(words, times.Now)],
        ({ } main, var more) => words["Case.AndMore", main.Brief(words, times.Now), more],
    };

    /// <summary>Agencies and provinces by name, with commas between them.</summary>
    public static string Excluded(Words words, IEnumerable<string> agencies, IEnumerable<string> provinces) => string.Join(", ",
        provinces.Select(code => Provinces.Label(AgencyDirectory.ProvinceEdition, code, words.Language.Code) ?? code)
            .Concat(agencies.Select(id => AgencyDirectory.FindAgency(id)?.Name(words.Language.Code) ?? id)));

    /// <summary>Codes of a list as words, with commas between them.</summary>
    public static string Codes(Words words, string list, IEnumerable<string> codes) => string.Join(", ", codes.Select(code => words.Within(list, code)));

    /// <summary>A result, which is of one of two lists.</summary>
    public static string Result(Words words, string code) => words.Within(ValueLists.Get("referral-result").Contains(code) ? "referral-result" : "no-result", code);
}
