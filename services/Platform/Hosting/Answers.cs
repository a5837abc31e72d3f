using System.Globalization;
using System.Reflection;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace Hotline111.Platform.Hosting;

/// <summary>How a thing stands, as a caller sees it: its state by name, and the commands it takes now.</summary>
/// <param name="State">The public name of the state ("acknowledged").</param>
/// <param name="Allowed">The public names of the commands allowed in this state.</param>
public sealed record Standing(string State, IReadOnlyList<string> Allowed)
{
    /// <summary>What somebody who came too late wants to know (<c>acknowledgedBy</c>, <c>at</c>): codes, ids and times.</summary>
    public IReadOnlyDictionary<string, object?> Facts { get; init; } = new Dictionary<string, object?>();
}

/// <summary>The body of an accepted command.</summary>
public sealed record CommandDone(long Version, string State);

/// <summary>The body of a creation.</summary>
/// <param name="Number">The number people use ("RF-2026-000874").</param>
public sealed record Created(Guid Id, string Number);

/// <summary>The answer of a door that takes a command. Being the return type, it also describes the door.</summary>
/// <param name="answer">Any answer; the extension members of <see cref="Answers"/> make the usual ones.</param>
public sealed class CommandResult(IResult answer) : IResult, IEndpointMetadataProvider
{
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        Answers.Describe(builder, StatusCodes.Status200OK, typeof(CommandDone));

    public Task ExecuteAsync(HttpContext httpContext) => answer.ExecuteAsync(httpContext);
}

/// <summary>The answer of a door that creates something. Being the return type, it also describes the door.</summary>
/// <inheritdoc cref="CommandResult" path="/param"/>
public sealed class CreationResult(IResult answer) : IResult, IEndpointMetadataProvider
{
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        Answers.Describe(builder, StatusCodes.Status201Created, typeof(Created));

    public Task ExecuteAsync(HttpContext httpContext) => answer.ExecuteAsync(httpContext);
}

/// <summary>Ends of a command as answers of the door.</summary>
public static class Answers
{
    private static readonly AccessProblem Stale = new(StatusCodes.Status412PreconditionFailed, "version-stale",
        "Hồ sơ đã thay đổi từ lần bạn xem.", "It has changed since you looked.");

    extension<TState, TEvent>(Execution<TState, TEvent> execution)
    {
        /// <summary>
        /// 200 with version and state, or the no: 412 with the present state for a stale <c>If-Match</c>, else the refusal. Every answer about an existing
        /// thing has its version as ETag; every no says what is allowed now.
        /// </summary>
        /// <param name="standing">How a state looks from outside.</param>
        public CommandResult ToAnswer(Func<TState, Standing> standing) => new(execution.No(standing)
            ?? new Answer(StatusCodes.Status200OK, new CommandDone(execution.AnsweredVersion, standing(execution.State).State), execution.AnsweredVersion, null));

        /// <summary>204 with the version as ETag, or the no.</summary>
        public CommandResult ToNoContent(Func<TState, Standing> standing) =>
            new(execution.No(standing) ?? new Answer(StatusCodes.Status204NoContent, null, execution.AnsweredVersion, null));

        /// <summary>201 with Location, id and number (200 when it was there already), or the no.</summary>
        /// <param name="standing">How a state looks from outside.</param>
        /// <param name="location">The path of the new thing.</param>
        /// <param name="created">Its id and number.</param>
        public CreationResult ToCreated(Func<TState, Standing> standing, string location, Func<TState, Created> created) => new(execution.No(standing)
            ?? new Answer(
                execution.Replayed?.Status ?? (execution.Events.Count > 0 ? StatusCodes.Status201Created : StatusCodes.Status200OK),
                created(execution.State), execution.AnsweredVersion, execution.Replayed?.Location ?? location));

        // A repeated request is answered with the version of its first answer, which may be older than the present one.
        private long AnsweredVersion => execution.Replayed?.ETag ?? execution.Version;

        private IResult? No(Func<TState, Standing> standing)
        {
            if (execution.Succeeded)
                return null;
            var now = standing(execution.State);
            var facts = new Dictionary<string, object?>(now.Facts) { ["version"] = execution.Version, ["state"] = now.State, ["allowed"] = now.Allowed };
            if (execution.Stale)
                return new Refused(Stale with { Facts = facts }, execution.Version);
            var refusal = execution.Refusal!;
            // Who may not know of a thing must not learn its state from the no.
            if (refusal.Kind is RefusalKind.NotFound or RefusalKind.Forbidden || execution.Version == 0)
                return refusal.ToProblem();
            foreach (var (name, value) in refusal.Facts)
                facts[name] = value;
            if (refusal.Allowed.Count > 0)
                facts["allowed"] = refusal.Allowed.Intersect(now.Allowed, StringComparer.Ordinal).ToList(); // The decider knows the state, the door the user.
            return new Refused(refusal.ToProblem() with { Facts = facts }, execution.Version);
        }
    }

    /// <summary>A strong ETag of a version.</summary>
    public static string ETag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>What was read, with its version as ETag.</summary>
    public static IResult WithVersion(object body, long version) => new Answer(StatusCodes.Status200OK, body, version, null);

    internal static void Describe(EndpointBuilder builder, int status, Type body)
    {
        builder.Metadata.Add(new ProducesResponseTypeMetadata(status, body, ["application/json"]));
        foreach (var no in new[] { StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict, StatusCodes.Status412PreconditionFailed })
            builder.Metadata.Add(new ProducesResponseTypeMetadata(no, typeof(ProblemDetails), ["application/problem+json"]));
    }

    private sealed class Answer(int status, object? body, long version, string? location) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = status;
            response.Headers.ETag = ETag(version);
            if (location is not null)
                response.Headers.Location = location;
            if (body is not null)
                await response.WriteAsJsonAsync(body, body.GetType(), httpContext.RequestAborted);
        }
    }

    private sealed class Refused(AccessProblem problem, long version) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.ETag = ETag(version);
            return problem.ExecuteAsync(httpContext);
        }
    }
}
