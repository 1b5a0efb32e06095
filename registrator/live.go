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

// inARow is how many answers have to be good: each worker of a node learns of a route by itself, and connections come to
// any of them.
const inARow = 10

// WaitLive asks the gateway's proxy for url, with GET, until the gateway has a route for it: see [Probe.Wait]. A route with
// other methods, with hosts or headers, and a proxy with a CA of its own need a Probe.
func WaitLive(ctx context.Context, url string) error {
	return Probe{URL: url}.Wait(ctx)
}

// Probe is a request for which the gateway has a route.
type Probe struct {
	// URL is that of the gateway's proxy, with a path of the route. Choose one that no other route covers, and that does no
	// harm when it is asked.
	URL string
	// Method is GET by default. The request has no body and reaches the service: choose one of the route's that changes
	// nothing when it is repeated.
	Method string
	// Host is one of the route's hosts; by default the host of URL.
	Host string
	// Header is what the route and its plugins want to see.
	Header http.Header
	// TLS has the CA of an https URL: see [TLSFiles]. Nil trusts the system's CAs. InsecureSkipVerify is refused.
	TLS *tls.Config
}

// Wait sends the request until the gateway has a route for it. It returns nil after ten good answers in a row, each over a
// connection of its own, and an error with [ErrUnavailable] when ctx ends first, so give it a deadline: a new route takes 4 to
// 5 seconds on the node of Kong 3.9 that took the write, and up to 10 on another one.
//
// An answer is good when Kong gave it, by its Via or X-Kong headers, and it is not Kong's own "no Route matched": also a
// refusal of a plugin, or that the service is not up yet. Where Kong's headers are turned off this cannot be told. Redirects
// are not followed.
//
// It says that the route is served, not that its plugins are: see [Service.Plugins].
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
		wait := 10 * time.Millisecond
		if good++; !result.routed {
			good, wait = 0, 200*time.Millisecond
			if result.answered || ctx.Err() == nil || last == "" {
				last = result.text
			}
		}
		if good == inARow {
			return nil
		}
		if !pause(ctx, wait) {
			last = "the gateway does not serve the route yet: " + last
			return &Error{Op: "wait", kind: ErrUnavailable, Message: last, cause: ctx.Err()}
		}
	}
}

// request is the one that is sent again and again.
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

// ask sends a request once. Kong's own 404 is known by its text alone. An answer to HEAD has no text, so it counts only if a service
// gave it.
func ask(client *http.Client, r *http.Request, secrets *scrubber) probed {
	res, err := client.Do(r)
	if err != nil {
		text := scrubError(err, secrets).Error()
		if isTLS(err) && !refusesCertificate(err) {
			text += "; a CA of the gateway's own is given with Probe.TLS"
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

// isProxy knows Kong's proxy: by Via where a service answered, by a latency where Kong did. The Admin API has neither.
func isProxy(h http.Header) bool {
	return strings.Contains(h.Get("Via"), "kong/") ||
		h.Get("X-Kong-Response-Latency") != "" || h.Get("X-Kong-Proxy-Latency") != ""
}
