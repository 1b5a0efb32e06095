package core_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// TestAnswers compares the answers of the table "What the client gets" byte by byte.
func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		err       error
		status    int
		challenge string
		body      string
		retry     string
	}{
		"nothing":          {nil, 401, `Bearer realm="microkubes"`, `{"code":401,"message":"authentication required"}`, ""},
		"not mine":         {core.NotMine, 401, `Bearer realm="microkubes", error="invalid_token"`, `{"code":401,"message":"invalid token"}`, ""},
		"bad":              {core.InvalidToken("expired"), 401, `Bearer realm="microkubes", error="invalid_token"`, `{"code":401,"message":"invalid token"}`, ""},
		"malformed":        {core.BadRequest("no"), 400, `Bearer realm="microkubes", error="invalid_request"`, `{"code":400,"message":"no"}`, ""},
		"forbidden":        {core.Forbidden("no"), 403, `Bearer realm="microkubes", error="insufficient_scope"`, `{"code":403,"message":"no"}`, ""},
		"scopes":           {core.Forbidden("no", "a", "b"), 403, `Bearer realm="microkubes", error="insufficient_scope", scope="a b"`, `{"code":403,"message":"no"}`, ""},
		"unavailable":      {core.Unavailable("no", 1500*time.Millisecond), 503, "", `{"code":503,"message":"no"}`, "2"},
		"unavailable, now": {core.Unavailable("", 0), 503, "", `{"code":503,"message":"service unavailable"}`, "1"},
		"own status":       {core.NewError(429, ""), 429, "", `{"code":429,"message":"too many requests"}`, ""},
		"own challenge":    {core.Unauthorized("no").WithChallenge(`Basic realm="x"`), 401, `Basic realm="x"`, `{"code":401,"message":"no"}`, ""},
		"markup":           {core.NewError(404, `<a> "b"`), 404, "", `{"code":404,"message":"\u003ca\u003e \"b\""}`, ""},
		"unforeseen":       {errInside, 500, "", `{"code":500,"message":"internal server error"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := guard(t, newChain(t, returns(c.err)), coretest.Request{})
			want := http.Header{
				"Content-Type":           {"application/json; charset=utf-8"},
				"Cache-Control":          {"no-store"},
				"X-Content-Type-Options": {"nosniff"},
			}
			if c.challenge != "" {
				want["Www-Authenticate"] = []string{c.challenge}
			}
			if c.retry != "" {
				want["Retry-After"] = []string{c.retry}
			}
			assert.Equal(t, c.status, o.res.Status)
			assert.Equal(t, want, o.res.Headers, "these headers and no others")
			assert.Equal(t, c.body, string(o.res.Body))
			assert.True(t, json.Valid(o.res.Body))
		})
	}
}

func TestErrorBody(t *testing.T) {
	problem := func(e *core.Error) (string, []byte) {
		return "application/problem+json", []byte(`{"title":"` + e.Message() + `","status":401}`)
	}
	for name, c := range map[string]struct {
		f          func(*core.Error) (string, []byte)
		kind, body string
	}{
		"its own":       {problem, "application/problem+json", `{"title":"authentication required","status":401}`},
		"panics":        {func(*core.Error) (string, []byte) { panic("x") }, "application/json; charset=utf-8", `{"code":401,"message":"authentication required"}`},
		"no media type": {func(*core.Error) (string, []byte) { return "", nil }, "application/json; charset=utf-8", `{"code":401,"message":"authentication required"}`},
		"breaks header": {func(*core.Error) (string, []byte) { return "text/plain\r\nX: y", nil }, "application/json; charset=utf-8", `{"code":401,"message":"authentication required"}`},
	} {
		o := guard(t, newChain(t, returns(nil)).WithErrorBody(c.f), coretest.Request{})
		assert.Equal(t, 401, o.res.Status, name)
		assert.Equal(t, c.kind, o.res.Headers.Get("Content-Type"), name)
		assert.Equal(t, c.body, string(o.res.Body), name)
		assert.Equal(t, `Bearer realm="microkubes"`, o.res.Headers.Get("WWW-Authenticate"), name)
	}
}

type observer struct {
	events []core.Event
	users  []string
	panics bool
}

func (o *observer) Decision(ctx context.Context, e core.Event) {
	auth, _ := core.AuthFrom(ctx)
	o.users = append(o.users, auth.UserID())
	o.events = append(o.events, e)
	if o.panics {
		panic("observer")
	}
}

func TestObserver(t *testing.T) {
	cached := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
		core.MarkCached(sc)
		core.MarkCached(&coretest.SecurityContext{}) // not the chain's own: nothing happens
		return sc.SetAuth(core.NewAuth(core.AuthData{UserID: "ann"}))
	})
	for _, panics := range []bool{false, true} {
		seen := &observer{panics: panics}
		require.True(t, guard(t, newChain(t, cached).WithObserver(seen), coretest.Request{}).passed)
		require.False(t, guard(t, newChain(t, cached).With(core.RequireRoles("x")).WithObserver(seen), coretest.Request{}).passed)
		require.False(t, guard(t, newChain(t, sends(302, nil)).WithObserver(seen), coretest.Request{}).passed)
		require.Len(t, seen.events, 3)
		for i := range seen.events {
			assert.GreaterOrEqual(t, seen.events[i].Duration, time.Duration(0))
			seen.events[i].Duration = 0
		}
		assert.Equal(t, []string{"ann", "ann", ""}, seen.users)
		assert.True(t, seen.events[0].Cached)
		assert.Zero(t, seen.events[0].Status)
		assert.Contains(t, seen.events[0].Provider, "TestObserver")
		assert.Equal(t, core.Event{Provider: "require_roles", Reason: "insufficient_role", Status: 403, Cached: true}, seen.events[1])
		assert.Equal(t, 302, seen.events[2].Status, "what the provider sent")
		assert.EqualValues(t, "answered", seen.events[2].Reason)
	}
}

type panickingHandler struct{ slog.Handler }

func (panickingHandler) Enabled(context.Context, slog.Level) bool { panic("logger") }

func TestBrokenLoggerChangesNothing(t *testing.T) {
	var res coretest.Recorder
	var seen observer
	_, ok := newChain(t, returns(nil)).WithLogger(slog.New(panickingHandler{})).WithObserver(&seen).Guard(t.Context(), coretest.Request{}, &res)
	assert.False(t, ok)
	assert.Equal(t, 401, res.Status)
	assert.Len(t, seen.events, 1, "the observer is told all the same")
}

func TestLogLevels(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		level string
	}{
		"no credential": {nil, "DEBUG"},
		"bad":           {core.InvalidToken("expired"), "INFO"},
		"unavailable":   {core.Unavailable("", 0).WithCause(errInside), "ERROR"},
		"unforeseen":    {errInside, "ERROR"},
	} {
		o := guard(t, newChain(t, returns(c.err)), coretest.Request{})
		require.Len(t, o.logged, 1, name)
		assert.Equal(t, c.level, o.logged[0]["level"], name)
		assert.NotContains(t, o.raw, "canary", name)
	}
	o := guard(t, newChain(t, returns(core.Unavailable("", 0).WithCause(errInside))), coretest.Request{})
	assert.Equal(t, "*errors.errorString", o.logged[0]["cause_type"], "the type of the cause, never its text")
	o = guard(t, newChain(t, panics(errInside)), coretest.Request{})
	assert.Contains(t, o.logged[0]["stack"], "guard_test.go", "where it panicked")
}

// TestWhyNotMine holds what is logged of a credential that no provider owns, and that the client gets nothing of it.
func TestWhyNotMine(t *testing.T) {
	issuer := coretest.NewIssuer("a")
	typed := jwt.Microkubes("a")
	typed.Types = []string{"at+jwt"}
	tokens := []core.Provider{jwt.New(issuer.Keys(), jwt.Microkubes("a")), jwt.New(issuer.Keys(), typed)}
	for name, c := range map[string]struct {
		providers []core.Provider
		token     string
		why       any
	}{
		"another issuer":    {tokens[:1], issuer.Microkubes(coretest.Claims{"iss": "b"}), "jwt: bad_issuer"},
		"another type":      {tokens[1:], issuer.Microkubes(nil), "jwt: bad_type"},
		"not a JWT":         {tokens[:1], "opaque", "jwt: malformed_token"},
		"two providers":     {tokens, issuer.AccessToken("x", coretest.Claims{"iss": "b"}), "jwt: bad_type, jwt: bad_issuer"},
		"of no reason":      {[]core.Provider{returns(core.NotMine)}, "x", nil},
		"of no known one":   {[]core.Provider{because("canary")}, "x", "core_test: refused"},
		"optional":          {append([]core.Provider{core.Optional()}, tokens[0]), "opaque", "jwt: malformed_token"},
		"many providers":    {append(slices.Repeat([]core.Provider{returns(core.NotMine)}, 9), tokens[0]), "opaque", nil},
		"requirement after": {[]core.Provider{tokens[0], core.RequireAuth()}, "opaque", "jwt: malformed_token"},
	} {
		t.Run(name, func(t *testing.T) {
			var seen observer
			o := guard(t, newChain(t, c.providers...).WithObserver(&seen), coretest.Request{Headers: coretest.Bearer(c.token)})
			assert.Equal(t, "not_mine", o.reason(t))
			if says, ok := c.why.(string); ok && strings.HasPrefix(says, "core_test") {
				assert.Contains(t, o.logged[0]["not_mine"], ": refused")
				assert.NotContains(t, o.raw, "canary")
			} else {
				assert.Equal(t, c.why, o.logged[0]["not_mine"])
				why, _ := c.why.(string)
				assert.Equal(t, why, seen.events[0].NotMine)
			}
			assert.Equal(t, []any{401, `{"code":401,"message":"invalid token"}`}, []any{o.res.Status, string(o.res.Body)})
		})
	}
	assert.Equal(t, core.NotMine, core.NotMineBecause(&coretest.SecurityContext{}, "bad_issuer"), "outside a chain it says no more")
	o := guard(t, newChain(t, because("bad_type"), returns(core.NotMine)), coretest.Request{})
	assert.NotContains(t, o.logged[0]["not_mine"], ",", "a reason is of the provider that gave it")
}

func because(reason core.Reason) core.Provider {
	return core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
		return core.NotMineBecause(sc, reason)
	})
}

// TestErrorBodyHasNoCause has a function that sends the whole text of the Error.
func TestErrorBodyHasNoCause(t *testing.T) {
	all := func(e *core.Error) (string, []byte) {
		return "text/plain", fmt.Appendf(nil, "%v %+v %v", e, e, errors.Unwrap(e))
	}
	o := guard(t, newChain(t, returns(core.Unauthorized("no").WithCause(errInside))).WithErrorBody(all), coretest.Request{})
	assert.Equal(t, 401, o.res.Status)
	assert.NotContains(t, string(o.res.Body), "canary")
}

// TestRedirectIsNotARefusal holds the message of the record if a provider redirects to a login page.
func TestRedirectIsNotARefusal(t *testing.T) {
	for status, message := range map[int]string{200: "request answered", 302: "request answered", 400: "request refused", 503: "request refused"} {
		o := guard(t, newChain(t, sends(status, nil)), coretest.Request{})
		require.Len(t, o.logged, 1)
		assert.Equal(t, message, o.logged[0]["msg"], "%d", status)
		assert.EqualValues(t, status, o.logged[0]["status"])
	}
}

// TestNothingOfTheRequestIsLogged plants canaries in all parts of refused requests.
func TestNothingOfTheRequestIsLogged(t *testing.T) {
	req := coretest.Request{
		Verb: "GET", Target: "/canary/a?canary=1", Site: "canary.test", Peer: "canary:1",
		Headers: http.Header{"Authorization": {"Bearer canary"}, "Canary": {"canary"}},
	}
	for _, err := range []error{
		nil, core.NotMine, errInside, core.Unauthorized("canary").WithCause(errInside).WithReason("canary"),
		core.NewError(500, "canary"), core.Unavailable("canary", 0).WithCause(errInside),
	} {
		o := guard(t, newChain(t, returns(err)), req)
		require.Len(t, o.logged, 1)
		assert.NotContains(t, o.raw, "canary")
	}
	o := guard(t, newChain(t, panics("canary")), req)
	assert.Equal(t, "panic", o.reason(t))
	assert.NotContains(t, o.raw, "canary")
	req.Target = "/canary/%2F"
	o = guard(t, newChain(t, sets("ann")), req)
	assert.Equal(t, "malformed_path", o.reason(t))
	assert.NotContains(t, o.raw, "canary")
}

func TestError(t *testing.T) {
	e := core.Unavailable("try later", time.Second).WithCause(errInside).WithReason("keys_unavailable")
	assert.Equal(t, "try later (keys_unavailable): canary: password hunter2", e.Error())
	assert.Equal(t, "no", core.Unauthorized("no").Error(), "a refusal without a code of the table")
	assert.ErrorIs(t, e, errInside)
	assert.Equal(t, []any{503, "try later", "", core.Reason("keys_unavailable")}, []any{e.Status(), e.Message(), e.Code(), e.Reason()})
	expired := core.InvalidToken("expired")
	assert.ErrorIs(t, expired.WithCause(errInside), expired)
	assert.NotErrorIs(t, core.InvalidToken("bad_issuer"), expired)
	assert.NotErrorIs(t, errors.New("invalid token"), expired)
	assert.Equal(t, "invalid token (expired)", expired.Error())
	assert.EqualValues(t, "refused", expired.WithReason("what the token said").Reason(), "the set of codes is closed")
	assert.EqualValues(t, "expired", expired.Reason(), "With methods return a copy")
}

func TestCauseOfARefusalIsNotLogged(t *testing.T) {
	o := guard(t, newChain(t, returns(core.Unauthorized("no").WithCause(errInside))), coretest.Request{})
	assert.Equal(t, "refused", o.reason(t))
	assert.NotContains(t, o.logged[0], "cause_type", "it is of interest where the service is at fault")
}

// TestOnlyAuthenticatorsMarkCached has a provider that calls MarkCached in With, and once more after the chain has ended.
func TestOnlyAuthenticatorsMarkCached(t *testing.T) {
	var kept core.SecurityContext
	marks := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
		core.MarkCached(sc)
		kept = sc
		return nil
	})
	var seen observer
	require.True(t, guard(t, newChain(t, sets("ann")).With(marks).WithObserver(&seen), coretest.Request{}).passed)
	core.MarkCached(kept)
	assert.False(t, seen.events[0].Cached)
}
