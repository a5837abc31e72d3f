using Hotline111.Contracts.Access;

namespace Hotline111.Case.Tests;

/// <summary>The rules of access cell by cell, in the table and at the doors.</summary>
public sealed class Who_may_do_what(CaseUnderTest @case) : IClassFixture<CaseUnderTest>
{
    private const string Staff = $"{Roles.Counsellor} {Roles.Supervisor} {Roles.Director}", Supervision = $"{Roles.Supervisor} {Roles.Director}";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string, string> Cells => new()
    {
        { "case.open", Staff, "POST", "/cases" },
        { "case.complete", Staff, "POST", "/cases/{id}/complete" },
        { "case.add-person", Staff, "POST", "/cases/{id}/persons" },
        { "case.change-person", Staff, "POST", "/cases/{id}/persons/{id}/change" },
        { "case.assess", Staff, "POST", "/cases/{id}/assess" },
        { "case.restrict", Supervision, "POST", "/cases/{id}/restrict" },
        { "case.preview", Staff, "POST", "/cases/{id}/preview" },
        { "case.release", Staff, "POST", "/cases/{id}/release" },
        { "case.read", Staff, "GET", "/cases/{id}" },
        { "case.timeline", Staff, "GET", "/cases/{id}/timeline" },
        { "case.picture", Staff, "GET", "/cases/{id}/picture" },
        { "case.list", Staff, "GET", "/cases" },
    };

    [Fact]
    public void Every_action_is_written_down_here() => CaseAccess.Table.Rules.Select(rule => rule.Action).ShouldBe(Cells.Select(cell => cell.Data.Item1), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Each_role_may_do_what_the_table_says_and_nothing_else(string action, string roles, string method, string path)
    {
        var may = roles.Split(' ');
        foreach (var role in Roles.All)
        {
            CaseAccess.Table.Allows(role, action).ShouldBe(may.Contains(role), role);
            var answer = await @case.Service.Send(
                new HttpMethod(method), path.Replace("{id}", Guid.CreateVersion7().ToString(), StringComparison.Ordinal), role, method == "POST" ? new { } : null, Ct);
            // A partner's token is never accepted inside; for whoever passes the door, an empty body or an unknown case ends it.
            if (may.Contains(role))
                answer.Status.ShouldBeOneOf(200, 400, 404);
            else
                answer.Status.ShouldBeOneOf(401, 403);
        }

        (await @case.Service.Send(new HttpMethod(method), path.Replace("{id}", Guid.CreateVersion7().ToString(), StringComparison.Ordinal), null, null, Ct)).Status.ShouldBe(401);
    }
}
