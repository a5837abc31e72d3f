using System.Text;
using System.Text.Json;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Microsoft.Extensions.Configuration;

namespace Hotline111.Platform.Tests.Privacy;

public sealed class Canonical_json_and_prints
{
    [Theory]
    [InlineData("""{ "b": 1, "a": [true, null, "x"] }""", """{"a":[true,null,"x"],"b":1}""")]
    [InlineData("""{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}""", "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}")]
    [InlineData("""["\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"]""", "[\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"]")]
    [InlineData("""{"tên":"Mẩy","Tên":"é"}""", "{\"Tên\":\"é\",\"tên\":\"Mẩy\"}")]
    [InlineData("[9007199254740991,-9007199254740991,0]", "[9007199254740991,-9007199254740991,0]")]
    [InlineData("[]", "[]")]
    [InlineData("{}", "{}")]
    public void One_value_has_one_form(string json, string canonical) => Encoding.UTF8.GetString(CanonicalJson.Bytes(Parse(json))).ShouldBe(canonical);

    [Theory]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("-0")]
    [InlineData("9007199254740992")]
    [InlineData("12345678901234567890")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""["\ud800"]""")]
    public void What_two_readers_could_read_differently_is_refused(string json) => Should.Throw<ArgumentException>(() => CanonicalJson.Bytes(Parse(json)));

    [Fact]
    public void Decomposed_letters_are_kept_as_they_are()
    {
        var decomposed = "Mẩy".Normalize(NormalizationForm.FormD);
        CanonicalJson.Hash(new { Name = decomposed }, JsonSerializerOptions.Web).ShouldNotBe(CanonicalJson.Hash(new { Name = "Mẩy" }, JsonSerializerOptions.Web));
    }

    [Fact]
    public void The_form_and_its_hash_are_frozen()
    {
        var value = new { Persons = new[] { new { Name = "Giàng Thị Mẩy", Age = 16 } }, At = new DateTimeOffset(2026, 3, 1, 7, 0, 0, TimeSpan.FromHours(7)), Basis = (string?)null };
        Encoding.UTF8.GetString(CanonicalJson.Bytes(value, JsonSerializerOptions.Web))
            .ShouldBe("""{"at":"2026-03-01T07:00:00+07:00","basis":null,"persons":[{"age":16,"name":"Giàng Thị Mẩy"}]}""");
        Convert.ToHexStringLower(CanonicalJson.Hash(value, JsonSerializerOptions.Web)).ShouldBe("808a7d8c69752e4014a8c5e9722737c93f5b8e1267c58397ee2d90b808634599");
    }

    [Fact]
    public void A_request_has_a_print_that_nobody_can_make_without_the_key()
    {
        var prints = new RequestHash(KeysDatabase.Masters("one"));
        var print = prints.Of("POST", "/referrals", "{}"u8);
        Convert.ToHexStringLower(print).ShouldBe("a8cbe1d0a39eff9abfa4be565b711bbe3146810e91cdeef91b55cc244632f8ac");
        prints.Of("POST", "/referrals", "{}"u8).ShouldBe(print);
        foreach (var other in new[] { prints.Of("PUT", "/referrals", "{}"u8), prints.Of("POST", "/referrals/", "{}"u8), prints.Of("POST", "/referrals", "{ }"u8), prints.Of("POST", "/referral", "s{}"u8), new RequestHash(KeysDatabase.Masters("two")).Of("POST", "/referrals", "{}"u8) })
            other.ShouldNotBe(print);
    }

    [Theory]
    [InlineData("", "holds no key")]
    [InlineData("# only a remark", "holds no key")]
    [InlineData("no-colon", "ID:BASE64")]
    [InlineData("a:AAAA", "exactly 32 bytes")]
    [InlineData("a b:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "ID:BASE64")]
    [InlineData("a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\na:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "twice")]
    [InlineData("a:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB", "exactly 32 bytes")]
    public void A_malformed_master_key_is_refused_with_a_sentence_that_does_not_quote_it(string lines, string sentence)
    {
        var refused = Should.Throw<StartupException>(() => MasterKeys.Parse(lines, "Privacy:MasterKey"));
        refused.ExitCode.ShouldBe(StartupException.Configuration);
        refused.Message.ShouldContain(sentence);
        refused.Message.ShouldStartWith("Privacy:MasterKey");
        refused.Message.ShouldNotContain("BBBBBB");
    }

    [Fact]
    public void Master_keys_come_from_the_setting_or_from_a_file()
    {
        const string Line = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        MasterKeys.FromConfiguration(With(("Privacy:MasterKey", Line))).CurrentId.ShouldBe("k1");
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "# newest first\r\nk2:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n" + Line);
        var masters = MasterKeys.FromConfiguration(With(("Privacy:MasterKeyFile", file)));
        (masters.CurrentId, masters.Knows("k1"), masters.Knows("k3")).ShouldBe(("k2", true, false));
        File.Delete(file);
        Should.Throw<StartupException>(() => MasterKeys.FromConfiguration(With(("Privacy:MasterKeyFile", file)))).Message.ShouldContain(file);
        Should.Throw<StartupException>(() => MasterKeys.FromConfiguration(With())).Message.ShouldContain("Privacy:MasterKey");
        Should.Throw<StartupException>(() => MasterKeys.FromConfiguration(With(("Privacy:MasterKeyFile", file), ("Privacy:MasterKey", Line)))).Message.ShouldContain("not both");
        masters.ToString().ShouldNotContain("AAAA");

        static IConfiguration With(params (string, string)[] settings) =>
            new ConfigurationBuilder().AddInMemoryCollection(settings.Select(each => KeyValuePair.Create(each.Item1, (string?)each.Item2))).Build();
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
