namespace Hotline111.Referral.Watching;

/// <summary>How far the receipts of a referral have risen: published, delivered, opened, acknowledged. None but the last says that a human has answered.</summary>
/// <param name="Step">The highest: code of list receipt-step; null before the first.</param>
/// <param name="PublishedAt">When the broker was seen to have taken it.</param>
/// <param name="PackageHash">Of the package as the desk was sent it; null before.</param>
/// <param name="RefusedPackages">Packages that were handed in and not taken; null for a desk.</param>
public sealed record Receipts(
    string? Step, DateTimeOffset? PublishedAt, string DeskId, IReadOnlyList<Receipts.Channel> Channels, string? PackageHash, IReadOnlyList<Receipts.RefusedPackage>? RefusedPackages)
{
    /// <summary>The receipts over one channel of the desk.</summary>
    /// <param name="Kind">"inbox", "phone", "email", "fax", "letter".</param>
    /// <param name="Openings">Who opened the package, and when first.</param>
    public sealed record Channel(string Kind, DateTimeOffset? DeliveredAt, IReadOnlyList<Opening> Openings, string? AcknowledgedBy, DateTimeOffset? AcknowledgedAt);

    public sealed record Opening(string By, DateTimeOffset At);

    /// <param name="Reason">Why it was not taken.</param>
    public sealed record RefusedPackage(string Reason, string By, DateTimeOffset At);

    /// <summary>The receipts in a watch's history.</summary>
    public static Receipts Of(IEnumerable<WatchEvent> history, string deskId, string? packageHash, bool withRefusals)
    {
        DateTimeOffset? published = null;
        Dictionary<string, Channel> channels = new(StringComparer.Ordinal);
        List<RefusedPackage> refused = [];
        foreach (var @event in history)
        {
            switch (@event)
            {
                case WatchEvent.Published e:
                    published ??= e.At;
                    break;
                case WatchEvent.Delivered e:
                    channels[e.Channel] = On(e.Channel) with { DeliveredAt = On(e.Channel).DeliveredAt ?? e.At };
                    break;
                case WatchEvent.Opened e:
                    channels["inbox"] = On("inbox") with { Openings = [.. On("inbox").Openings, new(e.By, e.At)] };
                    break;
                case WatchEvent.Acknowledged e:
                    channels[e.Channel] = On(e.Channel) with { AcknowledgedBy = e.By, AcknowledgedAt = e.At };
                    break;
                case WatchEvent.PackageRefused e:
                    refused.Add(new(e.Reason, e.By, e.At));
                    break;
            }
        }

        var all = channels.Values;
        var step = all.Any(channel => channel.AcknowledgedAt is not null) ? "acknowledged"
            : all.Any(channel => channel.Openings.Count > 0) ? "opened"
            : all.Any(channel => channel.DeliveredAt is not null) ? "delivered"
            : published is not null ? "published" : null;
        return new(step, published, deskId, [.. all.OrderBy(channel => channel.Kind, StringComparer.Ordinal)], packageHash, withRefusals ? refused : null);

        Channel On(string kind) => channels.GetValueOrDefault(kind) ?? new(kind, null, [], null, null);
    }
}
