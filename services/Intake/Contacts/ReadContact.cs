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
        var recorded = stored.Select(store.Record<ContactEvent>).Select(r => r.Event).OfType<ContactEvent.Recorded>().First();
        var category = folded.State switch { ContactState.Open s => s.Category, ContactState.Closed s => s.Category, _ => null };
        var caseId = folded.State switch { ContactState.Open s => s.CaseId, ContactState.Closed s => s.CaseId, _ => null };
        return Answers.WithVersion(
            new
            {
                id,
                recorded.Number,
                state = folded.State.Name,
                recorded.Channel,
                recorded.OccurredAt,
                recordedAt = recorded.At,
                recordedBy = recorded.By,
                caller = new { recorded.Caller.Kind, recorded.Caller.Gender, recorded.Caller.Age, name = await Open(recorded.Caller.Name), phone = await Open(recorded.Caller.Phone) },
                place = recorded.Place is { } p ? new { p.Edition, p.ProvinceCode, p.FormerProvinceCode, commune = await Open(p.Commune) } : null,
                recorded.Language,
                recorded.SafeContact,
                summary = await Open(recorded.Summary),
                category = category?.Main,
                outsideTotal = category?.OutsideTotal,
                topics = category?.Topics,
                caseId,
                allowed = ContactDecider.Allowed(folded.State),
            },
            folded.Version);

        async Task<string?> Open(Personal<string>? personal) => personal is null ? null : await keys.Open(personal, ct);
    }
}
