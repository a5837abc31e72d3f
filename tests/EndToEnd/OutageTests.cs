using System.Text;
using System.Text.Json;
using Hotline111.Local.Demo;
using Npgsql;

namespace Hotline111.EndToEnd.Tests;

/// <summary>An emergency needs the gateway and the referral service alone.</summary>
[Collection(Outages.Name)]
public sealed class OutageTests(PlatformFixture fixture, ITestOutputHelper output)
{
    private readonly Stage stage = new(fixture);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_Case_AgencyNotification_and_RabbitMQ_gone_an_emergency_is_sealed_and_in_the_inboxes_and_the_rest_follows_when_they_are_back()
    {
        const string name = "Mùa Thị Chim Cút Hư Cấu";
        const string number = "0900-CANARY-77";
        var desks = new[] { ("c02", DemoAccounts.CriminalPolice), ("police.08", DemoAccounts.PoliceTuyenQuang), ("border-guard", DemoAccounts.BorderGuard) };
        foreach (var (_, liaison) in desks)
            await fixture.As(liaison);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);

        SentEmergency sent;
        await Task.WhenAll(fixture.Platform.Kill("case"), fixture.Platform.Kill("agency-notification"), fixture.Platform.Broker.Kill());
        try
        {
            sent = await stage.Emergency([.. desks.Select(each => each.Item1)], new
            {
                need = "Giải cứu ngay.",
                riskSigns = new[] { "violence" },
                narrative = $"{name} bị đánh, đang trốn trong nhà vệ sinh.",
                callerContact = number,
                persons = new[] { new { name, gender = "female", age = 20, phone = number } },
            });

            foreach (var (desk, account) in desks)
            {
                var liaison = await fixture.As(account);
                var row = (await liaison.InInbox(sent.Referrals[desk])).ShouldNotBeNull();
                row.GetProperty("sentAt").ValueKind.ShouldBe(JsonValueKind.String);
                (await liaison.Opens(sent.Referrals[desk])).GetProperty("package").GetProperty("persons")[0].GetProperty("name").GetString().ShouldBe(name);
                (await liaison.Does("acknowledge", sent.Referrals[desk])).ShouldBe("Acknowledged");
                (await liaison.Does("accept", sent.Referrals[desk])).ShouldBe("Accepted");
            }

            foreach (var word in new[] { name, number })
                (await RowsWith("referral", word)).ShouldBeEmpty();
            fixture.Platform.ProcessId("case").ShouldBe(0, "nobody has started it meanwhile");
            fixture.Platform.Broker.Running.ShouldBeFalse();
        }
        finally
        {
            await fixture.Platform.Broker.Start(Ct);
            await Task.WhenAll(fixture.Platform.StartProcess("case", Ct), fixture.Platform.StartProcess("agency-notification", Ct));
        }

        // Case opens the case itself, for the contact and under the id that the emergency named.
        var back = System.Diagnostics.Stopwatch.StartNew();
        await stage.Shows(sent.Case, [.. sent.Referrals.Values.Select(referral => (referral, "Accepted"))]);
        var shown = await counsellor.Until(sent.Case, each => Count(each, "notice-recorded") >= desks.Length && Count(each, "package-opened") >= desks.Length);
        output.WriteLine($"the case shows everything {back.ElapsedMilliseconds} ms after all were back");
        foreach (var kind in new[] { "referral-sent", "referral-acknowledged", "referral-accepted", "package-opened" })
            Count(shown, kind).ShouldBe(desks.Length, kind);
        (await counsellor.Get($"api/cases/{sent.Case}", Ct)).GetProperty("contactId").GetGuid().ShouldBe(sent.Contact);
        await counsellor.Until($"api/contacts/{sent.Contact}", contact => contact.GetProperty("caseId") is { ValueKind: JsonValueKind.String } id && id.GetGuid() == sent.Case ? true : default(bool?), Stage.Patience, Ct);
        foreach (var referral in sent.Referrals.Values)
        {
            await counsellor.Noticed(referral, "sent");
            var notices = (await counsellor.Get($"api/notices?referralId={referral}&kind=sent", Ct)).GetProperty("items").EnumerateArray().Select(row => row.GetProperty("channel").GetString()).ToList();
            notices.ShouldContain("inbox");
            notices.ShouldBeUnique();
            (await (await fixture.As(DemoAccounts.Supervisor)).Does("review", referral, new { finding = "justified" })).ShouldBe("Accepted");
        }

        foreach (var service in new[] { "referral", "case", "agency-notification", "intake" })
            (await RowsWith(service, name)).ShouldBeEmpty();
    }

    private static int Count(JsonElement shown, string kind) => shown.GetProperty("timeline").EnumerateArray().Count(line => line.GetProperty("kind").GetString() == kind);

    /// <summary>The tables of a service's database with a row in which the word can be read, as text or in bytes.</summary>
    private async Task<IReadOnlyList<string>> RowsWith(string service, string word)
    {
        await using var database = NpgsqlDataSource.Create(fixture.Platform.Database(service).Owner);
        List<string> tables = [];
        await using (var list = database.CreateCommand("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"))
        {
            await using var rows = await list.ExecuteReaderAsync(Ct);
            while (await rows.ReadAsync(Ct))
                tables.Add(rows.GetString(0));
        }

        tables.ShouldContain("events.mt_events");
        List<string> found = [];
        foreach (var table in tables)
        {
#pragma warning disable CA2100 // Names of tables, quoted by the server.
            await using var search = database.CreateCommand($"SELECT EXISTS (SELECT FROM {table} t WHERE strpos(t::text, $1) > 0 OR strpos(t::text, $2) > 0 OR strpos(t::text, $3) > 0)");
#pragma warning restore CA2100
            search.Parameters.Add(new() { Value = word });
            search.Parameters.Add(new() { Value = JsonEncodedText.Encode(word).ToString() });
            search.Parameters.Add(new() { Value = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(word)) });
            if ((bool)(await search.ExecuteScalarAsync(Ct))!)
                found.Add($"{service} {table}");
        }

        return found;
    }
}
