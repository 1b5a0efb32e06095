package jwt_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

func TestProvider(t *testing.T) {
	provider := jwt.New(issuer.Keys(), jwt.Microkubes(name))
	require.NoError(t, validate(provider))
	good := issuer.Microkubes(nil)
	stranger := coretest.NewIssuer("Somebody Else")
	for what, c := range map[string]struct {
		token  string
		status int // 0: the Auth is set; -1: not mine
	}{
		"good":                    {good, 0},
		"8 KiB":                   {issuer.Microkubes(coretest.Claims{"padding": strings.Repeat("p", 5500)}), 0},
		"opaque":                  {"2YotnFZFEjr1zCsicMWpAA", -1},
		"of another issuer":       {stranger.Microkubes(nil), -1},
		"without issuer":          {issuer.Microkubes(coretest.Claims{"iss": coretest.Absent}), -1},
		"issuer is a number":      {issuer.Microkubes(coretest.Claims{"iss": 7}), -1},
		"issuer hidden by case":   {issuer.Microkubes(coretest.Claims{"iss": coretest.Absent, "Iss": name}), -1},
		"of another type":         {issuer.AccessToken("x", nil), -1},
		"encrypted, five parts":   {good + ".a.b", -1},
		"forged":                  {good + "x", 401},
		"says our issuer, forged": {coretest.NewIssuer(name).Microkubes(nil), 401},
		"too long":                {strings.Repeat("a", 9000), 401},
		"not base64":              {"a!.b.c", 401},
		"not ASCII":               {"\xc3\xa9.b.c", 400},
	} {
		t.Run(what, func(t *testing.T) {
			var sc coretest.SecurityContext
			err := provider.Provide(t.Context(), &sc, coretest.Request{Headers: coretest.Bearer(c.token)}, nil)
			switch c.status {
			case 0:
				require.NoError(t, err)
				assert.Equal(t, "user@example.com", sc.Auth().Username())
				return
			case -1:
				assert.Same(t, core.NotMine, err)
			default:
				var e *core.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, c.status, e.Status())
			}
			assert.False(t, sc.HasAuth())
		})
	}
	var sc coretest.SecurityContext
	assert.NoError(t, provider.Provide(t.Context(), &sc, coretest.Request{}, nil), "a request without a token")
	assert.False(t, sc.HasAuth())
}

// TestLongIssuers checks that a provider and a verifier agree on long issuers, in each form of a payload.
func TestLongIssuers(t *testing.T) {
	for _, length := range []int{1, 255, 256} {
		long := coretest.NewIssuer(strings.Repeat("i", length))
		config := jwt.Microkubes(long.Name)
		verifier, err := jwt.NewVerifier(long.Keys(), config)
		require.NoError(t, err)
		for form, claims := range map[string]coretest.Claims{
			"plain": nil, "with an escape": {"note": "a\nb"}, "with the name twice": {"note": "iss", "act": coretest.Claims{"iss": "x"}},
		} {
			token := long.Microkubes(claims)
			_, err := verifier.Verify(t.Context(), token)
			require.NoError(t, err)
			var sc coretest.SecurityContext
			require.NoError(t, jwt.New(long.Keys(), config).Provide(t.Context(), &sc, coretest.Request{Headers: coretest.Bearer(token)}, nil))
			assert.True(t, sc.HasAuth(), "%d bytes, %s", length, form)
		}
	}
}

// TestIssuersDoNotSignForEachOther has two issuers, each with its own keys.
func TestIssuersDoNotSignForEachOther(t *testing.T) {
	a, b := coretest.NewIssuer("a"), coretest.NewIssuer("b")
	chain, err := core.NewSecurityChain(jwt.New(a.Keys(), jwt.Microkubes("a")), jwt.New(b.Keys(), jwt.Microkubes("b")))
	require.NoError(t, err)
	chain = chain.WithLogger(slog.New(slog.DiscardHandler))
	for token, status := range map[string]int{
		a.Microkubes(nil): 0, b.Microkubes(nil): 0,
		a.Microkubes(coretest.Claims{"iss": "b"}): 401, b.Microkubes(coretest.Claims{"iss": "a"}): 401,
		a.Microkubes(coretest.Claims{"iss": "c"}): 401,
	} {
		var res coretest.Recorder
		_, ok := chain.Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(token)}, &res)
		assert.Equal(t, status == 0, ok)
		assert.Equal(t, status, res.Status)
	}
}

func TestSource(t *testing.T) {
	config := jwt.Microkubes(name)
	config.Source = core.TokenSource{Cookie: "session"}
	store := &counting{Store: issuer.Keys()}
	provider := jwt.New(store, config)
	cookie := http.Header{"Cookie": {"session=" + issuer.Microkubes(nil)}}
	for range 2 {
		var sc coretest.SecurityContext
		require.NoError(t, provider.Provide(t.Context(), &sc, coretest.Request{Headers: cookie}, nil))
		assert.True(t, sc.HasAuth())
	}
	assert.EqualValues(t, 1, store.found.Load(), "it is cached the second time")
	cookie.Set("Authorization", "Bearer x")
	err := provider.Provide(t.Context(), &coretest.SecurityContext{}, coretest.Request{Headers: cookie}, nil)
	assert.Equal(t, "duplicate_credential", reasonOf(t, err))
}

// validate calls Validate as a chain does.
func validate(p core.Provider) error { return p.(interface{ Validate() error }).Validate() }

// TestBytesThatNoTokenHas checks that such bytes make the request malformed, in whatever part of the token they are.
func TestBytesThatNoTokenHas(t *testing.T) {
	provider := jwt.New(issuer.Keys(), jwt.Microkubes(name))
	good := issuer.Microkubes(nil)
	for _, token := range []string{"\x01" + good, good[:len(good)-1] + "\x01", good[:len(good)-1] + "\x7f", good[:len(good)-1] + "\xc3"} {
		err := provider.Provide(t.Context(), &coretest.SecurityContext{}, coretest.Request{Headers: coretest.Bearer(token)}, nil)
		require.Error(t, err)
		assert.Equal(t, []any{400, "malformed request"}, answerOf(t, err), "%q", token)
	}
}
