using Npgsql;

namespace Hotline111.Faults.Tests;

/// <summary>The disk of the database server has no room left, and then has some again; nobody lends a hand but who watches over it. Needs to be root: the disk is a small one in memory.</summary>
[Trait("run", "campaign")]
public sealed class DiskFullTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Back = TimeSpan.FromSeconds(30);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Row_17_the_disk_of_the_databases_is_full()
    {
        var disk = "";
        await using var rig = await Rig.Start(
            Ct,
            prepare: folder =>
            {
                disk = Path.Combine(folder, "postgres");
                Directory.CreateDirectory(disk);
                Run("mount", "-t", "tmpfs", "-o", "size=768m,mode=0755", "tmpfs", disk);
            },
            supervised: true);
        try
        {
            await Through(async ct =>
            {
                var refused = await Should.ThrowAsync<PostgresException>(() => Grow(rig, ct));
                refused.SqlState.ShouldBe(PostgresErrorCodes.DiskFull);
            });
            var first = rig.Platform.Postgres.ProcessId;
            await Through(async ct =>
            {
                // Where it could not even write down that it cannot write, the server ends.
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
                limit.CancelAfter(TimeSpan.FromMinutes(1));
                while (rig.Platform.Postgres.ProcessId == first)
                    await FillLog(rig, limit.Token);
            });
            rig.Platform.Postgres.ProcessId.ShouldNotBeOneOf(first, 0);
        }
        finally
        {
            Run("umount", "-l", disk);
        }

        async Task Through(Func<CancellationToken, Task> whenFull)
        {
            var before = rig.Ledger.Refusals.Count;
            var filler = Path.Combine(disk, "filler");
            var back = await rig.Through(
                async ct =>
                {
                    Fill(filler);
                    await whenFull(ct);
                    await Task.Delay(TimeSpan.FromSeconds(15), ct);
                    File.Delete(filler);
                },
                Environment.TickCount,
                Ct);
            var checker = new Checker(rig.Platform, rig.Ledger);
            await checker.Settle(Ct);
            var settled = rig.Over.Elapsed;
            output.WriteLine($"the next command was answered {back.TotalSeconds:0.0} s after there was room again, all settled after {settled.TotalSeconds:0.0} s; {rig.Ledger.Refusals.Count - before} answers said later");
            await checker.Check(Ct);
            rig.Ledger.ShouldHaveSaidWhenToComeAgain(before);
            settled.ShouldBeLessThan(Back);
        }
    }

    private static void Fill(string file)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[1 << 20];
        for (var size = block.Length; size > 0;)
        {
            try
            {
                stream.Write(block, 0, size);
            }
            catch (IOException)
            {
                size /= 16;
            }
        }
    }

    private static async Task Grow(Rig rig, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(rig.Platform.Database("intake").Owner);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand("CREATE TEMP TABLE grown AS SELECT repeat('x', 1000) FROM generate_series(1, 100000)", connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Uses up what the write-ahead log has of its own, until the server ends of it.</summary>
    private static async Task FillLog(Rig rig, CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(rig.Platform.Postgres.Administrator) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(ct);
            await using var command = new NpgsqlCommand("SELECT pg_logical_emit_message(false, 'full', 'full'); SELECT pg_switch_wal()", connection);
            await command.ExecuteNonQueryAsync(ct);
        }
        catch (NpgsqlException)
        {
            // It is on its way out.
            await Task.Delay(100, ct);
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}");
    }
}
