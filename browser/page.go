package browser

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// A Page is an open page. Its methods fail the test if a step takes longer than some seconds. They must be called from the
// goroutine of the test, one at a time.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex // guards the fields below
	urls       map[network.RequestID]string
	preflights []Preflight
	blocked    []block
	more       chan struct{} // closed and replaced at each event
}

// A Preflight is the answer to an OPTIONS request that the browser sent by itself (Fetch standard, CORS-preflight fetch).
type Preflight struct {
	URL    string
	Status int
}

// A block is a request whose answer the browser did not give to the page.
type block struct{ url, reason string }

// do runs a step of the page.
func do[T any](p *Page, step string, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		p.t.Fatalf("browser: %s: %v", step, err)
	}
	return value
}

// Call calls a function of the page with args, which are passed as JSON. If it returns a promise, Call waits for the value.
func Call[T any](p *Page, function string, args ...any) T {
	p.t.Helper()
	list := make([]string, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			p.t.Fatalf("browser: an argument of %s: %v", function, err)
		}
		list[i] = string(text)
	}
	script := "(" + function + ")(" + strings.Join(list, ",") + ")"
	return do(p, "call "+function, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// Navigate goes to another page, with the same cookies, and waits until it is loaded.
func (p *Page) Navigate(url string) {
	p.t.Helper()
	do(p, "open "+url, chromedp.Navigate(url))
}

// Click waits until the element that a CSS selector finds is visible, and clicks it.
func (p *Page) Click(selector string) {
	p.t.Helper()
	do(p, "click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Fill waits until an input is visible, and replaces its value with text.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	do(p, "find "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
	Call[any](p, `(selector, text) => {
		const input = document.querySelector(selector)
		input.value = text
		input.dispatchEvent(new Event("input", {bubbles: true}))
	}`, selector, text)
}

// WaitText waits until the element has exactly this text. If that takes too long, the failure shows the text that is there.
func (p *Page) WaitText(selector, text string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	const same = `(selector, text) => document.querySelector(selector)?.textContent === text`
	_, err := chromedp.Run(ctx, chromedp.PollFunction[bool](same, chromedp.WithPollingArgs(selector, text),
		chromedp.WithPollingMutation(), chromedp.WithPollingTimeout(limit)))
	if err != nil {
		is := Call[string](p, `s => document.querySelector(s)?.textContent ?? "no such element"`, selector)
		p.t.Fatalf("browser: the text of %s is %q, not %q: %v", selector, is, text, err)
	}
}

// Blocked waits until the browser has kept the answer to a request for url from the page because of CORS. It returns the reason,
// such as PreflightMissingAllowOriginHeader, which a page cannot read. A second call waits for a second request.
func (p *Page) Blocked(url string) string {
	p.t.Helper()
	reason := ""
	p.wait("the request for "+url+" is not blocked", func() bool {
		for i, b := range p.blocked {
			if b.url == url {
				p.blocked = append(p.blocked[:i:i], p.blocked[i+1:]...)
				reason = b.reason
				return true
			}
		}
		return false
	})
	return reason
}

// WaitPreflight waits for the first preflight for url, and returns all preflights that the page has caused so far. The events of
// a preflight can arrive after the answer that the page has read: to see that there was none, wait for a later one.
func (p *Page) WaitPreflight(url string) (all []Preflight) {
	p.t.Helper()
	p.wait("there is no preflight for "+url, func() bool {
		for _, preflight := range p.preflights {
			if preflight.URL == url {
				all = append(all, p.preflights...)
				return true
			}
		}
		return false
	})
	return all
}

// wait calls found, with the lock held, after each event of the network until it returns true.
func (p *Page) wait(failure string, found func() bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	for {
		p.mu.Lock()
		more, ok := p.more, found()
		p.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-more:
		case <-ctx.Done():
			p.t.Fatalf("browser: %s", failure)
		}
	}
}

// listen records an event of the network.
func (p *Page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.urls[e.RequestID] = e.Request.URL
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypePreflight {
			p.preflights = append(p.preflights, Preflight{e.Response.URL, int(e.Response.Status)})
		}
	case *network.EventLoadingFailed:
		if e.CorsErrorStatus != nil {
			p.blocked = append(p.blocked, block{p.urls[e.RequestID], string(e.CorsErrorStatus.CorsError)})
		}
	default:
		return
	}
	close(p.more)
	p.more = make(chan struct{})
}
