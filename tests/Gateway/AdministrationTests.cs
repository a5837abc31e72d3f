using System.Net;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static Hotline111.Gateway.Tests.GatewayUnderTest;

namespace Hotline111.Gateway.Tests;

/// <summary>What an administrator may do with accounts, and what nobody may.</summary>
public sealed class AdministrationTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Others => [.. Roles.People.Where(role => role != Roles.Administrator)];

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Every_role_but_the_administrator_is_refused_at_every_page(string role)
    {
        using var browser = await gateway.SignInAs(role);
        var id = Guid.CreateVersion7();
        foreach (var path in (string[])["", "/new", $"/{id}", $"/{id}/change", $"/{id}/disable"])
            (await SessionTests.Status(browser, $"/administration/accounts{path}")).ShouldBe(HttpStatusCode.Forbidden, path);
        (await SessionTests.Status(browser, "/administration/events")).ShouldBe(HttpStatusCode.Forbidden);
        foreach (var path in (string[])["/find", "/new", $"/{id}/change", .. AdministrationPages.Acts.Select(act => $"/{id}/{act}")])
        {
            using var refused = await Post(browser, $"/administration/accounts{path}", new FormUrlEncodedContent([]));
            refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
        }
    }

    [Fact]
    public async Task Without_a_token_of_the_form_nothing_is_changed()
    {
        using var administrator = await gateway.SignInAs(Roles.Administrator);
        var person = await gateway.NewPerson();
        var id = await SignInTests.IdOf(administrator, person);
        using var refused = await Post(administrator, $"/administration/accounts/{id}/disable", new FormUrlEncodedContent([]));
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await gateway.SignIn(person)).Dispose();
    }

    [Fact]
    public async Task Other_rights_hold_at_once_end_the_sessions_and_are_written_down_with_what_was_before()
    {
        var by = await IdOf(await gateway.NewPerson(Roles.Administrator));
        var person = await gateway.NewPerson(Roles.Liaison, "police.08", ["police.08"]);
        var id = await IdOf(person);
        using var browser = await gateway.SignIn(person);
        (await SessionTests.Status(browser, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK);
        var refusal = await Do(administration => administration.Change(by, id, null, new Rights("Người thử", Roles.Liaison, "police.15", ["police.15"], []), Ct));
        refusal.ShouldBeNull();
        (await SessionTests.Status(browser, "/api/referrals/echo")).ShouldBe(HttpStatusCode.Unauthorized);
        gateway.Clock.Advance(TimeSpan.FromSeconds(30));
        using var back = await gateway.SignIn(person);
        ((string)(await Json(back, "/api/referrals/echo"))["desks"]![0]!).ShouldBe("police.15");

        // Another name alone ends nothing.
        (await Do(administration => administration.Change(by, id, null, new Rights("Tên khác", Roles.Liaison, "police.15", ["police.15"], []), Ct))).ShouldBeNull();
        (await SessionTests.Status(back, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK);

        var events = await gateway.Gateway.Services.GetRequiredService<AccountBook>().Events(id, null, 10, Ct);
        events.Select(each => each.What).ShouldBe(["renamed", "rights-changed"]);
        events[1].Sessions.ShouldBe(1);
        events[1].Before!.Desks.ShouldBe(["police.08"]);
        events[1].After!.Desks.ShouldBe(["police.15"]);
    }

    [Fact]
    public async Task What_was_changed_meanwhile_is_not_changed_again_unseen()
    {
        var by = await IdOf(await gateway.NewPerson(Roles.Administrator));
        var id = await IdOf(await gateway.NewPerson());
        var seen = (await Book.Find(id, Ct))!;
        (await Do(administration => administration.Disable(by, id, seen.Stamp, Ct))).ShouldBeNull();
        (await Do(administration => administration.Enable(by, id, seen.Stamp, Ct))).ShouldBe(AdministrationRefusal.Stale);
        (await Do(async administration => (await administration.NewPassword(by, id, seen.Stamp, Ct)).Refusal)).ShouldBe(AdministrationRefusal.Stale);
        (await Book.Find(id, Ct))!.Disabled.ShouldBeTrue();
    }

    [Fact]
    public async Task While_a_password_is_being_hashed_the_account_is_free_for_everybody_else()
    {
        var by = await IdOf(await gateway.NewPerson(Roles.Administrator));
        var id = await IdOf(await gateway.NewPerson());
        await using var scope = gateway.Gateway.Services.CreateAsyncScope();
        var source = scope.ServiceProvider.GetRequiredService<NpgsqlDataSource>();
        var hasher = new Watched(scope.ServiceProvider.GetRequiredService<IPasswordHasher<Account>>(), source, id);
        var administration = ActivatorUtilities.CreateInstance<Administration>(scope.ServiceProvider, hasher);
        (await administration.NewPassword(by, id, null, Ct)).Refusal.ShouldBeNull();
        (await administration.Renew(by, id, null, Ct)).Refusal.ShouldBeNull();
        hasher.Hashed.ShouldBe(2);
    }

    [Fact]
    public async Task Nobody_administers_the_own_account_whatever_it_is()
    {
        var own = await IdOf(await gateway.NewPerson(Roles.Administrator));
        var rights = new Rights("Người thử", Roles.Director, null, [], []);
        foreach (var refusal in await Task.WhenAll(
            Do(each => each.Change(own, own, null, rights, Ct)),
            Do(each => each.Disable(own, own, null, Ct)),
            Do(async each => (await each.NewSecondFactor(own, own, null, Ct)).Refusal),
            Do(async each => (await each.Renew(own, own, null, Ct)).Refusal)))
            refusal.ShouldBe(AdministrationRefusal.OwnAccount);
    }

    [Fact]
    public async Task Two_administrators_who_take_each_other_away_at_the_same_moment_leave_one()
    {
        // On a gateway of its own: here are no other administrators.
        await using var alone = new GatewayUnderTest();
        await alone.InitializeAsync();
        for (var round = 0; round < 5; round++)
        {
            var (one, two) = (await IdOf(alone, await alone.NewPerson(Roles.Administrator)), await IdOf(alone, await alone.NewPerson(Roles.Administrator)));
            foreach (var other in (await Of(alone).List(new AccountFilter(Role: Roles.Administrator), 0, Ct)).Entries.Where(entry => !entry.Disabled && entry.Id != one && entry.Id != two))
                (await Do(alone, each => each.Disable(one, other.Id, null, Ct))).ShouldBeNull();
            var refusals = await Task.WhenAll(
                Task.Run(() => Do(alone, each => each.Disable(one, two, null, Ct)), Ct),
                Task.Run(() => Do(alone, each => each.Change(two, one, null, new Rights("Người thử", Roles.Auditor, null, [], []), Ct)), Ct));
            refusals.Where(refusal => refusal is not null).ShouldHaveSingleItem().ShouldBe(AdministrationRefusal.LastAdministrator);
            (await Of(alone).List(new AccountFilter(Role: Roles.Administrator), 0, Ct)).Entries.Count(entry => !entry.Disabled).ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_new_password_keeps_the_app_and_a_new_second_factor_keeps_the_password()
    {
        var by = await IdOf(await gateway.NewPerson(Roles.Administrator));
        var person = await gateway.NewPerson();
        var id = await IdOf(person);
        var password = await Given(administration => administration.NewPassword(by, id, null, Ct));
        using (var old = await gateway.TrySignIn(person))
            old.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using (var first = await gateway.TrySignIn(person, password.Password))
            ((bool)(await JsonOf(first))["passwordChangeNeeded"]!).ShouldBeTrue();

        var other = await gateway.NewPerson();
        var codes = await Given(async administration => await administration.NewSecondFactor(by, await IdOf(other), null, Ct));
        using (var old = await gateway.TrySignIn(other))
            old.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using (var first = await gateway.TrySignIn(other, code: codes.RecoveryCodes[0]))
            ((bool)(await JsonOf(first))["secondFactorNeeded"]!).ShouldBeTrue();

        // Neither stands anywhere it could be read.
        await using var source = NpgsqlDataSource.Create(gateway.OwnerConnection);
        foreach (var row in await SignInTests.Rows(source, "select to_jsonb(e)::text from identity.administration_event e"))
            foreach (var secret in (string[])[password.Password, .. codes.RecoveryCodes])
                ((string)row).ShouldNotContain(secret);
    }

    [Fact]
    public async Task A_name_is_found_however_its_marks_are_typed_and_the_filters_narrow_the_list()
    {
        var mark = Guid.NewGuid().ToString("n")[..6];
        var by = await IdOf(await gateway.NewPerson(Roles.Administrator));
        var id = await IdOf(await gateway.NewPerson(Roles.Liaison, "border-guard", ["border-guard"]));
        (await Do(administration => administration.Change(by, id, null, new Rights($"Đặng Thị Ngọc Yến {mark}", Roles.Liaison, "border-guard", ["border-guard"], []), Ct))).ShouldBeNull();
        foreach (var typed in (string[])[$"dang thi ngoc yen {mark}", $"Ngọc Yến {mark}", $"NGOC IEN {mark}"])
            (await Book.List(new AccountFilter(typed), 0, Ct)).Entries.ShouldHaveSingleItem().Id.ShouldBe(id, typed);
        (await Book.List(new AccountFilter(mark, Role: Roles.Counsellor), 0, Ct)).Count.ShouldBe(0);
        (await Book.List(new AccountFilter(mark, Agency: "border-guard", Desk: "border-guard", State: "unused"), 0, Ct)).Count.ShouldBe(1);
        (await Book.List(new AccountFilter(mark, State: "disabled"), 0, Ct)).Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_desk_of_another_agency_is_nobodys()
    {
        using var administrator = await gateway.SignInAs(Roles.Administrator);
        foreach (var (agency, desk) in ((string, string)[])[("c02", "police.08"), ("khong-co", "c02"), ("c02", "khong-co")])
        {
            using var refused = await Post(administrator, "/auth/accounts", new { userName = $"x-{Guid.NewGuid():n}", displayName = "Người thử", role = Roles.Liaison, agency, desks = (string[])[desk] });
            (await ProblemOf(refused)).ShouldBe("body-invalid");
        }
    }

    [Theory]
    [InlineData(Roles.Liaison, "police.08", "police.08", "08", true)]
    [InlineData(Roles.Liaison, "police.08", "police.08", "01", false)]
    [InlineData(Roles.Liaison, "c02", "c02", "01", false)]
    [InlineData(Roles.AgencyHead, "police.08", null, "08", true)]
    [InlineData(Roles.AgencyHead, "police.08", null, "01", false)]
    [InlineData(Roles.AgencyHead, "c02", null, "01", false)]
    [InlineData(Roles.Counsellor, null, null, "01", false)]
    public async Task A_limit_to_provinces_is_for_agencies_and_hides_no_desk_from_those_who_answer_for_it(string role, string? agency, string? desk, string province, bool fits)
    {
        using var administrator = await gateway.SignInAs(Roles.Administrator);
        using var answer = await Post(
            administrator, "/auth/accounts",
            new { userName = $"x-{Guid.NewGuid():n}", displayName = "Người thử", role, agency, desks = desk is null ? [] : (string[])[desk], provinces = (string[])[province] });
        answer.StatusCode.ShouldBe(fits ? HttpStatusCode.Created : HttpStatusCode.BadRequest);
    }

    private AccountBook Book => Of(gateway);

    private static AccountBook Of(GatewayUnderTest gateway) => gateway.Gateway.Services.GetRequiredService<AccountBook>();

    private Task<Guid> IdOf(Person person) => IdOf(gateway, person);

    private static async Task<Guid> IdOf(GatewayUnderTest gateway, Person person) => (await Of(gateway).List(new AccountFilter(person.UserName), 0, Ct)).Entries.Single().Id;

    private Task<AdministrationRefusal?> Do(Func<Administration, Task<AdministrationRefusal?>> command) => Do(gateway, command);

    private static async Task<AdministrationRefusal?> Do(GatewayUnderTest gateway, Func<Administration, Task<AdministrationRefusal?>> command)
    {
        await using var scope = gateway.Gateway.Services.CreateAsyncScope();
        return await command(scope.ServiceProvider.GetRequiredService<Administration>());
    }

    private async Task<Handover> Given(Func<Administration, Task<(Handover? Handover, AdministrationRefusal? Refusal)>> command)
    {
        Handover? given = null;
        (await Do(async administration =>
        {
            var (handover, refusal) = await command(administration);
            given = handover;
            return refusal;
        })).ShouldBeNull();
        return given!;
    }

    /// <summary>Hashes as ever, and meanwhile takes the account's row without waiting, which fails while somebody holds it.</summary>
    private sealed class Watched(IPasswordHasher<Account> hasher, NpgsqlDataSource source, Guid id) : IPasswordHasher<Account>
    {
        public int Hashed { get; private set; }

        public string HashPassword(Account user, string password)
        {
            using var command = source.CreateCommand("select id from identity.account where id = $1 for update nowait");
            command.Parameters.Add(new() { Value = id });
            command.ExecuteScalar().ShouldBe(id);
            Hashed++;
            return hasher.HashPassword(user, password);
        }

        public PasswordVerificationResult VerifyHashedPassword(Account user, string hashedPassword, string providedPassword) => hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
    }
}
