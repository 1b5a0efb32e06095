package jwt_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

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

// TestClaimsSayWhatToChange has what is incomplete, without effect or contradictory in Config.Claims.
func TestClaimsSayWhatToChange(t *testing.T) {
	sub, none := jwt.Path{"sub"}, jwt.Path{}
	for says, claims := range map[string]jwt.Claims{
		`Config.Claims.User[0].Path is empty: name the claim, such as jwt.Path{"realm_access", "roles"}`: {User: []jwt.Text{{}}},
		"Config.Claims.Name[1].Path has an empty name":                                                   {Name: []jwt.Text{{Path: sub}, {Path: jwt.Path{""}}}},
		"Config.Claims.Client[0].Path has an empty name":                                                 {Client: []jwt.Text{{Path: jwt.Path{"a", "", "b"}}}},
		`Config.Claims.Name[0].Path has "email\n": remove surrounding`:                                   {Name: []jwt.Text{{Path: jwt.Path{"email\n"}}}},
		"Config.Claims.Name[0].If is empty":                                                              {Name: []jwt.Text{{Path: sub, If: none}}},
		"Config.Claims.Name[0].If has an empty name":                                                     {Name: []jwt.Text{{Path: sub, If: jwt.Path{""}}}},
		"Config.Claims.Roles[0].Path is empty":                                                           {Roles: []jwt.List{{}}},
		"Config.Claims.Scopes[0].Form is 64, which is not a form: combine":                               {Scopes: []jwt.List{{Path: sub, Form: 64}}},
		"Config.Claims.Organizations[0].Form is 65":                                                      {Organizations: []jwt.List{{Path: sub, Form: jwt.Array | 64}}},
		"Config.Claims.Namespaces[0].Form has jwt.Word, which keeps":                                     {Namespaces: []jwt.List{{Path: sub, Form: jwt.Word | jwt.Commas}}},
		"Config.Claims.Roles[0].Form has jwt.Word":                                                       {Roles: []jwt.List{{Path: sub, Form: jwt.Array | jwt.Word | jwt.Spaces}}},
		"Config.Claims.Required[1] is empty: name a claim":                                               {Required: [][]jwt.Path{{sub}, {}}},
		"Config.Claims.Required[0][1] is empty":                                                          {Required: [][]jwt.Path{{sub, none}}},
		"Config.Claims.Absent[0] is empty":                                                               {Absent: []jwt.Path{nil}},
		"Config.Claims.Absent names exp, which every token must have":                                    {Absent: []jwt.Path{{"exp"}}},
		"Config.Claims.Values[0].Path is empty":                                                          {Values: []jwt.Value{{OneOf: []string{"a"}}}},
		"Config.Claims.Values[0].OneOf is empty: every token would be refused":                           {Values: []jwt.Value{{Path: jwt.Path{"typ"}}}},
		"Config.Claims.Values[0].OneOf has an empty value":                                               {Values: []jwt.Value{{Path: jwt.Path{"typ"}, OneOf: []string{"a", ""}}}},
		`Config.Claims.Values[0].OneOf has " a"`:                                                         {Values: []jwt.Value{{Path: jwt.Path{"typ"}, OneOf: []string{" a"}}}},
		`Config.Claims.Values[0].Issuer is "b", which is not one of Config`:                              {Values: []jwt.Value{{Path: jwt.Path{"tid"}, OneOf: []string{"a"}, Issuer: "b"}}},
		"Config.Claims.Required and Absent both name x.azp":                                              {Required: [][]jwt.Path{{{"x", "azp"}}}, Absent: []jwt.Path{{"x", "azp"}}},
		"Config.Claims.Values and Absent both name typ":                                                  {Values: []jwt.Value{{Path: jwt.Path{"typ"}, OneOf: []string{"a"}}}, Absent: []jwt.Path{{"typ"}}},
		"SubjectOptional and Required contradict each other":                                             {SubjectOptional: true, Required: [][]jwt.Path{{sub}}},
	} {
		config := jwt.Config{Issuers: []string{"a"}, AnyAudience: true, Claims: claims}
		_, err := jwt.NewVerifier(issuer.Keys(), config)
		assert.ErrorContains(t, err, says)
		assert.ErrorContains(t, validate(jwt.New(issuer.Keys(), config)), says)
	}
	_, err := jwt.NewVerifier(issuer.Keys(), jwt.Config{Issuers: []string{"a"}, AnyAudience: true, Claims: jwt.Claims{
		Roles: []jwt.List{{}}, Values: []jwt.Value{{}}, Absent: []jwt.Path{{"exp"}},
	}})
	assert.Len(t, strings.Split(err.Error(), "\n"), 4, "all at once")
	_, err = jwt.NewVerifier(issuer.Keys(), jwt.Config{AnyIssuer: true, AnyAudience: true, Claims: jwt.Claims{
		Values:   []jwt.Value{{Path: jwt.Path{"azp"}, OneOf: []string{"a"}, Optional: true, Issuer: "b"}},
		Required: [][]jwt.Path{{{"azp"}, {"cid"}}, {{"sub"}, {"cid"}}}, Absent: []jwt.Path{{"azp"}}, SubjectOptional: true,
	}})
	assert.NoError(t, err, "what some token can meet")
}

// TestVerifierSharesNothing changes every list of the configuration after the verifier was made.
func TestVerifierSharesNothing(t *testing.T) {
	config := jwt.Microkubes(name)
	config.Types = []string{"application/JWT", ""}
	config.Audiences, config.AnyAudience = []string{"orders"}, false
	config.Claims = jwt.Claims{
		User: []jwt.Text{{Path: jwt.Path{"userId"}}}, Roles: []jwt.List{{Path: jwt.Path{"roles"}}},
		Required: [][]jwt.Path{{{"userId"}}}, Values: []jwt.Value{{Path: jwt.Path{"aud"}, OneOf: []string{"orders", "users"}}}, Absent: []jwt.Path{{"azp"}},
	}
	v, err := jwt.NewVerifier(issuer.Keys(), config)
	require.NoError(t, err)
	assert.Zero(t, config.Claims.Roles[0].Form)
	config.Claims.User[0].Path[0], config.Claims.Roles[0].Path[0], config.Claims.Required[0][0][0] = "x", "x", "x"
	config.Claims.Values[0].Path[0], config.Claims.Values[0].OneOf[0], config.Claims.Absent[0][0] = "x", "x", "sub"
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
