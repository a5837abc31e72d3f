using System.Diagnostics;
using System.Globalization;

namespace Hotline111.Platform.Hosting;

/// <summary>
/// Named places at which a process can be told to kill itself, so that a test can end it exactly between two steps: <c>HOTLINE_FAULT=relay.after-confirm:3</c>
/// ends it by SIGKILL, without a word, when it comes to that place for the third time. Without the variable a place costs one comparison.
/// </summary>
public static class FaultPoint
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "HOTLINE_FAULT";

    /// <summary>A command was decided and nothing is sent to the database yet.</summary>
    public const string BeforeAppend = "append.before";

    /// <summary>The events are on their way to the database; nobody knows whether they are committed.</summary>
    public const string DuringAppend = "append.during";

    /// <summary>The events are committed and nobody was answered.</summary>
    public const string AfterAppend = "append.after";

    /// <summary>The sequencer's batch is on its way to the database.</summary>
    public const string DuringOrder = "order.during";

    /// <summary>Events have their places and nobody was woken.</summary>
    public const string AfterOrder = "order.after";

    /// <summary>A message is translated and not handed to the broker.</summary>
    public const string BeforePublish = "publish.before";

    /// <summary>A message is handed to the broker and not confirmed.</summary>
    public const string DuringPublish = "publish.during";

    /// <summary>Messages are confirmed and the relay's position is not written.</summary>
    public const string AfterConfirm = "publish.after-confirm";

    /// <summary>The relay's position is written.</summary>
    public const string AfterAdvance = "publish.after-advance";

    /// <summary>A message has come, its mark is locked, its effect has not begun.</summary>
    public const string BeforeEffect = "effect.before";

    /// <summary>A message's effect is in the transaction, which is not committed.</summary>
    public const string AfterEffect = "effect.before-commit";

    /// <summary>A message's effect is committed and the broker does not know.</summary>
    public const string AfterCommit = "effect.before-acknowledgement";

    /// <summary>A read of personal data is recorded and nothing is shown yet.</summary>
    public const string AfterReadRecord = "read.before-answer";

    /// <summary>A person's key is made and nothing is sealed with it.</summary>
    public const string AfterKey = "key.after";

    /// <summary>Every place there is.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        BeforeAppend, DuringAppend, AfterAppend, DuringOrder, AfterOrder, BeforePublish, DuringPublish, AfterConfirm, AfterAdvance,
        BeforeEffect, AfterEffect, AfterCommit, AfterReadRecord, AfterKey,
    ];

    private static readonly string? Armed = Environment.GetEnvironmentVariable(Variable);
    private static int left = Armed is not null && int.TryParse(Armed.Split(':')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var times) ? times : 0;

    /// <summary>The process has come to this place.</summary>
    public static void Hit(string place)
    {
        if (Armed is not null)
            Count(place);
    }

    /// <summary>Reads <c>place:times</c>.</summary>
    /// <exception cref="StartupException">There is no such place, or the number is not 1 or more.</exception>
    public static (string Place, int Times) Read(string setting)
    {
        var parts = setting.Split(':');
        return parts is [var place, var count] && All.Contains(place, StringComparer.Ordinal) && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var times) && times > 0
            ? (place, times)
            : throw new StartupException(StartupException.Configuration, $"{Variable} must be PLACE:TIMES with one of {string.Join(", ", All)}; it is for tests that kill this process.");
    }

    /// <summary>Looks at the variable when the process starts.</summary>
    /// <exception cref="StartupException">It makes no sense.</exception>
    internal static void Check()
    {
        if (Armed is not null)
            Read(Armed);
    }

    private static void Count(string place)
    {
        if (!Armed!.StartsWith($"{place}:", StringComparison.Ordinal) || Interlocked.Decrement(ref left) != 0)
            return;
        using var self = Process.GetCurrentProcess();
        self.Kill();
        // Nothing that comes after this place happens any more.
        Thread.Sleep(Timeout.Infinite);
    }
}
