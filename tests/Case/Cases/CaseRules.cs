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

    private static readonly C.Open Open = new("CS-2026-000001", ContactId, HaGiang, "only_hours", null, Personal.Of("Bị dụ đi làm.", new Owner("case", CaseId), FieldGroup.Narrative), "an", Now);
    private static readonly E.Opened Opened = new("CS-2026-000001", ContactId, HaGiang, "only_hours", null, Open.Narrative, "an", Now);
    private static readonly E.PersonAdded DaughterAdded = new(Daughter, Facts(Daughter), "an", Now);
    private static readonly E.Assessed Urgent = new("high", ["minor", "moving_to_border"], "urgent", "an", Now);

    private static readonly C.Release ToPolice = new(
        "police.08", "police@2026-1", "vital_interest", "verify_rescue", [Daughter], ["person.gender", "person.name"], Hash('a'), "c2lnbmF0dXJl", ProfileAllowsBasis: true, "an", Now);

    private static readonly E.Released ReleasedToPolice = new(
        "police.08", "police@2026-1", "vital_interest", "verify_rescue", [Daughter], ["person.gender", "person.name"], Hash('a'), "c2lnbmF0dXJl", "an", Now);

    [Fact]
    public void A_case_is_opened_from_a_contact() => Given().When(Open).Then(Opened);

    [Fact]
    public void Opened_again_from_the_same_contact_it_is_the_same_case() => Given(Opened, DaughterAdded).When(Open with { Number = "", At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void A_case_from_another_contact_cannot_take_its_id() => Given(Opened).When(Open with { ContactId = Guid.NewGuid() }).ThenRefused(CaseRefusals.AlreadyExists);

    [Fact]
    public void Nothing_can_be_done_with_a_case_that_nobody_opened()
    {
        Given().When(new C.AddPerson(Daughter, Facts(Daughter), "an", Now)).ThenRefused(CaseRefusals.NotFound);
        Given().When(new C.ChangePerson(Daughter, Facts(Daughter), "an", Now)).ThenRefused(CaseRefusals.NotFound);
        Given().When(new C.Assess("high", [], "urgent", "an", Now)).ThenRefused(CaseRefusals.NotFound);
        Given().When(ToPolice).ThenRefused(CaseRefusals.NotFound);
    }

    [Fact]
    public void A_new_case_is_standard_and_its_risk_unknown() =>
        Given(Opened).State.ShouldBeOfType<CaseState.InProgress>().ShouldSatisfyAllConditions(s => s.RiskLevel.ShouldBe("unknown"), s => s.Urgency.ShouldBe("standard"));

    [Fact]
    public void A_person_is_added() => Given(Opened).When(new C.AddPerson(Daughter, Facts(Daughter), "an", Now)).Then(DaughterAdded);

    [Fact]
    public void The_same_person_is_added_once() => Given(Opened, DaughterAdded).When(new C.AddPerson(Daughter, Facts(Daughter), "binh", Now)).ThenNothing();

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
            .ShouldBeOfType<CaseState.InProgress>().Persons.ShouldBe([new Person(Daughter, known), new Person(Friend, Facts(Friend))]);
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
                var other => other,
            });

    [Fact]
    public void The_allowed_commands_are_those_that_work() =>
        AllowedCommands.Check(CaseDecider.Instance, CaseDecider.Allowed, Name, AnyCommand, blamesState: CaseRefusals.TooManyPersons.Code);

    private static History<CaseState, C, E> Given(params E[] history) => CaseDecider.Instance.Given(history);

    private static string Hash(char digit) => new(digit, 64);

    private static PersonFacts Facts(Guid id) => new(
        Personal.Of("Lò Thị Mỷ", new Owner("person", id), FieldGroup.Identity),
        "female", 2009, null, null, "ethnic_minority", "sexual_exploitation", "cross_border_out", "CN", "suspected", null, null, null, null, null);

    private static string Name(C command) => command switch
    {
        C.Open => "open",
        C.AddPerson => "add-person",
        C.ChangePerson => "change-person",
        C.Assess => "assess",
        C.Release => "release",
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    private static C AnyCommand(Random random, CaseState state)
    {
        var at = Now.AddMinutes(random.Next(3));
        var person = random.Next(2) == 0 ? Daughter : Friend;
        return random.Next(state is CaseState.None ? 12 : 8) switch
        {
            0 or 8 or 9 or 10 or 11 => Open with { ContactId = random.Next(3) == 0 ? CaseId : ContactId, At = at },
            1 => new C.AddPerson(person, Facts(person), "an", at),
            2 or 3 => new C.ChangePerson(person, Facts(person) with { Gender = random.Next(2) == 0 ? "female" : "unknown", Destination = random.Next(2) == 0 ? "CN" : "unknown" }, "an", at),
            4 or 5 => new C.Assess(random.Next(2) == 0 ? "high" : "low", random.Next(2) == 0 ? [] : ["minor"], random.Next(2) == 0 ? "urgent" : "standard", "an", at),
            _ => ToPolice with
            {
                DeskId = random.Next(2) == 0 ? "police.08" : "police.01",
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
        E.Opened e => e with { Place = e.Place is { } place ? place with { Commune = Sealed.Stored(place.Commune) } : null, Narrative = Sealed.Stored(e.Narrative) },
        E.PersonAdded e => e with { Facts = Stored(e.Facts) },
        E.PersonChanged e => e with { Facts = Stored(e.Facts) },
        _ => @event,
    };

    private static PersonFacts Stored(PersonFacts facts) => facts with { Name = Sealed.Stored(facts.Name) };
}
