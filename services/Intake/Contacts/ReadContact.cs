using System.Diagnostics;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Intake.Contacts;

/// <summary>GET /contacts/{id}: the whole contact, personal data included; the read is recorded before it leaves.</summary>
public static class ReadContact
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/{id:guid}", Handle).RequireAction(IntakeAccess.Table, "contact.read")
            .DescribeRead("Xem lượt liên hệ; mỗi lần xem đều được ghi lại", "the contact; the read is recorded");

    private static async Task<IResult> Handle(Guid id, CommandContext context, EventStore store, PersonKeys keys, ReadLog readLog, CancellationToken ct)
    {
        var stored = await store.ReadStream(id, ct);
        var folded = store.Fold(ContactDecider.Instance, stored);
        if (folded.State is ContactState.None)
            return ContactRefusals.NotFound.ToProblem();

        await readLog.Record(context.Metadata, context.Now, "contact", id, "contact.read", FieldGroup.All, ct);
        var history = stored.Select(store.Record<ContactEvent>).Select(r => r.Event).ToList();
        var recorded = history.OfType<ContactEvent.Recorded>().First();
        var (facts, category, caseId) = folded.State switch
        {
            ContactState.Open s => (s.Facts, s.Category, s.CaseId),
            ContactState.Closed s => (s.Facts, (Category?)s.Category, s.CaseId),
            _ => throw new UnreachableException(),
        };
        return Answers.WithVersion(
            new
            {
                id,
                recorded.Number,
                state = folded.State.Name,
                facts.Channel,
                facts.OccurredAt,
                recordedAt = recorded.At,
                recordedBy = recorded.By,
                caller = new { facts.Caller.Kind, facts.Caller.Gender, facts.Caller.Age, name = await Open(facts.Caller.Name), phone = await Open(facts.Caller.Phone) },
                place = facts.Place is { } p ? new { p.Edition, p.ProvinceCode, p.FormerProvinceCode, commune = await Open(p.Commune) } : null,
                facts.Language,
                facts.SafeContact,
                summary = await Open(facts.Summary),
                category = category?.Main,
                outsideTotal = category?.OutsideTotal,
                topics = category?.Topics,
                caseId,
                categories = history.OfType<ContactEvent.Categorised>().Select(e => new { e.Category, e.OutsideTotal, e.Topics, e.By, e.At }),
                amendments = history.OfType<ContactEvent.Amended>().Select(e => new { parts = AmendContact.Parts(e), e.By, e.At }),
                allowed = ContactDecider.Allowed(folded.State),
            },
            folded.Version);

        async Task<string?> Open(Personal<string>? personal) => personal is null ? null : await keys.Open(personal, ct);
    }
}
