using System.Diagnostics;
using System.Text.Json.Serialization;
using Hotline111.Contracts;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Referrals;

/// <summary>Everything that can happen to a referral: one request to one desk. The strings are the stored names and never change.</summary>
[JsonDerivedType(typeof(Drafted), "referral-drafted.v1")]
[JsonDerivedType(typeof(Submitted), "referral-submitted.v1")]
[JsonDerivedType(typeof(Returned), "referral-returned.v1")]
[JsonDerivedType(typeof(Sent), "referral-sent.v1")]
[JsonDerivedType(typeof(Acknowledged), "referral-acknowledged.v1")]
[JsonDerivedType(typeof(Accepted), "referral-accepted.v1")]
[JsonDerivedType(typeof(Declined), "referral-declined.v1")]
public abstract record ReferralEvent
{
    private ReferralEvent()
    {
    }

    /// <summary>A counsellor began a referral to a desk.</summary>
    public sealed record Drafted(
        [Coded(Ids.Number)] string Number,
        Guid CaseId,
        [Coded(Ids.Desk)] string DeskId,
        [Coded(Ids.Agency)] string AgencyId,
        [Coded("receiving-sector")] string Sector,
        [Coded(Ids.Province)] string? ProvinceCode,
        [Coded("referral-purpose")] string Purpose,
        [Coded("urgency")] string Urgency,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ReferralEvent;

    /// <summary>The package that Case released was verified and sealed with this service's keys.</summary>
    public sealed record Submitted(
        [Coded(Ids.Profile)] string Profile,
        [Coded("disclosure-basis")] string Basis,
        [Coded(Ids.Sha256)] string PackageHash,
        [Coded(Ids.Base64)] string Signature,
        DateTimeOffset ReleasedAt,
        Items<PackagePart> Package,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ReferralEvent;

    /// <summary>The supervisor asks for a change before it may go out.</summary>
    public sealed record Returned(Personal<string> Question, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The referral went out; the desk owes an acknowledgement.</summary>
    public sealed record Sent([Coded(Ids.SendingGround)] string Ground, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>A named liaison confirmed receipt.</summary>
    public sealed record Acknowledged([Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk takes charge.</summary>
    public sealed record Accepted(
        Personal<string>? Unit, Personal<string>? Officer, DateOnly? ExpectedOn, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk declines with a reason.</summary>
    public sealed record Declined(
        [Coded("decline-reason")] string Reason,
        [Coded(Ids.Desk)] string? AdvisedDeskId,
        Personal<string>? Text,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ReferralEvent;
}

/// <summary>One part of the sealed package: the request itself (owner: the referral) or one person (owner: the person), so that a person can be erased alone.</summary>
/// <param name="PersonId">The person, or null for the request part.</param>
/// <param name="Json">Canonical JSON of the part.</param>
public sealed record PackagePart(Guid? PersonId, Personal<string> Json);

/// <summary>How a referral came to be sent.</summary>
public static class SendingGround
{
    /// <summary>A supervisor let it go out.</summary>
    public const string Approved = "approved";

    /// <summary>Life or health is in danger now.</summary>
    public const string Emergency = "emergency";

    /// <summary>Urgent, and nobody could approve: reviewed within 4 h.</summary>
    public const string NoSupervisorOnDuty = "no_supervisor_on_duty";
}

/// <summary>What was asked of whom; never changes after the draft.</summary>
public sealed record ReferralFacts(
    string Number, Guid CaseId, string DeskId, string AgencyId, string Sector, string? ProvinceCode, string Purpose, string Urgency);

/// <summary>What a decision needs to know, and nothing else; screens have read models.</summary>
public abstract record ReferralState
{
    private ReferralState()
    {
    }

    public sealed record None : ReferralState;

    /// <summary>A referral that exists.</summary>
    public abstract record Open(ReferralFacts Facts) : ReferralState;

    /// <param name="Returned">The supervisor has sent it back.</param>
    public sealed record Draft(ReferralFacts Facts, bool Returned) : Open(Facts);

    public sealed record AwaitingApproval(ReferralFacts Facts, string PackageHash) : Open(Facts);

    /// <summary>A referral that went out to its desk.</summary>
    /// <param name="Ground">One of <see cref="SendingGround"/>.</param>
    public abstract record Out(ReferralFacts Facts, string PackageHash, string Ground) : Open(Facts);

    public sealed record Sent(ReferralFacts Facts, string PackageHash, string Ground, DateTimeOffset SentAt) : Out(Facts, PackageHash, Ground);

    public sealed record Acknowledged(ReferralFacts Facts, string PackageHash, string Ground, string By, DateTimeOffset At) : Out(Facts, PackageHash, Ground);

    public sealed record Accepted(ReferralFacts Facts, string PackageHash, string Ground, DateOnly? ExpectedOn, string By, DateTimeOffset At)
        : Out(Facts, PackageHash, Ground);

    public sealed record Declined(ReferralFacts Facts, string PackageHash, string Ground, string Reason, string? AdvisedDeskId, string By, DateTimeOffset At)
        : Out(Facts, PackageHash, Ground);

    /// <summary>The state's public name (list referral-state).</summary>
    public string Name => this switch
    {
        None => "None",
        Draft => "Draft",
        AwaitingApproval => "AwaitingApproval",
        Sent => "Sent",
        Acknowledged => "Acknowledged",
        Accepted => "Accepted",
        Declined => "Declined",
        _ => throw new UnreachableException($"Unnamed state {GetType().Name}"),
    };

    // Never argues with history: it throws only for an event nobody taught it.
    public static ReferralState Evolve(ReferralState state, ReferralEvent @event) => (state, @event) switch
    {
        (_, E.Drafted e) => new Draft(new(e.Number, e.CaseId, e.DeskId, e.AgencyId, e.Sector, e.ProvinceCode, e.Purpose, e.Urgency), Returned: false),
        (Open s, E.Submitted e) => new AwaitingApproval(s.Facts, e.PackageHash),
        (Open s, E.Returned) => new Draft(s.Facts, Returned: true),
        (AwaitingApproval s, E.Sent e) => new Sent(s.Facts, s.PackageHash, e.Ground, e.At),
        (Sent s, E.Acknowledged e) => new Acknowledged(s.Facts, s.PackageHash, s.Ground, e.By, e.At),
        (Acknowledged s, E.Accepted e) => new Accepted(s.Facts, s.PackageHash, s.Ground, e.ExpectedOn, e.By, e.At),
        (Acknowledged s, E.Declined e) => new Declined(s.Facts, s.PackageHash, s.Ground, e.Reason, e.AdvisedDeskId, e.By, e.At),
        (_, E.Submitted or E.Returned or E.Sent or E.Acknowledged or E.Accepted or E.Declined) => state,
        _ => throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
    };
}
