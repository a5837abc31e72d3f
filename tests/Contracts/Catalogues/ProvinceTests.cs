using Hotline111.Contracts.Catalogues;

namespace Hotline111.Contracts.Tests.Catalogues;

public sealed class ProvinceTests
{
    private const string Former = "2025-03-01";
    private const string Merged = "2025-07-01";
    private const string Current = "2026-04-30";

    [Theory]
    [InlineData(Merged, 28, 6)]
    [InlineData(Current, 27, 7)]
    public void An_edition_has_thirty_four_units(string edition, int provinces, int cities)
    {
        var units = Provinces.Find(edition).ShouldNotBeNull().Provinces;

        units.Length.ShouldBe(34);
        units.Select(unit => unit.Code).ShouldBeUnique();
        units.Count(unit => unit.Kind == "province").ShouldBe(provinces);
        units.Count(unit => unit.Kind == "city").ShouldBe(cities);
    }

    [Fact]
    public void The_editions_differ_in_dong_nai_alone_which_became_a_city()
    {
        var before = Provinces.Find(Merged)!;
        var after = Provinces.Find(Current)!;

        before.Provinces.Where(unit => after.Find(unit.Code)!.Kind != unit.Kind).Select(unit => unit.Vi).ShouldBe(["Đồng Nai"]);
        before.Provinces.Select(unit => (unit.Code, unit.Vi)).ShouldBe(after.Provinces.Select(unit => (unit.Code, unit.Vi)));
    }

    [Fact]
    public void There_were_sixty_three_units_before_and_each_is_in_one_merged_unit()
    {
        Provinces.Former.Provinces.Length.ShouldBe(63);
        Provinces.Former.Provinces.Select(unit => unit.Code).ShouldBeUnique();
        Provinces.Former.Provinces.Count(unit => unit.Kind == "city").ShouldBe(6);

        foreach (var edition in Provinces.Editions)
        {
            edition.Provinces.SelectMany(unit => unit.FormerCodes).ShouldBe(Provinces.Former.Provinces.Select(unit => unit.Code), ignoreOrder: true);
            foreach (var unit in edition.Provinces)
            {
                unit.FormerCodes.ShouldAllBe(code => Provinces.IsMergedInto(code, unit.Code));
                unit.FormerCodes.ShouldContain(unit.Code); // The seat's code.
                Provinces.Former.Find(unit.FormerCodes[0])!.Vi.ShouldBe(unit.Vi); // The namesake first.
            }

            edition.Provinces.Count(unit => unit.FormerCodes.Length == 1).ShouldBe(11);
        }
    }

    [Theory]
    [InlineData("15", "Yên Bái", "Lào Cai")]
    [InlineData("24", "Bắc Giang", "Bắc Ninh")]
    [InlineData("44", "Quảng Bình", "Quảng Trị")]
    [InlineData("52", "Bình Định", "Gia Lai")]
    [InlineData("80", "Long An", "Tây Ninh")]
    [InlineData("82", "Tiền Giang", "Đồng Tháp")]
    [InlineData("91", "Kiên Giang", "An Giang")]
    public void A_code_that_was_used_again_means_what_its_edition_says(string code, string former, string merged)
    {
        Provinces.Label(Former, code).ShouldBe(former);
        Provinces.Label(Merged, code).ShouldBe(merged);
        Provinces.Label(Current, code).ShouldBe(merged);
    }

    [Fact]
    public void No_other_code_changed_its_meaning() =>
        Provinces.Find(Current)!.Provinces
            .Where(unit => Provinces.Former.Find(unit.Code)!.Vi != unit.Vi).Select(unit => unit.Code)
            .ShouldBe(["15", "24", "44", "52", "80", "82", "91"]);

    [Fact]
    public void Borders_and_coast_add_up()
    {
        var units = Provinces.Find(Current)!.Provinces;

        units.Count(unit => !unit.LandBorder.IsEmpty).ShouldBe(22);
        units.Count(unit => unit.Coastal).ShouldBe(21);
        units.Count(unit => !unit.LandBorder.IsEmpty || unit.Coastal).ShouldBe(30);
        units.SelectMany(unit => unit.LandBorder).Distinct().ShouldBe(["CN", "LA", "KH"], ignoreOrder: true);
    }

    [Theory]
    [InlineData(2019, 6, 30, Former)]
    [InlineData(2025, 6, 30, Former)]
    [InlineData(2025, 7, 1, Merged)]
    [InlineData(2026, 4, 29, Merged)]
    [InlineData(2026, 4, 30, Current)]
    [InlineData(2030, 1, 1, Current)]
    public void A_day_has_its_edition(int year, int month, int day, string edition) =>
        Provinces.EditionAt(new DateOnly(year, month, day)).ShouldBe(edition);

    [Theory]
    [InlineData(Merged, "08", null, true)]
    [InlineData(Merged, "08", "02", true)] // Hà Giang is in Tuyên Quang.
    [InlineData(Current, "15", "10", true)]
    [InlineData(Current, "15", "02", false)]
    [InlineData(Current, "02", null, false)] // Hà Giang's own code is gone.
    [InlineData(Current, "08", "99", false)]
    [InlineData(Current, "08", "", false)]
    [InlineData(Former, "02", null, true)]
    [InlineData(Former, "02", "02", true)]
    [InlineData(Former, "08", "02", false)]
    [InlineData("2024-01-01", "08", null, false)]
    [InlineData(null, "08", null, false)]
    [InlineData(Current, null, null, false)]
    public void A_place_is_known_by_edition_code_and_former_province(string? edition, string? code, string? former, bool known) =>
        Provinces.IsKnown(edition, code, former).ShouldBe(known);

    [Fact]
    public void Every_former_province_has_one_region_in_each_scheme_and_the_files_agree()
    {
        var nine = RegionSchemes.Get("region-9");
        var seven = RegionSchemes.Get("region-7");
        nine.Regions.Length.ShouldBe(9);
        seven.Regions.Length.ShouldBe(7);

        foreach (var unit in Provinces.Former.Provinces)
        {
            nine.RegionOf(unit.Code).ShouldNotBeNull().Code.ShouldBe(unit.Region9);
            seven.RegionOf(unit.Code).ShouldNotBeNull().Code.ShouldBe(unit.Region7);
        }

        foreach (var scheme in new[] { nine, seven })
            scheme.Regions.SelectMany(region => region.Members).ShouldBe(Provinces.Former.Provinces.Select(unit => unit.Code), ignoreOrder: true);

        foreach (var unit in Provinces.Editions.SelectMany(edition => edition.Provinces))
        {
            unit.Region9.ShouldBe(unit.FormerCodes.Select(code => nine.RegionOf(code)!.Code).Distinct(), ignoreOrder: true);
            unit.Region7.ShouldBe(unit.FormerCodes.Select(code => seven.RegionOf(code)!.Code).Distinct(), ignoreOrder: true);
            unit.Region9[0].ShouldBe(nine.RegionOf(unit.FormerCodes[0])!.Code);
        }
    }

    [Fact]
    public void Seven_units_straddle_regions() =>
        Provinces.Find(Current)!.Provinces.Where(unit => unit.Region9.Length > 1).Select(unit => unit.Vi)
            .ShouldBe(["Bắc Ninh", "Phú Thọ", "Quảng Ngãi", "Gia Lai", "Đắk Lắk", "Lâm Đồng", "Tây Ninh"]);

    [Fact]
    public void The_six_planning_regions_share_out_the_thirty_four_units()
    {
        var scheme = RegionSchemes.Get("region-6");

        scheme.Basis.ShouldBe("current");
        scheme.Regions.Select(region => region.Members.Length).ShouldBe([9, 6, 5, 6, 3, 5, 0]);
        scheme.Regions.SelectMany(region => region.Members).ShouldBe(Provinces.Find(Current)!.Provinces.Select(unit => unit.Code), ignoreOrder: true);
    }

    [Fact]
    public void Every_edition_states_validity_source_licence_and_confidence()
    {
        foreach (var edition in Provinces.Editions)
        {
            edition.ValidFrom.ShouldBe(DateOnly.ParseExact(edition.Edition, "yyyy-MM-dd"));
            edition.Source.ShouldNotBeNullOrWhiteSpace();
            edition.Licence.ShouldNotBeNullOrWhiteSpace();
            edition.Confidence.ShouldBeOneOf("certain", "likely", "expected", "unconfirmed");
        }

        Provinces.Former.ValidTo.ShouldBe(new DateOnly(2025, 6, 30));
    }
}
