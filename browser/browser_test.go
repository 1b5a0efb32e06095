package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/browser"
)

// A recorder is a test that records how it ended.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper() {}

func (r *recorder) Skip(args ...any) { r.skipped = fmt.Sprint(args...); runtime.Goexit() }

func (r *recorder) Fatal(args ...any) { r.failed = fmt.Sprint(args...); runtime.Goexit() }

// start calls Start in a test of its own.
func start(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		browser.Start(r)
	}()
	<-done
	return r
}

// TestSwitch has a machine without Chromium: the tests are skipped with a reason, and fail where they are required, so that CI
// cannot leave them out.
func TestSwitch(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("MICROKUBES_LONG", "")
	t.Setenv("MICROKUBES_BROWSER", "")
	t.Setenv("CI", "")
	r := start(t)
	assert.Equal(t, "starts a browser: run make browser, or set MICROKUBES_LONG=1", r.skipped)
	assert.Empty(t, r.failed)

	t.Setenv("MICROKUBES_LONG", "1")
	r = start(t)
	assert.Contains(t, r.skipped, "apt-get install chromium-headless-shell")
	assert.Empty(t, r.failed)

	for name, value := range map[string]string{"MICROKUBES_BROWSER": "required", "CI": "true"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			r := start(t)
			assert.Contains(t, r.failed, "apt-get install chromium-headless-shell")
			assert.Empty(t, r.skipped)
		})
	}
}

// TestPage tries the steps that the other tests do not need, and sees that pages do not share cookies.
func TestPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := r.Cookie("seen")
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
		_, _ = fmt.Fprintf(w, `<!doctype html><input id="in" value="old"><p id="out">%t</p><script>
			document.getElementById("in").oninput = e => setTimeout(() => document.getElementById("out").textContent = e.target.value)
		</script>`, err == nil)
	}))
	defer server.Close()
	b := browser.Start(t)
	for range 2 {
		p := b.Open(t, server.URL)
		p.WaitText("#out", "false")
		p.Navigate(server.URL)
		p.WaitText("#out", "true")
		p.Fill("#in", "new <text>")
		p.WaitText("#out", "new <text>")
	}
	other := strings.Replace(server.URL, "127.0.0.1", "other.localhost", 1) // on this machine, but not by one of the two names
	sent := browser.Call[string](b.Open(t, server.URL), `url => fetch(url, {mode: "no-cors"}).then(() => "sent", String)`, other)
	assert.Equal(t, "TypeError: Failed to fetch", sent, "the browser resolves no other name")
}
