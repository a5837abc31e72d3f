using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Hotline111.Contracts.Catalogues;
using Hotline111.Contracts.Tests.House;

namespace Hotline111.Contracts.Tests.Catalogues;

public sealed class ValueListTests
{
    /// <summary>Every list with its codes, written down a second time; a star marks a value that occurs in published reports.</summary>
    private static readonly Dictionary<string, string> Expected = new()
    {
        ["contact-channel"] = "phone_in* phone_out zalo* mobile_app* website* fanpage* email* press* sms in_person agency* letter other",
        ["main-category"] = "information* counselling* referral*",
        ["contact-kind-outside-total"] = "silent wrong_number test abusive child_protection dropped",
        ["topic"] = """
            hotline_function* tip_situation* migration* labour_export* jobs* law_policy* psychological* victim_services*
            missing_person* financial* shelter* legal* medical* online_lure marriage child_adoption*
            """,
        ["caller-kind"] = """
            public* relative_friend* victim* local_official* press* agency ngo employer perpetrator_suspected unknown
            """,
        ["gender"] = "male* female* other unknown",
        ["age-band-callers"] = "0-10* 11-14* 15-18* 19-25* 26-40* over_40* unknown*",
        ["age-band-persons"] = "under_10* 11-14* 15-16* 16-18* over_18*",
        ["ethnicity-group"] = "kinh* ethnic_minority* unknown",
        ["act"] = "recruit transport harbour transfer receive",
        ["means"] = """
            force threat deception abduction coercion abuse_vulnerability debt drug payment_controller other
            not_required_minor unknown
            """,
        ["purpose"] = """
            sexual_exploitation* labour_exploitation* forced_criminality forced_marriage illegal_marriage* illegal_adoption*
            organ_removal begging surrogacy unborn_child servitude fishing material_gain other_inhumane unknown
            """,
        ["trafficking-type"] = "domestic* cross_border_out* into_vietnam transit attempted unknown",
        ["destination"] = "KH* CN* LA* MM* TH MY PH TW KR JP RU GB PL DE FR SA AE VN* unknown",
        ["relation-to-trafficker"] = """
            stranger_online stranger_offline acquaintance friend relative parent spouse_partner neighbour broker employer none unknown
            """,
        ["recruitment-way"] = """
            social_media messaging online_ad job_agency matchmaker friends family school workplace abduction other unknown
            """,
        ["service"] = """
            essential_needs medical interpreter legal_information legal_aid travel psychological schooling vocational_job
            hardship_grant_loan shelter rescue search protection repatriation identity_papers child_care reintegration other
            """,
        ["referral-purpose"] = """
            verify_rescue* receive_support* investigate protect consular* border_intercept search_missing shelter psychological
            legal_aid medical reintegration child_protection information_only
            """,
        ["receiving-sector"] = """
            police* border_guard* coast_guard foreign_affairs* womens_union* health_social* commune ngo* facility international
            """,
        ["urgency"] = "emergency urgent standard information",
        ["risk-sign"] = "confined violence weapon suicide minor pregnant ransom moving_to_border offender_near contact_unsafe",
        ["safe-contact"] = "any_time only_hours caller_calls_back code_word no_message via_third_person",
        ["decline-reason"] = """
            not_competent wrong_territory duplicate insufficient_info no_indicator already_handled no_capacity person_declines other
            """,
        ["referral-result"] = """
            verified_true verified_false not_verifiable rescued returned_home located_not_reached case_opened no_case support_given
            repatriated person_not_found deceased
            """,
        ["closure-reason"] = """
            objective_met victim_declined lost_contact not_trafficking duplicate_merged handed_over no_further_action caller_withdrew
            deceased error
            """,
        ["person-outcome"] = "rescued supported reintegrated still_missing still_abroad identified not_identified unknown",
        ["disclosure-basis"] = "consent vital_interest child_duty crime_report statutory_request anonymised none",
        ["person-status"] = "suspected in_identification identified not_victim",
        ["risk-level"] = "critical high medium low not_assessed",
        ["evidence-source"] = """
            prosecuting_body rescuing_body mission_abroad other_domestic_body foreign_authority person_or_relatives perpetrator
            other_victims_or_witnesses other_lawful_evidence
            """,
        ["referral-state"] = """
            Draft AwaitingApproval Sent Acknowledged NeedsInformation HandingOn Accepted Acting OnHold Reported
            Closed Declined HandedOn Withdrawn
            """,
        ["referral-overlay"] = "overdue outcome_unknown",
        ["receipt-step"] = "published delivered opened acknowledged",
        ["joint-standing"] = "no_referral unplaced waiting answering in_progress partly_reported reported done outcome_unknown",
        ["joint-outcome"] = """
            contradictory deceased safe supported located not_found confirmed unfounded unclear not_applicable no_result
            """,
        ["notice-kind"] = """
            sent withdrawn withdrawal_requested information_answered supplement result_questioned result_confirmed request_settled
            hand_on_ended data_restored message
            """,
        ["mark"] = "assigned en_route on_scene person_safe nothing_found handed_over",
        ["progress"] = "verifying searching in_contact action_planned acting supporting waiting_other_body no_news other",
        ["hold-reason"] = "person_unreachable waiting_other_body waiting_person unsafe_now abroad other",
        ["withdrawal-reason"] = "consent_withdrawn sent_in_error wrong_desk duplicate need_met taken_back parent_withdrawn",
        ["milestone"] = "initial_verification identification_requested identification_decided child_first_action first_action",
        ["referral-request"] = "extension joint danger",
        ["request-decision"] = "granted refused noted",
        ["tell-caller"] = "may_tell ask_first must_not",
        ["referral-part"] = "lead helper",
        ["hand-on-end"] = "declined withdrawn taken_back silent",
        ["review-finding"] = "justified not_justified",
        ["no-result"] = "not_applicable",
    };

    private static readonly string[] EthnicGroups =
    [
        "Kinh", "Tày", "Thái", "Hoa", "Khơ-me", "Mường", "Nùng", "HMông", "Dao", "Gia-rai", "Ngái", "Ê-đê", "Ba-na", "Xơ-Đăng",
        "Sán Chay", "Cơ-ho", "Chăm", "Sán Dìu", "Hrê", "Mnông", "Ra-glai", "Xtiêng", "Bru-Vân Kiều", "Thổ", "Giáy", "Cơ-tu",
        "Gié-Triêng", "Mạ", "Khơ-mú", "Co", "Tà-ôi", "Chơ-ro", "Kháng", "Xinh-mun", "Hà Nhì", "Chu-ru", "Lào", "La Chí", "La Ha",
        "Phù Lá", "La Hủ", "Lự", "Lô Lô", "Chứt", "Mảng", "Pà Thẻn", "Cơ Lao", "Cống", "Bố Y", "Si La", "Pu Péo", "Brâu", "Ơ Đu",
        "Rơ-măm",
    ];

    public static TheoryData<string> Names => [.. ValueLists.Names];

    public static TheoryData<string> ExpectedNames => [.. Expected.Keys];

    [Fact]
    public void The_lists_are_exactly_those_the_domain_names() =>
        ValueLists.Names.ShouldBe(Expected.Keys.Append("ethnic-group"), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(ExpectedNames))]
    public void A_list_has_exactly_the_codes_the_domain_gives_it_and_marks_the_published_ones(string name)
    {
        ValueLists.Get(name).Values
            .Select(value => value.Attested ? value.Code + "*" : value.Code)
            .ShouldBe(Expected[name].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_code_is_unique_and_has_words_in_both_languages(string name)
    {
        var list = ValueLists.Get(name);

        list.Values.Select(value => value.Code).ShouldBeUnique();
        list.Values.Select(value => value.Vi).ShouldBeUnique();
        list.Values.Select(value => value.En).ShouldBeUnique();
        foreach (var value in list.Values)
        {
            foreach (var words in new[] { value.Vi, value.En })
            {
                words.ShouldNotBeNullOrWhiteSpace();
                words.ShouldBe(words.Trim());
                // Composed letters only: search and comparison see one form of "ế".
                words.IsNormalized(NormalizationForm.FormC).ShouldBeTrue();
            }

            list.Contains(value.Code).ShouldBeTrue();
            list.Label(value.Code).ShouldBe(value.Vi);
            list.Label(value.Code, "en-GB").ShouldBe(value.En);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_list_states_edition_validity_source_and_licence(string name)
    {
        var list = ValueLists.Get(name);

        list.Name.ShouldBe(name);
        list.Edition.ShouldBe("2026-1");
        list.ValidFrom.ShouldBe(new DateOnly(2026, 1, 1));
        list.Source.ShouldNotBeNullOrWhiteSpace();
        list.Licence.ShouldBe("Apache-2.0");
    }

    [Fact]
    public void The_fifty_four_ethnic_groups_are_there_under_their_official_numbers()
    {
        var groups = ValueLists.Get("ethnic-group").Values;

        groups.Select(group => group.Vi).ShouldBe(EthnicGroups);
        groups.Select(group => group.Official).ShouldBe(Enumerable.Range(1, 54).Select(number => $"{number:00}"));
        groups.Where(group => group.Group == "kinh").Select(group => group.Code).ShouldBe(["kinh"]);
        groups.Count(group => group.Group == "ethnic_minority").ShouldBe(53);
    }

    [Fact]
    public void Declining_asks_for_an_advised_desk_or_for_words_where_the_reason_needs_them()
    {
        var reasons = ValueLists.Get("decline-reason").Values;

        reasons.Where(reason => reason.RequiresAdvisedDesk).Select(reason => reason.Code)
            .ShouldBe([DeclineReasons.NotCompetent, DeclineReasons.WrongTerritory]);
        reasons.Where(reason => reason.RequiresText).Select(reason => reason.Code).ShouldBe([DeclineReasons.Other]);
    }

    [Fact]
    public void Only_main_categories_count_in_the_total()
    {
        ValueLists.Get("main-category").Values.ShouldAllBe(value => value.CountsInTotal == true);
        ValueLists.Get("contact-kind-outside-total").Values.ShouldAllBe(value => value.CountsInTotal == false);
    }

    [Fact]
    public void Data_may_leave_on_every_basis_but_none() =>
        ValueLists.Get("disclosure-basis").Values.Where(basis => basis.AllowsDisclosure != true).Select(basis => basis.Code)
            .ShouldBe([DisclosureBasis.None]);

    [Theory]
    [InlineData("progress")]
    [InlineData("hold-reason")]
    public void Whoever_says_other_says_it_in_words(string name) =>
        ValueLists.Get(name).Values.Where(value => value.RequiresText).Select(value => value.Code).ShouldBe(["other"]);

    [Fact]
    public void No_result_is_none_of_the_results() => ValueLists.Get("referral-result").Contains(NoResult.NotApplicable).ShouldBeFalse();

    [Fact]
    public void A_referral_ends_closed_declined_handed_on_or_withdrawn_and_nowhere_else() =>
        ValueLists.Get("referral-state").Values.Where(state => state.Final).Select(state => state.Code)
            .ShouldBe(["Closed", "Declined", "HandedOn", "Withdrawn"]);

    [Fact]
    public void The_ten_regimes_of_support_bear_the_letters_of_the_law_in_the_vietnamese_order() =>
        ValueLists.Get("service").Values.Select(service => service.Letter).OfType<string>()
            .ShouldBe(["a", "b", "c", "d", "đ", "e", "g", "h", "i", "k"]);

    [Fact]
    public void Age_bands_only_label_figures() =>
        ValueLists.Names.Where(name => ValueLists.Get(name).DisplayOnly).ShouldBe(["age-band-callers", "age-band-persons"]);

    [Theory]
    [InlineData(typeof(MainCategory), "main-category")]
    [InlineData(typeof(Urgency), "urgency")]
    [InlineData(typeof(DisclosureBasis), "disclosure-basis")]
    [InlineData(typeof(DeclineReasons), "decline-reason")]
    [InlineData(typeof(Sector), "receiving-sector")]
    [InlineData(typeof(ReferralResults), "referral-result")]
    [InlineData(typeof(JointStandings), "joint-standing")]
    [InlineData(typeof(JointOutcomes), "joint-outcome")]
    [InlineData(typeof(NoticeKinds), "notice-kind")]
    [InlineData(typeof(HandOnEnds), "hand-on-end")]
    [InlineData(typeof(ReferralRequests), "referral-request")]
    [InlineData(typeof(RequestDecisions), "request-decision")]
    [InlineData(typeof(ReferralParts), "referral-part")]
    [InlineData(typeof(NoResult), "no-result")]
    public void The_constants_in_code_are_the_codes_of_the_list(Type constants, string name) =>
        CodesOf(constants).ShouldBe(ValueLists.Get(name).Values.Select(value => value.Code), ignoreOrder: true);

    [Fact]
    public void The_reasons_that_rules_decide_on_are_of_the_list() =>
        CodesOf(typeof(WithdrawalReasons)).ShouldBeSubsetOf(ValueLists.Get("withdrawal-reason").Values.Select(value => value.Code));

    [Fact]
    public void Every_class_of_codes_is_held_to_its_list() =>
        typeof(ValueListTests).GetMethod(nameof(The_constants_in_code_are_the_codes_of_the_list))!.GetCustomAttributes<InlineDataAttribute>()
            .Select(row => ((Type)row.Data[0]!).Name).Append(nameof(WithdrawalReasons))
            .ShouldBe(
                Regex.Matches(File.ReadAllText(Repository.At("contracts", "catalogues", "Codes.cs")), @"public static class (\w+)").Select(match => match.Groups[1].Value), ignoreOrder: true);

    [Fact]
    public void A_code_of_another_edition_stays_readable_and_unknown()
    {
        var channels = ValueLists.Get("contact-channel");

        channels.Label("pigeon").ShouldBe("pigeon");
        channels.Contains("pigeon").ShouldBeFalse();
        channels.Contains("PHONE_IN").ShouldBeFalse();
        channels.Contains(null).ShouldBeFalse();
    }

    [Fact]
    public void A_list_that_does_not_exist_is_a_mistake_of_the_caller() =>
        Should.Throw<ArgumentException>(() => ValueLists.Get("colour")).Message.ShouldContain("colour");

    [Theory]
    [InlineData("""{"code":"a","vi":"à","en":"a","attested":true,"requiresTekst":true}""", "requiresTekst")]
    [InlineData("""{"code":"a","vi":"à","en":"a","attested":true},{"code":"a","vi":"b","en":"b","attested":true}""", "more than once")]
    [InlineData("""{"code":"a","vi":" ","en":"a","attested":true}""", "lacks words")]
    [InlineData("""{"code":"a","vi":null,"en":"a","attested":true}""", "sample.json")]
    [InlineData("""{"code":"a","vi":"à","attested":true}""", "en")]
    [InlineData("""{"code":"a","code":"b","vi":"à","en":"a","attested":true}""", "sample.json")]
    [InlineData("", "no values")]
    public void A_faulty_list_fails_to_load_and_says_why(string values, string reason) =>
        Should.Throw<InvalidDataException>(() => ValueLists.Parse("sample.json", Sample(values))).Message.ShouldContain(reason);

    [Fact]
    public void A_list_under_another_file_name_fails_to_load() =>
        Should.Throw<InvalidDataException>(() => ValueLists.Parse("other.json", Sample("""{"code":"a","vi":"à","en":"a","attested":true}""")));

    [Fact]
    public void An_unknown_member_at_the_top_of_any_file_fails_to_load()
    {
        static byte[] WithUnknownMember(string fileName) =>
            Encoding.UTF8.GetBytes("{\"colour\":\"red\"," + Encoding.UTF8.GetString(Catalogue.Read(fileName)).TrimStart()[1..]);

        Should.Throw<InvalidDataException>(() => ValueLists.Parse("urgency.json", WithUnknownMember("urgency.json")));
        Refuses<ProvinceEdition>("provinces.2026-04-30.json");
        Refuses<FormerProvinceEdition>("former-provinces.2025-03-01.json");
        Refuses<RegionSchemes.Document>("region-schemes.json");
        Refuses<Holidays.Document>("holidays.json");
        Refuses<ReleaseProfiles.Document>("release-profiles.json");
        Refuses<AgencyDirectory.Document>("directory.json");
        Refuses<ReferralPolicies.Document>("referral-policies.json");

        static void Refuses<T>(string fileName)
        {
            Catalogue.Parse<T>(fileName, Catalogue.Read(fileName));
            Should.Throw<InvalidDataException>(() => Catalogue.Parse<T>(fileName, WithUnknownMember(fileName))).Message.ShouldContain("colour");
        }
    }

    private static IEnumerable<string> CodesOf(Type constants) =>
        constants.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => field.GetRawConstantValue()).OfType<string>();

    private static byte[] Sample(string values) => Encoding.UTF8.GetBytes(
        $$"""{"list":"sample","edition":"2026-1","validFrom":"2026-01-01","source":"s","licence":"l","values":[{{values}}]}""");
}
