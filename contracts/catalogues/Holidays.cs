using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Hotline111.Contracts.Catalogues;

/// <summary>A day on which the Vietnamese working calendar differs from Monday to Friday.</summary>
/// <param name="Source">The law or announcement it comes from.</param>
/// <param name="Confidence">certain, likely, expected or unconfirmed.</param>
public sealed record Holiday(DateOnly Date, HolidayKind Kind, string Vi, string En, string Source, string Confidence)
{
    public string Label(string language = Catalogue.Vietnamese) => Catalogue.Choose(language, Vi, En);
}

[JsonConverter(typeof(JsonStringEnumConverter<HolidayKind>))]
public enum HolidayKind
{
    /// <summary>A weekday that is free.</summary>
    [JsonStringEnumMemberName("off")]
    Off,

    /// <summary>A Saturday that is worked in exchange for a free weekday.</summary>
    [JsonStringEnumMemberName("working")]
    Working,
}

/// <summary>Public holidays and exchanged days by year, as data: a year is corrected when its announcement comes out.</summary>
public static class Holidays
{
    internal const string FileName = "holidays.json";

    private static readonly Lazy<Document> Loaded = new(() => Catalogue.Load<Document>(FileName));

    private static readonly Lazy<FrozenDictionary<DateOnly, Holiday>> ByDate =
        new(() => Loaded.Value.Years.Values.SelectMany(days => days).ToFrozenDictionary(day => day.Date));

    /// <summary>The years for which there is data, ascending. A calendar must not promise working days beyond them.</summary>
    public static ImmutableArray<int> Years => [.. Loaded.Value.Years.Keys.Order()];

    /// <summary>The days of a year in order; empty if the year is not known.</summary>
    public static ImmutableArray<Holiday> Of(int year) => Loaded.Value.Years.TryGetValue(year, out var days) ? days : [];

    /// <summary>What is special about a day, or null.</summary>
    public static Holiday? On(DateOnly date) => ByDate.Value.GetValueOrDefault(date);

    /// <summary>The shape of the file.</summary>
    public sealed record Document(
        string Edition, DateOnly ValidFrom, string Source, string Licence, string Note, ImmutableDictionary<int, ImmutableArray<Holiday>> Years);
}
