using System.Collections.Frozen;
using Hotline111.Pages;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Caching.Memory;

namespace Hotline111.Console;

/// <summary>The names of the people whose account ids the services tell: asked of the gateway on behalf of whoever reads the page, and kept for a while.</summary>
public sealed class People(Services services, IMemoryCache cache, Words words)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    /// <summary>The names for these ids; nulls are passed over. Without the gateway nobody has a name, and the page is still there.</summary>
    public async Task<PeopleNames> Of(IEnumerable<string?> ids, CancellationToken ct)
    {
        var wanted = ids.OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var missing = wanted.Where(id => !cache.TryGetValue((nameof(People), id), out string? _) && Guid.TryParse(id, out _)).ToList();
        if (missing.Count > 0)
        {
            try
            {
                var told = await services.Get<NameList>($"../auth/names?{string.Join('&', missing.Select(id => $"id={id}"))}", ct);
                foreach (var line in told.Names)
                    cache.Set((nameof(People), line.Id.ToString("D")), line.Name, Fresh);
            }
            catch (ProblemException)
            {
                // A page without names is better than none.
            }
        }

        return new(
            wanted.Where(id => cache.TryGetValue((nameof(People), id), out string? _)).ToFrozenDictionary(id => id, id => cache.Get<string>((nameof(People), id))!, StringComparer.Ordinal),
            words["People.Somebody"]);
    }

    private sealed record NameLine(Guid Id, string Name);

    private sealed record NameList(IReadOnlyList<NameLine> Names);
}

/// <summary>Names by account id.</summary>
/// <param name="Known">Those that are known.</param>
/// <param name="Somebody">What stands in for a name that is not.</param>
public sealed record PeopleNames(IReadOnlyDictionary<string, string> Known, string Somebody)
{
    /// <summary>The name of an account; words for somebody when it is not known.</summary>
    public string this[string? id] => id is not null && Known.TryGetValue(id, out var name) ? name : Somebody;
}
