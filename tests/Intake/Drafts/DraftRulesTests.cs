using Hotline111.Intake.Drafts;
using Hotline111.Platform.EventStore;

namespace Hotline111.Intake.Tests.Drafts;

/// <summary>What a save leads to, row by row.</summary>
public sealed class DraftRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 5, 21, 14, 0, TimeSpan.FromHours(7));
    private static readonly Draft Third = new(Guid.CreateVersion7(), "an", 3, null, Now, Now, null);

    [Fact]
    public void A_new_draft_begins_with_1() => DraftRules.Save(null, false, "an", 0, false).ShouldBe((1, true, null));

    [Fact]
    public void A_save_upon_the_last_one_seen_is_the_next() => DraftRules.Save(Third, false, "an", 3, false).ShouldBe((4, true, null));

    [Fact]
    public void The_last_save_again_is_answered_and_not_written() => DraftRules.Save(Third, false, "an", 2, true).ShouldBe((3, false, null));

    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    [InlineData(0, false)]
    [InlineData(4, true)]
    public void Everything_else_is_told_of_the_newer_one(long seen, bool sameContent)
    {
        var no = DraftRules.Save(Third, false, "an", seen, sameContent).No!;
        no.Code.ShouldBe("draft-newer");
        no.Facts["revision"].ShouldBe(3L);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public void Nobody_else_saves(long seen, bool sameContent) => No(Third, false, "binh", seen, sameContent).ShouldBe(DraftRefusals.OfAnother);

    [Fact]
    public void Nothing_is_saved_to_what_has_ended_or_was_recorded_or_never_began()
    {
        No(Third with { EndedAt = Now }, false, "an", 3).ShouldBe(DraftRefusals.Ended);
        No(Third, true, "an", 3).ShouldBe(DraftRefusals.Recorded);
        No(null, true, "an", 0).ShouldBe(DraftRefusals.Recorded);
        No(null, false, "an", 1).ShouldBe(DraftRefusals.NotFound);
    }

    private static Refusal? No(Draft? draft, bool recorded, string by, long seen, bool sameContent = false) => DraftRules.Save(draft, recorded, by, seen, sameContent).No;
}
