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

    /// <summary>A shift supervisor of the hotline.</summary>
    public const string Supervisor = "truongca";

    /// <summary>A liaison of the health and social affairs desk in Hải Phòng.</summary>
    public const string HealthHaiPhong = "yte-haiphong";

    /// <summary>A liaison of the border guard's anti-trafficking division.</summary>
    public const string BorderGuard = "bienphong";

    /// <summary>A liaison of the criminal police in Tuyên Quang.</summary>
    public const string PoliceTuyenQuang = "congan-tuyenquang";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly DemoAccount[] People =
    [
        Person(Counsellor, "Nguyễn Thị Mai (tư vấn viên)", "counsellor"),
        Person("tuvan2", "Trần Văn Hòa (tư vấn viên)", "counsellor"),
        Person(Supervisor, "Lê Thị Thu Hà (trưởng ca)", "supervisor"),
        Person("giamdoc", "Phạm Quốc Bình (giám đốc)", "director"),
        Person(HealthHaiPhong, "Đỗ Thị Lan (Sở Y tế Hải Phòng)", "liaison", "health.31", "health.31"),
        Person(BorderGuard, "Vũ Đình Khang (Cục PCMT&TP, BĐBP)", "liaison", "border-guard", "border-guard"),
        Person(PoliceTuyenQuang, "Hoàng Minh Tuấn (Công an tỉnh Tuyên Quang)", "liaison", "police.08", "police.08"),
        Person("lanhdao-bienphong", "Ngô Văn Sơn (lãnh đạo, BĐBP)", "agency-head", "border-guard"),
        Person("kiemtoan", "Bùi Thị Ngọc (kiểm toán)", "auditor"),
        Person("quantri", "Đặng Hữu Phước (quản trị)", "administrator"),
    ];

    /// <summary>The accounts of an installation, with their secrets; made and kept in the file at the first call.</summary>
    public static IReadOnlyList<DemoAccount> ReadOrMake(string file)
    {
        if (File.Exists(file))
        {
            return JsonSerializer.Deserialize<DemoAccount[]>(File.ReadAllText(file), Json)!;
        }

        var accounts = People
            .Select(person => person with { Password = NewPassword(), TotpSecret = Totp.ToBase32(RandomNumberGenerator.GetBytes(20)) })
            .ToArray();
        Account.WriteFile(file, JsonSerializer.Serialize(accounts, Json), account: null);
        return accounts;
    }

    private static DemoAccount Person(string userName, string displayName, string role, string? agency = null, params string[] desks) =>
        new(userName, displayName, role, agency, desks, [], "", "");

    // Without letters and digits that look alike.
    private static string NewPassword() =>
        string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 5)));
}
