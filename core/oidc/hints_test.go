package oidc_test

import (
	"bytes"
	"log/slog"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// TestHints has usual mistakes, with what the record of the operator says to change. The client gets the answer to any bad token.
func TestHints(t *testing.T) {
	no := coretest.Absent
	type changes = coretest.Claims
	const idToken = "the token may be an ID token: send the access token"
	for name, c := range map[string]struct {
		preset, file string
		claims       changes
		hint         string
	}{
		"keycloak, no audience mapper":     {"keycloak", "keycloak-access-default-aud-account", nil, "aud does not have the client of this service: add an audience mapper for it to the caller's client"},
		"keycloak, an ID token":            {"keycloak", "keycloak-id-token", nil, "the token is an ID token, or another one that is not a bearer token: send the access token"},
		"keycloak, a refresh token":        {"keycloak, issued", "issued/keycloak-refresh-token", nil, "the token may be a refresh token: send the access token"},
		"keycloak, a lightweight token":    {"keycloak, issued", "issued/keycloak-user-lightweight", nil, "the token may be a lightweight access token: let the realm add sub to it"},
		"auth0, no audience asked for":     {"auth0", "auth0-access", changes{"aud": "https://t.eu.auth0.com/userinfo"}, "aud is not this API: the caller must ask for its audience; an ID token has the caller in aud"},
		"auth0, an ID token":               {"auth0", "auth0-access", changes{"azp": no}, idToken},
		"entra, an ID token":               {"entra v2", "entra-v2-access", changes{"azp": no}, idToken},
		"entra, an ID token with azp":      {"entra v2", "entra-v2-access", changes{"scp": no, "roles": no}, idToken},
		"entra v1, an ID token":            {"entra v1", "entra-v1-access", changes{"appid": no}, idToken},
		"entra, another version":           {"entra v2", "entra-v2-access", changes{"ver": "1.0"}, "the token is of the other version: use oidc.Entra for version 2, and oidc.EntraV1 for version 1"},
		"entra, a tenant and another":      {"entra v2", "entra-v2-access", changes{"tid": "u"}, "the token is of a tenant that its issuer is not for"},
		"entra, for Graph":                 {"entra v2", "entra-v2-access", changes{"aud": "00000003-0000-0000-c000-000000000000"}, "the token is for another API, such as Graph: the caller must ask for a scope of this API; an ID token has the caller in aud"},
		"okta, an ID token":                {"okta", "okta-access", changes{"cid": no}, idToken},
		"okta, an ID token with cid":       {"okta", "okta-access", changes{"scp": no}, idToken},
		"okta, another audience":           {"okta", "okta-access", changes{"aud": "0oa"}, "aud is not that of the authorization server; an ID token has the caller in aud: send the access token"},
		"cognito, an ID token":             {"cognito", "cognito-access-no-aud-no-typ", changes{"token_use": "id"}, idToken},
		"cognito, another client":          {"cognito", "cognito-access-no-aud-no-typ", changes{"client_id": "x"}, "the token is of another app client: name the client in the arguments of oidc.Cognito, if it may call"},
		"cognito, for a resource":          {"cognito", "cognito-access-no-aud-no-typ", changes{"aud": "https://billing.example.com"}, "the token is for a resource: see oidc.Cognito about Config.Audiences"},
		"google, another client":           {"google", "google-id", changes{"aud": "x"}, "the token is of another client: name the client in the arguments of oidc.Google, if it may call"},
		"firebase, an anonymous user":      {"firebase", "firebase-id", changes{"provider_id": "anonymous"}, "the user is anonymous, and the preset is for users that have signed in"},
		"supabase, an anonymous user":      {"supabase", "supabase-es256", changes{"is_anonymous": true}, "the user is anonymous, and the preset is for users that have signed in"},
		"supabase, an OAuth client":        {"supabase", "supabase-es256", changes{"client_id": "9a8b7c6d"}, "the token is of an OAuth client of the project, which acts for a user: see oidc.Supabase about Config.Claims"},
		"zitadel, an ID token":             {"zitadel, issued", "issued/zitadel-id-token", nil, idToken},
		"zitadel, an ID token without azp": {"zitadel", "zitadel-access", changes{"jti": no}, idToken},
		"zitadel, no project":              {"zitadel", "zitadel-access", changes{"aud": "c@p"}, "aud does not have the project: ask for the scope urn:zitadel:iam:org:project:id:<id>:aud"},
		"hydra, an ID token":               {"hydra", "hydra-access", changes{"client_id": no}, idToken},
		"hydra, no audience":               {"hydra", "hydra-access", changes{"aud": no}, "aud is not this service: the caller must be allowed to ask for its audience, and ask for it; an ID token has the caller in aud"},
		"kubernetes, a secret":             {"kubernetes", "kubernetes-projected", changes{"exp": no}, "the token may be that of a secret: mount a projected token instead"},
		"kubernetes, for the API server":   {"kubernetes", "kubernetes-projected", changes{"aud": "https://kubernetes.default.svc"}, "the token may be for the API server: mount a projected token with the audience of this service"},
		"issuer, typ":                      {"issuer", "rfc9068", changes{"typ": "ID"}, idToken},
		"issuer, token_use":                {"issuer", "rfc9068", changes{"token_use": "id"}, idToken},
		"issuer, nonce":                    {"issuer", "rfc9068", changes{"nonce": "n"}, idToken},
		"issuer, at_hash":                  {"issuer", "rfc9068", changes{"at_hash": "h"}, idToken},
		"issuer, c_hash":                   {"issuer", "rfc9068", changes{"c_hash": "h"}, idToken},
		"issuer, a bare ID token":          {"issuer", "rfc9068", changes{"client_id": no, "scope": no}, idToken},
		"entra, an ID token of a caller":   {"entra v2", "entra-v2-access", changes{"aud": "c", "azp": no, "scp": no, "roles": no}, "the token is for another API, such as Graph: the caller must ask for a scope of this API; an ID token has the caller in aud"},
		"hydra, an ID token of a caller":   {"hydra", "hydra-access", changes{"aud": []string{"spa"}, "client_id": no, "scp": no, "ext": no}, "aud is not this service: the caller must be allowed to ask for its audience, and ask for it; an ID token has the caller in aud"},
		"issuer, an ID token of a caller":  {"issuer", "rfc9068", changes{"aud": "c", "client_id": no, "scope": no}, "aud is not this service: the caller must ask for its audience; an ID token has the caller in aud"},
		"entra, version 1":                 {"entra v2", "entra-v1-access", nil, "entra: the tenant may not be one of those in the arguments, or the token of version 1: set accessTokenAcceptedVersion of the API to 2, or use oidc.EntraV1"},
		"entra v1, version 2":              {"entra v1", "entra-v2-access", nil, "entra: the tenant may not be one of those in the arguments, or the token of version 2: use oidc.Entra"},
		"okta, the org server":             {"okta", "okta-access", changes{"iss": "https://dev.okta.com"}, "okta: the token may be of the org server: the caller must ask this authorization server for it"},
		"firebase, a session cookie":       {"firebase", "firebase-id", changes{"iss": "https://session.firebase.google.com/proj"}, "firebase: the token may be of another project, or a session cookie: send the ID token"},
		"supabase, an API key":             {"supabase", "supabase-es256", changes{"iss": "supabase"}, "supabase: the token may be an API key of the project: send the access token of a user"},
		"kubernetes, an old secret":        {"kubernetes", "kubernetes-projected", changes{"iss": "kubernetes/serviceaccount"}, "kubernetes: the token may be that of a secret, or of another cluster"},
		"keycloak, another realm or host":  {"keycloak", "google-id", nil, "keycloak: iss is not this realm: let KC_HOSTNAME be the host of the URL here"},
		"hydra, without the slash":         {"hydra", "hydra-access", changes{"iss": "https://hydra.example.com"}, "hydra: iss is not this issuer: compare it with the discovery document, also in a slash at the end"},
		"no usual mistake":                 {"keycloak", "keycloak-access-aud-mapper", changes{"exp": 1}, ""},
		"no hint for the claim":            {"cognito", "cognito-access-no-aud-no-typ", changes{"sub": no}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := shapeOf(t, c.file)
			p := open(t, presets[c.preset], s.Algorithm)
			apply(c.claims, s.Claims)
			for _, p := range []core.Authenticator{p, issuers.New(p)} {
				event, record := recordOf(t, p, sign(s))
				if _, member := p.(*oidc.Provider); !member && event.Reason == "not_mine" {
					assert.Empty(t, event.Hint, "several members do not own it")
					continue
				}
				assert.Equal(t, c.hint, event.Hint)
				if c.hint == "" {
					assert.NotContains(t, record, "hint=")
				} else {
					assert.Contains(t, record, "hint="+strconv.Quote(c.hint))
				}
			}
		})
	}
}

// TestHintsForHeaders has mistakes that the header of a token shows.
func TestHintsForHeaders(t *testing.T) {
	for preset, c := range map[string]struct {
		file   string
		header coretest.Claims
		hint   string
	}{
		"okta":     {"okta-access", coretest.Claims{"typ": "application/okta-internal-at+jwt"}, "okta: the token may be of the org server: the caller must ask this authorization server for it"},
		"supabase": {"supabase-es256", coretest.Claims{"alg": "HS256"}, "the project may sign with its old JWT secret: let it use asymmetric signing keys"},
		"auth0":    {"auth0-access", coretest.Claims{"typ": "logout+jwt"}, ""},
	} {
		s := shapeOf(t, c.file)
		apply(c.header, s.Header)
		event, _ := recordOf(t, open(t, presets[preset], s.Algorithm), sign(s))
		assert.Equal(t, c.hint, event.Hint, preset)
	}
}

// TestHintsForOpaqueTokens sends a token that is not a JWT to the presets of providers that issue such tokens, too. Where each
// provider of a chain may be meant, the hint has the name of the provider.
func TestHintsForOpaqueTokens(t *testing.T) {
	hints := map[string]string{
		"auth0":    "the token is opaque: the caller must ask for the audience of this API",
		"google":   "the token may be an access token, which is opaque: send the ID token",
		"zitadel":  "the token is opaque: set the type of the tokens of the caller's application to JWT",
		"hydra":    "the token is opaque: let Hydra or the client use JWT as its strategy for access tokens",
		"keycloak": "",
	}
	for preset, hint := range hints {
		event, record := recordOf(t, open(t, presets[preset], "RS256"), "ory_at_canary.x")
		assert.Equal(t, preset+": malformed_token", event.NotMine)
		assert.NotContains(t, record, "canary")
		if hint != "" {
			hint = preset + ": " + hint
		}
		assert.Equal(t, hint, event.Hint)
	}
	event, record := recordOf(t, open(t, presets["auth0"], "RS256"), "ory_at_canary", open(t, presets["hydra"], "RS256"), open(t, presets["keycloak"], "RS256"))
	assert.Equal(t, "auth0: "+hints["auth0"]+"; hydra: "+hints["hydra"], event.Hint)
	assert.Contains(t, record, "hint="+strconv.Quote(event.Hint))
}

// recordOf returns the event and the record of the refusal of a token.
func recordOf(t *testing.T, p core.Authenticator, token string, more ...core.Provider) (core.Event, string) {
	t.Helper()
	var seen lastEvent
	var log bytes.Buffer
	var res coretest.Recorder
	chain, err := core.NewSecurityChain(append([]core.Provider{p}, more...)...)
	require.NoError(t, err)
	_, passed := chain.WithLogger(slog.New(slog.NewTextHandler(&log, nil))).WithObserver(&seen).
		Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(token)}, &res)
	assert.False(t, passed)
	assert.JSONEq(t, `{"code":401,"message":"invalid token"}`, string(res.Body))
	assert.Equal(t, `Bearer realm="microkubes", error="invalid_token"`, res.Headers.Get("WWW-Authenticate"))
	return seen.Event, log.String()
}
