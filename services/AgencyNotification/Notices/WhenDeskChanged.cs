using Dapper;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.AgencyNotification.Notices;

/// <summary>Referral entered or changed a desk: its official channels are kept, so that a notice needs nobody else.</summary>
public static class WhenDeskChanged
{
    public static Task Handle(Received<DeskChanged> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct) =>
        transaction.Connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO read.desk (desk_id, agency_id, channels) VALUES (@DeskId, @AgencyId, @channels)
            ON CONFLICT (desk_id) DO UPDATE SET agency_id = excluded.agency_id, channels = excluded.channels
            """,
            new
            {
                received.Message.DeskId,
                received.Message.AgencyId,
                channels = received.Message.Channels.Split(',', StringSplitOptions.RemoveEmptyEntries),
            },
            transaction.Transaction,
            cancellationToken: ct));
}
