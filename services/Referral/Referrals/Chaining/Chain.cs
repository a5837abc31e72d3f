using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Npgsql;

namespace Hotline111.Referral.Referrals.Chaining;

/// <summary>
/// Referrals that were handed on hang together: when the next desk acknowledges, the one before is handed on; when the next one is declined or withdrawn, the one
/// before is its desk's again. Both streams change in one transaction, and the later one is locked first, so that no two of them wait for each other.
/// </summary>
public static class Chain
{
    private const int Tries = 8;

    /// <summary>What must be asked of the next referral before the command is carried out here; null where nothing must be.</summary>
    public static (Guid Referral, ReferralCommand Command)? Ahead(ReferralState state, ReferralCommand command) => (state, command) switch
    {
        (ReferralState.HandingOn s, ReferralCommand.TakeBack c) => (s.NextId, new ReferralCommand.Retract(WithdrawalReasons.TakenBack, c.By, c.At)),
        (ReferralState.HandingOn s, ReferralCommand.Withdraw c) => (s.NextId, new ReferralCommand.Retract(WithdrawalReasons.ParentWithdrawn, c.By, c.At)),
        _ => null,
    };

    /// <summary>What the referral before must be told once this one has changed; null where it need not know.</summary>
    /// <param name="id">This referral.</param>
    /// <param name="state">How it stood before the change.</param>
    /// <param name="events">What happened to it by a command of its own.</param>
    public static (Guid Referral, ReferralCommand Command)? Behind(Guid id, ReferralState state, IReadOnlyList<ReferralEvent> events) => Before(state) is not { } before
        ? null
        : (events is [.., var last] ? last : null) switch
        {
            ReferralEvent.Acknowledged e => (before, new ReferralCommand.CompleteHandOn(id, e.At)),
            ReferralEvent.Declined e => (before, new ReferralCommand.EndHandOn(id, HandOnEnds.Declined, e.By, e.At)),
            ReferralEvent.Withdrawn e => (before, new ReferralCommand.EndHandOn(id, HandOnEnds.Withdrawn, e.By, e.At)),
            _ => null,
        };

    /// <summary>Executes the command, and with it what it means for the referral before or after.</summary>
    public static async Task<Execution<ReferralState, ReferralEvent>> Execute(ReferralDoor door, Folded<ReferralState> known, ReferralCommand command, Metadata metadata)
    {
        while (true)
        {
            // Where the state says who else is concerned, it must still be the one that was looked at: a referral that was handed on meanwhile is not withdrawn alone.
            var seen = door.Context.ExpectedVersion ?? (command is ReferralCommand.TakeBack or ReferralCommand.Withdraw ? known.Version : null);
            var concernsBefore = Before(known.State) is not null && command is ReferralCommand.Acknowledge or ReferralCommand.Decline or ReferralCommand.Withdraw;
            var execution = concernsBefore || Ahead(known.State, command) is not null
                ? await Linked(door, known.State, command, metadata, seen)
                : await door.Store.Execute(ReferralDecider.Instance, door.Id, command, metadata, door.Ct, seen, door.Context.Identity(), known: known);
            if (!execution.Stale || door.Context.ExpectedVersion is not null)
                return execution;
            known = new(execution.State, execution.Version);
        }
    }

    /// <summary>
    /// Begins to hand on: the desk's referral, and the one to the next desk, in one transaction. Stale when the referral has changed since it was looked at, also
    /// where the caller named no version: what goes on to the next desk was made of what was known.
    /// </summary>
    /// <param name="begin">What starts the next one: a draft, or the same package sent on.</param>
    public static Task<Execution<ReferralState, ReferralEvent>> HandOn(
        ReferralDoor door, Folded<ReferralState> known, ReferralCommand.HandOn command, ReferralCommand begin, Metadata metadata) =>
        Together(door, async transaction =>
        {
            var seen = door.Context.ExpectedVersion ?? known.Version;
            var handingOn = await door.Store.Execute(ReferralDecider.Instance, door.Id, command, metadata, door.Ct, seen, door.Context.Identity(), transaction);
            if (handingOn.Succeeded && handingOn.Events.Count > 0)
                await door.Store.Execute(ReferralDecider.Instance, command.NextId, begin, metadata, door.Ct, within: transaction);
            return handingOn;
        });

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

    private static Task<Execution<ReferralState, ReferralEvent>> Linked(ReferralDoor door, ReferralState state, ReferralCommand command, Metadata metadata, long? seen) =>
        Together(door, async transaction =>
        {
            // When the next desk was faster this is refused, and the command below meets a referral that was handed on.
            if (Ahead(state, command) is { } next)
                await door.Store.Execute(ReferralDecider.Instance, next.Referral, next.Command, metadata, door.Ct, within: transaction);
            var execution = await door.Store.Execute(ReferralDecider.Instance, door.Id, command, metadata, door.Ct, seen, door.Context.Identity(), transaction);
            if (Behind(door.Id, state, execution.Events) is { } before)
                await door.Store.Execute(ReferralDecider.Instance, before.Referral, before.Command, metadata with { Desk = null }, door.Ct, within: transaction);
            return execution;
        });

    // The referral that is being handed on to this one's desk, which has not acknowledged yet.
    private static Guid? Before(ReferralState state) => state is ReferralState.Open { Facts.PreviousId: { } previous, IsFinal: false } and not ReferralState.Out { Course.Acknowledgement: not null }
        ? previous
        : null;
}
