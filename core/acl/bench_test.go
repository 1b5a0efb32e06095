//go:build !race

// The race detector slows some code down more than other code, so times are compared without it.

package acl_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
)

// shapes are files of n policies and, for each, a request that the last policy decides. Every second policy has a wildcard.
var shapes = []struct {
	name             string
	policy, wildcard string // with the number of the policy
	path             string
	auth             core.AuthData
}{
	{"paths", `"/svc%[1]d/orders"],"subjects":["<.*>"`, `"/svc%[1]d/<.*>"],"subjects":["<.*>"`, "/svc%d/orders/7", core.AuthData{Username: "ana"}},
	{"segments", `"/orders/x%[1]d"],"subjects":["<.*>"`, `"/orders/<[0-9]+>/item%[1]d"],"subjects":["<.*>"`, "/orders/7/item%d", core.AuthData{Username: "ana"}},
	{"tails", `"/x%[1]d"],"subjects":["<.*>"`, `"/<.*>/item%[1]d"],"subjects":["<.*>"`, "/orders/7/item%d", core.AuthData{Username: "ana"}},
	{"inner", `"/x%[1]d"],"subjects":["<.*>"`, `"/<.*>/item%[1]d/<.*>"],"subjects":["<.*>"`, "/orders/item%d/7", core.AuthData{Username: "ana"}},
	{"claims", `"/orders"],"subjects":["<.*>"],"conditions":{"tenant":{"type":"ClaimCondition","options":{"values":["t%[1]d"]}}},"description":"x"`,
		`"/orders/<.*>"],"subjects":["<.*>"],"conditions":{"tenant":{"type":"ClaimCondition","options":{"values":["t%[1]d"]}}},"description":"x"`,
		"/orders/7", core.AuthData{Username: "ana", Claims: []byte(`{"sub":"ana","aud":["x"],"tenant":"t%d"}`)}},
	{"subjects", `"/orders"],"subjects":["user%[1]d"`, `"/orders/<.*>"],"subjects":["user%[1]d"`, "/orders/7", core.AuthData{Username: "user%d"}},
	{"roles", `"/orders"],"subjects":["<.*>"],"conditions":{"roles":{"type":"RolesCondition","options":{"values":["role%[1]d"]}}},"description":"x"`,
		`"/orders/<.*>"],"subjects":["<.*>"],"conditions":{"roles":{"type":"RolesCondition","options":{"values":["role%[1]d"]}}},"description":"x"`,
		"/orders/7", core.AuthData{Username: "ana", Roles: []string{"user", "role%d"}}},
	{"one subject", `"/orders"],"subjects":["ana"],"conditions":{"roles":{"type":"RolesCondition","options":{"values":["role%[1]d"]}}},"description":"x"`,
		`"/orders/<.*>"],"subjects":["ana"],"conditions":{"roles":{"type":"RolesCondition","options":{"values":["role%[1]d"]}}},"description":"x"`,
		"/orders/7", core.AuthData{Username: "ana", Roles: []string{"user", "role%d"}}},
	{"scopes", `"/orders"],"subjects":["<.*>"],"conditions":{"scopes":{"type":"ScopesCondition","options":{"values":["s%[1]d"]}}},"description":"x"`,
		`"/orders/<.*>"],"subjects":["<.*>"],"conditions":{"scopes":{"type":"ScopesCondition","options":{"values":["s%[1]d"]}}},"description":"x"`,
		"/orders/7", core.AuthData{Username: "ana", Scopes: []string{"read", "s%d"}}},
}

func manyPolicies(t testing.TB, n int, policy, wildcard, effect string) *acl.Policies {
	t.Helper()
	var all []string
	for i := range n {
		format := policy
		if i%2 == 1 {
			format = wildcard
		}
		p := fmt.Sprintf(`{"id":"p%[1]d","effect":"`+effect+`","actions":["api:read"],"resources":[`+format, i)
		if !strings.HasSuffix(p, `"x"`) {
			p += "]"
		}
		all = append(all, p+"}")
	}
	if effect == "deny" {
		all = append(all, `{"id":"all","effect":"allow","actions":["api:read"],"resources":["<.*>"],"subjects":["<.*>"]}`)
	}
	return parse(t, "["+strings.Join(all, ",\n")+"]")
}

// callerOf fills the number of the last policy into an identity.
func callerOf(data core.AuthData, n int) *core.Auth {
	fill := func(s string) string { return strings.ReplaceAll(s, "%d", fmt.Sprint(n-1)) }
	data.Username, data.Claims = fill(data.Username), []byte(fill(string(data.Claims)))
	for _, list := range []*[]string{&data.Roles, &data.Scopes} {
		var filled []string
		for _, s := range *list {
			filled = append(filled, fill(s))
		}
		*list = filled
	}
	return core.NewAuth(data)
}

// measured is a decision with n policies.
type measured struct {
	policies *acl.Policies
	auth     *core.Auth
	query    acl.Query
	allowed  bool
}

func measuredOf(t testing.TB, shape int, n int, kind string) measured {
	s := shapes[shape]
	effect := "allow"
	if kind == "denied" {
		effect = "deny"
	}
	m := measured{policies: manyPolicies(t, n, s.policy, s.wildcard, effect), auth: callerOf(s.auth, n), allowed: kind == "last decides"}
	m.query = acl.Query{Method: "GET", Path: strings.ReplaceAll(s.path, "%d", fmt.Sprint(n-1))}
	if kind == "none matches" {
		if strings.Contains(s.path, "%d") {
			m.query.Path = "/nothing/here"
		}
		m.auth = core.NewAuth(core.AuthData{Username: "ana", Roles: []string{"user"}, Scopes: []string{"read"}})
	}
	return m
}

var kinds = []string{"last decides", "none matches", "denied"}

// TestDecisionsWithManyPolicies holds that a decision with 10,000 policies takes no more than ten times as long as one with 10,
// and that neither allocates. Usually it takes less than twice as long, and a search through all policies hundreds of times. Both
// are measured in turn until the best of their rounds show it, so a busy machine makes the test slower and does not fail it.
func TestDecisionsWithManyPolicies(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures time, and is left out with -short")
	}
	for i, s := range shapes {
		for _, kind := range kinds {
			t.Run(s.name+"/"+kind, func(t *testing.T) {
				few, many := measuredOf(t, i, 10, kind), measuredOf(t, i, 10_000, kind)
				for _, m := range []measured{few, many} {
					require.Equal(t, m.allowed, m.policies.Allows(m.auth, m.query))
					assert.Zero(t, testing.AllocsPerRun(100, func() { m.policies.Allows(m.auth, m.query) }))
				}
				fewTime, manyTime := few.round(), many.round()
				for round := 0; round < 5 || round < 50 && manyTime > 10*fewTime; round++ {
					fewTime, manyTime = min(fewTime, few.round()), min(manyTime, many.round())
				}
				t.Logf("%v with 10 policies, %v with 10,000: %.1f times", fewTime, manyTime, float64(manyTime)/float64(fewTime))
				assert.LessOrEqual(t, manyTime, 10*fewTime)
			})
		}
	}
}

// round returns the mean time of some decisions.
func (m measured) round() time.Duration {
	const calls = 100
	start := time.Now()
	for range calls {
		m.policies.Allows(m.auth, m.query)
	}
	return time.Since(start) / calls
}

func BenchmarkDecision(b *testing.B) {
	for i, s := range shapes {
		for _, kind := range kinds {
			for _, n := range []int{10, 10_000} {
				b.Run(fmt.Sprintf("%s/%s/%d", s.name, kind, n), func(b *testing.B) {
					m := measuredOf(b, i, n, kind)
					b.ReportAllocs()
					for b.Loop() {
						m.policies.Allows(m.auth, m.query)
					}
				})
			}
		}
	}
}
