using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Referrals.Chaining;
using Hotline111.Referral.Tests.Running;
using Microsoft.Extensions.DependencyInjection;
using static Hotline111.Referral.Tests.Referrals.Invented;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>What goes on to the next desk is what the desk has at that moment, and not what it had when somebody looked.</summary>
public sealed class Handing_on_what_changed
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_supplement_or_returned_data_between_the_look_and_the_hand_on_makes_it_begin_again()
    {
        await using var store = await ReferralStore.Create();
        foreach (var between in new C[] { Supplement, new C.RejectData([], null, Liaison, Now) })
        {
            var (id, next) = (Guid.CreateVersion7(), Guid.CreateVersion7());
            await store.Store.Append(ReferralDecider.Instance, id, 0, [DraftOf(Facts with { Number = NumberOf(id) }), Submitted, Sent, Acknowledged], Metadata.System(), Ct);
            var known = await store.Store.Load(ReferralDecider.Instance, id, Ct);
            (await store.Store.Execute(ReferralDecider.Instance, id, between, Metadata.System(), Ct)).Events.ShouldHaveSingleItem();

            var early = await HandOn(id, next, known);
            early.Stale.ShouldBeTrue(between.GetType().Name);
            (await store.Store.Load(ReferralDecider.Instance, next, Ct)).Version.ShouldBe(0, "nothing went on");
            var anew = await HandOn(id, next, await store.Store.Load(ReferralDecider.Instance, id, Ct));
            anew.Events.ShouldHaveSingleItem().ShouldBeOfType<E.HandOnBegun>().NextId.ShouldBe(next);
            (await store.Store.Load(ReferralDecider.Instance, next, Ct)).State.ShouldBeOfType<ReferralState.Draft>();
        }

        Task<Execution<ReferralState, E>> HandOn(Guid id, Guid next, Folded<ReferralState> known)
        {
            var user = new ClaimsPrincipal(new ClaimsIdentity([new(TokenClaims.Role, Roles.Liaison), new(TokenClaims.Subject, Liaison)]));
            var door = new ReferralDoor(
                id, user, new CommandContext(user, Now, Metadata.System(), null, null, null), store.Store, store.Services.GetRequiredService<LogSignal>(), Ct);
            var begin = new C.DraftReferral(Following with { Number = NumberOf(next), DeskId = "police.10", AgencyId = "police.10", PreviousId = id }, Liaison, Now);
            return Chain.HandOn(door, known, Invented.HandOn with { NextId = next }, begin, Metadata.System());
        }
    }
    private static string NumberOf(Guid id) => $"RF-{id.ToString("N")[^12..]}";
}
