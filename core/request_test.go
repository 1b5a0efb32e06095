package core_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// native is an adapter's own type, with a method that core.Request does not have.
type native struct {
	coretest.Request
	body string
}

func (n native) Body() string { return n.body }

func all(r core.Request) []any {
	first, n := r.Header("x-a")
	return []any{r.Method(), r.Scheme(), r.Host(), r.RoutePath(), r.RawQuery(), r.RemoteAddr(), first, n}
}

func TestRequestIsLent(t *testing.T) {
	var kept core.Request
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		kept = r
		assert.Equal(t, []any{"POST", "https", "h", "/a", "b=c", "p:1", "first", 2}, all(r))
		for _, framing := range []string{"Host", "content-length", "Transfer-Encoding", "TRAILER"} {
			_, n := r.Header(framing)
			assert.Zero(t, n, framing)
		}
		own, ok := core.RequestAs[native](r)
		assert.True(t, ok)
		assert.Equal(t, "body", own.body)
		withBody, ok := core.RequestAs[interface{ Body() string }](r)
		assert.True(t, ok)
		assert.Equal(t, "body", withBody.Body())
		_, ok = core.RequestAs[*http.Request](r)
		assert.False(t, ok)
		return nil
	})
	req := native{body: "body", Request: coretest.Request{
		Verb: "POST", Target: "/a?b=c", Site: "h", Peer: "p:1", TLS: true,
		Headers: http.Header{"X-A": {"first", "second"}, "Host": {"x"}, "Content-Length": {"1"}, "Trailer": {"x"}},
	}}
	require.True(t, guard(t, newChain(t, look, core.Optional()), req).passed)
	require.NotNil(t, kept)
	assert.Equal(t, []any{"", "", "", "", "", "", "", 0}, all(kept), "taken back when the chain ended")
	_, ok := core.RequestAs[native](kept)
	assert.False(t, ok)
	_, ok = core.RequestAs[native](req)
	assert.True(t, ok, "a request without a chain is looked at itself")
}

// TestNothingIsKeptOfARefusedRequest uses what a provider has kept of a request that was refused, while the refusal is written and
// observed, and afterwards. The adapter uses the memory behind it for other requests.
func TestNothingIsKeptOfARefusedRequest(t *testing.T) {
	var sc core.SecurityContext
	var req core.Request
	var res core.Response
	refuses := core.ProviderFunc(func(_ context.Context, s core.SecurityContext, r core.Request, w core.Response) error {
		sc, req, res = s, r, w
		return core.Forbidden("access denied")
	})
	uses := 0
	use := func() {
		uses++
		assert.Empty(t, req.RoutePath())
		assert.ErrorIs(t, sc.SetAuth(core.NewAuth(core.AuthData{UserID: "eve"})), core.ErrSealed)
		res.SetHeader("X-Kept", "eve")
		assert.ErrorIs(t, res.Send(200, []byte("eve")), core.ErrSealed)
	}
	chain := newChain(t, refuses).WithObserver(deciding(use)).WithErrorBody(func(*core.Error) (string, []byte) {
		use()
		return "text/plain", []byte("no")
	})
	o := guard(t, chain, coretest.Request{Target: "/x"})
	use()
	assert.Equal(t, 3, uses)
	assert.Equal(t, 403, o.res.Status)
	assert.Equal(t, "no", string(o.res.Body))
	assert.Empty(t, o.res.Headers.Get("X-Kept"))
}

// deciding is an Observer that calls itself.
type deciding func()

func (f deciding) Decision(context.Context, core.Event) { f() }

func TestSecondAuthorizationFieldIsMalformed(t *testing.T) {
	for _, chain := range []*core.SecurityChain{newChain(t, sets("ann")), newChain(t, sets("ann")).Public()} {
		two := coretest.Request{Headers: http.Header{"Authorization": {"Bearer a", "Bearer a"}}}
		assert.Equal(t, "duplicate_credential", guard(t, chain, two).reason(t))
		one := coretest.Request{Headers: http.Header{"Authorization": {"Bearer a"}}}
		assert.True(t, guard(t, chain, one).passed)
	}
}

// counting counts how often it is asked for its path and for the credential.
type counting struct {
	coretest.Request
	asked map[string]int
}

func (r *counting) RoutePath() string {
	r.asked["path"]++
	return r.Request.RoutePath()
}

func (r *counting) Header(name string) (string, int) {
	r.asked[name]++
	return r.Request.Header(name)
}

// TestAdapterIsAskedAgain holds that the chain asks the adapter again behind a provider of another module, which may change the
// request, and not behind others.
func TestAdapterIsAskedAgain(t *testing.T) {
	issuer := coretest.NewIssuer("i")
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		r.RoutePath()
		r.Header("authorization")
		return nil
	})
	for name, c := range map[string]struct {
		chain *core.SecurityChain
		times int
	}{
		"none":     {newChain(t, core.PublicRoutes("/public")), 1},
		"one":      {newChain(t, look), 2},
		"two":      {newChain(t, look, look), 3},
		"in front": {newChain(t, look, core.PublicRoutes("/public")), 3},
		"behind":   {newChain(t, core.PublicRoutes("/public"), look), 2},
		"added":    {newChain(t, sets("ann")).With(look), 2},
		"ours":     {newChain(t, core.PublicRoutes("/x"), jwt.New(issuer.Keys(), jwt.Microkubes("i"))).With(core.RequireAuth()), 1},
	} {
		r := &counting{coretest.Request{Headers: coretest.Bearer(issuer.Microkubes(nil))}, map[string]int{}}
		guard(t, c.chain, r)
		assert.Equal(t, c.times, r.asked["path"], "path, strangers: %s", name)
		want := c.times
		if name == "in front" {
			want-- // nobody asked for it again
		}
		assert.Equal(t, want, r.asked["Authorization"], "credential, strangers: %s", name)
	}
}

// TestNamesAreCanonical holds that an adapter gets names in canonical form, and that invalid names are not sent.
func TestNamesAreCanonical(t *testing.T) {
	chain := newChain(t, core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, res core.Response) error {
		r.Header("x-api-key")
		r.Header("AUTHORIZATION")
		res.SetHeader("x-set", "a\r\nX-Evil: b\x00c")
		res.AddHeader("x-add", "\t\u00e9\xe9")
		for _, c := range "\r\n\x00\x0b\x1b\x7f" {
			res.AddHeader("x-add", "a"+string(c)+"b")
		}
		for _, c := range "\x00\t\r\n \"(),/:;<=>?@[\\]{}\x7f\u00e9" {
			res.SetHeader("X"+string(c)+"Y", "x")
			res.AddHeader("X"+string(c)+"Y", "x")
		}
		for _, name := range []string{"", "host", "content-length", "transfer-encoding", "trailer"} {
			res.SetHeader(name, "1")
			res.AddHeader(name, "1")
		}
		return core.NotMine
	}))
	r := &counting{coretest.Request{Headers: coretest.Bearer("t")}, map[string]int{}}
	o := guard(t, chain, r)
	assert.Equal(t, map[string]int{"path": 1, "Authorization": 2, "X-Api-Key": 1}, r.asked)
	assert.Equal(t, "a  X-Evil: b c", o.res.Headers.Get("X-Set"))
	assert.Equal(t, append([]string{"\t\u00e9\xe9"}, slices.Repeat([]string{"a b"}, 6)...), o.res.Headers.Values("X-Add"))
	assert.Len(t, o.res.Headers, 6, o.res.Headers) // with four of the refusal
}

// TestNothingOfARequestIsPrinted prints all that a provider and a handler get.
func TestNothingOfARequestIsPrinted(t *testing.T) {
	printed := ""
	show := func(all ...any) {
		for _, v := range all {
			printed += fmt.Sprintf("%v %+v %#v %s %d %x", v, v, v, v, v, v)
		}
	}
	chain := newChain(t, core.ProviderFunc(func(ctx context.Context, sc core.SecurityContext, r core.Request, res core.Response) error {
		show(ctx, sc, r, res)
		return sc.SetAuth(core.NewAuth(core.AuthData{UserID: "hunter2"}))
	}))
	r := coretest.Request{Target: "/hunter2", Headers: coretest.Bearer("hunter2")}
	ctx, ok := chain.Guard(t.Context(), r, &coretest.Recorder{})
	require.True(t, ok)
	show(ctx)
	assert.NotContains(t, printed, "hunter2")
	assert.NotContains(t, printed, hex.EncodeToString([]byte("hunter2")))
}

// responseNames records the names that an adapter gets.
type responseNames struct {
	coretest.Recorder
	names []string
}

func (r *responseNames) SetHeader(name, _ string) { r.names = append(r.names, name) }
func (r *responseNames) AddHeader(name, _ string) { r.names = append(r.names, name) }

func TestResponseNamesAreCanonical(t *testing.T) {
	chain := newChain(t, core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, _ core.Request, res core.Response) error {
		res.SetHeader("x-SET", "a")
		res.AddHeader("x-add", "a")
		return core.NotMine
	}))
	var res responseNames
	chain.Guard(t.Context(), coretest.Request{}, &res)
	require.Greater(t, len(res.names), 2)
	assert.Equal(t, []string{"X-Set", "X-Add"}, res.names[:2])
}

// TestAddedProvidersSeeTheRequest calls each method of the Request after the authenticating part of the chain.
func TestAddedProvidersSeeTheRequest(t *testing.T) {
	var got []any
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		got = all(r)
		return nil
	})
	req := coretest.Request{Verb: "PUT", Target: "/a?b", Site: "s", Peer: "p:1", TLS: true, Headers: http.Header{"X-A": {"x"}}}
	require.True(t, guard(t, newChain(t, sets("ann")).With(look), req).passed)
	assert.Equal(t, []any{"PUT", "https", "s", "/a", "b", "p:1", "x", 1}, got)
}
