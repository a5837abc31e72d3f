using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Intake.Contacts;

/// <summary>POST /contacts/{id}/close: the conversation is over and its record complete.</summary>
public static class CloseContact
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/close", Handle).RequireAction(IntakeAccess.Table, "contact.close")
            .DescribeCommand("Kết thúc lượt liên hệ", "close the contact");

    private static async Task<IResult> Handle(Guid id, CommandContext context, EventStore store, CancellationToken ct)
    {
        var execution = await store.Execute(
            ContactDecider.Instance, id, new ContactCommand.Close(context.Principal, context.Now), context.Metadata, ct, context.ExpectedVersion, context.Identity());
        return execution.ToAnswer(ContactStanding.Of);
    }
}
