package conformance

import "strings"

// need is a set of things that a service must have so that a case can be tried on it by status and challenge alone.
type need uint

const (
	protectedPath  need = 1 << iota
	publicPath          // a path that needs no token
	optionalPath        // a path that serves requests without a token, too
	restrictedPath      // a path that needs more than a good token
	closedPaths         // paths without a page are not served
	signedTokens        // the service trusts a key of ours
	identityEcho        // the answer names the user
	ownProvider
	ownHandler
	ownRoutes
	libraryRule
)

// needTexts completes "needs …" for each need, from the first to the last.
var needTexts = []string{
	"a protected path", "a public path", "an optional path", "a restricted path and tokens that open it",
	"that paths without a page are refused", "tokens that the suite signs", "an answer that names the user",
	"a provider of the suite inside the service", "a handler of the suite inside the service",
	"routes and a configuration of the suite", "a rule of this library, where another service may choose otherwise",
}

// String returns the needs as a text.
func (n need) String() string {
	var all []string
	for i, text := range needTexts {
		if n&(1<<i) != 0 {
			all = append(all, text)
		}
	}
	return "needs " + strings.Join(all, ", and ")
}
