using Hotline111.Case.Cases;
using Hotline111.Case.Persons;
using Hotline111.Platform.Privacy;
using Hotline111.Testing;
using C = Hotline111.Case.Cases.CaseCommand;
using E = Hotline111.Case.Cases.CaseEvent;

namespace Hotline111.Case.Tests.Cases;

/// <summary>What may happen to a case, sentence by sentence.</summary>
public sealed class CaseRules
{
    private static readonly Guid CaseId = new("019c1f00-0000-7000-8000-0000000000a1");
    private static readonly Guid ContactId = new("019c1f00-0000-7000-8000-0000000000c1");
    private static readonly Guid Daughter = new("019c1f00-0000-7000-8000-0000000000d1");
    private static readonly Guid Friend = new("019c1f00-0000-7000-8000-0000000000d2");
    private static readonly DateTimeOffset Now = new(2026, 3, 5, 21, 30, 0, TimeSpan.FromHours(7));
    private static readonly Place HaGiang = new("2026-04-30", "08", "02", Personal.Of("xã Lũng Cú", new Owner("case", CaseId), FieldGroup.Location));

    private static readonly Personal<string> Lured = Personal.Of("Bị dụ đi làm.", new Owner("case", CaseId), FieldGroup.Narrative);
    private static readonly CaseDetails Details = new(HaGiang, "only_hours", null, Lured), NoDetails = new(null, null, null, null);
    private static readonly C.Open Open = new("CS-2026-000001", ContactId, Details, "an", Now);
    private static readonly E.Opened Opened = new("CS-2026-000001", ContactId, HaGiang, "only_hours", null, Lured, "an", Now);
    private static readonly E.PersonAdded DaughterAdded = new(Daughter, Facts(Daughter), "an", Now);
    private static readonly C.OpenForEmergency OpenForEmergency = new("CS-2026-000002", ContactId, "system", Now);
    private static readonly E.Opened OpenedForEmergency = new("CS-2026-000002", ContactId, null, null, null, null, "system", Now, Emergency: true);
    private static readonly C.Complete Complete = new(Details, "an", Now.AddMinutes(9));
    private static readonly E.Completed Completed = new(HaGiang, "only_hours", null, Lured, "an", Now.AddMinutes(9));
    private static readonly Personal<string> Why = Personal.Of("Người bị tố cáo công tác tại đó.", new Owner("case", CaseId), FieldGroup.Narrative);
    private static readonly C.Restrict Restrict = new(["police.08"], ["02", "08"], Why, "binh", Now);
    private static readonly E.Restricted Restricted = new(["police.08"], ["02", "08"], Why, "binh", Now);
    private static readonly E.Assessed Urgent = new("high", ["minor", "moving_to_border"], "urgent", "an", Now);

    private static readonly C.Release ToPolice = new(
        "police.08", "police.08", ["08"], "police@2026-1", "vital_interest", "verify_rescue", [Daughter], ["person.gender", "person.name"], Hash('a'), "c2lnbmF0dXJl", ProfileAllowsBasis: true, "an", Now);

    private static readonly E.Released ReleasedToPolice = new(
        "police.08", "police@2026-1", "vital_interest", "verify_rescue", [Daughter], ["person.gender", "person.name"], Hash('a'), "c2lnbmF0dXJl", "an", Now);

    [Fact]
    public void A_case_is_opened_from_a_contact() => Given().When(Open).Then(Opened);

    [Fact]
    public void Opened_again_from_the_same_contact_it_is_the_same_case() => Given(Opened, DaughterAdded).When(Open with { Number = "", At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void Only_asked_for_it_is_the_same_case_whatever_is_known_of_it() => Given(Opened).When(Open with { Details = NoDetails }).ThenNothing();

    [Fact]
    public void Opened_again_with_other_words_it_is_refused_so_that_nobody_takes_them_for_recorded()
    {
        var others = new[] { Details with { Place = null }, Details with { SafeContact = "any_time" }, Details with { Narrative = null }, Details with { CallerContact = Why } };
        foreach (var other in others)
        {
            Given(Opened).When(Open with { Details = other }).ThenRefused(CaseRefusals.AlreadyExists);
            Given(OpenedForEmergency, Completed).When(Open with { Details = other }).ThenRefused(CaseRefusals.AlreadyExists);
        }

        Given(OpenedForEmergency, Completed).When(Open).ThenNothing();
    }

    [Fact]
    public void A_case_from_another_contact_cannot_take_its_id() => Given(Opened).When(Open with { ContactId = Guid.NewGuid() }).ThenRefused(CaseRefusals.AlreadyExists);

    [Fact]
    public void Nothing_can_be_done_with_a_case_that_nobody_opened()
    {
        Given().When(new C.AddPerson(Daughter, Facts(Daughter), "an", Now)).ThenRefused(CaseRefusals.NotFound);
        Given().When(new C.ChangePerson(Daughter, Facts(Daughter), "an", Now)).ThenRefused(CaseRefusals.NotFound);
        Given().When(new C.Assess("high", [], "urgent", "an", Now)).ThenRefused(CaseRefusals.NotFound);
        Given().When(ToPolice).ThenRefused(CaseRefusals.NotFound);
        Given().When(Complete).ThenRefused(CaseRefusals.NotFound);
        Given().When(Restrict).ThenRefused(CaseRefusals.NotFound);
    }

    [Fact]
    public void A_new_case_is_standard_and_its_risk_unknown() =>
        Given(Opened).State.ShouldBeOfType<CaseState.InProgress>().ShouldSatisfyAllConditions(s => s.RiskLevel.ShouldBe("unknown"), s => s.Urgency.ShouldBe("standard"));

    [Fact]
    public void An_emergency_opens_the_case_that_nobody_has_opened_yet() =>
        Given().When(OpenForEmergency).Then(OpenedForEmergency).State
            .ShouldBeOfType<CaseState.InProgress>().ShouldSatisfyAllConditions(s => s.AwaitsDetails.ShouldBeTrue(), s => s.Urgency.ShouldBe("emergency"), s => s.Place.ShouldBeNull());

    [Fact]
    public void Sent_to_several_desks_an_emergency_opens_one_case() => Given(OpenedForEmergency).When(OpenForEmergency with { Number = "", At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void An_emergency_finds_the_case_that_the_counsellor_has_opened() => Given(Opened).When(OpenForEmergency with { Number = "" }).ThenNothing();

    [Fact]
    public void An_emergency_of_another_contact_does_not_take_over_a_case() =>
        Given(Opened).When(OpenForEmergency with { ContactId = Guid.NewGuid() }).ThenRefused(CaseRefusals.AlreadyExists);

    [Fact]
    public void Opened_after_the_emergency_it_is_the_same_case_and_what_was_typed_is_added() =>
        Given(OpenedForEmergency).When(Open with { Number = "", At = Now.AddMinutes(9) }).Then(Completed).State
            .ShouldBeOfType<CaseState.InProgress>().ShouldSatisfyAllConditions(s => s.Number.ShouldBe("CS-2026-000002"), s => s.AwaitsDetails.ShouldBeFalse(), s => s.Narrative.ShouldBe(Lured));

    [Fact]
    public void Opened_after_the_emergency_without_a_word_it_still_awaits_what_is_known() =>
        Given(OpenedForEmergency).When(new C.Open("", ContactId, NoDetails, "an", Now)).ThenNothing().State.ShouldBeOfType<CaseState.InProgress>().AwaitsDetails.ShouldBeTrue();

    [Fact]
    public void What_is_known_is_added_to_a_case_that_an_emergency_opened() =>
        Given(OpenedForEmergency).When(Complete).Then(Completed).State.ShouldBeOfType<CaseState.InProgress>().Place.ShouldBe(HaGiang);

    [Fact]
    public void What_was_told_wrongly_is_put_right_in_any_case_and_the_whole_of_it_stands_anew()
    {
        foreach (E[] history in new E[][] { [Opened], [OpenedForEmergency, Completed], [Opened, Completed with { SafeContact = "any_time" }] })
        {
            Given(history).When(Complete with { Details = new(null, null, Why, null) })
                .Then(Completed with { Place = null, SafeContact = null, CallerContact = Why, Narrative = null }).State
                .ShouldBeOfType<CaseState.InProgress>().Details.ShouldBe(new CaseDetails(null, null, Why, null));
        }
    }

    [Fact]
    public void Put_right_to_what_it_is_already_nothing_happens() => Given(Opened).When(Complete).ThenNothing();

    [Fact]
    public void Also_after_a_correction_the_first_request_is_known_again() =>
        Given(Opened, Completed with { Place = null }).When(Open).ThenNothing().State.ShouldBeOfType<CaseState.InProgress>().Place.ShouldBeNull();

    [Fact]
    public void Adding_what_is_known_does_not_make_an_emergency_less_urgent() =>
        Given(OpenedForEmergency, Completed).State.ShouldBeOfType<CaseState.InProgress>().Urgency.ShouldBe("emergency");

    [Fact]
    public void A_case_is_kept_from_agencies_and_territories() => Given(Opened).When(Restrict).Then(Restricted);

    [Fact]
    public void The_same_restriction_again_changes_nothing() => Given(Opened, Restricted).When(Restrict with { By = "an", At = Now.AddHours(1) }).ThenNothing();

    [Fact]
    public void A_later_list_takes_the_place_of_the_earlier_one() =>
        Given(Opened, Restricted).When(Restrict with { Agencies = [], Provinces = ["15"] }).Then(Restricted with { Agencies = [], Provinces = ["15"] }).State
            .ShouldBeOfType<CaseState.InProgress>().Restriction.ShouldBe(new Restriction([], ["15"], Why));

    [Fact]
    public void An_empty_list_lifts_the_restriction() =>
        Given(Opened, DaughterAdded, Restricted, Restricted with { Agencies = [], Provinces = [] }).When(ToPolice).Then(ReleasedToPolice);

    [Fact]
    public void Lifting_what_was_never_restricted_changes_nothing() => Given(Opened).When(Restrict with { Agencies = [], Provinces = [] }).ThenNothing();

    [Theory]
    [InlineData("police.08", "01", "its agency is excluded")]
    [InlineData("womens-union.08", "08", "its province is excluded")]
    [InlineData("border-guard.08", "15,02", "one of its provinces is excluded")]
    public void Nothing_is_released_to_an_excluded_desk(string agency, string territory, string because)
    {
        var release = ToPolice with { AgencyId = agency, Territory = [.. territory.Split(',')] };
        Given(Opened, DaughterAdded, Restricted).When(release).ThenRefused(CaseRefusals.DeskExcluded);
        Given(Opened, DaughterAdded).When(release).Then(ReleasedToPolice).State.ShouldNotBeNull(because);
    }

    [Fact]
    public void A_desk_for_the_whole_country_is_excluded_by_its_agency_alone() =>
        Given(Opened, DaughterAdded, Restricted).When(ToPolice with { DeskId = "c02", AgencyId = "c02", Territory = [] }).Then(ReleasedToPolice with { DeskId = "c02" });

    [Fact]
    public void What_had_been_released_before_is_not_released_again_to_a_desk_excluded_since() =>
        Given(Opened, DaughterAdded, ReleasedToPolice, Restricted).When(ToPolice).ThenRefused(CaseRefusals.DeskExcluded);

    [Fact]
    public void After_the_facts_have_changed_a_second_release_stands_beside_the_first() =>
        Given(Opened, DaughterAdded, ReleasedToPolice).When(ToPolice with { PackageHash = Hash('b') }).State
            .ShouldBeOfType<CaseState.InProgress>().Releases.Select(release => release.PackageHash).ShouldBe([Hash('a'), Hash('b')]);

    [Fact]
    public void A_person_is_added() => Given(Opened).When(new C.AddPerson(Daughter, Facts(Daughter), "an", Now)).Then(DaughterAdded);

    [Fact]
    public void The_same_person_is_added_once() => Given(Opened, DaughterAdded).When(new C.AddPerson(Daughter, Facts(Daughter), "binh", Now)).ThenNothing();

    [Fact]
    public void The_first_request_to_add_her_is_known_again_after_she_was_described_otherwise() =>
        Given(Opened, DaughterAdded, new E.PersonChanged(Daughter, Facts(Daughter) with { Status = "in_identification" }, "an", Now))
            .When(new C.AddPerson(Daughter, Facts(Daughter), "an", Now)).ThenNothing();

    [Fact]
    public void Somebody_described_otherwise_cannot_be_added_under_her_id() =>
        Given(Opened, DaughterAdded).When(new C.AddPerson(Daughter, Facts(Daughter) with { Destination = "KH" }, "an", Now)).ThenRefused(CaseRefusals.PersonAlreadyExists);

    [Fact]
    public void A_case_holds_sixty_persons_and_no_more()
    {
        E[] full = [Opened, .. Enumerable.Range(0, CaseDecider.MaximumPersons).Select(_ => Guid.NewGuid()).Select(id => new E.PersonAdded(id, Facts(id), "an", Now))];

        Given(full[..^1]).When(new C.AddPerson(Daughter, Facts(Daughter), "an", Now)).Then(DaughterAdded);
        Given(full).When(new C.AddPerson(Daughter, Facts(Daughter), "an", Now)).ThenRefused(CaseRefusals.TooManyPersons);
        CaseDecider.Allowed(Given(full).State).ShouldNotContain("add-person");
    }

    [Fact]
    public void What_is_known_of_a_person_can_change()
    {
        var found = Facts(Daughter) with { Status = "in_identification" };
        Given(Opened, DaughterAdded).When(new C.ChangePerson(Daughter, found, "an", Now)).Then(new E.PersonChanged(Daughter, found, "an", Now));
    }

    [Fact]
    public void The_same_facts_again_change_nothing() => Given(Opened, DaughterAdded).When(new C.ChangePerson(Daughter, Facts(Daughter), "binh", Now)).ThenNothing();

    [Fact]
    public void Only_the_later_facts_of_a_person_hold()
    {
        var known = Facts(Daughter) with { Age = 17, AgeOn = new DateOnly(2026, 3, 5), BirthYear = null };
        Given(Opened, DaughterAdded, new E.PersonAdded(Friend, Facts(Friend), "an", Now), new E.PersonChanged(Daughter, known, "an", Now)).State
            .ShouldBeOfType<CaseState.InProgress>().Persons.Select(person => (person.Id, person.Facts)).ShouldBe([(Daughter, known), (Friend, Facts(Friend))]);
    }

    [Fact]
    public void A_person_who_is_not_in_the_case_cannot_change() =>
        Given(Opened, DaughterAdded).When(new C.ChangePerson(Friend, Facts(Friend), "an", Now)).ThenRefused(CaseRefusals.PersonNotFound);

    [Fact]
    public void Risk_and_urgency_are_judged() => Given(Opened).When(new C.Assess("high", ["minor", "moving_to_border"], "urgent", "an", Now)).Then(Urgent);

    [Fact]
    public void The_same_judgement_again_changes_nothing() =>
        Given(Opened, Urgent).When(new C.Assess("high", ["minor", "moving_to_border"], "urgent", "binh", Now.AddHours(1))).ThenNothing();

    [Fact]
    public void One_more_danger_sign_is_another_judgement() =>
        Given(Opened, Urgent).When(new C.Assess("high", ["confined", "minor", "moving_to_border"], "urgent", "an", Now))
            .Then(Urgent with { RiskSigns = ["confined", "minor", "moving_to_border"] });

    [Fact]
    public void A_package_is_released_for_a_desk() => Given(Opened, DaughterAdded).When(ToPolice).Then(ReleasedToPolice);

    [Fact]
    public void A_request_without_a_known_person_can_be_released_too() =>
        Given(Opened).When(ToPolice with { PersonIds = [] }).Then(ReleasedToPolice with { PersonIds = [] });

    [Fact]
    public void The_same_package_for_the_same_desk_is_released_once() =>
        Given(Opened, DaughterAdded, ReleasedToPolice).When(ToPolice with { At = Now.AddMinutes(5), Signature = "YW5vdGhlcg==" }).ThenNothing();

    [Fact]
    public void What_was_signed_for_it_can_be_found_again() =>
        Given(Opened, DaughterAdded, ReleasedToPolice).State.ShouldBeOfType<CaseState.InProgress>()
            .FindRelease("police.08", "police@2026-1", "vital_interest", Hash('a'))
            .ShouldBe(new ReleasedPackage("police.08", "police@2026-1", "vital_interest", Hash('a'), "c2lnbmF0dXJl", Now));

    [Fact]
    public void The_same_package_for_a_second_desk_of_the_same_profile_is_a_disclosure_of_its_own() =>
        Given(Opened, DaughterAdded, ReleasedToPolice).When(ToPolice with { DeskId = "police.01" }).Then(ReleasedToPolice with { DeskId = "police.01" });

    [Fact]
    public void The_same_package_on_another_basis_is_a_disclosure_of_its_own() =>
        Given(Opened, DaughterAdded, ReleasedToPolice).When(ToPolice with { Basis = "consent" }).Then(ReleasedToPolice with { Basis = "consent" });

    [Fact]
    public void Another_package_for_the_same_desk_is_a_disclosure_of_its_own() =>
        Given(Opened, DaughterAdded, ReleasedToPolice).When(ToPolice with { PackageHash = Hash('b') }).Then(ReleasedToPolice with { PackageHash = Hash('b') });

    [Fact]
    public void Nothing_is_released_about_a_stranger() => Given(Opened, DaughterAdded).When(ToPolice with { PersonIds = [Daughter, Friend] }).ThenRefused(CaseRefusals.PersonNotFound);

    [Fact]
    public void Nothing_is_released_without_a_basis() => Given(Opened, DaughterAdded).When(ToPolice with { Basis = "none" }).ThenRefused(CaseRefusals.BasisNeeded);

    [Fact]
    public void Nothing_is_released_on_a_basis_that_the_desk_does_not_accept() =>
        Given(Opened, DaughterAdded).When(ToPolice with { ProfileAllowsBasis = false }).ThenRefused(CaseRefusals.BasisNotAccepted);

    [Fact]
    public void Every_pair_of_state_and_command_is_decided_and_a_repeated_command_appends_nothing() => DeciderProperties.Check(CaseDecider.Instance, AnyCommand);

    // The door keeps the seal of every text that says what it said before, so that a repeated change brings the sealed values themselves.
    [Fact]
    public void That_also_holds_for_values_that_come_back_sealed_from_the_store() =>
        DeciderProperties.Check(
            CaseDecider.Instance with { Evolve = (state, @event) => CaseState.Evolve(state, Stored(@event)) },
            (random, state) => AnyCommand(random, state) switch
            {
                C.ChangePerson change => change with { Facts = Stored(change.Facts) },
                C.Complete { Details: var told } complete => complete with { Details = told with { Place = Stored(told.Place), Narrative = Sealed.Stored(told.Narrative) } },
                var other => other,
            });

    [Fact]
    public void The_allowed_commands_are_those_that_work() =>
        AllowedCommands.Check(
            CaseDecider.Instance,
            CaseDecider.Allowed,
            Name,
            // Opening what is open already is the same request, or adds what was typed; no page offers it.
            (random, state) => AnyCommand(random, state) is var command && state is CaseState.InProgress { AwaitsDetails: true } && command is C.Open ? Complete : command,
            blamesState: CaseRefusals.TooManyPersons.Code);

    private static History<CaseState, C, E> Given(params E[] history) => CaseDecider.Instance.Given(history);

    private static string Hash(char digit) => new(digit, 64);

    private static PersonFacts Facts(Guid id) => new(
        Personal.Of("Lò Thị Mỷ", new Owner("person", id), FieldGroup.Identity),
        "female", 2009, null, null, "ethnic_minority", "sexual_exploitation", "cross_border_out", "CN", "suspected", null, null, null, null, null);

    private static string? Name(C command) => command switch
    {
        C.Open => "open",
        C.AddPerson => "add-person",
        C.ChangePerson => "change-person",
        C.OpenForEmergency => null,
        C.Complete => "complete",
        C.Restrict => "restrict",
        C.Assess => "assess",
        C.Release => "release",
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    private static C AnyCommand(Random random, CaseState state)
    {
        var at = Now.AddMinutes(random.Next(3));
        var person = random.Next(2) == 0 ? Daughter : Friend;
        return random.Next(state is CaseState.None ? 15 : 11) switch
        {
            8 => OpenForEmergency with { ContactId = random.Next(3) == 0 ? CaseId : ContactId, At = at },
            9 => Complete with { Details = random.Next(2) == 0 ? Details : Details with { Place = null, SafeContact = "any_time" }, At = at },
            10 => Restrict with { Agencies = random.Next(2) == 0 ? [] : ["police.08"], Provinces = random.Next(3) == 0 ? ["01"] : [], At = at },
            0 or 11 or 12 or 13 or 14 => Open with { ContactId = random.Next(3) == 0 ? CaseId : ContactId, At = at },
            1 => new C.AddPerson(person, Facts(person), "an", at),
            2 or 3 => new C.ChangePerson(person, Facts(person) with { Gender = random.Next(2) == 0 ? "female" : "unknown", Destination = random.Next(2) == 0 ? "CN" : "unknown" }, "an", at),
            4 or 5 => new C.Assess(random.Next(2) == 0 ? "high" : "low", random.Next(2) == 0 ? [] : ["minor"], random.Next(2) == 0 ? "urgent" : "standard", "an", at),
            _ => ToPolice with
            {
                DeskId = random.Next(2) == 0 ? "police.08" : "police.01",
                AgencyId = random.Next(2) == 0 ? "police.08" : "police.01",
                Territory = random.Next(2) == 0 ? ["08"] : ["01"],
                Basis = random.Next(5) switch { 0 => "none", 1 => "consent", _ => "vital_interest" },
                PersonIds = random.Next(3) switch { 0 => [], 1 => [Daughter], _ => [Daughter, Friend] },
                PackageHash = Hash("abc"[random.Next(3)]),
                ProfileAllowsBasis = random.Next(4) > 0,
                At = at,
            },
        };
    }

    private static E Stored(E @event) => @event switch
    {
        E.Opened e => e with { Place = Stored(e.Place), Narrative = Sealed.Stored(e.Narrative) },
        E.Completed e => e with { Place = Stored(e.Place), Narrative = Sealed.Stored(e.Narrative) },
        E.Restricted e => e with { Reason = Sealed.Stored(e.Reason)! },
        E.PersonAdded e => e with { Facts = Stored(e.Facts) },
        E.PersonChanged e => e with { Facts = Stored(e.Facts) },
        _ => @event,
    };

    private static Place? Stored(Place? place) => place is null ? null : place with { Commune = Sealed.Stored(place.Commune) };

    private static PersonFacts Stored(PersonFacts facts) => facts with { Name = Sealed.Stored(facts.Name) };
}
