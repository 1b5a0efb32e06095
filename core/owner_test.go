package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/ownership"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// owning is an authenticator of this module that owns one token. It notes what was found for it.
type owning struct {
	token  string
	called int
	found  []ownership.Token
	err    error
}

func (o *owning) Name() string    { return o.token }
func (o *owning) Seal() seal.Seal { return seal.Of(o) }
func (o *owning) Owns() []core.Ownership {
	return []core.Ownership{{Source: "x", Form: "jws", Issuer: o.token}}
}

func (o *owning) Provide(ctx context.Context, sc core.SecurityContext, req core.Request, res core.Response) error {
	return o.ProvideFound(ctx, sc, req, res, ownership.Token{})
}

func (o *owning) ProvideFound(
	_ context.Context, sc core.SecurityContext, req core.Request, _ core.Response, found ownership.Token,
) error {
	o.called++
	o.found = append(o.found, found)
	switch token, _ := core.BearerToken(req); {
	case token != o.token:
		return core.NotMineBecause(sc, "bad_issuer")
	case o.err != nil:
		return o.err
	}
	return sc.SetAuth(core.NewAuth(core.AuthData{UserID: o.token}))
}

// one is what a search has found.
var one = ownership.Token{Found: 1}

// withFinder lets chains find owners with f, which counts how often they do.
func withFinder(t *testing.T, members uint64, f func(text string) ownership.Found) (searched *int) {
	t.Helper()
	before := ownership.New
	t.Cleanup(func() { ownership.New = before })
	searched = new(int)
	ownership.New = func(providers []any) *ownership.Finder {
		for i, p := range providers {
			if _, ok := p.(*owning); !ok {
				assert.Nil(t, p, "provider %d, which may change the request", i)
				assert.Zero(t, members>>i&1, "provider %d", i)
			}
		}
		return &ownership.Finder{Members: members, Source: core.TokenSource{}, Find: func(text string) ownership.Found {
			*searched++
			return f(text)
		}}
	}
	return searched
}

// decided returns the identity or the reason of the refusal, with the reasons why providers disown the token.
func decided(t *testing.T, token string, providers ...core.Provider) string {
	t.Helper()
	var seen core.Event
	chain, err := core.NewSecurityChain(providers...)
	require.NoError(t, err)
	ctx, ok := chain.WithObserver(decisions(func(e core.Event) { seen = e })).WithLogger(slog.New(slog.DiscardHandler)).Guard(t.Context(),
		coretest.Request{Headers: coretest.Bearer(token)}, &coretest.Recorder{})
	if auth, has := core.AuthFrom(ctx); ok && has {
		return auth.UserID()
	}
	if seen.NotMine != "" {
		return string(seen.Reason) + " " + seen.NotMine
	}
	return string(seen.Reason)
}

type decisions func(core.Event)

func (d decisions) Decision(_ context.Context, e core.Event) { d(e) }

func TestOnlyTheOwnerIsCalled(t *testing.T) {
	a, b, c, d := &owning{token: "a"}, &owning{token: "b"}, &owning{token: "c"}, &owning{token: "d"}
	between := 0
	other := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		between++
		return nil
	})
	same := func(_ context.Context, auth *core.Auth) (*core.Auth, error) { return auth, nil }
	enriched := core.Enrich(core.Enrich(c, same), same)
	for name, test := range map[string]struct {
		token    string
		found    ownership.Found
		want     string
		called   [4]int
		between  int
		searched int
	}{
		"the first":       {"a", ownership.Found{Known: true, Owner: 0, Token: one}, "a", [4]int{1, 0, 0, 0}, 1, 1},
		"the second":      {"b", ownership.Found{Known: true, Owner: 1, Token: one}, "b", [4]int{0, 1, 0, 0}, 1, 1},
		"enriched twice":  {"c", ownership.Found{Known: true, Owner: 3, Token: one}, "c", [4]int{0, 0, 1, 0}, 1, 2},
		"the last":        {"d", ownership.Found{Known: true, Owner: 4, Token: one}, "d", [4]int{0, 0, 0, 1}, 1, 2},
		"not found":       {"d", ownership.Found{}, "d", [4]int{1, 1, 1, 1}, 1, 2},
		"nobody's":        {"x", ownership.Found{Known: true, Owner: -1, BadType: 0b1001}, "not_mine a: bad_type, b: bad_issuer, c: bad_type, d: bad_issuer", [4]int{}, 1, 2},
		"a wrong finder":  {"x", ownership.Found{Known: true, Owner: 3, Token: one, BadType: 0b10}, "not_mine a: bad_issuer, b: bad_type, c: bad_issuer, d: bad_issuer", [4]int{0, 0, 1, 1}, 1, 2},
		"no token at all": {"", ownership.Found{Known: true, Owner: 3, Token: one}, "not_mine a: bad_issuer, b: bad_issuer, c: bad_issuer, d: bad_issuer", [4]int{1, 1, 1, 1}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			searched := withFinder(t, 0b11011, func(text string) ownership.Found {
				assert.Equal(t, test.token, text)
				return test.found
			})
			all := []*owning{a, b, c, d}
			for _, o := range all {
				*o = owning{token: o.token}
			}
			between = 0
			assert.Equal(t, test.want, decided(t, test.token, a, b, other, enriched, d))
			for i, o := range all {
				assert.Equal(t, test.called[i], o.called, o.token)
				for _, found := range o.found {
					isOwner := test.found.Token.Found != nil && int(test.found.Owner) == []int{0, 1, 3, 4}[i] && *searched > 0
					assert.Equal(t, isOwner, found.Found != nil, "for the owner")
				}
			}
			assert.Equal(t, test.between, between)
			assert.Equal(t, test.searched, *searched, "again behind a provider that may have changed the request")
		})
	}
}

// TestSkippedProvidersHaveDisowned checks that a skipped provider counts as one that returned NotMine.
func TestSkippedProvidersHaveDisowned(t *testing.T) {
	a, b := &owning{token: "a"}, &owning{token: "b", err: errors.New("down")}
	withFinder(t, 0b101, func(string) ownership.Found { return ownership.Found{Known: true, Owner: 2, Token: one} })
	assert.Equal(t, "not_mine a: bad_issuer", decided(t, "b", a, returns(core.BreakChain), b), "the route is public, and the token is not")
	assert.Zero(t, a.called+b.called)
}

// TestFindersGetOnlyProvidersOfThisModule has types that embed a provider of this module and override its methods.
func TestFindersGetOnlyProvidersOfThisModule(t *testing.T) {
	a := &owning{token: "a"}
	type embedding struct{ *owning }
	withFinder(t, 0b1, func(string) ownership.Found { return ownership.Found{} })
	assert.Equal(t, "a", decided(t, "a", a, &embedding{&owning{token: "b"}}))
}

// TestOnlyTheOwnerGetsTheToken has a provider of this module between the others that reads its token from another place.
func TestOnlyTheOwnerGetsTheToken(t *testing.T) {
	a, apart, c := &owning{token: "a"}, &owning{token: "b"}, &owning{token: "c"}
	withFinder(t, 0b101, func(string) ownership.Found { return ownership.Found{Known: true, Owner: 2, Token: one} })
	assert.Equal(t, "c", decided(t, "c", a, apart, c))
	assert.Equal(t, []ownership.Token{{}}, apart.found)
	assert.Equal(t, []ownership.Token{one}, c.found)
	assert.Zero(t, a.called)
}

// TestChainsWithTooManyProviders has chains with as many providers as a finder can tell apart, and with one more. What is found
// has their positions in 64 bits and in an int8, where the position 256 looks like 0.
func TestChainsWithTooManyProviders(t *testing.T) {
	for n, searches := range map[int]int{ownership.MaxProviders: 1, ownership.MaxProviders + 1: 0, 300: 0} {
		searched := withFinder(t, ^uint64(0), func(string) ownership.Found {
			last := n - 1
			return ownership.Found{Known: true, Owner: int8(last), Token: one}
		})
		var providers []core.Provider
		var first *owning
		for i := range n {
			o := &owning{token: fmt.Sprint("t", i)}
			if providers = append(providers, o); i == (n-1)%256 {
				first = o
			}
		}
		last := fmt.Sprint("t", n-1)
		assert.Equal(t, last, decided(t, last, providers...))
		assert.Equal(t, searches, *searched, "%d providers", n)
		if n > 64 {
			assert.Equal(t, []ownership.Token{{}}, first.found, "%d providers", n)
		}
	}
}

// unreadable is a request of an adapter that panics when its header is read.
type unreadable struct {
	coretest.Request
	now bool
}

func (r *unreadable) Header(name string) (string, int) {
	if r.now {
		panic("the adapter is broken")
	}
	return r.Request.Header(name)
}

// TestAPanicOfTheRequestNamesTheProviderThatReads lets the request panic behind a provider of a user, when the chain searches for
// the owner of the token. The provider of the user has returned and is not to blame.
func TestAPanicOfTheRequestNamesTheProviderThatReads(t *testing.T) {
	for name, members := range map[string]uint64{"no member": 0, "both are members": 6, "the second is a member": 4} {
		t.Run(name, func(t *testing.T) {
			withFinder(t, members, func(string) ownership.Found { return ownership.Found{} })
			req := &unreadable{}
			users := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
				req.now = true
				return nil
			})
			chain, err := core.NewSecurityChain(users, &owning{token: "a"}, &owning{token: "b"})
			require.NoError(t, err)
			var seen core.Event
			_, ok := chain.WithObserver(decisions(func(e core.Event) { seen = e })).WithLogger(slog.New(slog.DiscardHandler)).Guard(
				t.Context(), req, &coretest.Recorder{})
			assert.False(t, ok)
			assert.Equal(t, "panic", string(seen.Reason))
			assert.Equal(t, "a", seen.Provider)
		})
	}
}
