using System.Diagnostics;
using System.Globalization;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>What an operator can have done to the store of a service: <c>verify</c>, <c>restored</c>, <c>archive STREAM</c>, <c>rebuild READ-MODEL</c>.</summary>
internal static class StoreVerbs
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton(new Verb("verify", "computes the log's chain anew", Verify));
        services.AddSingleton(new Verb("restored", "computes the log's chain anew after the database was restored, and begins a new epoch, so that whoever has read further reads again", Restored));
        services.AddSingleton(new Verb("archive", "archives the stream with this id", Archive));
        services.AddSingleton(new Verb("rebuild", "folds the read model with this name anew beside the live one, and swaps", RebuildReadModel));
    }

    private static async Task<int> Verify(IServiceProvider services, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var found = await ChainVerifier.Verify(services.GetRequiredService<EventStore>().Source, ct);
        if (found.Bad is { } bad)
        {
            await Console.Error.WriteLineAsync($"The log is not as it was ordered at position {bad}: {found.Reason}");
            return 1;
        }

        await Console.Out.WriteLineAsync($"The log verifies to position {found.Position}, chain {Convert.ToHexStringLower(found.Chain)}.");
        return 0;
    }

    /// <summary>What the log lost at its end others may have read: their positions mean nothing in the new epoch.</summary>
    private static async Task<int> Restored(IServiceProvider services, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        if (await Verify(services, arguments, ct) is var found and not 0)
            return found;
        await using var source = Owner(services);
        // Minutes since 2020: a backup of an epoch that was given up must not come back under the number of the one that followed it.
        await using var raise = source.CreateCommand(
            """
            WITH h AS (UPDATE events.hl_head SET epoch = greatest(epoch + 1, (extract(epoch FROM clock_timestamp() - timestamptz '2020-01-01Z') / 60)::integer) WHERE one RETURNING epoch, pos)
            INSERT INTO events.hl_epoch (epoch, pos, seq_id) SELECT epoch, pos, (SELECT last_value FROM events.mt_events_sequence) FROM h RETURNING epoch
            """);
        await Console.Out.WriteLineAsync($"The log is in its epoch {await raise.ExecuteScalarAsync(ct)}.");
        return 0;
    }

    /// <summary>Marten's flag in both tables, as the owner: the stream is still read, but refuses appends, and no read model hears of it.</summary>
    private static async Task<int> Archive(IServiceProvider services, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        if (arguments is not [var text] || !Guid.TryParse(text, out var stream))
            throw new StartupException(StartupException.Configuration, "The verb archive wants the id of one stream.");
        await using var source = Owner(services);
        await using var exists = source.CreateCommand("SELECT EXISTS (SELECT FROM events.mt_streams WHERE id = $1)");
        exists.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
        if (await exists.ExecuteScalarAsync(ct) is not true)
        {
            await Console.Error.WriteLineAsync("There is no such stream.");
            return 1;
        }

        await using var archive = source.CreateCommand("SELECT events.mt_archive_stream($1)");
        archive.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
        await archive.ExecuteNonQueryAsync(ct);
        return 0;
    }

    private static async Task<int> RebuildReadModel(IServiceProvider services, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var models = services.GetRequiredService<ReadModels>().ByName;
        if (arguments is not [var name] || !models.TryGetValue(name, out var model) || model.Tables.Count == 0)
        {
            throw new StartupException(
                StartupException.Configuration, $"The verb rebuild wants the name of a read model; these can be rebuilt: {string.Join(", ", models.Values.Where(m => m.Tables.Count > 0).Select(m => m.Name))}.");
        }

        var owner = Settings.ConnectionString(services.GetRequiredService<IConfiguration>(), "Owner");
        await Rebuild.Run(owner, services.GetRequiredService<EventStore>(), model, ct, new Lines(name));
        await Console.Out.WriteLineAsync($"{name} is folded anew and in its place.");
        return 0;
    }

    /// <summary>Says now and then how far it is.</summary>
    private sealed class Lines(string name) : IProgress<RebuildProgress>
    {
        private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
        private long said = Stopwatch.GetTimestamp();

        public void Report(RebuildProgress value)
        {
            if (Stopwatch.GetElapsedTime(said) < Every)
                return;
            said = Stopwatch.GetTimestamp();
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {value.Position:N0} of {value.Head:N0} events"));
        }
    }

    private static NpgsqlDataSource Owner(IServiceProvider services) => NpgsqlDataSource.Create(Settings.ConnectionString(services.GetRequiredService<IConfiguration>(), "Owner"));
}
