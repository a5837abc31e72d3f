using System.Text.Encodings.Web;
using System.Text.Json;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Microsoft.Extensions.Primitives;

namespace Hotline111.Console.Referrals;

/// <summary>
/// What somebody was writing when their session ended. The browser keeps it, sealed with the console's key for this person, this form and half a day: nobody reads
/// it there, and no service keeps half an answer.
/// </summary>
public sealed class KeptForms(MasterKeys keys, TimeProvider clock)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(12);

    // A letter of Vietnamese takes its own two or three bytes and not six: what a request may bring comes back in one.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private sealed record Content(DateTimeOffset At, Dictionary<string, string?[]> Fields);

    /// <summary>Registers it, with the key that guards forms.</summary>
    /// <exception cref="StartupException">No key is set, or one is not of the stated form.</exception>
    public static void Add(WebApplicationBuilder builder)
    {
        const string setting = "Pages:FormKey", file = $"{setting}File";
        const string meaning = "the key that guards forms against other sites, the same for gateway and console, written ID:BASE64 of 32 bytes";
        var configuration = builder.Configuration;
        var text = string.IsNullOrWhiteSpace(configuration[file]) ? Settings.Required(configuration, setting, meaning) : Settings.FileText(configuration, file, meaning);
        var keys = MasterKeys.Parse(text, setting);
        builder.Services.AddSingleton(provider => new KeptForms(keys, provider.GetRequiredService<TimeProvider>()));
    }

    /// <summary>Seals what stands in a form.</summary>
    /// <param name="account">Whose it is.</param>
    /// <param name="form">Which form: the referral and the action.</param>
    public string Seal(string account, string form, Dictionary<string, string?[]> fields)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(new Content(clock.GetUtcNow(), fields), Plain);
        return $"{keys.CurrentId}.{Convert.ToBase64String(keys.Wrap(plain, Purpose(account, form)))}";
    }

    /// <summary>What was sealed; null when it is somebody else's, another form's, too old or not of this making.</summary>
    public IReadOnlyDictionary<string, StringValues>? Open(string account, string form, string sealedText)
    {
        if (sealedText.Split('.') is not [var key, var text] || text.Length > 200_000)
            return null;
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length) || keys.Unwrap(key, bytes.AsSpan(0, length), Purpose(account, form)) is not { } plain)
            return null;
        var content = JsonSerializer.Deserialize<Content>(plain)!;
        return clock.GetUtcNow() - content.At > Longest ? null : content.Fields.ToDictionary(field => field.Key, field => new StringValues(field.Value));
    }

    private static string Purpose(string account, string form) => $"kept-form|{account}|{form}";
}
