using Npgsql;

namespace Hotline111.Faults.Tests;

/// <summary>The disk of the database server has no room left, and then has some again. Needs to be root: the disk is a small one in memory.</summary>
[Trait("run", "campaign")]
public sealed class DiskFullTests(ITestOutputHelper output)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Row_17_the_disk_of_the_databases_is_full()
    {
        var disk = "";
        await using var rig = await Rig.Start(Ct, prepare: folder =>
        {
            disk = Path.Combine(folder, "postgres");
            Directory.CreateDirectory(disk);
            Run("mount", "-t", "tmpfs", "-o", "size=768m,mode=0755", "tmpfs", disk);
        });
        try
        {
            var back = await rig.Through(
                async ct =>
                {
                    var filler = Path.Combine(disk, "filler");
                    Fill(filler);
                    var refused = await Should.ThrowAsync<PostgresException>(() => Grow(rig, ct));
                    refused.SqlState.ShouldBe(PostgresErrorCodes.DiskFull);
                    await Task.Delay(TimeSpan.FromSeconds(15), ct);
                    File.Delete(filler);
                    // Where it could not even write down that it cannot write, the server ends; whoever watches over it starts it again.
                    output.WriteLine(rig.Platform.Postgres.Running ? "the server went on" : "the server had ended");
                    if (!rig.Platform.Postgres.Running)
                        await rig.Platform.Postgres.Start(ct);
                },
                Environment.TickCount,
                Ct);
            output.WriteLine($"the next command was answered {back.TotalMilliseconds:0} ms after there was room again");
            back.ShouldBeLessThan(TimeSpan.FromSeconds(30));
            var checker = new Checker(rig.Platform, rig.Ledger);
            await checker.Settle(Ct);
            await checker.Check(Ct);
        }
        finally
        {
            Run("umount", "-l", disk);
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

    private static void Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}");
    }
}
