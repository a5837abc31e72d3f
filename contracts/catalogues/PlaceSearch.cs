using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Hotline111.Contracts.Catalogues;

/// <summary>A province or city that was found, ready to be stored: a place needs edition, code and, where it is known, the former code.</summary>
/// <param name="Edition">Edition of <paramref name="Code"/>.</param>
/// <param name="Code">The unit's code in that edition; for a former unit that of its new home.</param>
/// <param name="FormerCode">The code before the mergers; null where the unit was merged from several and the name says no more.</param>
/// <param name="IsFormer">The name is of one of the 63 units before the mergers.</param>
/// <param name="Vi">The name that was found.</param>
/// <param name="En">The name that was found, in English.</param>
/// <param name="HomeVi">The unit of today: the same name, or for a former one where it belongs now ("Hà Giang → nay thuộc Tuyên Quang").</param>
/// <param name="HomeEn">The unit of today, in English.</param>
public sealed record FoundPlace(string Edition, string Code, string? FormerCode, bool IsFormer, string Vi, string En, string HomeVi, string HomeEn);

/// <summary>
/// Finds provinces and cities by what somebody types while talking. Marks, case, spaces and hyphens do not matter, nor đ or d, i or y, c or k; beginnings,
/// single words, initials and the usual abbreviations work. It knows the units of an edition and the 63 before the mergers, no communes or districts, no older
/// names (Hà Tây, Sông Bé) and no misspellings beyond these.
/// </summary>
public static class PlaceSearch
{
    /// <summary>More characters than this name no province.</summary>
    public const int LongestQuery = 60;

    private static readonly string[] Titles = ["thanh pho", "tinh", "tp"];

    // What people say beside the names of the catalogue, by the code of today.
    private static readonly (string Code, string[] Names, string[] Abbreviations)[] AlsoCalled =
    [
        ("01", [], ["HN"]),
        ("31", [], ["HP"]),
        ("46", ["Thừa Thiên Huế"], []),
        ("48", [], ["ĐN", "ĐNg"]),
        ("79", ["Sài Gòn"], ["SG", "HCM", "TPHCM", "HCMC"]),
        ("92", [], ["CT"]),
    ];

    private static readonly Lazy<FrozenDictionary<string, ImmutableArray<Entry>>> Entries =
        new(() => Provinces.Editions.ToFrozenDictionary(edition => edition.Edition, EntriesOf, StringComparer.Ordinal));

    /// <summary>
    /// The form in which names and queries are compared: without marks wherever they stood, in lower case, đ as d, y as i, k as c, separators as one space,
    /// and without "tỉnh", "thành phố", "TP" in front of a name. Applied twice it changes nothing more.
    /// </summary>
    public static string Normalise(string text) => Fold(WithoutTitle(Plain(text)));

    /// <summary>The places that fit, the best first.</summary>
    /// <param name="query">As typed; empty finds the units of today in the order of their codes.</param>
    /// <param name="on">The day whose edition counts; for a day before the mergers the first edition after them.</param>
    /// <param name="limit">How many at most.</param>
    public static IReadOnlyList<FoundPlace> Find(string query, DateOnly on, int limit = 12)
    {
        var entries = Entries.Value[Provinces.Find(Provinces.EditionAt(on))?.Edition ?? Provinces.Editions[0].Edition];
        var typed = WithoutTitle(Plain(query));
        if (typed.Length == 0)
            return [.. entries.Where(entry => !entry.Place.IsFormer).Take(limit).Select(entry => entry.Place)];
        // What is equal only with letters folded comes after what is equal to the letter, and former names after those of today.
        var wanted = Fold(typed);
        return
        [
            .. entries.Select((entry, order) => (entry.Place, Rank: entry.Names.Min(name => name.Rank(typed, wanted)), ToTheLetter: entry.Names.Any(name => name.Begins(typed)), order))
                .Where(found => found.Rank < Rank.None)
                .OrderBy(found => found.Rank).ThenBy(found => !found.ToTheLetter).ThenBy(found => found.Place.IsFormer).ThenBy(found => found.order)
                .Take(limit)
                .Select(found => found.Place),
        ];
    }

    private static ImmutableArray<Entry> EntriesOf(ProvinceEdition edition)
    {
        var present = edition.Provinces.Select(province => new Entry(
            new(edition.Edition, province.Code, province.FormerCodes is [var only] ? only : null, IsFormer: false, province.Vi, province.En, province.Vi, province.En),
            NamesOf(province.Vi, province.En, province.Code)));
        // A unit that was merged with nothing stands among those of today already, former code and all.
        var former = Provinces.Former.Provinces
            .Select(province => (Former: province, Home: edition.Find(province.MergedInto)!))
            .Where(each => each.Home.FormerCodes.Length > 1)
            .Select(each => new Entry(
                new(edition.Edition, each.Home.Code, each.Former.Code, IsFormer: true, each.Former.Vi, each.Former.En, each.Home.Vi, each.Home.En),
                NamesOf(each.Former.Vi, each.Former.En, null)));
        return [.. present, .. former];
    }

    private static ImmutableArray<Name> NamesOf(string vi, string en, string? code)
    {
        var also = AlsoCalled.FirstOrDefault(each => each.Code == code);
        return
        [
            .. (also.Names ?? []).Prepend(en).Prepend(vi).Select(Plain).Distinct().Select(plain => new Name(plain, IsAbbreviation: false)),
            .. (also.Abbreviations ?? []).Select(abbreviation => new Name(Plain(abbreviation), IsAbbreviation: true)),
        ];
    }

    /// <summary>Letters and digits in lower case without marks, words parted by one space.</summary>
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        // Rune by rune: half a surrogate pair, which nothing can decompose, comes as the replacement character and parts words.
        foreach (var rune in text.EnumerateRunes())
        {
            // What is no character at all cannot be decomposed either.
            var known = Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherNotAssigned ? Rune.ReplacementChar : rune;
            foreach (var part in known.ToString().Normalize(NormalizationForm.FormKD).EnumerateRunes())
            {
                if (Rune.GetUnicodeCategory(part) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format)
                    continue;
                if (part.Value is 'đ' or 'Đ')
                    plain.Append('d');
                else if (Rune.IsLetterOrDigit(part))
                    plain.Append(Rune.ToLowerInvariant(part).ToString());
                else if (plain.Length > 0 && plain[^1] != ' ')
                    plain.Append(' ');
            }
        }

        return plain.ToString().TrimEnd(' ');
    }

    private static string WithoutTitle(string plain)
    {
        while (Titles.FirstOrDefault(title => plain.Length > title.Length + 1 && plain.StartsWith(title, StringComparison.Ordinal) && plain[title.Length] == ' ') is { } title)
            plain = plain[(title.Length + 1)..];
        return plain;
    }

    // Letter for letter, whatever stands around it: so the beginning of a name stays the beginning of its form.
    private static string Fold(string plain) => plain.Replace('y', 'i').Replace('k', 'c');

    private sealed record Entry(FoundPlace Place, ImmutableArray<Name> Names);

    private enum Rank
    {
        Whole,
        Beginning,
        Words,
        Together,
        Initials,
        None,
    }

    private sealed record Name(string Plain, bool IsAbbreviation)
    {
        private readonly string form = Fold(Plain);
        private readonly string[] words = Fold(Plain).Split(' ');
        private readonly string initials = string.Concat(Plain.Split(' ').Select(word => word[0]));

        public bool Begins(string typed) => Plain.StartsWith(typed, StringComparison.Ordinal);

        /// <param name="typed">The query to the letter: a K is no C where single letters count.</param>
        /// <param name="wanted">The query with its letters folded.</param>
        public Rank Rank(string typed, string wanted)
        {
            var (joined, together) = (Joined(wanted), Joined(form));
            if (IsAbbreviation)
                return Joined(typed) == Plain ? PlaceSearch.Rank.Whole : PlaceSearch.Rank.None;
            return wanted == form ? PlaceSearch.Rank.Whole
                : form.StartsWith(wanted, StringComparison.Ordinal) ? PlaceSearch.Rank.Beginning
                : HasWords(wanted) ? PlaceSearch.Rank.Words
                : joined.Length < 2 ? PlaceSearch.Rank.None
                : together.StartsWith(joined, StringComparison.Ordinal) ? PlaceSearch.Rank.Together
                : initials == Joined(typed) ? PlaceSearch.Rank.Initials
                : PlaceSearch.Rank.None;
        }

        private static string Joined(string text) => text.Replace(" ", "", StringComparison.Ordinal);

        /// <summary>Each word of the query begins a word of the name, in the same order.</summary>
        private bool HasWords(string wanted)
        {
            var at = 0;
            foreach (var word in wanted.Split(' '))
            {
                while (at < words.Length && !words[at].StartsWith(word, StringComparison.Ordinal))
                    at++;
                if (at++ >= words.Length)
                    return false;
            }

            return true;
        }
    }
}
