package token_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/token"
)

// opaque is a kind of credential that the library does not have. A table has the claims of each credential and how long they
// hold, as an issuer would answer (RFC 7662).
type opaque struct {
	claims     map[string]string
	end        time.Time
	asked      int
	generation uint64
}

func (o *opaque) Owns() []core.Ownership            { return []core.Ownership{{Form: "opaque"}} }
func (o *opaque) Generation() uint64                { return o.generation }
func (o *opaque) Open(text string) token.Credential { return &opaqueToken{o, text} }

type opaqueToken struct {
	kind *opaque
	text string
}

func (t *opaqueToken) Foreign() *core.Error {
	if len(t.text) > 10 {
		return core.InvalidToken("bad_type")
	}
	return nil
}

func (t *opaqueToken) Verify(context.Context) ([]byte, time.Time, error) {
	t.kind.asked++
	if text, ok := t.kind.claims[t.text]; ok {
		return []byte(text), t.kind.end, nil
	}
	return nil, time.Time{}, core.InvalidToken("malformed_token")
}

func (t *opaqueToken) Close() {}

func reasonOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *core.Error
	require.ErrorAs(t, err, &e)
	return string(e.Reason())
}

// TestAnotherKind checks that introspection can be added as a Kind, and proof of possession as a Condition, without a copy of
// this package.
func TestAnotherKind(t *testing.T) {
	now := time.Unix(1000, 0)
	kind := &opaque{claims: map[string]string{
		"ann": `{"sub":"ann","exp":2000,"scope":"read"}`, "bob": `{"sub":"bob","exp":2000,"scope":"write"}`,
		"old": `{"sub":"ann","exp":1000,"scope":"read"}`, "bad": `{"sub":7}`, "not": `[]`,
	}, end: time.Unix(1060, 0)}
	proof := func(_ context.Context, req core.Request, _ *core.Auth) error {
		if req != nil && req.Method() == "POST" {
			return core.InvalidToken("bound_token")
		}
		return nil
	}
	policy := token.Policy{
		AnyIssuer: true, AnyAudience: true, MaxSize: 20, CacheSize: 8, Now: func() time.Time { return now },
		Revoked: func(_ context.Context, auth *core.Auth) (bool, error) { return auth.UserID() == "eve", nil },
	}
	dialect := claims.Dialect{User: []claims.Text{{Path: claims.Path{"sub"}}}, Scopes: []claims.List{{Path: claims.Path{"scope"}, Form: claims.Spaces}}}
	v := token.NewVerifierOf(kind, policy, token.Profile{Dialect: dialect, Scopes: []string{"read"}}, proof)
	p := token.NewProvider("opaque", v)
	assert.Equal(t, []core.Ownership{{Source: "Authorization bearer", Form: "opaque"}}, p.Owns())

	provide := func(method, text string) error {
		var sc coretest.SecurityContext
		return p.Provide(t.Context(), &sc, coretest.Request{Verb: method, Headers: coretest.Bearer(text)}, nil)
	}
	for text, reason := range map[string]string{
		"bob": "insufficient_scope", "old": "expired", "bad": "malformed_claims", "not": "malformed_claims", "zoe": "malformed_token",
		"longer-than-20-characters": "too_large",
	} {
		err := provide("GET", text)
		assert.Equal(t, reason, reasonOf(t, err), text)
	}
	assert.Same(t, core.NotMine, provide("GET", "not-an-opaque"))

	auth, err := v.Verify(t.Context(), "ann")
	require.NoError(t, err)
	assert.Equal(t, "ann", auth.UserID())
	asked := kind.asked
	for i, c := range []struct {
		method, reason string
		asked          int
		then           func()
	}{
		{"GET", "", 0, nil},
		{"POST", "bound_token", 0, nil}, // a condition is asked about known credentials, too
		{"GET", "", 0, func() { now = time.Unix(1060, 0) }},
		{"GET", "", 1, func() { kind.end = time.Time{} }}, // the verdict ends before the credential
		{"GET", "", 2, nil},
		{"GET", "", 2, func() { kind.generation++ }},
		{"GET", "", 3, func() { now = time.Unix(2000, 0) }},
		{"GET", "expired", 4, nil},
	} {
		assert.Equal(t, c.reason, reasonOf(t, provide(c.method, "ann")), "step %d", i)
		assert.Equal(t, c.asked, kind.asked-asked, "step %d", i)
		if c.then != nil {
			c.then()
		}
	}
}
