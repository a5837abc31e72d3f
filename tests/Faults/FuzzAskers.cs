using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline111.Contracts.Access;
using Hotline111.Local;
using Hotline111.Local.Demo;
using Hotline111.Platform.Access;
using Microsoft.IdentityModel.Tokens;

namespace Hotline111.Faults.Tests;

/// <summary>Somebody who asks: what they carry at the public door, and how often they come alone.</summary>
/// <param name="name">Who it is, for the report.</param>
/// <param name="role">Their role; empty for nobody.</param>
public sealed partial class Asker(LocalPlatform platform, string name, string role) : IDisposable
{
    // As they are: a header with letters of any alphabet goes out, and no answer is followed.
    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
    })
    { BaseAddress = platform.Address, Timeout = Timeout.InfiniteTimeSpan };
    private readonly SemaphoreSlim door = new(1);
    private DateTime cameAt;
    private string? session;
    private string? bearer;
    private string? formCookie;
    private (ECDsaSecurityKey Key, string Issuer)? machine;

    /// <summary>Who it is, for the report.</summary>
    public string Name => name;

    /// <summary>Their role; empty for nobody.</summary>
    public string Role => role;

    /// <summary>What a form of theirs proves itself with; null for a machine.</summary>
    public string? FormToken { get; private set; }

    /// <summary>Somebody who is not signed in.</summary>
    public static async Task<Asker> Nobody(LocalPlatform platform, CancellationToken ct)
    {
        var asker = new Asker(platform, "nobody", "");
        await asker.TakeForm("sign-in", ct);
        return asker;
    }

    /// <summary>A person with an account.</summary>
    public static async Task<Asker> Person(LocalPlatform platform, DemoAccount account, CancellationToken ct)
    {
        var asker = new Asker(platform, account.UserName, account.Role);
        await asker.SignIn(ct);
        await asker.TakeForm("account", ct);
        return asker;
    }

    /// <summary>A partner's machine. There is none in a demonstration: the gateway is told of it and started again.</summary>
    public static async Task<Asker> Partner(LocalPlatform platform, CancellationToken ct)
    {
        var settings = platform.Configuration(PlatformProcess.Gateway);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = settings["Gateway__ClientsFile"];
        var clients = JsonNode.Parse(await File.ReadAllTextAsync(file, ct))!.AsArray();
        clients.Add(new JsonObject { ["clientId"] = "fuzz-partner", ["role"] = Roles.Partner, ["agency"] = "iom", ["publicKeyPem"] = key.ExportSubjectPublicKeyInfoPem() });
        await File.WriteAllTextAsync(file, clients.ToJsonString(), ct);
        await platform.Kill(PlatformProcess.Gateway);
        await platform.StartProcess(PlatformProcess.Gateway, ct);
        var asker = new Asker(platform, "fuzz-partner", Roles.Partner) { machine = (new ECDsaSecurityKey(key), settings["Access__Issuer"]) };
        await asker.ComeAgain(ct);
        return asker;
    }

    /// <summary>Signs in again whose session ended, and takes a new token before the old one is over; not sooner than a new code or token is to be had.</summary>
    public async Task ComeAgain(CancellationToken ct)
    {
        if (role.Length == 0 || DateTime.UtcNow - cameAt < TimeSpan.FromSeconds(31) || !await door.WaitAsync(0, ct))
            return;
        try
        {
            await (machine is null ? SignIn(ct) : TakeToken(ct));
        }
        finally
        {
            door.Release();
        }
    }

    /// <summary>Sends it as this person would, and reads no more than the head of the answer.</summary>
    public async Task<HttpResponseMessage> Send(FuzzCase what, CancellationToken ct)
    {
        if (machine is not null)
            await ComeAgain(ct);
        using var request = new HttpRequestMessage(what.Method, new Uri(what.Address, UriKind.Relative));
        if (what.Body is { } body)
        {
            request.Content = new ByteArrayContent(body);
            if (what.ContentType is { Length: > 0 } type)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        foreach (var (header, value) in what.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(header, value))
                request.Content?.Headers.TryAddWithoutValidation(header, value);
        }

        var cookies = string.Join("; ", new[] { session, what.WithoutFormCookie ? null : formCookie }.OfType<string>());
        if (cookies.Length > 0)
            request.Headers.TryAddWithoutValidation("Cookie", cookies);
        if (bearer is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {bearer}");
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
    }

    /// <summary>A page or a document, which must be there.</summary>
    public async Task<string> Read(string path, CancellationToken ct)
    {
        using var answer = await Send(new FuzzCase(this, path, HttpMethod.Get, path), ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"{path} for {name}");
        foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
        {
            if (cookie.StartsWith("__Host-hotline111-form=", StringComparison.Ordinal))
                formCookie = cookie.Split(';')[0];
        }

        return await answer.Content.ReadAsStringAsync(ct);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        http.Dispose();
        door.Dispose();
    }

    private async Task TakeForm(string page, CancellationToken ct) =>
        FormToken = WebUtility.HtmlDecode(Token().Match(await Read(page, ct)) is { Success: true } found ? found.Groups[1].Value : throw new InvalidOperationException($"There is no form on {page} for {name}."));

    private async Task SignIn(CancellationToken ct)
    {
        using var client = await platform.SignIn(name, ct);
        (session, cameAt) = (client.Cookie, DateTime.UtcNow);
    }

    private async Task TakeToken(CancellationToken ct)
    {
        var (key, issuer) = machine!.Value;
        using var asked = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_assertion_type"] = ClientAssertion.Type,
            ["client_assertion"] = ClientAssertion.Write(key, name, issuer, DateTimeOffset.UtcNow),
            ["audience"] = "gateway",
        });
        using var answer = await http.PostAsync(new Uri("auth/token", UriKind.Relative), asked, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        (bearer, cameAt) = (JsonElement.Parse(text).GetProperty("access_token").GetString(), DateTime.UtcNow);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}

/// <summary>Everybody who asks. Whoever a door let in is sent there more often than others: behind it there is more to be found.</summary>
/// <param name="all">Everybody.</param>
/// <param name="leavers">Those who sign out, one for each door that ends a session, so that nobody else is sent home.</param>
public sealed class Askers(IReadOnlyList<Asker> all, IReadOnlyList<Asker> leavers)
{
    private readonly ConcurrentDictionary<string, Asker> leaving = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<Asker, bool>> let = new(StringComparer.Ordinal);

    /// <summary>Everybody but the leavers.</summary>
    public IReadOnlyList<Asker> All => all;

    /// <summary>Whether a door ends the session of whoever passes it, all of their sessions, or one that its page offers.</summary>
    public static bool Leaves(string door) => door.EndsWith("/sign-out", StringComparison.Ordinal) || door.EndsWith("/sign-out-everywhere", StringComparison.Ordinal) || door.EndsWith("/end-session", StringComparison.Ordinal);

    /// <summary>Who goes to this door next.</summary>
    public Asker For(string door, Random random)
    {
        if (Leaves(door))
            return leaving.GetOrAdd(door, _ => leavers[leaving.Count % leavers.Count]);
        var known = random.Next(4) > 0 && let.TryGetValue(door, out var inside) ? inside.Keys.ToList() : [];
        return known.Count > 0 ? known[random.Next(known.Count)] : all[random.Next(all.Count)];
    }

    /// <summary>The door's rule lets these roles in.</summary>
    public void Allow(string door, IReadOnlyList<string> roles)
    {
        foreach (var asker in all.Where(each => roles.Contains(each.Role)))
            LetIn(door, asker);
    }

    /// <summary>The door let somebody in.</summary>
    public void LetIn(string door, Asker asker) => let.GetOrAdd(door, _ => new()).TryAdd(asker, true);
}
