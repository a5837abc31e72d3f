using Hotline111.AgencyNotification.Notices;
using Hotline111.Case.Cases;
using Hotline111.Case.Persons;
using Hotline111.Intake.Contacts;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
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
            new ContactEvent.Closed(Counsellor, Night.AddMinutes(9))),
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
        new(
            ToPolice,
            new ReferralEvent.Drafted("RF-2026-000001", Case, "police.08", "police.08", "police", "08", "verify_rescue", "emergency", Counsellor, Night.AddMinutes(5)),
            Submitted(ToPolice, "police@2026-1"),
            new ReferralEvent.Sent("emergency", Counsellor, Night.AddMinutes(7)),
            new ReferralEvent.Acknowledged(Liaison, Night.AddMinutes(9)),
            new ReferralEvent.Accepted(
                Told("referral", ToPolice, FieldGroup.Contact), Told("referral", ToPolice, FieldGroup.Identity), new DateOnly(2026, 3, 6), Liaison, Night.AddMinutes(12))),
        new(
            ToUnion,
            new ReferralEvent.Drafted("RF-2026-000002", Case, "womens-union", "womens-union", "womens_union", null, "receive_support", "standard", Counsellor, Night.AddMinutes(6)),
            Submitted(ToUnion, "womens-union@2026-1"),
            new ReferralEvent.Returned(Told("referral", ToUnion, FieldGroup.Narrative), Supervisor, Night.AddMinutes(10)),
            Submitted(ToUnion, "womens-union@2026-1"),
            new ReferralEvent.Sent("approved", Supervisor, Night.AddMinutes(14)),
            new ReferralEvent.Acknowledged(Liaison, Night.AddMinutes(20)),
            new ReferralEvent.Declined("wrong_territory", "womens-union.31", Told("referral", ToUnion, FieldGroup.Narrative), Liaison, Night.AddMinutes(22))),
    ];

    public static IReadOnlyList<Stream<WatchEvent>> Watches { get; } =
    [
        new(
            WatchDecider.IdOf(ToPolice),
            new WatchEvent.Delivered(ToPolice, NoticeDecider.IdOf(ToPolice, "inbox"), "inbox", Night.AddMinutes(7)),
            new WatchEvent.Opened(ToPolice, Case, "police.08", Liaison, Night.AddMinutes(8))),
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
