using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Hotline111.Gateway.Tests;

/// <summary>A gateway with something behind its page routes that verifies tokens as the console does.</summary>
public abstract class GatewayAndConsole : GatewayUnderTest, IAsyncLifetime
{
    private WebApplication? _console;

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(ConsoleSettings);
        builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
        builder.AddPlatform("console");
        builder.AddAccess("console");
        Patient(builder.Services);
        _console = builder.Build();
        _console.UsePlatform();
        AddPages(_console, new AccessTable(new AccessRule("page", Roles.People, "any")));
        await _console.StartAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await _console!.DisposeAsync();
        await DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The pages that it has; whoever may see pages at all has the action <c>page</c>.</summary>
    protected abstract void AddPages(WebApplication app, AccessTable table);
}
