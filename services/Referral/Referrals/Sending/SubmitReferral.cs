using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hotline111.Contracts.Case.V1;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Directory;

namespace Hotline111.Referral.Referrals.Sending;

/// <summary>
/// POST /referrals/{id}/submit: the package that Case released. Its signature and hash are verified before it is sealed with this service's own keys;
/// an emergency goes out at once, other referrals wait for the supervisor.
/// </summary>
public static class SubmitReferral
{
    private static readonly TimeSpan VietNam = TimeSpan.FromHours(7);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/submit", Handle).RequireAction(ReferralAccess.Table, "referral.submit")
            .DescribeCommand("Nộp gói thông tin đã được phép chia sẻ; khẩn cấp thì gửi ngay", "hand in the released package; an emergency goes out at once");

    /// <param name="Release">As Case answered it, unchanged.</param>
    /// <param name="NoSupervisorOnDuty">An urgent referral goes out without approval and is reviewed within 4 h.</param>
    public sealed record Body(ReleaseEnvelope Release, bool NoSupervisorOnDuty = false);

    private static async Task<IResult> Handle(
        Guid id, Body body, ClaimsPrincipal user, CommandContext context, EventStore store, ReleaseVerification verification, CancellationToken ct)
    {
        if (body.Release is not { Package.ValueKind: JsonValueKind.Object } release)
            return new BodyErrors().Required("release", null).Problem!;
        if (!verification.Passes(release))
            return ReferralRefusals.ReleaseTampered.ToProblem();
        var known = await store.Load(ReferralDecider.Instance, id, ct);
        if (known.State is ReferralState.Draft draft)
        {
            var desk = await DirectoryList.Find(store, draft.Facts.DeskId, DateOnly.FromDateTime(context.Now.ToOffset(VietNam).Date), ct);
            if (desk is null)
                return ReferralRefusals.DeskUnknown.ToProblem();
            if (release.DeskId == desk.DeskId && release.Profile != desk.Profile)
                return ReferralRefusals.ReleaseProfileOld.ToProblem();
        }

        var command = new ReferralCommand.Submit(
            new(release.CaseId, release.DeskId, release.Profile, release.Basis, release.PackageHash, release.Signature, release.ReleasedAt, SealedPackage.Split(id, release.Package)),
            body.NoSupervisorOnDuty,
            context.Principal,
            context.Now);
        return await store.Give(id, command, user, context, ct, known);
    }
}

/// <summary>Verifies what claims to be released by Case.</summary>
public sealed class ReleaseVerification(IReadOnlyList<ECDsa> keys)
{
    /// <summary>True when the hash is the package's and the signature is Case's.</summary>
    public bool Passes(ReleaseEnvelope release)
    {
        try
        {
            var hash = Convert.ToHexStringLower(CanonicalJson.Hash(release.Package));
            return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(release.PackageHash ?? "")) && release.IsSignedBy(keys);
        }
        catch (FormatException)
        {
            // Not canonicalisable (a fraction, say): Case never released such a thing.
            return false;
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
