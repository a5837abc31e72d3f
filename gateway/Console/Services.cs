using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hotline111.Console.Live;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console;

/// <summary>What a service said to a command.</summary>
/// <param name="Problem">Its "no" in the reader's language, or null when it is done.</param>
/// <param name="Body">The answer's body; undefined when there is none.</param>
/// <param name="Version">The version that the thing has now, from <c>ETag</c>, or null.</param>
public sealed record Outcome(AccessProblem? Problem, JsonElement Body, long? Version)
{
    /// <summary>Whether it was done.</summary>
    public bool Done => Problem is null;
}

/// <summary>What a service showed.</summary>
/// <param name="Value">The thing.</param>
/// <param name="Version">Its version, from <c>ETag</c>, or null: a command for what the person saw carries it.</param>
public sealed record Seen<T>(T Value, long? Version);

/// <summary>
/// The services, on behalf of whoever asked for the page: through the gateway's internal door, which exchanges the console's token for the service's and
/// looks at the session again. Paths are those of the API without <c>/api</c>: <c>inbox?limit=50</c>.
/// </summary>
public sealed class Services(HttpClient http, IHttpContextAccessor accessor, Language language, HintBoard hints)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        // Every letter as itself: escaped, a story in Vietnamese is twice as long and does not fit.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>A page waits no longer for a service.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly AccessProblem Away = new(StatusCodes.Status503ServiceUnavailable, "service-away",
        "Dịch vụ tạm thời không phản hồi.", "The service does not answer at the moment.")
    { RetryAfter = 3 };

    /// <summary>Registers the way to the services.</summary>
    public static void Add(WebApplicationBuilder builder) => builder.Services.AddHttpClient<Services>((provider, http) =>
    {
        http.BaseAddress = new Uri(provider.GetRequiredService<AccessOptions>().Authority, "/api/");
        http.Timeout = Patience;
    })
        // A form's key with a letter in it is the service's to refuse.
        .UseSocketsHttpHandler((handler, _) => handler.RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8);

    /// <summary>Reads something.</summary>
    /// <exception cref="ProblemException">Any answer but 2xx: it becomes the page's own answer.</exception>
    public async Task<T> Get<T>(string path, CancellationToken ct) => (await See<T>(path, ct)).Value;

    /// <summary>Reads something together with its version.</summary>
    /// <exception cref="ProblemException">Any answer but 2xx: it becomes the page's own answer.</exception>
    public async Task<Seen<T>> See<T>(string path, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var answer = await Send(request, ct);
        return answer.IsSuccessStatusCode
            ? new Seen<T>((await answer.Content.ReadFromJsonAsync<T>(Json, ct))!, Version(answer))
            : throw new ProblemException(await Read(answer, ct));
    }

    /// <summary>Gives a command.</summary>
    /// <param name="path">The door.</param>
    /// <param name="body">Its body.</param>
    /// <param name="once">The idempotency key that the form carried, so that a second click counts once.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="version">The version that the person saw, if the command is for that one alone.</param>
    public async Task<Outcome> Post(string path, object body, string? once, CancellationToken ct, long? version = null)
    {
        var outcome = await Give(HttpMethod.Post, path, body, once, version, ct);
        if (outcome.Done && Subject(path) is { } subject)
        {
            hints.TellDone(accessor.HttpContext!.User, subject.Kind, subject.Id);
        }

        return outcome;
    }

    /// <summary>Keeps something under an address of its own.</summary>
    public Task<Outcome> Put(string path, object body, CancellationToken ct) => Give(HttpMethod.Put, path, body, null, null, ct);

    /// <summary>Throws something away.</summary>
    public Task<Outcome> Delete(string path, CancellationToken ct) => Give(HttpMethod.Delete, path, null, null, null, ct);

    private async Task<Outcome> Give(HttpMethod method, string path, object? body, string? once, long? version, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: Json) };
        if (!string.IsNullOrEmpty(once))
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", once);
        }

        if (version is { } seen)
        {
            request.Headers.TryAddWithoutValidation("If-Match", $"\"{seen}\"");
        }

        using var answer = await Send(request, ct);
        if (!answer.IsSuccessStatusCode)
        {
            return new Outcome(await Read(answer, ct), default, null);
        }

        var text = await answer.Content.ReadAsStringAsync(ct);
        return new Outcome(null, text.Length == 0 ? default : JsonElement.Parse(text), Version(answer));
    }

    // What a command was about: "referrals/0198…/claim" is the referral of that id, "referrals" one that is only just being made.
    private static (string Kind, Guid? Id)? Subject(string path)
    {
        var parts = path.Split('/', '?');
        var id = parts.Length > 1 && Guid.TryParse(parts[1], out var found) ? found : (Guid?)null;
        return parts[0] switch
        {
            "referrals" => ("referral", id),
            "contacts" => ("contact", id),
            "cases" => ("case", id),
            _ => null,
        };
    }

    private static long? Version(HttpResponseMessage answer) => long.TryParse(answer.Headers.ETag?.Tag.Trim('"'), out var now) ? now : null;

    private async Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken ct)
    {
        var header = accessor.HttpContext!.Request.Headers.Authorization.ToString();
        request.Headers.Authorization = AuthenticationHeaderValue.Parse(header);
        // In the lane of the page that is being made.
        request.Headers.TryAddWithoutValidation(PageHost.LaneHeader, accessor.HttpContext.Request.Headers[PageHost.LaneHeader].AsEnumerable());
        request.Headers.AcceptLanguage.Add(new StringWithQualityHeaderValue(language.Code));
        try
        {
            return await http.SendAsync(request, ct);
        }
        catch (HttpRequestException)
        {
            throw new ProblemException(Away);
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new ProblemException(Away);
        }
    }

    // The sentence comes in the language that was asked for; the code is what a page may branch on.
    private static async Task<AccessProblem> Read(HttpResponseMessage answer, CancellationToken ct)
    {
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json" || JsonSerializer.Deserialize<Told>(text, Json) is not { Type: not null } told)
        {
            return Away with { Status = (int)answer.StatusCode };
        }

        var sentence = told.Title ?? "";
        return new AccessProblem((int)answer.StatusCode, told.Type.Replace("urn:hotline111:", "", StringComparison.Ordinal), sentence, sentence)
        {
            RetryAfter = answer.Headers.RetryAfter?.Delta is { } wait ? (int)wait.TotalSeconds : null,
            Facts = told.More?.ToDictionary(member => member.Key, object? (member) => member.Value) ?? [],
        };
    }

    private sealed record Told(string? Type, string? Title)
    {
        [JsonExtensionData] public Dictionary<string, JsonElement>? More { get; set; }
    }
}
