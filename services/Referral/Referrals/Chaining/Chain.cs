using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Npgsql;

namespace Hotline111.Referral.Referrals.Chaining;

/// <summary>
/// Referrals that were handed on hang together: when the next desk acknowledges, the one before is handed on; when the next one is declined or withdrawn, the one
/// before is its desk's again. Both streams change in one transaction, and the later one is locked first, so that no two of them wait for each other.
/// </summary>
internal static class Chain
{
    private const int Tries = 8;

    /// <summary>Executes the command, and with it what it means for the referral before or after.</summary>
    public static async Task<Execution<ReferralState, ReferralEvent>> Execute(ReferralDoor door, Folded<ReferralState> known, ReferralCommand command, Metadata metadata) => (known.State, command) switch
    {
        (ReferralState.HandingOn s, ReferralCommand.TakeBack or ReferralCommand.Withdraw) => await WithNext(door, s.NextId, command, metadata),
        (ReferralState.Open { Facts.PreviousId: { } previous, IsFinal: false } and not ReferralState.Out { Course.Acknowledgement: not null },
            ReferralCommand.Acknowledge or ReferralCommand.Decline or ReferralCommand.Withdraw) => await WithPrevious(door, previous, command, metadata),
        _ => await door.Store.Execute(ReferralDecider.Instance, door.Id, command, metadata, door.Ct, door.Context.ExpectedVersion, door.Context.Identity(), known: known),
    };

    /// <summary>Runs work on several streams in one transaction; it is done again when another writer was first.</summary>
    /// <param name="work">Gives the execution that is answered; nothing is committed unless it succeeded.</param>
    public static async Task<Execution<ReferralState, ReferralEvent>> Together(
        ReferralDoor door, Func<StoreTransaction, Task<Execution<ReferralState, ReferralEvent>>> work)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var connection = await door.Store.Source.OpenConnectionAsync(door.Ct);
                await using var transaction = await connection.BeginTransactionAsync(door.Ct);
                var execution = await work(new(connection, transaction));
                if (!execution.Succeeded || execution.Events.Count == 0)
                    return execution;
                await transaction.CommitAsync(door.Ct);
                door.Signal.Appended();
                return execution;
            }
            catch (Exception e) when (tries < Tries && e is StreamConflictException or PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure })
            {
                await Task.Delay(Random.Shared.Next(5, 40), door.Ct);
            }
        }
    }

    // The desk takes back, or the hotline withdraws, what is on its way to the next desk.
    private static async Task<Execution<ReferralState, ReferralEvent>> WithNext(ReferralDoor door, Guid next, ReferralCommand command, Metadata metadata)
    {
        var reason = command is ReferralCommand.TakeBack ? WithdrawalReasons.TakenBack : WithdrawalReasons.ParentWithdrawn;
        return await Together(door, async transaction =>
        {
            // When the next desk was faster this is refused, and the command below meets a referral that was handed on.
            await door.Store.Execute(ReferralDecider.Instance, next, new ReferralCommand.Retract(reason, door.By, door.Now), metadata, door.Ct, within: transaction);
            return await door.Store.Execute(ReferralDecider.Instance, door.Id, command, metadata, door.Ct, door.Context.ExpectedVersion, door.Context.Identity(), transaction);
        });
    }

    // The next desk answers, or its referral is withdrawn: the one before learns it.
    private static async Task<Execution<ReferralState, ReferralEvent>> WithPrevious(ReferralDoor door, Guid previous, ReferralCommand command, Metadata metadata) =>
        await Together(door, async transaction =>
        {
            var execution = await door.Store.Execute(ReferralDecider.Instance, door.Id, command, metadata, door.Ct, door.Context.ExpectedVersion, door.Context.Identity(), transaction);
            ReferralCommand? told = (execution.Events.Count == 0 ? null : execution.Events[^1]) switch
            {
                ReferralEvent.Acknowledged e => new ReferralCommand.CompleteHandOn(door.Id, e.At),
                ReferralEvent.Declined e => new ReferralCommand.EndHandOn(door.Id, HandOnEnds.Declined, e.By, e.At),
                ReferralEvent.Withdrawn e => new ReferralCommand.EndHandOn(door.Id, HandOnEnds.Withdrawn, e.By, e.At),
                _ => null,
            };
            if (told is not null)
                await door.Store.Execute(ReferralDecider.Instance, previous, told, metadata with { Desk = null }, door.Ct, within: transaction);
            return execution;
        });
}
