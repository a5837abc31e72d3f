using System.Text.RegularExpressions;
using Hotline111.Contracts.Tests.House;

namespace Hotline111.Contracts.Tests;

/// <summary>The contracts name their consumers, the services name what they listen to: both lists say the same.</summary>
public sealed class Who_tells_whom
{
    [Fact]
    public void The_pages_of_the_services_are_understood()
    {
        foreach (var page in ServicePage.All)
        {
            page.Families.ShouldNotBeEmpty(page.Service);
            page.Publishes.ShouldNotBeEmpty(page.Service);
            page.Listens.ShouldNotBeEmpty(page.Service);
            page.Listens.ShouldBeUnique(page.Service);
        }
    }

    [Fact]
    public void What_a_service_is_made_of_stands_in_its_Program_and_nowhere_else()
    {
        foreach (var file in Repository.Files.Where(file => file.StartsWith("services/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal))
            .Where(file => !file.StartsWith("services/Platform/", StringComparison.Ordinal) && !file.EndsWith("/Program.cs", StringComparison.Ordinal)))
        {
            Regex.IsMatch(File.ReadAllText(Repository.At(file)), @"\.(Listen|Publish|On<[\w.]+>)\(").ShouldBeFalse(file);
        }
    }

    [Fact]
    public void Every_family_of_a_service_is_registered()
    {
        foreach (var page in ServicePage.All)
        {
            var deciders = Family.All.Where(family => family.Service == page.Service).Select(family => family.Type.Name.Replace("Event", "Decider", StringComparison.Ordinal));
            page.Families.ShouldBe(deciders, ignoreOrder: true, page.Service);
        }
    }

    [Fact]
    public void The_expected_consumers_of_a_contract_are_the_services_that_listen_to_its_source()
    {
        foreach (var contract in ContractCatalogue.All)
        {
            contract.Consumers.ShouldBe(
                ServicePage.All.Where(page => page.Listens.Contains(contract.Source)).Select(page => page.Service), ignoreOrder: true, $"consumers of {contract.Name}");
        }
    }

    [Fact]
    public void Nobody_listens_to_a_service_that_tells_nothing() =>
        ServicePage.All.SelectMany(page => page.Listens).Distinct().Except(ContractCatalogue.All.Select(contract => contract.Source)).ShouldBeEmpty();

    [Fact]
    public void Nobody_listens_to_itself() => ServicePage.All.ShouldAllBe(page => !page.Listens.Contains(page.Service));

    [Fact]
    public void Every_effect_is_of_a_family_that_the_service_listens_to()
    {
        foreach (var page in ServicePage.All)
        {
            foreach (var effect in page.Effects)
                page.Listens.ShouldContain(ContractCatalogue.All.Single(contract => contract.Type.Name == effect).Source, $"{page.Service} has an effect for {effect}");
        }
    }

    // Whoever listens binds every type of the source; so one source must be one family, or a listener of one would get the other too.
    [Fact]
    public void All_contracts_of_a_source_are_one_family()
    {
        foreach (var source in ContractCatalogue.All.GroupBy(contract => contract.Source))
        {
            source.Select(contract => contract.Family).Distinct().ShouldHaveSingleItem().Name.ShouldBe($"I{Family.Folder(source.Key)}Event");
            source.ShouldAllBe(contract => contract.Type.Namespace == $"Hotline111.Contracts.{Family.Folder(source.Key)}.V1");
        }
    }

    [Fact]
    public void Every_record_of_a_family_is_a_contract()
    {
        var families = ContractCatalogue.All.Select(contract => contract.Family).ToHashSet();
        typeof(ContractCatalogue).Assembly.GetTypes().Where(type => type.IsClass && type.GetInterfaces().Any(families.Contains))
            .ShouldBe(ContractCatalogue.All.Select(contract => contract.Type), ignoreOrder: true);
    }

    [Fact]
    public void Every_contract_is_told_of_some_history_and_nothing_else_is()
    {
        foreach (var page in ServicePage.All)
        {
            Family.All.Where(family => family.Service == page.Service).SelectMany(family => family.Told).Select(message => message.GetType()).Distinct()
                .ShouldBe(ContractCatalogue.All.Where(contract => contract.Source == page.Service).Select(contract => contract.Type), ignoreOrder: true, page.Service);
        }
    }

    [Fact]
    public void Every_family_that_tells_something_is_published()
    {
        foreach (var page in ServicePage.All)
        {
            var telling = Family.All.Where(family => family.Service == page.Service && family.Told.Count > 0).Select(family => family.Type.Name.Replace("Event", "Decider", StringComparison.Ordinal));
            page.Publishes.ShouldBe(telling, ignoreOrder: true, page.Service);
        }
    }

    [Fact]
    public void Every_consumer_is_a_service_and_every_contract_has_one()
    {
        foreach (var contract in ContractCatalogue.All)
        {
            contract.Consumers.ShouldNotBeEmpty($"{contract.Name} would not be sent");
            contract.Consumers.Except(Family.Services.Keys).ShouldBeEmpty(contract.Name);
        }
    }
}
