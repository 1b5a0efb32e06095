// Package browser drives Chromium in tests of what only a browser does: it sends CORS preflights, keeps cookies, and hides from a
// page the answers that the page may not read.
//
//	b := browser.Start(t)
//	p := b.Open(t, "http://localhost:8080/")
//	p.Click("#load")
//	p.WaitText("#result", "Hello ann")
//
// The tests are long tests: without MICROKUBES_LONG=1 in the environment, [Start] skips them. With it, they are skipped, with a
// message, if Chromium is not installed. Where MICROKUBES_BROWSER is "required" or CI is "true", that is a failure.
//
// The browser resolves no name but localhost, so a page reaches nothing outside this machine. Chromium's sandbox is off, since it
// does not work for root or in most containers: open only pages of the test itself.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// limit is the time that one step may take. A step that waits for something ends as soon as that is there.
const limit = 15 * time.Second

// programs are the names of Chromium and Chrome, the smallest package first.
var programs = []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}

// A Browser is a running Chromium. It is safe for concurrent use.
type Browser struct{ ctx context.Context }

// Start starts Chromium, which ends with the test. It skips the test unless MICROKUBES_LONG is 1, and if Chromium is neither
// installed nor required. One browser serves any number of pages, so call Start once and open a page for each subtest.
func Start(t testing.TB) *Browser {
	t.Helper()
	if os.Getenv("MICROKUBES_LONG") != "1" {
		t.Skip("starts a browser: run make browser, or set MICROKUBES_LONG=1")
	}
	path, err := find()
	switch {
	case err == nil:
	case os.Getenv("MICROKUBES_BROWSER") == "required" || os.Getenv("CI") == "true":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"))
	allocator, kill := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		wait, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		if err := chromedp.Cancel(wait); err != nil {
			t.Errorf("browser: %s did not end: %v", path, err)
		}
		end()
		kill()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("browser: %s does not start: %v", path, err)
	}
	return &Browser{ctx}
}

// find returns the path of an installed Chromium.
func find() (string, error) {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("browser: none of %s is in PATH: install one, on Debian with apt-get install chromium-headless-shell",
		strings.Join(programs, ", "))
}

// Open opens a page and waits until it is loaded. Each page has cookies and caches of its own, as in a private window. The page
// is closed when the test ends.
func (b *Browser) Open(t testing.TB, url string) *Page {
	t.Helper()
	ctx, closePage := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(closePage)
	p := &Page{t: t, ctx: ctx, urls: map[network.RequestID]string{}, more: make(chan struct{})}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatalf("browser: open a page: %v", err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatalf("browser: listen to the network: %v", err)
	}
	p.Navigate(url)
	return p
}
