using System.Reflection;
using System.Text.Json.Serialization;
using Hotline111.AgencyNotification;
using Hotline111.AgencyNotification.Notices;
using Hotline111.Case;
using Hotline111.Case.Cases;
using Hotline111.Contracts.Tests.Invented;
using Hotline111.Intake;
using Hotline111.Intake.Contacts;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Hotline111.Referral;
using Hotline111.Referral.Conversing;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Watching;

namespace Hotline111.Contracts.Tests;

/// <summary>A family of stored events with invented histories that know every one of them, and what they make the service tell.</summary>
/// <param name="Service">Whose streams they are; "platform" for what every service keeps.</param>
/// <param name="Category">The kind of stream.</param>
/// <param name="Type">The union.</param>
/// <param name="Histories">Events of invented streams, each oldest first.</param>
/// <param name="Told">What the service publishes of those histories, in order.</param>
internal sealed record Family(string Service, string Category, Type Type, IReadOnlyList<IReadOnlyList<object>> Histories, IReadOnlyList<object> Told)
{
    /// <summary>All families. A test compares them with what the assemblies hold.</summary>
    public static IReadOnlyList<Family> All { get; } =
    [
        Of("intake", ContactDecider.Instance, ContactPublication.Translate, Streams.Contacts),
        Of("case", CaseDecider.Instance, CasePublication.Translate, Streams.Cases),
        Of("referral", ReferralDecider.Instance, ReferralPublication.Translate, Streams.Referrals),
        Of("referral", WatchDecider.Instance, ReferralPublication.Translate, Streams.Watches),
        Of("referral", ConversationDecider.Instance, ReferralPublication.Translate, Streams.Conversations),
        Of("referral", DeskDecider.Instance, ReferralPublication.Translate, Streams.Desks),
        Of("referral", AgencyDecider.Instance, ReferralPublication.Translate, Streams.Agencies),
        Of("agency-notification", NoticeDecider.Instance, NoticePublication.Translate, Streams.Notices),
        Of("platform", ReadLog.Instance, (_, _) => null, Streams.Reads),
    ];

    /// <summary>The services and their assemblies.</summary>
    public static IReadOnlyDictionary<string, Assembly> Services { get; } = new Dictionary<string, Assembly>
    {
        ["intake"] = typeof(ContactDecider).Assembly,
        ["case"] = typeof(CaseDecider).Assembly,
        ["referral"] = typeof(ReferralDecider).Assembly,
        ["agency-notification"] = typeof(NoticeDecider).Assembly,
        ["platform"] = typeof(ReadLog).Assembly,
    };

    /// <summary>The folder of a service: "agency-notification" is AgencyNotification.</summary>
    public static string Folder(string service) => string.Concat(service.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>Its events with their stored names.</summary>
    public IEnumerable<(string Name, Type Type)> Events =>
        Type.GetCustomAttributes<JsonDerivedTypeAttribute>().Select(stored => ((string)stored.TypeDiscriminator!, stored.DerivedType));

    private static Family Of<TState, TCommand, TEvent>(
        string service, Decider<TState, TCommand, TEvent> decider, Func<TState, Recorded<TEvent>, object?> translate, IReadOnlyList<Stream<TEvent>> streams)
        where TEvent : class
    {
        List<object> told = [];
        foreach (var stream in streams)
        {
            var (state, version) = (decider.Initial, 0L);
            foreach (var @event in stream.Events)
            {
                state = decider.Evolve(state, @event);
                if (translate(state, new(@event, Guid.CreateVersion7(), stream.Id, ++version, version, Streams.Night, Metadata.System())) is { } message)
                    told.Add(message);
            }
        }

        return new(service, decider.Category, typeof(TEvent), [.. streams.Select(stream => stream.Events)], told);
    }
}
