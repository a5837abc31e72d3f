using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Hotline111.Platform.Messaging;

/// <summary>How a publish ended well.</summary>
internal enum PublishOutcome
{
    /// <summary>In a queue, confirmed by the broker.</summary>
    Confirmed,

    /// <summary>The broker has it from us and has no queue for it.</summary>
    Returned,
}

/// <summary>A publish whose outcome is unknown; it is done again from the last confirmed position.</summary>
internal sealed class PublishFailedException(string kind, Exception? cause = null) : Exception($"Publishing failed: {kind}", cause)
{
    public string Kind => kind;

    /// <summary>The broker answered "no" (a full queue): it is well, and nothing hangs.</summary>
    public bool Refused => InnerException is PublishException;

    /// <summary>The exchange is not there any more.</summary>
    public bool Missing => InnerException is OperationInterruptedException { ShutdownReason.ReplyCode: Constants.NotFound };

    /// <summary>No answer in <see cref="MessagingOptions.PublishTimeout"/>: a new connection is the remedy, and where that does not help a queue behind the exchange hangs. No new process would help either.</summary>
    public bool Unconfirmed { get; init; }
}

/// <summary>
/// Publishes over a connection of its own, because a broker in alarm stops reading from connections that publish, and acknowledgements must go on.
/// By RabbitMQ's client itself: a message is finished when it comes here, and MassTransit's pipeline would only cost. Nothing but the relay has it.
/// </summary>
internal sealed class Publisher(MessagingSetup setup)
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(10);

    private Line? line;

    /// <summary>Connects if nothing is open.</summary>
    /// <exception cref="PublishFailedException">No connection in 10 s.</exception>
    public async Task Start()
    {
        if (line is { IsOpen: true })
            return;
        Abandon();
        var opening = Line.Open(setup);
        try
        {
            // Not by a token: connecting and publishing are abandoned, never cancelled (a cancelled publish breaks the client's sequence numbers).
            line = await opening.WaitAsync(StartPatience);
        }
#pragma warning disable CA1031 // Whatever went wrong, the next try is made with a new connection.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Drop(opening);
            throw new PublishFailedException("start " + e.GetType().Name, e);
        }
    }

    /// <summary>Hands a message to the broker, behind all that were handed over before. The task ends with the broker's answer, however long that takes.</summary>
    /// <exception cref="PublishFailedException">Refused or closed.</exception>
    public Task<PublishOutcome> Publish(Envelope message) => Send(message.Type, message, mandatory: true);

    /// <summary>Publishes to an exchange that leads nowhere, so that a process which stands by goes this way for the first time now and not when it leads.</summary>
    /// <exception cref="PublishFailedException">Refused or closed.</exception>
    public Task Rehearse() => Send(
        setup.ProbeExchange, new(Guid.CreateVersion7(), setup.Service, "rehearsal", Guid.Empty, 1, 0, 0, DateTimeOffset.UnixEpoch, null, null, null, "{}"), mandatory: false);

    private Task<PublishOutcome> Send(string exchange, Envelope message, bool mandatory) =>
        line?.Send(exchange, message, mandatory) ?? Task.FromException<PublishOutcome>(new PublishFailedException("not connected"));

    /// <summary>Leaves the connection with all that is under way; the next <see cref="Start"/> makes a new one.</summary>
    public void Abandon()
    {
        if (Interlocked.Exchange(ref line, null) is { } old)
            Drop(Task.FromResult(old));
    }

    private static void Drop(Task<Line> old) => _ = Task.Run(async () => await BrokerLink.Leave((await old).Connection));

    /// <summary>A connection with its channel, and who waits for an answer there. The client's own way costs a task, a timer and a header for each message.</summary>
    private sealed class Line
    {
        private readonly Lock turn = new();
        private readonly IChannel channel;
        private readonly Dictionary<ulong, Waiting> waiting = [];
        private readonly HashSet<string> returned = [];
        private ulong last;
        private ulong answered;
        private PublishFailedException? broken;

        private Line(IConnection connection, IChannel channel)
        {
            (Connection, this.channel) = (connection, channel);
            channel.BasicReturnAsync += (_, e) => Done(() => returned.Add(e.BasicProperties.MessageId!));
            channel.BasicAcksAsync += (_, e) => Done(() => Answer(e.DeliveryTag, e.Multiple, refused: null));
            channel.BasicNacksAsync += (_, e) => Done(() => Answer(e.DeliveryTag, e.Multiple, new PublishException(e.DeliveryTag, isReturn: false)));
            channel.ChannelShutdownAsync += (_, e) => Done(() => Break(new AlreadyClosedException(e)));
        }

        public IConnection Connection { get; }

        public bool IsOpen => channel.IsOpen;

        public static async Task<Line> Open(MessagingSetup setup)
        {
            var connection = await BrokerLink.Connections(setup.Options.Broker).CreateConnectionAsync($"hotline111 {setup.Service} relay");
            try
            {
                return new(connection, await connection.CreateChannelAsync(new CreateChannelOptions(true, false)));
            }
            catch
            {
                await BrokerLink.Leave(connection);
                throw;
            }
        }

        public Task<PublishOutcome> Send(string exchange, Envelope message, bool mandatory)
        {
            BasicProperties properties = new()
            {
                MessageId = message.Id.ToString(),
                ContentType = "application/json",
                Persistent = true,
                Headers = CloudEvents.Write(message),
            };
            Waiting answer = new(properties.MessageId);
            ValueTask writing;
            var body = Encoding.UTF8.GetBytes(message.Body);
            // The client numbers what it publishes in the order of these calls.
            lock (turn)
            {
                if (broken is not null)
                    return Task.FromException<PublishOutcome>(broken);
                waiting.Add(++last, answer);
                writing = channel.BasicPublishAsync(exchange, "", mandatory, properties, body, CancellationToken.None);
            }

            if (!writing.IsCompletedSuccessfully)
                _ = Written(writing);
            return answer.Task;
        }

        private async Task Written(ValueTask writing)
        {
            try
            {
                await writing;
            }
#pragma warning disable CA1031 // The client throws many kinds; none of them says whether the message arrived.
            catch (Exception e)
#pragma warning restore CA1031
            {
                await Done(() => Break(e));
            }
        }

        private Task Done(Action action)
        {
            lock (turn)
                action();
            return Task.CompletedTask;
        }

        private void Answer(ulong number, bool multiple, Exception? refused)
        {
            for (var each = multiple ? answered + 1 : number; each <= number; each++)
            {
                if (!waiting.Remove(each, out var answer))
                    continue;
                var outcome = returned.Remove(answer.MessageId) ? PublishOutcome.Returned : PublishOutcome.Confirmed;
                if (refused is null)
                    answer.TrySetResult(outcome);
                else
                    answer.TrySetException(new PublishFailedException(refused.GetType().Name, refused));
            }

            if (multiple)
                answered = number;
        }

        /// <summary>Nothing on this line can be answered any more.</summary>
        private void Break(Exception cause)
        {
            broken = new(cause.GetType().Name, cause);
            foreach (var answer in waiting.Values)
                answer.TrySetException(broken);
            waiting.Clear();
        }

        private sealed class Waiting(string messageId) : TaskCompletionSource<PublishOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            public string MessageId => messageId;
        }
    }
}
