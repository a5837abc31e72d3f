using Hotline111.Local;

namespace Hotline111.Faults.Tests;

/// <summary>The broker of an installation has three nodes, and any two of them are enough.</summary>
[Trait("run", "campaign")]
public sealed class BrokerClusterTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Row_9_each_of_three_nodes_of_the_broker_is_killed_and_two_carry_on()
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = Path.Combine(Path.GetTempPath(), $"hotline111-nodes-{Guid.CreateVersion7():n}");
        try
        {
            await using var broker = await BrokerCluster.Start(folder, ct);
            await using var rig = await Rig.Start(ct, broker: broker);
            await Members(broker.Nodes[0], 3);
            for (var i = 0; i < broker.Nodes.Count; i++)
            {
                var (node, other) = (broker.Nodes[i], broker.Nodes[(i + 1) % broker.Nodes.Count]);
                var back = await rig.Through(_ => node.Kill(), Environment.TickCount, ct);
                // Everything has its effect while the node is still away.
                var checker = new Checker(rig.Platform, rig.Ledger);
                await checker.Settle(ct);
                var settled = rig.Over.Elapsed;
                await checker.Check(ct);
                (await BrokerCluster.Members(other, rig.Platform.VirtualHost.Name, ct)).ShouldAllBe(members => members == 2);
                await node.Start(ct);
                await Members(other, 3);
                output.WriteLine($"node {i + 1}: the next command was answered after {back.TotalMilliseconds:0} ms, all settled by two nodes {settled.TotalSeconds:0.0} s after it was dead, {rig.Ledger.Answered} commands answered so far");
                settled.ShouldBeLessThan(OutageTests.BrokerBack);
            }

            async Task Members(RabbitServer asked, int wanted)
            {
                var limit = DateTime.UtcNow.AddMinutes(1);
                IReadOnlyList<int> found;
                while ((found = await BrokerCluster.Members(asked, rig.Platform.VirtualHost.Name, ct)).Any(members => members != wanted) || found.Count == 0)
                {
                    DateTime.UtcNow.ShouldBeLessThan(limit, $"the queues have {string.Join(", ", found)} members instead of {wanted}");
                    await Task.Delay(250, ct);
                }
            }
        }
        finally
        {
            Account.RemoveFolder(folder);
        }
    }
}
