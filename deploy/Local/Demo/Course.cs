namespace Hotline111.Local.Demo;

/// <summary>What an addressed desk does with a request.</summary>
/// <param name="Desk">The desk's id.</param>
/// <param name="Liaison">User name of the person who answers for it.</param>
/// <param name="Purpose">Code of list referral-purpose.</param>
/// <param name="Basis">Code of list disclosure-basis on which the package is released.</param>
/// <param name="Need">What is asked for, in words.</param>
/// <param name="Answer">The body of <c>accept</c>, or of <c>decline</c> when <paramref name="Declines"/>.</param>
/// <param name="Declines">Whether the desk declines.</param>
public sealed record CourseReferral(string Desk, string Liaison, string Purpose, string Basis, string Need, object Answer, bool Declines = false);

/// <summary>One course of events, from a contact to the answers of the desks. All people in it are invented.</summary>
/// <param name="Title">For the reader.</param>
/// <param name="By">User name of the member of staff who takes the contact.</param>
/// <param name="Contact">The body of <c>POST /api/contacts</c>.</param>
/// <param name="Category">The body of <c>categorise</c>.</param>
/// <param name="Case">The members of <c>POST /api/cases</c> beside contactId.</param>
/// <param name="Person">The body of <c>POST /api/cases/{id}/persons</c>.</param>
/// <param name="Assessment">The body of <c>assess</c>; its urgency is that of the referrals.</param>
/// <param name="Urgency">Code of list urgency.</param>
/// <param name="Referrals">To whom it goes.</param>
public sealed record Course(
    string Title,
    string By,
    object Contact,
    object Category,
    CourseCase Case,
    object Person,
    object Assessment,
    string Urgency,
    IReadOnlyList<CourseReferral> Referrals)
{
    private const string Edition = "2026-04-30";

    /// <summary>
    /// After the course of June 2023: a father in the former Hà Giang (02, since July 2025 part of Tuyên Quang, 08) calls about his daughter, born 2010,
    /// who is held in Hải Phòng. Two bodies are linked at once.
    /// </summary>
    public static Course FatherCalls(TimeProvider clock) => new(
        "Cha gọi từ Hà Giang cũ (nay là Tuyên Quang): con gái sinh năm 2010 bị giữ ở Hải Phòng",
        DemoAccounts.Counsellor,
        new
        {
            channel = "phone_in",
            occurredAt = clock.GetUtcNow().AddMinutes(-6),
            caller = new { kind = "relative_friend", gender = "male", age = 43, name = "Sùng Mí Già", phone = "0900 000 111" },
            place = new { edition = Edition, provinceCode = "08", formerProvinceCode = "02", commune = "xã Lũng Vài (tên giả định)" },
            language = "vi",
            safeContact = "any_time",
            summary = "Người cha báo con gái đi làm theo lời rủ của người quen qua mạng, nay gọi về khóc, nói bị giữ trong một quán ở Hải Phòng, không cho ra ngoài và bắt tiếp khách.",
        },
        new { category = "referral", topics = Codes("online_lure", "missing_person") },
        new CourseCase(
            new { edition = Edition, provinceCode = "31" },
            "any_time",
            "Người cha, 0900 000 111, nghe máy cả ngày",
            "Cháu gái sinh năm 2010 được một tài khoản mạng xã hội rủ đi làm phục vụ quán ăn, đón ở bến xe rồi đưa xuống Hải Phòng. Cháu gọi về bằng điện thoại mượn, nói quán gần một cây cầu lớn, cửa khóa ngoài, có hai bạn cùng tuổi."),
        new
        {
            name = "Sùng Thị Dín",
            gender = "female",
            birthYear = 2010,
            ethnicityGroup = "ethnic_minority",
            purpose = "sexual_exploitation",
            type = "domestic",
            destination = "VN",
            status = "suspected",
            phone = "0900 000 222",
            location = "Hải Phòng, quán gần cầu lớn, chưa rõ phường",
            note = "Nói tiếng Mông là chính, hiểu tiếng Việt vừa đủ.",
        },
        new { riskLevel = "critical", riskSigns = Codes("confined", "minor"), urgency = "emergency" },
        "emergency",
        [
            new(
                "border-guard",
                DemoAccounts.BorderGuard,
                "verify_rescue",
                "vital_interest",
                "Xác minh nơi giữ cháu, phối hợp giải cứu ngay; có thể còn hai cháu khác cùng nơi.",
                new { unit = "Phòng phòng, chống mua bán người", officer = "Trực ban Vũ Đình Khang", expectedOn = Tomorrow(clock) }),
            new(
                "health.31",
                DemoAccounts.HealthHaiPhong,
                "child_protection",
                "child_duty",
                "Cử người của Trung tâm công tác xã hội cùng tiếp nhận cháu, bố trí chỗ ở tạm và người phiên dịch tiếng Mông.",
                new { reason = "no_capacity", advisedDeskId = "womens-union.31", text = "Nhà tạm lánh của Trung tâm đang sửa chữa, chưa nhận trẻ gái; đề nghị Hội LHPN thành phố tiếp nhận chỗ ở." },
                Declines: true),
        ]);

    /// <summary>
    /// After the course of January 2015: a call after midnight, from abroad; the shift head turns to the provincial criminal police at once.
    /// </summary>
    public static Course NightCall(TimeProvider clock) => new(
        "Cuộc gọi sau nửa đêm: trưởng ca chuyển ngay Công an tỉnh",
        DemoAccounts.Supervisor,
        new
        {
            channel = "phone_in",
            occurredAt = clock.GetUtcNow().AddMinutes(-3),
            caller = new { kind = "victim", gender = "female", age = 19, name = "Lò Thị Mây", phone = "+86 100 0000 0111" },
            language = "vi",
            safeContact = "caller_calls_back",
            summary = "Cô gái gọi lúc hơn 0 giờ, nói nhỏ, bị bán sang bên kia biên giới làm vợ, đang trốn trong bếp. Máy sắp hết pin.",
        },
        new { category = "referral", topics = Codes("marriage") },
        new CourseCase(
            new { edition = Edition, provinceCode = "08" },
            "caller_calls_back",
            null,
            "Người gọi quê ở Tuyên Quang, bị một phụ nữ quen ở chợ đưa qua biên giới ba tuần trước. Không biết địa danh; số máy đang gọi có thể giúp xác định vị trí. Tuyệt đối không gọi lại."),
        new
        {
            name = "Lò Thị Mây",
            gender = "female",
            age = 19,
            ethnicityGroup = "ethnic_minority",
            purpose = "forced_marriage",
            type = "cross_border_out",
            destination = "CN",
            status = "suspected",
            phone = "+86 100 0000 0111",
            note = "Chỉ nhận cuộc gọi do chính cô gọi đến.",
        },
        new { riskLevel = "critical", riskSigns = Codes("confined", "contact_unsafe", "offender_near"), urgency = "emergency" },
        "emergency",
        [
            new(
                "police.08",
                DemoAccounts.PoliceTuyenQuang,
                "verify_rescue",
                "vital_interest",
                "Xác định vị trí qua số máy gọi đến, phối hợp cảnh sát nước bạn giải cứu. Không gọi vào số này.",
                new { unit = "Phòng Cảnh sát hình sự", officer = "Trực ban Hoàng Minh Tuấn", expectedOn = Tomorrow(clock) }),
        ]);

    /// <summary>Both courses.</summary>
    public static IReadOnlyList<Course> All(TimeProvider clock) => [FatherCalls(clock), NightCall(clock)];

    private static string[] Codes(params string[] codes) => codes;

    // A day that is over when the desk answers, for midnight came between, is taken by nobody.
    private static DateOnly Tomorrow(TimeProvider clock) => DateOnly.FromDateTime(clock.GetUtcNow().ToOffset(TimeSpan.FromHours(7)).Date).AddDays(1);
}

/// <summary>What a case is opened with, beside the contact it comes from.</summary>
public sealed record CourseCase(object Place, string SafeContact, string? CallerContact, string Narrative);
