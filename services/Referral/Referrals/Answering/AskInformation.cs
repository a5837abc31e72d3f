using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Referral.Referrals.Answering;

/// <summary>
/// POST /referrals/{id}/ask-information: the desk asks field by field before it answers. POST /referrals/{id}/answer-information: the hotline answers. Facts
/// about persons go out as a supplement, released by Case; these answers are words between the two.
/// </summary>
public static class AskInformation
{
    /// <summary>How many fields one request may ask about.</summary>
    public const int MostQuestions = 20;

    /// <summary>How many fields are answered at once: a desk may have asked several times before.</summary>
    public const int MostAnswers = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/ask-information", Ask).RequireAction(ReferralAccess.Table, "referral.ask-information")
            .DescribeCommand("Đề nghị bổ sung thông tin theo từng mục", "ask for information field by field");
        routes.MapPost("/{id:guid}/answer-information", Answer).RequireAction(ReferralAccess.Table, "referral.answer-information")
            .DescribeCommand("Tổng đài trả lời từng mục", "the hotline answers field by field");
    }

    /// <param name="Field">Name of a package field ("person.name").</param>
    /// <param name="PersonId">The person it is about; null where it is about the request.</param>
    public sealed record Line(string Field, Guid? PersonId, string? Text);

    /// <param name="Questions">1 to 20.</param>
    public sealed record AskBody(IReadOnlyList<Line>? Questions);

    /// <param name="Answers">1 to 100.</param>
    public sealed record AnswerBody(IReadOnlyList<Line>? Answers);

    private static async Task<IResult> Ask([AsParameters] ReferralDoor door, AskBody body) =>
        Check("questions", body.Questions, MostQuestions).Problem ?? await door.Give(new ReferralCommand.AskInformation(
            Items.From(body.Questions!.Select(line => new FieldQuestion(line.Field, line.PersonId, door.Words(line.Text)))), Guid.CreateVersion7(), door.By, door.Now));

    private static async Task<IResult> Answer([AsParameters] ReferralDoor door, AnswerBody body) =>
        Check("answers", body.Answers, MostAnswers).Problem ?? await door.Give(new ReferralCommand.AnswerInformation(
            Items.From(body.Answers!.Select(line => new FieldAnswer(line.Field, line.PersonId, door.Words(line.Text)))), door.By, door.Now));

    private static BodyErrors Check(string name, IReadOnlyList<Line>? lines, int most)
    {
        var errors = new BodyErrors().When(lines is not { Count: > 0 } || lines.Count > most, name, $"Cần từ 1 đến {most} mục.", $"1 to {most} fields are needed.");
        if (lines is null || lines.Count > most)
            return errors;
        for (var i = 0; i < lines.Count; i++)
            errors = errors.Required($"{name}[{i}].field", lines[i]?.Field).Code($"{name}[{i}].field", lines[i]?.Field, ReleaseProfiles.KnownFields.Contains).Text($"{name}[{i}].text", lines[i]?.Text, 1000);
        return errors;
    }
}
