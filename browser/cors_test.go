package browser_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/browser"
)

// TestCORS shows in a browser, for each framework, what a page of another origin gets from a service: with CORS in the right
// place it reads answers and refusals, and with CORS in a wrong place it gets an error that says nothing.
func TestCORS(t *testing.T) {
	b, s := browser.Start(t), newSite(t)
	t.Run("Authorization is not allowed", func(t *testing.T) {
		t.Run("rs/cors", func(t *testing.T) {
			authorizationNotAllowed(t, b, s, netHTTPByDefault, "PreflightMissingAllowOriginHeader")
		})
		t.Run("gin-contrib/cors", func(t *testing.T) {
			authorizationNotAllowed(t, b, s, ginByDefault, "HeaderDisallowedByPreflightResponse")
		})
	})
	for _, f := range frameworks {
		t.Run(f.name, func(t *testing.T) {
			t.Run("a user signs in", func(t *testing.T) { signsIn(t, b, s, f) })
			for _, place := range []place{inFront, inFrontOfRoutes} {
				t.Run(string(place), func(t *testing.T) { readsAnswers(t, b, s, f, place) })
			}
			t.Run(string(behind), func(t *testing.T) { chainInFront(t, b, s, f) })
			t.Run(string(behindOpen), func(t *testing.T) { optionsOpen(t, b, s, f) })
			t.Run(string(onRoutes), func(t *testing.T) { corsOnRoutes(t, b, s, f) })
			t.Run("headers that are not exposed", func(t *testing.T) { notExposed(t, b, s, f) })
			t.Run("an origin that is not allowed", func(t *testing.T) { otherOrigin(t, b, s, f) })
			t.Run("cookies", func(t *testing.T) { cookies(t, b, s, f) })
			t.Run("a forged request with a cookie", func(t *testing.T) { forged(t, b, s, f) })
			t.Run("credentials for the origin *", func(t *testing.T) { wildcard(t, b, s, f) })
			t.Run("credentials for the origin that asks", func(t *testing.T) { reflected(t, b, s, f) })
		})
	}
}

// An answer is what the page can read of one: Failure if it can read nothing.
type answer struct {
	Status                            int
	Body, Type, Challenge, RetryAfter string
	Failure                           string
}

const (
	jsonType = "application/json; charset=utf-8"
	realm    = `Bearer realm="microkubes"`
	// fetchFailed is all that a page learns about an answer that the browser keeps from it.
	fetchFailed = "TypeError: Failed to fetch"

	needsToken   = `{"code":401,"message":"authentication required"}`
	invalidToken = `{"code":401,"message":"invalid token"}`
)

type options = map[string]any

// send lets the page send a request.
func send(p *browser.Page, url string, o options) answer {
	return browser.Call[answer](p, "request", url, o)
}

// bearer are options with a token in the header, which makes the browser send a preflight first.
func bearer(token string) options {
	return options{"headers": map[string]string{"Authorization": "Bearer " + token}}
}

// assertBlocked asserts that the page learns nothing from the answer, and that the browser gives this reason to developers.
func assertBlocked(t *testing.T, p *browser.Page, url string, o options, reason string) {
	t.Helper()
	assert.Equal(t, answer{Failure: fetchFailed}, send(p, url, o), url)
	assert.Equal(t, reason, p.Blocked(url), url)
}

// signsIn clicks through the page. The first token has expired, so the user signs in twice.
func signsIn(t *testing.T, b *browser.Browser, s *site, f framework) {
	service := s.start(t, f, &service{place: inFront, origins: []string{s.local}})
	p := b.Open(t, s.local+"/?service="+url.QueryEscape(service.url))
	p.Click("#load")
	p.WaitText("#result", "401 "+needsToken+" "+realm)

	s.lifetime.Store(int64(-time.Hour))
	p.Fill("#user", "ann")
	p.Click("#submit")
	p.WaitText("#result", "401 "+invalidToken+" "+realm+`, error="invalid_token"`)

	s.lifetime.Store(int64(time.Hour))
	p.Fill("#user", "ann")
	p.Click("#submit")
	p.WaitText("#result", "200 Hello ann")
}

// readsAnswers has CORS in the right place: every answer can be read.
func readsAnswers(t *testing.T, b *browser.Browser, s *site, f framework, place place) {
	service := s.start(t, f, &service{place: place, origins: []string{s.local}})
	p := b.Open(t, s.local)
	ann := s.token("ann")
	post := bearer(ann)
	post["method"] = "POST"
	for _, c := range []struct {
		name, path string
		options    options
		want       answer
	}{
		{"no token, no preflight", "/hello", nil, answer{Status: 401, Body: needsToken, Type: jsonType, Challenge: realm}},
		{"a good token", "/hello", bearer(ann), answer{Status: 200, Body: "Hello ann", Type: "text/plain; charset=utf-8"}},
		{"a bad token", "/hello", bearer("bad"), answer{Status: 401, Body: invalidToken, Type: jsonType,
			Challenge: realm + `, error="invalid_token"`}},
		{"a scope is missing", "/orders", post, answer{Status: 403, Body: `{"code":403,"message":"access denied"}`, Type: jsonType,
			Challenge: realm + `, error="insufficient_scope", scope="orders:write"`}},
		{"no decision", "/hello", bearer(s.token("unlucky")), answer{Status: 503, Type: jsonType, RetryAfter: "5",
			Body: `{"code":503,"message":"temporarily unavailable"}`}},
		{"a public route", "/public", nil, answer{Status: 200, Body: "for everybody", Type: "text/plain; charset=utf-8"}},
	} {
		assert.Equal(t, c.want, send(p, service.url+c.path, c.options), c.name)
	}
	unknown := service.url + "/unknown"
	assert.Equal(t, 404, send(p, unknown, bearer(ann)).Status, "a route that does not exist")
	seen := 0
	for _, preflight := range p.WaitPreflight(unknown) {
		assert.Equal(t, 2, preflight.Status/100, "%+v", preflight)
		if preflight.URL == service.url+"/hello" {
			seen++
		}
	}
	assert.Equal(t, 1, seen, "three requests for /hello with the header need one preflight, which is remembered")
}

// chainInFront has CORS behind the chain. The preflight has no token, so the chain refuses it, and the browser never sends the
// request, however good its token is.
func chainInFront(t *testing.T, b *browser.Browser, s *site, f framework) {
	service := s.start(t, f, &service{place: behind, origins: []string{s.local}})
	p := b.Open(t, s.local)
	hello := service.url + "/hello"
	assertBlocked(t, p, hello, bearer(s.token("ann")), "PreflightMissingAllowOriginHeader")
	assert.Equal(t, []browser.Preflight{{URL: hello, Status: 401}}, p.WaitPreflight(hello))
	assertBlocked(t, p, hello, nil, "MissingAllowOriginHeader")
}

// optionsOpen has CORS behind a chain that lets preflights pass: the page gets through with a good token, and cannot read that any
// other is refused.
func optionsOpen(t *testing.T, b *browser.Browser, s *site, f framework) {
	service := s.start(t, f, &service{place: behindOpen, origins: []string{s.local}})
	p := b.Open(t, s.local)
	hello := service.url + "/hello"
	assert.Equal(t, "Hello ann", send(p, hello, bearer(s.token("ann"))).Body)
	assertBlocked(t, p, hello, bearer("bad"), "MissingAllowOriginHeader")
	assertBlocked(t, p, hello, bearer(s.token("unlucky")), "MissingAllowOriginHeader")
}

// corsOnRoutes has CORS on each route. The route is for another method than OPTIONS, so CORS does not see the preflight.
func corsOnRoutes(t *testing.T, b *browser.Browser, s *site, f framework) {
	service := s.start(t, f, &service{place: onRoutes, origins: []string{s.local}})
	p := b.Open(t, s.local)
	hello := service.url + "/hello"
	assertBlocked(t, p, hello, bearer(s.token("ann")), "PreflightMissingAllowOriginHeader")
	assert.Equal(t, needsToken, send(p, hello, nil).Body, "a request without a preflight")
}

// notExposed has a service that exposes no header: the page reads the status and the body, and not the challenge.
func notExposed(t *testing.T, b *browser.Browser, s *site, f framework) {
	service := s.start(t, f, &service{place: inFront, origins: []string{s.local}, exposed: []string{}})
	p := b.Open(t, s.local)
	assert.Equal(t, answer{Status: 401, Body: needsToken, Type: jsonType}, send(p, service.url+"/hello", nil))
	unlucky := send(p, service.url+"/hello", bearer(s.token("unlucky")))
	assert.Equal(t, 503, unlucky.Status)
	assert.Empty(t, unlucky.RetryAfter)
}

// otherOrigin has a page of an origin that the service does not allow. It has a good token, and reads nothing.
func otherOrigin(t *testing.T, b *browser.Browser, s *site, f framework) {
	service := s.start(t, f, &service{place: inFront, origins: []string{s.local}})
	p := b.Open(t, s.hostile)
	hello := service.url + "/hello"
	assertBlocked(t, p, hello, bearer(s.token("ann")), "PreflightMissingAllowOriginHeader")
	for _, preflight := range p.WaitPreflight(hello) {
		assert.Equal(t, f.refusesOrigins, preflight.Status == 403, "%+v", preflight)
	}
	assertBlocked(t, p, hello, nil, "MissingAllowOriginHeader")
	assertBlocked(t, p, service.url+"/public", nil, "MissingAllowOriginHeader")
}

// authorizationNotAllowed has CORS middleware that allows only headers that it is told, and is not told of Authorization.
func authorizationNotAllowed(t *testing.T, b *browser.Browser, s *site, byDefault func(*service) http.Handler, reason string) {
	service := s.start(t, framework{serve: handler(byDefault)}, &service{place: inFront})
	p := b.Open(t, s.local)
	assertBlocked(t, p, service.url+"/hello", bearer(s.token("ann")), reason)
	assert.Equal(t, needsToken, send(p, service.url+"/hello", nil).Body, "a request without a preflight")
}
