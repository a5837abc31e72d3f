using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Hotline111.Contracts.Catalogues;
using Hotline111.Referral.Referrals;
using static Hotline111.Referral.Tests.Referrals.AnyReferral;
using Step = Hotline111.Referral.Tests.Referrals.The_whole_machine.Step;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>docs/referral.md, from what the exploration found, the table of access and the policy's editions.</summary>
internal sealed class ReferralDocument
{
    private static readonly string[] Order = ["None", .. ValueLists.Get("referral-state").Values.Select(value => value.Code)];

    private readonly StringBuilder text = new();

    public ReferralDocument(IReadOnlyList<Step> steps)
    {
        // A command, what happens by it, where it leads, and whence: the states are the public ones.
        var rows = steps
            .GroupBy(step => (Type: step.Command.GetType(), Moves: step.From.Name != step.To.Name, To: step.From.Name == step.To.Name ? "" : step.To.Name))
            .Select(group => new Row(
                group.Key.Type,
                group.Key.To,
                [.. group.Select(step => step.From.Name).Distinct().OrderBy(Place)],
                [.. group.Select(step => string.Join(" + ", step.Events.Select(e => e.GetType().Name))).Distinct().OrderBy(Plain, StringComparer.Ordinal)]))
            .OrderBy(row => row.From.Min(Place)).ThenBy(row => Place(row.To)).ThenBy(row => Plain(Name(row.Command)), StringComparer.Ordinal)
            .ToList();
        var moves = rows.Where(row => row.To.Length > 0).ToList();
        var beside = rows.Where(row => row.To.Length == 0).ToList();

        Add("""
            # Phiếu chuyển tuyến / The referral

            One request to one desk: what its states are, what moves it, who may, and what may be said beside it. Every line here was found by walking the whole machine
            ([The_whole_machine.cs](../tests/Referral/Referrals/The_whole_machine.cs)), and the test fails when the machine says something else:
            `HOTLINE_ACCEPT=1 dotnet test tests/Referral` writes the page anew. The rules stand in [ReferralDecider.cs](../services/Referral/Referrals/ReferralDecider.cs),
            the rights in [ReferralAccess.cs](../services/Referral/ReferralAccess.cs), the numbers in [referral-policies.json](../contracts/catalogues/referral-policies.json).

            A command is given by `POST /referrals/{id}/` and its name; `draft` is `POST /referrals`, and `send-emergency` is `POST /referrals/emergency`, for several desks at once.
            What the state does not allow is refused with what it does. A repeated command changes nothing. Commands in parentheses are the platform's own: what an answer means
            for the referral before or after it in a chain.

            ## States

            | state | tiếng Việt | English | ends |
            |---|---|---|---|
            """);
        foreach (var state in ValueLists.Get("referral-state").Values)
            Add($"| {state.Code} | {state.Vi} | {state.En} | {(state.Final ? "yes" : "")} |");

        Add("""

            ```mermaid
            stateDiagram-v2
            """);
        foreach (var edge in moves.SelectMany(row => row.From.Select(from => (From: from, row.To, Name: Name(row.Command)))).GroupBy(edge => (edge.From, edge.To))
            .OrderBy(edge => Place(edge.Key.From)).ThenBy(edge => Place(edge.Key.To)))
        {
            Add($"    {(edge.Key.From == "None" ? "[*]" : edge.Key.From)} --> {edge.Key.To}: {string.Join(", ", edge.Select(one => one.Name).Order(StringComparer.Ordinal))}");
        }

        foreach (var end in ValueLists.Get("referral-state").Values.Where(state => state.Final))
            Add($"    {end.Code} --> [*]");

        Add("""
            ```

            Silence, receipts and clocks move nothing. `declare-outcome-unknown` lies over a state until the desk says anything more. Only what was handed on may be declined
            without a receipt first: the desk before still answers for it. Who must take charge in an emergency never declines (policy).

            ## What moves it

            | command | who | from | to | event |
            |---|---|---|---|---|
            """);
        foreach (var row in moves)
            Add($"| {Cell(row.Command)} | {Who(row.Command)} | {string.Join(", ", row.From.Select(from => from == "None" ? "–" : from))} | {row.To} | {string.Join("; or ", row.Events)} |");

        Add("""

            ## What may be said beside the state

            | command | who | while | event |
            |---|---|---|---|
            """);
        foreach (var row in beside)
            Add($"| {Cell(row.Command)} | {Who(row.Command)} | {string.Join(", ", row.From)} | {string.Join("; or ", row.Events)} |");

        Add("""

            ## Policies

            A referral keeps the policy that it was born with.
            """);
        foreach (var policy in ReferralPolicies.All)
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"""

                **{policy.Edition}**, from {policy.ValidFrom:yyyy-MM-dd}; {policy.Confidence}. Source: {policy.Source}. Handed on at most {policy.MostHops} times; at most
                {policy.MostPauses} requests for information stop the desk's clock; an acceptance can be undone for {policy.UndoAcceptanceMinutes} minutes; what went out without approval
                is reviewed within {policy.ReviewHours} hours.

                | urgency | goes out without approval | needs no release of the case | questions stop the clock | may not decline |
                |---|---|---|---|---|
                """));
            foreach (var rule in policy.Urgencies)
            {
                var unapproved = rule.SendsAtOnce ? "yes" : rule.SendsAtOnceWithoutSupervisor ? "when no supervisor is on duty" : "no";
                Add($"| {rule.Urgency} | {unapproved} | {(rule.ComposesWithoutRelease ? "yes" : "no")} | {(rule.Pauses ? "yes" : "no")} | {string.Join(", ", rule.TakeCharge)} |");
            }
        }
    }

    /// <summary>The whole page.</summary>
    public string Text => text.ToString();

    private static string Who(Type command) => DoorOf(command) is not { } door ? "the platform" : ReferralAccess.Table[$"referral.{door}"] is var rule
        ? $"{string.Join(", ", rule.Roles)}: {rule.Relation}"
        : "";

    private static string Cell(Type command) => DoorOf(command) is { } door ? $"`{door}`" : $"({Words(command)})";

    private static string Name(Type command) => DoorOf(command) ?? $"({Words(command)})";

    private static string Words(Type command) => Regex.Replace(command.Name, "(?<!^)([A-Z])", " $1").ToLowerInvariant();

    private static string Plain(string name) => name.Trim('(');

    private static int Place(string state) => Array.IndexOf(Order, state);

    private void Add(string lines) => text.Append(lines).Append('\n');

    private sealed record Row(Type Command, string To, IReadOnlyList<string> From, IReadOnlyList<string> Events);
}
