using Hotline111.Contracts.Access;

namespace Hotline111.Intake.Tests;

/// <summary>Every door for every role, written down a second time.</summary>
public sealed class AccessTests(RunningIntake intake) : IClassFixture<RunningIntake>
{
    private static readonly string Id = "019c1f00-0000-7000-8000-0000000000d1";

    private static readonly (string Method, string Path, string Open)[] Doors =
    [
        ("POST", "/contacts", "counsellor supervisor director"),
        ("GET", "/contacts", "counsellor supervisor director"),
        ("GET", $"/contacts/{Id}", "counsellor supervisor director"),
        ("POST", $"/contacts/{Id}/categorise", "counsellor supervisor director"),
        ("POST", $"/contacts/{Id}/amend", "counsellor supervisor director"),
        ("POST", $"/contacts/{Id}/close", "counsellor supervisor director"),
        ("PUT", $"/drafts/{Id}", "counsellor supervisor director"),
        ("GET", "/drafts", "counsellor supervisor director"),
        ("GET", $"/drafts/{Id}", "counsellor supervisor director"),
        ("DELETE", $"/drafts/{Id}", "counsellor supervisor director"),
        ("GET", "/drafts/in-progress", "supervisor director"),
        ("POST", $"/drafts/{Id}/take-over", "supervisor director"),
        ("GET", "/places?q=h", "counsellor supervisor director liaison agency-head auditor administrator"),
    ];

    public static TheoryData<string, string, string> Cells()
    {
        var cells = new TheoryData<string, string, string>();
        foreach (var (method, path, _) in Doors)
        {
            foreach (var role in Roles.All)
                cells.Add(role, method, path);
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_door_is_open_to_whom_it_is_open_and_to_nobody_else(string role, string method, string path)
    {
        var open = Doors.Single(door => door.Method == method && door.Path == path).Open.Split(' ').Contains(role);
        var answer = await intake.Ask("somebody", role, new HttpMethod(method), path, method is "GET" or "DELETE" ? null : new StringContent("{}", System.Text.Encoding.UTF8, "application/json"));
        if (open)
            answer.Status.ShouldNotBe(403);
        else
            answer.Status.ShouldBeOneOf(401, 403);
    }

    [Fact]
    public async Task Every_door_is_described_in_both_languages_with_its_rule()
    {
        // A group's own door is described with or without the slash at its end.
        var paths = (await intake.As("an").Get("/openapi/v1.json")).ShouldBe(200)["paths"].EnumerateObject().ToDictionary(path => path.Name.TrimEnd('/'), path => path.Value);
        foreach (var (method, path, _) in Doors)
        {
            var door = paths[path.Replace(Id, "{id}", StringComparison.Ordinal).Split('?')[0]].GetProperty(method.ToLowerInvariant());
            door.GetProperty("summary").GetString()!.ShouldContain(" / ", customMessage: path);
            door.GetProperty("x-access-rule").GetProperty("action").GetString().ShouldNotBeNullOrEmpty(path);
        }
    }

    [Fact]
    public void Every_rule_has_its_doors() =>
        IntakeAccess.Table.Rules.Count.ShouldBe(Doors.Length);
}
