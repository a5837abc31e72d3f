using System.Diagnostics;
using System.Text.Json;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Hotline111.Platform.Hosting;

/// <summary>The problems of the door that no rule of a service knows about, each with a stable slug (RFC 9457); refusals become problems in <see cref="Answers"/>.</summary>
public static class Problems
{
    /// <summary>The body is not JSON, or not of the form the door takes.</summary>
    public static readonly AccessProblem BodyMalformed = new(StatusCodes.Status400BadRequest, "body-malformed",
        "Nội dung gửi lên không phải JSON hợp lệ.", "The body is not valid JSON.");

    /// <summary>The body has a member that the door does not know, or the same one twice.</summary>
    public static readonly AccessProblem BodyUnknownMember = new(StatusCodes.Status400BadRequest, "body-unknown-member",
        "Nội dung gửi lên có trường không được biết đến.", "The body has a member that is not known here.");

    /// <summary>The same head as that of <see cref="BodyErrors"/>, for what the framework's own validation finds.</summary>
    private static readonly AccessProblem BodyInvalid = new(StatusCodes.Status400BadRequest, "body-invalid",
        "Một số thông tin chưa đúng; hãy xem từng mục.", "Some fields are not right; see each of them.");

    /// <summary>A parameter in the address or a header is not of the form the door takes.</summary>
    public static readonly AccessProblem RequestMalformed = new(StatusCodes.Status400BadRequest, "request-malformed",
        "Yêu cầu có tham số không hợp lệ.", "The request has a parameter that is not valid.");

    /// <summary>The key was used for another request before.</summary>
    public static readonly AccessProblem IdempotencyKeyReused = new(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused",
        "Idempotency-Key này đã được dùng cho một yêu cầu khác.", "This Idempotency-Key was used for another request.");

    /// <summary>The first request with the key is still under way.</summary>
    public static readonly AccessProblem IdempotencyKeyInFlight = new(StatusCodes.Status409Conflict, "idempotency-key-in-flight",
        "Yêu cầu đầu tiên với Idempotency-Key này vẫn đang được xử lý.", "The first request with this Idempotency-Key is still under way.") { RetryAfter = 1 };

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
        "Hồ sơ đang được xử lý bởi một yêu cầu khác. Vui lòng thử lại.", "Another request is working on this. Please try again.") { RetryAfter = 1 };

    /// <summary>The database does not answer in time.</summary>
    public static readonly AccessProblem DatabaseUnavailable = new(StatusCodes.Status503ServiceUnavailable, "database-unavailable",
        "Dịch vụ tạm thời không truy cập được dữ liệu. Vui lòng thử lại.", "The service cannot reach its data for the moment. Please try again.") { RetryAfter = 2 };

    public static readonly AccessProblem RequestTimeout = new(StatusCodes.Status408RequestTimeout, "request-timeout",
        "Yêu cầu được gửi quá chậm.", "The request arrived too slowly.");

    /// <summary>A bug. The log knows more under the trace id.</summary>
    public static readonly AccessProblem Unexpected = new(StatusCodes.Status500InternalServerError, "unexpected",
        "Có lỗi ngoài dự kiến. Vui lòng báo cho bộ phận kỹ thuật kèm mã traceId.", "Something unexpected went wrong. Please tell the technical staff the traceId.");

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
        var problem = context.ProblemDetails is HttpValidationProblemDetails ? BodyInvalid : ForStatus(status);
        var english = AccessProblem.PrefersEnglish(context.HttpContext.Request);
        context.ProblemDetails.Type = $"urn:hotline111:{problem.Code}";
        context.ProblemDetails.Title = english ? problem.En : problem.Vi;
        context.ProblemDetails.Detail = null;
        context.ProblemDetails.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? context.HttpContext.TraceIdentifier;
        context.HttpContext.Response.Headers.ContentLanguage = english ? "en" : "vi";
    };

    private static IResult ForJson(JsonException json)
    {
        // System.Text.Json tells these apart by its sentence alone; a test holds it to that.
        if (json.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) || json.Message.Contains("Duplicate property", StringComparison.Ordinal))
            return BodyUnknownMember;
        // A broken text has the reader's own exception inside; a text that is JSON but of another shape has not.
        if (json.InnerException is JsonException || json.Path is null)
            return BodyMalformed;
        var field = json.Path.StartsWith("$.", StringComparison.Ordinal) ? json.Path[2..] : json.Path;
        return new BodyErrors().When(true, field, "missing-or-malformed").Refusal!.ToProblem();
    }
}
