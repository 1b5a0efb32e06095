package kong_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/kong"
)

const (
	gateway = "10.0.1.7:41000"
	alice   = "3deaf785-fc17-46bb-be15-fd7c2e69c5a6"
	keyID   = "0b0b551a-ea51-44fb-8bf3-fea79b4a677b" // the id of a credential of key-auth
)

type plugins = map[string]map[string]any

// jwtPlugin returns a registration with the jwt plugin, and with changes to its configuration. A nil value removes a field.
func jwtPlugin(changes map[string]any) plugins {
	return plugins{"jwt": with(map[string]any{
		"run_on_preflight": true, "uri_param_names": []string{}, "cookie_names": []string{},
		"header_names": []string{"authorization"}, "key_claim_name": "iss", "claims_to_verify": []string{"exp"},
	}, changes)}
}

func keyPlugin(changes map[string]any) plugins {
	return plugins{"key-auth": with(map[string]any{"run_on_preflight": true}, changes)}
}

func aclPlugin(changes map[string]any) plugins {
	return plugins{"acl": with(map[string]any{"allow": []string{"staff"}, "hide_groups_header": false}, changes)}
}

func with(config, changes map[string]any) map[string]any {
	for name, value := range changes {
		if config[name] = value; value == nil {
			delete(config, name)
		}
	}
	return config
}

func join(all ...plugins) plugins {
	joined := plugins{}
	for _, p := range all {
		for name, config := range p {
			joined[name] = config
		}
	}
	return joined
}

// checked returns a provider that trusts 10.0.1.0/28, behind a registration.
func checked(t testing.TB, registration plugins) *kong.Provider {
	t.Helper()
	_, groups := registration["acl"]
	p := kong.New(kong.Config{Peers: []string{"10.0.1.0/28"}, Groups: groups})
	require.NoError(t, p.CheckRegistration(registration))
	return p
}

// consumerLines are the headers that Kong sends for Alice and a credential.
func consumerLines(credential string, more ...string) []string {
	return append([]string{
		"X-Consumer-ID: " + alice, "X-Consumer-Username: alice", "X-Consumer-Custom-ID: a-17", "X-Credential-Identifier: " + credential,
	}, more...)
}

// without returns lines without those of a name.
func without(name string, lines []string) (rest []string) {
	for _, line := range lines {
		if !strings.HasPrefix(line, name+":") {
			rest = append(rest, line)
		}
	}
	return rest
}

func request(peer string, lines ...string) coretest.Request {
	header := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		name = textproto.CanonicalMIMEHeaderKey(name)
		header[name] = append(header[name], strings.Trim(value, " \t"))
	}
	return coretest.Request{Peer: peer, Headers: header}
}

// token returns a token in the form of a JSON Web Token, whose signature nobody checks here.
func token(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(payload)) + "." + encode([]byte("signature"))
}

func bearer(issuer string) string {
	return "Authorization: Bearer " + token(`{"alg":"HS256"}`, fmt.Sprintf(`{"iss":%q}`, issuer))
}

// ask returns the outcome of a request: "200 " and the user, or the status and the reason in the log.
func ask(t testing.TB, req core.Request, providers ...core.Provider) string {
	t.Helper()
	chain, err := core.NewSecurityChain(providers...)
	require.NoError(t, err)
	var log bytes.Buffer
	chain = chain.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	var res coretest.Recorder
	ctx, pass := chain.Guard(t.Context(), req, &res)
	if !pass {
		var record struct {
			Reason string
			Why    string `json:"not_mine"`
		}
		require.NoError(t, json.Unmarshal(log.Bytes(), &record), log.String())
		return strings.TrimSpace(fmt.Sprint(res.Status, " ", record.Reason, " ", record.Why))
	}
	auth, ok := core.AuthFrom(ctx)
	if !ok {
		return "200 anonymous"
	}
	return "200 " + auth.Username() + " " + auth.UserID()
}

// sessionProvider authenticates by a cookie, as a provider of the service could.
func sessionProvider(_ context.Context, sc core.SecurityContext, req core.Request, _ core.Response) error {
	if session, _ := core.Cookie(req, "session"); session == "" || sc.HasAuth() {
		return nil
	}
	return sc.SetAuth(core.NewAuth(core.AuthData{Username: "session"}))
}
