using Hotline111.AgencyNotification.Notices;
using Hotline111.Contracts.AgencyNotification.V1;
using Hotline111.Platform.EventStore;

namespace Hotline111.AgencyNotification;

/// <summary>What of a notice's history the other services are told.</summary>
public static class NoticePublication
{
    public static object? Translate(NoticeState after, Recorded<NoticeEvent> recorded) => recorded.Event switch
    {
        NoticeEvent.Recorded e => new NoticeRecorded(recorded.StreamId, e.ReferralId, e.CaseId, e.DeskId, e.Channel, e.At, e.Kind),
        _ => null,
    };
}
