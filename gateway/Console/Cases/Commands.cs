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

    /// <summary>
    /// Gives a command for a case as it is read now. What stands in its way is asked of the case as it is, and asked again when something else happened to the case
    /// between the look and the command.
    /// </summary>
    /// <param name="check">Adds what stands in the way, and says whether the case is so already: a form that is sent twice is done once.</param>
    /// <param name="give">Gives the command for this version of the case.</param>
    /// <param name="field">The form's field for a member of the body; null when it has none.</param>
    /// <returns>The case as it was read, and why not; done when that is nothing.</returns>
    public static async Task<(CaseFile File, FormErrors Errors)> OnCase(
        Services services, Words words, Guid id, Func<CaseFile, FormErrors, bool> check, Func<long?, Task<Outcome>> give, CancellationToken ct, Func<string, string?>? field = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (file, version) = await CaseFile.Read(services, id, ct);
            FormErrors errors = [];
            if (check(file, errors))
                return (file, []);
            if (errors.Count > 0)
                return (file, errors);
            var outcome = await Try(() => give(version));
            if (outcome.Problem is not { } problem)
                return (file, []);
            if (problem.Status == StatusCodes.Status412PreconditionFailed && attempt < 4)
                continue;
            errors.Add(problem, words, field);
            return (file, errors);
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
