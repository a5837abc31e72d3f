using System.Reflection;
using Hotline111.Contracts.Tests.House;
using Microsoft.AspNetCore.Routing;

namespace Hotline111.Contracts.Tests;

/// <summary>A door that was written and never hung answers nobody, and no test that hangs it itself would notice.</summary>
public sealed class Doors
{
    [Fact]
    public void Every_door_of_a_service_is_mapped_on_its_page()
    {
        foreach (var (service, assembly) in Family.Services.Where(service => service.Key != "platform"))
        {
            var page = File.ReadAllText(Repository.At("services", Family.Folder(service), "Program.cs"));
            var doors = assembly.GetTypes()
                .Where(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
                    .Any(method => method.Name == "Map" && method.GetParameters() is [var routes, ..] && routes.ParameterType == typeof(IEndpointRouteBuilder)))
                .Select(type => type.Name).ToList();
            doors.ShouldNotBeEmpty(service);
            doors.Where(door => !page.Contains($"{door}.Map(", StringComparison.Ordinal)).ShouldBeEmpty($"doors of {service} that are not on its page");
        }
    }

    // A line of a case's timeline for each message is what "follows" means: without its effect a message only moves a mark.
    [Fact]
    public void Case_has_an_effect_for_everything_that_Referral_tells() =>
        ServicePage.All.Single(page => page.Service == "case").Effects.ShouldBe(
            ContractCatalogue.All.Where(contract => contract.Source is "referral").Select(contract => contract.Type.Name).Append("ContactRecorded").Append("NoticeRecorded"), ignoreOrder: true);
}
