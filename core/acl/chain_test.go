package acl_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// TestPublicRoutes holds what the package comment says of routes without a caller.
func TestPublicRoutes(t *testing.T) {
	p := load(t, "acl.json")
	base, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck"), as(caller(t, "ana roles=user")), p)
	require.NoError(t, err)
	assert.Equal(t, 200, guard(base, "GET", "/healthcheck"))
	plain, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck"), as(caller(t, "ana roles=user")))
	require.NoError(t, err)
	assert.Equal(t, 401, guard(plain.With(p), "GET", "/healthcheck"))
	assert.Equal(t, 401, guard(plain.Public().With(p), "GET", "/orders"))
	assert.Equal(t, 200, guard(plain.With(p), "GET", "/orders"))
	open, err := core.NewSecurityChain(core.Optional(), as(nil), p)
	require.NoError(t, err)
	assert.Equal(t, 401, guard(open, "GET", "/orders"), "an anonymous caller has no rights")
}

// TestPlaceInAChain: before the authenticators the policies would refuse everybody.
func TestPlaceInAChain(t *testing.T) {
	p := load(t, "acl.json")
	_, err := core.NewSecurityChain(p)
	require.ErrorContains(t, err, "provider 1 (acl) refuses everybody: no provider before it authenticates")
	_, err = core.NewSecurityChain(p, as(caller(t, "ana")))
	require.ErrorContains(t, err, "provider 1 (acl) refuses everybody")
	_, err = core.NewSecurityChain(as(caller(t, "ana")), p, core.PublicRoutes("/a"))
	require.ErrorContains(t, err, "opens nothing: acl before it refuses requests without an Auth")
}

// TestWhatIsTold holds that operators are told the policy that denied, and clients are not.
func TestWhatIsTold(t *testing.T) {
	p := parse(t, `[{"id":"secret-policy","effect":"deny","subjects":["ana"],"actions":["GET"],"resources":["/place"]}]`)
	chain, err := core.NewSecurityChain(as(caller(t, "ana")), p)
	require.NoError(t, err)
	var log bytes.Buffer
	var o last
	var body string
	chain = chain.WithLogger(slog.New(slog.NewTextHandler(&log, nil))).WithObserver(&o)
	for _, chain := range []*core.SecurityChain{chain, chain.WithErrorBody(func(e *core.Error) (string, []byte) {
		body = e.Error()
		return "text/plain", []byte(body)
	})} {
		res := &coretest.Recorder{}
		_, ok := chain.Guard(t.Context(), coretest.Request{Target: "/place"}, res)
		assert.False(t, ok)
		assert.Equal(t, 403, res.Status)
		assert.NotContains(t, fmt.Sprint(res.Headers, string(res.Body), body), "secret-policy")
	}
	assert.Contains(t, log.String(), "reason=denied_by_policy policy=secret-policy")
	assert.NotContains(t, log.String(), "place")
	assert.Equal(t, "secret-policy", o.event.Policy)
	assert.Equal(t, core.Reason("denied_by_policy"), o.event.Reason)
	log.Reset()
	chain.Guard(t.Context(), coretest.Request{Target: "/other"}, &coretest.Recorder{})
	assert.Contains(t, log.String(), "reason=no_policy_allows")
	assert.Equal(t, core.Event{Provider: "acl", Reason: "no_policy_allows", Status: 403, Duration: o.event.Duration}, o.event)
}

// TestExplanationsAreRedacted holds that an explanation has nothing of the caller, the claims or the path.
func TestExplanationsAreRedacted(t *testing.T) {
	p := parse(t, `[{"id":"a","effect":"allow","subjects":["<.*>"],"actions":["GET"],"resources":["/<.*>"],
		"conditions":{"tenant":{"type":"ClaimCondition","options":{"values":["acme"]}}}},
		{"id":"b","effect":"deny","subjects":["bob"],"actions":["GET"],"resources":["/<.*>"]},
		{"id":"c","effect":"allow","subjects":["<.*>"],"actions":["GET"],"resources":["/elsewhere"]}]`)
	auth := caller(t, `person-1 id=id-1 roles=role-1 orgs=org-1 claims={"tenant":"value-1"}`)
	d := p.Explain(auth, acl.Query{Method: "GET", Path: "/path-1", Owner: "owner-1"})
	assert.Equal(t, `refused (no_policy_allows)
  a (allow) does not apply: the caller does not meet conditions.tenant
  b (deny) does not apply: the caller does not meet subjects
  policies for other resources: 1
`, d.String())
	assert.NotContains(t, fmt.Sprintf("%+v", d), "-1")
	assert.Equal(t, [][]string{{"subjects", "conditions.tenant"}, {"subjects"}, nil},
		[][]string{d.Policies[0].Requires, d.Policies[1].Requires, d.Policies[2].Requires})
	assert.Equal(t, "acl.Policies", fmt.Sprintf("%+v", p))
	d = p.Explain(caller(t, "ana"), acl.Query{Method: "GET", Path: "/x"})
	assert.Contains(t, d.String(), "a (allow) does not apply: what conditions.tenant reads is missing")
	d = p.Explain(caller(t, "~"), acl.Query{Method: "GET", Path: "/x"})
	assert.Contains(t, d.String(), "b (deny) applies: what subjects reads is missing, or in a form that cannot be read, so the policy applies")
}

// TestExplainTellsOfAnUnknownOwner: the remedy is in the policy or in the program, and not in the token.
func TestExplainTellsOfAnUnknownOwner(t *testing.T) {
	const remedy = "conditions.owner has no owner to compare: add a segment of the path to it, or pass the owner to Policies.Allows"
	for _, c := range []struct {
		name, effect, options, caller, path, owner, want string
	}{
		{"no segment, no owner", "allow", `{}`, "ana", "/orders/ana", "", "x (allow) does not apply: " + remedy},
		{"no segment, no owner, deny", "deny", `{}`, "ana", "/orders/ana", "", "x (deny) applies: " + remedy + ", so the policy applies"},
		{"a segment that the path does not have", "allow", `{"segment": 3}`, "ana", "/orders/ana", "",
			"x (allow) does not apply: what conditions.owner reads is missing"},
		{"a caller without a name", "allow", `{}`, "~", "/orders/ana", "ana", "x (allow) does not apply: what conditions.owner reads is missing"},
		{"another owner", "allow", `{}`, "ana", "/orders/ana", "bob", "x (allow) does not apply: the caller does not meet conditions.owner"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parse(t, `[{"id":"x","effect":"`+c.effect+`","actions":["GET"],"resources":["/orders/<.*>"],"subjects":["<.*>"],
				"conditions":{"owner":{"type":"OwnerCondition","options":`+c.options+`}}}]`)
			d := p.Explain(caller(t, c.caller), acl.Query{Method: "GET", Path: c.path, Owner: c.owner})
			assert.Contains(t, d.String(), c.want)
		})
	}
}
