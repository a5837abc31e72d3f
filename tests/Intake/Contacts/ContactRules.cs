using Hotline111.Contracts.Intake.V1;
using Hotline111.Intake.Contacts;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Hotline111.Testing;
using C = Hotline111.Intake.Contacts.ContactCommand;
using E = Hotline111.Intake.Contacts.ContactEvent;

namespace Hotline111.Intake.Tests.Contacts;

/// <summary>What may happen to a contact, sentence by sentence.</summary>
public sealed class ContactRules
{
    private static readonly Guid ContactId = new("019c1f00-0000-7000-8000-0000000000c1");
    private static readonly Guid CaseId = new("019c1f00-0000-7000-8000-0000000000a1");
    private static readonly Guid OtherCaseId = new("019c1f00-0000-7000-8000-0000000000a2");
    private static readonly DateTimeOffset Now = new(2026, 3, 5, 21, 14, 0, TimeSpan.FromHours(7));
    private static readonly DateTimeOffset Later = Now.AddDays(2);
    private static readonly Caller Mother = new("relative_friend", "female", 46, Told("Bà Lò Thị Mẩy", FieldGroup.Identity), Told("0900 000 111", FieldGroup.Contact));
    private static readonly Place HaGiang = new("2026-04-30", "08", "02", null);
    private static readonly Category Counselling = new("counselling", null, ["missing_person", "online_lure"]);
    private static readonly Category Silent = new(null, "silent", []);

    private static readonly C.Record Call = new("CT-2026-000001", "phone_in", null, Mother, HaGiang, "vi", "only_hours", Told("Con gái đi làm xa chưa về.", FieldGroup.Narrative), "an", Now);
    private static readonly E.Recorded Called = new("CT-2026-000001", "phone_in", Now, Mother, HaGiang, "vi", "only_hours", Call.Summary, "an", Now);
    private static readonly E.Categorised AsCounselling = new("counselling", null, Counselling.Topics, "an", Now);
    private static readonly E.Closed Closed = new("an", Now);
    private static readonly Amendment Nothing = new(null, null, null, null, null, null, null, null, null, null, null, []);
    private static readonly E.Amended AmendedNothing = new(null, null, null, null, null, null, null, null, null, null, null, [], "binh", Later);

    [Fact]
    public void A_call_becomes_a_contact() => Given().When(Call).Then(Called);

    [Fact]
    public void Notes_taken_on_paper_keep_the_time_of_the_call() =>
        Given().When(Call with { OccurredAt = Now.AddHours(-3) }).Then(Called with { OccurredAt = Now.AddHours(-3) });

    [Fact]
    public void A_call_cannot_come_from_the_future() => Given().When(Call with { OccurredAt = Now.AddSeconds(1) }).ThenRefused(ContactRefusals.InTheFuture);

    [Fact]
    public void Notes_taken_on_paper_are_taken_for_31_days_to_the_second()
    {
        var edge = Now - ContactDecider.EnteredWithin;
        Given().When(Call with { OccurredAt = edge }).Then(Called with { OccurredAt = edge });
        Given().When(Call with { OccurredAt = edge.AddSeconds(-1) }).ThenRefused(ContactRefusals.TooLongAgo);
        Given().When(Call with { OccurredAt = Now }).Then(Called);
    }

    [Fact]
    public void A_note_recorded_in_time_is_still_the_same_when_its_request_comes_again_after_31_days() =>
        Given(Called with { OccurredAt = Now.AddDays(-31) }).When(Call with { OccurredAt = Now.AddDays(-31), At = Later }).ThenNothing();

    [Fact]
    public void What_was_heard_wrongly_is_put_right_and_only_that_is_recorded()
    {
        var summary = Told("Con gái đi chợ phiên chưa về.", FieldGroup.Narrative);
        Given(Called).When(new C.Amend(Nothing with { CallerGender = "male", CallerAge = 47, Channel = "phone_in", Summary = summary }, "binh", Later))
            .Then(AmendedNothing with { CallerGender = "male", CallerAge = 47, Summary = summary });
    }

    [Fact]
    public void What_is_not_known_after_all_is_taken_back() =>
        Given(Called).When(new C.Amend(Nothing with { Clear = ["summary", "caller_age", "place"] }, "binh", Later)).Then(AmendedNothing with { Cleared = ["caller_age", "place", "summary"] });

    [Fact]
    public void What_was_never_known_cannot_be_taken_back() =>
        Given(Called with { Place = null, SafeContact = null }).When(new C.Amend(Nothing with { Clear = ["place", "safe_contact"] }, "binh", Later)).ThenNothing();

    [Fact]
    public void An_amendment_that_changes_nothing_is_none() =>
        Given(Called).When(new C.Amend(Nothing with { Channel = "phone_in", OccurredAt = Now, CallerName = Mother.Name, Place = HaGiang, Language = "vi" }, "binh", Later)).ThenNothing();

    [Fact]
    public void A_part_taken_back_can_be_told_again() =>
        Given(Called, AmendedNothing with { Cleared = ["place"] }).When(new C.Amend(Nothing with { Place = HaGiang }, "an", Later)).Then(AmendedNothing with { Place = HaGiang, By = "an" });

    [Fact]
    public void A_closed_contact_can_still_be_put_right() =>
        Given(Called, AsCounselling, Closed).When(new C.Amend(Nothing with { SafeContact = "any_time" }, "binh", Later)).Then(AmendedNothing with { SafeContact = "any_time" });

    [Fact]
    public void The_time_of_the_call_is_put_right_within_the_same_bounds_measured_from_its_record()
    {
        var edge = Now - ContactDecider.EnteredWithin;
        Given(Called).When(new C.Amend(Nothing with { OccurredAt = edge }, "binh", Later)).Then(AmendedNothing with { OccurredAt = edge });
        Given(Called).When(new C.Amend(Nothing with { OccurredAt = edge.AddSeconds(-1) }, "binh", Later)).ThenRefused(ContactRefusals.TooLongAgo);
        Given(Called).When(new C.Amend(Nothing with { OccurredAt = Now.AddSeconds(1) }, "binh", Later)).ThenRefused(ContactRefusals.AfterItsRecord);
        Given(Called with { OccurredAt = Now.AddHours(-1) }).When(new C.Amend(Nothing with { OccurredAt = Now }, "binh", Later)).Then(AmendedNothing with { OccurredAt = Now });
    }

    [Fact]
    public void Also_after_an_amendment_the_first_request_is_known_again() =>
        Given(Called, AmendedNothing with { Channel = "zalo", OccurredAt = Now.AddHours(-1) }).When(Call with { Number = "" }).ThenNothing();

    [Fact]
    public void Other_services_hear_of_an_amendment_only_what_concerns_them()
    {
        Told(AmendedNothing with { CallerAge = 50, Cleared = ["summary"] }).ShouldBeNull();
        Told(AmendedNothing with { OccurredAt = Now.AddHours(-1) }).ShouldBe(new ContactAmended(ContactId, "phone_in", Now.AddHours(-1), "2026-04-30", "08", Later));
        Told(AmendedNothing with { Cleared = ["place"] }).ShouldBe(new ContactAmended(ContactId, "phone_in", Now, null, null, Later));

        static object? Told(E.Amended amended) => ContactPublication.Translate(
            Given(Called, AsCounselling, Closed, amended).State, new Recorded<E>(amended, Guid.CreateVersion7(), ContactId, 4, 4, Later, Metadata.System()));
    }

    [Fact]
    public void The_same_call_recorded_again_is_the_same_contact() =>
        Given(Called).When(Call with { Number = "", At = Now.AddMinutes(2) }).ThenNothing();

    [Fact]
    public void The_same_call_recorded_again_is_the_same_contact_even_when_it_is_closed() =>
        Given(Called, AsCounselling, Closed).When(Call with { Number = "", At = Now.AddMinutes(9) }).ThenNothing();

    [Fact]
    public void Another_call_cannot_take_the_id_of_the_first() =>
        Given(Called).When(Call with { Channel = "zalo" }).ThenRefused(ContactRefusals.AlreadyExists);

    [Fact]
    public void The_id_of_a_call_stands_for_its_words_and_nothing_said_otherwise_is_taken_for_recorded()
    {
        foreach (var other in new[]
        {
            Call with { Summary = Told("Con gái đã gọi về.", FieldGroup.Narrative) }, Call with { Summary = null }, Call with { Caller = Mother with { Phone = null } }, Call with { Place = null },
            Call with { SafeContact = null }, Call with { Language = "hmn" },
        })
        {
            Given(Called).When(other).ThenRefused(ContactRefusals.AlreadyExists);
            Given(Called, AsCounselling, Closed).When(other).ThenRefused(ContactRefusals.AlreadyExists);
        }
    }

    [Fact]
    public void A_call_of_another_time_cannot_take_the_id_of_the_first() =>
        Given(Called, AsCounselling, Closed).When(Call with { OccurredAt = Now.AddHours(-1) }).ThenRefused(ContactRefusals.AlreadyExists);

    [Fact]
    public void Nothing_can_be_done_with_a_contact_that_nobody_recorded()
    {
        Given().When(new C.Categorise(Counselling, "an", Now)).ThenRefused(ContactRefusals.NotFound);
        Given().When(new C.LinkCase(CaseId, Now)).ThenRefused(ContactRefusals.NotFound);
        Given().When(new C.Close("an", Now)).ThenRefused(ContactRefusals.NotFound);
        Given().When(new C.Amend(Nothing with { Channel = "zalo" }, "an", Now)).ThenRefused(ContactRefusals.NotFound);
    }

    [Fact]
    public void A_contact_gets_one_main_category() => Given(Called).When(new C.Categorise(Counselling, "an", Now)).Then(AsCounselling);

    [Fact]
    public void Or_it_stands_outside_the_published_total() =>
        Given(Called).When(new C.Categorise(Silent, "an", Now)).Then(new E.Categorised(null, "silent", [], "an", Now));

    [Fact]
    public void But_never_both() =>
        Given(Called).When(new C.Categorise(new("counselling", "silent", []), "an", Now)).ThenRefused(ContactRefusals.OneCategory);

    [Fact]
    public void And_never_neither() => Given(Called).When(new C.Categorise(new(null, null, ["jobs"]), "an", Now)).ThenRefused(ContactRefusals.OneCategory);

    [Fact]
    public void The_category_may_be_judged_anew_while_the_contact_is_open() =>
        Given(Called, AsCounselling).When(new C.Categorise(new("referral", null, ["missing_person"]), "binh", Now.AddMinutes(4)))
            .Then(new E.Categorised("referral", null, ["missing_person"], "binh", Now.AddMinutes(4)));

    [Fact]
    public void The_same_category_with_another_topic_is_another_judgement() =>
        Given(Called, AsCounselling).When(new C.Categorise(Counselling with { Topics = ["online_lure"] }, "an", Now)).Then(AsCounselling with { Topics = ["online_lure"] });

    [Fact]
    public void The_same_category_again_changes_nothing() => Given(Called, AsCounselling).When(new C.Categorise(Counselling, "binh", Now.AddMinutes(4))).ThenNothing();

    [Fact]
    public void A_contact_is_not_closed_without_a_category()
    {
        var refused = Given(Called).When(new C.Close("an", Now)).ThenRefused(ContactRefusals.CategoryNeeded);
        refused.Decision.Refusal!.Allowed.ShouldBe(["categorise"]);
    }

    [Fact]
    public void A_contact_with_a_category_can_be_closed() => Given(Called, AsCounselling).When(new C.Close("an", Now)).Then(Closed);

    [Fact]
    public void Closing_twice_changes_nothing() => Given(Called, AsCounselling, Closed).When(new C.Close("binh", Now.AddHours(1))).ThenNothing();

    [Fact]
    public void A_closed_contact_keeps_its_category()
    {
        Given(Called, AsCounselling, Closed).When(new C.Categorise(Silent, "an", Now)).ThenRefused(ContactRefusals.AlreadyClosed);
        Given(Called, AsCounselling, Closed).When(new C.Categorise(Counselling, "an", Now)).ThenNothing();
    }

    [Fact]
    public void A_contact_learns_of_the_case_that_was_opened_from_it_open_or_closed()
    {
        Given(Called).When(new C.LinkCase(CaseId, Now)).Then(new E.CaseLinked(CaseId, Now));
        Given(Called, AsCounselling, Closed).When(new C.LinkCase(CaseId, Now)).Then(new E.CaseLinked(CaseId, Now));
    }

    [Fact]
    public void Told_twice_of_the_same_case_it_learns_nothing_new() =>
        Given(Called, new E.CaseLinked(CaseId, Now), AsCounselling, Closed).When(new C.LinkCase(CaseId, Now.AddMinutes(1))).ThenNothing();

    [Fact]
    public void A_second_case_from_the_same_contact_is_linked_too() =>
        Given(Called, new E.CaseLinked(CaseId, Now)).When(new C.LinkCase(OtherCaseId, Now)).Then(new E.CaseLinked(OtherCaseId, Now));

    [Fact]
    public void Every_pair_of_state_and_command_is_decided_and_a_repeated_command_appends_nothing() =>
        DeciderProperties.Check(ContactDecider.Instance, AnyCommand);

    [Fact]
    public void That_also_holds_for_values_that_come_back_sealed_from_the_store() =>
        DeciderProperties.Check(ContactDecider.Instance with { Evolve = (state, @event) => ContactState.Evolve(state, Stored(@event)) }, AnyCommand);

    [Fact]
    public void The_allowed_commands_are_those_that_work() =>
        AllowedCommands.Check(ContactDecider.Instance, ContactDecider.Allowed, Name, AnyCommand, blamesState: ContactRefusals.AlreadyClosed.Code);

    private static History<ContactState, C, E> Given(params E[] history) => ContactDecider.Instance.Given(history);

    private static string? Name(C command) => command switch
    {
        C.Record => "record",
        C.Categorise => "categorise",
        C.Close => "close",
        C.Amend => "amend",
        _ => null,
    };

    private static C AnyCommand(Random random, ContactState state)
    {
        var at = Now.AddMinutes(random.Next(3));
        return random.Next(state is ContactState.None ? 16 : 12) switch
        {
            0 or 12 or 13 or 14 or 15 => Call with
            {
                Channel = random.Next(3) == 0 ? "zalo" : "phone_in",
                OccurredAt = random.Next(4) switch { 0 => null, 1 => Now.AddMinutes(5), _ => Now.AddMinutes(-random.Next(3)) },
                At = at,
            },
            1 or 2 or 3 => new C.Categorise(
                new(random.Next(4) == 0 ? null : random.Next(2) == 0 ? "information" : "counselling", random.Next(3) == 0 ? "silent" : null, random.Next(2) == 0 ? [] : ["jobs"]), "an", at),
            4 => new C.LinkCase(random.Next(2) == 0 ? CaseId : OtherCaseId, at),
            5 => new C.Close("an", at),
            6 => new C.Categorise(Counselling, "binh", at),
            7 or 8 or 9 or 10 => new C.Amend(AnyAmendment(random), "an", at),
            _ => new C.LinkCase(CaseId, at),
        };
    }

    // Texts come as the door hands them on when they say what is stored already: sealed.
    private static Amendment AnyAmendment(Random random) => Nothing with
    {
        Channel = random.Next(3) switch { 0 => "zalo", 1 => "phone_in", _ => null },
        OccurredAt = random.Next(6) switch { 0 => Now.AddMinutes(-random.Next(3)), 1 => Now.AddDays(-40), 2 => Now.AddDays(1), _ => null },
        CallerKind = random.Next(3) == 0 ? "victim" : null,
        CallerAge = random.Next(3) == 0 ? random.Next(40, 42) : null,
        CallerName = random.Next(3) == 0 ? Sealed.Text(new Owner("contact", ContactId), FieldGroup.Identity, random.Next(2) == 0 ? "one" : "other") : null,
        Place = random.Next(3) == 0 ? HaGiang : null,
        Clear = random.Next(3) switch { 0 => ["summary"], 1 => ["safe_contact", "caller_phone"], _ => [] },
    };

    private static E Stored(E @event) => @event is E.Recorded e
        ? e with
        {
            Caller = e.Caller with { Name = Sealed.Stored(e.Caller.Name), Phone = Sealed.Stored(e.Caller.Phone) },
            Summary = Sealed.Stored(e.Summary),
        }
        : @event;

    private static Personal<string> Told(string text, string group) => Personal.Of(text, new Owner("contact", ContactId), group);
}
