package token_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/ownership"
	"github.com/microkubes/microkubes-go/core/internal/seal"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// of returns a provider for an issuer, with a change of the usual policy.
func of(store keys.Store, issuer string, change func(*jwt.Config)) core.Authenticator {
	c := jwt.Config{Issuers: []string{issuer}, AnyAudience: true, Now: clockAtLater}
	if change != nil {
		change(&c)
	}
	return jwt.New(store, c)
}

// TestFind finds the owners of tokens of all kinds, first by what is in the tokens and then in the caches.
func TestFind(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	accessTokens := func(name string) core.Authenticator {
		c := oauth2.AccessTokens(name, "a")
		c.Now = clockAtLater
		return oauth2.New(store, c)
	}
	both := func(c *jwt.Config) { c.Types = []string{"JWT", "at+jwt"} }
	all := []core.Authenticator{
		0: of(store, "a", nil), 1: accessTokens("a"), 2: of(store, "b", both), 3: issuers.New(of(store, "c", nil), accessTokens("d")),
		4: of(store, "d", nil), 5: of(store, "e", func(c *jwt.Config) { c.Source.Header = "X-Token" }), 6: of(store, "f", both),
	}
	var providers []any
	for _, p := range all {
		providers = append(providers, p)
	}
	finder := ownership.New(providers)
	require.NotNil(t, finder)
	assert.Equal(t, uint64(0b1011111), finder.Members)
	for name, c := range map[string]struct {
		typ, issuer string
		owner       int
		badType     uint64
	}{
		"the first":                        {"JWT", "a", 0, 0},
		"another type":                     {"at+jwt", "a", 1, 0b1},
		"a type in another form":           {"application/AT+JWT", "a", 1, 0b1},
		"one provider, one type":           {"JWT", "b", 2, 0b10},
		"one provider, the other type":     {"at+jwt", "b", 2, 0b1},
		"several issuers":                  {"JWT", "c", 3, 0b10},
		"several issuers, the other one":   {"at+jwt", "d", 3, 0b1},
		"an issuer of several, other type": {"JWT", "d", 4, 0b1010},
		"the last":                         {"JWT", "f", 6, 0b10},
		"the last, another type":           {"at+jwt", "f", 6, 0b10001},
		"of nobody":                        {"JWT", "x", -1, 0b10},
		"in another place":                 {"JWT", "e", -1, 0b10},
		"a type of nobody":                 {"logout+jwt", "a", -1, 0b1011111},
	} {
		text := issuer.Sign(map[string]any{"alg": "EdDSA", "typ": c.typ, "kid": "default"}, coretest.Claims{
			"iss": c.issuer, "sub": "ann", "aud": "a", "exp": later.Unix() + 60, "iat": later.Unix(), "client_id": "c", "jti": "j",
		})
		for _, when := range []string{"at first", "in the cache", "in the cache again"} {
			found := finder.Find(text)
			assert.True(t, found.Known, name)
			assert.EqualValues(t, c.owner, found.Owner, "%s, %s", name, when)
			assert.Equal(t, c.badType, found.BadType, "%s, %s", name, when)
			assert.Equal(t, c.owner >= 0, found.Token.Found != nil)
			if c.owner < 0 {
				continue
			}
			assert.Equal(t, when != "at first", token.IsEntry(found.Token.Found), "%s, %s", name, when)
			// What was found is only a hint: the provider decides as if it were not there.
			require.NoError(t, provide(t, all[c.owner], text))
		}
	}
}

// TestFindWithAnyIssuer has a provider that takes the tokens of its type from every issuer, behind one that names its issuer.
func TestFindWithAnyIssuer(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	everyone := of(store, "", func(c *jwt.Config) { c.Issuers, c.AnyIssuer, c.Types = nil, true, []string{"at+jwt"} })
	finder := ownership.New([]any{of(store, "a", nil), everyone})
	require.NotNil(t, finder)
	for _, name := range []string{"a", "b"} {
		text := issuer.AccessToken("x", coretest.Claims{"iss": name})
		for range 2 { // the second time it is in the cache
			found := finder.Find(text)
			assert.True(t, found.Known)
			assert.EqualValues(t, 1, found.Owner)
			assert.EqualValues(t, 0b1, found.BadType)
			require.NoError(t, provide(t, everyone, text))
		}
	}
	assert.EqualValues(t, -1, finder.Find(issuer.Microkubes(coretest.Claims{"iss": "b"})).Owner)
}

// TestNotFound has texts of which the providers decide one after the other whose they are.
func TestNotFound(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	finder := ownership.New([]any{of(store, "a", nil), of(store, "b", func(c *jwt.Config) { c.MaxSize = 1000 })})
	require.NotNil(t, finder)
	good := issuer.Microkubes(coretest.Claims{"iss": "a"})
	assert.True(t, finder.Find(good).Known)
	parts := strings.Split(good, ".")
	for name, text := range map[string]string{
		"opaque": "abc", "a segment more": good + ".a", "a header that is not base64": "!" + good, "two words": good + " " + good,
		"a space at the end": good + " ", "a payload that is not base64": parts[0] + ".!." + parts[2],
		"longer than one of them allows": issuer.Microkubes(coretest.Claims{"iss": "a", "x": strings.Repeat("x", 1000)}),
	} {
		assert.Equal(t, ownership.Found{}, finder.Find(text), name)
	}
}

// TestWhoTakesPart has chains in which less than two providers can be told apart by what is in a token.
func TestWhoTakesPart(t *testing.T) {
	store := newChangeable(t, keyOf(t, "default", edIssuer()))
	a, b := of(store, "a", nil), of(store, "b", nil)
	tenants := issuers.Resolve(func(context.Context, string) (core.Authenticator, io.Closer, error) {
		return nil, nil, issuers.ErrUnknown
	}, issuers.Config{})
	defer func() { _ = tenants.Close() }()
	type embedding struct{ core.Authenticator }
	for name, c := range map[string]struct {
		providers []any
		members   uint64
	}{
		"two":                    {[]any{a, b}, 0b11},
		"with others between":    {[]any{nil, a, core.PublicRoutes("/"), b, nil}, 0b1010},
		"none":                   {nil, 0},
		"one":                    {[]any{a}, 0},
		"a type of a user":       {[]any{a, embedding{b}}, 0},
		"another kind":           {[]any{a, newOpaque()}, 0},
		"tenants":                {[]any{a, tenants}, 0},
		"another header":         {[]any{a, of(store, "b", func(c *jwt.Config) { c.Source.Header = "X-Token" })}, 0},
		"cookies":                {[]any{of(store, "a", cookie), of(store, "b", cookie)}, 0},
		"query parameters":       {[]any{of(store, "a", query), of(store, "b", query)}, 0},
		"the scheme in capitals": {[]any{a, of(store, "b", func(c *jwt.Config) { c.Source.Scheme = "BEARER" })}, 0b11},
		"an unsafe policy":       {[]any{a, of(store, "", nil)}, 0},
		"no issuer at all":       {[]any{a, issuers.New()}, 0},
		"an issuer twice":        {[]any{a, issuers.New(b, b)}, 0},
	} {
		finder := ownership.New(c.providers)
		if c.members == 0 {
			assert.Nil(t, finder, name)
		} else if assert.NotNil(t, finder, name) {
			assert.Equal(t, c.members, finder.Members, name)
		}
	}
}

func cookie(c *jwt.Config) { c.Source.Cookie = "session" }
func query(c *jwt.Config)  { c.Source.Query = "token" }

// between is a provider of this module that does something between the search for the owner and the owner's turn.
type between struct{ act func() }

func (b *between) Seal() seal.Seal { return seal.Of(b) }

func (b *between) Provide(context.Context, core.SecurityContext, core.Request, core.Response) error {
	b.act()
	return nil
}

// TestTheOwnerDecidesAtItsTurn changes the clock and the keys after the owner was found.
func TestTheOwnerDecidesAtItsTurn(t *testing.T) {
	issuer, clock := edIssuer(), later
	key := keyOf(t, "default", issuer)
	store := newChangeable(t, key)
	now := func(c *jwt.Config) { c.Now = func() time.Time { return clock } }
	text := issuer.AccessToken("a", coretest.Claims{"iss": "b"})
	types := func(c *jwt.Config) { now(c); c.Types = []string{"at+jwt"} }
	for name, c := range map[string]struct {
		change func()
		reason string
	}{
		"nothing":         {func() {}, ""},
		"it expires":      {func() { clock = later.Add(time.Hour) }, "expired"},
		"its key goes":    {func() { store.replace(t, keyOf(t, "other", edIssuer())) }, "unknown_kid"},
		"its key changes": {func() { store.replace(t, keyOf(t, "default", edIssuer())) }, "bad_signature"},
		"a key is added":  {func() { store.replace(t, key, keyOf(t, "other", edIssuer())) }, ""},
	} {
		for _, known := range []bool{false, true} {
			var last core.Event
			act := func() {}
			for _, several := range []bool{false, true} {
				owner := of(store, "b", types)
				if several {
					owner = issuers.New(of(store, "b", types), of(store, "c", types))
				}
				chain, err := core.NewSecurityChain(of(store, "a", types), &between{func() { act() }}, owner)
				require.NoError(t, err)
				chain = chain.WithLogger(slog.New(slog.DiscardHandler)).WithObserver(observer(func(e core.Event) { last = e }))
				clock, act = later, func() {}
				store.replace(t, key)
				guard := func() {
					chain.Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(text)}, &coretest.Recorder{})
				}
				if known {
					guard()
					require.Empty(t, last.Reason)
				}
				act = c.change
				guard()
				assert.Equal(t, c.reason, string(last.Reason), "%s, known: %v, several: %v", name, known, several)
			}
		}
	}
}

// TestAProviderOfAUserMayChangeTheRequest has a provider of another module between the first provider and the owner of the token
// in the request. Afterwards the request has a token of another owner, or none.
func TestAProviderOfAUserMayChangeTheRequest(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	types := func(c *jwt.Config) { c.Types = []string{"at+jwt"} }
	textOf := func(name string) string { return issuer.AccessToken("a", coretest.Claims{"iss": name, "sub": name}) }
	for then, user := range map[string]string{textOf("b"): "b", textOf("c"): "c", textOf("x"): "", "": ""} {
		for range 2 { // the second time the tokens are in the caches
			req := &coretest.Request{Headers: coretest.Bearer(textOf("b"))}
			change := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
				if req.Headers = coretest.Bearer(then); then == "" {
					req.Headers = nil
				}
				return nil
			})
			chain, err := core.NewSecurityChain(of(store, "a", types), change, of(store, "b", types), of(store, "c", types))
			require.NoError(t, err)
			ctx, passed := chain.WithLogger(slog.New(slog.DiscardHandler)).Guard(t.Context(), req, &coretest.Recorder{})
			auth, _ := core.AuthFrom(ctx)
			assert.Equal(t, user != "", passed)
			assert.Equal(t, user, auth.Subject())
		}
	}
}

// TestRevokedIsAskedOnce counts the calls for a token that the chain finds in the cache of its owner.
func TestRevokedIsAskedOnce(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	for _, several := range []bool{false, true} {
		revoked, asked := false, 0
		owner := of(store, "b", func(c *jwt.Config) {
			c.Revoked = func(context.Context, *core.Auth) (bool, error) { asked++; return revoked, nil }
		})
		if several {
			owner = issuers.New(owner, of(store, "c", nil))
		}
		chain, err := core.NewSecurityChain(of(store, "a", nil), owner)
		require.NoError(t, err)
		chain = chain.WithLogger(slog.New(slog.DiscardHandler))
		text := issuer.Microkubes(coretest.Claims{"iss": "b"})
		for i, want := range []bool{true, true, false, false, true} {
			revoked = !want
			_, passed := chain.Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(text)}, &coretest.Recorder{})
			assert.Equal(t, want, passed)
			assert.Equal(t, i+1, asked, "several: %v", several)
		}
	}
}
