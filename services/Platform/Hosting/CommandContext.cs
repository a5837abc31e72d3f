using System.Diagnostics;
using System.Globalization;
using System.Security.Claims;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace Hotline111.Platform.Hosting;

/// <summary>
/// What a door hands on with a command: who, when, which version was seen, and the identity of a request that may be repeated.
/// A parameter of this type binds itself.
/// </summary>
/// <param name="User">Who acts.</param>
/// <param name="Now">The time of the command, by the process's clock.</param>
/// <param name="Metadata">What is recorded beside each event. The desk is filled in when the user serves exactly one; otherwise the door says which.</param>
/// <param name="ExpectedVersion">The version in <c>If-Match</c>, or null.</param>
/// <param name="Key">The <c>Idempotency-Key</c>, or null.</param>
/// <param name="RequestHash">The print of the request; null without a key.</param>
public sealed record CommandContext(ClaimsPrincipal User, DateTimeOffset Now, Metadata Metadata, long? ExpectedVersion, string? Key, byte[]? RequestHash)
{
    /// <summary>The day it is in Vietnam.</summary>
    public DateOnly Today => Now.DayInVietnam;

    /// <summary>The account or client that acts, as events name it.</summary>
    public string Principal => User.ActorId;

    /// <summary>The identity to execute the command under, or null when the caller named no key.</summary>
    /// <param name="status">The status of the first answer.</param>
    /// <param name="location">Where what was created is found, or null.</param>
    /// <param name="resourceId">What was created, or null.</param>
    public CommandIdentity? Identity(int status = StatusCodes.Status200OK, string? location = null, Guid? resourceId = null) =>
        Key is null || RequestHash is null ? null : new CommandIdentity(User.ActorId, Key, RequestHash, status, location, resourceId);

    /// <summary>Reads the headers of an authenticated request.</summary>
    /// <exception cref="ProblemException"><c>If-Match</c> or <c>Idempotency-Key</c> is malformed; answered with 400.</exception>
    public static async ValueTask<CommandContext?> BindAsync(HttpContext context)
    {
        var user = context.User;
        var desks = user.DeskIds;
        // A read may be repeated as it is: a key on it says nothing.
        var reads = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        var key = reads ? null : KeyOf(context.Request.Headers["Idempotency-Key"]);
        return new CommandContext(
            user,
            context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow(),
            new Metadata
            {
                Actor = user.ActorId,
                Role = user.Role,
                Agency = user.AgencyId,
                Desk = desks.Count == 1 ? desks[0] : null,
                CorrelationId = Activity.Current?.TraceId.ToString(),
                TraceParent = Activity.Current?.Id,
            },
            VersionOf(context.Request.Headers.IfMatch),
            key,
            key is null ? null : await RequestPrint.Of(context));
    }

    private static long? VersionOf(StringValues ifMatch) => ifMatch switch
    {
        [] or ["*"] => null,
        [['"', .. var version, '"']] when long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new ProblemException(Problems.IfMatchMalformed),
    };

    internal static string? KeyOf(StringValues header) => header switch
    {
        [] => null,
        [{ Length: >= 1 and <= 64 } key] when key.All(letter => letter is > ' ' and <= '~') => key,
        _ => throw new ProblemException(Problems.IdempotencyKeyMalformed),
    };
}

/// <summary>Keeps the body of a request with an <c>Idempotency-Key</c>, so that its print can be taken after the door has read it.</summary>
internal sealed class RequestPrint(RequestDelegate next)
{
    private static readonly object Kept = new();

    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        // Only where a command may come of it: the gateway passes bodies on and takes no prints.
        if (request.Headers.TryGetValue("Idempotency-Key", out var key) && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
            && http.RequestServices.GetService<RequestHash>() is not null)
        {
            CommandContext.KeyOf(key);
            // The server's limit of 64 kB holds here too: what is larger ends as 413.
            var body = new MemoryStream();
            await request.Body.CopyToAsync(body, http.RequestAborted);
            http.Items[Kept] = body.ToArray();
            body.Position = 0;
            request.Body = body;
        }
        await next(http);
    }

    public static ValueTask<byte[]> Of(HttpContext http)
    {
        var body = http.Items[Kept] as byte[] ?? throw new InvalidOperationException("A request with a key has no kept body: UsePlatform() and AddPrivacy() belong to every service that takes commands.");
        return ValueTask.FromResult(http.RequestServices.GetRequiredService<RequestHash>().Of(http.Request.Method, http.Request.PathBase + http.Request.Path + http.Request.QueryString.Value, body));
    }
}
