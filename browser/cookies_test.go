package browser_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/browser"
)

// withCookies are options that make the browser send the cookies of the service's host, if their SameSite allows it.
func withCookies() options { return options{"credentials": "include"} }

// signIn signs ann in, with a cookie for the host of the page that is SameSite=Strict.
func signIn(p *browser.Page) { browser.Call[string](p, "signIn", "ann") }

// cookies has a service that reads tokens from cookies and allows credentials. The service is on the host of the cookie.
func cookies(t *testing.T, b *browser.Browser, s *site, f framework) {
	service := s.start(t, f, &service{place: inFront, origins: []string{s.local, s.loopback}, credentials: true})
	hello := onLocalhost(service.url) + "/hello"
	p := b.Open(t, s.local)
	signIn(p)
	assert.Equal(t, "Hello ann", send(p, hello, withCookies()).Body, "another origin of the same site")
	assert.Equal(t, needsToken, send(p, hello, nil).Body, "without credentials the browser sends no cookie")

	p.Navigate(s.loopback)
	assert.Equal(t, needsToken, send(p, hello, withCookies()).Body, "from another site the browser sends no cookie, even if CORS allows it")
}

// forged has pages that no service allows, and a user who is signed in with a cookie. No page can read the answer. But the request
// needs no preflight, so the browser sends it, and SameSite keeps the cookie only from other sites: not from an origin of the same
// site, such as another port or subdomain. CORS does not protect against forged requests.
func forged(t *testing.T, b *browser.Browser, s *site, f framework) {
	service := s.start(t, f, &service{place: inFront, origins: []string{s.local}, credentials: true})
	drafts := onLocalhost(service.url) + "/drafts"
	post := withCookies()
	post["method"], post["body"] = "POST", "an order" // text/plain
	p := b.Open(t, s.local)
	signIn(p)
	p.Navigate(s.loopback)
	assertBlocked(t, p, drafts, post, "MissingAllowOriginHeader")
	assert.Zero(t, service.orders.Load(), "another site")
	p.Navigate(s.hostile)
	assertBlocked(t, p, drafts, post, "MissingAllowOriginHeader")
	taken := int32(1)
	if f.refusesOrigins {
		taken = 0
	}
	assert.Equal(t, taken, service.orders.Load(), "another origin of the same site")
}

// wildcard has a service that allows credentials to every origin by *, which browsers do not accept (Fetch standard, CORS check).
func wildcard(t *testing.T, b *browser.Browser, s *site, f framework) {
	config := &service{place: inFront, origins: []string{"*"}, credentials: true}
	if f.refusesWildcard {
		assert.Panics(t, func() { s.start(t, f, config) })
		return
	}
	hello := onLocalhost(s.start(t, f, config).url) + "/hello"
	p := b.Open(t, s.local)
	signIn(p)
	assertBlocked(t, p, hello, withCookies(), "WildcardOriginNotAllowed")
}

// reflected has CORS middleware that allows credentials to every origin that asks. A page that has nothing to do with the service
// then reads what the user may read.
func reflected(t *testing.T, b *browser.Browser, s *site, f framework) {
	every := func(string) bool { return true }
	service := s.start(t, f, &service{place: inFront, allow: every, credentials: true})
	p := b.Open(t, s.local)
	signIn(p)
	p.Navigate(s.hostile)
	assert.Equal(t, "Hello ann", send(p, onLocalhost(service.url)+"/hello", withCookies()).Body)
}
