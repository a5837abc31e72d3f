using System.Text.RegularExpressions;
using Hotline111.Contracts.Catalogues;
using Hotline111.Contracts.Tests.Schemas;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Referrals.Sending;
using SendingGrounds = Hotline111.Referral.Referrals.SendingGround;

namespace Hotline111.Contracts.Tests;

/// <summary>What a human typed is sealed; every other string says which list or id it is.</summary>
public sealed class Strings_of_events
{
    private static IEnumerable<Type> Stored => Family.All.SelectMany(family => family.Events).Select(stored => stored.Type);

    private static IEnumerable<Type> Told => ContractCatalogue.All.Select(contract => contract.Type);

    // Whatever else stands in a versioned namespace travels too: the release envelope is carried between two requests.
    private static IEnumerable<Type> Carried => typeof(ContractCatalogue).Assembly.GetExportedTypes()
        .Where(type => type is { IsClass: true, IsAbstract: false } && Regex.IsMatch(type.Namespace ?? "", @"\.V\d+$"));

    [Fact]
    public void No_stored_event_has_a_free_string() => Stored.SelectMany(Member.Deep).Select(member => member.FreeString()).OfType<string>().ShouldBeEmpty();

    [Fact]
    public void No_contract_has_a_free_string() => Told.Union(Carried).SelectMany(Member.Deep).Select(member => member.FreeString()).OfType<string>().ShouldBeEmpty();

    [Fact]
    public void Integration_events_are_thin_and_flat()
    {
        foreach (var member in Told.SelectMany(Member.Of))
        {
            member.IsPersonal.ShouldBeFalse($"{member.Owner.Name}.{member.Name} is personal");
            (member.IsNested || member.IsList).ShouldBeFalse($"{member.Owner.Name}.{member.Name} is not flat");
        }
    }

    [Fact]
    public void Every_personal_value_of_a_stored_event_is_a_text() =>
        Stored.SelectMany(Member.Deep).Where(member => member.IsPersonal).ShouldAllBe(member => member.ItemType == typeof(Personal<string>));

    [Fact]
    public void The_platform_has_one_event_and_its_strings_are_listed_by_name()
    {
        Member.PlatformStrings.Keys.Select(key => key.Owner).Distinct().ShouldBe([typeof(ReadEvent.PersonalDataRead)]);
        Member.Of(typeof(ReadEvent.PersonalDataRead)).Where(member => member.ItemType == typeof(string)).Select(member => (member.Owner, member.Name))
            .ShouldBe(Member.PlatformStrings.Keys, ignoreOrder: true);
    }

    [Fact]
    public void The_ids_of_the_catalogues_have_the_form_of_their_kind()
    {
        Fits(Ids.Desk, AgencyDirectory.Desks.Select(desk => desk.Id));
        Fits(Ids.Agency, AgencyDirectory.Agencies.Select(agency => agency.Id));
        Fits(Ids.DeskChannel, AgencyDirectory.Desks.SelectMany(desk => desk.OfficialChannels).Select(channel => channel.Kind).Append("inbox"));
        Fits(Ids.Edition, Provinces.Editions.Select(edition => edition.Edition).Append(Provinces.Former.Edition));
        Fits(Ids.Province, Provinces.Editions.SelectMany(edition => edition.Provinces).Select(province => province.Code).Concat(Provinces.Former.Provinces.Select(province => province.Code)));
        Fits(Ids.Profile, ReleaseProfiles.All.Select(profile => $"{profile.Id}@{profile.Edition}"));
        Fits(Ids.PackageField, ReleaseProfiles.KnownFields.Append("request.purpose"));
        Fits(Ids.SendingGround, [SendingGrounds.Approved, SendingGrounds.Emergency, SendingGrounds.NoSupervisorOnDuty, SendingGrounds.HandedOn]);
        Fits(Ids.PackageRefusal, [PackageFlaw.Tampered, PackageFlaw.ForeignSignature, PackageFlaw.ForAnother, PackageFlaw.ProfileOld]);
        Fits(Ids.Policy, ReferralPolicies.All.Select(policy => policy.Edition));
        Fits(Ids.Person, [Guid.CreateVersion7().ToString()]);
        Fits(Ids.Side, ["desk", "hotline"]);
        Fits(Ids.MessagePart, ["text"]);
        Fits(Ids.Actor, [Guid.CreateVersion7().ToString(), Metadata.System().Actor!, "referral", "partner-c02.1"]);
        Fits(Ids.Number, ["CT-2026-000001", "CS-2026-000391", "RF-2026-1000000"]);
    }

    [Theory]
    [InlineData(Ids.Actor, "Nguyễn Thị Mai")]
    [InlineData(Ids.Desk, "Công an tỉnh")]
    [InlineData(Ids.Number, "0900 000 111")]
    [InlineData(Ids.Language, "tiếng Mông")]
    [InlineData(Ids.Base64, "một câu chuyện")]
    [InlineData(Ids.Policy, "Quy định mới")]
    [InlineData(Ids.Person, "Lò Thị Mây")]
    [InlineData(Ids.Side, "Đội 3")]
    [InlineData(Ids.MessagePart, "một lời nhắn")]
    [InlineData(Ids.PackageRefusal, "gói bị sửa")]
    [InlineData(Ids.SendingGround, "đã gọi điện")]
    public void Words_and_phone_numbers_have_the_form_of_no_kind(string kind, string words) => Regex.IsMatch(words, Ids.Patterns[kind]).ShouldBeFalse();

    [Fact]
    public void Every_kind_of_id_has_a_form() =>
        typeof(Ids).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!).ShouldBe(Ids.Patterns.Keys, ignoreOrder: true);

    private static void Fits(string kind, IEnumerable<string> ids) => ids.Where(id => !Regex.IsMatch(id, Ids.Patterns[kind])).ShouldBeEmpty(kind);
}
