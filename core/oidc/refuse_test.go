package oidc_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// TestProvidersRefuse has tokens of each provider that are not for a service, with the reason and the claim for the operator.
func TestProvidersRefuse(t *testing.T) {
	no := coretest.Absent
	type changes = coretest.Claims
	idToken := changes{"aud": "spa", "nonce": "n", "at_hash": "h"}
	for name, c := range map[string]struct {
		provider, file string
		header, claims coretest.Claims
		reason, claim  string
	}{
		"keycloak, no audience mapper":         {"keycloak", "keycloak-access-default-aud-account", nil, nil, "bad_audience", ""},
		"keycloak, an ID token":                {"keycloak", "keycloak-id-token", nil, nil, "bad_claim_value", "typ"},
		"keycloak, an ID token for us":         {"keycloak", "keycloak-id-token", nil, changes{"aud": "orders"}, "bad_claim_value", "typ"},
		"keycloak, a refresh token":            {"keycloak", "keycloak-access-aud-mapper", nil, changes{"typ": "Refresh"}, "bad_claim_value", "typ"},
		"keycloak, an offline token":           {"keycloak", "keycloak-access-aud-mapper", nil, changes{"typ": "Offline"}, "bad_claim_value", "typ"},
		"keycloak, a logout token":             {"keycloak", "keycloak-access-aud-mapper", nil, changes{"typ": "Logout"}, "bad_claim_value", "typ"},
		"keycloak, a type to come":             {"keycloak", "keycloak-access-aud-mapper", nil, changes{"typ": "DPoP"}, "bad_claim_value", "typ"},
		"keycloak, typ in lower case":          {"keycloak", "keycloak-access-aud-mapper", nil, changes{"typ": "bearer"}, "bad_claim_value", "typ"},
		"keycloak, a list of types":            {"keycloak", "keycloak-access-aud-mapper", nil, changes{"typ": []string{"Bearer"}}, "bad_claim_value", "typ"},
		"keycloak, typ null":                   {"keycloak", "keycloak-access-aud-mapper", nil, changes{"typ": nil}, "bad_claim_value", "typ"},
		"keycloak, no typ":                     {"keycloak", "keycloak-access-aud-mapper", nil, changes{"typ": no}, "bad_claim_value", "typ"},
		"keycloak, typ elsewhere":              {"keycloak", "keycloak-access-aud-mapper", nil, changes{"typ": no, "Typ": "Bearer", "x": changes{"typ": "Bearer"}}, "bad_claim_value", "typ"},
		"keycloak, bound to a key":             {"keycloak", "keycloak-access-aud-mapper", nil, changes{"cnf": changes{"jkt": "x"}}, "bound_token", ""},
		"keycloak, another realm":              {"keycloak", "keycloak-access-aud-mapper", nil, changes{"iss": "https://kc.example.com/realms/demo/"}, "bad_issuer", ""},
		"keycloak, another typ in the header":  {"keycloak", "keycloak-access-aud-mapper", changes{"typ": "logout+jwt"}, nil, "bad_type", ""},
		"auth0, an ID token":                   {"auth0", "auth0-access", nil, changes{"aud": "cl"}, "bad_audience", ""},
		"entra, an ID token":                   {"entra v2", "entra-v2-access", nil, changes{"azp": no, "scp": no, "roles": no}, "missing_claim", "azp"},
		"entra, an ID token with roles":        {"entra v2", "entra-v2-access", nil, changes{"azp": no, "scp": no}, "missing_claim", "azp"},
		"entra, azp empty":                     {"entra v2", "entra-v2-access", nil, changes{"azp": ""}, "missing_claim", "azp"},
		"entra, azp not a text":                {"entra v2", "entra-v2-access", nil, changes{"azp": 7}, "malformed_claims", ""},
		"entra, neither scopes nor roles":      {"entra v2", "entra-v2-access", nil, changes{"scp": "", "roles": []string{}}, "missing_claim", "scp or roles"},
		"entra, a v1 token":                    {"entra v2", "entra-v2-access", nil, changes{"ver": "1.0"}, "bad_claim_value", "ver"},
		"entra, another tenant":                {"entra v2", "entra-v2-access", nil, changes{"tid": "v"}, "bad_claim_value", "tid"},
		"entra, the tenant of the other":       {"entra v2", "entra-v2-access", nil, changes{"tid": "u"}, "bad_claim_value", "tid"},
		"entra, the other of the tenant":       {"entra v2", "entra-v2-app", nil, changes{"tid": "t"}, "bad_claim_value", "tid"},
		"entra, no tenant":                     {"entra v2", "entra-v2-access", nil, changes{"tid": no}, "bad_claim_value", "tid"},
		"entra, for Graph":                     {"entra v2", "entra-v2-access", changes{"nonce": "x"}, changes{"aud": "00000003-0000-0000-c000-000000000000"}, "bad_audience", ""},
		"entra, oid not a text":                {"entra v2", "entra-v2-access", nil, changes{"oid": 7}, "malformed_claims", ""},
		"entra v1, an ID token":                {"entra v1", "entra-v1-access", nil, changes{"appid": no}, "missing_claim", "appid"},
		"entra v1, a v2 token":                 {"entra v1", "entra-v1-access", nil, changes{"ver": "2.0"}, "bad_claim_value", "ver"},
		"okta, an ID token":                    {"okta", "okta-access", nil, changes{"aud": "0oa", "scp": no, "cid": no}, "bad_audience", ""},
		"okta, an ID token for us":             {"okta", "okta-access", nil, changes{"scp": no}, "missing_claim", "scp"},
		"okta, of the org server":              {"okta", "okta-access", changes{"typ": "application/okta-internal-at+jwt"}, nil, "bad_type", ""},
		"okta, another version":                {"okta", "okta-access", nil, changes{"ver": 2}, "bad_claim_value", "ver"},
		"cognito, an ID token":                 {"cognito", "cognito-access-no-aud-no-typ", nil, changes{"token_use": "id", "aud": "cl", "client_id": no}, "bad_claim_value", "token_use"},
		"cognito, another client":              {"cognito", "cognito-access-no-aud-no-typ", nil, changes{"client_id": "cl3"}, "bad_claim_value", "client_id"},
		"cognito, no client":                   {"cognito", "cognito-access-no-aud-no-typ", nil, changes{"client_id": no}, "bad_claim_value", "client_id"},
		"google, of another client":            {"google", "google-id", nil, changes{"aud": "e.apps.googleusercontent.com"}, "bad_audience", ""},
		"firebase, of another project":         {"firebase", "firebase-id", nil, changes{"aud": "other", "iss": "https://securetoken.google.com/other"}, "bad_issuer", ""},
		"supabase, anonymous":                  {"supabase", "supabase-es256", nil, changes{"is_anonymous": true}, "bad_claim_value", "is_anonymous"},
		"supabase, anonymous as a text":        {"supabase", "supabase-es256", nil, changes{"is_anonymous": "true"}, "bad_claim_value", "is_anonymous"},
		"supabase, anonymous as null":          {"supabase", "supabase-es256", nil, changes{"is_anonymous": nil}, "bad_claim_value", "is_anonymous"},
		"supabase, an OAuth client":            {"supabase", "supabase-es256", nil, changes{"client_id": "9a8b7c6d"}, "bad_claim_value", "client_id"},
		"supabase, a client as null":           {"supabase", "supabase-es256", nil, changes{"client_id": nil}, "bad_claim_value", "client_id"},
		"supabase, another audience":           {"supabase", "supabase-es256", nil, changes{"aud": "anon"}, "bad_audience", ""},
		"zitadel, an ID token":                 {"zitadel", "zitadel-access", nil, changes{"azp": "c@p", "jti": no}, "bad_claim_value", "azp"},
		"zitadel, azp empty":                   {"zitadel", "zitadel-access", nil, changes{"azp": ""}, "bad_claim_value", "azp"},
		"zitadel, azp null":                    {"zitadel", "zitadel-access", nil, changes{"azp": nil}, "bad_claim_value", "azp"},
		"zitadel, no jti":                      {"zitadel", "zitadel-access", nil, changes{"jti": no}, "missing_claim_jti", ""},
		"hydra, an ID token":                   {"hydra", "hydra-access", nil, changes{"client_id": no, "scp": no, "ext": no}, "missing_claim_client_id", ""},
		"kubernetes, a legacy secret":          {"kubernetes", "kubernetes-projected", nil, changes{"exp": no}, "missing_claim_exp", ""},
		"kubernetes, for the API server":       {"kubernetes", "kubernetes-projected", nil, changes{"aud": []string{"https://kubernetes.default.svc"}}, "bad_audience", ""},
		"keycloak, no subject":                 {"keycloak", "keycloak-access-aud-mapper", nil, changes{"sub": no}, "missing_claim_sub", ""},
		"keycloak, no typ in the header":       {"keycloak", "keycloak-access-aud-mapper", changes{"typ": no}, nil, "bad_type", ""},
		"keycloak, of another service":         {"keycloak", "keycloak-access-aud-mapper", nil, changes{"aud": []string{"billing", "orders2"}}, "bad_audience", ""},
		"auth0, an ID token for us":            {"auth0", "auth0-access", nil, changes{"azp": no, "scope": no, "nonce": "n", "sid": "s"}, "missing_claim", "azp or client_id"},
		"auth0, another tenant":                {"auth0", "auth0-access", nil, changes{"iss": "https://u.eu.auth0.com/"}, "bad_issuer", ""},
		"auth0, without the slash":             {"auth0", "auth0-access", nil, changes{"iss": "https://t.eu.auth0.com"}, "bad_issuer", ""},
		"auth0, the userinfo endpoint":         {"auth0", "auth0-access", nil, changes{"aud": []string{"https://t.eu.auth0.com/userinfo"}}, "bad_audience", ""},
		"entra, a tenant that is not listed":   {"entra v2", "entra-v2-access", nil, changes{"iss": "https://login.microsoftonline.com/v/v2.0", "tid": "v"}, "bad_issuer", ""},
		"entra, the issuer of version 1":       {"entra v2", "entra-v2-access", nil, changes{"iss": "https://sts.windows.net/t/", "ver": "1.0"}, "bad_issuer", ""},
		"entra, one tenant, another one":       {"entra v2, one", "entra-v2-app", nil, nil, "bad_issuer", ""},
		"entra v1, another tenant":             {"entra v1", "entra-v1-access", nil, changes{"tid": "u"}, "bad_claim_value", "tid"},
		"entra v1, neither scopes nor roles":   {"entra v1", "entra-v1-access", nil, changes{"scp": no}, "missing_claim", "scp or roles"},
		"entra v1, another API":                {"entra v1", "entra-v1-access", nil, changes{"aud": "api://billing"}, "bad_audience", ""},
		"okta, no client":                      {"okta", "okta-access", nil, changes{"cid": no}, "missing_claim", "cid"},
		"okta, another server":                 {"okta", "okta-access", nil, changes{"iss": "https://dev.okta.com/oauth2/other"}, "bad_issuer", ""},
		"okta, the org server":                 {"okta", "okta-access", nil, changes{"iss": "https://dev.okta.com"}, "bad_issuer", ""},
		"okta, nobody":                         {"okta", "okta-access", nil, changes{"uid": no, "sub": no}, "missing_claim_sub", ""},
		"cognito, an ID token of the client":   {"cognito", "cognito-access-no-aud-no-typ", nil, changes{"token_use": "id"}, "bad_claim_value", "token_use"},
		"cognito, for a resource":              {"cognito", "cognito-access-no-aud-no-typ", nil, changes{"aud": "https://billing.example.com"}, "bad_claim_value", "aud"},
		"cognito, no token_use":                {"cognito", "cognito-access-no-aud-no-typ", nil, changes{"token_use": no}, "bad_claim_value", "token_use"},
		"cognito, another pool":                {"cognito", "cognito-access-no-aud-no-typ", nil, changes{"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_y"}, "bad_issuer", ""},
		"google, with a slash":                 {"google", "google-id", nil, changes{"iss": "https://accounts.google.com/"}, "bad_issuer", ""},
		"google, azp is ours and aud is not":   {"google", "google-id", nil, changes{"aud": "e.apps.googleusercontent.com", "azp": "c.apps.googleusercontent.com"}, "bad_audience", ""},
		"firebase, a session cookie":           {"firebase", "firebase-id", nil, changes{"iss": "https://session.firebase.google.com/proj"}, "bad_issuer", ""},
		"firebase, another audience":           {"firebase", "firebase-id", nil, changes{"aud": "other"}, "bad_audience", ""},
		"firebase, an anonymous user":          {"firebase", "firebase-id", nil, changes{"provider_id": "anonymous", "email": no}, "bad_claim_value", "provider_id"},
		"supabase, an API key":                 {"supabase", "supabase-es256", nil, changes{"iss": "supabase", "role": "service_role", "aud": no}, "bad_issuer", ""},
		"supabase, another project":            {"supabase", "supabase-es256", nil, changes{"iss": "https://q.supabase.co/auth/v1"}, "bad_issuer", ""},
		"zitadel, an ID token without azp":     {"zitadel", "zitadel-access", nil, changes{"jti": no}, "missing_claim_jti", ""},
		"zitadel, an ID token with jti":        {"zitadel", "zitadel-access", nil, changes{"azp": "c@p"}, "bad_claim_value", "azp"},
		"zitadel, another project":             {"zitadel", "zitadel-access", nil, changes{"aud": []string{"c@p", "p2"}}, "bad_audience", ""},
		"hydra, another audience":              {"hydra", "hydra-access", nil, changes{"aud": []string{}}, "bad_audience", ""},
		"hydra, without the slash":             {"hydra", "hydra-access", nil, changes{"iss": "https://hydra.example.com"}, "bad_issuer", ""},
		"hydra, an empty client":               {"hydra", "hydra-access", nil, changes{"client_id": ""}, "missing_claim_client_id", ""},
		"kubernetes, another cluster":          {"kubernetes", "kubernetes-projected", nil, changes{"iss": "https://oidc.eks.eu-west-1.amazonaws.com/id/X"}, "bad_issuer", ""},
		"kubernetes, a legacy secret's issuer": {"kubernetes", "kubernetes-projected", nil, changes{"iss": "kubernetes/serviceaccount", "exp": no}, "bad_issuer", ""},
		"kubernetes, another typ":              {"kubernetes", "kubernetes-projected", changes{"typ": "at+jwt"}, nil, "bad_type", ""},
		"issuer, another audience":             {"issuer", "rfc9068", nil, changes{"aud": "c"}, "bad_audience", ""},
		"issuer, no audience":                  {"issuer", "rfc9068", nil, changes{"aud": no}, "bad_audience", ""},
		"issuer, a nonce":                      {"issuer", "rfc9068", nil, changes{"nonce": "n"}, "bad_claim_value", "nonce"},
		"issuer, a hash of the access token":   {"issuer", "rfc9068", nil, changes{"at_hash": "h"}, "bad_claim_value", "at_hash"},
		"issuer, a hash of the code":           {"issuer", "rfc9068", nil, changes{"c_hash": "h"}, "bad_claim_value", "c_hash"},
		"issuer, a bare ID token":              {"issuer", "rfc9068", changes{"typ": "JWT"}, changes{"client_id": no, "scope": no}, "missing_claim", "client_id or scope or scp"},
		"issuer, an ID token with azp":         {"issuer", "rfc9068", changes{"typ": "JWT"}, changes{"client_id": no, "scope": no, "azp": "c"}, "missing_claim", "client_id or scope or scp"},
		"issuer, a refresh token":              {"issuer", "rfc9068", changes{"typ": no}, changes{"typ": "Refresh"}, "bad_claim_value", "typ"},
		"issuer, token_use id":                 {"issuer", "rfc9068", changes{"typ": no}, changes{"token_use": "id"}, "bad_claim_value", "token_use"},
		"issuer, a logout token":               {"issuer", "rfc9068", changes{"typ": "logout+jwt"}, nil, "bad_type", ""},
		"issuer, bound to a key":               {"issuer", "rfc9068", nil, changes{"cnf": changes{"jkt": "x"}}, "bound_token", ""},
		"an ID token before any other mistake": {"keycloak", "keycloak-id-token", nil, idToken, "bad_claim_value", "typ"},
	} {
		t.Run(name, func(t *testing.T) {
			_, reason, claim := shapeOf(t, c.file).ask(t, presets[c.provider], c.header, c.claims)
			assert.Equal(t, []string{c.reason, c.claim}, []string{reason, claim})
		})
	}
}
