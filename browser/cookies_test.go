package browser_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/browser"
)

// withCookies are options that make the browser send the cookies of the service's host, if their SameSite allows it.
func withCookies() options { return options{"credentials": "include"} }

// signIn signs ann in, with a cookie for the host of the page.
func signIn(p *browser.Page, sameSite string) { browser.Call[string](p, "signIn", "ann", sameSite) }

// cookies has a service that reads tokens from cookies and allows credentials. The service is on the host of the cookie.
func cookies(t *testing.T, b *browser.Browser, s *site, f framework) {
	service := s.start(t, f, &service{place: inFront, origins: []string{s.local, s.loopback}, credentials: true})
	hello := onLocalhost(service.url) + "/hello"
	p := b.Open(t, s.local)
	signIn(p, "Strict")
	assert.Equal(t, "Hello ann", send(p, hello, withCookies()).Body, "another origin of the same site")
	assert.Equal(t, needsToken, send(p, hello, nil).Body, "without credentials the browser sends no cookie")

	p.Navigate(s.loopback)
	assert.Equal(t, needsToken, send(p, hello, withCookies()).Body, "another site gets no cookie that is SameSite=Strict")
	p.Navigate(s.local)
	signIn(p, "None")
	p.Navigate(s.loopback)
	assert.Equal(t, "Hello ann", send(p, hello, withCookies()).Body, "another site, SameSite=None")
}

// forged has a page of another site, which no service allows, and a user who is signed in with a cookie. The page cannot read the
// answer. But the request needs no preflight, so the browser sends it: CORS does not protect against forged requests.
func forged(t *testing.T, b *browser.Browser, s *site, f framework) {
	service := s.start(t, f, &service{place: inFront, origins: []string{s.local}, credentials: true})
	drafts := onLocalhost(service.url) + "/drafts"
	post := withCookies()
	post["method"], post["body"] = "POST", "an order" // text/plain
	p := b.Open(t, s.local)
	for sameSite, taken := range map[string]int32{"Strict": 0, "None": 1} {
		if f.refusesOrigins {
			taken = 0
		}
		p.Navigate(s.local)
		signIn(p, sameSite)
		p.Navigate(s.loopback)
		service.orders.Store(0)
		assertBlocked(t, p, drafts, post, "MissingAllowOriginHeader")
		assert.Equal(t, taken, service.orders.Load(), "taken with SameSite=%s", sameSite)
	}
}

// wildcard has a service that allows credentials to every origin. The browser keeps its answers from pages, unless the middleware
// answers with the origin that asks, which opens the service to every page.
func wildcard(t *testing.T, b *browser.Browser, s *site, f framework) {
	config := &service{place: inFront, origins: []string{"*"}, credentials: true}
	if f.refusesWildcard {
		assert.Panics(t, func() { s.start(t, f, config) })
		return
	}
	hello := onLocalhost(s.start(t, f, config).url) + "/hello"
	p := b.Open(t, s.local)
	signIn(p, "Strict")
	assertBlocked(t, p, hello, withCookies(), "WildcardOriginNotAllowed")
}
