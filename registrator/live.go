package registrator

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	neturl "net/url"
	"strings"
	"time"
)

// requiredAnswers is how many answers in a row must be good. The time from one to the next is afterGood or afterBad.
//
// Each worker of a node loads a route by itself. A connection may reach any of them, and connections that come one by one may
// all reach the same one. The workers of Kong 3 load routes every 5 seconds, not all at the same time, and those of Kong 2.8 ask
// for changes once a second. So the answers must be good for longer than 5 seconds.
const (
	requiredAnswers = 10
	afterGood       = 600 * time.Millisecond
	afterBad        = 200 * time.Millisecond
)

// WaitLive sends GET requests for url to the gateway's proxy until the gateway has a route for it: see [Probe.Wait]. Use a
// [Probe] for a route with methods, hosts or headers, and for a proxy with a private CA.
func WaitLive(ctx context.Context, url string) error {
	return Probe{URL: url}.Wait(ctx)
}

// Probe is a request with which to wait until a route is live.
type Probe struct {
	// URL is the address of the gateway's proxy with a path of the route. No other route may match it, and a request for it must
	// do no harm.
	URL string
	// Method is GET by default. The requests have no body and reach the service: choose a method of the route that changes
	// nothing.
	Method string
	// Host is one of the hosts of the route. By default it is the host of URL.
	Host string
	// Header has the fields that the route and its plugins require.
	Header http.Header
	// TLS has the CA for an https URL: see [TLSFiles]. Nil means the system's CAs. InsecureSkipVerify is refused.
	TLS *tls.Config
}

// Wait sends the request until the gateway has a route for it. It returns nil after ten good answers in a row, each over a new
// connection, which takes 5.4 seconds, and an [*Error] with [ErrUnavailable] if ctx ends first. Give ctx a deadline: a new route
// takes up to 5 seconds on the node of Kong 3.9 that took the write, and up to 10 on another node.
//
// An answer is good if it has Kong's Via or X-Kong headers and is not Kong's own "no Route matched". A refusal by a plugin is
// good, and so is the answer that the service is not up yet. If Kong's headers are turned off, no answer is good. Redirects are
// not followed.
//
// Wait does not check that the plugins of the route are loaded: see [Service.Plugins].
func (p Probe) Wait(ctx context.Context) error {
	r, secrets, err := p.request(ctx)
	if err != nil {
		return err
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: cloneTLS(p.TLS)},
		Timeout:       5 * time.Second, // of one answer
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	last := ""
	for good := 0; ; {
		result := ask(client, r.Clone(ctx), secrets)
		wait := afterGood
		if good++; !result.routed {
			good, wait = 0, afterBad
			if result.answered || ctx.Err() == nil || last == "" {
				last = result.text
			}
		}
		if good == requiredAnswers {
			return nil
		}
		if !pause(ctx, wait) {
			last = "the gateway does not serve the route yet: " + last
			return &Error{Op: "wait", kind: ErrUnavailable, Message: last, cause: ctx.Err()}
		}
	}
}

// request returns the request to send repeatedly, and what must not be printed.
func (p Probe) request(ctx context.Context) (*http.Request, *scrubber, error) {
	refused := &Error{Op: "wait", kind: ErrInvalid}
	u, err := neturl.Parse(p.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		refused.Message = "the address of the proxy must begin with http:// or https://"
		return nil, nil, refused
	}
	if p.TLS != nil && p.TLS.InsecureSkipVerify {
		refused.Message = "Probe.TLS must verify the gateway's certificate: give its CA in RootCAs"
		return nil, nil, refused
	}
	secrets := newScrubber()
	secrets.user(u.User)
	secrets.query(u.Query())
	for _, values := range p.Header {
		for _, value := range values {
			secrets.value(value, true)
		}
	}
	secrets.describe(u.Host, u.Hostname(), u.Path)
	r, err := http.NewRequestWithContext(ctx, p.Method, p.URL, nil)
	if err != nil {
		refused.Message, refused.cause = "the proxy cannot be asked", scrubError(err, secrets)
		return nil, nil, refused
	}
	r.Header, r.Host = p.Header.Clone(), p.Host
	if r.Header == nil {
		r.Header = http.Header{}
	}
	return r, secrets, nil
}

// probed is the result of one request of a Probe.
type probed struct {
	routed   bool   // the gateway had a route for it
	answered bool   // there was an answer, whoever gave it
	text     string // for an error
}

// ask sends a request once. Kong's own 404 is known by its text alone. An answer to HEAD has no text, so it counts only if a
// service gave it.
func ask(client *http.Client, r *http.Request, secrets *scrubber) probed {
	res, err := client.Do(r)
	if err != nil {
		text := scrubError(err, secrets).Error()
		if isTLS(err) && !refusesCertificate(err) {
			text += "; give a private CA of the gateway with Probe.TLS"
		}
		return probed{text: text}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil {
		return probed{text: scrubError(err, secrets).Error()}
	}
	if !isProxy(res.Header) {
		return probed{answered: true, text: fmt.Sprintf("the answer, %d, has no header of Kong's proxy", res.StatusCode)}
	}
	own := res.StatusCode == http.StatusNotFound && (bytes.Contains(body, []byte(noRoute)) ||
		r.Method == http.MethodHead && !strings.Contains(res.Header.Get("Via"), "kong/"))
	return probed{!own, true, fmt.Sprintf("it answered %d", res.StatusCode)}
}

// isProxy reports whether Kong's proxy answered. The answer of a service has Via, and Kong's own has a latency. The Admin API
// sends neither.
func isProxy(h http.Header) bool {
	return strings.Contains(h.Get("Via"), "kong/") ||
		h.Get("X-Kong-Response-Latency") != "" || h.Get("X-Kong-Proxy-Latency") != ""
}
