package conformance

import (
	"slices"

	"github.com/microkubes/microkubes-go/core"
)

// site returns an app with a protected page, public files, and a protected catch-all for one segment. The chain stands in front
// of the router, so that it sees the targets that the router would refuse or redirect itself.
func site(w *witness) App {
	c := chain(core.PublicRoutes("/public/**", "GET /exact", "/one/*"), tokens)
	var routes []Route
	for _, path := range []string{
		"/admin/secret", "/public/{rest...}", "/exact", "/one/{id}", "/one/{id}/more", "/docs/{id}", "/{id}",
	} {
		routes = append(routes, Route{Method: "GET", Path: path, Guard: Bare, Handle: w.handle})
	}
	routes = append(routes, Route{Method: "POST", Path: "/exact", Guard: Bare, Handle: w.handle})
	return App{Chain: c, Routes: routes}
}

// onSite returns a case of the app site. Its first steps show that the app serves and refuses.
func onSite(name, rule, why string, needs need, all ...step) Case {
	first := []step{
		{get("/public/x"), servedTo(nobody)}, {get("/admin/secret", bearer("user:ann")), servedTo("ann")},
		{get("/admin/secret"), anonymous},
	}
	return row(name, pagePaths, rule, why, needs, site, append(first, all...)...)
}

// pathCases are about request targets in which routers, proxies and rules see different paths. A server or a router may refuse
// or redirect such a request itself, but it must not serve it.
func pathCases() []Case {
	return slices.Concat(patternCases(), comparisonCases(), malformedPathCases())
}

// patternCases are about targets that are compared with the patterns of public routes.
func patternCases() []Case {
	ann := bearer("user:ann")
	return []Case{
		onSite("paths/anchored", "Patterns of PublicRoutes are anchored at both ends.",
			"A public file name in the middle of a path makes a private page public.", ownRoutes,
			step{get("/exact"), servedTo(nobody)}, step{get("/exact/"), anonymous.orServer()},
			step{get("/one/x"), servedTo(nobody)}, step{get("/one/x/more"), anonymous},
			step{get("/docs/secret.css"), anonymous}, step{get("/docs/secret;.css"), anonymous},
			step{get("/docs/public"), anonymous}, step{get("/publicx"), anonymous}, step{get("/exact;x"), anonymous}),
		onSite("paths/header", "A path in a header field is not looked at.",
			"Anybody can claim in a header to ask for a public page, and gets the private one.", protectedPath|publicPath,
			step{get("/admin/secret", "X-Original-Url: /public/x"), anonymous},
			step{get("/admin/secret", "X-Rewrite-Url: /public/x"), anonymous},
			step{get("/admin/secret", "X-Forwarded-Uri: /public/x", "X-Original-Uri: /public/x"), anonymous},
			step{get("/admin/secret", "X-Forwarded-Prefix: /public", "X-Forwarded-Path: /public/x"), anonymous},
			step{get("/public/x", "X-Original-Url: /admin/secret"), servedTo(nobody)}),
		onSite("paths/method", "A pattern with a method is for that method alone; GET covers HEAD.",
			"A page that everyone may read is one that everyone may overwrite.", ownRoutes,
			step{get("/exact"), servedTo(nobody)}, step{get("/exact").as("POST"), anonymous},
			step{get("/exact", ann).as("POST"), servedTo("ann")}),
		onSite("paths/trailing-slash", "A trailing slash matches only a pattern that ends with one.",
			"A slash at the end reaches the same page in many routers, but not the rule that guards it.",
			protectedPath|closedPaths,
			step{get("/public/x/"), anonymous}, step{get("/public/x/", ann), servedTo("ann")},
			step{get("/public/"), anonymous.orServer()}, step{get("/admin/secret/"), anonymous.orServer()}),
		onSite("paths/escaped-unreserved",
			"A path with an escaped unreserved byte (%61 for a) matches no pattern.",
			"The rule compares %61dmin with admin and finds no match, while the router decodes it and serves "+
				"the page.", protectedPath|closedPaths,
			step{get("/public/%61"), anonymous}, step{get("/public/%61", ann), servedTo("ann")},
			step{get("/%70ublic/x"), anonymous.orServer()}, step{get("/%61dmin/secret"), anonymous.orServer()}),
		onSite("paths/other-escapes", "Other escapes are part of their segment.",
			"Public files with spaces or accents in their names are refused.", ownRoutes,
			step{get("/public/a%20b"), servedTo(nobody)}, step{get("/public/%C3%A9"), servedTo(nobody)}),
	}
}

// comparisonCases are about the text that is compared with the patterns.
func comparisonCases() []Case {
	ann := bearer("user:ann")
	return []Case{
		onSite("paths/escaped-percent",
			"A path with an escaped percent sign (%25) matches no pattern either: a file server behind a decoding router "+
				"decodes it once more.",
			"A path that is decoded twice leaves the public directory at the second time.", ownRoutes,
			step{get("/public/%252e%252e"), anonymous}, step{get("/public/a%252Fb"), anonymous},
			step{get("/public/100%25"), anonymous}, step{get("/public/100%25", ann), servedTo("ann")}),
		onSite("paths/bytes-to-be-escaped",
			"A byte that should have been escaped does not make rules see another path than the router.",
			"A byte that only one of two parsers accepts moves the border between public and private.", ownRoutes,
			step{get("/public%2Fx|"), malformed.orServer()}, step{get("/public%2Fx{", ann), malformed.orServer()},
			step{get("/public%2Fx^"), malformed.orServer()}, step{get(`/public%2Fx"`), malformed.orServer()},
			step{get("/public%2Fx\xff"), malformed.orServer()}, step{get("/public/%61|"), anonymous.orServer()},
			step{get(`/public/%61"`), anonymous.orServer()}, step{get("/public/%61\xe9"), anonymous.orServer()}),
		onSite("paths/case", "Patterns are compared exactly: /EXACT does not match /exact.",
			"Routers and file systems that ignore case serve /ADMIN, and the rule for /admin does not apply to "+
				"it.", protectedPath|closedPaths,
			step{get("/EXACT"), anonymous}, step{get("/PUBLIC/x"), anonymous.orServer()},
			step{get("/ADMIN/secret"), anonymous.orServer()}, step{get("/admin/secret;x"), anonymous.orServer()}),
		onSite("paths/query", "The query is not part of the path.",
			"A rule that looks for a public name anywhere in the address is passed with a question mark.", protectedPath,
			step{get("/public/x?y=/../admin"), servedTo(nobody)}, step{get("/admin/secret?/public/x"), anonymous},
			step{get("/admin/secret%3f/public/x"), anonymous.orServer()}),
		onSite("paths/absolute-form",
			"A target in absolute form is compared by its path (RFC 9112, section 3.2.2).",
			"Proxies send whole addresses. If the rule looks at the text from its start, no rule for a path "+
				"matches it.", protectedPath,
			step{get("http://suite.test/public/x"), servedTo(nobody)},
			step{get("http://suite.test/admin/secret"), anonymous},
			step{get("http://evil.test/public/x/../../admin/secret"), malformed.orServer()},
			step{get("http://suite.test/admin/secret", ann), servedTo("ann")}),
	}
}

// malformedPathCases are about targets that every chain refuses, with a good token too.
func malformedPathCases() []Case {
	ann := bearer("user:ann")
	return []Case{
		onSite("paths/empty-segment", "// is malformed.",
			"Routers drop the empty segment and serve the page. The rule compared the path with it and did not "+
				"match.", protectedPath|closedPaths,
			step{get("//admin/secret"), malformed.orServer()}, step{get("//admin/secret", ann), malformed.orServer()},
			step{get("/public//x"), malformed.orServer()}),
		onSite("paths/dot-segments", "Dot segments are malformed.",
			"The path begins as a public one and ends at a private page.", protectedPath|publicPath|closedPaths,
			step{get("/public/../admin/secret"), malformed.orServer()},
			step{get("/public/./x"), malformed.orServer()}, step{get("/public/.."), malformed.orServer()},
			step{get("/admin/../public/x"), malformed.orServer()}),
		onSite("paths/encoded-dot-segments", "Encoded dot segments are malformed.",
			"Checks that look for two dots overlook their encoded form, which the router or the file server "+
				"decodes.", protectedPath|publicPath|closedPaths,
			step{get("/public/%2e%2e/admin/secret"), malformed.orServer()},
			step{get("/public/.%2E/admin/secret"), malformed.orServer()}, step{get("/public/%2e"), malformed.orServer()}),
		onSite("paths/encoded-slash", "An encoded / is malformed.",
			"One program sees one segment where another sees two, so a rule for one segment opens a whole tree.",
			protectedPath|closedPaths,
			step{get("/public%2Fx"), malformed}, step{get("/public%2fx", ann), malformed},
			step{get("/admin%2fsecret"), malformed}, step{get("/admin%2Fsecret"), malformed.orServer()},
			step{get("/public/%2e%2e%2fadmin"), malformed.orServer()},
			step{get("/docs/x%2fpublic%2fy"), malformed.orServer()}),
		onSite("paths/encoded-backslash", `An encoded or plain \ is malformed.`,
			"File servers on Windows take it for a slash, and the path leaves the public directory.", ownRoutes,
			step{get("/public/..%5cadmin"), malformed}, step{get("/public/%5C"), malformed},
			step{get("/public%5cx"), malformed}, step{get(`/public\x`, ann), malformed.orServer()},
			step{get(`/public/..\admin`), malformed.orServer()}),
		onSite("paths/encoded-nul", "An encoded NUL is malformed.",
			"Programs in C end the name at the NUL, so another file is served than the one that was checked.", ownRoutes,
			step{get("/public/x%00"), malformed.orServer()}, step{get("/admin%00", ann), malformed.orServer()}),
		onSite("paths/broken-encoding", "Broken percent-encoding is malformed.",
			"Each program repairs a broken escape in its own way, and rule and router compare different texts.", ownRoutes,
			step{get("/public/%zz"), malformed.orServer()}, step{get("/public/%2"), malformed.orServer()},
			step{get("/public/%"), malformed.orServer()}),
		onSite("paths/fragment",
			"A target has no fragment (RFC 9112, section 3.2): a # anywhere in it is malformed.",
			"Everything behind the mark is ignored by the router but not by a rule that looks at the end.", ownRoutes,
			step{get("/admin/secret#/public/", ann), malformed.orServer()}, step{get("/docs/x#/public/x"), malformed.orServer()},
			step{get("/public/x#y"), malformed.orServer()}, step{get("/public/x?y#z"), malformed.orServer()}),
		row("paths/asterisk", pagePaths, "A target that is not a path is malformed.",
			"A target without a path fits no rule, and a router may map it to the root page. A router that takes the slashes "+
				"off the end of a path may run a catch-all route without the middleware in front of it.", ownRoutes, catchAll,
			step{get("/public/x"), servedTo(nobody)}, step{get("/x", ann), servedTo("ann")}, step{get("/x"), anonymous},
			step{get("*").as("OPTIONS"), malformed.orServer()}, step{get("*"), malformed.orServer()},
			step{get("*", ann), malformed.orServer()}, step{get("public/x"), malformed.orServer()},
			step{get("//"), malformed.orServer()}, step{get("//", ann), malformed.orServer()},
			step{get("///"), malformed.orServer()}, step{get("//?x"), malformed.orServer()},
			step{get("http://suite.test//"), malformed.orServer()}),
	}
}

// catchAll returns an app with one handler for all paths. The chain stands in front of the router.
func catchAll(w *witness) App {
	app := App{Chain: chain(core.PublicRoutes("/public/**"), tokens)}
	for _, method := range []string{"GET", "OPTIONS"} {
		app.Routes = append(app.Routes, Route{Method: method, Path: "/{rest...}", Guard: Bare, Handle: w.handle})
	}
	return app
}
