using Hotline111.Pages.Layout;
using Hotline111.Platform.Access;

namespace Hotline111.Gateway.Guards;

/// <summary>The answer to whoever comes when there is too much: the usual problem for programs, for people a page that is kept ready.</summary>
public static class Refusal
{
    /// <summary>Writes it.</summary>
    public static Task Write(HttpContext context, AccessProblem problem) =>
        context.RequestServices.GetRequiredService<ProblemPage>().ForPeople(context.Request) ? PlainProblem.Write(context, problem) : problem.ExecuteAsync(context);
}
