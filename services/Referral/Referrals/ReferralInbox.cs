using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Referral.Conversing;
using Hotline111.Referral.Watching;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Referrals;

/// <summary>
/// The referrals as rows without personal data, from which the worklists and the sheet are read. Read right after writing, so they change with the append.
/// Which list a row stands in the table itself works out (migration 0003).
/// </summary>
public sealed class ReferralInbox : IProjection<ReferralEvent>, IProjection<WatchEvent>, IProjection<ConversationEvent>
{
    // Any later answer of the desk lifts it; which events are such answers only the rules of the referral say.
    private static readonly Course NobodyKnows = new("", "", default, []) { OutcomeUnknown = true };

    public string Name => "referral-inbox.2";

    public IReadOnlyList<string> Tables => ["referral"];

    public FormattableString? Apply(Recorded<ReferralEvent> recorded)
    {
        var (id, version) = (recorded.StreamId, recorded.Version);
        var lifts = !NobodyKnows.After(recorded.Event).OutcomeUnknown;
        return recorded.Event switch
        {
            E.Drafted e => $"""
                INSERT INTO read.referral (id, number, case_id, desk_id, agency_id, sector, province_code, purpose, urgency, state, part, previous_id, drafted_at, drafted_by, version)
                VALUES ({id}, {e.Number}, {e.CaseId}, {e.DeskId}, {e.AgencyId}, {e.Sector}, {e.ProvinceCode}, {e.Purpose}, {e.Urgency}, 'Draft', {e.Part ?? ReferralParts.Lead},
                        {e.PreviousId}, {e.At}, {e.By}, {version})
                """,
            E.Submitted or E.Composed => $"UPDATE read.referral SET state = 'AwaitingApproval', returned = false, version = {version} WHERE id = {id}",
            E.Returned => $"UPDATE read.referral SET state = 'Draft', returned = true, version = {version} WHERE id = {id}",
            E.Sent e => $"""
                UPDATE read.referral SET state = 'Sent', sent_at = {e.At}, ground = {e.Ground},
                       review_due = {e.Ground is SendingGround.Emergency or SendingGround.NoSupervisorOnDuty}, version = {version} WHERE id = {id}
                """,
            E.Supplemented e => $"UPDATE read.referral SET supplements = {e.Number}, data_cut = false, version = {version} WHERE id = {id}",
            E.Reviewed => $"UPDATE read.referral SET review_due = false, version = {version} WHERE id = {id}",
            E.PartAssigned e => $"UPDATE read.referral SET part = {e.Part}, version = {version} WHERE id = {id}",
            E.Acknowledged e => $"""
                UPDATE read.referral SET state = 'Acknowledged', acknowledged_by = {e.By}, acknowledged_at = {e.At}, acknowledged_by_phone = {e.Spoken is not null},
                       unconfirmed = unconfirmed + {Unconfirmed(e.Spoken)}, version = {version} WHERE id = {id}
                """,
            E.EntryConfirmed => $"UPDATE read.referral SET unconfirmed = unconfirmed - 1, version = {version} WHERE id = {id}",
            // A desk may ask again before it was answered: then both are open.
            E.InformationAsked e => $"""
                UPDATE read.referral SET state = 'NeedsInformation', questions = questions + {e.Questions.Count}, pauses = pauses + {(e.Pauses ? 1 : 0)}, version = {version} WHERE id = {id}
                """,
            E.InformationAnswered => $"UPDATE read.referral SET state = 'Acknowledged', questions = 0, version = {version} WHERE id = {id}",
            E.HandOnBegun e => $"UPDATE read.referral SET state = 'HandingOn', questions = 0, next_id = {e.NextId}, next_desk_id = {e.NextDeskId}, version = {version} WHERE id = {id}",
            E.HandedOn => $"UPDATE read.referral SET state = 'HandedOn', version = {version} WHERE id = {id}",
            E.HandOnEnded => $"UPDATE read.referral SET state = 'Acknowledged', next_id = NULL, next_desk_id = NULL, version = {version} WHERE id = {id}",
            E.Accepted e => $"""
                UPDATE read.referral SET state = 'Accepted', questions = 0, accepted_by = {e.By}, accepted_at = {e.At}, expected_on = {e.ExpectedOn},
                       unconfirmed = unconfirmed + {Unconfirmed(e.Spoken)}, version = {version} WHERE id = {id}
                """,
            E.AcceptanceUndone => $"""
                UPDATE read.referral SET state = 'Acknowledged', accepted_by = NULL, accepted_at = NULL, expected_on = NULL, outcome_unknown = outcome_unknown AND NOT {lifts},
                       version = {version} WHERE id = {id}
                """,
            E.Declined e => $"""
                UPDATE read.referral SET state = 'Declined', questions = 0, declined_at = {e.At}, decline_reason = {e.Reason}, advised_desk_id = {e.AdvisedDeskId},
                       unconfirmed = unconfirmed + {Unconfirmed(e.Spoken)}, version = {version} WHERE id = {id}
                """,
            E.Started => $"UPDATE read.referral SET state = 'Acting', outcome_unknown = outcome_unknown AND NOT {lifts}, version = {version} WHERE id = {id}",
            // Marks come late and out of order: the last one is the one that happened last.
            E.Marked e => $"""
                UPDATE read.referral SET state = CASE state WHEN 'Accepted' THEN 'Acting' ELSE state END, marks = marks + 1,
                       last_mark = CASE WHEN last_mark_at > {e.OccurredAt} THEN last_mark ELSE {e.Mark} END, last_mark_at = greatest(last_mark_at, {e.OccurredAt}),
                       unconfirmed = unconfirmed + {Unconfirmed(e.Spoken)}, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {version} WHERE id = {id}
                """,
            E.ProgressReported e => $"""
                UPDATE read.referral SET state = CASE state WHEN 'Accepted' THEN 'Acting' ELSE state END, progress = {e.Progress}, progress_at = {e.At},
                       unconfirmed = unconfirmed + {Unconfirmed(e.Spoken)}, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {version} WHERE id = {id}
                """,
            E.MilestoneReached e => $"""
                UPDATE read.referral SET state = CASE state WHEN 'Accepted' THEN 'Acting' ELSE state END, milestones = milestones || {e.Milestone}::text,
                       unconfirmed = unconfirmed + {Unconfirmed(e.Spoken)}, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {version} WHERE id = {id}
                """,
            E.Held e => $"""
                UPDATE read.referral SET state = 'OnHold', hold_reason = {e.Reason}, hold_until = {e.Until}, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {version}
                 WHERE id = {id}
                """,
            E.Resumed => $"""
                UPDATE read.referral SET state = 'Acting', hold_reason = NULL, hold_until = NULL, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {version} WHERE id = {id}
                """,
            E.ResultReported e => $"""
                UPDATE read.referral SET state = 'Reported', results = {Codes(e.Results)}, reported_by = {e.By}, reported_at = {e.At},
                       unconfirmed = unconfirmed + {Unconfirmed(e.Spoken)}, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {version} WHERE id = {id}
                """,
            E.ReportCorrected e => $"""
                UPDATE read.referral SET results = {Codes(e.Results)}, reported_by = {e.By}, reported_at = {e.At}, correction_due = state = 'Closed',
                       outcome_unknown = outcome_unknown AND NOT {lifts}, version = {version} WHERE id = {id}
                """,
            E.ResultConfirmed e => $"""
                UPDATE read.referral SET state = 'Closed', confirmed_at = {e.At}, correction_due = false, withdrawal_reason = NULL, withdrawal_asked_at = NULL, version = {version}
                 WHERE id = {id}
                """,
            E.ResultQuestioned => $"UPDATE read.referral SET state = 'Acting', version = {version} WHERE id = {id}",
            E.RequestRaised e => Request(e.Kind, 1, lifts, recorded),
            E.RequestSettled e => Request(e.Kind, -1, lifts, recorded),
            E.DataRejected => $"UPDATE read.referral SET data_cut = true, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {version} WHERE id = {id}",
            E.DataRestored => $"UPDATE read.referral SET data_cut = false, version = {version} WHERE id = {id}",
            E.WithdrawalRequested e => $"UPDATE read.referral SET withdrawal_reason = {e.Reason}, withdrawal_asked_at = {e.At}, version = {version} WHERE id = {id}",
            E.WithdrawalRefused => $"""
                UPDATE read.referral SET withdrawal_reason = NULL, withdrawal_asked_at = NULL, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {version} WHERE id = {id}
                """,
            E.Withdrawn e => $"""
                UPDATE read.referral SET state = 'Withdrawn', questions = 0, next_id = NULL, next_desk_id = NULL, hold_reason = NULL, hold_until = NULL, withdrawal_reason = {e.Reason}, withdrawal_asked_at = NULL,
                       withdrawn_at = {e.At}, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {version} WHERE id = {id}
                """,
            E.OutcomeUnknown => $"UPDATE read.referral SET outcome_unknown = true, version = {version} WHERE id = {id}",
            // The version is the sheet's ETag: an event that was added later moves it too.
            _ => $"UPDATE read.referral SET version = {version} WHERE id = {id}",
        };
    }

    // Receipts and claims change the row but never the version: the sheet's ETag is the Referral stream's alone.
    public FormattableString? Apply(Recorded<WatchEvent> recorded) => recorded.Event switch
    {
        WatchEvent.Published e => $"UPDATE read.referral SET published_at = coalesce(published_at, {e.At}) WHERE id = {e.ReferralId}",
        WatchEvent.Delivered e => $"UPDATE read.referral SET delivered_at = coalesce(delivered_at, {e.At}) WHERE id = {e.ReferralId}",
        WatchEvent.Opened e => $"UPDATE read.referral SET opened_at = coalesce(opened_at, {e.At}) WHERE id = {e.ReferralId}",
        WatchEvent.Claimed e => $"UPDATE read.referral SET claimed_by = {e.By}, claimed_at = {e.At} WHERE id = {e.ReferralId}",
        WatchEvent.HandedOver e => $"UPDATE read.referral SET claimed_by = {e.To}, claimed_at = {e.At} WHERE id = {e.ReferralId}",
        WatchEvent.ClaimReleased e => $"UPDATE read.referral SET claimed_by = NULL, claimed_at = NULL WHERE id = {e.ReferralId}",
        _ => null,
    };

    public FormattableString? Apply(Recorded<ConversationEvent> recorded) => recorded.Event switch
    {
        ConversationEvent.MessageWritten { Side: Sides.Desk } e => $"""
            UPDATE read.referral SET messages = messages + 1, hotline_unread = hotline_unread + 1, last_message_at = {e.At} WHERE id = {e.ReferralId}
            """,
        ConversationEvent.MessageWritten e => $"""
            UPDATE read.referral SET messages = messages + 1, desk_unread = desk_unread + 1, last_message_at = {e.At} WHERE id = {e.ReferralId}
            """,
        ConversationEvent.MessagesRead { Side: Sides.Desk } e => $"UPDATE read.referral SET desk_unread = {e.Unread} WHERE id = {e.ReferralId}",
        ConversationEvent.MessagesRead e => $"UPDATE read.referral SET hotline_unread = {e.Unread} WHERE id = {e.ReferralId}",
        _ => null,
    };

    private static FormattableString Request(string kind, int change, bool lifts, Recorded<ReferralEvent> recorded) => kind switch
    {
        ReferralRequests.Extension => $"""
            UPDATE read.referral SET extension_open = extension_open + {change}, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {recorded.Version} WHERE id = {recorded.StreamId}
            """,
        ReferralRequests.Joint => $"""
            UPDATE read.referral SET joint_open = joint_open + {change}, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {recorded.Version} WHERE id = {recorded.StreamId}
            """,
        _ => $"""
            UPDATE read.referral SET danger_open = danger_open + {change}, outcome_unknown = outcome_unknown AND NOT {lifts}, version = {recorded.Version} WHERE id = {recorded.StreamId}
            """,
    };

    private static int Unconfirmed(Spoken? spoken) => spoken is null ? 0 : 1;

    private static string[] Codes(Items<PersonResult> results) => [.. results.Select(result => result.Result)];
}
