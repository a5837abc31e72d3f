using Hotline111.Contracts.Catalogues;

namespace Hotline111.Contracts.Tests.Catalogues;

public sealed class AgencyDirectoryTests
{
    public static TheoryData<string> DeskIds => [.. AgencyDirectory.Desks.Select(desk => desk.Id)];

    private static ProvinceEdition Edition => Provinces.Find(AgencyDirectory.ProvinceEdition).ShouldNotBeNull();

    [Theory]
    [InlineData("police", Sector.Police)]
    [InlineData("health", Sector.HealthSocial)]
    [InlineData("womens-union", Sector.WomensUnion)]
    public void Every_province_has_its_desk(string kind, string sector)
    {
        var desks = Of(kind);

        desks.Select(desk => desk.Id).ShouldBe(Edition.Provinces.Select(province => $"{kind}.{province.Code}"), ignoreOrder: true);
        desks.Length.ShouldBe(34);
        desks.ShouldAllBe(desk => desk.Sector == sector);
    }

    [Fact]
    public void The_border_guard_has_a_desk_in_exactly_the_thirty_provinces_with_a_border_or_a_coast()
    {
        var desks = Of("border-guard");

        desks.Length.ShouldBe(30);
        desks.Select(desk => desk.ProvinceCodes.ShouldHaveSingleItem()).ShouldBe(
            Edition.Provinces.Where(province => province.Coastal || !province.LandBorder.IsEmpty).Select(province => province.Code), ignoreOrder: true);
        desks.Select(desk => desk.Id).ShouldNotContain("border-guard.01"); // Hà Nội has neither.
    }

    [Fact]
    public void The_central_desks_are_those_the_law_and_the_plans_name()
    {
        AgencyDirectory.Desks.Where(desk => desk.ProvinceCodes.IsEmpty).Select(desk => (desk.Id, desk.Sector)).ShouldBe(
        [
            ("c02", Sector.Police), ("c02-anti-trafficking", Sector.Police), ("border-guard", Sector.BorderGuard), ("border-guard-anti-trafficking", Sector.BorderGuard),
            ("coast-guard", Sector.CoastGuard), ("consular", Sector.ForeignAffairs), ("womens-union", Sector.WomensUnion), ("iom", Sector.International),
        ]);
        AgencyDirectory.FindAgency(AgencyDirectory.Hotline).ShouldNotBeNull();
        AgencyDirectory.Desks.ShouldAllBe(desk => desk.AgencyId != AgencyDirectory.Hotline);
    }

    [Fact]
    public void Ids_are_unique()
    {
        AgencyDirectory.Desks.Select(desk => desk.Id).ShouldBeUnique();
        AgencyDirectory.Agencies.Select(agency => agency.Id).ShouldBeUnique();
        AgencyDirectory.Desks.Length.ShouldBe((3 * 34) + 30 + 6 + 2);
        AgencyDirectory.Agencies.Length.ShouldBe(AgencyDirectory.Desks.Length - 2 + 1);
    }

    [Theory]
    [InlineData("c02", "c02-anti-trafficking")]
    [InlineData("border-guard", "border-guard-anti-trafficking")]
    public void Within_an_agency_a_request_can_be_handed_to_its_anti_trafficking_division(string agency, string division)
    {
        var first = AgencyDirectory.FindDesk(agency).ShouldNotBeNull();
        var second = AgencyDirectory.FindDesk(division).ShouldNotBeNull();

        AgencyDirectory.Desks.Where(desk => desk.AgencyId == agency).Select(desk => desk.Id).ShouldBe([agency, division]);
        // What the first desk was sent, the second may read without a new release.
        second.ReleaseProfile.ShouldBe(first.ReleaseProfile);
        second.Competences.ShouldBe(first.Competences);
        second.ProvinceCodes.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(DeskIds))]
    public void A_desk_stands_on_what_exists(string id)
    {
        var desk = AgencyDirectory.FindDesk(id).ShouldNotBeNull();
        var agency = AgencyDirectory.FindAgency(desk.AgencyId).ShouldNotBeNull();
        var purposes = ValueLists.Get("referral-purpose");

        agency.Sector.ShouldBe(desk.Sector);
        ValueLists.Get("receiving-sector").Contains(desk.Sector).ShouldBeTrue();
        ReleaseProfiles.Find(desk.ReleaseProfile).ShouldNotBeNull().Sector.ShouldBe(desk.Sector);
        desk.Competences.ShouldNotBeEmpty();
        desk.Competences.ShouldBeUnique();
        desk.Competences.ShouldAllBe(purpose => purposes.Contains(purpose));
        desk.ProvinceCodes.ShouldAllBe(code => Provinces.IsKnown(AgencyDirectory.ProvinceEdition, code, null));
        desk.DutyHours.ShouldBeOneOf("24/7", "office");
        desk.NameVi.ShouldNotBeNullOrWhiteSpace();
        desk.NameEn.ShouldNotBeNullOrWhiteSpace();
        desk.Source.ShouldNotBeNullOrWhiteSpace();
        desk.Confidence.ShouldBeOneOf("certain", "likely", "expected", "unconfirmed");
        desk.OfficialChannels.Select(channel => channel.Kind).ShouldBeUnique();
        desk.OfficialChannels.ShouldContain(channel => channel.Kind == "phone");
        foreach (var channel in desk.OfficialChannels)
        {
            channel.Kind.ShouldBeOneOf("phone", "email", "fax", "letter");
            // A number nobody has confirmed is worse than none.
            if (!channel.Confirmed)
                channel.Value.ShouldBeNull();
        }
    }

    [Theory]
    [InlineData("police.08", "Công an tỉnh Tuyên Quang", "Tuyen Quang Province Police")]
    [InlineData("police.01", "Công an thành phố Hà Nội", "Hanoi City Police")]
    [InlineData("police.79", "Công an Thành phố Hồ Chí Minh", "Ho Chi Minh City Police")]
    [InlineData("health.15", "Sở Y tế tỉnh Lào Cai", "Lao Cai Province Department of Health")]
    [InlineData("health.46", "Sở Y tế thành phố Huế", "Hue City Department of Health")]
    [InlineData("womens-union.66", "Hội LHPN tỉnh Đắk Lắk", "Dak Lak Province Women's Union")]
    [InlineData("border-guard.15", "Ban Chỉ huy Bộ đội Biên phòng tỉnh Lào Cai", "Lao Cai Province Border Guard Command")]
    [InlineData("police.75", "Công an thành phố Đồng Nai", "Dong Nai City Police")]
    public void A_provincial_desk_bears_its_name_in_both_languages(string id, string vi, string en)
    {
        var desk = AgencyDirectory.FindDesk(id).ShouldNotBeNull();

        desk.Name().ShouldBe(vi);
        desk.Name("en").ShouldBe(en);
        AgencyDirectory.FindAgency(desk.AgencyId)!.Name().ShouldBe(vi);
    }

    [Fact]
    public void Every_provincial_name_says_province_or_city_as_the_edition_does_also_on_earlier_days()
    {
        foreach (var edition in Provinces.Editions)
        {
            foreach (var desk in AgencyDirectory.Desks.Where(desk => !desk.ProvinceCodes.IsEmpty))
            {
                var province = edition.Find(desk.ProvinceCodes[0])!;
                var unit = (province.Kind == "city" ? "thành phố " : "tỉnh ") + province.Vi;

                desk.NameOn(edition.ValidFrom).ShouldEndWith(unit, Shouldly.Case.Insensitive);
                AgencyDirectory.FindAgency(desk.AgencyId)!.NameOn(edition.ValidFrom).ShouldBe(desk.NameOn(edition.ValidFrom));
            }
        }

        AgencyDirectory.FindDesk("health.75")!.NameOn(new DateOnly(2026, 4, 29)).ShouldBe("Sở Y tế tỉnh Đồng Nai");
    }

    [Fact]
    public void Every_purpose_of_a_referral_has_a_desk_in_every_province_of_the_country()
    {
        foreach (var purpose in ValueLists.Get("referral-purpose").Values)
        {
            foreach (var province in Edition.Provinces)
                AgencyDirectory.Desks.ShouldContain(desk => desk.Competences.Contains(purpose.Code) && desk.Covers(province.Code));
        }
    }

    private static DirectoryDesk[] Of(string kind) =>
        [.. AgencyDirectory.Desks.Where(desk => desk.Id.StartsWith(kind + ".", StringComparison.Ordinal))];
}
