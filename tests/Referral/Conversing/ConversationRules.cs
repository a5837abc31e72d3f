using Hotline111.Platform.Privacy;
using Hotline111.Referral.Conversing;
using Hotline111.Testing;
using C = Hotline111.Referral.Conversing.ConversationCommand;
using E = Hotline111.Referral.Conversing.ConversationEvent;

namespace Hotline111.Referral.Tests.Conversing;

/// <summary>What is written stays; each side reads on and never back.</summary>
public sealed class ConversationRules
{
    private static readonly Guid ReferralId = new("019c1f00-0000-7000-8000-0000000000e1");
    private static readonly Guid CaseId = new("019c1f00-0000-7000-8000-0000000000a1");
    private static readonly DateTimeOffset Now = new(2026, 3, 5, 22, 0, 0, TimeSpan.FromHours(7));
    private static readonly MessagePart Part = new("text", Sealed.Text(new Owner("referral", ReferralId), FieldGroup.Narrative, "hư cấu"));

    [Fact]
    public void What_is_written_stands_in_the_conversation() => Given().When(Write(1, Sides.Desk)).Then(Written(1, Sides.Desk));

    [Fact]
    public void The_same_message_again_is_the_same_message() => Given(Written(1, Sides.Desk)).When(Write(1, Sides.Desk) with { At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void An_id_belongs_to_whoever_used_it_first() => Given(Written(1, Sides.Desk)).When(Write(1, Sides.Hotline)).ThenRefused(ConversationDecider.MessageTaken);

    [Fact]
    public void Reading_counts_what_is_left_of_the_other_side()
    {
        E[] four = [Written(1, Sides.Hotline), Written(2, Sides.Desk), Written(3, Sides.Hotline), Written(4, Sides.Hotline)];
        Given(four).When(Read(1, Sides.Desk)).Then(new E.MessagesRead(ReferralId, Sides.Desk, Id(1), 2, "liaison-1", Now));
        Given(four).When(Read(4, Sides.Desk)).Then(new E.MessagesRead(ReferralId, Sides.Desk, Id(4), 0, "liaison-1", Now));
    }

    [Fact]
    public void Nobody_reads_back() =>
        Given(Written(1, Sides.Hotline), Written(2, Sides.Hotline), new E.MessagesRead(ReferralId, Sides.Desk, Id(2), 0, "liaison-1", Now)).When(Read(1, Sides.Desk)).ThenNothing();

    [Fact]
    public void What_one_side_has_read_the_other_has_not() =>
        Given(Written(1, Sides.Hotline), Written(2, Sides.Desk), new E.MessagesRead(ReferralId, Sides.Desk, Id(2), 0, "liaison-1", Now))
            .When(Read(2, Sides.Hotline)).Then(new E.MessagesRead(ReferralId, Sides.Hotline, Id(2), 0, "liaison-1", Now));

    [Fact]
    public void Only_what_was_written_can_be_read() => Given(Written(1, Sides.Desk)).When(Read(2, Sides.Hotline)).ThenRefused(ConversationDecider.MessageUnknown);

    [Fact]
    public void The_conversation_of_a_referral_is_always_found() => ConversationDecider.IdOf(ReferralId).ShouldBe(Platform.EventStore.StreamId.Of("conversation", ReferralId));

    [Fact]
    public void Every_command_is_decided_and_a_repeated_one_appends_nothing() => DeciderProperties.Check(
        ConversationDecider.Instance,
        (random, _) =>
        {
            var (n, side) = (random.Next(12), random.Next(2) == 0 ? Sides.Desk : Sides.Hotline);
            return random.Next(2) == 0 ? Write(n, side) : Read(n, side);
        });

    private static Guid Id(int n) => new(n, 0, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 1]);

    private static C.Write Write(int n, string side) => new(ReferralId, CaseId, "police.08", "police.08", Id(n), side, [Part], "liaison-1", Now);

    private static C.MarkRead Read(int n, string side) => new(ReferralId, side, Id(n), "liaison-1", Now);

    private static E.MessageWritten Written(int n, string side) => new(ReferralId, CaseId, "police.08", "police.08", Id(n), side, [Part], "liaison-1", Now);

    private static Testing.History<ConversationState, C, E> Given(params E[] history) => ConversationDecider.Instance.Given(history);
}
