using System.Runtime.InteropServices;
using Hotline111.Load;
using Hotline111.Local;

using var ending = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);

try
{
    var options = LoadOptions.Read(args);
    return await (options.Verb switch
    {
        "store" => StoreLoad.Run(options, ending.Token),
        "benchmarks" => Task.FromResult(Benchmarks.Run()),
        "inbox" => InboxLoad.Run(options, ending.Token),
        "simulate" => Task.FromResult(Simulation.Run(ending.Token)),
        "overload" => OverloadLoad.Run(options, ending.Token),
        _ => PlatformLoad.Run(options, ending.Token),
    });
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

// What was started is stopped in order before we end.
void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ending.Cancel();
}
