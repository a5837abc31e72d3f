using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;

namespace Hotline111.Gateway;

/// <summary>Who may pass the gateway's own doors. What may be done behind a proxied door is that service's rule.</summary>
public static class GatewayRules
{
    /// <summary>See and end one's own sessions, change one's own password.</summary>
    public const string OwnSessions = "sessions.own";

    /// <summary>Make and disable accounts, roll signing keys.</summary>
    public const string Administer = "accounts.administer";

    /// <summary>Learn the names of accounts whose ids one was shown.</summary>
    public const string KnowNames = "accounts.names";

    /// <summary>Be let through to a service with a token of one's own.</summary>
    public const string CallService = "services.call";

    /// <summary>The rules.</summary>
    public static readonly AccessTable Table = new(
        new AccessRule(OwnSessions, Roles.People, "chính mình / oneself"),
        new AccessRule(Administer, [Roles.Administrator], "mọi tài khoản / every account"),
        new AccessRule(KnowNames, Roles.People, "tên đồng nghiệp, theo mã / colleagues' names, by id"),
        new AccessRule(CallService, Roles.People, "do dịch vụ xét / judged by the service"));
}
