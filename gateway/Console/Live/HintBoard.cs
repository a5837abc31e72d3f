using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Json;
using System.Threading.Channels;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Platform.Messaging;

namespace Hotline111.Console.Live;

/// <summary>Hands each hint to the streams whose reader may know of it. A hint is a kind and an id, <c>referral:0198…</c>, and nothing else.</summary>
public sealed class HintBoard(InstanceHints others, TimeProvider clock)
{
    /// <summary>Some hints may have been missed: everything is looked at again.</summary>
    public const string Everything = "everything";

    /// <summary>A page that was made no longer ago than this misses nothing that was told before it began to listen.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, Listener> _listeners = new();
    private readonly ConcurrentQueue<(DateTimeOffset At, News News)> _recent = new();

    /// <summary>What a person is told, until <paramref name="ct"/> ends it.</summary>
    /// <param name="since">When the page was made that begins to listen: what came between is told first; null for nothing.</param>
    public async IAsyncEnumerable<string> Listen(ClaimsPrincipal user, DateTimeOffset? since, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var id = Guid.NewGuid();
        // Who reads slowly is told the newest; the page asks for the whole of what changed anyway.
        var hints = Channel.CreateBounded<string>(new BoundedChannelOptions(200) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        var listener = _listeners[id] = new Listener(user, hints.Writer);
        try
        {
            foreach (var (_, missed) in _recent.Where(each => each.At >= since))
                Tell(missed, listener);
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
        if (hint is null)
            Tell(new News.Missed());
        else if (!hint.Told)
            Tell(new News.Message(hint.Body));
        else if (hint.Body.Deserialize<News.Done>() is { } done)
            Tell(done);
    }

    /// <summary>
    /// Tells of what was just done by somebody's page, sooner than a message would, and of what no message tells: who has a referral to hand, a draft handed in for
    /// approval. The hotline hears of the thing; whoever works at the same desks hears that one of their referrals changed, and no id. The other consoles are told
    /// and tell their listeners the same.
    /// </summary>
    /// <param name="by">Who did it.</param>
    /// <param name="kind">The kind of thing: <c>referral</c>.</param>
    /// <param name="id">Which one, or null.</param>
    public void TellDone(ClaimsPrincipal by, string kind, Guid? id)
    {
        News.Done done = new(kind, id, by.DeskIds, by.AgencyId, by.Role == Roles.AgencyHead);
        Tell(done);
        others.Tell(done);
    }

    private void Tell(News news)
    {
        // Kept first: who begins to listen in between is told twice and not never.
        var now = clock.GetUtcNow();
        _recent.Enqueue((now, news));
        while (_recent.TryPeek(out var oldest) && now - oldest.At > Memory)
            _recent.TryDequeue(out _);
        foreach (var listener in _listeners.Values)
            Tell(news, listener);
    }

    private static void Tell(News news, Listener listener)
    {
        foreach (var name in news.For(listener.User))
            listener.Hints.TryWrite(name);
    }

    private sealed record Listener(ClaimsPrincipal User, ChannelWriter<string> Hints);

    /// <summary>Something that is told, and to whom in which words: the hotline of everything, a desk of what is addressed to it.</summary>
    private abstract record News
    {
        private News()
        {
        }

        /// <summary>What this person is told, by kind and id; nothing for whoever may not know.</summary>
        public abstract IEnumerable<string> For(ClaimsPrincipal user);

        private static bool IsHotline(ClaimsPrincipal user) => Roles.Hotline.Contains(user.Role, StringComparer.Ordinal);

        /// <summary>Some may have been missed.</summary>
        public sealed record Missed : News
        {
            public override IEnumerable<string> For(ClaimsPrincipal user) => [Everything];
        }

        /// <summary>A service's message.</summary>
        public sealed record Message(JsonElement Body) : News
        {
            public override IEnumerable<string> For(ClaimsPrincipal user)
            {
                var all = IsHotline(user);
                var addressed = user.Role switch
                {
                    Roles.Liaison => user.DeskIds.Contains(Text("deskId")),
                    Roles.AgencyHead => user.AgencyId is { } agency && agency == Text("agencyId"),
                    _ => all,
                };
                return addressed
                    ? Body.EnumerateObject()
                        .Where(member => member.Name.EndsWith("Id", StringComparison.Ordinal) && member.Value.ValueKind == JsonValueKind.String && member.Value.TryGetGuid(out _))
                        .Where(member => all || member.Name == "referralId")
                        .Select(member => $"{member.Name[..^2]}:{member.Value.GetGuid()}")
                    : [];
            }

            private string? Text(string name) => Body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }

        /// <summary>Something somebody did on a page.</summary>
        /// <param name="Kind">The kind of thing.</param>
        /// <param name="Id">Which one, or null for one that is only just being made.</param>
        /// <param name="Desks">The desks of whoever did it.</param>
        /// <param name="Agency">The agency of whoever did it.</param>
        /// <param name="ByHead">The agency's head did it.</param>
        public sealed record Done(string Kind, Guid? Id, IReadOnlyList<string> Desks, string? Agency, bool ByHead) : News
        {
            public override IEnumerable<string> For(ClaimsPrincipal user) =>
                IsHotline(user) ? [Id is null ? Kind : $"{Kind}:{Id}"]
                : Kind == "referral" && WorksWith(user) ? [Kind]
                : [];

            // Colleagues of a desk, or the agency's head and whoever serves one of its desks.
            private bool WorksWith(ClaimsPrincipal user) =>
                Desks.Intersect(user.DeskIds).Any() || (Agency is not null && Agency == user.AgencyId && (ByHead || user.Role == Roles.AgencyHead));
        }
    }
}
