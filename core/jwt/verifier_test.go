package jwt_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

const name = "Microkubes JWT Authority"

var issuer = coretest.NewIssuer(name)

func reasonOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *core.Error
	require.ErrorAs(t, err, &e)
	return string(e.Reason())
}

func answerOf(t testing.TB, err error) []any {
	t.Helper()
	var e *core.Error
	require.ErrorAs(t, err, &e)
	return []any{e.Status(), e.Message()}
}

func verifier(t testing.TB, change func(*jwt.Config)) *jwt.Verifier {
	t.Helper()
	config := jwt.Microkubes(name)
	if change != nil {
		change(&config)
	}
	v, err := jwt.NewVerifier(issuer.Keys(), config)
	require.NoError(t, err)
	return v
}

// TestForms has the forms of tokens that Microkubes issues, or has issued.
func TestForms(t *testing.T) {
	absent := coretest.Absent
	for form, c := range map[string]struct {
		changes                     coretest.Claims
		roles, organizations, space []string
		scopes                      []string
	}{
		"jwt-issuer":     {nil, []string{"user"}, nil, nil, []string{"api:read"}},
		"several":        {coretest.Claims{"roles": "user,admin", "organizations": "a, b"}, []string{"user", "admin"}, []string{"a", "b"}, nil, []string{"api:read"}},
		"empty elements": {coretest.Claims{"roles": "a,,b ,"}, []string{"a", "b"}, nil, nil, []string{"api:read"}},
		"oauth2 server":  {coretest.Claims{"namespaces": nil, "organizations": absent, "roles": absent, "scopes": "api:read api:write"}, nil, nil, nil, []string{"api:read", "api:write"}},
		"namespaces":     {coretest.Claims{"namespaces": "n1,n2"}, []string{"user"}, nil, []string{"n1", "n2"}, []string{"api:read"}},
		"arrays":         {coretest.Claims{"roles": []string{"a", ""}, "organizations": []string{"o"}, "scopes": []string{"x", "y z"}}, []string{"a"}, []string{"o"}, nil, []string{"x", "y z"}},
		"system":         {coretest.Claims{"iat": absent, "scopes": absent, "scope": "api:read", "roles": "system"}, []string{"system"}, nil, nil, []string{"api:read"}},
		"comma scopes":   {coretest.Claims{"scopes": "api:read,api:write"}, []string{"user"}, nil, nil, []string{"api:read", "api:write"}},
		"quoted scope":   {coretest.Claims{"scopes": `"api:read"`}, []string{"user"}, nil, nil, []string{`"api:read"`}},
		"spaces":         {coretest.Claims{"roles": " a , b ", "organizations": []string{" o "}}, []string{"a", "b"}, []string{" o "}, nil, []string{"api:read"}},
		"odd separator":  {coretest.Claims{"scopes": "a\tb\nc"}, []string{"user"}, nil, nil, []string{"a\tb\nc"}},
		"no lists":       {coretest.Claims{"roles": nil, "scopes": nil}, nil, nil, nil, nil},
	} {
		t.Run(form, func(t *testing.T) {
			auth, err := verifier(t, nil).Verify(t.Context(), issuer.Microkubes(c.changes))
			require.NoError(t, err)
			assert.Equal(t, []string{"5c7fdab3a995410001d6d6c4", "user@example.com", name},
				[]string{auth.UserID(), auth.Username(), auth.Issuer()})
			for i, list := range [][2][]string{
				{c.roles, auth.Roles()}, {c.organizations, auth.Organizations()}, {c.space, auth.Namespaces()}, {c.scopes, auth.Scopes()},
			} {
				assert.ElementsMatch(t, list[0], list[1], "list %d", i)
			}
			assert.False(t, auth.HasRole(""), "an empty role is not a role")
		})
	}
}

// TestClaimsOfOtherForms has claims that grant something, in forms that are not known. The token is accepted, and they grant
// nothing.
func TestClaimsOfOtherForms(t *testing.T) {
	for claim, forms := range map[string][]any{
		"username":  {nil, 7, []string{"ann"}, map[string]any{"name": "ann"}},
		"client_id": {nil, 7, []string{"c"}, map[string]any{"id": "c"}},
	} {
		for _, form := range forms {
			auth, err := verifier(t, nil).Verify(t.Context(), issuer.Microkubes(coretest.Claims{claim: form}))
			require.NoError(t, err, "%s: %v", claim, form)
			text := map[string]string{"username": auth.Username(), "client_id": auth.ClientID()}[claim]
			assert.Empty(t, text, "%s: %v", claim, form)
		}
	}
	for _, claim := range []string{"roles", "organizations", "namespaces", "scopes"} {
		for _, form := range []any{
			nil, 7, true, map[string]any{"admin": true}, []any{map[string]any{"value": "admin"}}, []any{"admin", 7}, []any{[]string{"admin"}},
			[]any{nil, "admin"}, []any{},
		} {
			auth, err := verifier(t, nil).Verify(t.Context(), issuer.Microkubes(coretest.Claims{claim: form}))
			require.NoError(t, err, "%s: %v", claim, form)
			granted := map[string][]string{"roles": auth.Roles(), "organizations": auth.Organizations(), "namespaces": auth.Namespaces(),
				"scopes": auth.Scopes()}[claim]
			assert.Empty(t, granted, "%s: %v", claim, form)
		}
	}
}

func TestReasons(t *testing.T) {
	now := time.Unix(1_900_000_000, 0)
	clock := func(c *jwt.Config) { c.Now = func() time.Time { return now } }
	base := coretest.Claims{"exp": now.Add(time.Hour).Unix()}
	mint := func(changes coretest.Claims) string {
		all := coretest.Claims{}
		for k, v := range base {
			all[k] = v
		}
		for k, v := range changes {
			all[k] = v
		}
		return issuer.Microkubes(all)
	}
	header := func(changes map[string]any) string {
		h := map[string]any{"alg": "RS256", "typ": "JWT"}
		for k, v := range changes {
			h[k] = v
		}
		return issuer.Sign(h, coretest.Claims{"iss": name, "sub": "a", "exp": now.Add(time.Hour).Unix()})
	}
	good := mint(nil)
	parts := strings.Split(good, ".")
	raw := func(h string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(h)) + "." + parts[1] + "." + parts[2]
	}
	for token, want := range map[string]string{
		good:                              "",
		header(nil):                       "",
		header(map[string]any{"jku": ""}): "",
		header(map[string]any{"typ": "application/jwt"}): "",
		mint(coretest.Claims{"exp": now.Unix() + 1}):     "",
		mint(coretest.Claims{"nbf": now.Unix()}):         "",
		mint(coretest.Claims{"exp": 1900000000.5}):       "",

		strings.Repeat("x", 8193): "too_large",
		"":                        "malformed_token",
		"a.b":                     "malformed_token",
		good + ".x":               "malformed_token",
		parts[0] + "." + parts[1] + "." + parts[2] + "=":    "malformed_token",
		parts[0] + "." + parts[1] + ".\n" + parts[2]:        "malformed_token",
		raw(`{"alg":"RS256","alg":"RS256"}`):                "malformed_token",
		raw(`{"alg":"RS256"} `) + "":                        "bad_signature",
		raw(`{"alg":"RS256"}x`):                             "malformed_token",
		raw(`["RS256"]`):                                    "malformed_token",
		raw(`{"alg":["RS256"]}`):                            "malformed_token",
		raw("{\"alg\":\"RS256\",\"x\":\"\xff\"}"):           "malformed_token",
		header(map[string]any{"kid": 7}):                    "malformed_token",
		header(map[string]any{"kid": ""}):                   "malformed_token",
		header(map[string]any{"zip": "DEF"}):                "malformed_token",
		header(map[string]any{"crit": []string{"exp"}}):     "critical_header",
		header(map[string]any{"b64": false}):                "critical_header",
		header(map[string]any{"alg": "none"}):               "bad_algorithm",
		header(map[string]any{"alg": "rs256"}):              "bad_algorithm",
		header(map[string]any{"alg": "PS256"}):              "bad_algorithm",
		header(map[string]any{"alg": "HS256"}):              "bad_algorithm",
		header(map[string]any{"typ": "at+jwt"}):             "bad_type",
		header(map[string]any{"kid": "other"}):              "unknown_kid",
		header(map[string]any{"kid": "DEFAULT"}):            "unknown_kid",
		header(map[string]any{"kid": "../default"}):         "unknown_kid",
		coretest.Forge(good, coretest.Claims{"iss": name}):  "bad_signature",
		coretest.NewIssuer(name).Microkubes(nil):            "bad_signature",
		parts[0] + "." + parts[1] + ".":                     "bad_signature",
		mint(coretest.Claims{"exp": coretest.Absent}):       "missing_claim_exp",
		mint(coretest.Claims{"exp": nil}):                   "malformed_claims",
		mint(coretest.Claims{"exp": "1900003600"}):          "malformed_claims",
		mint(coretest.Claims{"exp": 1e19}):                  "malformed_claims",
		mint(coretest.Claims{"nbf": 1e19}):                  "malformed_claims",
		mint(coretest.Claims{"nbf": "0"}):                   "malformed_claims",
		mint(coretest.Claims{"iat": "0"}):                   "malformed_claims",
		mint(coretest.Claims{"userId": 7}):                  "malformed_claims",
		mint(coretest.Claims{"jti": 7}):                     "malformed_claims",
		mint(coretest.Claims{"jti": []string{"a"}}):         "malformed_claims",
		mint(coretest.Claims{"aud": map[string]any{}}):      "malformed_claims",
		mint(coretest.Claims{"iss": []string{name}}):        "malformed_claims",
		mint(coretest.Claims{"exp": now.Unix()}):            "expired",
		mint(coretest.Claims{"exp": 0}):                     "expired",
		mint(coretest.Claims{"exp": -1}):                    "expired",
		mint(coretest.Claims{"exp": 1, "Exp": 1900003600}):  "expired",
		mint(coretest.Claims{"nbf": now.Unix() + 1}):        "not_yet_valid",
		mint(coretest.Claims{"iss": name + "/"}):            "bad_issuer",
		mint(coretest.Claims{"iss": strings.ToLower(name)}): "bad_issuer",
		mint(coretest.Claims{"iss": coretest.Absent}):       "bad_issuer",
		mint(coretest.Claims{"cnf": map[string]any{}}):      "bound_token",
		mint(coretest.Claims{"userId": "", "sub": ""}):      "missing_claim_sub",
		issuer.Sign(map[string]any{"alg": "RS512"}, base):   "bad_signature",
		issuer.Sign(map[string]any{"alg": "RS256"}, base):   "bad_issuer",
	} {
		_, err := verifier(t, clock).Verify(t.Context(), token)
		assert.Equal(t, want, reasonOf(t, err), "%.60s", decodeHead(token))
		if want != "" {
			assert.Equal(t, []any{401, "invalid token"}, answerOf(t, err), "every reason has the same answer")
		}
	}
}

func decodeHead(token string) string {
	var text string
	for part := range strings.SplitSeq(token, ".") {
		b, _ := base64.RawURLEncoding.DecodeString(part)
		text += string(b) + " "
		if len(text) > 60 {
			break
		}
	}
	return text
}

func TestAudience(t *testing.T) {
	v := verifier(t, func(c *jwt.Config) { c.AnyAudience, c.Audiences = false, []string{"https://api.test"} })
	for reason, audiences := range map[string][]any{
		"":                 {"https://api.test", []string{"other", "https://api.test"}},
		"bad_audience":     {coretest.Absent, "", "other", "https://api.test/", "https://api", []string{}, "https://api.test other"},
		"malformed_claims": {7, nil, []any{"https://api.test", 7}},
	} {
		for _, aud := range audiences {
			_, err := v.Verify(t.Context(), issuer.Microkubes(coretest.Claims{"aud": aud}))
			assert.Equal(t, reason, reasonOf(t, err), "%v", aud)
		}
	}
}

func TestSeveralAudiences(t *testing.T) {
	v := verifier(t, func(c *jwt.Config) { c.AnyAudience, c.Audiences = false, []string{"orders", "https://api.test"} })
	for reason, audiences := range map[string][]any{
		"":             {"orders", "https://api.test", []string{"x", "orders"}, []string{"https://api.test", "orders"}},
		"bad_audience": {coretest.Absent, "", "Orders", "orders https://api.test", "orders,https://api.test", []string{"x", ""}},
	} {
		for _, aud := range audiences {
			_, err := v.Verify(t.Context(), issuer.Microkubes(coretest.Claims{"aud": aud}))
			assert.Equal(t, reason, reasonOf(t, err), "%v", aud)
		}
	}
}

func TestLeeway(t *testing.T) {
	now := time.Unix(1_900_000_000, 0)
	v := verifier(t, func(c *jwt.Config) { c.Leeway, c.Now = 30*time.Second, func() time.Time { return now } })
	for _, c := range []struct {
		exp, nbf int64
		reason   string
	}{
		{-29, 0, ""}, {-30, 0, "expired"}, {60, 30, ""}, {60, 31, "not_yet_valid"},
	} {
		claims := coretest.Claims{"exp": now.Unix() + c.exp, "nbf": now.Unix() + c.nbf}
		_, err := v.Verify(t.Context(), issuer.Microkubes(claims))
		assert.Equal(t, c.reason, reasonOf(t, err), "exp %d nbf %d", c.exp, c.nbf)
	}
}

func TestRevoked(t *testing.T) {
	for _, c := range []struct {
		revoked bool
		err     error
		reason  string
	}{{false, nil, ""}, {true, nil, "revoked"}, {false, errors.New("canary"), "revocation_unchecked"}} {
		v := verifier(t, func(config *jwt.Config) {
			config.Revoked = func(_ context.Context, auth *core.Auth) (bool, error) {
				assert.NotEmpty(t, auth.TokenID())
				return c.revoked, c.err
			}
		})
		_, err := v.Verify(t.Context(), issuer.Microkubes(nil))
		assert.Equal(t, c.reason, reasonOf(t, err))
		if c.err != nil {
			assert.Equal(t, []any{503, "temporarily unavailable"}, answerOf(t, err))
			assert.ErrorIs(t, err, c.err)
		}
	}
}

// brokenStore is a store whose keys are not available.
type brokenStore struct{ keys.Store }

func (brokenStore) Find(context.Context, string, string) ([]*keys.Key, error) {
	return nil, keys.ErrUnavailable
}

func (brokenStore) Generation() uint64 { return 0 }

func TestKeysCannotBeHad(t *testing.T) {
	v, err := jwt.NewVerifier(brokenStore{}, jwt.Microkubes(name))
	require.NoError(t, err)
	_, err = v.Verify(t.Context(), issuer.Microkubes(nil))
	assert.Equal(t, "keys_unavailable", reasonOf(t, err))
	assert.Equal(t, []any{503, "temporarily unavailable"}, answerOf(t, err))
	assert.ErrorIs(t, err, keys.ErrUnavailable)
}

func TestConfigSaysWhatToChange(t *testing.T) {
	store := issuer.Keys()
	oidc := jwt.Config{Issuers: []string{"https://idp.example.com"}, Audiences: []string{"orders"}}
	with := func(change func(*jwt.Config)) jwt.Config {
		c := oidc
		change(&c)
		return c
	}
	for says, config := range map[string]jwt.Config{
		`Config.Issuers has "https://idp.example.com\n": remove surrounding`: with(func(c *jwt.Config) { c.Issuers = []string{"https://idp.example.com\n"} }),
		`Config.Issuers has " a"`:                                        with(func(c *jwt.Config) { c.Issuers = []string{"b", " a"} }),
		`Config.Issuers has "a\x00b"`:                                    with(func(c *jwt.Config) { c.Issuers = []string{"a\x00b"} }),
		`Config.Issuers has "a\xff"`:                                     with(func(c *jwt.Config) { c.Issuers = []string{"a\xff"} }),
		`Config.Audiences has "orders "`:                                 with(func(c *jwt.Config) { c.Audiences = []string{"a", "orders "} }),
		`Config.Audiences has an empty audience`:                         with(func(c *jwt.Config) { c.Audiences = []string{"orders", ""} }),
		`Config.Types has "JWT "`:                                        with(func(c *jwt.Config) { c.Types = []string{"JWT "} }),
		`Config.Source: Cookie "my session" is not the name of a cookie`: with(func(c *jwt.Config) { c.Source.Cookie = "my session" }),
		`Cookie "a=b" is not`:                                            with(func(c *jwt.Config) { c.Source.Cookie = "a=b" }),
		`Header "X Token" is not`:                                        with(func(c *jwt.Config) { c.Source.Header = "X Token" }),
		`Header "host" frames`:                                           with(func(c *jwt.Config) { c.Source.Header = "host" }),
		`put the name of the cookie`:                                     with(func(c *jwt.Config) { c.Source.Header = "cookie" }),
		`Scheme "Bearer " is not one`:                                    with(func(c *jwt.Config) { c.Source.Scheme = "Bearer " }),
		"the key store has no key for ES256, EdDSA, Ed25519: every":      with(func(c *jwt.Config) { c.Algorithms = []string{"ES256", "EdDSA"} }),
		"the key store has no key for HS256":                             with(func(c *jwt.Config) { c.Algorithms = []string{"HS256", "ES384"} }),
		"name the issuers, or set AnyIssuer":                             {AnyAudience: true},
		"name this service's audience, or set AnyAud":                    {AnyIssuer: true},
		"AnyIssuer and Config.Issuers contradict each other":             {Issuers: []string{"a"}, AnyIssuer: true, AnyAudience: true},
		"AnyAudience and Config.Audiences contradict each other":         {AnyIssuer: true, AnyAudience: true, Audiences: []string{"x"}},
		"has an empty issuer":                                            {Issuers: []string{""}, AnyAudience: true},
		"has an issuer of more than 256 bytes":                           {Issuers: []string{strings.Repeat("i", 257)}, AnyAudience: true},
		`Config.Algorithms has "none"`:                                   {AnyIssuer: true, AnyAudience: true, Algorithms: []string{"none"}},
		"Config.Leeway is 1m1s: it must be from 0 to 1m":                 {AnyIssuer: true, AnyAudience: true, Leeway: 61 * time.Second},
		"Config.Leeway is -1ns":                                          {AnyIssuer: true, AnyAudience: true, Leeway: -1},
		"Config.MaxSize is negative":                                     {AnyIssuer: true, AnyAudience: true, MaxSize: -1},
	} {
		_, err := jwt.NewVerifier(store, config)
		assert.ErrorContains(t, err, says)
		assert.ErrorContains(t, validate(jwt.New(store, config)), says)
	}
	_, err := jwt.NewVerifier(nil, jwt.Microkubes(name))
	assert.ErrorContains(t, err, "the key store is nil")
	_, err = jwt.NewVerifier((*keys.Set)(nil), jwt.Microkubes(name))
	assert.ErrorContains(t, err, "the key store is nil")
	p := jwt.New(nil, jwt.Microkubes(name))
	assert.Error(t, p.Provide(t.Context(), &coretest.SecurityContext{}, coretest.Request{}, nil), "used without a chain")
}

// TestVerifierSharesNothing changes every list of the configuration after the verifier was made.
func TestVerifierSharesNothing(t *testing.T) {
	config := jwt.Microkubes(name)
	config.Types = []string{"application/JWT", ""}
	config.Audiences, config.AnyAudience = []string{"orders"}, false
	v, err := jwt.NewVerifier(issuer.Keys(), config)
	require.NoError(t, err)
	assert.Equal(t, []string{"application/JWT", ""}, config.Types, "the list of the caller is not changed")
	config.Issuers[0], config.Types[0], config.Types[1] = "https://evil.test", "at+jwt", "x"
	config.Audiences[0] = "users"
	for i := range config.Algorithms {
		config.Algorithms[i] = "ES256"
	}
	_, err = v.Verify(t.Context(), issuer.Microkubes(coretest.Claims{"aud": "orders"}))
	assert.NoError(t, err)
	_, err = v.Verify(t.Context(), issuer.Microkubes(coretest.Claims{"aud": "users"}))
	assert.Equal(t, "bad_audience", reasonOf(t, err))
	_, err = v.Verify(t.Context(), issuer.Microkubes(coretest.Claims{"iss": "https://evil.test"}))
	assert.Equal(t, "bad_issuer", reasonOf(t, err))
}

// TestManyKeys has a token without a kid, which any key of its algorithm may verify.
func TestManyKeys(t *testing.T) {
	claims := coretest.Claims{"iss": name, "sub": "ann", "exp": time.Now().Add(time.Minute).Unix()}
	for n, want := range map[int]string{31: "", 32: "too_many_keys"} {
		all := make([]*keys.Key, 0, n+1)
		for i := range n {
			public, _, err := ed25519.GenerateKey(rand.Reader)
			require.NoError(t, err)
			key, err := keys.Public(strconv.Itoa(i), public)
			require.NoError(t, err)
			all = append(all, key)
		}
		signer := coretest.NewIssuerFor(name, "EdDSA")
		last, err := keys.Public("last", signer.PublicKey())
		require.NoError(t, err)
		store, err := keys.Static(append(all, last)...)
		require.NoError(t, err)
		v, err := jwt.NewVerifier(store, jwt.Config{Issuers: []string{name}, AnyAudience: true})
		require.NoError(t, err)
		_, err = v.Verify(t.Context(), signer.Sign(map[string]any{"alg": "EdDSA"}, claims))
		assert.Equal(t, want, reasonOf(t, err), "%d other keys", n)
		_, err = v.Verify(t.Context(), signer.Sign(map[string]any{"alg": "EdDSA", "kid": "last"}, claims))
		assert.NoError(t, err, "with a kid the number of keys does not matter")
	}
}

func TestSecrets(t *testing.T) {
	key, err := keys.Secret("s", "HS256", []byte(strings.Repeat("k", 32)))
	require.NoError(t, err)
	public, err := keys.Public("default", issuer.PublicKey())
	require.NoError(t, err)
	store, err := keys.Static(key, public)
	require.NoError(t, err)
	v, err := jwt.NewVerifier(store, jwt.Config{AnyIssuer: true, AnyAudience: true})
	require.NoError(t, err)
	_, err = v.Verify(t.Context(), issuer.Sign(map[string]any{"alg": "HS256", "kid": "default"}, coretest.Claims{}))
	assert.Equal(t, "no_fitting_key", reasonOf(t, err), "a public key is not a secret")
	_, err = v.Verify(t.Context(), issuer.Sign(map[string]any{"alg": "RS256", "kid": "s"}, coretest.Claims{}))
	assert.Equal(t, "no_fitting_key", reasonOf(t, err), "a secret is not a public key")
	_, err = v.Verify(t.Context(), issuer.Microkubes(nil))
	assert.NoError(t, err)
}

// TestPayloadThatCannotBeRead has good signatures over payloads that are not base64url.
func TestPayloadThatCannotBeRead(t *testing.T) {
	secret := []byte(strings.Repeat("k", 32))
	key, err := keys.Secret("s", "HS256", secret)
	require.NoError(t, err)
	store, err := keys.Static(key)
	require.NoError(t, err)
	v, err := jwt.NewVerifier(store, jwt.Config{AnyIssuer: true, AnyAudience: true})
	require.NoError(t, err)
	for _, payload := range []string{"e30=", "e3\n0", "e31", "e", "e3+/"} {
		signed := encode(`{"alg":"HS256","kid":"s"}`) + "." + payload
		signature, err := golangjwt.SigningMethodHS256.Sign(signed, secret)
		require.NoError(t, err)
		_, err = v.Verify(t.Context(), signed+"."+encode(string(signature)))
		assert.Equal(t, "malformed_token", reasonOf(t, err), "%q", payload)
	}
}

func TestMaxSizeIsTheLongest(t *testing.T) {
	token := issuer.Microkubes(nil)
	for size, reason := range map[int]string{len(token): "", len(token) - 1: "too_large"} {
		_, err := verifier(t, func(c *jwt.Config) { c.MaxSize = size }).Verify(t.Context(), token)
		assert.Equal(t, reason, reasonOf(t, err), size)
		config := jwt.Microkubes(name)
		config.MaxSize = size
		request := coretest.Request{Headers: coretest.Bearer(token)}
		err = jwt.New(issuer.Keys(), config).Provide(t.Context(), &coretest.SecurityContext{}, request, nil)
		assert.Equal(t, reason, reasonOf(t, err), size)
	}
}

// TestSpacesSeparateScopesOnly has names with spaces, which would be different roles if they were split.
func TestSpacesSeparateScopesOnly(t *testing.T) {
	auth, err := verifier(t, nil).Verify(t.Context(), issuer.Microkubes(coretest.Claims{
		"roles": "no admin, user ", "organizations": "a b", "namespaces": " c d", "scopes": "e f,g , h",
	}))
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"no admin", "user"}, {"a b"}, {"c d"}, {"e", "f", "g", "h"}},
		[][]string{auth.Roles(), auth.Organizations(), auth.Namespaces(), auth.Scopes()})
}

func TestTimesThatAreNoDates(t *testing.T) {
	v := verifier(t, nil)
	for _, claim := range []string{"exp", "nbf"} {
		for _, value := range []any{1e300, -1e300, int64(253402300800), int64(-253402300800), int64(1e18), int64(-1e18)} {
			_, err := v.Verify(t.Context(), issuer.Microkubes(coretest.Claims{claim: value}))
			assert.Equal(t, "malformed_claims", reasonOf(t, err), "%s %v", claim, value)
		}
	}
}
