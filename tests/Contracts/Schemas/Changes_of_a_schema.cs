using Hotline111.Platform.EventStore;

namespace Hotline111.Contracts.Tests.Schemas;

/// <summary>The guard itself is tried: which changes pass, which can be accepted, which never.</summary>
public sealed class Changes_of_a_schema
{
    private sealed record Before(Guid Id, [Coded("urgency")] string Urgency, int? Age, Inner Inner, Items<Inner> Inners);

    private sealed record Inner([Coded(Ids.Desk)] string Desk);

    private sealed record Renamed(Guid Id, [Coded("urgency")] string HowUrgent, int? Age, Inner Inner, Items<Inner> Inners);

    private sealed record Retyped(Guid Id, [Coded("urgency")] string Urgency, bool? Age, Inner Inner, Items<Inner> Inners);

    private sealed record OtherList(Guid Id, [Coded("gender")] string Urgency, int? Age, Inner Inner, Items<Inner> Inners);

    private sealed record NowRequired(Guid Id, [Coded("urgency")] string Urgency, int Age, Inner Inner, Items<Inner> Inners);

    private sealed record NowOptional(Guid? Id, [Coded("urgency")] string Urgency, int? Age, Inner Inner, Items<Inner> Inners);

    private sealed record AddedOptional(Guid Id, [Coded("urgency")] string Urgency, int? Age, Inner Inner, Items<Inner> Inners, DateOnly? On);

    private sealed record AddedRequired(Guid Id, [Coded("urgency")] string Urgency, int? Age, Inner Inner, Items<Inner> Inners, DateOnly On);

    private sealed record Single_(Guid Id, [Coded("urgency")] string Urgency, int? Age, Inner Inner, Inner Inners);

    private sealed record Worded([Coded(Ids.Side)] string Side);

    private sealed record Free(Guid Id, string Words);

    [Fact]
    public void The_same_record_has_the_same_schema() => Changes(typeof(Before)).ShouldBeEmpty();

    [Fact]
    public void A_renamed_member_breaks() =>
        Changes(typeof(Renamed)).ShouldBe([new("urgency was removed or renamed", true), new("howUrgent was added and is required", true)]);

    [Theory]
    [InlineData(typeof(Retyped))]
    [InlineData(typeof(NowRequired))]
    [InlineData(typeof(NowOptional))]
    [InlineData(typeof(AddedRequired))]
    [InlineData(typeof(OtherList))]
    [InlineData(typeof(Single_))]
    public void Another_type_or_duty_breaks(Type after) => Changes(after).ShouldContain(change => change.Breaks);

    [Fact]
    public void An_added_optional_member_can_be_accepted() => Changes(typeof(AddedOptional)).ShouldBe([new("on was added, optional", false)]);

    [Fact]
    public void A_code_more_can_be_accepted_and_a_code_less_breaks()
    {
        var (many, few) = (Schema.Of("record", typeof(Before)), Schema.Of("record", typeof(Before)));
        few["properties"]!["urgency"]!["enum"]!.AsArray().RemoveAt(0);

        SchemaChange.Between(few, many).ShouldBe([new("urgency knows emergency too", false)]);
        SchemaChange.Between(many, few).ShouldBe([new("urgency no longer knows emergency", true)]);
    }

    [Fact]
    public void So_can_a_word_more_of_a_kind_that_is_one_of_some_words()
    {
        var (many, few) = (Schema.Of("record", typeof(Worded)), Schema.Of("record", typeof(Worded)));
        few["properties"]!["side"]!["pattern"] = "^(desk)$";

        SchemaChange.Between(few, many).ShouldBe([new("side knows hotline too", false)]);
        SchemaChange.Between(many, few).ShouldBe([new("side no longer knows hotline", true)]);
        many["properties"]!["side"]!["pattern"] = "^(desk|hotline|.*)$";
        SchemaChange.Between(few, many).ShouldHaveSingleItem().Breaks.ShouldBeTrue("that is no list of words");
    }

    [Fact]
    public void A_change_inside_a_nested_record_is_seen()
    {
        var (before, after) = (Schema.Of("record", typeof(Before)), Schema.Of("record", typeof(Before)));
        after["$defs"]!["inner"]!["properties"]!["desk"]!["pattern"] = "^.*$";
        SchemaChange.Between(before, after).ShouldHaveSingleItem().Breaks.ShouldBeTrue();
    }

    [Fact]
    public void A_free_string_has_no_schema() =>
        Should.Throw<InvalidOperationException>(() => Schema.Of("record", typeof(Free))).Message.ShouldContain("Free.Words is a free string");

    private static IReadOnlyList<SchemaChange> Changes(Type after) => SchemaChange.Between(Schema.Of("record", typeof(Before)), Schema.Of("record", after));
}
