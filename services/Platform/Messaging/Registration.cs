using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Hotline111.Platform.Messaging;

/// <summary>Adds relay and inbox to a service.</summary>
public static class MessagingRegistration
{
    /// <summary>Messaging as the settings <c>Broker:Uri</c>, <c>ConnectionStrings:Store</c> and <c>Peers:*</c> say. Needs the event store and Access.</summary>
    /// <param name="builder">The service being built.</param>
    /// <param name="service">Its name: <c>referral</c>.</param>
    /// <param name="configure">What it publishes, and what it listens to.</param>
    /// <exception cref="Hosting.StartupException">A setting is missing or nonsensical.</exception>
    /// <exception cref="InvalidOperationException">An effect for a type nobody here listens to.</exception>
    public static IHostApplicationBuilder AddMessaging(this IHostApplicationBuilder builder, string service, Action<MessagingBuilder> configure)
    {
        builder.Services.AddMessaging(MessagingOptions.Read(service, builder.Configuration), configure);
        return builder;
    }

    /// <summary>Messaging with settings from elsewhere.</summary>
    public static IServiceCollection AddMessaging(this IServiceCollection services, MessagingOptions options, Action<MessagingBuilder> configure)
    {
        MessagingBuilder messaging = new();
        configure(messaging);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new MessagingSetup(options, messaging));
        services.AddSingleton<MessagingStatus>();
        services.AddSingleton<PublishedLog>();
        services.AddSingleton<Parking>();
        services.AddSingleton<Gate>();
        services.AddSingleton<Publisher>();
        services.AddHttpClient(PullClient.ClientName, client => client.Timeout = TimeSpan.FromSeconds(10));
        services.AddSingleton<PullClient>();
        services.TryAddSingleton(provider =>
        {
            var client = provider.GetRequiredService<PullClient>();
            return new Pulls(client.After, client.OfStream, client.Fork);
        });
        services.AddSingleton<Inbox>();
        services.AddSingleton<BrokerLink>();
        services.AddSingleton<Repair>();
        // The link first: the topology is declared before anything is published.
        services.AddHostedService(provider => provider.GetRequiredService<BrokerLink>());
        services.AddHostedService<Relay>();
        services.AddHostedService<Receiver>();
        services.AddHostedService(provider => provider.GetRequiredService<Repair>());
        return services;
    }
}
