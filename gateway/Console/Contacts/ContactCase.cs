using Hotline111.Platform.EventStore;

namespace Hotline111.Console.Contacts;

/// <summary>The case that a contact leads to.</summary>
public static class ContactCase
{
    /// <summary>
    /// The id of the case that is opened from a contact by one key. Always the same, so that pressing it twice, or an emergency sent meanwhile, opens one case:
    /// Intake learns of its case only by message.
    /// </summary>
    public static Guid IdOf(Guid contactId) => StreamId.Of("case", contactId);
}
