package require_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	must "github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/require"
)

// usual is an identity with the claims of an access token (RFC 9068).
var usual = core.NewAuth(core.AuthData{
	UserID: "ann", Roles: []string{"user", "admin"}, Organizations: []string{"bank", "shop"}, Namespaces: []string{"a", "b"},
	Claims: []byte(`{"iss":"https://login.example.com/realms/shop","sub":"b8f2a7c4-7f5c-4c1e-9d53-0c2b6f6f3d11",` +
		`"aud":["https://payments.example.com","https://orders.example.com"],"exp":1790000000,"iat":1789996400,"nbf":1789996400,` +
		`"jti":"3c0a4c1e-56a0-4a1e-8f0e-2f3f8b1f7a55","client_id":"web","scope":"openid orders:read orders:write",` +
		`"roles":["user","admin"],"organizations":["bank","shop"],"email":"ann@example.com","email_verified":true,` +
		`"amr":["pwd","otp"],"acr":"mfa","auth_time":1789990000}`),
})

// costs are requirements that the usual identity meets. The first is what the others are compared with.
var costs = []struct {
	name        string
	requirement core.Provider
	allocates   bool
}{
	{"RequireRoles", core.RequireRoles("admin"), false},
	{"Organizations", require.Organizations("shop"), false},
	{"AnyNamespace", require.AnyNamespace("x", "b"), false},
	{"That", require.That(func(a *core.Auth) bool { return a.UserID() == "ann" }), false},
	{"Any", require.Any(core.RequireRoles("root"), require.Organizations("shop")), false},
	{"All", require.All(core.RequireRoles("admin"), require.Organizations("shop")), false},
	{"Audience", require.Audience("https://orders.example.com"), false},
	{"StepUp/acr", require.StepUp(require.SignIn{ACR: []string{"hardware", "mfa"}}), false},
	{"StepUp/auth_time", require.StepUp(require.SignIn{MaxAge: time.Hour, Now: at(1789990060)}), false},
	{"Claim/bool", require.Claim("email_verified", isTrue), false},
	{"Claim/string", require.Claim("email", func(mail string) bool { return mail == "ann@example.com" }), false},
	{"Claim/strings", require.Claim("amr", func(methods []string) bool { return slices.Contains(methods, "otp") }), true},
}

// TestAllocations holds that requirements do not allocate, except for claims of other types than bool and string.
func TestAllocations(t *testing.T) {
	sc := &coretest.SecurityContext{}
	must.NoError(t, sc.SetAuth(usual))
	for _, c := range costs {
		req := &coretest.Request{}
		ask := func() error { return c.requirement.Provide(t.Context(), sc, req, nil) }
		must.NoError(t, ask(), c.name)
		n := testing.AllocsPerRun(100, func() { _ = ask() })
		assert.Equal(t, c.allocates, n > 0, "%s: %v allocations", c.name, n)
	}
}

// signedIn authenticates every request as the usual identity.
var signedIn = core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
	return sc.SetAuth(usual)
})

// BenchmarkRequirements has the time of a whole chain with each requirement, also as a multiple of the first.
func BenchmarkRequirements(b *testing.B) {
	base, err := core.NewSecurityChain(signedIn)
	must.NoError(b, err)
	first := 0.0
	for _, c := range costs {
		chain, req := base.With(c.requirement), &coretest.Request{}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := chain.Guard(b.Context(), req, &coretest.Recorder{}); !ok {
					b.Fatal("refused")
				}
			}
			each := float64(b.Elapsed()) / float64(b.N)
			if first == 0 {
				first = each
			}
			b.ReportMetric(each/first, "times")
		})
	}
}
