namespace Hotline111.Contracts;

/// <summary>
/// Says what a string in a stored event or contract is: a code of a value list, or an id. A string without it would be free text,
/// which belongs into a personal value; a test refuses it.
/// </summary>
/// <param name="list">A list of contracts/catalogues ("contact-channel"), or one of the ids of <see cref="Ids"/>.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class CodedAttribute(string list) : Attribute
{
    public string List => list;
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

    /// <summary>Codes or ids of one kind, comma separated.</summary>
    public const string Several = "several";

    /// <summary>ISO 639 language code.</summary>
    public const string Language = "language";

    /// <summary>The name of a package field ("person.gender").</summary>
    public const string PackageField = "package-field";

    /// <summary>The kind of a desk's official channel.</summary>
    public const string DeskChannel = "desk-channel";

    /// <summary>How a referral came to be sent without a supervisor.</summary>
    public const string SendingGround = "sending-ground";
}
