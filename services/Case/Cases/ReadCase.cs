using Dapper;
using Hotline111.Case.Persons;
using Hotline111.Case.Referrals;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Cases;

/// <summary>GET /cases/{id}: the whole case with persons, timeline and joint picture; the read is recorded before it leaves. GET /cases/{id}/timeline: without personal data.</summary>
public static class ReadCase
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/{id:guid}", Handle).RequireAction(CaseAccess.Table, "case.read")
            .DescribeRead("Xem hồ sơ ca; mỗi lần xem đều được ghi lại", "the case; the read is recorded");
        routes.MapGet("/{id:guid}/timeline", Timeline).RequireAction(CaseAccess.Table, "case.timeline")
            .DescribeRead("Diễn biến và các phiếu chuyển tuyến của hồ sơ ca, không có thông tin cá nhân", "timeline and referrals of the case, without personal data");
    }

    private static async Task<IResult> Timeline(Guid id, EventStore store, CancellationToken ct)
    {
        var folded = await store.Load(CaseDecider.Instance, id, ct);
        if (folded.State is not CaseState.InProgress state)
            return CaseRefusals.NotFound.ToProblem();
        var referrals = await CaseReferral.Of(store, id, ct);
        return Answers.WithVersion(
            new { id, state.Number, timeline = await CaseTimeline.Read(store, id, ct), referrals, picture = JointPicture.Of(referrals, [.. state.Persons.Select(person => person.Id)]) },
            folded.Version);
    }

    private static async Task<IResult> Handle(Guid id, CommandContext context, EventStore store, PersonKeys keys, ReadLog readLog, CancellationToken ct)
    {
        var folded = await store.Load(CaseDecider.Instance, id, ct);
        if (folded.State is not CaseState.InProgress state)
            return CaseRefusals.NotFound.ToProblem();

        await readLog.Record(context.Metadata, context.Now, state.Owners(id, state.Persons.Select(person => person.Id)), "case.read", FieldGroup.All, ct);
        var referrals = await CaseReferral.Of(store, id, ct);
        List<object> persons = [];
        foreach (var person in state.Persons)
            persons.Add(await Shown(person));
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var contactNumber = await connection.QuerySingleOrDefaultAsync<string>(new CommandDefinition(
            "SELECT number FROM read.contact WHERE contact_id = @id", new { id = state.ContactId }, cancellationToken: ct));
        return Answers.WithVersion(
            new
            {
                id,
                state.Number,
                state = state.Name,
                state.ContactId,
                contactNumber,
                place = state.Place is { } p ? new { p.Edition, p.ProvinceCode, p.FormerProvinceCode, commune = await Open(p.Commune) } : null,
                state.SafeContact,
                callerContact = await Open(state.CallerContact),
                narrative = await Open(state.Narrative),
                state.RiskLevel,
                state.RiskSigns,
                state.Urgency,
                state.AwaitsDetails,
                restriction = state.Restriction is { } r
                    ? new { r.Agencies, r.Provinces, reason = CaseAccess.Table.Allows(context.User.Role, "case.restrict") ? await Open(r.Reason) : null }
                    : null,
                persons,
                referrals,
                picture = JointPicture.Of(referrals, [.. state.Persons.Select(person => person.Id)]),
                timeline = await CaseTimeline.Read(store, id, ct),
                CaseStanding.Of(context.User, state).Allowed,
            },
            folded.Version);

        async Task<string?> Open(Personal<string>? personal) => personal is null ? null : await keys.Open(personal, ct);

        async Task<object> Shown(Person person)
        {
            var f = person.Facts;
            return new
            {
                person.Id,
                name = await Open(f.Name),
                f.Gender,
                f.BirthYear,
                f.Age,
                f.AgeOn,
                f.EthnicityGroup,
                f.Purpose,
                f.Type,
                f.Destination,
                f.Status,
                phone = await Open(f.Phone),
                address = await Open(f.Address),
                identityNumber = await Open(f.IdentityNumber),
                location = await Open(f.Location),
                note = await Open(f.Note),
            };
        }
    }
}
