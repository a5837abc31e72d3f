using System.Diagnostics;
using System.Globalization;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline111.Platform.Hosting;

/// <summary>Who asks, since when, and how the request can be told from its repetition; bound from the request.</summary>
/// <param name="Principal">Account or client id.</param>
/// <param name="Metadata">What every event of this command carries.</param>
/// <param name="ExpectedVersion">The stream version of <c>If-Match</c>, or null.</param>
/// <param name="Now">The moment of the request by the service's clock.</param>
public sealed record CommandContext(string Principal, Metadata Metadata, long? ExpectedVersion, DateTimeOffset Now)
{
    internal string? Key { get; init; }

    internal byte[]? RequestHash { get; init; }

    /// <summary>The command's identity, or null when the caller gave no <c>Idempotency-Key</c>.</summary>
    /// <param name="status">The status of the answer.</param>
    /// <param name="location">The Location of the answer, or null.</param>
    /// <param name="resourceId">What is created, or null.</param>
    public CommandIdentity? Identity(int status = StatusCodes.Status200OK, string? location = null, Guid? resourceId = null) =>
        Key is null || RequestHash is null ? null : new(Principal, Key, RequestHash, status, location, resourceId);

    /// <summary>Reads the request; <see cref="CommandIdentityMiddleware.UseCommandIdentity"/> has checked its headers before.</summary>
    public static ValueTask<CommandContext> BindAsync(HttpContext context)
    {
        var clock = context.RequestServices.GetRequiredService<TimeProvider>();
        var user = context.User;
        var desks = user.DeskIds;
        var found = context.Features.Get<CommandHeaders>();
        return ValueTask.FromResult(new CommandContext(
            user.ActorId,
            new Metadata
            {
                Actor = user.ActorId,
                Role = user.Role,
                Agency = user.AgencyId,
                Desk = desks.Count == 1 ? desks[0] : null,
                CorrelationId = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier,
                TraceParent = Activity.Current?.Id,
            },
            found?.ExpectedVersion,
            clock.GetUtcNow())
        {
            Key = found?.Key,
            RequestHash = found?.RequestHash,
        });
    }
}

internal sealed record CommandHeaders(long? ExpectedVersion, string? Key, byte[]? RequestHash);

/// <summary>Reads <c>If-Match</c> and <c>Idempotency-Key</c> of every write.</summary>
public static class CommandIdentityMiddleware
{
    /// <summary>Longest key, in visible ASCII characters.</summary>
    public const int MaximumKeyLength = 64;

    private static readonly AccessProblem KeyMalformed = new(StatusCodes.Status400BadRequest, "idempotency-key-malformed",
        "Idempotency-Key cần có từ 1 đến 64 ký tự nhìn thấy được.", "Idempotency-Key takes 1 to 64 visible characters.");

    private static readonly AccessProblem IfMatchMalformed = new(StatusCodes.Status400BadRequest, "if-match-malformed",
        "If-Match cần là một phiên bản như \"3\".", "If-Match takes one version such as \"3\".");

    public static IApplicationBuilder UseCommandIdentity(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
        {
            await next(context);
            return;
        }

        long? version = null;
        if (request.Headers.IfMatch is { Count: > 0 } match)
        {
            var tag = match.ToString().Trim();
            if (tag.Length < 3 || tag[0] != '"' || tag[^1] != '"' || !long.TryParse(tag[1..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
            {
                await IfMatchMalformed.ExecuteAsync(context);
                return;
            }

            version = parsed;
        }

        string? key = null;
        byte[]? hash = null;
        if (request.Headers.TryGetValue("Idempotency-Key", out var keys))
        {
            key = keys.ToString();
            if (keys.Count != 1 || key.Length is 0 or > MaximumKeyLength || key.Any(letter => letter is <= ' ' or > '~'))
            {
                await KeyMalformed.ExecuteAsync(context);
                return;
            }

            // The gateway passes commands on and takes no prints. The copy stays in memory (the server's limit of 64 kB holds here too):
            // the framework's own buffering would write a larger body to a temporary file, in the clear.
            if (context.RequestServices.GetService<RequestHash>() is { } prints)
            {
                var body = new MemoryStream();
                await request.Body.CopyToAsync(body, context.RequestAborted);
                hash = prints.Of(request.Method, request.Path, body.GetBuffer().AsSpan(0, (int)body.Length));
                body.Position = 0;
                request.Body = body;
            }
        }

        context.Features.Set(new CommandHeaders(version, key, hash));
        await next(context);
    });
}

/// <summary>How commands and refusals are answered: the only place that knows their status codes.</summary>
public static class Answers
{
    extension(Refusal refusal)
    {
        /// <summary>The refusal as a problem with its slug, its sentence in the reader's language, its facts and the allowed commands.</summary>
        public IResult ToProblem() => new AccessProblem(
            refusal.Kind switch
            {
                RefusalKind.Invalid => StatusCodes.Status400BadRequest,
                RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
                RefusalKind.NotFound => StatusCodes.Status404NotFound,
                RefusalKind.Conflict => StatusCodes.Status409Conflict,
                _ => throw new UnreachableException(),
            },
            refusal.Code,
            refusal.Vi,
            refusal.En)
        {
            Facts = Facts(refusal.Facts, refusal.Allowed),
        };

        /// <summary>Who lost a race wants to know how it stands now, as after a stale version.</summary>
        private Refusal WithPresent(long version, object current, IReadOnlyList<string> allowed) => refusal with
        {
            Facts = new Dictionary<string, object?>(refusal.Facts) { ["version"] = version, ["current"] = current },
            Allowed = refusal.Allowed.Count > 0 ? refusal.Allowed : allowed,
        };
    }

    extension<TState, TEvent>(Execution<TState, TEvent> execution)
    {
        /// <summary>The answer to a command: success with ETag, the refusal, or 412 with the present state.</summary>
        /// <param name="body">The body of a success, made from the state after; also the facts of a 412 and of a refusal's side.</param>
        /// <param name="allowed">The commands that the state allows.</param>
        public IResult Answer(Func<TState, object> body, Func<TState, IReadOnlyList<string>> allowed, int status = StatusCodes.Status200OK, string? location = null)
        {
            if (execution.Stale)
            {
                return new AccessProblem(
                    StatusCodes.Status412PreconditionFailed, "version-stale", "Nội dung đã thay đổi sau lần bạn xem. Hãy xem trạng thái hiện tại.", "It has changed since you looked; see the present state.")
                {
                    Facts = Facts(new Dictionary<string, object?> { ["version"] = execution.Version, ["current"] = body(execution.State) }, allowed(execution.State)),
                };
            }

            if (execution.Refusal is { } refusal)
                return new Tagged((refusal.Kind == RefusalKind.Conflict && execution.Version > 0 ? refusal.WithPresent(execution.Version, body(execution.State), allowed(execution.State)) : refusal).ToProblem(), execution.Version, null);
            return execution.Replayed is { } before
                ? new Tagged(Results.Json(body(execution.State), statusCode: before.Status), before.ETag ?? execution.Version, before.Location)
                : new Tagged(Results.Json(body(execution.State), statusCode: status), execution.Version, location);
        }
    }

    private static Dictionary<string, object?> Facts(IReadOnlyDictionary<string, object?> facts, IReadOnlyList<string> allowed)
    {
        var all = new Dictionary<string, object?>(facts);
        if (allowed.Count > 0)
            all["allowed"] = allowed;
        return all;
    }

    /// <summary>An answer with the version it speaks of; 0 has none.</summary>
    private sealed class Tagged(IResult inner, long version, string? location) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            if (version > 0)
                httpContext.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
            if (location is not null)
                httpContext.Response.Headers.Location = location;
            return inner.ExecuteAsync(httpContext);
        }
    }

    /// <summary>A read with its version as ETag.</summary>
    public static IResult WithVersion(object body, long version) => new Tagged(Results.Json(body), version, null);
}

/// <summary>Collects what is wrong with a body, field by field, so that one answer names it all.</summary>
public sealed class BodyErrors
{
    private readonly Dictionary<string, object> errors = new(StringComparer.Ordinal);

    /// <summary>A field must be there.</summary>
    public BodyErrors Required(string field, object? value) => value is null or "" ? Add(field, "required") : this;

    /// <summary>A code must stand in its list; null passes where the field may be left out.</summary>
    /// <param name="known">Whether the list has the code.</param>
    public BodyErrors Code(string field, string? value, Func<string, bool> known) => value is not null && !known(value) ? Add(field, "unknown-code") : this;

    /// <summary>A text has at most so many characters and is well-formed.</summary>
    public BodyErrors Text(string field, string? value, int maximum) =>
        value is null ? this
        : value.Length > maximum ? Add(field, "too-long", maximum)
        : !Personal.IsWellFormed(value) || value.Contains('\0', StringComparison.Ordinal) ? Add(field, "not-well-formed")
        : this;

    /// <summary>Something a service checks itself.</summary>
    /// <param name="code">A slug such as "unknown-province".</param>
    public BodyErrors When(bool wrong, string field, string code) => wrong ? Add(field, code) : this;

    /// <summary>The one problem that names all errors, or null.</summary>
    public Refusal? Refusal => errors.Count == 0 ? null : new(
        RefusalKind.Invalid, "body-invalid", "Một số thông tin chưa đúng; hãy xem từng mục.", "Some fields are not right; see each of them.")
    {
        Facts = new Dictionary<string, object?> { ["errors"] = errors },
    };

    private BodyErrors Add(string field, string code, int? maximum = null)
    {
        errors.TryAdd(field, maximum is null ? new { code } : new { code, maximum });
        return this;
    }
}
