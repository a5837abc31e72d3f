using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;

namespace Hotline111.Referral.Directory;

/// <summary>Enters the agencies and desks of the catalogue that the directory does not have yet. Desks that people changed since stay as they are.</summary>
public sealed partial class SeedDirectory(EventStore store, TimeProvider clock, ILogger<SeedDirectory> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var entered = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var agency in AgencyDirectory.Agencies)
                {
                    var command = new EnterAgency(agency.Id, agency.Sector, agency.ValidFrom, clock.GetUtcNow());
                    await store.Execute(AgencyDecider.Instance, AgencyDecider.IdOf(agency.Id), command, Metadata.System(), stoppingToken);
                }

                foreach (var desk in AgencyDirectory.Desks)
                {
                    var stream = DeskDecider.IdOf(desk.Id);
                    if ((await store.Load(DeskDecider.Instance, stream, stoppingToken)).State.Facts is not null)
                        continue;
                    await store.Execute(DeskDecider.Instance, stream, new EnterDesk(Facts(desk), clock.GetUtcNow()), Metadata.System(), stoppingToken);
                    entered++;
                }

                if (entered > 0)
                    Entered(log, entered);
                return;
            }
            catch (Exception e) when (e is Npgsql.NpgsqlException or StreamConflictException)
            {
                // The database was away, or another instance enters the same.
                Interrupted(log, e.GetType().Name);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken);
            }
        }
    }

    private static DeskFacts Facts(DirectoryDesk desk)
    {
        var profile = ReleaseProfiles.Get(desk.ReleaseProfile);
        return new(
            desk.Id,
            desk.AgencyId,
            desk.Sector,
            Items.From(desk.ProvinceCodes),
            Items.From(desk.Competences),
            $"{profile.Id}@{profile.Edition}",
            Items.From(desk.OfficialChannels.Select(channel => channel.Kind)),
            desk.ValidFrom,
            null);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Entered {Count} desks from the catalogue")]
    private static partial void Entered(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Entering desks interrupted by {Kind}; trying again")]
    private static partial void Interrupted(ILogger logger, string kind);
}
