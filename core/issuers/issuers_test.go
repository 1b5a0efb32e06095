package issuers_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

const audience = "https://orders.example.com"

// The issuers of these tests. Their keys are different and have the same id.
var (
	platform = coretest.NewIssuerFor("Microkubes JWT Authority", "RS256")
	shop     = coretest.NewIssuerFor("https://login.shop.example.com", "ES256")
	partner  = coretest.NewIssuerFor("https://partner.example.org", "EdDSA")
	stranger = coretest.NewIssuerFor("https://stranger.example.net", "ES256")
)

// counting is a store that counts how often a key is looked for, and notes that it is closed.
type counting struct {
	keys.Store
	found, closed atomic.Int32
}

func (s *counting) Find(ctx context.Context, kid, algorithm string) ([]*keys.Key, error) {
	s.found.Add(1)
	return s.Store.Find(ctx, kid, algorithm)
}

func (s *counting) Close() error { s.closed.Add(1); return nil }

func accessTokens(issuer *coretest.Issuer, change ...func(*oauth2.Config)) core.Authenticator {
	config := oauth2.AccessTokens(issuer.Name, audience)
	for _, c := range change {
		c(&config)
	}
	return oauth2.New(issuer.Keys(), config)
}

func microkubes(issuer *coretest.Issuer, change ...func(*jwt.Config)) core.Authenticator {
	config := jwt.Microkubes(issuer.Name)
	config.Algorithms = nil
	for _, c := range change {
		c(&config)
	}
	return jwt.New(issuer.Keys(), config)
}

// events keeps the last event of a chain.
type events struct{ last core.Event }

func (e *events) Decision(_ context.Context, event core.Event) { e.last = event }

// verdict is what a chain decided on one request.
type verdict struct {
	status             int // 0: passed
	reason, notMine    string
	retryAfter         string
	issuer, subject    string // of the identity
	provider           string
	cached, challenged bool
}

func chainOf(t testing.TB, providers ...core.Provider) *core.SecurityChain {
	t.Helper()
	chain, err := core.NewSecurityChain(providers...)
	require.NoError(t, err)
	return chain.WithLogger(slog.New(slog.DiscardHandler))
}

func ask(ctx context.Context, chain *core.SecurityChain, token string) verdict {
	return askWith(ctx, chain, coretest.Bearer(token))
}

func askWith(ctx context.Context, chain *core.SecurityChain, headers http.Header) verdict {
	var res coretest.Recorder
	var seen events
	ctx, passed := chain.WithObserver(&seen).Guard(ctx, coretest.Request{Headers: headers}, &res)
	auth, _ := core.AuthFrom(ctx)
	v := verdict{
		status: res.Status, reason: string(seen.last.Reason), notMine: seen.last.NotMine, provider: seen.last.Provider,
		cached: seen.last.Cached, retryAfter: res.Headers.Get("Retry-After"),
		challenged: res.Headers.Get("WWW-Authenticate") != "",
	}
	if passed {
		v.issuer, v.subject = auth.Issuer(), auth.Subject()
	}
	return v
}

func TestTheIssuerChooses(t *testing.T) {
	chain := chainOf(t, issuers.New(microkubes(platform), microkubes(shop), accessTokens(shop), accessTokens(partner)))
	for what, c := range map[string]struct {
		token           string
		status          int
		reason, notMine string
		issuer          string
	}{
		"a Microkubes JWT":            {token: platform.Microkubes(nil), issuer: platform.Name},
		"an access token":             {token: partner.AccessToken(audience, nil), issuer: partner.Name},
		"one issuer, the one type":    {token: shop.Microkubes(nil), issuer: shop.Name},
		"one issuer, the other type":  {token: shop.AccessToken(audience, nil), issuer: shop.Name},
		"of nobody":                   {stranger.AccessToken(audience, nil), 401, "not_mine", "issuers: bad_issuer", ""},
		"a slash more":                {shop.AccessToken(audience, coretest.Claims{"iss": shop.Name + "/"}), 401, "not_mine", "issuers: bad_issuer", ""},
		"in other case":               {shop.AccessToken(audience, coretest.Claims{"iss": strings.ToUpper(shop.Name)}), 401, "not_mine", "issuers: bad_issuer", ""},
		"without issuer":              {shop.AccessToken(audience, coretest.Claims{"iss": coretest.Absent}), 401, "not_mine", "issuers: bad_issuer", ""},
		"an empty issuer":             {shop.AccessToken(audience, coretest.Claims{"iss": ""}), 401, "not_mine", "issuers: bad_issuer", ""},
		"an issuer of 257 bytes":      {shop.AccessToken(audience, coretest.Claims{"iss": strings.Repeat("i", 257)}), 401, "not_mine", "issuers: bad_issuer", ""},
		"a list of issuers":           {shop.AccessToken(audience, coretest.Claims{"iss": []string{shop.Name, partner.Name}}), 401, "not_mine", "issuers: bad_issuer", ""},
		"a type of another member":    {platform.AccessToken(audience, nil), 401, "not_mine", "issuers: bad_type", ""},
		"of nobody, another type":     {stranger.Sign(map[string]any{"alg": "ES256", "typ": "logout+jwt"}, nil), 401, "not_mine", "issuers: bad_type", ""},
		"a type of no member":         {shop.Sign(map[string]any{"alg": "ES256", "typ": "logout+jwt"}, nil), 401, "not_mine", "issuers: bad_type", ""},
		"opaque":                      {"2YotnFZFEjr1zCsicMWpAA", 401, "not_mine", "issuers: malformed_token", ""},
		"encrypted, five parts":       {shop.AccessToken(audience, nil) + ".a.b", 401, "not_mine", "issuers: malformed_token", ""},
		"a header that is not base64": {"a!.b.c", 401, "malformed_token", "", ""},
		"not ASCII":                   {"\xc3\xa9.b.c", 400, "malformed_credential", "", ""},
		"too long":                    {strings.Repeat("a", 9000), 401, "too_large", "", ""},
		"another issuer's key":        {partner.AccessToken(audience, coretest.Claims{"iss": shop.Name}), 401, "no_fitting_key", "", ""},
		"for another audience":        {shop.AccessToken("https://other.example.com", nil), 401, "bad_audience", "", ""},
		"of the member's own rules":   {shop.AccessToken(audience, coretest.Claims{"jti": coretest.Absent}), 401, "missing_claim_jti", "", ""},
		"forged":                      {coretest.Forge(shop.AccessToken(audience, nil), coretest.Claims{"iss": shop.Name}), 401, "bad_signature", "", ""},
	} {
		t.Run(what, func(t *testing.T) {
			for range 2 { // a token may be known the second time
				got := ask(t.Context(), chain, c.token)
				assert.Equal(t, c.status, got.status)
				assert.Equal(t, c.reason, got.reason)
				assert.Equal(t, c.notMine, got.notMine)
				assert.Equal(t, c.issuer, got.issuer)
			}
		})
	}
	assert.Equal(t, 401, askWith(t.Context(), chain, nil).status)
	assert.Equal(t, "no_credential", askWith(t.Context(), chain, nil).reason)
}

// TestAMemberDecidesAsAlone sends the catalogue of attacks and hostile tokens to a chain with one provider, and to one in which that
// provider is a member among others.
func TestAMemberDecidesAsAlone(t *testing.T) {
	attacks := coretest.Attacks()
	for name, change := range map[string]func(*oauth2.Config){
		"with a cache":     func(*oauth2.Config) {},
		"without a cache":  func(c *oauth2.Config) { c.CacheSize = -1 },
		"with scopes":      func(c *oauth2.Config) { c.Scopes = []string{"orders:write"} },
		"with other forms": func(c *oauth2.Config) { c.Form = oauth2.AuthorizationServer },
	} {
		config := oauth2.AccessTokens(attacks.Issuer, attacks.Audience)
		config.Algorithms, config.Now = attacks.Algorithms, func() time.Time { return attacks.Now }
		change(&config)
		alone := chainOf(t, oauth2.New(attacks.Keys, config)) // of its own, since a provider remembers what it has verified
		among := chainOf(t, issuers.New(accessTokens(shop), oauth2.New(attacks.Keys, config), microkubes(platform)))
		for _, c := range attacks.Tokens {
			for _, which := range []string{"first", "second"} {
				want, got := ask(t.Context(), alone, c.Token), ask(t.Context(), among, c.Token)
				got.provider, want.provider = "", ""
				got.notMine = strings.ReplaceAll(got.notMine, "issuers: ", "oauth2: ")
				if c.Expect != "accept" && strings.HasPrefix(got.notMine, "oauth2: bad_issuer") && want.notMine == "oauth2: bad_type" {
					got.notMine = want.notMine // another member has the type
				}
				assert.Equal(t, want, got, "%s %s: %s, the %s time", name, c.ID, c.Comment, which)
			}
		}
	}
}
