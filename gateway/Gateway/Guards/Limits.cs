using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Hotline111.Platform.Access;

namespace Hotline111.Gateway.Guards;

/// <summary>Puts the limits on the way of a request.</summary>
public static class LimitsOnTheWay
{
    /// <summary>By address, in front of everything that costs.</summary>
    public static IApplicationBuilder UseAddressLimit(this IApplicationBuilder app) =>
        app.Use(next => context => context.RequestServices.GetRequiredService<Limits>().ByAddress(context, next));

    /// <summary>By account, once it is known.</summary>
    public static IApplicationBuilder UseAccountLimit(this IApplicationBuilder app) =>
        app.Use(next => context => context.RequestServices.GetRequiredService<Limits>().ByAccount(context, next));
}

/// <summary>How much one address, one account and one sign-in name may ask for; more is answered 429 with the seconds to wait.</summary>
public sealed class Limits(LimitOptions limits) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _addresses = PerMinute(limits.AddressPerMinute, limits.AddressBurst);
    private readonly PartitionedRateLimiter<string> _accounts = PerMinute(limits.AccountPerMinute, limits.AccountBurst);
    private readonly PartitionedRateLimiter<string> _signIns = PerMinute(limits.SignInPerMinute, limits.SignInPerMinute);
    private readonly PartitionedRateLimiter<string> _signInAddresses = PerMinute(limits.SignInPerMinute * NamesOfOneAddress, limits.SignInPerMinute * NamesOfOneAddress);

    /// <summary>From one address there may be so many times the tries of one name: enough for an office in the morning, too few to keep the hashing of passwords busy with invented names.</summary>
    public const int NamesOfOneAddress = 12;

    /// <summary>Counts a try to sign in, for the name and for the address.</summary>
    /// <returns>Seconds to wait, or null if it may go on.</returns>
    public int? SignIn(string address, string userName)
    {
        var name = userName.Trim().ToUpperInvariant();
        return Ask(_signIns, $"{address}|{name[..Math.Min(name.Length, 100)]}") ?? Ask(_signInAddresses, address);
    }

    /// <summary>Limits requests by address, before anything is looked up for them.</summary>
    public async Task ByAddress(HttpContext context, RequestDelegate next)
    {
        if (!Listeners.IsInternal(context) && Ask(_addresses, AddressOf(context)) is { } wait)
        {
            await Refusal.Write(context, GatewayProblems.TooManyRequests with { RetryAfter = wait });
            return;
        }

        await next(context);
    }

    /// <summary>Limits requests by account, after the session is known.</summary>
    public async Task ByAccount(HttpContext context, RequestDelegate next)
    {
        // What a page needs from the services was counted when the page was asked for.
        if (!Listeners.IsInternal(context) && context.User.FindFirst(TokenClaims.Subject) is { } account && Ask(_accounts, account.Value) is { } wait)
        {
            await Refusal.Write(context, GatewayProblems.TooManyRequests with { RetryAfter = wait });
            return;
        }

        await next(context);
    }

    /// <summary>The caller's address; of an IPv6 address the network of 64 bits, for that is what one household or office has.</summary>
    public static string AddressOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(bytes)}/64");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _addresses.Dispose();
        _accounts.Dispose();
        _signIns.Dispose();
        _signInAddresses.Dispose();
    }

    private static int? Ask(PartitionedRateLimiter<string> limiter, string key)
    {
        using var lease = limiter.AttemptAcquire(key);
        if (lease.IsAcquired)
        {
            return null;
        }

        return lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : 1;
    }

    // Tokens come back every second where the rate allows, else one by one.
    private static PartitionedRateLimiter<string> PerMinute(int perMinute, int burst)
    {
        var perSecond = perMinute / 60;
        var options = new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = Math.Max(1, perSecond),
            ReplenishmentPeriod = perSecond >= 1 ? TimeSpan.FromSeconds(Math.Max(1, perSecond) * 60.0 / perMinute) : TimeSpan.FromSeconds(60.0 / perMinute),
            QueueLimit = 0,
            AutoReplenishment = true,
        };
        return PartitionedRateLimiter.Create<string, string>(key => RateLimitPartition.GetTokenBucketLimiter(key, _ => options));
    }
}
