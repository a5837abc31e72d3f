using System.Globalization;
using Hotline111.Platform.Hosting;

namespace Hotline111.Gateway;

/// <summary>What the gateway is told from outside, checked at start.</summary>
/// <param name="Issuer"><c>Access:Issuer</c>: the name that stands in every token.</param>
/// <param name="InternalUrl"><c>Gateway:InternalUrl</c>: the second listener, for the platform's own services.</param>
/// <param name="PublicOrigin"><c>Gateway:PublicOrigin</c>: scheme, host and port that browsers see, where something in front ends TLS; otherwise the request's own.</param>
/// <param name="Demo"><c>Gateway:Demo</c>: accounts with published passwords may exist here.</param>
/// <param name="DemoFile"><c>Gateway:DemoFile</c>: the file that <c>seed-demo</c> took, to list its passwords on the sign-in page of a demonstration; or null.</param>
/// <param name="PrintFirstAdministrator"><c>Gateway:PrintFirstAdministrator</c>: the first start of all makes the administrator and prints what opens the account; false where what is printed is kept, as in a container's log.</param>
/// <param name="Peers">Services and the console by name: base addresses from <c>Peers:*</c>.</param>
/// <param name="Limits">What one account and one address may ask for.</param>
public sealed record GatewayOptions(
    string Issuer, Uri InternalUrl, string? PublicOrigin, bool Demo, string? DemoFile, bool PrintFirstAdministrator, IReadOnlyDictionary<string, Uri> Peers, LimitOptions Limits)
{
    /// <summary>The services behind the gateway, which are also the audiences a sister service can ask a token for.</summary>
    public static IReadOnlyList<string> Services { get; } = ["intake", "case", "referral", "agency-notification"];

    /// <summary>The web pages behind the gateway: a process like the services, but an audience that no machine can ask a token for.</summary>
    public const string Console = "console";

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="StartupException">One is missing or nonsensical; the sentence names it.</exception>
    public static GatewayOptions Read(IConfiguration configuration)
    {
        var issuer = Settings.Address(configuration, "Access:Issuer", "the name that stands in every token");
        var internalUrl = Settings.Address(configuration, "Gateway:InternalUrl", "the listener for the platform's own services");
        var publicPorts = (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(url => Uri.TryCreate(url, UriKind.Absolute, out var parsed) ? parsed.Port : 0);
        if (internalUrl.Port == 0 || publicPorts.Contains(internalUrl.Port))
        {
            throw Wrong("Gateway:InternalUrl must name a port of its own, different from the public one in ASPNETCORE_URLS.");
        }

        if (internalUrl.Scheme == Uri.UriSchemeHttps && string.IsNullOrWhiteSpace(configuration["Tls:CertificateFile"]))
        {
            throw Wrong("Gateway:InternalUrl is https, and Tls:CertificateFile is not set; it is the PEM file of the certificate for it.");
        }

        var peers = Services.Append(Console).ToDictionary(
            name => name, name => Settings.Address(configuration, $"Peers:{name}", $"the base address of {name}"), StringComparer.Ordinal);
        var origin = configuration["Gateway:PublicOrigin"];
        if (!string.IsNullOrEmpty(origin))
        {
            origin = Settings.Address(configuration, "Gateway:PublicOrigin", "what browsers see").GetLeftPart(UriPartial.Authority);
        }

        var demo = bool.TryParse(configuration["Gateway:Demo"], out var wanted) && wanted;
        return new GatewayOptions(
            issuer.OriginalString,
            internalUrl,
            string.IsNullOrEmpty(origin) ? null : origin,
            demo,
            demo && configuration["Gateway:DemoFile"] is { Length: > 0 } file ? file : null,
            !bool.TryParse(configuration["Gateway:PrintFirstAdministrator"], out var prints) || prints,
            peers,
            LimitOptions.Read(configuration));
    }

    internal static StartupException Wrong(string sentence) => new(StartupException.Configuration, sentence);
}

/// <summary>Limits on requests, per minute, with what may come at once.</summary>
/// <param name="AccountPerMinute">Requests of one account in the long run.</param>
/// <param name="AccountBurst">Requests of one account at once.</param>
/// <param name="AddressPerMinute">Requests from one address in the long run; an agency may sit behind one address.</param>
/// <param name="AddressBurst">Requests from one address at once.</param>
/// <param name="SignInPerMinute">Tries to sign in as one user from one address; <see cref="Guards.Limits.NamesOfOneAddress"/> times as many from the address in all.</param>
public sealed record LimitOptions(int AccountPerMinute, int AccountBurst, int AddressPerMinute, int AddressBurst, int SignInPerMinute)
{
    internal static LimitOptions Read(IConfiguration configuration) => new(
        Number(configuration, "AccountPerMinute", 600),
        Number(configuration, "AccountBurst", 100),
        Number(configuration, "AddressPerMinute", 3000),
        Number(configuration, "AddressBurst", 500),
        Number(configuration, "SignInPerMinute", 10));

    private static int Number(IConfiguration configuration, string name, int otherwise) => configuration[$"Gateway:Limits:{name}"] switch
    {
        null or "" => otherwise,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 => number,
        _ => throw GatewayOptions.Wrong($"Gateway:Limits:{name} must be a whole number greater than 0."),
    };
}
