using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Hotline111.Local.Demo;

/// <summary>
/// A program at the platform's public door: signs in as a person does, keeps the session, and speaks JSON. Commands carry an idempotency key and
/// are repeated with it while the platform is away, so that a repetition never counts twice.
/// </summary>
public sealed class PlatformClient : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient http;


    /// <summary>A client that is not signed in.</summary>
    /// <param name="address">The public address.</param>
    /// <param name="handler">Shared connections, when there are many clients; otherwise own ones.</param>
    public PlatformClient(Uri address, HttpMessageHandler? handler = null)
    {
        http = handler is null
            ? new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) })
            : new HttpClient(handler, disposeHandler: false);
        http.BaseAddress = address;
        http.Timeout = TimeSpan.FromSeconds(40);
        http.DefaultRequestHeaders.AcceptLanguage.Add(new StringWithQualityHeaderValue("vi"));
    }

    /// <summary>How long a command or a read is repeated while the platform does not answer (no connection, 502, 503, 504); zero for never.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The answer of the sign-in: <c>account</c>, <c>role</c>.</summary>
    public JsonElement Session { get; private set; }

    /// <summary>The session's cookie, <c>NAME=VALUE</c>; null before the sign-in. Set to go on in a session that somebody else opened.</summary>
    /// <remarks>Kept by hand: it is for secure origins only, and localhost counts as one for browsers but not for .NET's own container.</remarks>
    public string? Cookie { get; set; }

    /// <summary>A signed-in client.</summary>
    public static async Task<PlatformClient> SignIn(Uri address, DemoAccount account, CancellationToken ct, HttpMessageHandler? handler = null)
    {
        var client = new PlatformClient(address, handler);
        try
        {
            await client.SignIn(account.UserName, account.Password, account.TotpSecret, ct);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Signs in with password and TOTP. A code is good for one sign-in only: when this step's was used just now the next one's is taken, and
    /// then the wait is until the clock has moved on.
    /// </summary>
    /// <exception cref="PlatformRefusalException">Name, password or secret are wrong.</exception>
    public async Task SignIn(string userName, string password, string totpSecret, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            var step = Totp.Step(DateTimeOffset.UtcNow) + (attempt % 2);
            using var answer = await Repeat(() => Request(HttpMethod.Post, "auth/sign-in", new { userName, password, code = Totp.Code(totpSecret, step) }), ct);
            if (answer.StatusCode == HttpStatusCode.Unauthorized && attempt < 3)
            {
                if (attempt == 1)
                {
                    await Task.Delay(DateTimeOffset.FromUnixTimeSeconds((Totp.Step(DateTimeOffset.UtcNow) + 1) * 30) - DateTimeOffset.UtcNow + TimeSpan.FromMilliseconds(50), ct);
                }

                continue;
            }

            Session = await Read(answer, "POST /auth/sign-in", ct);
            Cookie = answer.Headers.GetValues("Set-Cookie").Select(each => each.Split(';')[0]).First();
            return;
        }
    }

    /// <summary>GET; the body.</summary>
    /// <exception cref="PlatformRefusalException">Any answer but 2xx.</exception>
    public async Task<JsonElement> Get(string path, CancellationToken ct)
    {
        using var answer = await Repeat(() => Request(HttpMethod.Get, path, null), ct);
        return await Read(answer, $"GET {path}", ct);
    }

    /// <summary>A command; the body of the answer. The idempotency key is made once and kept over repetitions.</summary>
    /// <exception cref="PlatformRefusalException">Any answer but 2xx.</exception>
    public async Task<JsonElement> Post(string path, object? body, CancellationToken ct, string? idempotencyKey = null)
    {
        var key = idempotencyKey ?? Guid.CreateVersion7().ToString("n");
        using var answer = await Repeat(
            () =>
            {
                var request = Request(HttpMethod.Post, path, body ?? new { });
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            ct);
        return await Read(answer, $"POST {path}", ct);
    }

    /// <summary>One request as it stands, with the session's cookie and without repetition; any answer.</summary>
    public Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken ct)
    {
        if (Cookie is not null)
        {
            request.Headers.Add("Cookie", Cookie);
        }

        return http.SendAsync(request, ct);
    }

    /// <summary>Asks until the answer is as wanted.</summary>
    /// <param name="path">What is read.</param>
    /// <param name="found">The wanted part of the answer, or null.</param>
    /// <param name="patience">How long.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="TimeoutException">It never was.</exception>
    public async Task<T> Until<T>(string path, Func<JsonElement, T?> found, TimeSpan patience, CancellationToken ct) where T : struct
    {
        var deadline = DateTime.UtcNow + patience;
        while (true)
        {
            if (found(await Get(path, ct)) is { } wanted)
            {
                return wanted;
            }

            if (DateTime.UtcNow > deadline)
            {
                throw new TimeoutException($"GET {path} did not show what was expected within {patience.TotalSeconds:0} s.");
            }

            await Task.Delay(20, ct);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static HttpRequestMessage Request(HttpMethod method, string path, object? body) =>
        new(method, new Uri(path.TrimStart('/'), UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: Json) };

    private static async Task<JsonElement> Read(HttpResponseMessage answer, string what, CancellationToken ct)
    {
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode)
        {
            throw PlatformRefusalException.Of(what, answer.StatusCode, text);
        }

        return text.Length == 0 ? default : JsonElement.Parse(text);
    }

    private async Task<HttpResponseMessage> Repeat(Func<HttpRequestMessage> request, CancellationToken ct)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            try
            {
                using var message = request();
                var answer = await Send(message, ct);
                if (DateTime.UtcNow > deadline || !await Away(answer, ct))
                {
                    return answer;
                }

                answer.Dispose();
            }
            catch (Exception e) when (DateTime.UtcNow < deadline && !ct.IsCancellationRequested && e is HttpRequestException or TaskCanceledException)
            {
                // Nobody answered: asked again below.
            }

            await Task.Delay(100, ct);
        }
    }

    // An answer of something in front of a service that is away, or of a service whose database is; also the twin of a request that is being worked on.
    private static async Task<bool> Away(HttpResponseMessage answer, CancellationToken ct) =>
        answer.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
        || (answer.StatusCode == HttpStatusCode.Conflict
            && (await answer.Content.ReadAsStringAsync(ct)).Contains("in-flight", StringComparison.Ordinal));
}

/// <summary>The platform said no.</summary>
/// <param name="status">The status code.</param>
/// <param name="slug">The problem's slug: <c>referral-already-acknowledged</c>.</param>
/// <param name="problem">The whole problem.</param>
/// <param name="message">What was asked, the status and the slug.</param>
public sealed class PlatformRefusalException(HttpStatusCode status, string slug, JsonElement problem, string message) : Exception(message)
{
    /// <summary>The status code.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The problem's slug; empty when the answer was no problem.</summary>
    public string Slug { get; } = slug;

    /// <summary>The whole problem.</summary>
    public JsonElement Problem { get; } = problem;

    internal static PlatformRefusalException Of(string what, HttpStatusCode status, string text)
    {
        JsonElement problem = default;
        try
        {
            problem = JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            // Not one of the platform's answers.
        }

        var slug = problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty("type", out var type) ? type.GetString()!.Split(':').Last() : "";
        var errors = problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty("errors", out var list) ? $" {list}" : "";
        return new PlatformRefusalException(status, slug, problem, $"{what} was answered {(int)status} {slug}{errors}");
    }
}
