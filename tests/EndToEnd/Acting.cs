using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>What the people of a journey do at the public door, in short words.</summary>
public static class Acting
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    extension(PlatformClient person)
    {
        /// <summary>Gives a command of a referral; the state that came of it.</summary>
        public async Task<string> Does(string command, Guid referral, object? body = null) =>
            (await person.Post($"api/referrals/{referral}/{command}", body, Ct)).GetProperty("state").GetString()!;

        /// <summary>Gives a command that must be refused.</summary>
        public Task<PlatformRefusalException> IsRefused(string command, Guid referral, object? body = null) =>
            Should.ThrowAsync<PlatformRefusalException>(() => person.Post($"api/referrals/{referral}/{command}", body, Ct));

        /// <summary>The state that the sheet shows.</summary>
        public async Task<string> Sees(Guid referral) =>
            (await person.Get($"api/referrals/{referral}", Ct)).GetProperty("referral").GetProperty("state").GetString()!;

        /// <summary>Whether the sheet exists for this person; a no must be the one that strangers get.</summary>
        public async Task<bool> Finds(Guid referral)
        {
            try
            {
                await person.Get($"api/referrals/{referral}", Ct);
                return true;
            }
            catch (PlatformRefusalException refused)
            {
                refused.Status.ShouldBe(HttpStatusCode.NotFound);
                refused.Slug.ShouldBe("referral-not-found");
                return false;
            }
        }

        /// <summary>The commands that the person may give now.</summary>
        public async Task<IReadOnlyList<string>> May(Guid referral) =>
            [.. (await person.Get($"api/referrals/{referral}/allowed-actions", Ct)).GetProperty("allowed").EnumerateArray().Select(each => each.GetString()!)];

        /// <summary>What happened, as the sheet tells this person: its lines of one kind, or all of them, oldest first.</summary>
        public async Task<IReadOnlyList<JsonElement>> History(Guid referral, string? what = null) =>
        [
            .. (await person.Get($"api/referrals/{referral}", Ct)).GetProperty("history").EnumerateArray().Where(line => what is null || line.GetProperty("what").GetString() == what),
        ];

        /// <summary>Opens the package; the whole answer with its versions.</summary>
        public Task<JsonElement> Opens(Guid referral) => person.Get($"api/referrals/{referral}/package", Ct);

        /// <summary>The referral's row in the inbox of the person's desks, wherever it stands there; null when there is none.</summary>
        public async Task<JsonElement?> InInbox(Guid referral)
        {
            var page = await person.Get("api/inbox?list=all&limit=200", Ct);
            while (true)
            {
                foreach (var row in page.GetProperty("items").EnumerateArray())
                {
                    if (row.GetProperty("id").GetGuid() == referral)
                        return row;
                }

                if (page.GetProperty("cursor") is not { ValueKind: JsonValueKind.String } cursor)
                    return null;
                page = await person.Get($"api/inbox?list=all&limit=200&cursor={Uri.EscapeDataString(cursor.GetString()!)}", Ct);
            }
        }

        /// <summary>Whether the referral stands in a list of the hotline.</summary>
        public async Task<bool> InList(string list, Guid caseId, Guid referral) =>
            (await person.Get($"api/referrals?list={list}&caseId={caseId}", Ct)).GetProperty("items").EnumerateArray().Any(row => row.GetProperty("id").GetGuid() == referral);

        /// <summary>Waits until a case's timeline is as wanted; also until the case is there at all.</summary>
        public Task<JsonElement> Until(Guid caseId, Func<JsonElement, bool> wanted) => person.Until($"api/cases/{caseId}/timeline", wanted);

        /// <summary>Waits until the joint picture of the case's referrals is as wanted.</summary>
        public Task<JsonElement> Pictures(Guid caseId, Func<JsonElement, bool> wanted) => person.Until($"api/cases/{caseId}/picture", wanted);

        /// <summary>Waits until the desk was told of something about the referral.</summary>
        /// <param name="kind">Code of list notice-kind.</param>
        public Task<JsonElement> Noticed(Guid referral, string kind) =>
            person.Until($"api/notices?referralId={referral}&kind={kind}", page => page.GetProperty("items").EnumerateArray().Any(row => row.GetProperty("channel").GetString() == "inbox"));

        private async Task<JsonElement> Until(string path, Func<JsonElement, bool> wanted)
        {
            var deadline = DateTime.UtcNow + Stage.Patience;
            JsonElement shown = default;
            while (true)
            {
                try
                {
                    shown = await person.Get(path, Ct);
                    if (wanted(shown))
                        return shown;
                }
                catch (PlatformRefusalException refused) when (refused.Status == HttpStatusCode.NotFound)
                {
                    // Opened by a message that is still on its way.
                }

                if (DateTime.UtcNow > deadline)
                    throw new TimeoutException($"GET {path} did not show what was expected within {Stage.Patience.TotalSeconds:0} s, but {shown}");
                await Task.Delay(50, Ct);
            }
        }

        /// <summary>One request as it stands: any answer, no repetition.</summary>
        public async Task<(HttpStatusCode Status, JsonElement Body, string? Tag)> Ask(HttpMethod method, string path, object? body = null, string? ifMatch = null)
        {
            using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
            if (body is not null)
                request.Content = JsonContent.Create(body, body.GetType());
            if (ifMatch is not null)
                request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            using var answer = await person.Send(request, Ct);
            var text = await answer.Content.ReadAsStringAsync(Ct);
            return (answer.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text), answer.Headers.ETag?.Tag);
        }
    }
}

/// <summary>Answers that say no.</summary>
public static class Refusing
{
    extension(JsonElement problem)
    {
        /// <summary>The public name of a refusal.</summary>
        public string Slug => problem.GetProperty("type").GetString()!["urn:hotline111:".Length..];
    }
}
