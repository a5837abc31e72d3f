using System.Net;
using Hotline111.Contracts.Access;
using static Hotline111.Gateway.Tests.GatewayUnderTest;

namespace Hotline111.Gateway.Tests;

public sealed class NameTests(GatewayWithPages gateway) : IClassFixture<GatewayWithPages>
{
    [Fact]
    public async Task The_console_learns_the_names_of_the_ids_it_was_shown_and_of_no_others()
    {
        var person = await gateway.NewPerson(Roles.Liaison, "c02", ["c02.01"]);
        using var liaison = await gateway.SignIn(person);
        var account = (await Json(liaison, "/auth/session"))["account"]!;
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var console = gateway.Machine(await GatewayWithPages.ConsoleToken(browser), gateway.Internal);

        var names = (await Json(console, $"/auth/names?id={account["id"]}&id={Guid.NewGuid()}&id={account["id"]}"))["names"]!.AsArray();

        var line = names.ShouldHaveSingleItem()!;
        ((string)line["id"]!).ShouldBe((string)account["id"]!);
        ((string)line["name"]!).ShouldBe((string)account["displayName"]!);
        (await Json(console, "/auth/names"))["names"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Names_are_for_people_who_are_signed_in()
    {
        using var inside = gateway.Machine(null, gateway.Internal);
        (await SessionTests.Status(inside, $"/auth/names?id={Guid.NewGuid()}")).ShouldBe(HttpStatusCode.NotFound);
        using var stranger = gateway.Browser(null);
        (await SessionTests.Status(stranger, $"/auth/names?id={Guid.NewGuid()}")).ShouldBe(HttpStatusCode.Unauthorized);
    }
}
