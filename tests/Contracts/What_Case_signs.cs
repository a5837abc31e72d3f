using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hotline111.Contracts.Case.V1;

namespace Hotline111.Contracts.Tests;

/// <summary>The release envelope is signed by one service and verified by another, possibly of another version: its text never changes.</summary>
public sealed class What_Case_signs
{
    private static readonly Guid CaseId = new("019cbe6c-5a00-7000-8000-0000000000a1");
    private static readonly DateTimeOffset At = new(2026, 3, 5, 22, 47, 12, 345, TimeSpan.FromHours(7));
    private static readonly string Hash = new('a', 64);

    [Fact]
    public void The_signed_text_is_a_line_for_each_member_with_the_time_in_UTC() =>
        Encoding.UTF8.GetString(ReleaseEnvelope.SignedText(CaseId, "police.08", "police@2026-1", "vital_interest", Hash, At)).ShouldBe(
            $"hotline111-release-v1\n019cbe6c-5a00-7000-8000-0000000000a1\npolice.08\npolice@2026-1\nvital_interest\n{Hash}\n2026-03-05T15:47:12.3450000Z");

    [Fact]
    public void A_signature_holds_for_exactly_what_was_signed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signature = key.SignData(ReleaseEnvelope.SignedText(CaseId, "police.08", "police@2026-1", "vital_interest", Hash, At), HashAlgorithmName.SHA256);
        ReleaseEnvelope envelope = new(CaseId, "police.08", "police@2026-1", "vital_interest", Hash, At, Convert.ToBase64String(signature), JsonElement.Parse("{}"));

        envelope.IsSignedBy([other, key]).ShouldBeTrue();
        (envelope with { ReleasedAt = At.ToUniversalTime() }).IsSignedBy([key]).ShouldBeTrue("the same moment in another zone");
        envelope.IsSignedBy([other]).ShouldBeFalse();
        envelope.IsSignedBy([]).ShouldBeFalse();
        foreach (var changed in new[]
        {
            envelope with { CaseId = Guid.NewGuid() },
            envelope with { DeskId = "police.01" },
            envelope with { Profile = "police@2026-2" },
            envelope with { Basis = "consent" },
            envelope with { PackageHash = new string('b', 64) },
            envelope with { ReleasedAt = At.AddMilliseconds(1) },
            envelope with { Signature = Convert.ToBase64String(new byte[64]) },
            envelope with { Signature = "" },
            envelope with { Signature = "no base64 at all" },
        })
        {
            changed.IsSignedBy([key]).ShouldBeFalse(changed.ToString());
        }
    }
}
