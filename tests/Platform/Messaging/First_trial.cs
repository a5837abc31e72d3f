using Hotline111.Platform.Messaging;
using Hotline111.Platform.Tests.Messaging.Contracts;
using Npgsql;

namespace Hotline111.Platform.Tests.Messaging;

public sealed class First_trial
{
    [Fact]
    public async Task A_ring_is_heard()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var towerBase = await ServiceDatabase.Create();
        await using var villageBase = await ServiceDatabase.Create(Village.Table);
        Pulls none = new((_, _, _) => throw new HttpRequestException("away"), (_, _, _, _) => throw new HttpRequestException("away"));
        await using var village = await Service.Start("village", villageBase, new("amqp://village:secret@127.0.0.1:45672/trial"), Village.Configure, none);
        await using var tower = await Service.Start("tower", towerBase, new("amqp://tower:secret@127.0.0.1:45672/trial"), m => m.Publish(BellDecider.Instance, BellDecider.Translate), none);
        var bell = Guid.CreateVersion7();
        await tower.Ring(bell);
        await tower.Polish(bell);
        for (var i = 0; i < 200; i++)
            await tower.Ring(bell, i);
        for (var i = 0; i < 200 && await villageBase.Ask<long>("select count(*) from read.heard") < 201; i++)
            await Task.Delay(100, ct);
        (await villageBase.Ask<long>("select count(*) from read.heard")).ShouldBe(201);
    }
}

internal static class Village
{
    public const string Table = "create table read.heard (n bigint generated always as identity, message uuid primary key, stream uuid not null, version bigint not null, times int not null, at timestamptz not null default clock_timestamp(), sent timestamptz)";

    public static void Configure(MessagingBuilder messaging) => messaging.Listen("tower").On<BellRung>(async (received, transaction, _, ct) =>
    {
        await using NpgsqlCommand command = new("insert into read.heard (message, stream, version, times, sent) values ($1, $2, $3, $4, $5)", transaction.Connection, transaction.Transaction);
        command.Parameters.Add(new NpgsqlParameter { Value = received.MessageId });
        command.Parameters.Add(new NpgsqlParameter { Value = received.StreamId });
        command.Parameters.Add(new NpgsqlParameter { Value = received.StreamVersion });
        command.Parameters.Add(new NpgsqlParameter { Value = received.Message.Times });
        command.Parameters.Add(new NpgsqlParameter { Value = received.Time });
        await command.ExecuteNonQueryAsync(ct);
    });
}
