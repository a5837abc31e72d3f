using System.Net.Http.Headers;
using System.Text;

namespace Hotline111.Local;

/// <summary>A RabbitMQ on which the platform's virtual hosts can be made.</summary>
public interface IBroker : IAsyncDisposable
{
    /// <summary>Ensures a virtual host with its users, permissions, policies and dead-letter queue; see <see cref="BrokerDefinitions"/>.</summary>
    /// <param name="name">The virtual host.</param>
    /// <param name="services">Its service users; an administrator is added.</param>
    /// <param name="ct">Cancels.</param>
    Task<VirtualHost> CreateVirtualHost(string name, IReadOnlyList<string> services, CancellationToken ct);

    /// <summary>Deletes a virtual host with everything in it.</summary>
    Task DeleteVirtualHost(string name, CancellationToken ct);
}

/// <summary>A virtual host and the address under which each of its users reaches it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uris"><c>amqp://user:password@host:port/NAME</c> by user.</param>
public sealed record VirtualHost(string Name, IReadOnlyDictionary<string, string> Uris)
{
    /// <summary>The address for a service's user.</summary>
    public string For(string service) => Uris[service];

    /// <summary>The address for the user who may do everything in this virtual host.</summary>
    public string Administrator => Uris[BrokerDefinitions.Administrator];
}

/// <summary>A broker that is reached through RabbitMQ's management interface: in a container, or somewhere else.</summary>
/// <param name="amqp">Host and port of AMQP: <c>amqp://host:port</c>.</param>
/// <param name="management">Base address of the management interface.</param>
/// <param name="user">A user with the tag administrator.</param>
/// <param name="password">Its password.</param>
/// <param name="secrets">Keeps the service users' passwords.</param>
public sealed class ManagedBroker(Uri amqp, Uri management, string user, string password, Secrets secrets) : IBroker
{
    private readonly HttpClient http = new()
    {
        BaseAddress = management,
        Timeout = TimeSpan.FromSeconds(30),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))) },
    };

    /// <summary>Whether the management interface answers with these credentials.</summary>
    /// <exception cref="LocalException">It answers, but refuses them.</exception>
    public async Task<bool> Answers(CancellationToken ct)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("api/overview", UriKind.Relative), ct);
            return answer.StatusCode switch
            {
                System.Net.HttpStatusCode.Unauthorized => throw new LocalException("RabbitMQ", $"The broker's management interface at {management} refuses the user.", exitCode: 3),
                var status => (int)status < 300,
            };
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<VirtualHost> CreateVirtualHost(string name, IReadOnlyList<string> services, CancellationToken ct)
    {
        var passwords = BrokerDefinitions.Passwords(services, secrets);
        using var document = new StringContent(BrokerDefinitions.Document(name, passwords), Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("api/definitions", UriKind.Relative), document, ct);
        if (!answer.IsSuccessStatusCode)
        {
            throw new LocalException("RabbitMQ", $"The virtual host {name} could not be made: {await answer.Content.ReadAsStringAsync(ct)}", exitCode: 3);
        }

        return new VirtualHost(name, passwords.ToDictionary(each => each.Key, each => $"amqp://{each.Key}:{each.Value}@{amqp.Host}:{amqp.Port}/{name}"));
    }

    /// <inheritdoc/>
    public async Task DeleteVirtualHost(string name, CancellationToken ct)
    {
        using var answer = await http.DeleteAsync(new Uri($"api/vhosts/{name}", UriKind.Relative), ct);
    }

    /// <summary>Closes the connections; the broker goes on.</summary>
    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A virtual host that somebody else has made and keeps: every service uses the one address that was given.</summary>
public sealed class GivenBroker(Uri address) : IBroker
{
    /// <inheritdoc/>
    public Task<VirtualHost> CreateVirtualHost(string name, IReadOnlyList<string> services, CancellationToken ct) => Task.FromResult(
        new VirtualHost(address.AbsolutePath.Trim('/'), services.Append(BrokerDefinitions.Administrator).ToDictionary(each => each, _ => address.OriginalString)));

    /// <inheritdoc/>
    public Task DeleteVirtualHost(string name, CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
