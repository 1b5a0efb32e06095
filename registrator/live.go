package registrator

import (
	"bytes"
	"context"
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

// WaitLive asks the gateway's proxy for url, with GET, until the gateway has a route for it. It returns nil after ten good
// answers in a row, each over a connection of its own, and an error with [ErrUnavailable] when ctx ends first, so give it a
// deadline: a new route takes 4 to 5 seconds on the node of Kong 3.9 that took the write, and up to 10 on another one.
//
// An answer is good when Kong gave it, by its Via or X-Kong headers, and it is not Kong's own "no Route matched": also a
// refusal of a plugin, or that the service is not up yet. Where Kong's headers are turned off this cannot be told.
//
// Choose a URL that no other route covers, and that does no harm when it is asked. Redirects are not followed.
func WaitLive(ctx context.Context, url string) error {
	u, err := neturl.Parse(url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return &Error{Op: "wait", kind: ErrInvalid, Message: "the address of the proxy must begin with http:// or https://"}
	}
	secrets := newScrubber()
	secrets.user(u.User)
	secrets.query(u.Query())
	secrets.describe(u.Host, u.Hostname(), u.Path)
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		Timeout:       5 * time.Second, // of one answer
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	last := "it was not asked"
	for good := 0; ; {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return &Error{Op: "wait", kind: ErrInvalid, Message: "the proxy cannot be asked", cause: plainly(err, secrets)}
		}
		routed, said := isRouted(client, r, secrets)
		wait := 10 * time.Millisecond
		if good++; !routed {
			good, wait = 0, 200*time.Millisecond
			if ctx.Err() == nil || last == "it was not asked" {
				last = said
			}
		}
		if good == inARow {
			return nil
		}
		select {
		case <-ctx.Done():
			last = "the gateway does not serve the route yet: " + last
			return &Error{Op: "wait", kind: ErrUnavailable, Message: last, cause: ctx.Err()}
		case <-time.After(wait):
		}
	}
}

// isRouted tells whether the gateway knew where to send the request. Its own 404 has no other mark than its text.
func isRouted(client *http.Client, r *http.Request, secrets *scrubber) (routed bool, said string) {
	res, err := client.Do(r)
	if err != nil {
		return false, plainly(err, secrets).Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil {
		return false, plainly(err, secrets).Error()
	}
	if !isProxy(res.Header) {
		return false, fmt.Sprintf("the answer, %d, has no header of Kong's proxy", res.StatusCode)
	}
	own := res.StatusCode == http.StatusNotFound && bytes.Contains(body, []byte("no Route matched"))
	return !own, fmt.Sprintf("it answered %d", res.StatusCode)
}

// isProxy knows Kong's proxy: by Via where a service answered, by a latency where Kong did. The Admin API has neither.
func isProxy(h http.Header) bool {
	return strings.Contains(h.Get("Via"), "kong/") ||
		h.Get("X-Kong-Response-Latency") != "" || h.Get("X-Kong-Proxy-Latency") != ""
}
