using System.Text.Json;
using Hotline111.Platform.Privacy;

namespace Hotline111.Platform.Tests.Privacy;

public sealed class A_personal_value
{
    private const string Secret = "Giàng Thị Mẩy";
    private static readonly Owner Person = new("person", Guid.Parse("019a0000-0000-7000-8000-000000000001"));

    [Fact]
    public void Shows_its_content_to_nobody_who_prints_it()
    {
        var clear = Personal.Of(Secret, Person, FieldGroup.Identity);
        var told = new Told(clear, [new Somebody(Guid.Empty, clear, null)], clear);
        foreach (var printed in new[] { clear.ToString(), $"{clear}", told.ToString(), told.Persons[0].ToString(), new Opened<string>(Secret).ToString() })
            printed.ShouldNotContain(Secret);
        System.Diagnostics.DebuggerDisplayAttribute display = typeof(Personal<string>)
            .GetCustomAttributes(typeof(System.Diagnostics.DebuggerDisplayAttribute), false).Cast<System.Diagnostics.DebuggerDisplayAttribute>().Single();
        display.Value.ShouldBe("{ToString(),nq}");
    }

    [Fact]
    public void Is_never_written_while_it_is_clear()
    {
        var told = new Told(Personal.Of(Secret, Person, FieldGroup.Identity), []);
        foreach (var options in new[] { JsonSerializerOptions.Default, JsonSerializerOptions.Web, Store.Options })
            Should.Throw<InvalidOperationException>(() => JsonSerializer.Serialize(told, options)).ToString().ShouldNotContain(Secret);
        var node = PersonalJson.ToNode(told, typeof(Told), Store.Options);
        Should.Throw<InvalidOperationException>(() => node.ToJsonString()).ToString().ShouldNotContain(Secret);
        Should.Throw<InvalidOperationException>(() => JsonSerializer.Serialize(node)).ToString().ShouldNotContain(Secret);
    }

    [Fact]
    public void Equals_another_of_the_same_content_owner_and_group()
    {
        var one = Personal.Of(Secret, Person, FieldGroup.Identity);
        one.ShouldBe(Personal.Of(Secret, Person, FieldGroup.Identity));
        one.GetHashCode().ShouldBe(Personal.Of(Secret, Person, FieldGroup.Identity).GetHashCode());
        one.ShouldNotBe(Personal.Of(Secret + "x", Person, FieldGroup.Identity));
        one.ShouldNotBe(Personal.Of(Secret, Person, FieldGroup.Narrative));
        one.ShouldNotBe(Personal.Of(Secret, new Owner("case", Person.Id), FieldGroup.Identity));
    }

    [Fact]
    public void Needs_an_owner_a_group_and_a_text_that_can_be_kept()
    {
        Should.Throw<ArgumentException>(() => Personal.Of(Secret, default, FieldGroup.Identity));
        Should.Throw<ArgumentException>(() => Personal.Of(Secret, Person, "secrets"));
        Personal.Of(new string('ộ', Personal.MaximumLength), Person, FieldGroup.Narrative).IsSealed.ShouldBeFalse();
        foreach (var bad in new[] { new string('x', Personal.MaximumLength + 1), "half \ud83d", "\udc00 half", "\ud800\ud800" })
            Should.Throw<ArgumentException>(() => Personal.Of(bad, Person, FieldGroup.Narrative)).Message.ShouldNotContain("half ");
        foreach (var good in new[] { "", "\ufffd", "🙂", "a\0b", "\u0301" })
            Personal.Of(good, Person, FieldGroup.Narrative).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("person/019a0000-0000-7000-8000-000000000001", true)]
    [InlineData("person/019A0000-0000-7000-8000-000000000001", true)]
    [InlineData("person/00000000-0000-0000-0000-000000000000", false)]
    [InlineData("Person/019a0000-0000-7000-8000-000000000001", false)]
    [InlineData("a|b/019a0000-0000-7000-8000-000000000001", false)]
    [InlineData("/019a0000-0000-7000-8000-000000000001", false)]
    [InlineData("person/019a0000", false)]
    [InlineData("person", false)]
    [InlineData(null, false)]
    public void Is_owned_by_a_kind_and_an_id(string? text, bool valid) => Owner.TryParse(text, out _).ShouldBe(valid);

    [Fact]
    public void Is_found_wherever_it_stands_in_a_type()
    {
        foreach (var type in new[] { typeof(Told), typeof(Somebody), typeof(Personal<int>), typeof(Somebody[]), typeof(List<Told>), typeof(Dictionary<string, Told>), typeof(Around), typeof(Shape) })
            PersonalJson.Contains(type).ShouldBeTrue(type.Name);
        foreach (var type in new[] { typeof(Plain), typeof(string), typeof(Dictionary<string, Plain>), typeof(Shape.Round), typeof(DateOnly?), typeof(object) })
            PersonalJson.Contains(type).ShouldBeFalse(type.Name);
    }
}
