using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Hotline111.Pages;

/// <summary>The languages of the pages: Vietnamese, and English beside it.</summary>
public sealed record Language(string Code, string Name)
{
    /// <summary>Keeps the choice; a host-bound cookie like the session's, but no secret.</summary>
    public const string CookieName = "__Host-hotline111-language";

    public static readonly Language Vietnamese = new("vi", "Tiếng Việt");
    public static readonly Language English = new("en", "English");

    /// <summary>In the order in which they are offered.</summary>
    public static IReadOnlyList<Language> All { get; } = [Vietnamese, English];

    public bool IsEnglish => this == English;

    /// <summary>The culture of its words and numbers.</summary>
    public CultureInfo Culture { get; } = CultureInfo.GetCultureInfo(Code);

    /// <summary>The language with this code, or null.</summary>
    public static Language? Find(string? code) => All.FirstOrDefault(language => language.Code == code);

    /// <summary>The reader's own choice; without one Vietnamese, whatever the browser was installed with.</summary>
    public static Language Of(HttpRequest request) => Find(request.Cookies[CookieName]) ?? Vietnamese;
}
