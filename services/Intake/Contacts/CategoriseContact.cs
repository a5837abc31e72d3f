using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Intake.Contacts;

/// <summary>POST /contacts/{id}/categorise: one main category, or a kind outside the published total.</summary>
public static class CategoriseContact
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/categorise", Handle).RequireAction(IntakeAccess.Table, "contact.categorise")
            .DescribeCommand("Chọn loại liên hệ và chủ đề", "one main category and the topics");

    /// <summary>Exactly one of category and outsideTotal.</summary>
    public sealed record Body(string? Category, string? OutsideTotal, IReadOnlyList<string>? Topics);

    private static async Task<IResult> Handle(Guid id, Body body, CommandContext context, EventStore store, CancellationToken ct)
    {
        var errors = new BodyErrors()
            .Code("category", body.Category, ValueLists.Get("main-category").Contains)
            .Code("outsideTotal", body.OutsideTotal, ValueLists.Get("contact-kind-outside-total").Contains);
        foreach (var topic in body.Topics ?? [])
            errors.Code("topics", topic, ValueLists.Get("topic").Contains);
        if (errors.Problem is { } invalid)
            return invalid;

        var topics = Items.From((body.Topics ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        var command = new ContactCommand.Categorise(new(body.Category, body.OutsideTotal, topics), context.Principal, context.Now);
        var execution = await store.Execute(ContactDecider.Instance, id, command, context.Metadata, ct, context.ExpectedVersion, context.Identity());
        return execution.ToAnswer(ContactStanding.Of);
    }
}
