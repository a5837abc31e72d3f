using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;

namespace Hotline111.Platform.Access;

/// <summary>One line of a service's rules: which roles may do an action, and how they must stand to the thing acted on.</summary>
/// <param name="Action">Name such as <c>referral.acknowledge</c>.</param>
/// <param name="Roles">Role names that pass the door.</param>
/// <param name="Relation">The relation in words, checked by the endpoint against the resource.</param>
public sealed record AccessRule(string Action, IReadOnlyList<string> Roles, string Relation);

/// <summary>Every rule of a service in one place: used by its endpoints, shown in its documents, tested cell by cell.</summary>
public sealed class AccessTable
{
    private readonly Dictionary<string, AccessRule> _rules;

    /// <exception cref="ArgumentException">Two rules name the same action, or one has no role.</exception>
    public AccessTable(params IReadOnlyList<AccessRule> rules)
    {
        _rules = rules.ToDictionary(rule => rule.Action, StringComparer.Ordinal);
        if (rules.FirstOrDefault(rule => rule.Roles.Count == 0) is { } open)
        {
            throw new ArgumentException($"The rule {open.Action} names no role.", nameof(rules));
        }
    }

    /// <summary>The rules, in no particular order.</summary>
    public IReadOnlyCollection<AccessRule> Rules => _rules.Values;

    /// <summary>The rule of an action.</summary>
    /// <exception cref="ArgumentException">The table has no such action; found when the endpoint is mapped, not when it is called.</exception>
    public AccessRule this[string action] => _rules.TryGetValue(action, out var rule)
        ? rule
        : throw new ArgumentException($"The access table has no action {action}.", nameof(action));

    /// <summary>True if the role may do the action at all; the relation is judged by the endpoint.</summary>
    public bool Allows(string role, string action) => this[action].Roles.Contains(role, StringComparer.Ordinal);
}

/// <summary>Puts a rule on a door.</summary>
public static class AccessEndpoints
{
    /// <summary>What a sister service may ask of any service, named so that the documents show it like every other rule.</summary>
    private static readonly AccessRule SisterService = new("internal.read", ["service"], "một dịch vụ của nền tảng / a service of the platform");

    extension<TBuilder>(TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder
    {
        /// <summary>Opens the endpoint to the roles of the action's rule and to nobody else.</summary>
        /// <exception cref="ArgumentException">The table has no such action.</exception>
        public TBuilder RequireAction(AccessTable table, string action) => endpoint.Require(table[action]);

        /// <summary>Opens the endpoint to machines of the platform itself; people and partners never pass.</summary>
        public TBuilder RequireService() => endpoint.Require(SisterService);

        private TBuilder Require(AccessRule rule) => endpoint
            .RequireAuthorization(new AuthorizationPolicyBuilder()
                .RequireAuthenticatedUser()
                .RequireClaim(TokenClaims.Role, rule.Roles)
                .Build())
            .WithMetadata(rule);
    }
}

/// <summary>Stops the start of a service that has a door without a rule, before it listens.</summary>
internal sealed class EveryDoorHasARule : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        var open = Doors(app)
            .Where(endpoint => endpoint.Metadata.GetMetadata<AccessRule>() is null && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null)
            .Select(endpoint => endpoint.DisplayName ?? endpoint.ToString())
            .ToList();
        if (open.Count > 0)
        {
            throw new InvalidOperationException($"Endpoints without an access rule: {string.Join(", ", open)}.");
        }
    };

    private static IReadOnlyList<Microsoft.AspNetCore.Http.Endpoint> Doors(IApplicationBuilder app) =>
        app.ApplicationServices.GetService(typeof(EndpointDataSource)) is EndpointDataSource doors ? doors.Endpoints : [];
}
