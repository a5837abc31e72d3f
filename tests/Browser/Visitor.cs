using System.Collections.Concurrent;
using System.Diagnostics;
using Deque.AxeCore.Commons;
using Hotline111.Local.Demo;
using Microsoft.Playwright;

namespace Hotline111.Browser.Tests;

/// <summary>A person at a browser, and what the browser noticed on the way.</summary>
public sealed class Visitor : IAsyncDisposable
{
    // In one page and for its violations alone: the package's own run opens a second page each time.
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();
    private const string Violations =
        "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.map(it => `${it.id} ${it.help}: ${it.nodes.map(node => node.html).join(' | ')}`)";

    /// <summary>How long something may take that has no limit of its own (scripts that are evaluated, a message from service to service): only there to end a test that has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly BrowserFixture _fixture;
    private readonly IBrowserContext _context;
    private readonly bool _scripts;
    private readonly List<string> _complaints = [];
    private readonly ConcurrentDictionary<IRequest, long> _waiting = new();

    private Visitor(BrowserFixture fixture, IBrowserContext context, bool scripts) => (_fixture, _context, _scripts) = (fixture, context, scripts);

    public IPage Page { get; private set; } = null!;

    /// <summary>The test takes the platform or the network away: what the page then cannot fetch is nothing to complain of.</summary>
    public bool MayBeCutOff { get; set; }

    internal static async Task<Visitor> Arrive(BrowserFixture fixture, IBrowserContext context, bool scripts)
    {
        var visitor = new Visitor(fixture, context, scripts);
        var origin = fixture.Platform.Address.AbsoluteUri;
        context.RequestFinished += (_, request) => visitor._waiting.TryRemove(request, out var _);
        context.RequestFailed += (_, request) => visitor._waiting.TryRemove(request, out var _);
        context.Request += (_, request) =>
        {
            visitor._waiting[request] = Stopwatch.GetTimestamp();
            if (!request.Url.StartsWith(origin, StringComparison.Ordinal))
                visitor.Complain($"request to {request.Url}");
        };
        context.Console += (_, message) =>
        {
            // Chromium logs every answer from 400 on as an error of the page; which answers come is asked of the answers.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)
                && !(visitor.MayBeCutOff && message.Text.Contains("TypeError: Failed to fetch", StringComparison.Ordinal)))
                visitor.Complain($"{message.Page?.Url}: {message.Text}");
        };
        context.WebError += (_, error) => visitor.Complain($"{error.Page?.Url}: {error.Error}");
        if (scripts)
            await context.AddInitScriptAsync("addEventListener('securitypolicyviolation', e => console.error(`CSP ${e.violatedDirective} ${e.blockedURI}`))");
        visitor.Page = await context.NewPageAsync();
        return visitor;
    }

    /// <summary>Opens a page; the status of the answer.</summary>
    public async Task<int> Open(string path)
    {
        var answer = await Page.GotoAsync(path);
        return answer!.Status;
    }

    /// <summary>Is signed in, in the session that an earlier test opened if it has not ended.</summary>
    public async Task Come(string userName)
    {
        if (_fixture.SessionOf(userName) is { } session)
        {
            await _context.AddCookiesAsync([session]);
            await Open("/");
            if (!Page.Url.Contains("/sign-in", StringComparison.Ordinal))
                return;
        }

        await SignIn(userName);
    }

    /// <summary>Signs in through the pages, as a person does, with the code that stands there for a demonstration's account.</summary>
    public Task SignIn(string userName, string from = "/sign-in") => SignIn(userName, from, Page);

    /// <summary>Signs in on another page of the same browser.</summary>
    public async Task SignIn(string userName, string from, IPage page)
    {
        var account = _fixture.Account(userName);
        await _fixture.Later(userName);
        await page.GotoAsync(from);
        await page.FillAsync("#userName", account.UserName);
        await page.FillAsync("#password", account.Password);
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForSelectorAsync("#code");
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForURLAsync(url => !url.Contains("/sign-in", StringComparison.Ordinal));
        var cookie = (await _context.CookiesAsync()).Single(cookie => cookie.Name == "__Host-hotline111");
        _fixture.Keep(userName, cookie.Name, cookie.Value);
    }

    /// <summary>Goes back, as with the browser's own button.</summary>
    public async Task Back()
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                await Page.GoBackAsync();
                return;
            }
            catch (PlaywrightException missing) when (missing.Message.Contains("ERR_CACHE_MISS", StringComparison.Ordinal))
            {
                // A page that answered a form is not asked for again; the browser's own page, which says so, stands there now.
                return;
            }
            catch (PlaywrightException between) when (between.Message.Contains("Not attached to an active page", StringComparison.Ordinal) && Stopwatch.GetElapsedTime(began) < Patience)
            {
                // While one page takes the place of another Chromium knows of no history.
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }
        }
    }

    public Task Speak(string language) => Page.GotoAsync($"/language/{language}?to=/sign-in");

    /// <summary>The page as somebody sees it: a picture where one is wanted, no axe violation, nothing to scroll sideways.</summary>
    public async Task Look(string name)
    {
        // A page that takes the place of another is there before its style sheets are.
        await Page.WaitForLoadStateAsync();
        if (BrowserFixture.TakesPictures)
            await Page.ScreenshotAsync(new() { Path = Path.Combine(BrowserFixture.Pictures, $"{name}.png"), FullPage = true });
        (await Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")).ShouldBeTrue($"{name} scrolls sideways");
        // Axe waits for timers of the page, which never come where scripts are off; the same pages are looked at with them.
        if (!_scripts)
            return;
        await Page.EvaluateAsync(Axe).WaitAsync(Patience);
        (await Page.EvaluateAsync<string[]>(Violations).WaitAsync(Patience)).Select(violation => $"{name}: {violation}").ShouldBeEmpty();
    }

    public ILocator Text(string text) => Page.GetByText(text, new() { Exact = false }).First;

    public async ValueTask DisposeAsync()
    {
        // What a page waited for in vain, should the test have failed for that. Hints come without an end.
        foreach (var (request, began) in _waiting.Where(each => each.Key.ResourceType != "eventsource" && Stopwatch.GetElapsedTime(each.Value) > TimeSpan.FromSeconds(10)))
            TestContext.Current.TestOutputHelper?.WriteLine($"Without an answer after {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s: {request.Method} {request.ResourceType} {new Uri(request.Url).AbsolutePath}");

        // Chromium forgets now and then that it was asked to close something.
        await _context.DisposeAsync().AsTask().WaitAsync(Patience);
        lock (_complaints)
            _complaints.ShouldBeEmpty();
    }

    private void Complain(string what)
    {
        lock (_complaints)
            _complaints.Add(what);
    }
}

/// <summary>What people do with a page once its scripts run.</summary>
internal static class Hands
{
    extension(IPage page)
    {
        /// <summary>Presses a key of the page's own. A page that has just taken the place of another has none yet.</summary>
        public async Task Press(string key)
        {
            await page.WaitForSelectorAsync("body[data-keys]", new() { State = WaitForSelectorState.Attached });
            await page.Keyboard.PressAsync(key);
        }

        /// <summary>Chooses something on the refer page, and waits until the page has answered it.</summary>
        /// <remarks>The page asks 60 ms after a choice: what is set for later than that comes after it, also when a field that was left has asked before.</remarks>
        public async Task Change(Func<Task> choose)
        {
            await page.WaitForLoadStateAsync();
            await page.RunAndWaitForResponseAsync(choose, answer => answer.Url.EndsWith("/refer/look", StringComparison.Ordinal) && answer.Status == 200);
            await page.EvaluateAsync("() => new Promise(done => setTimeout(done, 100))");
            await page.WaitForFunctionAsync("() => !document.querySelector('.htmx-request') && !document.querySelector('.htmx-swapping')");
        }

        /// <summary>Waits until what was typed and chosen in this form is held by the window.</summary>
        public Task Held(string form) => page.WaitForSelectorAsync($"{form}[data-held]", new() { State = WaitForSelectorState.Attached });

        /// <summary>
        /// Waits until the page hears of what changes elsewhere. Before a session is taken away it has to: a page that begins to listen afterwards gives way at once,
        /// and what somebody meant to do on it is done on the page for signing in.
        /// </summary>
        public Task Listens() => page.WaitForSelectorAsync("#live:not([hidden]):not(.live--away)", new() { State = WaitForSelectorState.Attached });

        /// <summary>
        /// A quarter of an hour goes by at the page, and the session is over: whichever is noticed first. The page is told first, for one that hears of the session's end
        /// goes away by itself.
        /// </summary>
        public async Task IsLeftAlone()
        {
            await page.EvaluateAsync("localStorage.setItem('hotline111-active', Date.now() - 16 * 60 * 1000)");
            await page.Context.ClearCookiesAsync();
            await page.WaitForURLAsync("**/sign-in?*to=*");
        }

        /// <summary>Waits until the place picker looks for what is typed.</summary>
        public Task PicksPlaces() => page.WaitForSelectorAsync("[data-places][data-ready]");
    }
}
