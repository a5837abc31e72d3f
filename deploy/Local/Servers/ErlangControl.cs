using System.Globalization;
using System.Text;

namespace Hotline111.Local;

/// <summary>
/// A small Erlang node that stays connected to a broker and evaluates expressions inside it, one line each way. <c>rabbitmqctl</c> starts
/// such a node for every single call, which takes seconds.
/// </summary>
internal sealed class ErlangControl : IAsyncDisposable
{
    private readonly ChildProcess process;
    private readonly SemaphoreSlim turn = new(1);

    private ErlangControl(ChildProcess process) => this.process = process;

    public static async Task<ErlangControl> Start(string node, string home, Account? account, int mapperPort, CancellationToken ct)
    {
        var process = await ChildProcess.Start(new Launch(
            "Erlang",
            SearchPath.Find("erl") ?? throw new LocalException("RabbitMQ", "Erlang's erl is not in the search path.", exitCode: 3),
            "-noshell", "-hidden",
            "-sname", $"hotline111-control-{Guid.CreateVersion7():n}@localhost",
            "-start_epmd", "false",
            "-kernel", "inet_dist_use_interface", "{127,0,0,1}",
            "+S", "1:1", "+A", "1", "+sbwt", "none",
            "-eval", Loop.Replace("NODE", node, StringComparison.Ordinal))
        {
            Piped = true,
            Account = account,
            Folder = home,
            Environment = new Dictionary<string, string>
            {
                ["HOME"] = home,
                ["ERL_EPMD_PORT"] = mapperPort.ToString(CultureInfo.InvariantCulture),
                ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            },
        });
        var control = new ErlangControl(process);
        try
        {
            await control.Evaluate("node().", ct);
            return control;
        }
        catch
        {
            await control.DisposeAsync();
            throw;
        }
    }

    public async Task<string> Evaluate(string expression, CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            await process.Input.WriteLineAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(expression)).AsMemory(), ct);
            await process.Input.FlushAsync(ct);

            // Not cancelled in the middle: the next question would get this answer.
            var line = await process.Output.ReadLineAsync(CancellationToken.None)
                ?? throw new LocalException("RabbitMQ", "The control node of the broker has ended.", exitCode: 3);
            if (!line.StartsWith("=> ", StringComparison.Ordinal))
            {
                throw new LocalException("RabbitMQ", $"The control node of the broker said: {line} {await process.Output.ReadToEndAsync(ct)}", exitCode: 3);
            }

            var answer = Encoding.UTF8.GetString(Convert.FromBase64String(line[3..]));
            return answer.StartsWith("ok ", StringComparison.Ordinal)
                ? answer[3..]
                : throw new LocalException("RabbitMQ", $"The broker refused an instruction: {answer}", exitCode: 3);
        }
        catch (IOException e)
        {
            throw new LocalException("RabbitMQ", $"The control node of the broker has ended: {await process.Output.ReadToEndAsync(ct)}", exitCode: 3, e);
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        turn.Dispose();
    }

    // Reads an expression a line (base64), answers with a line. The end of the input ends the node.
    private const string Loop = """
        (fun Next() ->
            case io:get_line(standard_io, "") of
                Line when is_list(Line) ->
                    Answer = try
                        {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(base64:decode(string:trim(Line)))),
                        {ok, Expressions} = erl_parse:parse_exprs(Tokens),
                        case rpc:call('NODE', erl_eval, exprs, [Expressions, []], 120000) of
                            {value, Value, _} -> io_lib:format("ok ~0tp", [Value]);
                            Wrong -> io_lib:format("error ~0tp", [Wrong])
                        end
                    catch Class:Reason -> io_lib:format("error ~0tp", [{Class, Reason}])
                    end,
                    io:format("=> ~s~n", [base64:encode(unicode:characters_to_binary(Answer))]),
                    Next();
                _ -> halt(0)
            end
        end)().
        """;
}
