using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.SmallService;

// The smallest service there can be: what the platform does for every service is tried on it, as a process of its own.
var builder = WebApplication.CreateBuilder(args);

builder.AddPlatform("small");
builder.AddAccess("small");
builder.AddEventStore("small", store => store.Family(NoteDecider.Instance));
builder.Services.AddValidation();
builder.Services.AddSingleton<Breakable>().AddHostedService(services => services.GetRequiredService<Breakable>());
builder.Services.AddSingleton(new DegradationSource(_ => builder.Configuration["Small:Degraded"] is { } code ? [code] : []));
builder.Services.AddSingleton(new Verb("say", "says its argument", async (_, arguments, _) =>
{
    await Console.Out.WriteLineAsync(string.Join(' ', arguments));
    return 7;
}));

var app = builder.Build();
app.UsePlatform();
Notes.Map(app.MapGroup("/notes").WithTags("Notes"));
Faults.Map(app.MapGroup("/faults"));

return await app.RunPlatform(args);
