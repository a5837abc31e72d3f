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
        _listeners[id] = new Listener(Ear.Of(user), hints.Writer);
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

    private sealed record Listener(Ear Ear, ChannelWriter<string> Hints);

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
