using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Hotline111.Platform.Access;

/// <summary>
/// The gateway's public keys as last seen. A set once fetched is kept while the gateway is away, so that a service goes on working;
/// it is refreshed in the background every few minutes, so that a key withdrawn at the gateway does not stay valid for ever.
/// </summary>
public sealed partial class VerificationKeys(IHttpClientFactory clients, AccessOptions options, TimeProvider clock, ILogger<VerificationKeys> log)
    : IDisposable
{
    /// <summary>An unknown key id asks the gateway at most this often: tokens with invented key ids must not become a flood there.</summary>
    public static readonly TimeSpan UnknownKeyPause = TimeSpan.FromSeconds(2);

    /// <summary>Age at which a set is refreshed; with a roll every old key is gone from here soon after its ten minutes.</summary>
    public static readonly TimeSpan RefreshAfter = TimeSpan.FromMinutes(2);

    internal const string ClientName = "hotline111-access";

    private readonly SemaphoreSlim _fetching = new(1, 1);
    private volatile Dictionary<string, SecurityKey> _keys = [];
    private volatile bool _answered;
    private long _fetchedAt;
    private long _triedAt;

    /// <summary>The public key with that id in the last good set, or null.</summary>
    public SecurityKey? Find(string keyId) => _keys.GetValueOrDefault(keyId);

    /// <summary>Fetches the set if it does not have that key, at most once per <see cref="UnknownKeyPause"/>.</summary>
    /// <returns>
    /// False if nobody's word decides about the key: it is not in the last good set, and the gateway could not be asked for a newer one.
    /// </returns>
    public async ValueTask<bool> Prepare(string keyId, CancellationToken ct)
    {
        if (_keys.ContainsKey(keyId))
        {
            if (Elapsed(ref _fetchedAt) > RefreshAfter && Elapsed(ref _triedAt) > UnknownKeyPause)
            {
                _ = Fetch();
            }

            return true;
        }

        // The one who asked first may go away; the others who wait for the same set do not.
        await Fetch().WaitAsync(ct);
        return _answered || _keys.ContainsKey(keyId);
    }

    /// <inheritdoc/>
    public void Dispose() => _fetching.Dispose();

    private async Task Fetch()
    {
        try
        {
            await _fetching.WaitAsync();
        }
        catch (ObjectDisposedException)
        {
            return; // The process is stopping.
        }

        try
        {
            if (_triedAt != 0 && Elapsed(ref _triedAt) < UnknownKeyPause)
            {
                return;
            }

            Volatile.Write(ref _triedAt, clock.GetTimestamp());
            _answered = false;
            using var client = clients.CreateClient(ClientName);
            var text = await client.GetStringAsync(options.KeysAddress);
            var keys = new JsonWebKeySet(text).Keys
                .Where(key => key is { Kty: JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv: JsonWebKeyECTypes.P256, KeyId: not null })
                .ToDictionary(key => key.KeyId, SecurityKey (key) => key, StringComparer.Ordinal);
            if (keys.Count > 0)
            {
                _keys = keys;
                _answered = true;
                Volatile.Write(ref _fetchedAt, clock.GetTimestamp());
            }
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or ArgumentException or System.Text.Json.JsonException)
        {
            GatewayAway(log, _keys.Count, e.GetType().Name);
        }
        finally
        {
            _fetching.Release();
        }
    }

    private TimeSpan Elapsed(ref long since) => clock.GetElapsedTime(Volatile.Read(ref since));

    [LoggerMessage(Level = LogLevel.Warning, Message = "The gateway's verification keys could not be fetched ({Cause}); the last set of {Count} keys stays in use")]
    private static partial void GatewayAway(ILogger log, int count, string cause);
}
