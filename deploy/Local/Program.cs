using System.Runtime.InteropServices;
using Hotline111.Local;

using var ending = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);

try
{
    switch (args)
    {
        case ["servers", var folder]:
            await ServerHost.Run(folder, ending.Token);
            return 0;
        default:
            Console.Error.WriteLine("Usage: dotnet run --project deploy/Local [-- smoke | servers FOLDER]");
            return 2;
    }
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

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ending.Cancel();
}
