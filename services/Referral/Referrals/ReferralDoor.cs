using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Referrals.Chaining;

namespace Hotline111.Referral.Referrals;

/// <summary>What every door of a referral needs: which one, who, and the way a command takes from knowing the referral to the answer.</summary>
public sealed record ReferralDoor(Guid Id, ClaimsPrincipal User, CommandContext Context, EventStore Store, LogSignal Signal, CancellationToken Ct)
{
    public string By => Context.Principal;

    public DateTimeOffset Now => Context.Now;

    /// <summary>Today in Vietnam.</summary>
    public DateOnly Today => Context.Today;

    /// <summary>Staff of the hotline, who answer for an officer on the phone.</summary>
    public bool IsStaff => User.Role is Roles.Counsellor or Roles.Supervisor or Roles.Director;

    /// <summary>What was typed about the referral; null when nothing was.</summary>
    public Personal<string>? Words(string? text) => text.Typed(new Owner("referral", Id), FieldGroup.Narrative);

    /// <summary>Executes the command if the user may know of the referral; to everybody else it does not exist.</summary>
    /// <param name="known">The referral as the door loaded it just now, if it had to.</param>
    /// <param name="occurredAt">When it happened, where that can differ from now.</param>
    public async Task<IResult> Give(ReferralCommand command, Folded<ReferralState>? known = null, DateTimeOffset? occurredAt = null)
    {
        known ??= await Store.Load(ReferralDecider.Instance, Id, Ct);
        if (!await Exclusions.MaySee(Store, User, known.State, Ct))
            return ReferralRefusals.NotFound.ToProblem();
        // The desk that acts is the referral's, also when the liaison serves several.
        var desk = ((ReferralState.Open)known.State).Facts.DeskId;
        var metadata = Context.Metadata with { Desk = User.DeskIds.Contains(desk) ? desk : null, EffectiveAt = occurredAt };
        var execution = await Chain.Execute(this, known, command, metadata);
        return execution.ToAnswer(state => ReferralStanding.Of(User, state));
    }

    /// <summary>
    /// For what is written beside the Referral stream: 412 when the sheet has changed since the caller looked at it, else null. Not for what was carried out under
    /// the caller's key already: whoever lost the answer gets it again.
    /// </summary>
    public async Task<IResult?> Stale(Folded<ReferralState> known)
    {
        if (Context.ExpectedVersion is not { } seen || seen == known.Version || (Context.Identity() is { } identity && await Store.HasAnswered(identity, Ct)))
            return null;
        return new Execution<ReferralState, ReferralEvent>(known.State, known.Version, []) { Stale = true }.ToAnswer(state => ReferralStanding.Of(User, state));
    }

    /// <summary>The referral, if the user may know of it.</summary>
    public async Task<Folded<ReferralState>?> Known()
    {
        var known = await Store.Load(ReferralDecider.Instance, Id, Ct);
        return await Exclusions.MaySee(Store, User, known.State, Ct) ? known : null;
    }
}

/// <summary>An officer's answer by phone, as the counsellor wrote it down: post, number and time make it count (DOMAIN §6: a phone acknowledgement).</summary>
/// <param name="Name">Who spoke.</param>
/// <param name="Post">Rank, post and unit.</param>
/// <param name="Number">The number that was called, or called from.</param>
/// <param name="At">When it was said; not in the future, at most 31 days ago.</param>
public sealed record ByPhone(string Name, string Post, string Number, DateTimeOffset At);

/// <summary>Reads answers by phone.</summary>
public static class SpokenAnswers
{
    /// <summary>How long after the call it may still be entered.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromDays(31);

    extension(BodyErrors errors)
    {
        /// <summary>Hotline staff answer for an officer and must say who; a liaison answers in person.</summary>
        public BodyErrors Spoken(ReferralDoor door, ByPhone? byPhone)
        {
            if (byPhone is null)
                return errors.When(door.IsStaff, "byPhone", "Tổng đài chỉ ghi hộ câu trả lời qua điện thoại: cần tên, chức vụ, số máy và giờ gọi.", "The hotline enters answers given by phone only: name, post, number and time are needed.");
            return errors
                .When(!door.IsStaff, "byPhone", "Chỉ tổng đài ghi hộ câu trả lời qua điện thoại.", "Only the hotline enters answers given by phone.")
                .Required("byPhone.name", byPhone.Name?.Trim()).Text("byPhone.name", byPhone.Name, 200)
                .Required("byPhone.post", byPhone.Post?.Trim()).Text("byPhone.post", byPhone.Post, 200)
                .Required("byPhone.number", byPhone.Number?.Trim()).Text("byPhone.number", byPhone.Number, 40)
                .Past("byPhone.at", byPhone.At, door);
        }

        /// <summary>A time that is over, but not longer ago than may still be entered.</summary>
        public BodyErrors Past(string field, DateTimeOffset? at, ReferralDoor door) =>
            errors.When(at > door.Now.AddMinutes(1) || at < door.Now - LongestDelay, field, "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.");
    }

    /// <summary>The answer for the event; null when the liaison answers in person. Names and numbers of officers belong to the referral.</summary>
    public static Spoken? ToSpoken(this ByPhone? byPhone, ReferralDoor door)
    {
        if (byPhone is null)
            return null;
        var owner = new Owner("referral", door.Id);
        return new(
            Personal.Of(byPhone.Name.Trim(), owner, FieldGroup.Identity),
            Personal.Of(byPhone.Post.Trim(), owner, FieldGroup.Contact),
            Personal.Of(byPhone.Number.Trim(), owner, FieldGroup.Contact),
            byPhone.At.ToUniversalTime());
    }
}
