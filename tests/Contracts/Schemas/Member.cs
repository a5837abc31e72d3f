using System.Reflection;
using System.Text.Json;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;

namespace Hotline111.Contracts.Tests.Schemas;

/// <summary>A member of a stored or published record, as its primary constructor declares it.</summary>
/// <param name="Owner">The record.</param>
/// <param name="Name">Its name in C#.</param>
/// <param name="Type">The type without nullability: <c>Guid</c> for <c>Guid?</c>.</param>
/// <param name="Optional">It may be missing.</param>
/// <param name="Coded">What kind of string it holds, or null.</param>
internal sealed record Member(Type Owner, string Name, Type Type, bool Optional, CodedAttribute? Coded)
{
    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>Strings that are not of the hotline: the platform knows no catalogues, so its one event names its codes here.</summary>
    public static IReadOnlyDictionary<(Type Owner, string Name), string> PlatformStrings { get; } = new Dictionary<(Type, string), string>
    {
        [(typeof(ReadEvent.PersonalDataRead), nameof(ReadEvent.PersonalDataRead.Kind))] = "^[a-z][a-z-]{0,31}$",
        [(typeof(ReadEvent.PersonalDataRead), nameof(ReadEvent.PersonalDataRead.Action))] = "^[a-z-]+[.][a-z-]+$",
        [(typeof(ReadEvent.PersonalDataRead), nameof(ReadEvent.PersonalDataRead.Groups))] = $"^({string.Join('|', FieldGroup.All)})$",
    };

    /// <summary>The name in JSON.</summary>
    public string JsonName => JsonNamingPolicy.CamelCase.ConvertName(Name);

    /// <summary>The type of the items of a list, else the type itself.</summary>
    public Type ItemType => IsList ? Type.GetGenericArguments()[0] : Type;

    public bool IsList => Type.IsGenericType && Type.GetGenericTypeDefinition() == typeof(Items<>);

    public bool IsPersonal => ItemType.IsGenericType && ItemType.GetGenericTypeDefinition() == typeof(Personal<>);

    /// <summary>A record of ours inside the record.</summary>
    public bool IsNested => !IsPersonal && ItemType.Namespace?.StartsWith("Hotline111", StringComparison.Ordinal) == true;

    /// <summary>The members of a record, in the order of its primary constructor.</summary>
    public static IReadOnlyList<Member> Of(Type record)
    {
        // Of the two constructors of a record the other one copies.
        var constructor = record.GetConstructors().Single(c => c.GetParameters() is not [{ } only] || only.ParameterType != record);
        var members = constructor.GetParameters().Select(parameter =>
        {
            var bare = Nullable.GetUnderlyingType(parameter.ParameterType);
            bool optional;
            lock (Nullability)
                optional = bare is not null || Nullability.Create(parameter).WriteState == NullabilityState.Nullable;
            return new Member(record, parameter.Name!, bare ?? parameter.ParameterType, optional, parameter.GetCustomAttribute<CodedAttribute>());
        }).ToList();
        var beside = record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name).Except(members.Select(member => member.Name));
        beside.ShouldBeEmpty($"{record.Name} has members outside its primary constructor");
        return members;
    }

    /// <summary>The members of a record and of all records inside it.</summary>
    public static IEnumerable<Member> Deep(Type record) => Of(record).SelectMany(member => member.IsNested ? Deep(member.ItemType).Prepend(member) : [member]);

    /// <summary>What is wrong with this member's string, or null.</summary>
    public string? FreeString()
    {
        if (ItemType == typeof(char) || ItemType == typeof(object) || (IsPersonal && Coded is not null))
            return $"{Owner.Name}.{Name} is no sealed text and no code";
        if (ItemType != typeof(string))
            return null;
        if (PlatformStrings.ContainsKey((Owner, Name)))
            return null;
        if (Coded is not { Lists.Count: > 0 } coded)
            return $"{Owner.Name}.{Name} is a free string: make it Personal<string>, or say with [Coded] which list or id it is";
        var unknown = coded.Lists.Where(list => !Ids.Patterns.ContainsKey(list) && !ValueLists.Names.Contains(list)).ToList();
        return unknown.Count > 0 ? $"{Owner.Name}.{Name} names lists that do not exist: {string.Join(", ", unknown)}"
            : coded.Lists.Count > 1 && coded.Lists.Any(Ids.Patterns.ContainsKey) ? $"{Owner.Name}.{Name} mixes ids with lists"
            : coded.Lists.Any(list => ValueLists.Names.Contains(list) && ValueLists.Get(list).DisplayOnly) ? $"{Owner.Name}.{Name} stores a code that is only for display"
            : null;
    }
}
