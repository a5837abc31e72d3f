using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;

namespace Hotline111.Console.Cases;

/// <summary>Risk and urgency as judged now, as a form holds them.</summary>
/// <param name="Level">Code of list risk-level, or null while nothing is chosen.</param>
/// <param name="Signs">Codes of list risk-sign.</param>
/// <param name="Urgency">Code of list urgency, or null.</param>
public sealed record AssessmentForm(string? Level, IReadOnlyList<string> Signs, string? Urgency)
{
    /// <summary>As the form of a new case begins: nothing is judged yet.</summary>
    public static readonly AssessmentForm Empty = new(null, [], "standard");

    /// <summary>As it was sent.</summary>
    public static AssessmentForm Of(IFormCollection form) => new(form.Typed("riskLevel"), [.. form["riskSigns"].OfType<string>().Where(sign => sign.Length > 0)], form.Typed("urgency"));

    /// <summary>As the case has it.</summary>
    public static AssessmentForm Of(CaseFile file) => new(file.IsAssessed ? file.RiskLevel : null, file.RiskSigns, file.Urgency);

    /// <summary>Somebody has judged something, and not only left the form as it came.</summary>
    public bool SaysSomething => Level is not null || Signs.Count > 0 || (Urgency is not null && Urgency != Empty.Urgency);

    /// <summary>Whether it judges just the same.</summary>
    public bool Is(AssessmentForm other) => Level == other.Level && Urgency == other.Urgency && Signs.ToHashSet().SetEquals(other.Signs);

    /// <summary>Level and urgency have to be chosen.</summary>
    public void Check(FormErrors errors, Words words)
    {
        if (!ValueLists.Get("risk-level").Contains(Level))
            errors.Add("riskLevel", words["Case.LevelNeeded"]);
        if (!ValueLists.Get("urgency").Contains(Urgency))
            errors.Add("urgency", words["Case.UrgencyNeeded"]);
    }

    /// <summary>The service's body.</summary>
    public object Body => new { riskLevel = Level, riskSigns = Signs, urgency = Urgency };
}
