using System.Runtime.InteropServices;

namespace Hotline111.Local;

/// <summary>The calls to the operating system that .NET has no words for.</summary>
internal static partial class Native
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>Sends a signal to the process, or with a negative id to its whole group. False when there is none.</summary>
    public static bool Signal(int process, int signal) => SendSignal(process, signal) == 0;

    /// <summary>Gives a file or folder to an account; only root may.</summary>
    public static void GiveTo(string path, Account account)
    {
        if (ChangeOwner(path, account.UserId, account.GroupId) != 0)
        {
            throw new IOException($"Cannot give {path} to {account.Name} (errno {Marshal.GetLastPInvokeError()}).");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
