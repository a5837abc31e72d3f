using System.Text.Json;
using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;

namespace Hotline111.Console.Cases.Refer;

/// <summary>How one request to one desk fared.</summary>
/// <param name="Id">The referral.</param>
/// <param name="Number">Its number, as far as it is known.</param>
/// <param name="State">Code of list referral-state, when it went through.</param>
/// <param name="Sentence">Why it did not; null when it did.</param>
public sealed record SendingOutcome(Ask Ask, Guid Id, string? Number, string? State, string? Sentence)
{
    /// <summary>It went through.</summary>
    public bool Done => Sentence is null;
}

/// <summary>
/// Sends to several desks: for each a draft, a release by Case, and the release handed in. Every step may be given again - the draft has its id from the form's key,
/// Case answers a repeated release with the first one, and what was handed in stays handed in - so that a second click changes nothing, and what stopped half-way goes
/// on from there.
/// </summary>
public sealed class SendReferrals(Services services, ReferBoards boards, Words words)
{
    /// <summary>Sends to one desk after the other: what fails for one keeps no other waiting.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="form">What is asked of whom.</param>
    /// <param name="asks">Which of it.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<SendingOutcome>> Send(Guid caseId, ReferForm form, IReadOnlyList<Ask> asks, CancellationToken ct)
    {
        List<SendingOutcome> outcomes = [];
        foreach (var ask in asks)
            outcomes.Add(await Send(caseId, form, ask, ct));
        return outcomes;
    }

    private async Task<SendingOutcome> Send(Guid caseId, ReferForm form, Ask ask, CancellationToken ct)
    {
        var id = form.IdOf(ask);
        // What goes is what was looked at: facts that changed since then have to be looked at first.
        var (preview, problem) = await boards.Preview(caseId, form, ask, ct);
        if (problem is not null)
            return Failed(problem.Sentence(words));
        if (preview is { BasisAccepted: true } && preview.Fingerprint != form.Seen.GetValueOrDefault(ask.Value))
            return Failed(words["Refer.ChangedSince"]);

        string? number = null;
        if (form.Draft is null)
        {
            var drafted = await Commands.Try(() => services.Post("referrals", new { id, caseId, ask.DeskId, ask.Purpose, form.Urgency, part = form.PartOf(ask) }, null, ct));
            if (drafted.Problem is { } refused)
                return Failed(refused.Sentence(words));
            number = drafted.Body.GetProperty("number").GetString();
        }

        var basis = form.BasisFor(ask.DeskId) ?? DisclosureBasis.None;
        var released = await Commands.Try(() => services.Post($"cases/{caseId}/release", new { ask.DeskId, basis, ask.Purpose, form.Persons, need = form.NeedFor(ask.Purpose) }, null, ct));
        if (released.Problem is { } withheld)
            return Failed(withheld.Sentence(words));
        var submitted = await Commands.Try(() => services.Post($"referrals/{id}/submit", new { release = released.Body, noSupervisorOnDuty = form.NoSupervisor }, null, ct));
        return submitted.Problem is { } no
            ? Failed(no.Sentence(words))
            : new(ask, id, number, submitted.Body.ValueKind == JsonValueKind.Object ? submitted.Body.GetProperty("state").GetString() : null, null);

        SendingOutcome Failed(string sentence) => new(ask, id, null, null, sentence);
    }
}
