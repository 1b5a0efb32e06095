package browser_test

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

//go:embed testdata/page.html
var page string

const audience = "https://orders.example.com"

// A site serves the page, and signs users in with tokens of an issuer. Browsers keep cookies by host, whatever the port, so a
// service on the same host gets the cookie of the site.
type site struct {
	issuer   *coretest.IssuerServer
	keys     *keys.RemoteSet
	lifetime atomic.Int64 // of the tokens, a time.Duration

	local    string // the origin of the page, on localhost
	loopback string // the same page on 127.0.0.1, which is another site to a browser
	hostile  string // another origin of the same site as local, which no service allows
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{issuer: coretest.StartIssuer()}
	t.Cleanup(s.issuer.Close)
	var err error
	s.keys, err = keys.Discover(t.Context(), s.issuer.URL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.keys.Close() })
	s.lifetime.Store(int64(time.Hour))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page) })
	mux.HandleFunc("POST /signin", s.signIn)
	server, other := httptest.NewServer(mux), httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(other.Close)
	s.loopback = server.URL
	s.local, s.hostile = onLocalhost(server.URL), onLocalhost(other.URL)
	return s
}

// onLocalhost returns the URL of a server with localhost as its host.
func onLocalhost(url string) string { return strings.Replace(url, "127.0.0.1", "localhost", 1) }

func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	token := s.token(r.PostFormValue("user"))
	http.SetCookie(w, &http.Cookie{Name: "session", Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	_, _ = io.WriteString(w, token)
}

func (s *site) token(user string) string {
	expires := time.Now().Add(time.Duration(s.lifetime.Load()))
	return s.issuer.AccessToken(audience, coretest.Claims{"sub": user, "exp": expires.Unix()})
}

// A place is where the CORS middleware of a service stands.
type place string

const (
	inFront         place = "in front of the chain"                // right
	inFrontOfRoutes place = "in front of guarded routes"           // right
	behind          place = "behind the chain"                     // wrong: preflights have no token
	behindOpen      place = "behind a chain that opens OPTIONS"    // wrong: refusals have no CORS headers
	onRoutes        place = "on each route, in front of its chain" // wrong: the router answers OPTIONS
)

// A service has the routes that each framework serves. GET /public is public. GET /hello and POST /drafts need a token, and
// POST /orders needs the scope orders:write, too. The fields from place to exposed are for the CORS middleware.
type service struct {
	chain       *core.SecurityChain
	place       place
	origins     []string
	allow       func(origin string) bool // instead of origins, if it is not nil
	credentials bool
	exposed     []string

	orders atomic.Int32 // that POST /orders and POST /drafts have taken
	url    string       // on 127.0.0.1
}

const maxAge = 600 // seconds that a browser may remember a preflight

// start serves the service on a framework. The token of the user "unlucky" cannot be decided on.
func (s *site) start(t *testing.T, f framework, service *service) *service {
	t.Helper()
	config := oauth2.AccessTokens(s.issuer.URL, audience)
	config.Source = core.TokenSource{Cookie: "session"}
	config.Revoked = func(_ context.Context, auth *core.Auth) (bool, error) {
		if auth.UserID() == "unlucky" {
			return false, errors.New("the revocation list cannot be read")
		}
		return false, nil
	}
	public := []string{"/public"}
	if service.place == behindOpen {
		public = append(public, "OPTIONS /**")
	}
	chain, err := core.NewSecurityChain(core.PublicRoutes(public...), oauth2.New(s.keys, config))
	require.NoError(t, err)
	service.chain = chain.WithLogger(slog.New(slog.DiscardHandler))
	if service.exposed == nil {
		service.exposed = []string{"WWW-Authenticate", "Retry-After"}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() }) // a server closes it first, if there is one
	service.url = "http://" + listener.Addr().String()
	f.serve(t, listener, service)
	return service
}
