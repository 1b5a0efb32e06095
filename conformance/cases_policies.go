package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/require"
)

// denied is the answer to a user who may not do what the request asks for.
var denied = needsRole

// policies returns policies of package acl. Each line is an effect, a subject, an action and a resource.
func policies(lines ...string) core.Provider {
	type policy struct {
		ID        string   `json:"id"`
		Effect    string   `json:"effect"`
		Subjects  []string `json:"subjects"`
		Actions   []string `json:"actions"`
		Resources []string `json:"resources"`
	}
	var all []policy
	for i, line := range lines {
		f := strings.Fields(line)
		all = append(all, policy{fmt.Sprintf("policy-%d", i+1), f[0], f[1:2], f[2:3], f[3:]})
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic("conformance: " + err.Error())
	}
	p, err := acl.Parse(text)
	if err != nil {
		panic("conformance: policies of the suite are not valid: " + err.Error())
	}
	return p
}

// policyCases are about policies of package acl and requirements of package require.
func policyCases() []Case {
	return slices.Concat(decisionCases(), policyPathCases(), policyMethodCases(), requirementCases())
}

// decisionCases are about who may do what.
func decisionCases() []Case {
	return []Case{
		row("policies/refusals", "acl.Policies",
			"A request without an identity is refused with 401, one that is not allowed with 403.",
			"A client that may not do something and is told to log in again does so without end, or one that has not logged "+
				"in is not told to.", ownRoutes,
			one(chain(tokens, policies("allow ann api:read /x"))),
			step{get("/x", bearer("user:ann")), servedTo("ann")}, step{get("/x", bearer("user:bob")), denied},
			step{get("/x"), anonymous}, step{get("/x", bearer("bad")), invalidToken}),
		row("policies/deny-overrides", "acl",
			"A request is refused unless a policy allows it, and if a policy denies it.",
			"Whoever is locked out of one page by name still reads it by a rule for everybody, or a page that nobody thought of "+
				"is open.", ownRoutes,
			func(w *witness) App {
				c := chain(tokens, policies("allow <.*> api:read /x", "deny bob <.*> /x", "allow bob api:read /y"))
				var routes []Route
				for _, path := range []string{"/x", "/y", "/z"} {
					routes = append(routes, Route{Method: "GET", Path: path, Chain: c, Handle: w.handle})
				}
				return App{Routes: routes}
			},
			step{get("/x", bearer("user:ann")), servedTo("ann")}, step{get("/x", bearer("user:bob")), denied},
			step{get("/y", bearer("user:bob")), servedTo("bob")}, step{get("/y", bearer("user:ann")), denied},
			step{get("/z", bearer("user:bob")), denied}),
		row("policies/public", "acl.Policies",
			"Given to With it also guards public routes, and so refuses them.",
			"A route with policies is open to everybody because it is also on a list of public pages.", ownRoutes,
			func(w *witness) App {
				c := chain(core.PublicRoutes("/open", "/x"), tokens, policies("allow <.*> <.*> <.*>"))
				p := policies("allow ann api:read /x")
				return App{Routes: []Route{
					{Method: "GET", Path: "/open", Chain: c, Handle: w.handle},
					{Method: "GET", Path: "/x", Chain: c, With: []core.Provider{p}, Handle: w.handle},
					{Method: "GET", Path: "/marked", Chain: c, With: []core.Provider{p}, Guard: Public, Handle: w.handle},
				}}
			},
			step{get("/open"), servedTo(nobody)}, step{get("/x"), anonymous}, step{get("/marked"), anonymous},
			step{get("/marked", bearer("user:ann")), anonymous}),
	}
}

// policyMethodCases are about the methods that policies are for.
func policyMethodCases() []Case {
	ann := bearer("user:ann")
	methods := func(lines ...string) func(w *witness) App {
		return func(w *witness) App {
			app := App{Chain: chain(tokens, policies(lines...))}
			for _, path := range []string{"/x", "/y"} {
				for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "DELETE"} {
					app.Routes = append(app.Routes, Route{Method: method, Path: path, Guard: Bare, Handle: w.handle})
				}
			}
			return app
		}
	}
	return []Case{
		row("policies/methods", "acl",
			"Any other method must be named in a policy to be allowed.",
			"A rule that lets a user read also lets him write, if the method has an unusual name or is hidden in a header.",
			ownRoutes,
			methods("allow ann api:read /x", "allow ann api:write /y", "allow ann OPTIONS /y", "deny ann DELETE /y"),
			step{get("/x", ann), servedTo("ann")}, step{get("/x", ann).as("POST"), denied},
			step{get("/x", ann).as("OPTIONS"), denied},
			step{get("/y", ann).as("OPTIONS"), servedTo("ann")}, step{get("/y", ann).as("DELETE"), denied},
			step{get("/x", ann).as("PROPFIND"), denied.orServer()}, step{get("/x", ann).as("get"), denied.orServer()},
			step{get("/y", ann).as("delete"), denied.orServer()}, step{get("/y", ann).as("options"), denied.orServer()},
			step{get("/x", ann, "X-HTTP-Method-Override: GET").as("POST"), denied},
			step{get("/y", ann, "X-HTTP-Method-Override: POST"), denied},
			step{get("/y", ann, "X-HTTP-Method-Override: DELETE").as("POST"), servedTo("ann")}),
		row("policies/head", "acl",
			"A method in capitals is that method; GET includes HEAD.",
			"HEAD tells a user how large a page is that a rule keeps from him, or a rule for GET breaks clients that ask with "+
				"HEAD first.", ownRoutes,
			methods("allow ann GET /x", "allow ann api:read /y", "deny ann HEAD /y", "deny bob GET /x", "allow bob <.*> /x"),
			step{get("/x", ann), servedTo("ann")}, step{get("/x", ann).as("HEAD"), servedTo("ann")},
			step{get("/y", ann), servedTo("ann")}, step{get("/y", ann).as("HEAD"), denied},
			step{get("/x", bearer("user:bob")).as("HEAD"), denied},
			step{get("/x", bearer("user:bob")).as("DELETE"), servedTo("bob")}),
	}
}

// requirementCases are about requirements of package require.
func requirementCases() []Case {
	organization, audience := require.Organizations("shop"), require.Audience("orders", "payments")
	mfa := require.StepUp(require.SignIn{ACR: []string{"mfa"}, MaxAge: time.Hour})
	stepUp := needsStepUp("mfa")
	stepUp.challenge += `, max_age="3600"`
	return []Case{
		row("policies/requirements", pageClient,
			`An authenticated request that does not meet another requirement of core/require is answered with 403 and `+
				`error="insufficient_scope".`,
			"Users of one tenant read what belongs to another, or a token that was issued for another service is good for this "+
				"one.", ownRoutes,
			func(w *witness) App {
				c := chain(tokens)
				secured := func(path string, p core.Provider) Route {
					return Route{Method: "GET", Path: path, Chain: c, With: []core.Provider{p}, Handle: w.handle}
				}
				return App{Routes: []Route{secured("/shop", organization), secured("/orders", audience),
					secured("/either", require.Any(organization, audience))}}
			},
			step{get("/shop", bearer("org:ann:shop")), servedTo("ann")}, step{get("/shop", bearer("org:ann:Shop+bank")), denied},
			step{get("/shop", bearer("aud:ann:shop")), denied}, step{get("/shop"), anonymous},
			step{get("/orders", bearer("aud:ann:payments")), servedTo("ann")},
			step{get("/orders", bearer("aud:ann:order")), denied},
			step{get("/orders", bearer("org:ann:orders")), denied}, step{get("/orders"), anonymous},
			step{get("/either", bearer("aud:ann:orders")), servedTo("ann")},
			step{get("/either", bearer("org:ann:shop")), servedTo("ann")},
			step{get("/either", bearer("user:ann")), denied}, step{get("/either"), anonymous}),
		row("policies/order", "require.StepUp",
			"Put StepUp behind the other requirements of a route: otherwise a user signs in again and is refused after that.",
			"A user who may not do something is sent to log in with a second factor, comes back, and is told that he may not.",
			ownRoutes,
			one(chain(tokens), policies("allow ann api:read /x"), mfa),
			step{get("/x", bearer("acr:ann:mfa")), servedTo("ann")}, step{get("/x", bearer("acr:bob:mfa")), denied},
			step{get("/x", bearer("acr:ann:pwd")), stepUp}, step{get("/x", bearer("acr:bob:pwd")), denied},
			step{get("/x"), anonymous}),
	}
}
