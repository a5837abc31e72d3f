using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.Platform.Tests.Messaging.Tones;

/// <summary>An invented family of six contract types.</summary>
internal static class Tone
{
    public static IReadOnlyList<string> All { get; } = ["do", "re", "mi", "fa", "sol", "la"];

    public static IReadOnlyList<ContractType> Contracts { get; } =
    [
        new(typeof(ToneDo), NameOf("do"), "choir", ["audience"]),
        new(typeof(ToneRe), NameOf("re"), "choir", ["audience"]),
        new(typeof(ToneMi), NameOf("mi"), "choir", ["audience"]),
        new(typeof(ToneFa), NameOf("fa"), "choir", ["audience"]),
        new(typeof(ToneSol), NameOf("sol"), "choir", ["audience"]),
        new(typeof(ToneLa), NameOf("la"), "choir", ["audience"]),
    ];

    public static string NameOf(string tone) => $"hotline111.choir.v1.tone-{tone}";

    public static void Listen(MessagingBuilder messaging, string tone, Func<Guid, Guid, long, StoreTransaction, CancellationToken, Task> effect)
    {
        switch (tone)
        {
            case "do": On<ToneDo>(); break;
            case "re": On<ToneRe>(); break;
            case "mi": On<ToneMi>(); break;
            case "fa": On<ToneFa>(); break;
            case "sol": On<ToneSol>(); break;
            default: On<ToneLa>(); break;
        }

        void On<T>()
            where T : class => messaging.On<T>((received, transaction, _, ct) => effect(received.MessageId, received.StreamId, received.StreamVersion, transaction, ct));
    }
}

public sealed record ToneDo;

public sealed record ToneRe;

public sealed record ToneMi;

public sealed record ToneFa;

public sealed record ToneSol;

public sealed record ToneLa;
