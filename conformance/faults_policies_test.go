package conformance_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

func init() { maps.Copy(faults, policyFaults) }

// policyFaults break what policies and requirements are compared with, and which of them are asked.
var policyFaults = map[string]func(a *adapter){
	"says the route for the path": func(a *adapter) {
		a.path = func(r *http.Request) string {
			if _, path, ok := strings.Cut(r.Pattern, " "); ok {
				return strings.NewReplacer("{", "", "}", "", "...", "").Replace(path)
			}
			return core.RoutePath(r.URL)
		}
	},
	"says the rest of the path": func(a *adapter) {
		a.path = func(r *http.Request) string {
			path := core.RoutePath(r.URL)
			for _, group := range []string{"/group", "/mount"} {
				path = strings.TrimPrefix(path, group)
			}
			return path
		}
	},
	"says GET for HEAD": func(a *adapter) {
		a.method = func(r *http.Request) string {
			if r.Method == http.MethodHead {
				return http.MethodGet
			}
			return r.Method
		}
	},
	"asks the last of With first": func(a *adapter) {
		a.with = func(c *core.SecurityChain, p []core.Provider) *core.SecurityChain {
			p = slices.Clone(p)
			slices.Reverse(p)
			return c.With(p...)
		}
	},
	"asks the last of With alone": func(a *adapter) {
		a.with = func(c *core.SecurityChain, p []core.Provider) *core.SecurityChain {
			return c.With(p[max(0, len(p)-1):]...)
		}
	},
	"asks requirements of core alone": func(a *adapter) {
		a.with = func(c *core.SecurityChain, p []core.Provider) *core.SecurityChain {
			return c.With(slices.DeleteFunc(slices.Clone(p), func(p core.Provider) bool {
				named, ok := p.(interface{ Name() string })
				return ok && !strings.HasPrefix(named.Name(), "require_scope") && !strings.HasPrefix(named.Name(), "require_role")
			})...)
		}
	},
}
