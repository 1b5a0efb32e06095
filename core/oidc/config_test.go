package oidc_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// TestConfigSaysWhatToChange has mistakes in the arguments of each preset, and in a changed Config.
func TestConfigSaysWhatToChange(t *testing.T) {
	with := func(c oidc.Config, change func(*oidc.Config)) oidc.Config {
		change(&c)
		return c
	}
	for says, config := range map[string]oidc.Config{
		"oidc: oidc: Config.Issuers is empty":                                                      {},
		"oidc: keycloak: the realm must be its URL, such as https://":                              oidc.Keycloak("https://sso.example.com", "orders"),
		"oidc: keycloak: the realm must be its":                                                    oidc.Keycloak("main", "orders"),
		"keycloak: the realm must be":                                                              oidc.Keycloak("https://sso.example.com/realms/main/protocol/openid-connect/certs", "orders"),
		"keycloak: the client is empty: write the client ID":                                       oidc.Keycloak("https://sso.example.com/realms/main", ""),
		`keycloak: "account" is in aud of the tokens for most services`:                            oidc.Keycloak("https://sso.example.com/realms/main", "account"),
		"kubernetes: the audience is the issuer, which is in aud of the tokens for the API server": oidc.Kubernetes("https://k.example.com", "https://k.example.com"),
		`Audiences has "orders\n"`:                                                                 oidc.Keycloak("https://sso.example.com/realms/main", "orders\n"),
		"oidc: auth0: Config.Issuers has an empty issuer":                                          oidc.Auth0("", "https://orders.example.com"),
		"auth0: Config.Audiences has an empty audience":                                            oidc.Auth0("t.eu.auth0.com", ""),
		`entra: "common" is not a tenant: its tokens come from any directory in the world`:         oidc.Entra("api", "common"),
		`"organizations" is not a tenant`:                                                          oidc.Entra("api", "t", "organizations"),
		`"Consumers" is not a tenant`:                                                              oidc.EntraV1("api", "Consumers"),
		"entra: there is no tenant: name the directory (tenant) ID of each":                        oidc.Entra("api"),
		`the tenant "x.onmicrosoft.com" is not a directory (tenant) ID`:                            oidc.Entra("api", "x.onmicrosoft.com"),
		`the tenant "https://login.microsoftonline.com/t/v2.0" is not`:                             oidc.Entra("api", "https://login.microsoftonline.com/t/v2.0"),
		`the tenant "" is not a directory (tenant) ID`:                                             oidc.EntraV1("api", ""),
		"entra: Config.Audiences has an empty audience":                                            oidc.Entra("", "t"),
		"oidc: okta: the issuer must be that of a custom authorization server":                     oidc.Okta("https://dev.okta.com", "api://default"),
		"okta: the issuer must be that":                                                            oidc.Okta("https://dev.okta.com/", "api://default"),
		"/oauth2/default: the access tokens of the org server":                                     oidc.Okta("https://dev.okta.com/oauth2", "api://default"),
		"whose issuer is the domain alone, are for Okta's own APIs":                                oidc.Okta("https://dev.okta.com/oauth2/", "api://default"),
		"and nobody else can verify them":                                                          oidc.Okta("https://dev.okta.com/oauth2/default/.well-known/openid-configuration", "api"),
		"okta: Config.Audiences has an empty audience":                                             oidc.Okta("https://dev.okta.com/oauth2/default", ""),
		"cognito: there is no app client: name the IDs":                                            oidc.Cognito("eu-west-1", "eu-west-1_x"),
		"cognito: the region or the user pool is empty":                                            oidc.Cognito("", "eu-west-1_x", "cl"),
		"oidc: cognito: the region or":                                                             oidc.Cognito("eu-west-1", "", "cl"),
		"cognito: Config.Claims.Values[1].OneOf has an empty value":                                oidc.Cognito("eu-west-1", "eu-west-1_x", ""),
		"google: Config.Audiences is empty":                                                        oidc.Google(),
		"google: Config.Audiences has an empty audience":                                           oidc.Google("a", ""),
		"firebase: the project is empty":                                                           oidc.Firebase(""),
		"supabase: the project is empty":                                                           oidc.Supabase(""),
		"zitadel: Config.Issuers has an empty issuer":                                              oidc.Zitadel("", "p1"),
		"zitadel: Config.Audiences is empty":                                                       oidc.Zitadel("z.zitadel.cloud"),
		"hydra: Config.Issuers has an empty issuer":                                                oidc.Hydra("", "orders"),
		"kubernetes: Config.Audiences has an empty audience":                                       oidc.Kubernetes("https://k.example.com", ""),
		"oidc: oidc: Config.Audiences is empty: name this service's audience":                      oidc.Issuer("https://idp.example.com"),
		"RemoteConfig.Issuer: it is not an absolute URL":                                           oidc.Issuer("idp.example.com", "orders"),
		"needs Issuer, to discover the keys, or KeysURL":                                           with(oidc.Issuer("https://i.example.com", "orders"), func(c *oidc.Config) { c.Keys.Issuer = "" }),
		`shop: Config.Algorithms has "none"`:                                                       with(oidc.Issuer("https://i.example.com", "orders"), func(c *oidc.Config) { c.Name, c.Algorithms = "shop", []string{"none"} }),
		"Config.Claims.Required and Absent both name jti":                                          with(oidc.Zitadel("z", "p1"), func(c *oidc.Config) { c.Claims.Absent = []jwt.Path{{"jti"}} }),
		"AnyAudience and Config.Audiences contradict":                                              with(oidc.Cognito("r", "p", "c"), func(c *oidc.Config) { c.Audiences = []string{"orders"} }),
		"MaxAge is 1ns": with(oidc.Google("c"), func(c *oidc.Config) { c.Keys.MaxAge = 1 }),
	} {
		p, err := oidc.New(t.Context(), config)
		assert.ErrorContains(t, err, says)
		assert.Nil(t, p)
	}
}

// TestArguments has other ways to write the arguments of a preset.
func TestArguments(t *testing.T) {
	for issuer, configs := range map[string][]oidc.Config{
		"https://sso.example.com/realms/main":                       {oidc.Keycloak("https://sso.example.com/realms/main/", "orders")},
		"https://sso.example.com/auth/realms/main":                  {oidc.Keycloak("https://sso.example.com/auth/realms/main", "orders")},
		"https://t.eu.auth0.com/":                                   {oidc.Auth0("t.eu.auth0.com", "a"), oidc.Auth0("https://t.eu.auth0.com", "a"), oidc.Auth0("https://t.eu.auth0.com/", "a")},
		"https://login.microsoftonline.com/t/v2.0":                  {oidc.Entra("api", "t")},
		"https://sts.windows.net/t/":                                {oidc.EntraV1("api", "t")},
		"https://dev.okta.com/oauth2/default":                       {oidc.Okta("https://dev.okta.com/oauth2/default/", "a")},
		"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC": {oidc.Cognito("eu-west-1", "eu-west-1_AbC", "cl")},
		"https://securetoken.google.com/proj":                       {oidc.Firebase("proj")},
		"https://p.supabase.co/auth/v1": {
			oidc.Supabase("https://p.supabase.co"), oidc.Supabase("p.supabase.co/"), oidc.Supabase("https://p.supabase.co/auth/v1/"),
		},
		"https://z.zitadel.cloud":   {oidc.Zitadel("z.zitadel.cloud", "p"), oidc.Zitadel("https://z.zitadel.cloud/", "p")},
		"https://hydra.example.com": {oidc.Hydra("https://hydra.example.com", "a")},
		"https://idp.example.com/":  {oidc.Issuer("https://idp.example.com/", "a")},
	} {
		for _, config := range configs {
			assert.Equal(t, []string{issuer}, config.Issuers)
			assert.Equal(t, issuer, config.Keys.Issuer)
			assert.Empty(t, config.Keys.KeysURL)
		}
	}
}

// TestKeysOfSeveralTenants has where the keys are if no discovery document is for all issuers.
func TestKeysOfSeveralTenants(t *testing.T) {
	v2, v1 := oidc.Entra("api", "t", "u"), oidc.EntraV1("api", "t", "u")
	assert.Equal(t, "https://login.microsoftonline.com/common/discovery/v2.0/keys", v2.Keys.KeysURL)
	assert.Equal(t, "https://login.microsoftonline.com/common/discovery/keys", v1.Keys.KeysURL)
	assert.Equal(t, []string{"https://sts.windows.net/t/", "https://sts.windows.net/u/"}, v1.Issuers)
}

// TestPresetsShareNothing changes what one call of a preset has returned, and the arguments.
func TestPresetsShareNothing(t *testing.T) {
	clients := []string{"a", "b"}
	google, cognito, zitadel := oidc.Google(clients...), oidc.Cognito("r", "p", clients...), oidc.Zitadel("z", clients...)
	clients[0] = "c"
	assert.Equal(t, "a", google.Audiences[0])
	assert.Equal(t, "a", zitadel.Audiences[0])
	assert.Equal(t, "a", cognito.Claims.Values[1].OneOf[0])
	first := oidc.Keycloak("https://sso.example.com/realms/main", "orders")
	first.Algorithms[0], first.Types[0] = "none", "x"
	second := oidc.Keycloak("https://sso.example.com/realms/main", "orders")
	assert.Equal(t, []string{"RS256", "JWT"}, []string{second.Algorithms[0], second.Types[0]})
}

// tokens has a token that each preset accepts.
var tokens = map[string]string{
	"keycloak": "keycloak-access-aud-mapper", "auth0": "auth0-access", "entra v2": "entra-v2-access", "entra v1": "entra-v1-access",
	"okta": "okta-access", "cognito": "cognito-access-no-aud-no-typ", "google": "google-id", "firebase": "firebase-id",
	"supabase": "supabase-es256", "zitadel": "zitadel-access", "hydra": "hydra-access", "kubernetes": "kubernetes-projected", "issuer": "rfc9068",
}

// TestAlgorithms sends a token in each algorithm to each preset.
func TestAlgorithms(t *testing.T) {
	all := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
	accepts := map[string][]string{
		"keycloak": all, "zitadel": all, "hydra": all, "kubernetes": all, "issuer": all,
		"auth0": {"RS256", "PS256"}, "supabase": {"ES256", "RS256"}, "entra v2": {"RS256"}, "entra v1": {"RS256"}, "okta": {"RS256"},
		"cognito": {"RS256"}, "google": {"RS256"}, "firebase": {"RS256"},
	}
	for preset, file := range tokens {
		for _, algorithm := range all {
			if !slices.Contains(accepts[preset], algorithm) {
				_, err := serve(t, presets[preset], algorithm)
				assert.ErrorContains(t, err, "the key store has no key for", "%s %s", preset, algorithm)
				continue
			}
			s := shapeOf(t, file)
			s.Algorithm = algorithm
			delete(s.Header, "alg")
			_, reason, _ := s.ask(t, presets[preset], nil, nil)
			assert.Empty(t, reason, "%s %s", preset, algorithm)
		}
	}
}

// TestTypes sends a token with each `typ` in its header to each preset.
func TestTypes(t *testing.T) {
	plain, access := []string{"JWT"}, []string{"JWT", "at+jwt"}
	accepts := map[string][]string{
		"keycloak": access, "auth0": access, "entra v2": access, "entra v1": access, "supabase": access, "zitadel": access, "hydra": access,
		"google": plain, "firebase": plain, "okta": {"", "JWT"}, "cognito": {"", "JWT"}, "kubernetes": {"", "JWT"},
		"issuer": {"", "JWT", "at+jwt"},
	}
	for preset, file := range tokens {
		for _, typ := range []string{"", "JWT", "at+jwt", "logout+jwt", "dpop+jwt", "okta-internal-at+jwt", "id+jwt"} {
			header := coretest.Claims{"typ": typ}
			if typ == "" {
				header["typ"] = coretest.Absent
			}
			_, reason, _ := shapeOf(t, file).ask(t, presets[preset], header, nil)
			if slices.Contains(accepts[preset], typ) {
				assert.Empty(t, reason, "%s %q", preset, typ)
			} else {
				assert.Equal(t, "bad_type", reason, "%s %q", preset, typ)
			}
		}
	}
}

// TestAConfigIsAValueToChange changes what a preset says.
func TestAConfigIsAValueToChange(t *testing.T) {
	config := presets["auth0"]
	config.Claims.Roles = []jwt.List{{Path: jwt.Path{"https://x.example/roles"}}}
	auth, reason, _ := shapeOf(t, "auth0-access").ask(t, config, nil, nil)
	require.Empty(t, reason)
	assert.Equal(t, []string{"admin"}, auth.Roles())

	config = presets["firebase"]
	config.Claims.Absent = nil
	_, reason, _ = shapeOf(t, "firebase-id").ask(t, config, nil, coretest.Claims{"provider_id": "anonymous"})
	assert.Empty(t, reason)

	config = presets["cognito"]
	config.AnyAudience, config.Audiences, config.Claims.Absent = false, []string{"https://orders.example.com"}, nil
	for aud, want := range map[string]string{"https://orders.example.com": "", "https://billing.example.com": "bad_audience"} {
		_, reason, _ = shapeOf(t, "cognito-access-no-aud-no-typ").ask(t, config, nil, coretest.Claims{"aud": aud})
		assert.Equal(t, want, reason)
	}

	config = presets["zitadel"]
	config.Claims.Roles = config.Claims.Roles[1:]
	auth, reason, _ = shapeOf(t, "zitadel-access").ask(t, config, nil, nil)
	require.Empty(t, reason)
	assert.Empty(t, auth.Roles(), "of the client's project")

	config = presets["supabase"]
	config.Claims = jwt.Claims{}
	auth, reason, _ = shapeOf(t, "supabase-es256").ask(t, config, nil, coretest.Claims{"roles": []string{"r"}, "username": "n", "userId": "u"})
	require.Empty(t, reason)
	assert.Equal(t, who{User: "f3b0-sub"}, whoIs(auth), "without Claims")
}
