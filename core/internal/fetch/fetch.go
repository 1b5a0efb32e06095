// Package fetch gets small documents over HTTP from servers that may be slow, broken or hostile. It is the only package of this
// module that opens connections.
//
// [Client.Get] sends one GET with limits on time, size and redirects. address.go decides to which addresses it may connect, and
// url.go which URLs are valid; freshness.go reads the headers about time; errors.go makes errors that do not quote the answer.
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
	// maxHeader limits the header of an answer if the user's transport sets no limit.
	maxHeader    = 64 << 10
	maxRedirects = 3
	maxValidator = 1 << 10
)

// Client gets documents. It is safe for concurrent use.
type Client struct {
	http  http.Client
	guard *guard
}

// New returns a Client that sends its requests as user does, which may be nil and is not changed. The trusted hosts may have any
// address; all others must have public ones.
//
// If the transport of user is an *[http.Transport], it is cloned, and the address of each connection is checked. Any other
// [http.RoundTripper] is used as it is, and only IP addresses in a URL are checked.
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
	switch {
	case !ok:
		return c
	case transport == nil:
		transport = &http.Transport{}
	}
	own := transport.Clone()
	own.DisableKeepAlives = true // the next request is minutes away, and its address is then checked again
	if transport == http.DefaultTransport {
		own.DialContext = nil // the guard has a dialer that checks addresses before connecting
	}
	if own.MaxResponseHeaderBytes == 0 {
		own.MaxResponseHeaderBytes = maxHeader
	}
	c.guard.wrap(own)
	c.http.Transport = own
	return c
}

// Validators make a request conditional (RFC 9110, section 13.1). The zero value makes it unconditional.
type Validators struct{ ETag, LastModified string }

// Document is the result of a successful request.
type Document struct {
	Body        []byte
	NotModified bool // the document with the validators of the request is current; there is no Body
	Validators  Validators
	Lifetime    time.Duration // see [Lifetime]
	HasLifetime bool
}

// Get gets one document. The deadline of ctx applies to the whole exchange, including the body. Redirects are followed within the
// same scheme, host and port. The error is an *[Error].
func (c *Client) Get(ctx context.Context, u *url.URL, since Validators) (*Document, error) {
	if err := c.guard.checkHost(u.Hostname()); err != nil {
		return nil, answered(u, err)
	}
	req, err := http.NewRequestWithContext(newExchange(ctx), http.MethodGet, u.String(), http.NoBody)
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
		return nil, failed(ctx, u, err)
	}
	defer res.Body.Close()
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
		return nil, failed(ctx, u, err)
	}
	return d, nil
}

func setUnlessEmpty(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}

// validators returns the validators of an answer, without those that are too long to be sent back.
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

// readBody reads a body of at most MaxBody bytes. The transport has already decompressed it, so the limit also stops a gzip bomb.
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

// checkRedirect refuses redirects to another server, which may be an inner service, and to another scheme, which may lack TLS.
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
