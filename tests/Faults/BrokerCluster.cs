using Hotline111.Local;

namespace Hotline111.Faults.Tests;

/// <summary>A broker of three nodes, and before them the one address that everybody knows.</summary>
public sealed class BrokerCluster : IBroker
{
    private readonly Front front = new();

    private BrokerCluster(IReadOnlyList<RabbitServer> nodes)
    {
        Nodes = nodes;
        foreach (var node in nodes)
            front.Add(node.Port);
    }

    public IReadOnlyList<RabbitServer> Nodes { get; }

    /// <summary>Starts the nodes, one after the other.</summary>
    /// <param name="folder">Gets a folder of each node.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<BrokerCluster> Start(string folder, CancellationToken ct)
    {
        List<RabbitServer> nodes = [];
        try
        {
            for (var i = 1; i <= 3; i++)
                nodes.Add(await RabbitServer.Start(Path.Combine(folder, $"node{i}"), ct, joining: nodes.FirstOrDefault()));
            return new BrokerCluster(nodes);
        }
        catch
        {
            foreach (var node in Enumerable.Reverse(nodes))
                await node.DisposeAsync();
            throw;
        }
    }

    public async Task<VirtualHost> CreateVirtualHost(string name, IReadOnlyList<string> services, CancellationToken ct)
    {
        var (first, made) = (Nodes[0], await Nodes[0].CreateVirtualHost(name, services, ct));
        return new(made.Name, made.Uris.ToDictionary(user => user.Key, user => user.Value.Replace($":{first.Port}/", $":{front.Address.Port}/", StringComparison.Ordinal)));
    }

    public Task DeleteVirtualHost(string name, CancellationToken ct) => Nodes.First(node => node.Running).DeleteVirtualHost(name, ct);

    /// <summary>For each queue of a virtual host how many of its members run, as a node sees it.</summary>
    public static async Task<IReadOnlyList<int>> Members(RabbitServer asked, string virtualHost, CancellationToken ct)
    {
        var answer = await asked.Evaluate(
            $"[length(proplists:get_value(online, rabbit_quorum_queue:info(Q, [online]))) || Q <- rabbit_amqqueue:list(<<\"{virtualHost}\">>), amqqueue:get_type(Q) =:= rabbit_quorum_queue].",
            ct);
        return [.. answer.Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(count => int.Parse(count, System.Globalization.CultureInfo.InvariantCulture))];
    }

    public async ValueTask DisposeAsync()
    {
        await front.DisposeAsync();
        // The first one last: it has the port mapper of all.
        foreach (var node in Nodes.Reverse())
            await node.DisposeAsync();
    }
}
