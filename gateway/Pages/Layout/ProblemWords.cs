namespace Hotline111.Pages.Layout;

/// <summary>What a status means to a person, and what to do about it.</summary>
internal static class ProblemWords
{
    /// <summary>The same may well be done a few seconds later.</summary>
    public static bool Passes(int status) => status is 429 or 502 or 503 or 504;

    public static string Heading(Words words, int status) => status switch
    {
        400 => words["Problem.Form"],
        403 => words["Problem.Forbidden"],
        404 => words["Problem.NotFound"],
        405 => words["Problem.NotFound"],
        409 => words["Problem.Conflict"],
        412 => words["Problem.Stale"],
        413 => words["Problem.Large"],
        429 => words["Problem.TooMany"],
        502 or 503 or 504 => words["Problem.Away"],
        _ => words["Problem.Fault"],
    };

    public static string Advice(Words words, int status) => status switch
    {
        400 => words["Problem.FormAdvice"],
        403 => words["Problem.ForbiddenAdvice"],
        404 or 405 => words["Problem.NotFoundAdvice"],
        409 => words["Problem.ConflictAdvice"],
        412 => words["Problem.StaleAdvice"],
        413 => words["Problem.LargeAdvice"],
        429 => words["Problem.TooManyAdvice"],
        502 or 503 or 504 => words["Problem.AwayAdvice"],
        _ => words["Problem.FaultAdvice"],
    };
}
