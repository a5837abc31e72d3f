using System.Security.Cryptography;
using System.Text.Json;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Cases;

/// <summary>What the pages of a case have in common when they give a command to a service.</summary>
internal static class Commands
{
    /// <summary>Gives a command; a service that is away is a "no" too, so that what was typed stays on the page.</summary>
    public static async Task<Outcome> Try(Func<Task<Outcome>> give)
    {
        try
        {
            return await give();
        }
        catch (ProblemException refused) when (refused.Problem is AccessProblem problem)
        {
            return new Outcome(problem, default, null);
        }
    }

    /// <summary>The "no" in the reader's language.</summary>
    public static string Sentence(this AccessProblem problem, Words words) => words.Language.IsEnglish ? problem.En : problem.Vi;

    /// <summary>Adds a service's "no" to a form: beside the fields it names, else to the whole.</summary>
    /// <param name="field">The form's field for a member of the body; null when it has none.</param>
    public static void Add(this FormErrors errors, AccessProblem problem, Words words, Func<string, string?>? field = null)
    {
        var before = errors.Count;
        if (problem.Facts.GetValueOrDefault("errors") is JsonElement { ValueKind: JsonValueKind.Object } named)
        {
            foreach (var (member, sentences) in named.EnumerateObject().Select(one => (one.Name, one.Value)))
            {
                foreach (var sentence in sentences.EnumerateArray())
                    errors.Add(field?.Invoke(member) ?? "", sentence.GetString()!);
            }
        }

        if (errors.Count == before)
            errors.Add("", problem.Status == 503 ? words["Case.AwayKept", problem.Sentence(words)] : problem.Sentence(words));
    }

    /// <summary>An id that is the same whenever the same form is sent again: made from the form's key and what it is for.</summary>
    public static Guid IdFor(Guid once, string what) => StreamId.Of(what, once);

    /// <summary>A key of a form that was sent, or a new one.</summary>
    public static Guid Once(string? sent) => Guid.TryParse(sent, out var once) && once != Guid.Empty ? once : Guid.CreateVersion7();

    /// <summary>Tells one state of something from another, for a form that somebody else's change has overtaken.</summary>
    public static string Mark<T>(T state) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(state)))[..32];

    /// <summary>What was typed, or null for nothing.</summary>
    public static string? Typed(this IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text.ReplaceLineEndings("\n") : null;
}
