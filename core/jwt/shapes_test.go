package jwt_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// shape is a kind of token as a provider writes it. The files of testdata/providers have the header and the claims of some: times
// are seconds from now.
type shape struct {
	Algorithm string         `json:"algorithm"`
	Header    map[string]any `json:"header"`
	Claims    map[string]any `json:"claims"`
}

// ownShapes are the kinds of tokens that testdata has no file for.
var ownShapes = map[string]string{
	"keycloak-client": `{"header":{"typ":"JWT"},"claims":{"iss":"https://kc.example.com/realms/demo","aud":["orders","account"],"sub":"sa","azp":"job",
		"typ":"Bearer","client_id":"job","preferred_username":"service-account-job","scope":"email","exp":"now+300"}}`,
	"entra-v1-access": `{"header":{"typ":"JWT"},"claims":{"iss":"https://sts.windows.net/t/","aud":"api://orders","sub":"s","oid":"oid-1","appid":"c",
		"unique_name":"ann@x","scp":"Orders.Read","tid":"t","ver":"1.0","exp":"now+300"}}`,
	"entra-v2-app": `{"header":{"typ":"JWT"},"claims":{"iss":"https://login.microsoftonline.com/u/v2.0","aud":"api-guid","sub":"sp","oid":"sp","azp":"c",
		"roles":["Orders.Read.All"],"tid":"u","ver":"2.0","exp":"now+300"}}`,
	"okta-client": `{"header":{},"claims":{"iss":"https://dev.okta.com/oauth2/default","aud":"api://default","sub":"0oa","cid":"0oa","scp":["orders.read"],
		"ver":1,"exp":"now+300"}}`,
	"hydra-access": `{"header":{"typ":"JWT"},"claims":{"iss":"https://hydra.example.com/","aud":["orders"],"sub":"ann-1","client_id":"spa",
		"scp":["openid","orders.read"],"ext":{"username":"ann","roles":["admin"]},"jti":"j","exp":"now+300"}}`,
	"kubernetes-projected": `{"header":{},"claims":{"iss":"https://kubernetes.default.svc.cluster.local","aud":["orders"],"exp":"now+300","jti":"j",
		"sub":"system:serviceaccount:shop:web","kubernetes.io":{"namespace":"shop","serviceaccount":{"name":"web","uid":"u"}}}}`,
	"microkubes": `{"header":{"typ":"JWT"},"claims":{"iss":"Microkubes JWT Authority","sub":"u","userId":"u","username":"ann@x","roles":"user,admin",
		"organizations":"o","namespaces":"n","scopes":"api:read","exp":"now+300"}}`,
}

func shapeOf(t *testing.T, name string) (s shape) {
	t.Helper()
	text := []byte(ownShapes[name])
	if len(text) == 0 {
		var err error
		text, err = os.ReadFile(filepath.Join("testdata", "providers", name+".json"))
		require.NoError(t, err)
	}
	require.NoError(t, json.Unmarshal(text, &s))
	for claim, value := range s.Claims {
		if offset, ok := strings.CutPrefix(toString(value), "now+"); ok {
			seconds, err := strconv.Atoi(offset)
			require.NoError(t, err)
			s.Claims[claim] = time.Now().Unix() + int64(seconds)
		}
	}
	return s
}

func toString(v any) string { s, _ := v.(string); return s }

// signers sign with the algorithms of the shapes. All keys have one id, so one store for each algorithm is enough.
var signers = map[string]*coretest.Issuer{"RS256": issuer, "PS256": coretest.NewIssuerFor(name, "PS256"), "ES256": coretest.NewIssuerFor(name, "ES256")}

// verify verifies a token of that shape, after changes to its claims and its header. The claim is the one that a refusal names.
func (s shape) verify(t *testing.T, config jwt.Config, header, changes coretest.Claims) (auth *core.Auth, reason, claim string) {
	t.Helper()
	algorithm := s.Algorithm
	if algorithm == "" {
		algorithm = "RS256"
	}
	signer := signers[algorithm]
	for change, to := range map[*coretest.Claims]map[string]any{&header: s.Header, &changes: s.Claims} {
		maps.Copy(to, *change)
		maps.DeleteFunc(to, func(_ string, v any) bool { return v == coretest.Absent })
	}
	s.Header["alg"], s.Header["kid"] = algorithm, signer.KeyID
	v, err := jwt.NewVerifier(signer.Keys(), config)
	require.NoError(t, err)
	auth, err = v.Verify(t.Context(), signer.Sign(s.Header, s.Claims))
	if err != nil {
		assert.Equal(t, []any{401, "invalid token"}, answerOf(t, err))
		_, claim, _ = strings.Cut(err.Error(), ": claim ")
	}
	return auth, reasonOf(t, err), claim
}

// who is all that an identity may grant.
type who struct {
	User, Name, Client                       string
	Roles, Scopes, Organizations, Namespaces []string
}

func whoIs(a *core.Auth) who {
	return who{a.UserID(), a.Username(), a.ClientID(), a.Roles(), a.Scopes(), a.Organizations(), a.Namespaces()}
}

// TestProviders has the tokens that each provider issues for a service, with the identities that they must lead to.
func TestProviders(t *testing.T) {
	keycloak := who{
		User: "f3b0-sub", Name: "ann", Client: "spa", Roles: []string{"admin", "offline_access", "writer"},
		Scopes: []string{"openid", "email", "profile", "orders:write"},
	}
	zitadel := who{User: "f3b0-sub", Client: "c@p", Roles: []string{"admin"}}
	auth0 := who{User: "auth0|123", Client: "cl", Roles: []string{"admin"}, Scopes: []string{"openid", "profile", "read:orders"}}
	for file, c := range map[string]struct {
		provider string
		want     who
	}{
		"keycloak-access-aud-mapper":   {"keycloak", keycloak},
		"keycloak-at-jwt-client-id":    {"keycloak", keycloak},
		"keycloak-client":              {"keycloak", who{User: "sa", Name: "service-account-job", Client: "job", Scopes: []string{"email"}}},
		"auth0-access":                 {"auth0", auth0},
		"auth0-ps256":                  {"auth0", auth0},
		"auth0-access-rfc9068":         {"auth0", who{User: "auth0|123", Client: "cl", Scopes: []string{"openid", "read:orders"}}},
		"entra-v2-access":              {"entra v2", who{User: "oid-1", Name: "ann@x", Client: "c", Roles: []string{"Orders.Admin"}, Scopes: []string{"Orders.Read", "Orders.Write"}}},
		"entra-v2-app":                 {"entra v2", who{User: "sp", Client: "c", Roles: []string{"Orders.Read.All"}}},
		"entra-v1-access":              {"entra v1", who{User: "oid-1", Name: "ann@x", Client: "c", Scopes: []string{"Orders.Read"}}},
		"okta-access":                  {"okta", who{User: "00u", Name: "ann@x", Client: "0oa", Roles: []string{"admin"}, Scopes: []string{"openid", "orders.read"}}},
		"okta-client":                  {"okta", who{Client: "0oa", Scopes: []string{"orders.read"}}},
		"cognito-access-no-aud-no-typ": {"cognito", who{User: "f3b0-sub", Name: "ann", Client: "cl", Roles: []string{"admin"}, Scopes: []string{"aws.cognito.signin.user.admin", "orders/read"}}},
		"google-id":                    {"google", who{User: "1098", Name: "ann@x", Organizations: []string{"x"}}},
		"firebase-id":                  {"firebase", who{User: "u1", Name: "ann@x"}},
		"supabase-es256":               {"supabase", who{User: "f3b0-sub", Name: "ann@x", Roles: []string{"authenticated"}}},
		"zitadel-access":               {"zitadel", zitadel},
		"zitadel-access-typ-at-jwt":    {"zitadel", zitadel},
		"hydra-access":                 {"hydra", who{User: "ann-1", Name: "ann", Client: "spa", Roles: []string{"admin"}, Scopes: []string{"openid", "orders.read"}}},
		"kubernetes-projected":         {"kubernetes", who{User: "system:serviceaccount:shop:web", Namespaces: []string{"shop"}}},
		"microkubes":                   {"microkubes", who{User: "u", Name: "ann@x", Roles: []string{"user", "admin"}, Scopes: []string{"api:read"}, Organizations: []string{"o"}, Namespaces: []string{"n"}}},
	} {
		t.Run(file, func(t *testing.T) {
			auth, reason, claim := shapeOf(t, file).verify(t, providers[c.provider], nil, nil)
			require.Empty(t, reason+claim)
			assert.Equal(t, c.want, whoIs(auth))
			assert.NotEmpty(t, auth.Issuer())
		})
	}
}

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
		"supabase, another audience":           {"supabase", "supabase-es256", nil, changes{"aud": "anon"}, "bad_audience", ""},
		"zitadel, an ID token":                 {"zitadel", "zitadel-access", nil, changes{"azp": "c@p", "jti": no}, "bad_claim_value", "azp"},
		"zitadel, azp empty":                   {"zitadel", "zitadel-access", nil, changes{"azp": ""}, "bad_claim_value", "azp"},
		"zitadel, azp null":                    {"zitadel", "zitadel-access", nil, changes{"azp": nil}, "bad_claim_value", "azp"},
		"zitadel, no jti":                      {"zitadel", "zitadel-access", nil, changes{"jti": no}, "missing_claim_jti", ""},
		"hydra, an ID token":                   {"hydra", "hydra-access", nil, changes{"client_id": no, "scp": no, "ext": no}, "missing_claim_client_id", ""},
		"kubernetes, a legacy secret":          {"kubernetes", "kubernetes-projected", nil, changes{"exp": no}, "missing_claim_exp", ""},
		"kubernetes, for the API server":       {"kubernetes", "kubernetes-projected", nil, changes{"aud": []string{"https://kubernetes.default.svc"}}, "bad_audience", ""},
		"an ID token before any other mistake": {"keycloak", "keycloak-id-token", nil, idToken, "bad_claim_value", "typ"},
	} {
		t.Run(name, func(t *testing.T) {
			_, reason, claim := shapeOf(t, c.file).verify(t, providers[c.provider], c.header, c.claims)
			assert.Equal(t, []string{c.reason, c.claim}, []string{reason, claim})
		})
	}
}

// TestProvidersGrantNoMore changes claims that grant something into forms and places that must not.
func TestProvidersGrantNoMore(t *testing.T) {
	type changes = coretest.Claims
	names := func(a *core.Auth) []string { return []string{a.UserID(), a.Username(), a.ClientID()} }
	roles := func(a *core.Auth) []string { return a.Roles() }
	for name, c := range map[string]struct {
		provider, file string
		claims         coretest.Claims
		of             func(*core.Auth) []string
		want           []string
	}{
		"google, email not verified":        {"google", "google-id", changes{"email_verified": false}, names, []string{"1098", "", ""}},
		"google, email verified as text":    {"google", "google-id", changes{"email_verified": "true"}, names, []string{"1098", "", ""}},
		"google, verified elsewhere":        {"google", "google-id", changes{"email_verified": coretest.Absent, "x": changes{"email_verified": true}}, names, []string{"1098", "", ""}},
		"google, without https":             {"google", "google-id", changes{"iss": "accounts.google.com"}, names, []string{"1098", "ann@x", ""}},
		"firebase, roles in an object":      {"firebase", "firebase-id", changes{"roles": changes{"admin": true, "owner": false, "x": "true"}}, roles, []string{"admin"}},
		"firebase, roles in an array":       {"firebase", "firebase-id", changes{"roles": []string{"a"}}, roles, []string{"a"}},
		"firebase, a role as a text":        {"firebase", "firebase-id", changes{"roles": "admin"}, roles, nil},
		"supabase, roles of the user's own": {"supabase", "supabase-es256", changes{"user_metadata": changes{"roles": []string{"admin"}}}, roles, []string{"authenticated"}},
		"supabase, roles of the app":        {"supabase", "supabase-es256", changes{"app_metadata": changes{"roles": []string{"admin"}}}, roles, []string{"admin", "authenticated"}},
		"supabase, an old token":            {"supabase", "supabase-es256", changes{"is_anonymous": coretest.Absent}, roles, []string{"authenticated"}},
		"zitadel, a role without orgs":      {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": changes{"admin": changes{}, "user": changes{"1": "o"}}}, roles, []string{"user"}},
		"zitadel, of another project":       {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": coretest.Absent, "urn:zitadel:iam:org:project:p2:roles": changes{"admin": changes{"1": "o"}}}, roles, nil},
		"zitadel, of the project":           {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": coretest.Absent, "urn:zitadel:iam:org:project:p1:roles": changes{"admin": changes{"1": "o"}}}, roles, []string{"admin"}},
		"keycloak, roles of other clients":  {"keycloak", "keycloak-access-aud-mapper", changes{"resource_access": changes{"users": changes{"roles": []string{"x"}}}}, roles, []string{"admin", "offline_access"}},
		"keycloak, roles as an object":      {"keycloak", "keycloak-access-aud-mapper", changes{"realm_access": changes{"roles": changes{"admin": true}}}, roles, []string{"writer"}},
		"keycloak, groups":                  {"keycloak", "keycloak-access-aud-mapper", changes{"roles": []string{"x"}, "groups": []string{"y"}}, roles, []string{"admin", "offline_access", "writer"}},
		"auth0, permissions":                {"auth0", "auth0-access-rfc9068", changes{"permissions": []string{"admin"}}, roles, nil},
		"auth0, a role with a comma":        {"auth0", "auth0-access", changes{"https://x.example/roles": "user,admin or not"}, roles, []string{"user,admin or not"}},
		"auth0, a nickname":                 {"auth0", "auth0-access", changes{"username": "admin", "userId": "admin"}, names, []string{"auth0|123", "", "cl"}},
		"entra v1, upn":                     {"entra v1", "entra-v1-access", changes{"upn": "ann@y"}, names, []string{"oid-1", "ann@y", "c"}},
		"hydra, claims beside ext":          {"hydra", "hydra-access", changes{"roles": []string{"x"}, "username": "eve"}, roles, []string{"admin"}},
	} {
		t.Run(name, func(t *testing.T) {
			auth, reason, claim := shapeOf(t, c.file).verify(t, providers[c.provider], nil, c.claims)
			require.Empty(t, reason+claim)
			assert.Equal(t, c.want, c.of(auth))
		})
	}
}
