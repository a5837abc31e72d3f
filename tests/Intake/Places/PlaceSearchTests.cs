using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Hotline111.Contracts.Catalogues;

namespace Hotline111.Intake.Tests.Places;

/// <summary>Whatever the hand on the keyboard makes of a name, the place is found; and what is not found is said here too.</summary>
public sealed class PlaceSearchTests
{
    private static readonly DateOnly Today = new(2026, 11, 21);

    private static ProvinceEdition Present => Provinces.Editions[^1];

    /// <summary>Every name of the present edition and of the 63.</summary>
    public static TheoryData<string, string, string?> Names()
    {
        var names = new TheoryData<string, string, string?>();
        foreach (var province in Present.Provinces)
            names.Add(province.Vi, province.Code, province.FormerCodes is [var only] ? only : null);
        foreach (var former in Provinces.Former.Provinces.Where(former => Present.Find(former.MergedInto)!.FormerCodes.Length > 1))
            names.Add(former.Vi, former.MergedInto, former.Code);
        return names;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_name_finds_itself_however_it_is_typed(string name, string code, string? formerCode)
    {
        foreach (var typed in Ways(name))
        {
            PlaceSearch.Normalise(typed).ShouldBe(PlaceSearch.Normalise(name), typed);
            var found = PlaceSearch.Find(typed, Today);
            found.ShouldContain(place => place.Code == code && place.FormerCode == formerCode && place.Vi == name, typed);
            found[0].Vi.ShouldBe(name, typed);
            found.ShouldAllBe(place => place.Edition == "2026-04-30" && Provinces.IsKnown(place.Edition, place.Code, place.FormerCode));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_name_is_found_by_each_of_its_beginnings_and_by_each_of_its_words(string name, string code, string? formerCode)
    {
        for (var length = 1; length <= name.Length; length++)
            Found(name[..length]).ShouldContain((code, formerCode), name[..length]);
        foreach (var word in name.Split(' ', '-').Where(word => word.Length > 0))
            Found(word).ShouldContain((code, formerCode), word);
        Found(name.Replace(" ", "", StringComparison.Ordinal)).ShouldContain((code, formerCode), "without spaces");
    }

    [Theory]
    [InlineData("hoà bình", "Hòa Bình")]
    [InlineData("hòa bình", "Hòa Bình")]
    [InlineData("Thanh Hoá", "Thanh Hóa")]
    [InlineData("Bắc Cạn", "Bắc Kạn")]
    [InlineData("đắc lắc", "Đắk Lắk")]
    [InlineData("Daklak", "Đắk Lắk")]
    [InlineData("Con Tum", "Kon Tum")]
    [InlineData("kontum", "Kon Tum")]
    [InlineData("tai ninh", "Tây Ninh")]
    [InlineData("TP HCM", "Hồ Chí Minh")]
    [InlineData("TP. HCM", "Hồ Chí Minh")]
    [InlineData("tphcm", "Hồ Chí Minh")]
    [InlineData("Thành phố Hồ Chí Minh", "Hồ Chí Minh")]
    [InlineData("Ho Chi Minh City", "Hồ Chí Minh")]
    [InlineData("SG", "Hồ Chí Minh")]
    [InlineData("sai gon", "Hồ Chí Minh")]
    [InlineData("HN", "Hà Nội")]
    [InlineData("hanoi", "Hà Nội")]
    [InlineData("BRVT", "Bà Rịa - Vũng Tàu")]
    [InlineData("BR-VT", "Bà Rịa - Vũng Tàu")]
    [InlineData("vũng tàu", "Bà Rịa - Vũng Tàu")]
    [InlineData("KT", "Kon Tum")]
    [InlineData("ĐN", "Đà Nẵng")]
    [InlineData("tỉnh Hà Giang", "Hà Giang")]
    [InlineData("Tĩnh", "Hà Tĩnh")]
    [InlineData("T.T. Huế", "Huế")]
    [InlineData("thua thien hue", "Huế")]
    [InlineData("  ha   giang ", "Hà Giang")]
    [InlineData("h giang", "Hà Giang")]
    [InlineData("kh", "Khánh Hòa")]
    [InlineData("Ha\u0300 Giang", "Hà Giang")]
    [InlineData("ＨＡ ＮＯＩ", "Hà Nội")]
    public void What_people_type_finds_first_what_they_mean(string typed, string name) => PlaceSearch.Find(typed, Today)[0].Vi.ShouldBe(name);

    [Fact]
    public void A_former_name_says_where_it_belongs_now() =>
        PlaceSearch.Find("Hà Giang", Today)[0].ShouldBe(new("2026-04-30", "08", "02", IsFormer: true, "Hà Giang", "Ha Giang", "Tuyên Quang", "Tuyen Quang"));

    [Fact]
    public void A_name_that_stayed_means_the_whole_new_unit_first_and_then_its_old_part()
    {
        var found = PlaceSearch.Find("tuyen quang", Today);
        found[0].ShouldBe(new("2026-04-30", "08", null, IsFormer: false, "Tuyên Quang", "Tuyen Quang", "Tuyên Quang", "Tuyen Quang"));
        found[1].ShouldBe(found[0] with { FormerCode = "08", IsFormer = true });
    }

    [Fact]
    public void A_unit_that_was_merged_with_nothing_stands_once_and_knows_its_former_code() =>
        PlaceSearch.Find("Cao Bằng", Today).ShouldHaveSingleItem().ShouldBe(new("2026-04-30", "04", "04", IsFormer: false, "Cao Bằng", "Cao Bang", "Cao Bằng", "Cao Bang"));

    [Fact]
    public void Initials_that_several_share_find_them_all() =>
        PlaceSearch.Find("qn", Today).Select(place => place.Vi).Distinct().ShouldBe(["Quảng Ngãi", "Quảng Ninh", "Quảng Nam"], ignoreOrder: true);

    [Fact]
    public void Nothing_typed_finds_the_units_of_today() =>
        PlaceSearch.Find(" - ", Today, 100).Select(place => place.Code).ShouldBe(Present.Provinces.Select(province => province.Code));

    [Fact]
    public void All_that_can_be_found_are_34_units_of_today_and_the_52_that_became_parts() => Names().Count.ShouldBe(34 + 52);

    [Theory]
    [InlineData(2026, 4, 29, "2025-07-01")]
    [InlineData(2026, 4, 30, "2026-04-30")]
    [InlineData(2025, 7, 1, "2025-07-01")]
    [InlineData(2025, 6, 30, "2025-07-01")]
    public void The_edition_is_that_of_the_day(int year, int month, int day, string edition) => PlaceSearch.Find("dong nai", new(year, month, day))[0].Edition.ShouldBe(edition);

    [Theory]
    [InlineData("Hà Tây")]
    [InlineData("Sông Bé")]
    [InlineData("Đồng Văn")]
    [InlineData("Ha Giamg")]
    [InlineData("xã hư cấu, Hà Giang")]
    [InlineData("giang ha")]
    public void Older_names_districts_misspellings_and_addresses_are_not_found(string typed) => PlaceSearch.Find(typed, Today).ShouldBeEmpty();

    [Fact]
    public void No_two_units_of_the_same_time_have_the_same_form()
    {
        Present.Provinces.Select(province => PlaceSearch.Normalise(province.Vi)).ShouldBeUnique();
        Provinces.Former.Provinces.Select(province => PlaceSearch.Normalise(province.Vi)).ShouldBeUnique();
    }

    [Fact]
    public void The_form_of_a_form_is_the_form_for_every_letter_of_the_first_two_planes()
    {
        List<string> changed = [];
        for (var code = 0; code <= 0x1FFFF; code++)
        {
            if (!Rune.IsValid(code))
                continue;
            var once = PlaceSearch.Normalise($"a{new Rune(code)}b");
            if (PlaceSearch.Normalise(once) != once)
                changed.Add($"U+{code:X4}");
        }

        changed.ShouldBeEmpty();
    }

    [Fact]
    public void The_form_of_a_form_is_the_form_for_any_text() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll<string?>(text =>
        {
            var once = PlaceSearch.Normalise(text ?? "");
            return PlaceSearch.Normalise(once) == once && PlaceSearch.Find(text ?? "", Today) is not null;
        }));

    [Fact]
    public void The_form_of_titles_and_names_in_any_order_is_final()
    {
        string[] words = ["tỉnh", "TP", "thành phố", "Hà", "Nội", "tp.", "thành", "phố"];
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), picks =>
        {
            var once = PlaceSearch.Normalise(string.Join(' ', picks.Select(pick => words[(int)((uint)pick % words.Length)])));
            return PlaceSearch.Normalise(once) == once;
        }));
    }

    private static IEnumerable<string> Ways(string name)
    {
        var bare = WithoutMarks(name);
        yield return name;
        yield return name.ToUpperInvariant();
        yield return name.ToLowerInvariant();
        yield return name.Normalize(NormalizationForm.FormD);
        yield return name.Replace('đ', 'd').Replace('Đ', 'D');
        yield return bare;
        yield return bare.ToUpperInvariant();
        yield return bare.Replace('-', ' ');
        yield return bare.Replace(' ', '-');
        yield return OtherTonePosition(name);
    }

    private static string WithoutMarks(string name) => string.Concat(
        name.Replace('đ', 'd').Replace('Đ', 'D').Normalize(NormalizationForm.FormD).Where(letter => System.Globalization.CharUnicodeInfo.GetUnicodeCategory(letter) != System.Globalization.UnicodeCategory.NonSpacingMark));

    // "hòa" and "hoà" are both legal: the mark moves from the first to the second of the two vowels, or back.
    private static string OtherTonePosition(string name)
    {
        foreach (var (one, other) in new[] { ("òa", "oà"), ("óa", "oá"), ("ỏa", "oả"), ("õa", "oã"), ("ọa", "oạ"), ("ủy", "uỷ"), ("úy", "uý") })
            name = name.Contains(one, StringComparison.Ordinal) ? name.Replace(one, other, StringComparison.Ordinal) : name.Replace(other, one, StringComparison.Ordinal);
        return name;
    }

    private static List<(string Code, string? FormerCode)> Found(string typed) => [.. PlaceSearch.Find(typed, Today, 100).Select(place => (place.Code, place.FormerCode))];
}
