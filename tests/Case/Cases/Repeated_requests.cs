using Hotline111.Testing;

namespace Hotline111.Case.Tests.Cases;

/// <summary>What is asked twice is one thing; another thing under the same id is refused and never answered as if it were recorded.</summary>
public sealed class Repeated_requests(CaseUnderTest @case) : IClassFixture<CaseUnderTest>
{
    private readonly Guid caseId = Guid.CreateVersion7(), contactId = Guid.CreateVersion7(), personId = Guid.CreateVersion7();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_case_opened_again_with_the_same_words_is_found_and_with_others_refused()
    {
        var first = await Open("Diễn biến hư cấu.", key: "open-1");
        first.Status.ShouldBe(201);

        (await Open("Diễn biến hư cấu.")).Status.ShouldBe(200);
        (await Open("Diễn biến hư cấu.", key: "open-1")).ShouldSatisfyAllConditions(again => again.Status.ShouldBe(201), again => again.Ok.GetProperty("id").GetGuid().ShouldBe(caseId));
        (await Open("Diễn biến khác, hư cấu.")).Slug.ShouldBe("case-already-exists");
        (await Open("Diễn biến hư cấu.", commune: "xã khác, hư cấu")).Slug.ShouldBe("case-already-exists");
        (await Open("Diễn biến hư cấu.", caller: "0900-000-222")).Slug.ShouldBe("case-already-exists");
        (await Open("Diễn biến hư cấu.", contact: Guid.CreateVersion7())).Slug.ShouldBe("case-already-exists");
        (await @case.Service.Post("/cases", CaseUnderTest.Counsellor, new { id = caseId, contactId }, Ct)).Ok.GetProperty("number").GetString()
            .ShouldBe(first.Ok.GetProperty("number").GetString(), "it was only asked for");
    }

    [Fact]
    public async Task A_case_opened_twice_at_once_is_one_case_and_both_are_answered_with_it()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Open("Diễn biến hư cấu.")));
        answers.Select(answer => answer.Status).Order().ShouldBe([200, 200, 200, 201]);
    }

    [Fact]
    public async Task A_person_added_again_with_the_same_words_is_the_same_and_with_others_refused()
    {
        await Open("Diễn biến hư cấu.");
        (await Add("Người hư cấu", key: "add-1")).Status.ShouldBe(201);
        await @case.Service.Post($"/cases/{caseId}/persons/{personId}/change", CaseUnderTest.Counsellor, new { name = "Tên khác, hư cấu" }, Ct);

        (await Add("Người hư cấu")).Status.ShouldBe(200);
        (await Add("Người hư cấu", key: "add-1")).Status.ShouldBe(201);
        (await Add("Người khác, hư cấu")).Slug.ShouldBe("person-already-exists");
        (await Add("Người hư cấu", age: 17)).Slug.ShouldBe("person-already-exists");
    }

    [Fact]
    public async Task A_person_added_twice_at_once_is_one_person_and_both_are_answered_with_her()
    {
        await Open("Diễn biến hư cấu.");
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Add("Người hư cấu")));
        answers.Select(answer => answer.Status).Order().ShouldBe([200, 200, 200, 201]);
    }

    private Task<ServiceAnswer> Open(string narrative, string commune = "xã hư cấu", string caller = "0900-000-111", Guid? contact = null, string? key = null) => @case.Service.Post(
        "/cases",
        CaseUnderTest.Counsellor,
        new { id = caseId, contactId = contact ?? contactId, place = new { edition = "2026-04-30", provinceCode = "08", commune }, callerContact = caller, narrative },
        Ct,
        Key(key));

    private Task<ServiceAnswer> Add(string name, int age = 16, string? key = null) => @case.Service.Post(
        $"/cases/{caseId}/persons", CaseUnderTest.Counsellor, new { personId, name, age, phone = "0900-000-333", location = "nơi hư cấu" }, Ct, Key(key));

    private static (string Name, string Value)[] Key(string? key) => key is null ? [] : [("Idempotency-Key", key)];
}
