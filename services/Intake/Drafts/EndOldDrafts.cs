using Npgsql;

namespace Hotline111.Intake.Drafts;

/// <summary>Ends drafts that nobody has changed for seven days, and destroys the keys of what has ended. At the start and every ten minutes.</summary>
public sealed partial class EndOldDrafts(DraftTable drafts, TimeProvider clock, ILogger<EndOldDrafts> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                var now = clock.GetUtcNow();
                var (ended, forgotten) = (await drafts.EndUnchanged(now, stoppingToken), await drafts.ForgetEnded(now, stoppingToken));
                if (ended + forgotten > 0)
                    Swept(log, ended, forgotten);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                Failed(log, e.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Ended {Ended} drafts unchanged for seven days; forgot {Forgotten} that had ended")]
    private static partial void Swept(ILogger logger, int ended, int forgotten);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ending old drafts failed and is tried again: {Kind}")]
    private static partial void Failed(ILogger logger, string kind);
}
