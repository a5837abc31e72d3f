using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline111.Platform.Hosting;

/// <summary>An id in a path, where a route says <c>{id:guid}</c>: every one but that of zeros alone, which nothing has and nothing can be named by.</summary>
internal sealed class IdConstraint : IRouteConstraint
{
    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        Guid.TryParse(Convert.ToString(values[routeKey], CultureInfo.InvariantCulture), out var id) && id != Guid.Empty;
}
