namespace Hotline111.Local;

/// <summary>One process of the platform.</summary>
/// <param name="Name">Its service name, the same everywhere.</param>
/// <param name="Project">The project whose program it runs.</param>
/// <param name="Database">Its database; null for the console, which keeps nothing.</param>
/// <param name="UsesBroker">Whether it has a user at the broker.</param>
public sealed record PlatformProcess(string Name, string Project, string? Database, bool UsesBroker)
{
    /// <summary>The service name of the gateway.</summary>
    public const string Gateway = "gateway";

    /// <summary>The service name of the console.</summary>
    public const string Console = "console";

    /// <summary>Whether it is one of the services: has streams, and answers below <c>/api</c>.</summary>
    public bool IsService => UsesBroker && Database is not null;

    /// <summary>All of them, the gateway first: the others take its keys and tokens.</summary>
    public static IReadOnlyList<PlatformProcess> All { get; } =
    [
        new(Gateway, "Hotline111.Gateway", "gateway", UsesBroker: false),
        new("intake", "Hotline111.Intake", "intake", UsesBroker: true),
        new("case", "Hotline111.Case", "case", UsesBroker: true),
        new("referral", "Hotline111.Referral", "referral", UsesBroker: true),
        new("agency-notification", "Hotline111.AgencyNotification", "agency_notification", UsesBroker: true),
        new(Console, "Hotline111.Console", Database: null, UsesBroker: true),
    ];

    /// <summary>The process of this name, or a further instance of it: <c>referral.2</c>.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static PlatformProcess Get(string name) =>
        All.FirstOrDefault(process => process.Name == Kind(name)) is { } found ? found with { Name = name } : throw new ArgumentException($"There is no process '{name}'.", nameof(name));

    /// <summary>What an instance is one of: <c>referral</c> for <c>referral.2</c>.</summary>
    public static string Kind(string name) => name.Split('.')[0];
}
