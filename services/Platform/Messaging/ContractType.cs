using System.Diagnostics.CodeAnalysis;

namespace Hotline111.Platform.Messaging;

/// <summary>One kind of integration event, as the contracts describe it. The Platform does not know the contracts; each service hands them in.</summary>
/// <param name="Type">The record.</param>
/// <param name="Name">Its public name, which is the CloudEvents type and the exchange: <c>hotline111.referral.v1.referral-sent</c>. Never changes.</param>
/// <param name="Source">The service that publishes it: <c>referral</c>.</param>
/// <param name="ExpectedConsumers">The services that must get it; a type without any is not sent.</param>
public sealed record ContractType(Type Type, string Name, string Source, IReadOnlyList<string> ExpectedConsumers);

/// <summary>All contract types, by name and by record.</summary>
public sealed class ContractDirectory
{
    private readonly Dictionary<string, ContractType> byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, ContractType> byType = [];

    /// <param name="contracts">Every contract type of the platform, of all services.</param>
    /// <exception cref="ArgumentException">A name or record twice, or a name that does not start with <c>hotline111.</c> and its source.</exception>
    public ContractDirectory(IEnumerable<ContractType> contracts)
    {
        foreach (var contract in contracts)
        {
            if (!contract.Name.StartsWith($"hotline111.{contract.Source}.", StringComparison.Ordinal))
                throw new ArgumentException($"The contract {contract.Name} does not carry its source {contract.Source} in its name.", nameof(contracts));
            if (!byName.TryAdd(contract.Name, contract) || !byType.TryAdd(contract.Type, contract))
                throw new ArgumentException($"The contract {contract.Name} ({contract.Type}) is listed twice.", nameof(contracts));
        }
    }

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<ContractType> All => byName.Values;

    /// <summary>The types that a service publishes, in the order of their names.</summary>
    public IEnumerable<ContractType> Of(string source) =>
        byName.Values.Where(contract => contract.Source == source).OrderBy(contract => contract.Name, StringComparer.Ordinal);

    /// <summary>The contract with that public name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out ContractType? contract) => byName.TryGetValue(name, out contract);

    /// <summary>The contract that this record is.</summary>
    public bool TryGet(Type type, [NotNullWhen(true)] out ContractType? contract) => byType.TryGetValue(type, out contract);
}
