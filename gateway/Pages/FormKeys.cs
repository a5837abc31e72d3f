using System.Security.Cryptography;
using System.Text;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Hotline111.Pages;

/// <summary>
/// Anti-forgery with keys from <c>Pages:FormKey</c> or a file, <c>Pages:FormKeyFile</c>, in the form of the services' master keys, the same for console and
/// gateway: a form of either may be sent to either (signing out stands on every page), and a restart spoils no form that somebody is filling in.
/// </summary>
public static class FormKeys
{
    /// <summary>The cookie's name.</summary>
    public const string CookieName = "__Host-hotline111-form";

    /// <summary>Puts the framework's anti-forgery, on these keys, in the place of the one on the process's own.</summary>
    /// <exception cref="StartupException">No key is set, or one is not of the stated form.</exception>
    internal static void Add(IServiceCollection services, IConfiguration configuration)
    {
        const string setting = "Pages:FormKey", file = $"{setting}File";
        const string meaning = "the key that guards forms against other sites, the same for gateway and console, written ID:BASE64 of 32 bytes";
        var keys = MasterKeys.Parse(
            string.IsNullOrWhiteSpace(configuration[file]) ? Settings.Required(configuration, setting, meaning) : Settings.FileText(configuration, file, meaning),
            setting);
        services.AddAntiforgery();
        services.Replace(ServiceDescriptor.Singleton(provider =>
        {
            var inner = new ServiceCollection();
            inner.AddSingleton(provider.GetRequiredService<ILoggerFactory>());
            inner.AddLogging();
            inner.AddAntiforgery(forms =>
            {
                forms.Cookie.Name = CookieName;
                forms.Cookie.SameSite = SameSiteMode.Lax;
                forms.Cookie.Path = "/";
                // Always, but told by the cookie policy: behind something that ends TLS the request itself looks like plain HTTP.
                forms.Cookie.SecurePolicy = CookieSecurePolicy.None;
            });
            inner.Replace(ServiceDescriptor.Singleton<IDataProtectionProvider>(new Sealing(keys, "forms")));
            return inner.BuildServiceProvider().GetRequiredService<IAntiforgery>();
        }));
    }

    private sealed class Sealing(MasterKeys keys, string purpose) : IDataProtector
    {
        public IDataProtector CreateProtector(string purpose) => new Sealing(keys, $"{this.Purpose}|{purpose}");

        public byte[] Protect(byte[] plaintext) => [(byte)keys.CurrentId.Length, .. Encoding.ASCII.GetBytes(keys.CurrentId), .. keys.Wrap(plaintext, Purpose)];

        public byte[] Unprotect(byte[] protectedData) =>
            protectedData.Length > 1 + protectedData[0]
            && keys.Unwrap(Encoding.ASCII.GetString(protectedData, 1, protectedData[0]), protectedData.AsSpan(1 + protectedData[0]), Purpose) is { } plain
                ? plain
                : throw new CryptographicException("The token was not made with one of the configured keys.");

        private string Purpose => purpose;
    }
}
