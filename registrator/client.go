package registrator

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/hashicorp/go-retryablehttp"
)

// client sends requests to one Admin API. It never follows a redirect.
type client struct {
	base      *url.URL // without userinfo and query
	origin    string   // where the address comes from, as part of a sentence
	query     url.Values
	user      *url.Userinfo
	config    Config
	next      http.RoundTripper
	closeIdle func() // closes idle connections
}

func newClient(base *url.URL, origin string, config Config) *client {
	c := &client{
		base:      &url.URL{Scheme: base.Scheme, Host: base.Host, Path: strings.TrimRight(base.Path, "/")},
		origin:    origin,
		query:     base.Query(),
		user:      base.User,
		config:    config,
		next:      config.Transport,
		closeIdle: func() {},
	}
	if c.next == nil { // the connections of a transport that the user gave are the user's
		own := config.transport()
		c.next, c.closeIdle = own, own.CloseIdleConnections
	}
	return c
}

// call is one request with all its attempts.
type call struct {
	service              Service // that the request is about; its secrets are not printed
	entity, method, path string
	query                url.Values
	body                 map[string]any

	attempts int
	unsure   bool   // an attempt had no answer, so the gateway may still do what it asks for
	token    string // of the last attempt; it is not printed
	answer   answer // to the last attempt
	failure  *Error // nil if the last attempt had a good answer
}

// get reads an entity, or a page of a list. It reports false if there is none.
func (c *client) get(ctx context.Context, k call, into any) (bool, error) {
	k.method = http.MethodGet
	if err := c.do(ctx, &k); err != nil {
		return false, err
	}
	if k.answer.status == http.StatusNotFound {
		return false, nil
	}
	d := json.NewDecoder(bytes.NewReader(k.answer.body))
	d.UseNumber()
	if !json.Valid(k.answer.body) || d.Decode(into) != nil { // Decode alone ignores what follows the first value
		e := c.failed(&k, ErrUnavailable)
		e.Status, e.verdict, e.Message = k.answer.status, reread, "the answer is not what Kong's Admin API gives"
		return false, e
	}
	return true, nil
}

func (c *client) request(ctx context.Context, k *call) (*retryablehttp.Request, error) {
	target, query := *c.base, maps.Clone(c.query)
	maps.Copy(query, k.query)
	target.Path, target.RawQuery = target.Path+k.path, query.Encode()
	var payload any // an untyped nil means no body
	if k.body != nil {
		text, err := json.Marshal(k.body)
		if err != nil {
			return nil, invalid("%s cannot be written as JSON", k.entity) // the cause may have a value
		}
		payload = text
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, k.method, target.String(), payload)
	if err != nil {
		return nil, invalid("the request %s %s cannot be made", k.method, k.path) // the cause has the query
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "microkubes-go")
	if k.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.user != nil {
		password, _ := c.user.Password()
		req.SetBasicAuth(c.user.Username(), password)
	}
	return req, nil
}

// advice returns what to change after an error of the transport, and the address that was used.
func (c *client) advice(err error) string {
	var name *net.DNSError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return "the name of the gateway does not resolve; " + c.where()
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there; " + c.where()
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, errAttemptTimeout):
		return "the gateway has not answered; " + c.where()
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return "the gateway does not speak TLS on this port; use http:// or its TLS port; " + c.where()
	case refusesCertificate(err):
		return "the gateway requires another client certificate; give it with Config.TLS"
	case isTLS(err):
		return "the gateway's certificate is not trusted; give its CA with Config.TLS"
	}
	return "the gateway could not be reached; " + c.where()
}

// where returns the address of the gateway and its origin, for an error. It has neither userinfo nor path nor query.
func (c *client) where() string {
	return "its address is " + c.base.Scheme + "://" + c.base.Host + c.origin
}
