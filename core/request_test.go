package core_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// native is an adapter's own type with something beyond the seam.
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

func TestSecondAuthorizationFieldIsMalformed(t *testing.T) {
	for _, chain := range []*core.SecurityChain{newChain(t, sets("ann")), newChain(t, sets("ann")).Public()} {
		two := coretest.Request{Headers: http.Header{"Authorization": {"Bearer a", "Bearer a"}}}
		assert.Equal(t, "duplicate_credential", guard(t, chain, two).reason(t))
		one := coretest.Request{Headers: http.Header{"Authorization": {"Bearer a"}}}
		assert.True(t, guard(t, chain, one).passed)
	}
}
