using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Json;
using System.Threading.Channels;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Platform.Messaging;

namespace Hotline111.Console.Live;

/// <summary>Hands each hint to the streams whose reader may know of it. A hint is a kind and an id, <c>referral:0198…</c>, and nothing else.</summary>
public sealed class HintBoard(TimeProvider clock)
{
    /// <summary>Some hints may have been missed: everything is looked at again.</summary>
    public const string Everything = "everything";

    /// <summary>A page that was made no longer ago than this misses nothing that was told before it began to listen.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, Listener> _listeners = new();
    private readonly ConcurrentQueue<(DateTimeOffset At, Hint? Hint)> _recent = new();

    /// <summary>What a person is told, until <paramref name="ct"/> ends it.</summary>
    /// <param name="since">When the page was made that begins to listen: what came between is told first; null for nothing.</param>
    public async IAsyncEnumerable<string> Listen(ClaimsPrincipal user, DateTimeOffset? since, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var id = Guid.NewGuid();
        // Who reads slowly is told the newest; the page asks for the whole of what changed anyway.
        var hints = Channel.CreateBounded<string>(new BoundedChannelOptions(200) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        _listeners[id] = new Listener(user, Ear.Of(user), hints.Writer);
        try
        {
            foreach (var (_, missed) in _recent.Where(each => each.At >= since))
                Tell(missed, _listeners[id]);
            await foreach (var hint in hints.Reader.ReadAllAsync(ct))
                yield return hint;
        }
        finally
        {
            _listeners.TryRemove(id, out _);
        }
    }

    /// <summary>Tells everybody who may know; null is <see cref="Everything"/>.</summary>
    public void Tell(Hint? hint)
    {
        foreach (var (_, ear, hints) in _listeners.Values)
        {
            foreach (var name in hint is null ? [Everything] : ear.Hears(hint.Body))
                hints.TryWrite(name);
        }
        var now = clock.GetUtcNow();
        _recent.Enqueue((now, hint));
        while (_recent.TryPeek(out var oldest) && now - oldest.At > Memory)
            _recent.TryDequeue(out _);
        foreach (var listener in _listeners.Values)
            Tell(hint, listener);
    }

    private static void Tell(Hint? hint, Listener listener)
    {
        foreach (var name in hint is null ? [Everything] : listener.Ear.Hears(hint.Body))
            listener.Hints.TryWrite(name);
    }

    /// <summary>
    /// Tells of what was just done by somebody's page, sooner than a message would, and of what no message tells: who has a referral to hand, a draft handed in for
    /// approval. The hotline hears of the thing; whoever works at the same desks hears that one of their referrals changed, and no id. Other consoles' pages learn
    /// of it when they look again by themselves.
    /// </summary>
    /// <param name="by">Who did it.</param>
    /// <param name="kind">The kind of thing: <c>referral</c>.</param>
    /// <param name="id">Which one, or null.</param>
    public void TellDone(ClaimsPrincipal by, string kind, Guid? id)
    {
        foreach (var (listener, ear, hints) in _listeners.Values)
        {
            if (ear.All)
                hints.TryWrite(id is null ? kind : $"{kind}:{id}");
            else if (kind == "referral" && WorkTogether(listener, by))
                hints.TryWrite(kind);
        }
    }

    // Colleagues of a desk, or the agency's head and whoever serves one of its desks.
    private static bool WorkTogether(ClaimsPrincipal one, ClaimsPrincipal other) =>
        one.DeskIds.Intersect(other.DeskIds).Any()
        || (one.AgencyId is { } agency && agency == other.AgencyId && (one.Role == Roles.AgencyHead || other.Role == Roles.AgencyHead));

    private sealed record Listener(ClaimsPrincipal User, Ear Ear, ChannelWriter<string> Hints);

    /// <summary>What one person may be told: the hotline of everything, a desk of what is addressed to it.</summary>
    internal sealed record Ear(bool All, IReadOnlyList<string> Desks, string? Agency)
    {
        public static Ear Of(ClaimsPrincipal user) => user.Role switch
        {
            Roles.Liaison => new(false, user.DeskIds, null),
            Roles.AgencyHead => new(false, [], user.AgencyId),
            var role => new(Roles.Hotline.Contains(role, StringComparer.Ordinal), [], null),
        };

        /// <summary>The things a message is about, by kind and id.</summary>
        public IEnumerable<string> Hears(JsonElement body)
        {
            if (!All && !Desks.Contains(Text(body, "deskId")) && !(Agency is not null && Agency == Text(body, "agencyId")))
                return [];
            return body.EnumerateObject()
                .Where(member => member.Name.EndsWith("Id", StringComparison.Ordinal) && member.Value.ValueKind == JsonValueKind.String && member.Value.TryGetGuid(out _))
                .Where(member => All || member.Name == "referralId")
                .Select(member => $"{member.Name[..^2]}:{member.Value.GetGuid()}");
        }

        private static string? Text(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
