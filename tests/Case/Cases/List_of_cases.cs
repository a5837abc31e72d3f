namespace Hotline111.Case.Tests.Cases;

/// <summary>The cases as rows: everybody's, one's own, and the one whose number somebody has before them.</summary>
public sealed class List_of_cases(CaseUnderTest @case) : IClassFixture<CaseUnderTest>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ones_own_cases_are_those_that_one_opened()
    {
        var ours = await @case.Open();
        var theirs = (await @case.Service.Post("/cases", CaseUnderTest.Supervisor, new { contactId = Guid.CreateVersion7() }, Ct)).Ok.GetProperty("id").GetGuid();
        var mine = await List("list=mine&limit=200", CaseUnderTest.Counsellor);
        mine.ShouldContain(row => row.Id == ours);
        mine.ShouldNotContain(row => row.Id == theirs);
        (await List("list=mine&limit=200", CaseUnderTest.Supervisor)).Select(row => row.Id).ShouldBe([theirs]);
        var all = await List("limit=200", CaseUnderTest.Counsellor);
        all.ShouldContain(row => row.Id == ours);
        all.ShouldContain(row => row.Id == theirs);
    }

    [Fact]
    public async Task A_case_is_found_by_its_number_or_how_it_begins()
    {
        var id = await @case.Open();
        var number = (await @case.Service.Get($"/cases/{id}/timeline", CaseUnderTest.Counsellor, Ct)).Ok.GetProperty("number").GetString()!;
        (await List($"number={number}", CaseUnderTest.Counsellor)).Select(row => row.Id).ShouldBe([id]);
        (await List($"number=%20{number.ToLowerInvariant()}", CaseUnderTest.Counsellor)).Select(row => row.Id).ShouldBe([id]);
        (await List($"number={number[..7]}&limit=200", CaseUnderTest.Counsellor)).ShouldContain(row => row.Id == id);
        (await List("number=CS-1999", CaseUnderTest.Counsellor)).ShouldBeEmpty();
        (await @case.Service.Get($"/cases?number={new string('1', 21)}", CaseUnderTest.Counsellor, Ct)).Status.ShouldBe(400);
        (await @case.Service.Get("/cases?list=nothing", CaseUnderTest.Counsellor, Ct)).Status.ShouldBe(400);
    }

    private async Task<IReadOnlyList<(Guid Id, string Number)>> List(string query, string role) =>
        [.. (await @case.Service.Get($"/cases?{query}", role, Ct)).Ok.GetProperty("items").EnumerateArray().Select(row => (row.GetProperty("id").GetGuid(), row.GetProperty("number").GetString()!))];
}
