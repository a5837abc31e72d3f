using Hotline111.AgencyNotification.Notices;
using Hotline111.Case.Cases;
using Hotline111.Case.Persons;
using Hotline111.Intake.Contacts;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Conversing;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Watching;
using Hotline111.Testing;
using CasePlace = Hotline111.Case.Cases.Place;
using ContactPlace = Hotline111.Intake.Contacts.Place;

namespace Hotline111.Contracts.Tests.Invented;

/// <summary>One invented stream.</summary>
internal sealed record Stream<TEvent>(Guid Id, params IReadOnlyList<TEvent> Events);

/// <summary>
/// An invented night at the hotline, in which every event of every family happens with every member filled in at least once. From it come the first
/// committed examples; nobody in it lives.
/// </summary>
internal static class Streams
{
    public static readonly DateTimeOffset Night = new(2026, 3, 5, 22, 47, 12, 345, TimeSpan.FromHours(7));

    private static readonly Guid Contact = Id(0xc1), SilentContact = Id(0xc2), Case = Id(0xa1), EmergencyCase = Id(0xa2), Daughter = Id(0xd1), ToPolice = Id(0xe1), ToUnion = Id(0xe2);
    private static readonly Guid ToBorder = Id(0xe3), ToStation = Id(0xe4);
    private static readonly string Colleague = Id(0x14).ToString();
    private static readonly string Counsellor = Id(0x11).ToString(), Supervisor = Id(0x12).ToString(), Liaison = Id(0x13).ToString();
    private static readonly string Hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("invented"u8));
    private static readonly string Signature = Convert.ToBase64String(System.Security.Cryptography.SHA512.HashData("invented"u8));

    public static IReadOnlyList<Stream<ContactEvent>> Contacts { get; } =
    [
        new(
            Contact,
            new ContactEvent.Recorded(
                "CT-2026-000001",
                "phone_in",
                Night.AddMinutes(-6),
                new("relative_friend", "male", 43, Told("contact", Contact, FieldGroup.Identity), Told("contact", Contact, FieldGroup.Contact)),
                new ContactPlace("2026-04-30", "08", "02", Told("contact", Contact, FieldGroup.Location)),
                "vi",
                "any_time",
                Told("contact", Contact, FieldGroup.Narrative),
                Counsellor,
                Night),
            new ContactEvent.Categorised("referral", null, ["missing_person", "online_lure"], Counsellor, Night.AddMinutes(1)),
            new ContactEvent.CaseLinked(Case, Night.AddMinutes(2)),
            new ContactEvent.Closed(Counsellor, Night.AddMinutes(9)),
            new ContactEvent.Amended(
                "zalo",
                Night.AddMinutes(-8),
                "victim",
                "female",
                19,
                Told("contact", Contact, FieldGroup.Identity),
                Told("contact", Contact, FieldGroup.Contact),
                new ContactPlace("2026-04-30", "08", "08", Told("contact", Contact, FieldGroup.Location)),
                "tyz",
                "only_hours",
                Told("contact", Contact, FieldGroup.Narrative),
                [],
                Supervisor,
                Night.AddDays(1)),
            new ContactEvent.Amended(
                null, null, null, null, null, null, null, null, null, null, null, ["caller_age", "caller_name", "caller_phone", "safe_contact", "summary"], Supervisor, Night.AddDays(2))),
        new(
            SilentContact,
            new ContactEvent.Recorded("CT-2026-000002", "phone_in", Night, new("unknown", "unknown", null, null, null), null, "vi", null, null, Counsellor, Night),
            new ContactEvent.Categorised(null, "silent", [], Counsellor, Night.AddMinutes(1))),
    ];

    public static IReadOnlyList<Stream<CaseEvent>> Cases { get; } =
    [
        new(
            Case,
            new CaseEvent.Opened(
                "CS-2026-000001",
                Contact,
                new CasePlace("2026-04-30", "08", "02", Told("case", Case, FieldGroup.Location)),
                "any_time",
                Told("contact", Contact, FieldGroup.Contact),
                Told("case", Case, FieldGroup.Narrative),
                Counsellor,
                Night.AddMinutes(2)),
            new CaseEvent.PersonAdded(Daughter, Facts() with { BirthYear = 2010 }, Counsellor, Night.AddMinutes(3)),
            new CaseEvent.PersonChanged(Daughter, Facts() with { Age = 15, AgeOn = new DateOnly(2026, 3, 5) }, Counsellor, Night.AddMinutes(4)),
            new CaseEvent.PersonChanged(Daughter, Facts() with { BirthYear = 2010, Status = "in_identification" }, Counsellor, Night.AddDays(3)),
            new CaseEvent.PersonAdded(Id(0xd2), Facts() with { Age = 16, AgeOn = new DateOnly(2026, 3, 5) }, Counsellor, Night.AddMinutes(4)),
            new CaseEvent.Assessed("critical", ["confined", "minor"], "emergency", Counsellor, Night.AddMinutes(5)),
            new CaseEvent.Released(
                "police.08",
                "police@2026-1",
                "vital_interest",
                "verify_rescue",
                [Daughter],
                ["person.gender", "person.name", "request.need"],
                Hash,
                Signature,
                Counsellor,
                Night.AddMinutes(6)),
            new CaseEvent.Restricted(["womens-union.31"], ["31"], Told("case", Case, FieldGroup.Narrative), Supervisor, Night.AddMinutes(30)),
            new CaseEvent.Restricted([], [], Told("case", Case, FieldGroup.Narrative), Supervisor, Night.AddDays(2))),
        new(
            EmergencyCase,
            new CaseEvent.Opened("CS-2026-000002", SilentContact, null, null, null, null, Metadata.System().Actor!, Night.AddMinutes(40), Emergency: true),
            new CaseEvent.Completed(
                new CasePlace("2026-04-30", "08", "02", Told("case", EmergencyCase, FieldGroup.Location)),
                "caller_calls_back",
                Told("contact", SilentContact, FieldGroup.Contact),
                Told("case", EmergencyCase, FieldGroup.Narrative),
                Counsellor,
                Night.AddMinutes(55))),
    ];

    public static IReadOnlyList<Stream<ReferralEvent>> Referrals { get; } =
    [
        // From the call to the closed result, with everything that may be said on the way.
        new(
            ToPolice,
            new ReferralEvent.Drafted(
                "RF-2026-000001", Case, "police.08", "police.08", "police", "08", "verify_rescue", "emergency", Counsellor, Night.AddMinutes(5), "2026-1", "lead"),
            Submitted(ToPolice, "police@2026-1"),
            new ReferralEvent.Sent("emergency", Counsellor, Night.AddMinutes(7)),
            new ReferralEvent.Acknowledged(Counsellor, Night.AddMinutes(9), Spoken(ToPolice), Id(0x01)),
            new ReferralEvent.EntryConfirmed(Id(0x01), Liaison, Night.AddMinutes(10)),
            new ReferralEvent.InformationAsked([new("person.name", Daughter, Words(ToPolice)), new("request.place", null, null)], Pauses: false, Id(0x02), Liaison, Night.AddMinutes(10)),
            new ReferralEvent.InformationAnswered([new("person.name", Daughter, Words(ToPolice)), new("request.place", null, null)], Counsellor, Night.AddMinutes(11)),
            new ReferralEvent.Accepted(
                Told("referral", ToPolice, FieldGroup.Contact), Told("referral", ToPolice, FieldGroup.Identity), new DateOnly(2026, 3, 6), Counsellor, Night.AddMinutes(12), Spoken(ToPolice), Id(0x03)),
            new ReferralEvent.AcceptanceUndone(Liaison, Night.AddMinutes(13)),
            new ReferralEvent.Accepted(
                Told("referral", ToPolice, FieldGroup.Contact), Told("referral", ToPolice, FieldGroup.Identity), new DateOnly(2026, 3, 6), Liaison, Night.AddMinutes(14)),
            new ReferralEvent.Reviewed("justified", Words(ToPolice), Supervisor, Night.AddMinutes(20)),
            new ReferralEvent.Started(Liaison, Night.AddMinutes(21)),
            new ReferralEvent.Marked("on_scene", Night.AddMinutes(40), Id(0x04), Spoken(ToPolice), Counsellor, Night.AddMinutes(45)),
            new ReferralEvent.ProgressReported("searching", Words(ToPolice), Id(0x05), Spoken(ToPolice), Counsellor, Night.AddMinutes(46)),
            new ReferralEvent.MilestoneReached("initial_verification", Night.AddMinutes(47), Id(0x06), Spoken(ToPolice), Counsellor, Night.AddMinutes(48)),
            new ReferralEvent.Supplemented(
                1, "police@2026-1", "vital_interest", Hash, Signature, Night.AddMinutes(49), [new PackagePart(null, Words(ToPolice)), new PackagePart(Daughter, Told("person", Daughter, FieldGroup.Narrative))],
                Counsellor, Night.AddMinutes(50)),
            new ReferralEvent.DataRejected(["person.address"], Words(ToPolice), Liaison, Night.AddMinutes(55)),
            new ReferralEvent.DataRestored(Words(ToPolice), Supervisor, Night.AddMinutes(60)),
            new ReferralEvent.RequestRaised(Id(0x07), "extension", new DateOnly(2026, 3, 20), null, [], Words(ToPolice), Liaison, Night.AddMinutes(61)),
            new ReferralEvent.RequestRaised(Id(0x08), "joint", null, "womens-union.31", [], null, Liaison, Night.AddMinutes(62)),
            new ReferralEvent.RequestRaised(Id(0x09), "danger", null, null, ["offender_near"], null, Liaison, Night.AddMinutes(63)),
            new ReferralEvent.RequestSettled(Id(0x07), "extension", "granted", Words(ToPolice), Counsellor, Night.AddMinutes(64)),
            new ReferralEvent.PartAssigned("helper", Counsellor, Night.AddMinutes(65)),
            new ReferralEvent.Held("waiting_other_body", new DateOnly(2026, 3, 9), Words(ToPolice), Liaison, Night.AddHours(3)),
            new ReferralEvent.OutcomeUnknown(Supervisor, Night.AddDays(20)),
            new ReferralEvent.Resumed(Liaison, Night.AddDays(21)),
            new ReferralEvent.WithdrawalRequested("consent_withdrawn", Words(ToPolice), Counsellor, Night.AddDays(22)),
            new ReferralEvent.WithdrawalRefused(Words(ToPolice), Liaison, Night.AddDays(22)),
            new ReferralEvent.ResultReported(Results(), "ask_first", Words(ToPolice), Night.AddDays(22), Id(0x0a), Spoken(ToPolice), Counsellor, Night.AddDays(23)),
            new ReferralEvent.ResultQuestioned(Words(ToPolice), Counsellor, Night.AddDays(23)),
            new ReferralEvent.ResultReported(Results(), "ask_first", Words(ToPolice), Night.AddDays(22), Id(0x0b), null, Liaison, Night.AddDays(24)),
            new ReferralEvent.ReportCorrected(Results(), "may_tell", Words(ToPolice), Night.AddDays(22), Words(ToPolice), Id(0x0c), Liaison, Night.AddDays(24)),
            new ReferralEvent.ResultConfirmed(Counsellor, Night.AddDays(25))),
        // Declined by phone.
        new(
            ToUnion,
            new ReferralEvent.Drafted(
                "RF-2026-000002", Case, "womens-union", "womens-union", "womens_union", null, "receive_support", "standard", Counsellor, Night.AddMinutes(6), "2026-1", "helper"),
            Submitted(ToUnion, "womens-union@2026-1"),
            new ReferralEvent.Returned(Words(ToUnion), Supervisor, Night.AddMinutes(10)),
            Submitted(ToUnion, "womens-union@2026-1"),
            new ReferralEvent.Sent("approved", Supervisor, Night.AddMinutes(14)),
            new ReferralEvent.Acknowledged(Liaison, Night.AddMinutes(20)),
            new ReferralEvent.Declined("wrong_territory", "womens-union.31", Words(ToUnion), Counsellor, Night.AddMinutes(22), Spoken(ToUnion), Id(0x0d))),
        // Sent from the contact page, handed on in vain, then handed on.
        new(
            ToBorder,
            new ReferralEvent.Drafted(
                "RF-2026-000003", Case, "border-guard", "border-guard", "border_guard", null, "border_intercept", "emergency", Counsellor, Night.AddMinutes(6), "2026-1", "helper"),
            Composed(ToBorder),
            new ReferralEvent.Sent("emergency", Counsellor, Night.AddMinutes(6)),
            new ReferralEvent.Acknowledged(Liaison, Night.AddMinutes(8)),
            new ReferralEvent.HandOnBegun(Id(0xe9), "border-guard.31", "border-guard.31", null, Liaison, Night.AddMinutes(9)),
            new ReferralEvent.HandOnEnded(Id(0xe9), "taken_back", Liaison, Night.AddMinutes(12)),
            new ReferralEvent.HandOnBegun(ToStation, "border-guard.08", "border-guard.08", Words(ToBorder), Liaison, Night.AddMinutes(13)),
            new ReferralEvent.HandedOn(ToStation, Night.AddMinutes(20))),
        new(
            ToStation,
            new ReferralEvent.Drafted(
                "RF-2026-000004", Case, "border-guard.08", "border-guard.08", "border_guard", "08", "border_intercept", "emergency", Liaison, Night.AddMinutes(13), "2026-1", "helper", ToBorder,
                ["border-guard"]),
            Composed(ToStation),
            new ReferralEvent.Sent("handed_on", Liaison, Night.AddMinutes(13)),
            new ReferralEvent.Acknowledged(Liaison, Night.AddMinutes(20)),
            new ReferralEvent.Withdrawn("sent_in_error", Words(ToStation), Counsellor, Night.AddMinutes(25))),
    ];

    public static IReadOnlyList<Stream<WatchEvent>> Watches { get; } =
    [
        new(
            WatchDecider.IdOf(ToPolice),
            new WatchEvent.PackageRefused(ToPolice, Id(0x31), "tampered", Counsellor, Night.AddMinutes(6)),
            new WatchEvent.Published(ToPolice, Night.AddMinutes(7)),
            new WatchEvent.Delivered(ToPolice, NoticeDecider.IdOf(ToPolice, "inbox"), "inbox", Night.AddMinutes(7)),
            new WatchEvent.Opened(ToPolice, Case, "police.08", Liaison, Night.AddMinutes(8)),
            new WatchEvent.Acknowledged(ToPolice, "police.08", "phone", Counsellor, Night.AddMinutes(9)),
            new WatchEvent.HandedOver(ToPolice, "police.08", Colleague, Liaison, Liaison, Night.AddMinutes(30)),
            new WatchEvent.Claimed(ToPolice, "police.08", Liaison, Colleague, Night.AddMinutes(31)),
            new WatchEvent.ClaimReleased(ToPolice, "police.08", Liaison, Night.AddMinutes(32))),
    ];

    public static IReadOnlyList<Stream<ConversationEvent>> Conversations { get; } =
    [
        new(
            ConversationDecider.IdOf(ToPolice),
            new ConversationEvent.MessageWritten(ToPolice, Case, "police.08", "police.08", Id(0x41), "desk", [new MessagePart("text", Words(ToPolice))], Liaison, Night.AddMinutes(15)),
            new ConversationEvent.MessagesRead(ToPolice, "hotline", Id(0x41), 0, Counsellor, Night.AddMinutes(16))),
    ];

    public static IReadOnlyList<Stream<DeskEvent>> Desks { get; } =
    [
        new(
            DeskDecider.IdOf("police.08"),
            new DeskEvent.Entered(Desk(null), Night.AddDays(-60)),
            new DeskEvent.Changed(Desk(new DateOnly(2027, 6, 30)), Night.AddDays(-1)),
            new DeskEvent.Changed(Desk(null) with { ValidUntil = new DateOnly(2028, 6, 30) }, Night)),
        new(DeskDecider.IdOf("police.01"), new DeskEvent.Entered(Desk(new DateOnly(2027, 6, 30)) with { DeskId = "police.01", AgencyId = "police.01", ProvinceCodes = ["01"] }, Night.AddDays(-60))),
    ];

    public static IReadOnlyList<Stream<AgencyEvent>> Agencies { get; } =
        [new(AgencyDecider.IdOf("police.08"), new AgencyEvent.Entered("police.08", "police", new DateOnly(2025, 7, 1), Night.AddDays(-60)))];

    public static IReadOnlyList<Stream<NoticeEvent>> Notices { get; } =
    [
        new(
            NoticeDecider.IdOf(ToPolice, "inbox"),
            new NoticeEvent.Recorded(ToPolice, Case, "RF-2026-000001", "police.08", "police.08", "emergency", "inbox", Night.AddMinutes(7), "sent")),
        new(
            NoticeDecider.IdOf(ToPolice, Id(0xb1), "phone"),
            new NoticeEvent.Recorded(ToPolice, Case, "RF-2026-000001", "police.08", "police.08", "emergency", "phone", Night.AddMinutes(50), "supplement")),
    ];

    public static IReadOnlyList<Stream<ReadEvent>> Reads { get; } =
        [new(StreamId.Of("read", $"{Liaison}/2026-03-05"), new ReadEvent.PersonalDataRead("person", Daughter, "referral.open-package", Items.From(FieldGroup.All), Night.AddMinutes(8)))];

    private static Guid Id(byte last) => new($"019cbe6c-5a00-7000-8000-0000000000{last:x2}");

    private static Personal<string> Told(string kind, Guid id, string group) => Sealed.Text(new Owner(kind, id), group, "example");

    private static PersonFacts Facts() => new(
        Told("person", Daughter, FieldGroup.Identity),
        "female",
        null,
        null,
        null,
        "ethnic_minority",
        "sexual_exploitation",
        "domestic",
        "VN",
        "suspected",
        Told("person", Daughter, FieldGroup.Contact),
        Told("person", Daughter, FieldGroup.Location),
        Told("person", Daughter, FieldGroup.Identity),
        Told("person", Daughter, FieldGroup.Location),
        Told("person", Daughter, FieldGroup.Narrative));

    private static ReferralEvent.Submitted Submitted(Guid referral, string profile) => new(
        profile,
        "vital_interest",
        Hash,
        Signature,
        Night.AddMinutes(6),
        [new PackagePart(null, Told("referral", referral, FieldGroup.Narrative)), new PackagePart(Daughter, Told("person", Daughter, FieldGroup.Narrative))],
        Counsellor,
        Night.AddMinutes(7));

    private static ReferralEvent.Composed Composed(Guid referral) => new(
        "emergency@2026-1",
        "vital_interest",
        Hash,
        [new PackagePart(null, Words(referral)), new PackagePart(Daughter, Told("person", Daughter, FieldGroup.Narrative))],
        Contact,
        Counsellor,
        Night.AddMinutes(6));

    private static Personal<string> Words(Guid referral) => Told("referral", referral, FieldGroup.Narrative);

    private static Spoken Spoken(Guid referral) => new(
        Told("referral", referral, FieldGroup.Identity), Told("referral", referral, FieldGroup.Contact), Told("referral", referral, FieldGroup.Contact), Night.AddMinutes(9));

    private static Items<PersonResult> Results() => [new(Daughter, "rescued", ["rescuing_body"], Told("person", Daughter, FieldGroup.Narrative)), new(Id(0xd2), "not_applicable", [], null)];

    private static DeskFacts Desk(DateOnly? validUntil) => new(
        "police.08",
        "police.08",
        "police",
        ["08"],
        ["verify_rescue", "investigate"],
        "police@2026-1",
        ["phone", "fax", "letter"],
        new DateOnly(2025, 7, 1),
        validUntil);
}
