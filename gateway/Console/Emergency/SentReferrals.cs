using System.Globalization;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Emergency;

/// <summary>A referral of an emergency, as the service's list tells it.</summary>
public sealed record SentReferral(
    Guid Id, string Number, string DeskId, string Purpose, string Urgency, string State, string Part, DateTimeOffset? SentAt, DateTimeOffset? DeliveredAt, DateTimeOffset? OpenedAt,
    DateTimeOffset? AcknowledgedAt, bool AcknowledgedByPhone)
{
    /// <summary>So long an erroneous send is taken back with one key.</summary>
    public static readonly TimeSpan Erroneous = TimeSpan.FromMinutes(2);

    /// <summary>How far the request has come: 1 sent, 2 delivered, 3 opened, 4 acknowledged.</summary>
    public int Step => AcknowledgedAt is not null ? 4 : OpenedAt is not null ? 3 : DeliveredAt is not null ? 2 : 1;

    /// <summary>The desk still has it.</summary>
    public bool Stands => State is not ("Withdrawn" or "Declined" or "HandedOn" or "Draft");

    /// <summary>It can still be taken back with one key.</summary>
    public bool JustSent(DateTimeOffset now) => Stands && SentAt is { } at && now - at < Erroneous;
}

/// <summary>What was sent in an emergency of a case.</summary>
public sealed class SentReferrals(Services services)
{
    /// <summary>Nothing was sent.</summary>
    public static IReadOnlyDictionary<string, DateTimeOffset> None { get; } = new Dictionary<string, DateTimeOffset>();

    /// <summary>The emergency referrals of a case, the lead's first; none while the service is away, which then takes none either.</summary>
    public async Task<IReadOnlyList<SentReferral>> Of(Guid caseId, CancellationToken ct)
    {
        try
        {
            return await Read(caseId, ct);
        }
        catch (ProblemException)
        {
            return [];
        }
    }

    /// <summary>The emergency referrals of a case, the latest sending first and in it the lead.</summary>
    /// <exception cref="ProblemException">The service refuses or is away.</exception>
    public async Task<IReadOnlyList<SentReferral>> Read(Guid caseId, CancellationToken ct)
    {
        var lines = await services.Get<Lines>(string.Create(CultureInfo.InvariantCulture, $"referrals?caseId={caseId:D}&limit=200"), ct);
        return
        [
            .. lines.Items.Where(line => line.Urgency == "emergency" && line.SentAt is not null)
                .OrderByDescending(line => line.SentAt).ThenBy(line => line.Part == "lead" ? 0 : 1).ThenBy(line => line.Number, StringComparer.Ordinal),
        ];
    }

    /// <summary>The desks that have it now, and since when.</summary>
    public static IReadOnlyDictionary<string, DateTimeOffset> Standing(IReadOnlyList<SentReferral> sent) =>
        sent.Where(line => line.Stands).GroupBy(line => line.DeskId).ToDictionary(group => group.Key, group => group.Max(line => line.SentAt!.Value), StringComparer.Ordinal);

    private sealed record Lines(IReadOnlyList<SentReferral> Items);
}
