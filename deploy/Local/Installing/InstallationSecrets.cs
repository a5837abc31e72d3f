using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Hotline111.Local;

/// <summary>One secret of an installation: a folder of files, as Docker Compose mounts them and Kubernetes keeps them.</summary>
/// <param name="Name">Its name: the folder, and the Secret in Kubernetes.</param>
/// <param name="Keys">The files in it.</param>
public sealed record InstallationSecret(string Name, IReadOnlyList<string> Keys)
{
    /// <summary>Whether it is a user name with a password, which Kubernetes has a type of its own for.</summary>
    public bool IsLogin => Keys is ["username", "password"];

    /// <summary>Whether it is a certificate with key and authority: in a cluster that renews these by itself it is not taken from here.</summary>
    public bool IsCertificate => Keys.Contains("tls.crt");
}

/// <summary>
/// Everything secret that an installation needs, made once and kept: keys, passwords, what follows from them (the broker's users, the public halves of
/// the clients' keys) and, where nothing else issues them, certificates. What exists is never made anew, for without its keys the data is lost;
/// certificates are, in their last month.
/// </summary>
public sealed class InstallationSecrets(string folder, DateTimeOffset now)
{
    private static readonly TimeSpan Renewal = TimeSpan.FromDays(30);

    /// <summary>The servers beside our processes that show a certificate.</summary>
    public static IReadOnlyList<string> Servers { get; } = ["postgres", "gateway-postgres", "rabbitmq", "otel-collector"];

    /// <summary>The virtual host of the platform.</summary>
    public const string VirtualHost = "hotline111";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<InstallationSecret> All { get; } =
    [
        .. PlatformProcess.All.Select(process => new InstallationSecret($"{process.Name}-keys", Keys(process))),
        new("form-key", ["form-key"]),
        .. PlatformProcess.All.Where(process => process.Database is not null).SelectMany(process => Roles(process).Select(role => new InstallationSecret(Login(process, role), ["username", "password"]))),
        new("postgres-superuser", ["username", "password"]),
        new("gateway-postgres-superuser", ["username", "password"]),
        .. PlatformProcess.All.Where(process => process.UsesBroker).Select(process => new InstallationSecret($"rabbitmq-{process.Name}", ["username", "password"])),
        new("rabbitmq-definitions", ["definitions.json"]),
        new("ca", ["tls.crt", "tls.key"]),
        .. PlatformProcess.All.Select(process => process.Name).Concat(Servers).Append("gateway-public").Select(name => new InstallationSecret($"{name}-tls", ["tls.crt", "tls.key", "ca.crt"])),
    ];

    /// <summary>The roles of a process's database: its owner, the running process and, where it keeps personal data, the only one that may read its keys.</summary>
    public static IReadOnlyList<string> Roles(PlatformProcess process) => process.IsService ? ["owner", "app", "keys"] : ["owner", "app"];

    /// <summary>The secret with the name and password of a role.</summary>
    public static string Login(PlatformProcess process, string role) => $"postgres-{process.Name}-{role}";

    /// <summary>Makes what is missing.</summary>
    /// <param name="publicNames">Names under which browsers reach the gateway.</param>
    /// <param name="alsoKnownAs">Further names of every part, as where all run on one machine.</param>
    public void Make(IReadOnlyList<string> publicNames, params IReadOnlyList<string> alsoKnownAs)
    {
        Directory.CreateDirectory(folder);
        foreach (var process in PlatformProcess.All.Where(process => process.Name != PlatformProcess.Gateway))
        {
            Keep($"{process.Name}-keys", "client-key.pem", KeyMaterial.SigningKey);
            if (process.IsService)
            {
                Keep($"{process.Name}-keys", "master-key", () => KeyMaterial.MasterKey(now));
            }
        }

        Keep("gateway-keys", "signing-key-protection", () => KeyMaterial.MasterKey(now));
        Keep("form-key", "form-key", () => KeyMaterial.MasterKey(now));
        Keep("case-keys", "release-signing-key.pem", KeyMaterial.SigningKey);
        Add("referral-keys", "release-verification-key.pem", KeyMaterial.PublicPart(Read("case-keys", "release-signing-key.pem")));
        Write("gateway-keys", "clients.json", Clients(process => Read($"{process.Name}-keys", "client-key.pem")));
        foreach (var process in PlatformProcess.All.Where(process => process.Database is not null))
        {
            foreach (var role in Roles(process))
            {
                MakeLogin(Login(process, role), $"{process.Database}_{role}");
            }
        }

        MakeLogin("postgres-superuser", "postgres");
        MakeLogin("gateway-postgres-superuser", "postgres");
        var users = PlatformProcess.All.Where(process => process.UsesBroker).Select(process => process.Name).ToList();
        foreach (var user in users)
        {
            MakeLogin($"rabbitmq-{user}", user);
        }

        Write("rabbitmq-definitions", "definitions.json", BrokerDefinitions.Document(VirtualHost, users.ToDictionary(user => user, user => Read($"rabbitmq-{user}", "password"))));
        MakeCertificates(publicNames, alsoKnownAs);
    }

    /// <summary>The text of one file.</summary>
    public string Read(string secret, string key) => File.ReadAllText(PathOf(secret, key));

    /// <summary>The path of one file.</summary>
    public string PathOf(string secret, string key) => Path.Combine(folder, secret, key);

    /// <summary>The machines that may ask the gateway for tokens, with the public halves of their keys.</summary>
    internal static string Clients(Func<PlatformProcess, string> privateKey) => JsonSerializer.Serialize(PlatformProcess.All.Where(process => process.IsService).Select(process => new
    {
        clientId = process.Name,
        role = "service",
        publicKeyPem = KeyMaterial.PublicPart(privateKey(process)),
    }));

    private static IReadOnlyList<string> Keys(PlatformProcess process) => process.Name switch
    {
        PlatformProcess.Gateway => ["clients.json", "signing-key-protection"],
        PlatformProcess.Console => ["client-key.pem"],
        "case" => ["client-key.pem", "master-key", "release-signing-key.pem"],
        "referral" => ["client-key.pem", "master-key", "release-verification-key.pem"],
        _ => ["client-key.pem", "master-key"],
    };

    private void MakeLogin(string secret, string user)
    {
        Write(secret, "username", user);
        // Needs no quoting in a URL, a connection string or SQL.
        Keep(secret, "password", () => RandomNumberGenerator.GetHexString(40, lowercase: true));
    }

    private void MakeCertificates(IReadOnlyList<string> publicNames, IReadOnlyList<string> alsoKnownAs)
    {
        if (!File.Exists(PathOf("ca", "tls.key")))
        {
            using var made = CertificateAuthority.Make("Hotline 111 platform", now);
            Write("ca", "tls.key", made.Key);
            Write("ca", "tls.crt", made.Certificate);
        }

        using var authority = CertificateAuthority.Open(Read("ca", "tls.crt"), Read("ca", "tls.key"));
        foreach (var part in PlatformProcess.All.Select(process => process.Name).Concat(Servers))
        {
            Certify(authority, $"{part}-tls", [part, .. alsoKnownAs]);
        }

        Certify(authority, "gateway-public-tls", [.. publicNames, .. alsoKnownAs]);
    }

    private void Certify(CertificateAuthority authority, string secret, IReadOnlyList<string> names)
    {
        if (File.Exists(PathOf(secret, "tls.key")))
        {
            using var present = X509Certificate2.CreateFromPem(Read(secret, "tls.crt"));
            if (present.NotAfter > now.UtcDateTime.Add(Renewal) && names.All(name => present.MatchesHostname(name)))
            {
                return;
            }
        }

        var issued = authority.Issue(names, now);
        Write(secret, "tls.key", issued.Key);
        Write(secret, "tls.crt", issued.Certificate);
        Write(secret, "ca.crt", authority.Certificate);
    }

    private void Keep(string secret, string key, Func<string> make)
    {
        if (!File.Exists(PathOf(secret, key)))
        {
            Write(secret, key, make());
        }
    }

    // What was signed by the key before is still to be verified: nobody but a person takes a key out.
    private void Add(string secret, string key, string text)
    {
        var kept = File.Exists(PathOf(secret, key)) ? Read(secret, key) : "";
        if (!kept.Contains(text.Trim(), StringComparison.Ordinal))
        {
            Write(secret, key, kept.Length == 0 ? text : $"{kept.TrimEnd()}\n{text}");
        }
    }

    // Closed by the folder above: the files are mounted one by one into containers, each with an account of its own that must be able to read them.
    private void Write(string secret, string key, string text)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.SetUnixFileMode(folder, owner | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Path.Combine(folder, secret));
        var draft = PathOf(secret, $".{key}.new");
        File.WriteAllText(draft, text);
        File.SetUnixFileMode(draft, owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.Move(draft, PathOf(secret, key), overwrite: true);
    }
}
