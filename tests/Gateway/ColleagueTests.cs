using System.Net;
using Hotline111.Contracts.Access;
using static Hotline111.Gateway.Tests.GatewayUnderTest;
using static Hotline111.Gateway.Tests.SessionTests;

namespace Hotline111.Gateway.Tests;

public sealed class ColleagueTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    [Fact]
    public async Task A_liaison_sees_the_liaisons_of_the_own_desks_and_a_head_those_of_the_agency()
    {
        var agency = $"agency-{Guid.NewGuid():N}"[..16];
        var (here, there) = ($"{agency}.01", $"{agency}.02");
        using var liaison = await gateway.SignInAs(Roles.Liaison, agency, [here]);
        var gone = await gateway.NewPerson(Roles.Liaison, agency, [here]);
        using var colleague = await gateway.SignInAs(Roles.Liaison, agency, [here, there]);
        using var other = await gateway.SignInAs(Roles.Liaison, agency, [there]);
        using var head = await gateway.SignInAs(Roles.AgencyHead, agency);
        using var administrator = await gateway.SignInAs(Roles.Administrator);
        await SignInTests.Disable(administrator, gone);
        (await Seen(liaison)).ShouldBe([await IdOf(liaison), await IdOf(colleague)], ignoreOrder: true);
        (await Seen(other)).ShouldBe([await IdOf(other), await IdOf(colleague)], ignoreOrder: true);
        (await Seen(head)).ShouldBe([await IdOf(liaison), await IdOf(colleague), await IdOf(other)], ignoreOrder: true);
        var theirs = await IdOf(colleague);
        var line = (await Json(liaison, "/api/colleagues"))["items"]!.AsArray().Single(line => (string)line!["id"]! == theirs)!;
        line["desks"]!.AsArray().Select(desk => (string)desk!).ShouldBe([here], "which other desks somebody serves is nobody else's");
        ((string)line["name"]!).ShouldBe("Người thử");
    }

    [Fact]
    public async Task Whoever_serves_no_desk_has_nobody_to_give_anything_to()
    {
        foreach (var role in (string[])[Roles.Counsellor, Roles.Supervisor, Roles.Director, Roles.Auditor, Roles.Administrator])
        {
            using var outside = await gateway.SignInAs(role);
            (await Status(outside, "/api/colleagues")).ShouldBe(HttpStatusCode.Forbidden, role);
        }
    }

    [Fact]
    public async Task Who_is_on_shift_is_told_to_supervisors_and_directors_alone()
    {
        foreach (var (role, status) in ((string, HttpStatusCode)[])[
            (Roles.Supervisor, HttpStatusCode.OK), (Roles.Director, HttpStatusCode.OK), (Roles.Counsellor, HttpStatusCode.Forbidden), (Roles.Auditor, HttpStatusCode.Forbidden),
            (Roles.Administrator, HttpStatusCode.Forbidden)])
        {
            using var somebody = await gateway.SignInAs(role);
            (await Status(somebody, "/api/colleagues/on-shift")).ShouldBe(status, role);
        }

        foreach (var role in (string[])[Roles.Liaison, Roles.AgencyHead])
        {
            using var outside = await gateway.SignInAs(role, "c02", ["c02"]);
            (await Status(outside, "/api/colleagues/on-shift")).ShouldBe(HttpStatusCode.Forbidden, role);
        }
    }

    [Fact]
    public async Task On_shift_is_who_of_the_hotline_has_an_open_session_that_is_not_idle()
    {
        using var supervisor = await gateway.SignInAs(Roles.Supervisor);
        var person = await gateway.NewPerson();
        using var counsellor = await gateway.SignIn(person);
        using var liaison = await gateway.SignInAs(Roles.Liaison, "c02", ["c02"]);
        var (id, outside) = (await IdOf(counsellor), await IdOf(liaison));
        var shift = await Shift();
        shift.ShouldContain(id);
        shift.ShouldNotContain(outside);

        gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        (await Shift()).ShouldContain(id);
        gateway.Clock.Advance(TimeSpan.FromMinutes(6));
        (await Shift()).ShouldNotContain(id, "idle for longer than a session lives");

        using var again = await gateway.SignIn(person);
        (await Shift()).ShouldContain(id);
        (await Post(again, "/auth/sign-out")).Dispose();
        (await Shift()).ShouldNotContain(id);

        async Task<IReadOnlyList<string>> Shift() =>
            [.. (await Json(supervisor, "/api/colleagues/on-shift"))["items"]!.AsArray().Select(line => (string)line!["id"]!)];
    }

    private static async Task<IReadOnlyList<string>> Seen(HttpClient browser) =>
        [.. (await Json(browser, "/api/colleagues"))["items"]!.AsArray().Select(line => (string)line!["id"]!)];

    private static async Task<string> IdOf(HttpClient browser) => (string)(await Json(browser, "/auth/session"))["account"]!["id"]!;
}
