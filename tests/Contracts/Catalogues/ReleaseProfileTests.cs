using Hotline111.Contracts.Catalogues;

namespace Hotline111.Contracts.Tests.Catalogues;

public sealed class ReleaseProfileTests
{
    private static readonly string[] PackageFields =
    [
        "request.need", "request.narrative", "request.place", "request.riskSigns", "request.urgency", "request.safeContact",
        "request.callerContact", "person.name", "person.gender", "person.birthYear", "person.age", "person.ethnicityGroup",
        "person.phone", "person.address", "person.identityNumber", "person.purpose", "person.type", "person.destination",
        "person.status", "person.location", "person.note",
    ];

    public static TheoryData<string> Ids => [.. ReleaseProfiles.All.Select(profile => profile.Id)];

    [Fact]
    public void There_is_one_profile_for_each_receiving_sector_and_one_for_an_emergency()
    {
        ReleaseProfiles.All.Select(profile => profile.Sector).OfType<string>()
            .ShouldBe(ValueLists.Get("receiving-sector").Values.Select(sector => sector.Code), ignoreOrder: true);
        ReleaseProfiles.All.Where(profile => profile.Sector is null).Select(profile => profile.Id).ShouldBe([ReleaseProfiles.Emergency]);
        ReleaseProfiles.All.Select(profile => profile.Id).ShouldBeUnique();
    }

    [Fact]
    public void The_fields_of_a_package_are_these_and_no_others() => ReleaseProfiles.KnownFields.ShouldBe(PackageFields);

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_profile_uses_known_fields_and_bases_on_which_data_may_leave(string id)
    {
        var profile = ReleaseProfiles.Get(id);
        var bases = ValueLists.Get("disclosure-basis");

        profile.Fields.ShouldBeUnique();
        profile.Fields.ShouldBeSubsetOf(PackageFields);
        profile.Fields.ShouldContain("request.need");
        profile.Fields.ShouldContain("request.urgency");
        // Whoever may call must know when it is safe to.
        if (profile.Fields.Contains("person.phone") || profile.Fields.Contains("request.callerContact"))
            profile.Fields.ShouldContain("request.safeContact");
        profile.AcceptedBases.ShouldNotBeEmpty();
        profile.AcceptedBases.ShouldAllBe(basis => bases.Find(basis)!.AllowsDisclosure == true);
        profile.Source.ShouldNotBeNullOrWhiteSpace();
        profile.Edition.ShouldBe("2026-1");
    }

    [Fact]
    public void Only_police_and_border_guard_and_coast_guard_read_the_narrative_outside_an_emergency() =>
        ReleaseProfiles.All.Where(profile => profile.Fields.Contains("request.narrative")).Select(profile => profile.Id)
            .ShouldBe(["police", "border-guard", "coast-guard", "emergency"]);

    [Fact]
    public void Only_those_who_plan_support_learn_the_ethnicity_group() =>
        ReleaseProfiles.All.Where(profile => profile.Fields.Contains("person.ethnicityGroup")).Select(profile => profile.Id)
            .ShouldBe(["womens-union", "health-social", "facility"]);

    [Theory]
    [InlineData("ngo")]
    [InlineData("international")]
    public void Private_and_foreign_bodies_get_little_and_with_consent_only(string id)
    {
        var profile = ReleaseProfiles.Get(id);

        profile.AcceptedBases.ShouldBe([DisclosureBasis.Consent, DisclosureBasis.Anonymised]);
        profile.Fields.Length.ShouldBeLessThanOrEqualTo(8);
        profile.Allows("person.identityNumber", DisclosureBasis.Consent).ShouldBeFalse();
    }

    [Fact]
    public void An_emergency_goes_on_vital_interest_alone()
    {
        var emergency = ReleaseProfiles.Get(ReleaseProfiles.Emergency);

        emergency.AcceptedBases.ShouldBe([DisclosureBasis.VitalInterest]);
        emergency.Fields.ShouldContain("request.place");
        emergency.Fields.ShouldContain("person.location");
        emergency.FieldsOn(DisclosureBasis.Consent).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Nothing_goes_on_a_basis_the_profile_does_not_accept_and_nothing_that_names_someone_goes_anonymised(string id)
    {
        var profile = ReleaseProfiles.Get(id);

        profile.FieldsOn(DisclosureBasis.None).ShouldBeEmpty();
        profile.FieldsOn("").ShouldBeEmpty();
        foreach (var basis in profile.AcceptedBases.Where(basis => basis != DisclosureBasis.Anonymised))
            profile.FieldsOn(basis).ShouldBe(profile.Fields);
        profile.FieldsOn(DisclosureBasis.Anonymised).ShouldBeSubsetOf(
        [
            "request.need", "request.place", "request.riskSigns", "request.urgency", "person.gender", "person.age", "person.purpose",
            "person.type", "person.destination", "person.status",
        ]);
    }

    [Fact]
    public void A_profile_that_does_not_exist_is_not_found()
    {
        ReleaseProfiles.Find("everyone").ShouldBeNull();
        Should.Throw<ArgumentException>(() => ReleaseProfiles.Get("everyone"));
    }
}
