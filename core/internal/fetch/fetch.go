// Package fetch gets small documents over HTTP from servers that may be slow, broken or hostile. It is the only package of this
// module that opens connections.
//
// [Client.Get] is one bounded GET. address.go says which addresses it may connect to, url.go which URLs it takes, freshness.go
// reads the headers about time, and errors.go makes errors that quote nothing of an answer.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// MaxBody is the size of the largest document, after decompression.
	MaxBody = 1 << 20
	// maxHeader bounds the header of an answer where the user's transport sets no bound.
	maxHeader    = 64 << 10
	maxRedirects = 3
	maxValidator = 1 << 10
)

// Client gets documents. It is safe for concurrent use.
type Client struct {
	http  http.Client
	guard *guard
	own   *http.Transport // the clone of the user's transport; nil where that is of another type
}

// New makes a Client over the user's, which may be nil. The user's is not changed. The trusted hosts are those that may have
// any address: others are refused when they have one that is not public.
//
// The transport is cloned if it is an *[http.Transport], and each connection is checked. Any other [http.RoundTripper] is used
// as it is, and then only addresses that are written as such in a URL are checked.
func New(user *http.Client, trusted ...string) *Client {
	c := &Client{guard: newGuard(trusted)}
	if user != nil {
		c.http = *user
	}
	c.http.CheckRedirect = checkRedirect
	inner := c.http.Transport
	if inner == nil {
		inner = http.DefaultTransport
	}
	transport, ok := inner.(*http.Transport)
	if !ok {
		return c
	}
	c.own = transport.Clone()
	if transport == http.DefaultTransport {
		c.own.DialContext = nil // its dialer checks no addresses; the guard's does
	}
	if c.own.MaxResponseHeaderBytes == 0 {
		c.own.MaxResponseHeaderBytes = maxHeader
	}
	c.guard.wrap(c.own)
	c.http.Transport = c.own
	return c
}

// Validators make a request conditional (RFC 9110, section 13.1). The zero value makes it unconditional.
type Validators struct{ ETag, LastModified string }

// Document is a good answer.
type Document struct {
	Body        []byte
	NotModified bool // the answer to a conditional request: the document is the one that the validators are of
	Validators  Validators
	Lifetime    time.Duration // for how long the document is fresh; see [Lifetime]
	HasLifetime bool
}

// Get gets one document. The context must have a deadline: it bounds the whole exchange, the body included. Redirects are
// followed within the same scheme, host and port. The error is an *[Error].
func (c *Client) Get(ctx context.Context, u *url.URL, since Validators) (*Document, error) {
	if err := c.guard.checkHost(u.Hostname()); err != nil {
		return nil, answered(u, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, answered(u, errURL)
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	req.Header.Set("User-Agent", "microkubes-go")
	conditional := since != Validators{}
	setUnlessEmpty(req.Header, "If-None-Match", since.ETag)
	setUnlessEmpty(req.Header, "If-Modified-Since", since.LastModified)

	res, err := c.http.Do(req)
	if err != nil {
		return nil, failed(u, err)
	}
	defer res.Body.Close()
	if c.own != nil {
		defer c.own.CloseIdleConnections() // the next request comes minutes later, and its address is checked again
	}
	d := &Document{Validators: validators(res.Header)}
	d.Lifetime, d.HasLifetime = Lifetime(res.Header)
	if conditional && res.StatusCode == http.StatusNotModified {
		d.NotModified = true
		return d, nil
	}
	if res.StatusCode != http.StatusOK {
		return nil, statusError(u, res, time.Now())
	}
	if d.Body, err = readBody(res); err == nil {
		err = ctx.Err() // a server that notices the deadline first may still end the body
	}
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, errEncoding):
		return nil, answered(u, err)
	case err != nil:
		return nil, failed(u, err)
	}
	return d, nil
}

func setUnlessEmpty(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}

// validators leaves out those that are too long to be sent back.
func validators(h http.Header) Validators {
	v := Validators{ETag: h.Get("Etag"), LastModified: h.Get("Last-Modified")}
	if len(v.ETag) > maxValidator {
		v.ETag = ""
	}
	if len(v.LastModified) > maxValidator {
		v.LastModified = ""
	}
	return v
}

var (
	errTooLarge = fmt.Errorf("the document has more than %d bytes", MaxBody)
	errEncoding = errors.New("the document is compressed in a way that the transport does not undo")
)

// readBody reads what the transport has decompressed, so a compressed body cannot be larger either.
func readBody(res *http.Response) ([]byte, error) {
	if encoding := res.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, errEncoding
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, MaxBody+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > MaxBody:
		return nil, errTooLarge
	}
	return data, nil
}

// checkRedirect keeps a redirect on the server that was asked: another one may be an inner service, or may have lost its TLS.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > maxRedirects:
		return refusal("the server redirects more than three times")
	case next.URL.Scheme != first.Scheme || !strings.EqualFold(hostPort(next.URL), hostPort(first)):
		return refusal("the server redirects to another scheme, host or port: give the URL that it redirects to")
	case next.URL.User != nil:
		return refusal("the server redirects to a URL with credentials")
	}
	return nil
}
