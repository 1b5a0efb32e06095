package oidc_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// presets has a Config of each preset, for the tokens in testdata and in ownShapes.
var presets = map[string]oidc.Config{
	"keycloak":           oidc.Keycloak("https://kc.example.com/realms/demo", "orders"),
	"keycloak, issued":   oidc.Keycloak("http://127.0.0.1:8080/realms/main", "orders"),
	"auth0":              oidc.Auth0("t.eu.auth0.com", "https://orders.example.com"),
	"entra v2":           oidc.Entra("api-guid", "t", "u"),
	"entra v2, one":      oidc.Entra("api-guid", "t"),
	"entra v1":           oidc.EntraV1("api://orders", "t"),
	"okta":               oidc.Okta("https://dev.okta.com/oauth2/default", "api://default"),
	"cognito":            oidc.Cognito("eu-west-1", "eu-west-1_x", "cl", "cl2"),
	"google":             oidc.Google("c.apps.googleusercontent.com", "d.apps.googleusercontent.com"),
	"firebase":           oidc.Firebase("proj"),
	"supabase":           oidc.Supabase("https://p.supabase.co"),
	"zitadel":            oidc.Zitadel("z.zitadel.cloud", "p1"),
	"zitadel, issued":    oidc.Zitadel("http://127.0.0.1:8080", "271828182845904523"),
	"hydra":              oidc.Hydra("https://hydra.example.com/", "orders"),
	"kubernetes":         oidc.Kubernetes("https://kubernetes.default.svc.cluster.local", "orders"),
	"issuer":             oidc.Issuer("https://idp.example.com", "orders"),
	"issuer, issued":     oidc.Issuer("http://127.0.0.1:8080", "https://orders.example.com"),
	"issuer, of a shop":  oidc.Issuer("http://127.0.0.1:8080", "shop", "271828182845904523"),
	"issuer, of a realm": oidc.Issuer("http://127.0.0.1:8080/realms/main", "orders", "shop"),
}

// shape is a kind of token as a provider writes it. Times are seconds from now. The files of testdata/providers are from the
// documentation of the providers, and those of testdata/issued are from tokens that real servers have issued.
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
	"rfc9068": `{"header":{"typ":"at+jwt"},"claims":{"iss":"https://idp.example.com","aud":"orders","sub":"s","client_id":"c","jti":"j","iat":"now+0",
		"scope":"a b","exp":"now+300"}}`,
}

func shapeOf(t *testing.T, name string) (s shape) {
	t.Helper()
	text := []byte(ownShapes[name])
	if len(text) == 0 {
		if !strings.Contains(name, "/") {
			name = "providers/" + name
		}
		var err error
		text, err = os.ReadFile(filepath.Join("testdata", name+".json"))
		require.NoError(t, err)
	}
	require.NoError(t, json.Unmarshal(text, &s))
	if s.Algorithm == "" {
		s.Algorithm = "RS256"
	}
	for claim, value := range s.Claims {
		text, _ := value.(string)
		if offset, ok := strings.CutPrefix(text, "now+"); ok {
			seconds, err := strconv.Atoi(offset)
			require.NoError(t, err)
			s.Claims[claim] = time.Now().Unix() + int64(seconds)
		}
	}
	return s
}

// signer returns an issuer that signs with an algorithm. All issuers of an algorithm have the same key.
var signer = func() func(algorithm, name string) *coretest.Issuer {
	var mu sync.Mutex
	made := map[string]*coretest.Issuer{}
	return func(algorithm, name string) *coretest.Issuer {
		mu.Lock()
		defer mu.Unlock()
		if made[algorithm] == nil {
			made[algorithm] = coretest.NewIssuerFor("", algorithm)
		}
		issuer := *made[algorithm]
		issuer.Name = name
		return &issuer
	}
}()

// open returns a provider whose issuer signs with an algorithm, and is reached in memory.
func open(t *testing.T, config oidc.Config, algorithm string) *oidc.Provider {
	t.Helper()
	p, err := serve(t, config, algorithm)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	return p
}

func serve(t *testing.T, config oidc.Config, algorithm string) (*oidc.Provider, error) {
	t.Helper()
	server := coretest.NewIssuerServer(signer(algorithm, config.Keys.Issuer))
	t.Cleanup(server.Close)
	if config.Keys.KeysURL != "" { // another one than the server has
		config.Keys.KeysURL = server.KeysURL
	}
	config.Keys.Client, config.Keys.Required = server.Client(), true
	return oidc.New(t.Context(), config)
}

// ask sends a token of that shape to a provider of a Config, after changes to the header and the claims. The claim is the one
// that a refusal names.
func (s shape) ask(t *testing.T, config oidc.Config, header, changes coretest.Claims) (auth *core.Auth, reason, claim string) {
	t.Helper()
	apply(header, s.Header)
	apply(changes, s.Claims)
	return askFor(t, open(t, config, s.Algorithm), sign(s))
}

func apply(changes coretest.Claims, to map[string]any) {
	maps.Copy(to, changes)
	maps.DeleteFunc(to, func(_ string, v any) bool { return v == coretest.Absent })
}

// askFor sends a token to a chain with a provider. The client's answer to a refusal is always the same.
func askFor(t *testing.T, p core.Authenticator, token string) (auth *core.Auth, reason, claim string) {
	t.Helper()
	chain, err := core.NewSecurityChain(p)
	require.NoError(t, err)
	var seen lastEvent
	var res coretest.Recorder
	ctx, passed := chain.WithLogger(slog.New(slog.DiscardHandler)).WithObserver(&seen).
		Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(token)}, &res)
	if passed {
		auth, _ = core.AuthFrom(ctx)
		return auth, "", ""
	}
	assert.Equal(t, 401, seen.Status)
	assert.JSONEq(t, `{"code":401,"message":"invalid token"}`, string(res.Body))
	reason = string(seen.Reason)
	if _, why, found := strings.Cut(seen.NotMine, ": "); found {
		reason = why
	}
	return nil, reason, seen.Claim
}

type lastEvent struct{ core.Event }

func (l *lastEvent) Decision(_ context.Context, e core.Event) { l.Event = e }

// who is all that an identity may grant.
type who struct {
	User, Name, Client                       string
	Roles, Scopes, Organizations, Namespaces []string
}

func whoIs(a *core.Auth) who {
	return who{a.UserID(), a.Username(), a.ClientID(), a.Roles(), a.Scopes(), a.Organizations(), a.Namespaces()}
}
