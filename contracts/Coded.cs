namespace Hotline111.Contracts;

/// <summary>
/// Says what a string in a stored event or contract is: a code of a value list, or an id. A string without it would be free text,
/// which belongs into a personal value; a test refuses it.
/// </summary>
/// <param name="lists">Lists of contracts/catalogues ("contact-channel") whose codes it may be, or one of the kinds of <see cref="Ids"/>.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class CodedAttribute(params string[] lists) : Attribute
{
    public IReadOnlyList<string> Lists => lists;

    /// <summary>The string holds any number of such codes or ids, comma separated; empty when none.</summary>
    public bool Several { get; init; }
}

/// <summary>Strings that are no codes of a list but still no free text.</summary>
public static class Ids
{
    /// <summary>CT-2026-000001.</summary>
    public const string Number = "number";

    /// <summary>An account, a client, or "system".</summary>
    public const string Actor = "actor";

    /// <summary>A desk of the directory.</summary>
    public const string Desk = "desk";

    /// <summary>An agency of the directory.</summary>
    public const string Agency = "agency";

    /// <summary>A province or former province code of the edition beside it.</summary>
    public const string Province = "province";

    /// <summary>An edition of the province catalogue.</summary>
    public const string Edition = "edition";

    /// <summary>A release profile with its edition.</summary>
    public const string Profile = "profile";

    /// <summary>Lower-case hexadecimal SHA-256.</summary>
    public const string Sha256 = "sha256";

    /// <summary>Base64.</summary>
    public const string Base64 = "base64";

    /// <summary>ISO 639 language code.</summary>
    public const string Language = "language";

    /// <summary>The name of a package field ("person.gender").</summary>
    public const string PackageField = "package-field";

    /// <summary>The kind of a desk's official channel.</summary>
    public const string DeskChannel = "desk-channel";

    /// <summary>How a referral came to be sent.</summary>
    public const string SendingGround = "sending-ground";

    /// <summary>A person of a case, by id.</summary>
    public const string Person = "person";

    /// <summary>Who wrote a message: the desk or the hotline.</summary>
    public const string Side = "side";

    /// <summary>The edition of a policy.</summary>
    public const string Policy = "policy";

    /// <summary>The kind of a part of a message.</summary>
    public const string MessagePart = "message-part";

    /// <summary>A part of a contact that was taken back to "not known".</summary>
    public const string ContactPart = "contact-part";

    /// <summary>Why a package was not taken.</summary>
    public const string PackageRefusal = "package-refusal";

    /// <summary>The regular expression of each kind, from the first character to the last.</summary>
    public static IReadOnlyDictionary<string, string> Patterns { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [Number] = "^(CT|CS|RF)-[0-9]{4}-[0-9]{6,}$",
        [Actor] = "^[a-z0-9][a-z0-9.-]{0,63}$",
        [Desk] = "^[a-z][a-z0-9-]*([.][0-9]{2})?$",
        [Agency] = "^[a-z][a-z0-9-]*([.][0-9]{2})?$",
        [Province] = "^[0-9]{2}$",
        [Edition] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        [Profile] = "^[a-z][a-z-]*@[0-9]{4}-[0-9]+$",
        [Sha256] = "^[0-9a-f]{64}$",
        [Base64] = "^[A-Za-z0-9+/]*={0,2}$",
        [Language] = "^[a-z]{2,3}$",
        [PackageField] = "^(request|person)[.][a-z][A-Za-z]*$",
        [DeskChannel] = "^(inbox|phone|email|fax|letter)$",
        [SendingGround] = "^(approved|emergency|no_supervisor_on_duty|handed_on)$",
        [Person] = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        [Side] = "^(desk|hotline)$",
        [Policy] = "^[0-9]{4}-[0-9]+$",
        [ContactPart] = "^(caller_age|caller_name|caller_phone|place|safe_contact|summary)$",
        [MessagePart] = "^text$",
        [PackageRefusal] = "^(tampered|foreign_signature|for_another|profile_old)$",
    };
}
