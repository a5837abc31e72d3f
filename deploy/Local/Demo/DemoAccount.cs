using System.Security.Cryptography;
using System.Text.Json;

namespace Hotline111.Local.Demo;

/// <summary>An invented person who can sign in to a demonstration. Passwords and secrets are made anew for every installation.</summary>
/// <param name="UserName">What is typed at sign-in.</param>
/// <param name="DisplayName">The name colleagues see.</param>
/// <param name="Role">A role of <c>Hotline111.Contracts.Access.Roles</c>.</param>
/// <param name="Agency">Agency id; null for the hotline's own staff.</param>
/// <param name="Desks">Desk ids.</param>
/// <param name="Provinces">Province codes; empty for no limit.</param>
/// <param name="Password">The password.</param>
/// <param name="TotpSecret">The TOTP secret in Base32.</param>
public sealed record DemoAccount(
    string UserName, string DisplayName, string Role, string? Agency, IReadOnlyList<string> Desks, IReadOnlyList<string> Provinces, string Password, string TotpSecret);

/// <summary>The people of the demonstration.</summary>
public static class DemoAccounts
{
    /// <summary>A counsellor of the hotline.</summary>
    public const string Counsellor = "tuvan1";

    /// <summary>Another counsellor of the hotline.</summary>
    public const string SecondCounsellor = "tuvan2";

    /// <summary>A shift supervisor of the hotline.</summary>
    public const string Supervisor = "truongca";

    /// <summary>A liaison of the health and social affairs desk in Hải Phòng.</summary>
    public const string HealthHaiPhong = "yte-haiphong";

    /// <summary>A liaison of the health and social affairs desk in Tuyên Quang.</summary>
    public const string HealthTuyenQuang = "yte-tuyenquang";

    /// <summary>A liaison of the border guard's department at the centre.</summary>
    public const string BorderGuard = "bienphong";

    /// <summary>The head of the border guard's department at the centre.</summary>
    public const string BorderGuardHead = "lanhdao-bienphong";

    /// <summary>A liaison of the border guard's anti-trafficking division.</summary>
    public const string BorderGuardDivision = "bienphong-pcmbn";

    /// <summary>A liaison of the border guard in Lào Cai.</summary>
    public const string BorderGuardLaoCai = "bienphong-laocai";

    /// <summary>A liaison of the criminal police in Tuyên Quang.</summary>
    public const string PoliceTuyenQuang = "congan-tuyenquang";

    /// <summary>Another liaison of the same desk.</summary>
    public const string SecondPoliceTuyenQuang = "congan-tuyenquang2";

    /// <summary>A liaison of the criminal police in Lào Cai.</summary>
    public const string PoliceLaoCai = "congan-laocai";

    /// <summary>A liaison of the criminal police department at the centre (C02).</summary>
    public const string CriminalPolice = "c02";

    /// <summary>A liaison of its anti-trafficking division.</summary>
    public const string CriminalPoliceDivision = "c02-pcmbn";

    /// <summary>A liaison of the consular department.</summary>
    public const string Consular = "lanhsu";

    /// <summary>A liaison of the Women's Union at the centre.</summary>
    public const string WomensUnion = "phunu";

    /// <summary>A liaison of the International Organization for Migration.</summary>
    public const string Migration = "iom";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly DemoAccount[] People =
    [
        Person(Counsellor, "Nguyễn Thị Mai (tư vấn viên)", "counsellor"),
        Person(SecondCounsellor, "Trần Văn Hòa (tư vấn viên)", "counsellor"),
        Person(Supervisor, "Lê Thị Thu Hà (trưởng ca)", "supervisor"),
        Person("giamdoc", "Phạm Quốc Bình (giám đốc)", "director"),
        Person(HealthHaiPhong, "Đỗ Thị Lan (Sở Y tế Hải Phòng)", "liaison", "health.31", "health.31"),
        Person(BorderGuard, "Vũ Đình Khang (Cục PCMT&TP, BĐBP)", "liaison", "border-guard", "border-guard"),
        Person(PoliceTuyenQuang, "Hoàng Minh Tuấn (Công an tỉnh Tuyên Quang)", "liaison", "police.08", "police.08"),
        Person(SecondPoliceTuyenQuang, "Lý Thị Hạnh (Công an tỉnh Tuyên Quang)", "liaison", "police.08", "police.08"),
        Person(PoliceLaoCai, "Phan Văn Lực (Công an tỉnh Lào Cai)", "liaison", "police.15", "police.15"),
        Person(CriminalPolice, "Đinh Quang Hưng (C02, Bộ Công an)", "liaison", "c02", "c02"),
        Person(CriminalPoliceDivision, "Tạ Thị Minh (Phòng PCMBN, C02)", "liaison", "c02", "c02-anti-trafficking"),
        Person(BorderGuardDivision, "Hà Văn Thắng (Phòng PCMBN, BĐBP)", "liaison", "border-guard", "border-guard-anti-trafficking"),
        Person(BorderGuardLaoCai, "Giàng A Sính (BĐBP tỉnh Lào Cai)", "liaison", "border-guard.15", "border-guard.15"),
        Person(HealthTuyenQuang, "Ma Thị Nga (Sở Y tế Tuyên Quang)", "liaison", "health.08", "health.08"),
        Person(Consular, "Trịnh Hải Yến (Cục Lãnh sự)", "liaison", "consular", "consular"),
        Person(WomensUnion, "Dương Thị Hợp (Hội LHPN Việt Nam)", "liaison", "womens-union", "womens-union"),
        Person(Migration, "Quách Thu Trang (IOM)", "liaison", "iom", "iom"),
        Person(BorderGuardHead, "Ngô Văn Sơn (lãnh đạo, BĐBP)", "agency-head", "border-guard"),
        Person("kiemtoan", "Bùi Thị Ngọc (kiểm toán)", "auditor"),
        Person("quantri", "Đặng Hữu Phước (quản trị)", "administrator"),
    ];

    /// <summary>
    /// The accounts of an installation, with their secrets; made and kept in the file at the first call. People who joined the demonstration since are added, and
    /// those who are there keep their secrets.
    /// </summary>
    public static IReadOnlyList<DemoAccount> ReadOrMake(string file)
    {
        var known = Read(file);
        var missing = People
            .Where(person => known.All(account => account.UserName != person.UserName))
            .Select(person => person with { Password = NewPassword(), TotpSecret = Totp.ToBase32(RandomNumberGenerator.GetBytes(20)) })
            .ToArray();
        if (missing.Length == 0)
        {
            return known;
        }

        DemoAccount[] accounts = [.. known, .. missing];
        // Beside it and then in its place: passwords that are in use must not be lost half-way.
        Account.WriteFile($"{file}.new", JsonSerializer.Serialize(accounts, Json), account: null);
        File.Move($"{file}.new", file, overwrite: true);
        return accounts;
    }

    /// <summary>The accounts of an installation as its last start left them; none before the first.</summary>
    public static IReadOnlyList<DemoAccount> Read(string file) =>
        File.Exists(file) ? JsonSerializer.Deserialize<DemoAccount[]>(File.ReadAllText(file), Json)! : [];

    private static DemoAccount Person(string userName, string displayName, string role, string? agency = null, params string[] desks) =>
        new(userName, displayName, role, agency, desks, [], "", "");

    // Without letters and digits that look alike.
    private static string NewPassword() =>
        string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 5)));
}
