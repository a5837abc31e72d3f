using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hotline111.Contracts.Case.V1;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Watching;

namespace Hotline111.Referral.Referrals.Sending;

/// <summary>
/// POST /referrals/{id}/submit: the package that Case released. Its signature and hash are verified before it is sealed with this service's own keys;
/// an emergency goes out at once, other referrals wait for the supervisor. POST /referrals/{id}/supplement: later facts, released in the same way.
/// </summary>
public static class SubmitReferral
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/submit", Submit).RequireAction(ReferralAccess.Table, "referral.submit")
            .DescribeCommand("Nộp gói thông tin đã được phép chia sẻ; khẩn cấp thì gửi ngay", "hand in the released package; an emergency goes out at once");
        routes.MapPost("/{id:guid}/supplement", Supplement).RequireAction(ReferralAccess.Table, "referral.supplement")
            .DescribeCommand("Gửi bổ sung thông tin đã được phép chia sẻ", "send later facts that were released");
    }

    /// <param name="Release">As Case answered it, unchanged.</param>
    /// <param name="NoSupervisorOnDuty">An urgent referral goes out without approval and is reviewed afterwards.</param>
    public sealed record Body(ReleaseEnvelope Release, bool NoSupervisorOnDuty = false);

    /// <inheritdoc cref="Body"/>
    public sealed record SupplementBody(ReleaseEnvelope Release);

    private static Task<IResult> Submit([AsParameters] ReferralDoor door, Body body, ReleaseVerification verification) =>
        Take(door, body.Release, verification, release => new ReferralCommand.Submit(release, body.NoSupervisorOnDuty, door.By, door.Now));

    private static Task<IResult> Supplement([AsParameters] ReferralDoor door, SupplementBody body, ReleaseVerification verification) =>
        Take(door, body.Release, verification, release => new ReferralCommand.Supplement(release, door.By, door.Now));

    // What is not as Case released it, for this desk and under its present profile, is refused and put on record beside the referral.
    private static async Task<IResult> Take(ReferralDoor door, ReleaseEnvelope? release, ReleaseVerification verification, Func<SealedRelease, ReferralCommand> command)
    {
        if (release is not { Package.ValueKind: JsonValueKind.Object })
            return new BodyErrors().Required("release", null).Problem!;
        if (await door.Known() is not { State: ReferralState.Open { Facts: var facts } } known)
            return ReferralRefusals.NotFound.ToProblem();
        if (verification.Check(release) is { } flaw)
            return await Refuse(door, flaw, ReferralRefusals.ReleaseTampered);
        if (release.CaseId != facts.CaseId || release.DeskId != facts.DeskId)
            return await Refuse(door, PackageFlaw.ForAnother, ReferralRefusals.ReleaseForAnother);
        if (await DirectoryList.Find(door.Store, facts.DeskId, door.Today, door.Ct) is not { } desk)
            return ReferralRefusals.DeskUnknown.ToProblem();
        if (release.Profile != desk.Profile)
            return await Refuse(door, PackageFlaw.ProfileOld, ReferralRefusals.ReleaseProfileOld);
        if (await Exclusions.Excludes(door.Store, facts.CaseId, desk, door.Ct))
            return ReferralRefusals.DeskExcluded.ToProblem();
        return await door.Give(
            command(new(release.CaseId, release.DeskId, release.Profile, release.Basis, release.PackageHash, release.Signature, release.ReleasedAt, SealedPackage.Split(door.Id, release.Package))), known);
    }

    private static async Task<IResult> Refuse(ReferralDoor door, string flaw, Refusal refusal)
    {
        await door.Store.Execute(
            WatchDecider.Instance, WatchDecider.IdOf(door.Id), new WatchCommand.RecordPackageRefusal(door.Id, Guid.CreateVersion7(), flaw, door.By, door.Now), door.Context.Metadata, door.Ct);
        return refusal.ToProblem();
    }
}

/// <summary>Why a package was not taken.</summary>
public static class PackageFlaw
{
    /// <summary>The hash is not the package's.</summary>
    public const string Tampered = "tampered";

    /// <summary>The signature is none of Case's keys.</summary>
    public const string ForeignSignature = "foreign_signature";

    /// <summary>Released for another case or desk.</summary>
    public const string ForAnother = "for_another";

    /// <summary>Released under an edition of the profile that the desk no longer has.</summary>
    public const string ProfileOld = "profile_old";
}

/// <summary>Verifies what claims to be released by Case.</summary>
public sealed class ReleaseVerification(IReadOnlyList<ECDsa> keys)
{
    /// <summary>One of <see cref="PackageFlaw"/>, or null when the hash is the package's and the signature is Case's.</summary>
    public string? Check(ReleaseEnvelope release)
    {
        try
        {
            var hash = Convert.ToHexStringLower(CanonicalJson.Hash(release.Package));
            if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(release.PackageHash ?? "")))
                return PackageFlaw.Tampered;
            return release.IsSignedBy(keys) ? null : PackageFlaw.ForeignSignature;
        }
        catch (ArgumentException)
        {
            // Not canonicalisable (a fraction, say): Case never released such a thing.
            return PackageFlaw.Tampered;
        }
    }

    /// <summary>Reads the PEM file of setting Release:VerificationKeyFile; several keys may stand in it while one is replaced.</summary>
    /// <exception cref="StartupException">The setting is missing or the file holds no public key on P-256.</exception>
    public static ReleaseVerification Read(IConfiguration configuration)
    {
        const string setting = "Release:VerificationKeyFile";
        var text = Settings.FileText(configuration, setting, "the PEM file of the keys that verify releases");
        List<ECDsa> keys = [];
        try
        {
            while (PemEncoding.TryFind(text, out var found))
            {
                var key = ECDsa.Create();
                key.ImportFromPem(text.AsSpan()[found.Location]);
                keys.Add(key);
                text = text[found.Location.End..];
            }
        }
        catch (Exception cause) when (cause is ArgumentException or CryptographicException)
        {
            throw new StartupException(StartupException.Configuration, $"{setting} names a file that holds something else than public EC keys.", cause);
        }

        return keys.Count > 0 && keys.All(key => key.KeySize == 256)
            ? new(keys)
            : throw new StartupException(StartupException.Configuration, $"{setting} names a file without a public key on the curve P-256.");
    }
}
