using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Hotline111.Platform.Hosting;

/// <summary>Reads settings, each with one clear sentence where it is missing or makes no sense. Sentences name the setting and never its value where that may be secret.</summary>
public static class Settings
{
    /// <summary>A setting that must be there.</summary>
    /// <exception cref="StartupException">It is missing or empty.</exception>
    public static string Required(IConfiguration configuration, string name, string meaning) => Required(configuration, name, meaning, name);

    internal static string Required(IConfiguration configuration, string name, string meaning, string shownName) =>
        configuration[name] is { } value && !string.IsNullOrWhiteSpace(value)
            ? value
            : throw new StartupException(StartupException.Configuration, $"{shownName} is not set; it is {meaning}.");

    /// <summary>An absolute http or https address.</summary>
    /// <exception cref="StartupException">It is missing or no such address.</exception>
    public static Uri Address(IConfiguration configuration, string name, string meaning) =>
        Uri.TryCreate(Required(configuration, name, meaning), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new StartupException(StartupException.Configuration, $"{name} is not an http or https address; it is {meaning}.");

    /// <summary>The text of a file that a setting names.</summary>
    /// <exception cref="StartupException">The setting is missing or the file cannot be read.</exception>
    public static string FileText(IConfiguration configuration, string name, string meaning)
    {
        var path = Required(configuration, name, meaning);
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(StartupException.Configuration, $"{name} names {path}, which cannot be read.", cause);
        }
    }

    /// <summary>
    /// A PostgreSQL connection string from <c>ConnectionStrings:NAME</c>, completed: UTC, prepared statements, no reset on close, and a pool that leaves
    /// room for the other processes (a value the string itself gives stands). Its password may stand in a file of its own,
    /// <c>ConnectionStrings:NAMEPasswordFile</c>, so that the rest can be said in the open.
    /// </summary>
    /// <exception cref="StartupException">It is missing or malformed, or names no host, database or user; or the file cannot be read.</exception>
    public static string ConnectionString(IConfiguration configuration, string name)
    {
        var setting = $"ConnectionStrings:{name}";
        var text = Required(configuration, setting, "a PostgreSQL connection string");
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception cause) when (cause is ArgumentException or FormatException)
        {
            // The cause may quote the string, password included.
            throw new StartupException(StartupException.Configuration, $"{setting} is not a PostgreSQL connection string.");
        }
        if (string.IsNullOrEmpty(builder.Host) || string.IsNullOrEmpty(builder.Database) || string.IsNullOrEmpty(builder.Username))
            throw new StartupException(StartupException.Configuration, $"{setting} must name a host, a database and a user.");
        if (PasswordFile(configuration, $"{setting}PasswordFile", !string.IsNullOrEmpty(builder.Password), setting) is { } password)
            builder.Password = password;
        builder.Timezone = "UTC";
        if (!builder.ContainsKey("Maximum Pool Size"))
            builder.MaxPoolSize = name == "Keys" ? 5 : 15;
        if (!builder.ContainsKey("Max Auto Prepare"))
            builder.MaxAutoPrepare = 100;
        if (!builder.ContainsKey("Auto Prepare Min Usages"))
            builder.AutoPrepareMinUsages = 2;
        if (!builder.ContainsKey("No Reset On Close"))
            builder.NoResetOnClose = true;
        if (!builder.ContainsKey("Timeout"))
            builder.Timeout = 5;
        builder.IncludeErrorDetail = false;
        builder.PersistSecurityInfo = false;
        return builder.ConnectionString;
    }

    /// <summary>The one line of a file that holds a password, or null where no file is named.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="name">The setting that names the file.</param>
    /// <param name="given">Whether the password is given elsewhere already.</param>
    /// <param name="elsewhere">Where.</param>
    /// <exception cref="StartupException">The file cannot be read or is empty, or the password is given twice.</exception>
    internal static string? PasswordFile(IConfiguration configuration, string name, bool given, string elsewhere)
    {
        if (string.IsNullOrWhiteSpace(configuration[name]))
            return null;
        if (given)
            throw new StartupException(StartupException.Configuration, $"{elsewhere} holds a password and {name} is set; one of them must go.");
        var password = FileText(configuration, name, "the file with the password").TrimEnd('\r', '\n');
        return password.Length > 0 && !password.Contains('\n', StringComparison.Ordinal)
            ? password
            : throw new StartupException(StartupException.Configuration, $"{name} names a file that does not hold one line, the password.");
    }
}
