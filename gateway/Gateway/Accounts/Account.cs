using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Hotline111.Gateway.Accounts;

/// <summary>A person who may sign in. Which desks the account serves is decided here; what a role may do is each service's rule.</summary>
public sealed class Account : IdentityUser<Guid>
{
    /// <summary>The name that colleagues see.</summary>
    public required string DisplayName { get; set; }

    /// <summary>One of <see cref="Hotline111.Contracts.Access.Roles.People"/>.</summary>
    public required string Role { get; set; }

    /// <summary>Agency id, or null for the hotline's own staff.</summary>
    public string? Agency { get; set; }

    /// <summary>Ids of the desks the account serves.</summary>
    public string[] Desks { get; set; } = [];

    /// <summary>Codes of the provinces the account is limited to; empty means no limit.</summary>
    public string[] Provinces { get; set; } = [];

    /// <summary>May not sign in, and its sessions are dead.</summary>
    public bool Disabled { get; set; }

    /// <summary>Made by <c>seed-demo</c>: its password is known to everybody.</summary>
    public bool Demo { get; set; }

    /// <summary>The password was generated and seen by somebody else; it must be changed before anything else.</summary>
    public bool PasswordOnce { get; set; }

    /// <summary>The second factor was made and seen by somebody else; a new one is set up right after the password was changed.</summary>
    public bool SecondFactorOnce { get; set; }

    /// <summary>The TOTP secret, sealed by <see cref="ProtectionKeys"/>.</summary>
    public required byte[] TotpSecret { get; set; }

    /// <summary>When the account was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Its name and what it is allowed.</summary>
    public Rights Rights => new(DisplayName, Role, Agency, Desks, Provinces);
}

/// <summary>The account store of ASP.NET Core Identity. Tables are made by the explicit migrations, never by this model.</summary>
public sealed class AccountDatabase(DbContextOptions<AccountDatabase> options) : DbContext(options)
{
    /// <summary>Every account.</summary>
    public DbSet<Account> Accounts => Set<Account>();

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Account>(account =>
    {
        account.ToTable("account", "identity");
        account.Property(a => a.Id).HasColumnName("id").ValueGeneratedNever();
        account.Property(a => a.UserName).HasColumnName("user_name");
        account.Property(a => a.NormalizedUserName).HasColumnName("normalized_user_name");
        account.Property(a => a.DisplayName).HasColumnName("display_name");
        account.Property(a => a.Role).HasColumnName("role");
        account.Property(a => a.Agency).HasColumnName("agency");
        account.Property(a => a.Desks).HasColumnName("desks");
        account.Property(a => a.Provinces).HasColumnName("provinces");
        account.Property(a => a.Disabled).HasColumnName("disabled");
        account.Property(a => a.Demo).HasColumnName("demo");
        account.Property(a => a.PasswordHash).HasColumnName("password_hash");
        account.Property(a => a.PasswordOnce).HasColumnName("password_once");
        account.Property(a => a.SecondFactorOnce).HasColumnName("second_factor_once");
        account.Property(a => a.TotpSecret).HasColumnName("totp_secret");
        account.Property(a => a.SecurityStamp).HasColumnName("security_stamp");
        account.Property(a => a.ConcurrencyStamp).HasColumnName("concurrency_stamp").IsConcurrencyToken();
        account.Property(a => a.CreatedAt).HasColumnName("created_at");
        account.HasIndex(a => a.NormalizedUserName).IsUnique();

        // Failures and pauses are counted by one atomic statement at sign-in, not by a read and a write as Identity would; there is no e-mail or phone.
        account.Ignore(a => a.Rights).Ignore(a => a.AccessFailedCount).Ignore(a => a.LockoutEnd).Ignore(a => a.LockoutEnabled);
        account.Ignore(a => a.Email).Ignore(a => a.NormalizedEmail).Ignore(a => a.EmailConfirmed);
        account.Ignore(a => a.PhoneNumber).Ignore(a => a.PhoneNumberConfirmed).Ignore(a => a.TwoFactorEnabled);
    });
}

/// <summary>Registration of the account store.</summary>
public static class AccountServices
{
    /// <summary>Shortest password; length is what counts, not kinds of characters (NIST SP 800-63B).</summary>
    public const int PasswordLength = 12;

    /// <summary>Accounts on PostgreSQL with Identity's user manager and password hasher.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddDbContext<AccountDatabase>((provider, database) => database.UseNpgsql(provider.GetRequiredService<Npgsql.NpgsqlDataSource>()));
        services.AddIdentityCore<Account>(identity =>
        {
            identity.Password.RequiredLength = PasswordLength;
            identity.Password.RequireDigit = false;
            identity.Password.RequireLowercase = false;
            identity.Password.RequireUppercase = false;
            identity.Password.RequireNonAlphanumeric = false;
            identity.Password.RequiredUniqueChars = 5;
            identity.Lockout.AllowedForNewUsers = false;
        }).AddUserStore<Microsoft.AspNetCore.Identity.EntityFrameworkCore.UserOnlyStore<Account, AccountDatabase, Guid>>();

        // OWASP's floor for PBKDF2 with HMAC-SHA512.
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = 210_000);
        services.AddScoped<Enrolment>();
        services.AddScoped<Administration>();
        services.AddSingleton<AccountBook>();
        return services;
    }
}
