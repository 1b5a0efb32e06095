package examples_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

const audience = "https://orders.example.com"

// withKeysOverHTTP serves /orders behind a chain, and /ready without one, on each framework. It returns the address.
var withKeysOverHTTP = map[string]func(*testing.T, *core.SecurityChain, *keys.RemoteSet) string{
	"nethttp": func(t *testing.T, chain *core.SecurityChain, store *keys.RemoteSet) string {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /orders", nethttp.New(chain).Secured(func(http.ResponseWriter, *http.Request) {}))
		mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(readiness(store)) })
		return serveHTTP(t, mux)
	},
	"echosec": func(t *testing.T, chain *core.SecurityChain, store *keys.RemoteSet) string {
		e := echo.New()
		e.GET("/orders", echosec.New(chain).Secured(func(c echo.Context) error { return c.NoContent(http.StatusOK) }))
		e.GET("/ready", func(c echo.Context) error { return c.NoContent(readiness(store)) })
		return serveHTTP(t, e)
	},
	"fibersec": func(t *testing.T, chain *core.SecurityChain, store *keys.RemoteSet) string {
		app := fiber.New(fiber.Config{DisableStartupMessage: true})
		app.Get("/orders", fibersec.New(chain).Secured(func(c *fiber.Ctx) error { return c.SendStatus(http.StatusOK) }))
		app.Get("/ready", func(c *fiber.Ctx) error { return c.SendStatus(readiness(store)) })
		require.NoError(t, fibersec.Prepare(app))
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		done := make(chan error, 1)
		go func() { done <- app.Listener(listener) }()
		t.Cleanup(func() { assert.NoError(t, errors.Join(app.Shutdown(), <-done)) })
		return "http://" + listener.Addr().String()
	},
}

func serveHTTP(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func readiness(store *keys.RemoteSet) int {
	if store.Health().Usable {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

// day is a service whose keys are those of an issuer that it finds by discovery.
type day struct {
	*testing.T
	issuer  *coretest.IssuerServer
	store   *keys.RemoteSet
	address string
}

// expect sends a token. A 503 must say when to come again, and a 401 must have a challenge.
func (d *day) expect(status int, token, when string) {
	d.Helper()
	r, err := http.NewRequestWithContext(d.Context(), http.MethodGet, d.address+"/orders", http.NoBody)
	require.NoError(d, err)
	r.Header = coretest.Bearer(token)
	res, err := http.DefaultClient.Do(r)
	require.NoError(d, err)
	defer res.Body.Close()
	assert.Equal(d, status, res.StatusCode, when)
	if res.StatusCode == http.StatusOK {
		return
	}
	var body struct{ Code int }
	assert.NoError(d, json.NewDecoder(res.Body).Decode(&body))
	assert.Equal(d, status, body.Code, when)
	assert.Equal(d, res.StatusCode == http.StatusUnauthorized, res.Header.Get("Www-Authenticate") != "", when)
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	assert.Equal(d, res.StatusCode == http.StatusServiceUnavailable, err == nil && seconds > 0, when)
}

func (d *day) expectReady(status int) {
	d.Helper()
	got, _ := call(d.T, http.MethodGet, d.address+"/ready", "")
	assert.Equal(d, status, got)
}

func (d *day) token() string { return d.issuer.AccessToken(audience, nil) }

// madeUp returns a token with a key ID that was never published.
func (d *day) madeUp(kid string) string {
	other := coretest.NewIssuerFor(d.issuer.Name, "ES256")
	other.KeyID = kid
	return other.AccessToken(audience, nil)
}

// coolDown is short, and the test waits for its end by asking again.
const coolDown = 20 * time.Millisecond

// becomes sends a token again for as long as the answer is 503, because its key may be a new one.
func (d *day) becomes(status int, token, when string) {
	d.Helper()
	got := 0
	require.Eventually(d, func() bool {
		got, _ = call(d.T, http.MethodGet, d.address+"/orders", token)
		return got != http.StatusServiceUnavailable
	}, time.Minute, coolDown)
	assert.Equal(d, status, got, when)
}

// refresh makes the set fetch: a made-up key ID is refused only by a document that was fetched after it came.
func (d *day) refresh(kid string) { d.becomes(401, d.madeUp(kid), kid) }

// TestKeysOverHTTPThroughAllAdapters is a day of a service on each framework, over sockets: its issuer is down at first, rotates
// its key, has an outage, and removes a key.
func TestKeysOverHTTPThroughAllAdapters(t *testing.T) {
	for name, serve := range withKeysOverHTTP {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("/realms/shop", "ES256"))
			issuer.Start()
			defer issuer.Close()
			issuer.Fail(coretest.Reset) // and not Refuse: another test's program could take the port meanwhile
			silent := slog.New(slog.DiscardHandler)
			store, err := keys.RemoteConfig{Issuer: issuer.Name, CoolDown: coolDown, Logger: silent}.Open(t.Context())
			require.NoError(t, err, "it starts without the issuer")
			defer store.Close()
			chain, err := core.NewSecurityChain(oauth2.New(store, oauth2.AccessTokens(issuer.Name, audience)))
			require.NoError(t, err)
			chain = chain.WithLogger(silent)
			d := &day{t, issuer, store, serve(t, chain, store)}
			first := d.token()

			d.expect(503, first, "the issuer is down at the start")
			d.expectReady(503)
			issuer.Heal()
			require.NoError(t, store.Ready(t.Context()))
			d.expect(200, first, "by itself")
			d.expectReady(200)
			d.expect(401, coretest.Forge(first, coretest.Claims{"sub": "eve"}), "a bad signature")
			d.refresh("made-up-1")

			issuer.Announce()
			d.refresh("made-up-2")
			_, before := issuer.Fetches()
			issuer.Rotate()
			second := d.token()
			d.expect(200, second, "the announced key")
			d.expect(200, first, "the former key")
			_, after := issuer.Fetches()
			assert.Equal(t, before, after, "no request fetched it")

			issuer.Rotate()
			third := d.token()
			d.becomes(200, third, "a key that was not announced")

			issuer.Fail(coretest.Outage)
			d.expect(200, second, "an outage")
			d.expect(200, third, "an outage, and a token seen before")
			require.Eventually(t, func() bool {
				d.expect(503, d.madeUp("made-up-3"), "nobody can tell in an outage")
				return store.Health().Err != nil
			}, time.Minute, coolDown)
			assert.ErrorContains(t, store.Health().Err, "status 503")
			d.expectReady(200)
			issuer.Heal()

			issuer.Retire()
			d.refresh("made-up-4")
			d.expect(401, second, "its key is gone, also for a token seen before")
			d.becomes(401, first, "its key is gone since the last rotation")
			d.expect(200, third, "its key is there")
			assert.NoError(t, store.Health().Err)
		})
	}
}
