using Hotline111.Contracts.Catalogues;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>The invented people of the demonstration, and their secrets in an installation.</summary>
public sealed class DemoAccountTests
{
    [Fact]
    public void Who_joined_the_demonstration_since_is_added_and_the_others_keep_their_secrets()
    {
        var folder = Directory.CreateTempSubdirectory("hotline111-accounts-").FullName;
        var file = Path.Combine(folder, "demo-accounts.json");
        try
        {
            DemoAccounts.Read(file).ShouldBeEmpty();
            var first = DemoAccounts.ReadOrMake(file);
            first.Select(account => account.Password).ShouldBeUnique();
            var written = File.GetLastWriteTimeUtc(file);

            Same(DemoAccounts.ReadOrMake(file)).ShouldBe(Same(first));
            File.GetLastWriteTimeUtc(file).ShouldBe(written, "nothing to add, nothing written");

            // An installation of before the second liaison and the centre's people.
            string[] before = [DemoAccounts.Counsellor, DemoAccounts.PoliceTuyenQuang];
            File.WriteAllText(file, System.Text.Json.JsonSerializer.Serialize(first.Where(account => before.Contains(account.UserName)), System.Text.Json.JsonSerializerOptions.Web));
            var now = DemoAccounts.ReadOrMake(file);
            now.Select(account => account.UserName).ShouldBe(first.Select(account => account.UserName), ignoreOrder: true);
            Same(now.Where(account => before.Contains(account.UserName))).ShouldBe(Same(first.Where(account => before.Contains(account.UserName))));
            now.Single(account => account.UserName == DemoAccounts.SecondPoliceTuyenQuang).Password.ShouldNotBe(first.Single(account => account.UserName == DemoAccounts.SecondPoliceTuyenQuang).Password);
            Same(DemoAccounts.Read(file)).ShouldBe(Same(now));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static List<(string, string, string)> Same(IEnumerable<DemoAccount> accounts) => [.. accounts.Select(account => (account.UserName, account.Password, account.TotpSecret))];
    }

    [Fact]
    public void Every_liaison_serves_a_desk_of_the_directory_that_belongs_to_the_agency()
    {
        var file = Path.GetTempFileName();
        File.Delete(file);
        var accounts = DemoAccounts.ReadOrMake(file);
        File.Delete(file);

        accounts.Select(account => account.UserName).ShouldBeUnique();
        foreach (var liaison in accounts.Where(account => account.Role == "liaison"))
            liaison.Desks.ShouldAllBe(desk => AgencyDirectory.FindDesk(desk)!.AgencyId == liaison.Agency);
        accounts.Where(account => account.Desks.Contains("police.08")).Count().ShouldBe(2);
    }
}
