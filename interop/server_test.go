package interop_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// coolDown is what the tests set as keys.RemoteConfig.CoolDown, to take less time than with the default.
const coolDown = 2 * time.Second

// A server is an OpenID server of others.
type server interface {
	// prepare installs what the server needs. It ends the test if that is not possible on this machine.
	prepare(t *testing.T)
	// start starts the server and returns when it answers. The server has its keys and its address for the time of the test,
	// so it can be started again after stop.
	start(t *testing.T)
	stop(t *testing.T)
	// provider returns the provider that a service with this server has, with keys of its own.
	provider(t *testing.T) core.Authenticator
	// samples gets tokens of all kinds that the server issues.
	samples(t *testing.T) []sample
	// token gets an access token that the service accepts.
	token(t *testing.T) string
	// rotate makes the server sign with a new key. The old keys stay published.
	rotate(t *testing.T)
	// retire takes a key away.
	retire(t *testing.T, kid string)
	// requests returns the log, with a line for each request, and the paths of the endpoints for keys and for tokens.
	requests() (l *log, keys, tokens string)
}

// open returns the provider of a preset, with the cool-down of the tests.
func open(t *testing.T, config oidc.Config) core.Authenticator {
	t.Helper()
	config.Keys.CoolDown, config.Keys.Required = coolDown, true
	p, err := oidc.New(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// A sample is a token, and the answer of the service to it.
type sample struct {
	name string
	text string
	want *identity // nil: the token is refused
}

func TestKeycloak(t *testing.T)     { testServer(t, &keycloak{}) }
func TestOIDCProvider(t *testing.T) { testServer(t, &oidcProvider{}) }
func TestZitadel(t *testing.T)      { testServer(t, &zitadel{}) }

func testServer(t *testing.T, s server) {
	needsSwitch(t)
	begin := time.Now()
	s.prepare(t)
	l, _, _ := s.requests()
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(l, nil)))
	t.Logf("prepared in %.1f s", time.Since(begin).Seconds())
	begin = time.Now()
	s.start(t)
	t.Logf("started in %.1f s", time.Since(begin).Seconds())
	services := serveAll(t, s)
	t.Run("tokens", func(t *testing.T) { testSamples(t, s.samples(t), services) })
	t.Run("rotation", func(t *testing.T) { testRotation(t, s, services) })
	t.Run("outage", func(t *testing.T) { testOutage(t, s, services) })
	reportRequests(t, s)
}

// testSamples sends each token to each service.
func testSamples(t *testing.T, samples []sample, services []*service) {
	for _, sample := range samples {
		t.Run(sample.name, func(t *testing.T) {
			compareToken(t, sample)
			for _, service := range services {
				assert.Empty(t, sample.problem(t, service), service.name)
			}
		})
	}
	t.Logf("%d tokens, each sent to %d services", len(samples), len(services))
}

// problem says what is wrong with the answers to a token, or returns "".
func (s sample) problem(t *testing.T, to *service) string {
	t.Helper()
	wantMe, wantAdmin := http.StatusUnauthorized, http.StatusUnauthorized
	if s.want != nil {
		wantMe, wantAdmin = http.StatusOK, http.StatusForbidden
		if slices.Contains(s.want.Roles, "admin") {
			wantAdmin = http.StatusOK
		}
	}
	status, who, err := to.ask(t.Context(), "/me", s.text)
	require.NoError(t, err)
	admin, _, err := to.ask(t.Context(), "/admin", s.text)
	require.NoError(t, err)
	slices.Sort(who.Roles)
	slices.Sort(who.Scopes)
	switch {
	case status != wantMe:
		return fmt.Sprintf("the status is %d, and not %d", status, wantMe)
	case s.want != nil && !reflect.DeepEqual(who, *s.want):
		return fmt.Sprintf("the identity is %+v, and not %+v", who, *s.want)
	case admin != wantAdmin:
		return fmt.Sprintf("the status for the role admin is %d, and not %d", admin, wantAdmin)
	}
	return ""
}

// requestLine matches a request and its status in the log of a server.
var requestLine = regexp.MustCompile(`"(GET|POST) (\S+) HTTP/1\.1" (\d{3})`)

// reportRequests counts what the server says that it was asked for.
func reportRequests(t *testing.T, s server) {
	t.Helper()
	l, keys, tokens := s.requests()
	var discovery, notFound, keySets, issued int
	for _, m := range requestLine.FindAllStringSubmatch(l.text(t), -1) {
		ok := m[3] == "200"
		switch path := m[2]; {
		case strings.Contains(path, "/.well-known/") && ok:
			discovery++
		case strings.Contains(path, "/.well-known/"):
			notFound++
		case path == keys && ok:
			keySets++
		case path == tokens && ok:
			issued++
		}
	}
	t.Logf("the server answered: %d discovery documents (and %d times that there is none at an address), %d key sets, %d requests for tokens",
		discovery, notFound, keySets, issued)
	assert.GreaterOrEqual(t, discovery, len(adapters), "each service asks the server for its discovery document")
	assert.GreaterOrEqual(t, keySets, 2*len(adapters), "each service asks the server for its keys, again after a rotation")
	assert.Positive(t, issued)
}
