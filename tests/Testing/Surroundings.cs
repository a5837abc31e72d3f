using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Hotline111.Contracts.Access;
using Hotline111.Local;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Shouldly;

namespace Hotline111.Testing;

/// <summary>What a service needs from outside: a database of its own, keys, and somebody who publishes the keys that tokens are signed with, as the gateway does.</summary>
public sealed class Surroundings : IAsyncDisposable
{
    private const string Issuer = "https://hotline111.test";

    private readonly ECDsaSecurityKey signing = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "test" };
    private readonly string service;
    private readonly string folder;
    private readonly WebApplication authority;

    private Surroundings(string service, ServiceDatabase database, string administrator)
    {
        (this.service, Database, Administrator) = (service, database, administrator);
        folder = Directory.CreateTempSubdirectory("hotline111-service-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        authority = builder.Build();
        var point = signing.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        authority.MapGet("/.well-known/jwks.json", () => TypedResults.Ok(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", kid = "test", use = "sig", alg = "ES256", x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) } },
        }));
    }

    public ServiceDatabase Database { get; }

    /// <summary>The superuser's connection to the database: to look behind the roles.</summary>
    public string Administrator { get; }

    /// <summary>The master key of the service's personal values, as its setting has it.</summary>
    public static string MasterKey { get; } = "test:" + Convert.ToBase64String(SHA256.HashData("master"u8));

    /// <summary>Settings with which the service runs, as its environment has them, at a port that is free; a test changes what it is about.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Port.Free()}",
        ["ConnectionStrings__Store"] = Database.Store,
        ["ConnectionStrings__Keys"] = Database.Keys,
        ["ConnectionStrings__Owner"] = Database.Owner,
        ["Privacy__MasterKey"] = MasterKey,
        ["Access__Issuer"] = Issuer,
        ["Access__Authority"] = authority.Urls.First(),
        ["Access__ClientKeyFile"] = PathOf("client.pem"),
    };

    /// <summary>Makes a database, still empty, and starts publishing keys.</summary>
    /// <param name="service">Name of the service and audience of its tokens.</param>
    public static async Task<Surroundings> Of(string service)
    {
        var (database, administrator) = await Servers.DatabaseWithAdministrator(service);
        Surroundings made = new(service, database, administrator);
        await File.WriteAllTextAsync(made.PathOf("client.pem"), made.signing.ECDsa.ExportPkcs8PrivateKeyPem());
        await made.authority.StartAsync();
        return made;
    }

    /// <summary>Where a file of the service's own may lie; removed at the end.</summary>
    public string PathOf(string file) => Path.Combine(folder, file);

    /// <summary>A token with which somebody may ask the service.</summary>
    public string Token(TokenActor actor) => Platform.Access.Token.Write(signing, Issuer, service, actor, DateTimeOffset.UtcNow);

    /// <summary>
    /// Waits until a running service has the key that tokens are signed with. It asks for it when somebody comes, and on a machine that stood still meanwhile
    /// the answer is too late for whoever came first.
    /// </summary>
    public async Task Recognised(HttpClient service)
    {
        for (var tries = 0; ; tries++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token(new TokenActor("the-first", Roles.Counsellor, null, [], [], "s1")));
            using var answer = await service.SendAsync(request);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                return;
            tries.ShouldBeLessThan(60);
            await Task.Delay(VerificationKeys.UnknownKeyPause);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await authority.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        signing.ECDsa.Dispose();
    }
}
