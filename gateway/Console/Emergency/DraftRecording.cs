using System.Text.Json;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Emergency;

/// <summary>Records the contact from its draft after its emergency has been sent. Done twice it is done once: contact and draft have the same id.</summary>
public sealed partial class DraftRecording(Services services, ILogger<DraftRecording> log)
{
    /// <summary>Records it.</summary>
    /// <returns>False while it could not be done: the draft is still there.</returns>
    public async Task<bool> Record(Guid id, CancellationToken ct)
    {
        try
        {
            var page = (await services.Get<JsonElement>($"drafts/{id:D}", ct)).GetProperty("content");
            var outcome = await services.Post("contacts", Body(id, page), once: null, ct);
            if (outcome.Problem is { } problem)
            {
                Refused(log, id, problem.Code);
            }

            return outcome.Done;
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
            return (await services.Get<Drafts>("drafts", ct)).Items.Any(draft => draft.Id == id);
        }
        catch (ProblemException)
        {
            return true;
        }
    }

    private static object Body(Guid id, JsonElement page) => new { id, draftId = id, channel = Text(page, "channel") ?? "phone_in", summary = Text(page, "notes") };

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String && text.GetString()!.Trim() is { Length: > 0 } typed ? typed : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The contact {Contact} of an emergency was not recorded from its draft: {Code}")]
    private static partial void Refused(ILogger log, Guid contact, string code);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The contact {Contact} of an emergency was not recorded from its draft: its service does not answer")]
    private static partial void Away(ILogger log, Guid contact);

    private sealed record Drafts(IReadOnlyList<Draft> Items);

    private sealed record Draft(Guid Id);
}
