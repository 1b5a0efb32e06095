package registrator

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// client speaks to one Admin API. It retries what may pass, and never follows a redirect.
type client struct {
	base   *url.URL // without userinfo and query
	origin string   // why it is this address, as part of a sentence
	query  url.Values
	user   *url.Userinfo
	http   *retryablehttp.Client
	rest   func() // closes connections that nothing uses
}

// newClient gives the library no logger: it would log addresses with their query.
func newClient(base *url.URL, origin string, next http.RoundTripper, config Config) *client {
	rest := func() {}
	if own, ok := next.(*http.Transport); ok && config.Transport == nil { // one that the user gave is the user's
		rest = own.CloseIdleConnections
	}
	c := &client{
		rest:   rest,
		base:   &url.URL{Scheme: base.Scheme, Host: base.Host, Path: strings.TrimRight(base.Path, "/")},
		origin: origin,
		query:  base.Query(),
		user:   base.User,
	}
	c.http = &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     &attempts{next: next, config: config, client: c},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     retriesInARow,
		RetryWaitMin: minWait,
		RetryWaitMax: maxWait,
		CheckRetry:   mayPass,
		Backoff:      backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return c
}

// call is one request with all its attempts, and what came of the last ones.
type call struct {
	entity, method, path string
	query                url.Values

	attempts int
	status   int // of the last answer, 0 where there was none
	body     []byte
	err      error         // of the last attempt, nil where it had an answer
	token    string        // to be kept out of what is printed
	service  Service       // that the call is about; likewise
	wait     time.Duration // that the last answer asked for
}

type callKey struct{}

// serviceKey is for the description that calls are about.
type serviceKey struct{}

// get reads an entity, or a page of a list. It is false where there is none.
func (c *client) get(ctx context.Context, k call, into any) (bool, error) {
	k.method = http.MethodGet
	if err := c.do(ctx, &k, nil); err != nil {
		if k.err == nil && k.status == http.StatusNotFound && isKongs(k.body) && ctx.Err() == nil {
			return false, nil
		}
		return false, err
	}
	d := json.NewDecoder(bytes.NewReader(k.body))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		e := c.failed(&k, ErrUnavailable, nil)
		e.Message = "the answer is not what Kong's Admin API gives"
		return false, &restart{of: e}
	}
	return true, nil
}

// noRoute is what Kong's proxy says of a request that no route is for. It may stand in front of the Admin API.
const noRoute = "no Route matched"

// isKongs reports whether a body is an answer of Kong's Admin API, and not the page of a server in front of it, which knows
// nothing of what Kong has.
func isKongs(body []byte) bool {
	var answer struct{ Message *string }
	return json.Unmarshal(body, &answer) == nil && answer.Message != nil && !strings.HasPrefix(*answer.Message, noRoute)
}

// do sends one request until it has an answer that is no passing trouble. It returns nil for a status of success, an
// [*Error], or a restart that holds one.
func (c *client) do(ctx context.Context, k *call, body map[string]any) error {
	k.service, _ = ctx.Value(serviceKey{}).(Service)
	req, err := c.request(context.WithValue(ctx, callKey{}, k), k, body)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if res != nil {
		_ = res.Body.Close() // it was read with its attempt
	}
	if err != nil && k.err == nil && k.status == 0 {
		k.err = err
	}
	return c.outcome(ctx, k)
}

func (c *client) request(ctx context.Context, k *call, body map[string]any) (*retryablehttp.Request, error) {
	target, query := *c.base, maps.Clone(c.query)
	maps.Copy(query, k.query)
	target.Path, target.RawQuery = target.Path+k.path, query.Encode()
	var payload any // an untyped nil means no body
	if body != nil {
		text, err := json.Marshal(body)
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
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.user != nil {
		password, _ := c.user.Password()
		req.SetBasicAuth(c.user.Username(), password)
	}
	return req, nil
}
