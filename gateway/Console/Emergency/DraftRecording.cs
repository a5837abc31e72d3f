using Hotline111.Console.Contacts;
using Hotline111.Pages;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Emergency;

/// <summary>Records the contact from its draft after its emergency has been sent. Done twice it is done once: contact and draft have the same id.</summary>
public sealed partial class DraftRecording(Services services, Words words, TimeProvider clock, ILogger<DraftRecording> log)
{
    /// <summary>Records it, with the category that was chosen; without one it was a referral, whatever else it was.</summary>
    /// <returns>False while it could not be done: the draft is still there.</returns>
    public async Task<bool> Record(Guid id, CancellationToken ct)
    {
        try
        {
            var draft = await services.Get<KeptDraft>($"drafts/{id:D}", ct);
            // Who is in danger waits for no corrected field: what is no number and no time is recorded as it was typed.
            var content = ContactDraft.From(draft.Content).WithUnread(words, clock.GetUtcNow());
            var (_, occurredAt) = ContactFields.Check(content, words, clock.GetUtcNow());
            var outcome = await services.Post("contacts", ContactFields.Body(id, content, occurredAt ?? ContactPage.MadeAt(id) ?? draft.StartedAt, words), once: null, ct);
            if (outcome.Problem is { } problem)
            {
                Refused(log, id, problem.Code);
                return false;
            }

            await services.Post($"contacts/{id:D}/categorise", ContactFields.CategoryBody(content.Category ?? "referral", content.Topics), once: null, ct);
            return true;
        }
        catch (ProblemException)
        {
            Away(log, id);
            return false;
        }
    }

    /// <summary>Whether the draft is still one, as far as anybody can say: while its service is away it is taken for one.</summary>
    public async Task<bool> IsOpen(Guid id, CancellationToken ct)
    {
        try
        {
            return (await services.Get<DraftRows>("drafts", ct)).Items.Any(draft => draft.Id == id);
        }
        catch (ProblemException)
        {
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The contact {Contact} of an emergency was not recorded from its draft: {Code}")]
    private static partial void Refused(ILogger log, Guid contact, string code);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The contact {Contact} of an emergency was not recorded from its draft: it cannot be read or its service does not answer")]
    private static partial void Away(ILogger log, Guid contact);
}
