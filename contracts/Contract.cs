using System.Reflection;
using System.Text;

namespace Hotline111.Contracts;

/// <summary>Marks an integration event: which service tells it and which services are expected to listen. A type nobody is expected to listen to is not sent.</summary>
/// <param name="source">The telling service ("referral").</param>
/// <param name="consumers">The services that must have a queue bound before it is sent.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ContractAttribute(string source, params string[] consumers) : Attribute
{
    public string Source => source;

    public IReadOnlyList<string> Consumers => consumers;
}

/// <summary>One integration event type.</summary>
/// <param name="Type">Its record.</param>
/// <param name="Family">The marker interface of its family; whoever listens to one type of a family binds all of them.</param>
/// <param name="Name">The public name and exchange: "hotline111.referral.v1.referral-sent"; never changes.</param>
/// <param name="Source">The telling service.</param>
/// <param name="Consumers">The services expected to listen.</param>
public sealed record ContractInfo(Type Type, Type Family, string Name, string Source, IReadOnlyList<string> Consumers);

/// <summary>All integration events of the platform.</summary>
public static class ContractCatalogue
{
    public static IReadOnlyList<ContractInfo> All { get; } =
    [
        .. typeof(ContractCatalogue).Assembly.GetExportedTypes()
            .Select(type => (type, contract: type.GetCustomAttribute<ContractAttribute>()))
            .Where(found => found.contract is not null)
            .Select(found => new ContractInfo(
                found.type, found.type.GetInterfaces().Single(i => i.Namespace == found.type.Namespace), NameOf(found.type), found.contract!.Source, found.contract.Consumers))
            .OrderBy(info => info.Name, StringComparer.Ordinal),
    ];

    /// <summary>Hotline111.Contracts.Referral.V1.ReferralSent is "hotline111.referral.v1.referral-sent".</summary>
    public static string NameOf(Type type)
    {
        var parts = type.FullName!.Split('.');
        return $"hotline111.{Kebab(parts[^3])}.{parts[^2].ToLowerInvariant()}.{Kebab(parts[^1])}";
    }

    private static string Kebab(string pascal)
    {
        var kebab = new StringBuilder();
        foreach (var letter in pascal)
        {
            if (char.IsUpper(letter) && kebab.Length > 0)
                kebab.Append('-');
            kebab.Append(char.ToLowerInvariant(letter));
        }

        return kebab.ToString();
    }
}
