using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline111.Gateway.Tests;

/// <summary>Several gateways on one database.</summary>
public sealed class TogetherTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gateways_that_start_together_on_an_empty_database_have_one_key_for_cookies_one_for_tokens_and_one_administrator()
    {
        var database = await Servers.Database("gateway");
        await Migration.Apply(database.Owner, [GatewayProgram.Migrations], Ct);
        string[] settings = [.. gateway.Arguments.Select(setting => setting == gateway.AppConnection ? database.Store : setting == gateway.OwnerConnection ? database.Owner : setting), "--Gateway:Demo", "false"];
        var gateways = Enumerable.Range(0, 3).Select(_ => GatewayProgram.Build(settings)).ToList();
        try
        {
            await Task.WhenAll(gateways.Select(each => Task.Run(
                async () =>
                {
                    foreach (var check in each.Services.GetServices<StartCheck>())
                        await check.Run(each.Services, Ct);
                },
                Ct)));

            (await Count("gateway.data_protection_key")).ShouldBe(1);
            (await Count("gateway.signing_key")).ShouldBe(1);
            (await Count("identity.account")).ShouldBe(1);
            var closed = gateways.ConvertAll(each => Protector(each.Services).Protect([1, 2, 3]));
            foreach (var each in gateways)
                closed.ShouldAllBe(one => Protector(each.Services).Unprotect(one).SequenceEqual(new byte[] { 1, 2, 3 }));
        }
        finally
        {
            foreach (var each in gateways)
                await each.DisposeAsync();
        }

        async Task<long> Count(string table)
        {
            await using var owner = NpgsqlDataSource.Create(database.Owner);
#pragma warning disable CA2100 // Names of this file.
            await using var command = owner.CreateCommand($"select count(*) from {table}");
#pragma warning restore CA2100
            return (long)(await command.ExecuteScalarAsync(Ct))!;
        }
    }

    private static IDataProtector Protector(IServiceProvider services) => services.GetRequiredService<IDataProtectionProvider>().CreateProtector("session");
}
