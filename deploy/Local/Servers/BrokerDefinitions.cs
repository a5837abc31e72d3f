using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hotline111.Local;

/// <summary>
/// What a virtual host of the platform looks like: its queue type, its users and what they may touch, its policies and the place where
/// messages end that nobody could handle. RabbitMQ imports it as one document, as often as one likes.
/// </summary>
public static class BrokerDefinitions
{
    /// <summary>Every process that speaks to the broker, by its service name.</summary>
    public static IReadOnlyList<string> Services { get; } = ["intake", "case", "referral", "agency-notification", "console"];

    /// <summary>The queue where a message goes that was delivered a hundred times in vain. Every service declares it too, so that it is made again when it was deleted.</summary>
    public const string DeadLetter = "hotline111.dead-letter";

    /// <summary>The document for one virtual host.</summary>
    /// <param name="virtualHost">Its name.</param>
    /// <param name="passwords">Users and passwords. A user named <c>administrator</c> may do everything in this virtual host; all others are services.</param>
    public static string Document(string virtualHost, IReadOnlyDictionary<string, string> passwords) => new JsonObject
    {
        // Without a version the import takes the document for one of another broker.
        ["rabbitmq_version"] = "3.10.8",
        ["users"] = new JsonArray([.. passwords.Select(user => User(user.Key, user.Value))]),
        ["vhosts"] = new JsonArray(new JsonObject
        {
            ["name"] = virtualHost,
            ["default_queue_type"] = "quorum",
            ["metadata"] = new JsonObject { ["description"] = "Hotline 111", ["tags"] = new JsonArray(), ["default_queue_type"] = "quorum" },
        }),
        ["permissions"] = new JsonArray([.. passwords.Keys.Select(user => Permission(virtualHost, user))]),
        ["policies"] = new JsonArray(
            Policy(virtualHost, "hotline111", $"^hotline111\\.(?!dead-letter$)", priority: 1, new JsonObject
            {
                // By policy, because changing a queue's argument is refused (406) and a policy may change at any time. Above what a consumer that dies again and
                // again makes of good messages, so that those are not given up; what is given up is read from its source.
                ["delivery-limit"] = 100,
                // Straight to the queue: an exchange between would need rights to bind, and with them any service could read what others gave up.
                ["dead-letter-exchange"] = "",
                ["dead-letter-routing-key"] = DeadLetter,
                ["dead-letter-strategy"] = "at-least-once",
                ["overflow"] = "reject-publish",
                ["max-length"] = 1_000_000,
            }),
            Policy(virtualHost, "hotline111-dead-letter", $"^hotline111\\.dead-letter$", priority: 2, new JsonObject
            {
                ["overflow"] = "reject-publish",
                ["max-length"] = 1_000_000,
            })),
        ["queues"] = new JsonArray(new JsonObject
        {
            ["name"] = DeadLetter,
            ["vhost"] = virtualHost,
            ["durable"] = true,
            ["auto_delete"] = false,
            ["arguments"] = new JsonObject { ["x-queue-type"] = "quorum" },
        }),
    }.ToJsonString(Plain);

    /// <summary>A password for each of these services' users, and for the administrator.</summary>
    public static IReadOnlyDictionary<string, string> Passwords(IReadOnlyList<string> services, Secrets secrets) =>
        services.Append(Administrator).ToDictionary(user => user, user => secrets.Password($"rabbitmq/{user}"));

    // A service declares and publishes under its own prefix only, declares the dead-letter queue without writing to it or reading it, and reads its own queues and the contract exchanges that it binds (a
    // binding needs read on the source). The statistics family carries coded facts and is its own service's alone.
    private static JsonObject Permission(string virtualHost, string user)
    {
        var own = $"^hotline111\\.{user}([._].*)?$";
        return user == Administrator
            ? Allow(".*", ".*", ".*")
            : Allow($"{own}|^{DeadLetter.Replace(".", "\\.", StringComparison.Ordinal)}$", own, $"{own}|^hotline111\\.(?!statistics\\.)[a-z-]+\\.v[0-9]+\\..+$");

        JsonObject Allow(string configure, string write, string read) => new()
        {
            ["user"] = user,
            ["vhost"] = virtualHost,
            ["configure"] = configure,
            ["write"] = write,
            ["read"] = read,
        };
    }

    private static JsonObject User(string name, string password)
    {
        // Salted as RabbitMQ does it (rabbit_password_hashing_sha256). The salt follows from the password, so the document is the same each time.
        var salt = SHA256.HashData(Encoding.UTF8.GetBytes($"{name}/{password}"))[..4];
        return new JsonObject
        {
            ["name"] = name,
            ["password_hash"] = Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)])]),
            ["hashing_algorithm"] = "rabbit_password_hashing_sha256",
            ["tags"] = "",
            ["limits"] = new JsonObject(),
        };
    }

    private static JsonObject Policy(string virtualHost, string name, string pattern, int priority, JsonObject definition) => new()
    {
        ["vhost"] = virtualHost,
        ["name"] = name,
        ["pattern"] = pattern,
        ["apply-to"] = "queues",
        ["priority"] = priority,
        ["definition"] = definition,
    };

    /// <summary>The user who may do everything in a virtual host, for tests and repairs. No service uses it.</summary>
    public const string Administrator = "administrator";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
