using System.Reflection;
using System.Text.Json.Serialization;
using Hotline111.Contracts.Tests.House;
using Hotline111.Platform.EventStore;

namespace Hotline111.Contracts.Tests;

/// <summary>Stored and public names are promises: unique, listed, never taken back.</summary>
public sealed class Stored_names
{
    private static string[] Listed => [.. File.ReadAllLines(Repository.At("contracts", "schemas", "names.txt")).Where(line => line.Length > 0 && line[0] != '#')];

    [Fact]
    public void The_guards_know_every_family()
    {
        foreach (var (service, assembly) in Family.Services)
        {
            assembly.GetTypes().Where(type => type.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Any())
                .ShouldBe(Family.All.Where(family => family.Service == service).Select(family => family.Type), ignoreOrder: true, $"families of {service}");
            assembly.GetTypes().SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
                .Where(field => field.FieldType.IsGenericType && field.FieldType.GetGenericTypeDefinition() == typeof(Decider<,,>))
                .Select(field => field.FieldType.GetGenericArguments()[2])
                .ShouldBe(Family.All.Where(family => family.Service == service).Select(family => family.Type), ignoreOrder: true, $"deciders of {service}");
        }
    }

    [Fact]
    public void Every_event_is_in_the_invented_histories()
    {
        foreach (var family in Family.All)
            family.Events.Select(stored => stored.Type).Except(family.Histories.SelectMany(history => history).Select(e => e.GetType())).ShouldBeEmpty(family.Category);
    }

    [Fact]
    public void No_two_records_of_the_platform_share_a_stored_name()
    {
        var names = Family.All.SelectMany(family => family.Events).Select(stored => stored.Name).ToList();
        names.ShouldBeUnique();
        names.ShouldAllBe(name => System.Text.RegularExpressions.Regex.IsMatch(name, @"^[a-z]+(-[a-z]+)*\.v[1-9][0-9]*$"));
        Family.All.Select(family => family.Category).ShouldBeUnique();
    }

    [Fact]
    public void No_name_was_taken_back_and_every_new_one_is_listed()
    {
        var known = Family.All.SelectMany(family => family.Events.Select(stored => $"{family.Service} {family.Category} {stored.Name}"))
            .Concat(ContractCatalogue.All.Select(contract => $"{contract.Source} told {contract.Name}"))
            .Order(StringComparer.Ordinal).ToList();
        Listed.Except(known).ShouldBeEmpty("Names in contracts/schemas/names.txt that the code no longer has: streams and readers still do.");
        known.Except(Listed).ShouldBeEmpty("New names: add these lines to contracts/schemas/names.txt.");
    }

    [Fact]
    public void A_public_name_says_service_version_and_event() =>
        ContractCatalogue.All.ShouldAllBe(contract => contract.Name.StartsWith($"hotline111.{contract.Source}.v", StringComparison.Ordinal) && contract.Name.Length < 120);
}
