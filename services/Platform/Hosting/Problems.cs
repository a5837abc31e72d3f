using System.Diagnostics;
using System.Text.Json;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Hotline111.Platform.Hosting;

/// <summary>What is wrong with one member of a body, in two languages. Never quotes what was written.</summary>
/// <param name="Field">The member in camelCase, with its path: <c>persons[0].age</c>.</param>
public sealed record FieldError(string Field, string Vi, string En);

/// <summary>The only place that knows status codes: every "no" of a process as an RFC 9457 problem with a stable slug.</summary>
public static class Problems
{
    /// <summary>The body is not JSON, or not of the form the door takes.</summary>
    public static readonly AccessProblem BodyMalformed = new(StatusCodes.Status400BadRequest, "body-malformed",
        "Nội dung gửi lên không phải JSON hợp lệ.", "The body is not valid JSON.");

    /// <summary>The body has a member that the door does not know, or the same one twice.</summary>
    public static readonly AccessProblem BodyUnknownMember = new(StatusCodes.Status400BadRequest, "body-unknown-member",
        "Nội dung gửi lên có trường không được biết đến.", "The body has a member that is not known here.");

    /// <summary>A parameter in the address or a header is not of the form the door takes.</summary>
    public static readonly AccessProblem RequestMalformed = new(StatusCodes.Status400BadRequest, "request-malformed",
        "Yêu cầu có tham số không hợp lệ.", "The request has a parameter that is not valid.");

    /// <summary><c>If-Match</c> is not a version as an ETag told it.</summary>
    public static readonly AccessProblem IfMatchMalformed = new(StatusCodes.Status400BadRequest, "if-match-malformed",
        "If-Match phải là phiên bản mà ETag đã cho biết, ví dụ \"3\".", "If-Match must be a version as an ETag told it, for example \"3\".");

    /// <summary><c>Idempotency-Key</c> is longer than 64 characters or has invisible ones.</summary>
    public static readonly AccessProblem IdempotencyKeyMalformed = new(StatusCodes.Status400BadRequest, "idempotency-key-malformed",
        "Idempotency-Key phải gồm 1 đến 64 ký tự nhìn thấy được.", "Idempotency-Key must be 1 to 64 visible characters.");

    /// <summary>The key was used for another request before.</summary>
    public static readonly AccessProblem IdempotencyKeyReused = new(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused",
        "Idempotency-Key này đã được dùng cho một yêu cầu khác.", "This Idempotency-Key was used for another request.");

    /// <summary>The first request with the key is still under way.</summary>
    public static readonly AccessProblem IdempotencyKeyInFlight = new(StatusCodes.Status409Conflict, "idempotency-key-in-flight",
        "Yêu cầu đầu tiên với Idempotency-Key này vẫn đang được xử lý.", "The first request with this Idempotency-Key is still under way.")
    { RetryAfter = 1 };

    public static readonly AccessProblem NotFound = new(StatusCodes.Status404NotFound, "not-found",
        "Không tìm thấy, hoặc bạn không có quyền biết.", "There is no such thing, or none you may know of.");

    public static readonly AccessProblem MethodNotAllowed = new(StatusCodes.Status405MethodNotAllowed, "method-not-allowed",
        "Địa chỉ này không nhận phương thức đó.", "This address does not take that method.");

    public static readonly AccessProblem BodyTooLarge = new(StatusCodes.Status413PayloadTooLarge, "body-too-large",
        "Nội dung gửi lên vượt quá 64 kB.", "The body is larger than 64 kB.")
    { Facts = new Dictionary<string, object?> { ["limit"] = PlatformHost.LargestBody } };

    public static readonly AccessProblem MediaTypeUnsupported = new(StatusCodes.Status415UnsupportedMediaType, "media-type-unsupported",
        "Chỉ nhận nội dung application/json.", "Only application/json is taken.");

    /// <summary>Another request holds what this one needs.</summary>
    public static readonly AccessProblem Busy = new(StatusCodes.Status503ServiceUnavailable, "busy",
        "Hồ sơ đang được xử lý bởi một yêu cầu khác. Vui lòng thử lại.", "Another request is working on this. Please try again.")
    { RetryAfter = 1 };

    /// <summary>The keys of whom it is about were destroyed.</summary>
    public static readonly AccessProblem OwnerErased = new(StatusCodes.Status409Conflict, "owner-erased",
        "Dữ liệu cá nhân dưới mã này đã bị hủy; không thể ghi thêm dưới mã này.", "The personal data under this id was destroyed; nothing more can be written under it.");

    /// <summary>The database does not answer in time.</summary>
    public static readonly AccessProblem DatabaseUnavailable = new(StatusCodes.Status503ServiceUnavailable, "database-unavailable",
        "Dịch vụ tạm thời không truy cập được dữ liệu. Vui lòng thử lại.", "The service cannot reach its data for the moment. Please try again.")
    { RetryAfter = 2 };

    public static readonly AccessProblem RequestTimeout = new(StatusCodes.Status408RequestTimeout, "request-timeout",
        "Yêu cầu được gửi quá chậm.", "The request arrived too slowly.");

    /// <summary>A bug. The log knows more under the trace id.</summary>
    public static readonly AccessProblem Unexpected = new(StatusCodes.Status500InternalServerError, "unexpected",
        "Có lỗi ngoài dự kiến. Vui lòng báo cho bộ phận kỹ thuật kèm mã traceId.", "Something unexpected went wrong. Please tell the technical staff the traceId.");

    /// <summary>Members of a body make no sense; <c>errors</c> says for each which and why, in the reader's language.</summary>
    public static IResult BodyInvalid(params IReadOnlyList<FieldError> errors) => new InvalidBody(errors);

    /// <summary>For an answer that something else began with a bare status.</summary>
    internal static AccessProblem ForStatus(int status) => status switch
    {
        StatusCodes.Status400BadRequest => RequestMalformed,
        StatusCodes.Status401Unauthorized => AccessProblem.NotSignedIn,
        StatusCodes.Status403Forbidden => AccessProblem.RoleNotAllowed,
        StatusCodes.Status404NotFound => NotFound,
        StatusCodes.Status405MethodNotAllowed => MethodNotAllowed,
        StatusCodes.Status408RequestTimeout => RequestTimeout,
        StatusCodes.Status413PayloadTooLarge => BodyTooLarge,
        StatusCodes.Status415UnsupportedMediaType => MediaTypeUnsupported,
        StatusCodes.Status500InternalServerError => Unexpected,
        >= 500 => new(status, "unavailable", "Dịch vụ tạm thời không trả lời. Vui lòng thử lại.", "The service does not answer for the moment. Please try again.") { RetryAfter = 2 },
        _ => RequestMalformed with { Status = status },
    };

    /// <summary>What an exception means to the caller; null for one that nobody expected.</summary>
    internal static IResult? ForException(Exception thrown) => thrown switch
    {
        CommandKeyException { Problem: CommandKeyProblem.OtherRequest } => IdempotencyKeyReused,
        CommandKeyException => IdempotencyKeyInFlight,
        ProblemException refused => refused.Problem,
        OwnerErasedException => OwnerErased,
        BadHttpRequestException { InnerException: JsonException json } => ForJson(json),
        BadHttpRequestException bad => ForStatus(bad.StatusCode),
        PostgresException
        {
            SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
        } => Busy,
        PostgresException { IsTransient: true } => DatabaseUnavailable,
        // A statement that ran too long, a demoted node, and the classes "connection" and "insufficient resources".
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.ReadOnlySqlTransaction or ['0', '8', ..] or ['5', '3', ..] or ['5', '7', 'P', ..] } => DatabaseUnavailable,
        PostgresException => null,
        NpgsqlException { IsTransient: true } or NpgsqlException { InnerException: TimeoutException or IOException or System.Net.Sockets.SocketException } => DatabaseUnavailable,
        _ => null,
    };

    /// <summary>Gives the problems that the framework writes (body validation) the platform's form.</summary>
    internal static void Complete(ProblemDetailsOptions options) => options.CustomizeProblemDetails = context =>
    {
        var status = context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode;
        var problem = context.ProblemDetails is HttpValidationProblemDetails ? InvalidBody.Head : ForStatus(status);
        var english = AccessProblem.PrefersEnglish(context.HttpContext.Request);
        context.ProblemDetails.Type = $"urn:hotline111:{problem.Code}";
        context.ProblemDetails.Title = english ? problem.En : problem.Vi;
        context.ProblemDetails.Detail = null;
        context.ProblemDetails.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? context.HttpContext.TraceIdentifier;
        context.HttpContext.Response.Headers.ContentLanguage = english ? "en" : "vi";
    };

    private const string MissingNames = "was missing required properties including:";

    private static IResult ForJson(JsonException json)
    {
        // System.Text.Json tells these apart by its sentence alone; a test holds it to that.
        if (json.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) || json.Message.Contains("Duplicate property", StringComparison.Ordinal))
            return BodyUnknownMember;
        // A broken text has the reader's own exception inside; a text that is JSON but of another shape has not.
        if (json.InnerException is JsonException || json.Path is null)
            return BodyMalformed;
        var path = json.Path.StartsWith("$.", StringComparison.Ordinal) ? json.Path[2..] : json.Path.TrimStart('$');
        if (json.Message.IndexOf(MissingNames, StringComparison.Ordinal) is >= 0 and var at)
        {
            // 'deskId', 'purpose'.
            var names = json.Message[(at + MissingNames.Length)..].Split('\'').Where((_, part) => part % 2 == 1);
            return BodyInvalid([.. names.Select(name => new FieldError(path.Length == 0 ? name : $"{path}.{name}", "Cần có thông tin này.", "This is required."))]);
        }
        return BodyInvalid(new FieldError(path, "Không đúng dạng.", "Not of the right form."));
    }

    extension(Refusal refusal)
    {
        /// <summary>The decider's no as an answer, with what is allowed now.</summary>
        public AccessProblem ToProblem() => new(
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
            Facts = refusal.Allowed.Count == 0 ? refusal.Facts : new Dictionary<string, object?>(refusal.Facts) { ["allowed"] = refusal.Allowed },
        };
    }

    /// <summary>A body whose members make no sense. Its sentences are chosen when the reader is known.</summary>
    private sealed class InvalidBody(IReadOnlyList<FieldError> errors) : IResult
    {
        public static readonly AccessProblem Head = new(StatusCodes.Status400BadRequest, "body-invalid",
            "Nội dung gửi lên có trường thiếu hoặc không hợp lệ.", "The body has members that are missing or not valid.");

        public Task ExecuteAsync(HttpContext httpContext)
        {
            var english = AccessProblem.PrefersEnglish(httpContext.Request);
            var byField = errors.GroupBy(error => error.Field).ToDictionary(group => group.Key, group => group.Select(error => english ? error.En : error.Vi).ToArray());
            return (Head with { Facts = new Dictionary<string, object?> { ["errors"] = byField } }).ExecuteAsync(httpContext);
        }
    }
}

/// <summary>Ends a request with a problem from where no result can be returned (binding of parameters).</summary>
public sealed class ProblemException(IResult problem) : Exception("The request is refused.")
{
    public IResult Problem { get; } = problem;
}
