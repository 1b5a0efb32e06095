package conformance

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// vault returns an app in which bob may read everything but /vault/key and what is below /Files, and ann /vault/door alone. Each
// handler says which one it is. The chain stands in front of the router, or around each handler.
func vault(front bool) func(w *witness) App {
	return func(w *witness) App {
		c := chain(tokens, policies(
			"allow bob <.*> <.*>", "deny bob <.*> /vault/key /Files/<.*>", "allow ann api:read /vault/door"))
		app := App{}
		if front {
			app.Chain = c
		}
		for _, path := range []string{"/vault/key", "/vault/{id}", "/Files/{rest...}", "/other/{rest...}", "/{id}"} {
			r := Route{Method: http.MethodGet, Path: path, Chain: c, Handle: w.handleAs(path)}
			if front {
				r.Guard, r.Chain = Bare, nil
			}
			app.Routes = append(app.Routes, r)
		}
		return app
	}
}

// policyPathCases are about the paths that policies are compared with.
func policyPathCases() []Case {
	ann, bob := bearer("user:ann"), bearer("user:bob")
	door, other := servedTo("ann").saying(" by /vault/{id}"), servedTo("bob").saying(" by /vault/{id}")
	open := step{get("/vault/other", bob), other}
	return []Case{
		row("policies/allow-is-exact", "acl",
			"A policy that allows compares the path exactly as it was sent.",
			"A rule that opens one page opens others, which only look like it to the rule.", ownRoutes, vault(true), open,
			step{get("/vault/door", ann), door}, step{get("/vault/door?x", ann), door},
			step{get("/vault/DOOR", ann), denied}, step{get("/VAULT/door", ann), denied},
			step{get("/vault/door/", ann), denied.orServer()}, step{get("/vault/%64oor", ann), denied},
			step{get("/vault/door;x", ann), denied}, step{get("/vault/door%20", ann), denied}, step{get("/vault", ann), denied},
			step{get("/vault/doo", ann), denied}, step{get("/vault/door/x", ann), denied},
			step{get("/vault/%64oor|", ann), denied.orServer()}),
		row("policies/deny-has-every-spelling", "acl",
			"A policy that denies compares it decoded, without case, with and without a slash at its end.",
			"Whoever is locked out writes the address in another way, which means the same to the router and something else "+
				"to the rule.", ownRoutes, vault(true), open,
			step{get("/vault/key", bob), denied}, step{get("/vault/key/", bob), denied.orServer()},
			step{get("/VAULT/Key", bob), denied}, step{get("/vault/key?x", bob), denied},
			step{get("/vault/k%65y", bob), denied}, step{get("/vault/ke%59", bob), denied},
			step{get("/vault/%E2%84%AAey", bob), denied}, step{get("/files/x", bob), denied}, step{get("/Files", bob), denied},
			step{get("/FILES/x%0Ay/", bob), denied}, step{get("http://suite.test/vault/key", bob), denied},
			step{get("/vault%2Fkey", bob), malformed}, step{get("/vault//key", bob), malformed.orServer()},
			step{get("/other/../vault/key", bob), malformed.orServer()},
			step{get("/other/%2e%2e/vault/key", bob), malformed.orServer()},
			step{get(`/vault\key`, bob), malformed.orServer()}, step{get("/vault%00key", bob), malformed.orServer()},
			step{get("/vault/key;x", bob), other}, step{get("/vault/keys", bob), other}),
		{
			Name: "policies/no-way-around", Page: "acl",
			Rule: "No spelling of a path runs a handler whose path a policy denies.",
			Why: "There are more spellings than anybody can list. One that the router takes for the page, and the rule does " +
				"not, is enough.",
			needs: ownRoutes, app: vault(false),
			try: func(w *witness) error { return w.triesSpellings(open, "/vault/key", "/Files/x") },
		},
		{
			Name: "policies/whole-path", Page: "acl",
			Rule: "The path is the whole path of the request, also in a group and in front of a mounted handler.",
			Why: "A rule for /admin/users does not match what is left of the path in the group /admin, so the page is open to " +
				"everybody whom another rule lets in.",
			needs: ownRoutes, app: mounted,
			try: steps(
				step{get("/group/x", bob), servedTo("bob")}, step{get("/group/x", ann), denied},
				step{get("/mount/x", bob), servedTo("bob")}, step{get("/mount/x", ann), denied},
				step{get("/mount/y", ann), servedTo("ann")}, step{get("/mount/y", bob), servedTo("bob")}),
		},
	}
}

// mounted returns an app with a group, and with a handler of net/http that does not see the beginning of the path. Ann may read
// what would be left of the paths.
func mounted(w *witness) App {
	c := chain(tokens, policies("allow bob api:read /group/x /mount/<.*>", "allow ann api:read /x /mount/y"))
	rest := http.StripPrefix("/mount", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/x" && r.URL.Path != "/y" {
			http.NotFound(rw, r)
			return
		}
		w.handle(r.Context(), r.Header.Get).WriteTo(rw)
	}))
	return App{Routes: []Route{
		{Method: "GET", Path: "/group/x", Guard: Grouped, Chain: c, Handle: w.handle},
		{Method: "GET", Path: "/mount/{rest...}", Chain: c, HTTP: rest},
	}}
}

// handleAs returns the usual handler, which also says which one it is.
func (w *witness) handleAs(name string) Handler {
	return func(ctx context.Context, header func(string) string) Reply {
		return Reply{Status: http.StatusOK, Body: w.handle(ctx, header).Body + " by " + name}
	}
}

// triesSpellings sends denied paths in many spellings, and returns an error if the handler of a denied path runs. A server, a
// router and other handlers may answer as they like.
func (w *witness) triesSpellings(served step, paths ...string) error {
	for _, path := range paths {
		for _, target := range spellings(path) {
			r := get(target, bearer("user:bob"))
			got, err := w.once(r)
			if err != nil {
				continue // the server has closed the connection
			}
			if strings.Contains(got.body, "by /vault/key") || strings.Contains(got.body, "by /Files/") {
				return fmt.Errorf("sent   %s\ngot    %s\nso     the handler of a denied path ran", r.text(), got)
			}
		}
	}
	return w.expect(served)
}

// spellings returns targets that a router or a server may read as path.
func spellings(path string) []string {
	all := []string{path, strings.ToUpper(path), "http://suite.test" + path, "HTTP://SUITE.TEST:80" + path, "//suite.test" + path,
		strings.NewReplacer("k", "%E2%84%AA", "s", "%C5%BF", "i", "%C4%B1").Replace(path)}
	for _, front := range strings.Fields("/ /. /x/.. /other/../ /%2e . http: \\ *") {
		all = append(all, front+path)
	}
	for i := range path {
		before, c, behind := path[:i], path[i], path[i+1:]
		all = append(all, fmt.Sprintf("%s%%%02x%s", before, c, behind), fmt.Sprintf("%s%%%02X%s", before, c, behind),
			fmt.Sprintf("%s%%25%02x%s", before, c, behind), before+strings.ToUpper(string(c))+behind,
			fmt.Sprintf("%s%%%02X%s", before, c^0x20, behind))
	}
	slash := strings.LastIndexByte(path, '/')
	for _, end := range strings.Fields("/ // /. /.. /./ ; ;/ ;x=1 ? ?x # #x .json * | ^ \\ \xff " +
		"%20 %09 %0a %0d%0a %00 %5c %2f %2F/ %3f %23 %25 % %2") {
		all = append(all, path+end, path[:slash]+end+path[slash:], path[:slash+1]+end+path[slash+1:])
	}
	return all
}
