package conformance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core"
)

// The answers of a chain. They are written out, not computed, since the suite compares with them.
var (
	anonymous = want{status: 401, challenge: `Bearer realm="microkubes"`,
		body: `{"code":401,"message":"authentication required"}`}
	invalidToken = want{status: 401, challenge: `Bearer realm="microkubes", error="invalid_token"`,
		body: `{"code":401,"message":"invalid token"}`}
	malformed = want{status: 400, challenge: `Bearer realm="microkubes", error="invalid_request"`,
		body: `{"code":400,"message":"malformed request"}`}
	needsRole = want{status: 403, challenge: `Bearer realm="microkubes", error="insufficient_scope"`,
		body: `{"code":403,"message":"access denied"}`}
	unavailable = want{status: 503, retry: "7", body: `{"code":503,"message":"try later"}`}
	internal    = want{status: 500, body: `{"code":500,"message":"internal server error"}`}
)

// needsStepUp is the answer to a user who has not signed in with one of some classes.
func needsStepUp(classes string) want {
	return want{status: 401, body: `{"code":401,"message":"stronger or more recent authentication required"}`,
		challenge: `Bearer realm="microkubes", error="insufficient_user_authentication", acr_values="` + classes + `"`}
}

func needsScopes(scopes string) want {
	return want{status: 403, body: needsRole.body,
		challenge: `Bearer realm="microkubes", error="insufficient_scope", scope="` + scopes + `"`}
}

// servedTo is the answer of [witness.handle] to a user.
func servedTo(user string) want { return want{status: 200, body: "for " + user, user: user} }

// saying adds text to the body.
func (w want) saying(more string) want {
	w.body += more
	return w
}

// nobody is the user of a handler that runs without an Auth.
const nobody = "-"

// orServer allows the server to refuse the request itself, before any handler runs.
func (w want) orServer() want {
	w.server = true
	return w
}

var errSecret = errors.New("canary-7f3: the password of the database is hunter2")

// tokens is the suite's provider. The text of the bearer token says what the provider does:
//
//	user:ann              ann
//	user:ann:read+write   ann with the scopes read and write
//	role:ann:admin        ann with the role admin
//	org:ann:shop+bank     ann of the organizations shop and bank
//	acr:ann:mfa           ann, who has just signed in with the class mfa
//	aud:ann:orders        ann, with a token for the audience orders
//	foreign, bad, down, error, panic
var tokens = core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, req core.Request, _ core.Response) error {
	token, err := core.BearerToken(req)
	if err != nil || token == "" {
		return err
	}
	return decide(token, sc)
})

func decide(token string, sc core.SecurityContext) error {
	kind, rest, _ := strings.Cut(token, ":")
	name, more, _ := strings.Cut(rest, ":")
	names := strings.FieldsFunc(more, func(r rune) bool { return r == '+' })
	auth := core.AuthData{UserID: name, Username: name}
	switch kind {
	case "user":
		auth.Scopes = names
	case "role":
		auth.Roles = names
	case "org":
		auth.Organizations = names
	case "acr":
		auth.Claims = fmt.Appendf(nil, `{"acr":%q,"auth_time":%d}`, more, time.Now().Unix())
	case "aud":
		auth.Claims = fmt.Appendf(nil, `{"aud":[%q]}`, more)
	case "foreign":
		return core.NotMine
	case "down":
		return core.Unavailable("try later", 7*time.Second)
	case "error":
		return errSecret
	case "panic":
		panic(errSecret)
	default:
		return core.Unauthorized("invalid token")
	}
	return sc.SetAuth(core.NewAuth(auth))
}

// apiKey is a second provider: the header X-Api-Key names the user.
var apiKey = core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, req core.Request, _ core.Response) error {
	key, n := req.Header("X-Api-Key")
	switch {
	case n == 0:
		return nil
	case n > 1:
		return core.BadRequest("malformed request")
	case !strings.HasPrefix(key, "key-"):
		return core.Unauthorized("invalid token")
	}
	return sc.SetAuth(core.NewAuth(core.AuthData{UserID: strings.TrimPrefix(key, "key-")}))
})

// chain returns a chain that discards its log. Log records are tested in package core.
func chain(providers ...core.Provider) *core.SecurityChain {
	c, err := core.NewSecurityChain(providers...)
	if err != nil {
		panic("conformance: a chain of the suite is not valid: " + err.Error())
	}
	return c.WithLogger(slog.New(slog.DiscardHandler))
}

// one returns an app with a single route, GET /x, which is secured.
func one(c *core.SecurityChain, with ...core.Provider) func(*witness) App {
	return func(w *witness) App {
		return App{Routes: []Route{{Method: "GET", Path: "/x", Chain: c, With: with, Handle: w.handle}}}
	}
}
