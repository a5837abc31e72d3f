using Hotline111.Intake.Contacts;
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
    private static readonly Caller Mother = new("relative_friend", "female", 46, Told("Bà Lò Thị Mẩy", FieldGroup.Identity), Told("0900 000 111", FieldGroup.Contact));
    private static readonly Place HaGiang = new("2026-04-30", "08", "02", null);
    private static readonly Category Counselling = new("counselling", null, ["missing_person", "online_lure"]);
    private static readonly Category Silent = new(null, "silent", []);

    private static readonly C.Record Call = new("CT-2026-000001", "phone_in", null, Mother, HaGiang, "vi", "only_hours", Told("Con gái đi làm xa chưa về.", FieldGroup.Narrative), "an", Now);
    private static readonly E.Recorded Called = new("CT-2026-000001", "phone_in", Now, Mother, HaGiang, "vi", "only_hours", Call.Summary, "an", Now);
    private static readonly E.Categorised AsCounselling = new("counselling", null, Counselling.Topics, "an", Now);
    private static readonly E.Closed Closed = new("an", Now);

    [Fact]
    public void A_call_becomes_a_contact() => Given().When(Call).Then(Called);

    [Fact]
    public void Notes_taken_on_paper_keep_the_time_of_the_call() =>
        Given().When(Call with { OccurredAt = Now.AddHours(-3) }).Then(Called with { OccurredAt = Now.AddHours(-3) });

    [Fact]
    public void A_call_cannot_come_from_the_future() => Given().When(Call with { OccurredAt = Now.AddSeconds(1) }).ThenRefused(ContactRefusals.InTheFuture);

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
    public void A_call_of_another_time_cannot_take_the_id_of_the_first() =>
        Given(Called, AsCounselling, Closed).When(Call with { OccurredAt = Now.AddHours(-1) }).ThenRefused(ContactRefusals.AlreadyExists);

    [Fact]
    public void Nothing_can_be_done_with_a_contact_that_nobody_recorded()
    {
        Given().When(new C.Categorise(Counselling, "an", Now)).ThenRefused(ContactRefusals.NotFound);
        Given().When(new C.LinkCase(CaseId, Now)).ThenRefused(ContactRefusals.NotFound);
        Given().When(new C.Close("an", Now)).ThenRefused(ContactRefusals.NotFound);
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
        _ => null,
    };

    private static C AnyCommand(Random random, ContactState state)
    {
        var at = Now.AddMinutes(random.Next(3));
        return random.Next(state is ContactState.None ? 12 : 8) switch
        {
            0 or 8 or 9 or 10 or 11 => Call with
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
            _ => new C.LinkCase(CaseId, at),
        };
    }

    private static E Stored(E @event) => @event is E.Recorded e
        ? e with
        {
            Caller = e.Caller with { Name = Sealed.Stored(e.Caller.Name), Phone = Sealed.Stored(e.Caller.Phone) },
            Summary = Sealed.Stored(e.Summary),
        }
        : @event;

    private static Personal<string> Told(string text, string group) => Personal.Of(text, new Owner("contact", ContactId), group);
}
