using System.Runtime.InteropServices;
using Hotline111.Local;

using var ending = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);

try
{
    return await Command.Read(args).Run(ending.Token);
}
catch (LocalException e)
{
    Console.Error.WriteLine(e.Message);
    return e.ExitCode;
}
catch (OperationCanceledException) when (ending.IsCancellationRequested)
{
    return 130;
}

// What was started is stopped in order before we end; a second Ctrl+C changes nothing about that.
void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ending.Cancel();
}
