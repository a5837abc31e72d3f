using Hotline111.Platform.EventStore;
using Npgsql;

namespace Hotline111.SmallService;

/// <summary>Doors behind which something goes wrong, each in a real way.</summary>
public static class Faults
{
    /// <summary>Something a person could have typed; it must turn up in no log, trace or answer.</summary>
    public const string Canary = "Giàng Thị Mẩy 0912345678";

    public static void Map(RouteGroupBuilder routes)
    {
        routes.AllowAnonymous();
        routes.MapGet("/bug", IResult () => throw new InvalidOperationException(Canary, new FormatException(Canary)));
        routes.MapGet("/locked", Locked);
        routes.MapGet("/sql", (string text, EventStore store, CancellationToken ct) => Run(store, text, ct));
        routes.MapGet("/half", async (HttpContext http) =>
        {
            await http.Response.WriteAsync("half of it");
            await http.Response.Body.FlushAsync();
            throw new InvalidOperationException(Canary);
        });
        routes.MapGet("/bare/{status:int}", (int status) => TypedResults.StatusCode(status));
        routes.MapPost("/background", (Breakable part) => part.Break());
    }

    private static async Task Locked(EventStore store, CancellationToken ct)
    {
        await using var holder = await store.Source.OpenConnectionAsync(ct);
        await using var transaction = await holder.BeginTransactionAsync(ct);
        await using var hold = new NpgsqlCommand("select pg_advisory_xact_lock(5)", holder, transaction);
        await hold.ExecuteNonQueryAsync(ct);
        await using var command = store.Source.CreateCommand("set lock_timeout = '50ms'; select pg_advisory_xact_lock(5)");
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task Run(EventStore store, string text, CancellationToken ct)
    {
#pragma warning disable CA2100 // The text is the test's.
        await using var command = store.Source.CreateCommand(text);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>A background part that fails when told to.</summary>
public sealed class Breakable : BackgroundService
{
    private readonly TaskCompletionSource broken = new();

    public void Break() => broken.SetException(new InvalidOperationException(Faults.Canary));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => broken.Task.WaitAsync(stoppingToken);
}
