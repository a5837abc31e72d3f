using Hotline111.Pages;
using Hotline111.Pages.Blocks;

namespace Hotline111.Console.Contacts;

/// <summary>Names on the pages of contacts that no value list has.</summary>
public static class ContactWords
{
    // By how many speak them at home; the codes are ISO 639.
    private static readonly string[] Languages = ["vi", "tyz", "blt", "mtq", "hmn", "km", "nut", "ium", "jra", "rad", "zh", "en", "lo", "th", "und"];

    /// <summary>The languages to choose from.</summary>
    public static IReadOnlyList<Choice> AllLanguages(Words words) => [.. Languages.Select(code => new Choice(code, Language(words, code)))];

    /// <summary>The name of a language; its code if it has none here.</summary>
    public static string Language(Words words, string code) => code switch
    {
        "vi" => words["Contact.LanguageVietnamese"],
        "tyz" => words["Contact.LanguageTay"],
        "blt" => words["Contact.LanguageThaiOfVietnam"],
        "mtq" => words["Contact.LanguageMuong"],
        "hmn" => words["Contact.LanguageHmong"],
        "km" => words["Contact.LanguageKhmer"],
        "nut" => words["Contact.LanguageNung"],
        "ium" => words["Contact.LanguageDao"],
        "jra" => words["Contact.LanguageJarai"],
        "rad" => words["Contact.LanguageRade"],
        "zh" => words["Contact.LanguageChinese"],
        "en" => words["Contact.LanguageEnglish"],
        "lo" => words["Contact.LanguageLao"],
        "th" => words["Contact.LanguageThai"],
        "und" => words["Contact.LanguageUnknown"],
        _ => code,
    };

    /// <summary>The words for a category, of either list.</summary>
    public static string Category(Words words, string? category, string? outsideTotal) => category is not null
        ? words.Of("main-category", category)
        : outsideTotal is not null ? words.Of("contact-kind-outside-total", outsideTotal) : words["Contact.NoCategory"];

    /// <summary>A number with all but its last four digits hidden: enough to tell callers apart, too little to read over a shoulder.</summary>
    public static string Masked(string? phone)
    {
        var digits = phone is null ? "" : new string([.. phone.Where(char.IsAsciiDigit)]);
        return digits.Length < 5 ? "–" : $"•••• {digits[^4..]}";
    }

    /// <summary>The name of a part of a contact that was amended, by its name in the service.</summary>
    public static string Part(Words words, string part) => part switch
    {
        "channel" => words["Contact.Channel"],
        "occurred_at" => words["Contact.OccurredAt"],
        "caller_kind" => words["Contact.CallerKind"],
        "caller_gender" => words["Contact.CallerGender"],
        "caller_age" => words["Contact.CallerAge"],
        "caller_name" => words["Contact.CallerName"],
        "caller_phone" => words["Contact.CallerPhone"],
        "place" => words["Contact.Place"],
        "language" => words["Contact.Language"],
        "safe_contact" => words["Contact.SafeContact"],
        "summary" => words["Contact.Notes"],
        _ => part,
    };
}
