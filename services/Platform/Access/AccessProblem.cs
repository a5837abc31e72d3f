using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline111.Platform.Access;

/// <summary>An answer of the door itself, before any rule of a service: RFC 9457 problem with a stable slug and a sentence in two languages.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Slug; <c>type</c> is <c>urn:hotline111:</c> and the slug.</param>
/// <param name="Vi">Sentence for a reader of Vietnamese.</param>
/// <param name="En">Sentence for a reader of English.</param>
public sealed record AccessProblem(int Status, string Code, string Vi, string En) : IResult
{
    /// <summary>Seconds after which another try makes sense, or null.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>More members of the answer.</summary>
    public IReadOnlyDictionary<string, object?> Facts { get; init; } = new Dictionary<string, object?>();

    /// <summary>No token, or one that nobody here has signed.</summary>
    public static readonly AccessProblem NotSignedIn = new(StatusCodes.Status401Unauthorized, "not-signed-in",
        "Bạn chưa đăng nhập hoặc phiên làm việc không còn hiệu lực.", "You are not signed in, or the session is no longer valid.");

    /// <summary>The token's time is over.</summary>
    public static readonly AccessProblem TokenExpired = new(StatusCodes.Status401Unauthorized, "token-expired",
        "Thẻ truy cập đã hết hạn.", "The access token has expired.");

    /// <summary>The token was made for another service.</summary>
    public static readonly AccessProblem WrongAudience = new(StatusCodes.Status401Unauthorized, "wrong-audience",
        "Thẻ truy cập được cấp cho dịch vụ khác.", "The access token was issued for another service.");

    /// <summary>Signed in, but this is not for the role.</summary>
    public static readonly AccessProblem RoleNotAllowed = new(StatusCodes.Status403Forbidden, "role-not-allowed",
        "Vai trò của bạn không được phép thực hiện việc này.", "Your role may not do this.");

    /// <summary>The token's key is not known here and the gateway cannot be asked for it, so the token cannot be judged either way.</summary>
    public static readonly AccessProblem KeysUnknown = new(StatusCodes.Status503ServiceUnavailable, "verification-keys-unknown",
        "Dịch vụ chưa lấy được khóa xác minh từ cổng truy cập. Vui lòng thử lại sau giây lát.",
        "The service cannot get the verification keys from the gateway. Please try again in a moment.")
    { RetryAfter = 2 };

    /// <summary>Writes the problem in the reader's language; Vietnamese unless English is preferred by Accept-Language.</summary>
    /// <param name="httpContext">The exchange, whose answer must not have started.</param>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (httpContext.RequestServices.GetService<ProblemPage>() is { } page && page.ForPeople(httpContext.Request))
        {
            // What anti-forgery sets too, when the page holds a form.
            response.Headers.CacheControl = "no-cache, no-store";
            await page.Show(httpContext, this);
            return;
        }

        var english = PrefersEnglish(httpContext.Request);
        response.Headers.ContentLanguage = english ? "en" : "vi";
        var problem = new ProblemDetails { Type = $"urn:hotline111:{Code}", Title = english ? En : Vi, Status = Status };
        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier;
        foreach (var (name, value) in Facts)
        {
            problem.Extensions[name] = value;
        }

        await response.WriteAsJsonAsync(problem, options: null, "application/problem+json", httpContext.RequestAborted);
    }

    /// <summary>True if the reader asks for English more than for Vietnamese.</summary>
    public static bool PrefersEnglish(HttpRequest request)
    {
        double vi = -1, en = -1;
        foreach (var language in request.GetTypedHeaders().AcceptLanguage)
        {
            var weight = language.Quality ?? 1;
            if (language.Value.StartsWith("vi", StringComparison.OrdinalIgnoreCase))
            {
                vi = Math.Max(vi, weight);
            }
            else if (language.Value.StartsWith("en", StringComparison.OrdinalIgnoreCase))
            {
                en = Math.Max(en, weight);
            }
        }

        return en > 0 && en > vi;
    }
}

/// <summary>How a process that has pages shows a problem to a person; without it every problem is JSON.</summary>
/// <param name="ForPeople">Whether a person asks, by a browser, and not a program.</param>
/// <param name="Show">Writes the page; status and language are its own affair.</param>
public sealed record ProblemPage(Func<HttpRequest, bool> ForPeople, Func<HttpContext, AccessProblem, Task> Show);
