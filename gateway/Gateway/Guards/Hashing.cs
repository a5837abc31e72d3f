using Hotline111.Gateway.Accounts;
using Microsoft.AspNetCore.Identity;

namespace Hotline111.Gateway.Guards;

/// <summary>
/// Passwords are hashed slowly on purpose: so many at once as leave at least half of the processors to everything else. How many can stand and wait is
/// limited by <see cref="Lane.SignIn"/>, so nobody is refused here.
/// </summary>
public sealed class Hashing(IPasswordHasher<Account> hasher) : IDisposable
{
    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Whether the password is the one that was hashed.</summary>
    public async Task<bool> Matches(Account account, string hash, string password, CancellationToken ct) =>
        await InTurn(() => Task.FromResult(hasher.VerifyHashedPassword(account, hash, password) != PasswordVerificationResult.Failed), ct);

    /// <summary>Does something that hashes when it is its turn.</summary>
    public async Task<T> InTurn<T>(Func<Task<T>> work, CancellationToken ct)
    {
        await _places.WaitAsync(ct);
        try
        {
            return await work();
        }
        finally
        {
            _places.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();
}
