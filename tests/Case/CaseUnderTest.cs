using System.Security.Cryptography;
using Hotline111.Case.Cases;
using Hotline111.Case.Persons;
using Hotline111.Case.Referrals;
using Hotline111.Case.Releasing;
using Hotline111.Contracts.Catalogues;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.Messaging;
using Hotline111.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline111.Case.Tests;

/// <summary>The service Case on a database of its own, told of a few desks. All persons in it are invented.</summary>
public sealed class CaseUnderTest : IAsyncLifetime
{
    public static readonly DateTimeOffset Night = new(2026, 3, 5, 22, 0, 0, TimeSpan.FromHours(7));

    public const string Counsellor = "counsellor", Supervisor = "supervisor", Director = "director";

    public ServiceUnderTest Service { get; private set; } = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Service = await ServiceUnderTest.Start(
            "case",
            typeof(CaseDecider).Assembly,
            store => store.Family(CaseDecider.Instance).Inline(new CaseList()).Inline(new CaseTimeline()),
            (builder, surroundings) =>
            {
                var file = surroundings.PathOf("release.pem");
                using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
                builder.Configuration["Release:SigningKeyFile"] = file;
                builder.Services.AddSingleton(ReleaseKey.Read(builder.Configuration));
                builder.Services.AddSingleton<KnownDesks>();
            },
            app =>
            {
                var cases = app.MapGroup("/cases");
                OpenCase.Map(cases);
                DescribePerson.Map(cases);
                AssessCase.Map(cases);
                RestrictCase.Map(cases);
                PreviewPackage.Map(cases);
                ReleasePackage.Map(cases);
                ReadCase.Map(cases);
                ReadPicture.Map(cases);
                CaseList.Map(cases);
            },
            CancellationToken.None);
        foreach (var id in new[] { "c02", "police.08", "police.01", "womens-union.08", "womens-union" })
            await Desk(id);
    }

    public ValueTask DisposeAsync() => Service.DisposeAsync();

    /// <summary>Referral tells of a desk as the directory has it at the start.</summary>
    public Task Desk(string id)
    {
        var desk = AgencyDirectory.FindDesk(id)!;
        return Service.Deliver<DeskChanged>(
            KnownDesks.WhenDeskChanged,
            new(desk.Id, desk.AgencyId, desk.Sector, $"{desk.ReleaseProfile}@2026-1", string.Join(',', desk.ProvinceCodes), "phone", new DateOnly(2025, 7, 1), null, Night),
            Guid.CreateVersion7(),
            Ct);
    }

    /// <summary>Case hears what Referral tells of a referral, in the way that its Program.cs says.</summary>
    public Task Hear(IReferralEvent message, Guid? stream = null) => message is ReferralSent sent
        ? Service.Deliver<ReferralSent>(WhenReferralSent.Handle, sent, sent.ReferralId, Ct)
        : (Task)typeof(CaseUnderTest).GetMethod(nameof(Follow), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!
            .MakeGenericMethod(message.GetType()).Invoke(this, [message, stream ?? Guid.CreateVersion7()])!;

    private Task Follow<T>(T message, Guid stream)
        where T : class, IReferralEvent => Service.Deliver<T>(ReferralCourse.When, message, stream, Ct);

    /// <summary>A new case; its id is the caller's or new.</summary>
    public async Task<Guid> Open(Guid? id = null, object? more = null)
    {
        var answer = await Service.Post("/cases", Counsellor, more ?? new { id, contactId = Guid.CreateVersion7(), narrative = "Diễn biến hư cấu.", safeContact = "only_hours" }, Ct);
        return answer.Ok.GetProperty("id").GetGuid();
    }

    /// <summary>A person of a case.</summary>
    public async Task<Guid> Person(Guid caseId) =>
        (await Service.Post($"/cases/{caseId}/persons", Counsellor, new { name = "Người hư cấu", gender = "female", birthYear = 2010, ethnicityGroup = "kinh", identityNumber = "hư cấu 111" }, Ct))
        .Ok.GetProperty("id").GetGuid();

    /// <summary>A referral that was sent.</summary>
    public static ReferralSent Sent(
        Guid caseId, string desk = "police.08", string purpose = "verify_rescue", Guid? contact = null, string part = "lead", string urgency = "urgent", Guid? previous = null, Guid? id = null)
    {
        var referral = id ?? Guid.CreateVersion7();
        return new(referral, $"RF-2026-{Random.Shared.Next(1000000, 9999999)}", caseId, desk, desk, purpose, urgency, "08", new string('a', 64), Night, "approved", part, contact, previous);
    }
}
