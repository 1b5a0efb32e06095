package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/microkubes/microkubes-go/core"
)

// requestCases are about the Request and the Response of an adapter.
func requestCases() []Case {
	return slices.Concat(requestLineCases(), fieldCases())
}

// requestLineCases are about the connection, the host, the method and the query.
func requestLineCases() []Case {
	return []Case{
		{
			Name: "requests/forwarding-headers", Page: pageContract,
			Rule: "Scheme and RemoteAddr are those of the connection, Host is that of the request. Forwarding headers are not " +
				"consulted.",
			Why: "Whoever sends X-Forwarded-For chooses the address that limits and logs are about.", needs: ownProvider,
			app: one(chain(core.ProviderFunc(tellsTheConnection), tokens)),
			try: steps(
				step{get("/x", bearer("user:ann")), servedTo("ann")},
				step{get("/x", bearer("user:ann"), "X-Forwarded-For: 192.0.2.9", "X-Real-Ip: 192.0.2.9",
					"X-Forwarded-Proto: https", "X-Forwarded-Host: evil.test",
					"Forwarded: for=192.0.2.9;proto=https;host=evil.test"), servedTo("ann")},
				step{get("/x", bearer("user:ann"), "X-Forwarded-Ssl: on", "Front-End-Https: on", "X-Forwarded-Scheme: https",
					"X-Url-Scheme: https", "True-Client-Ip: 192.0.2.9", "X-Client-Ip: 192.0.2.9", "Cf-Connecting-Ip: 192.0.2.9",
					"X-Host: evil.test", "X-Forwarded-Server: evil.test", "X-Original-Host: evil.test"), servedTo("ann")},
			),
		},
		hostCase(),
		{
			Name: "requests/method", Page: "core.Request.Method",
			Rule: "Method returns the method that the router dispatched on, in the case in which it was sent: the method " +
				"of the request, or the one that a method override in front of the router has put in its place.",
			Why: "A rule for GET is applied to a request that deletes.", needs: ownProvider,
			app: func(w *witness) App {
				return App{Chain: chain(core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, q core.Request,
					_ core.Response) error {
					if want, n := q.Header("X-Method"); n == 1 && q.Method() != want {
						return errSecret
					}
					return nil
				}), tokens), Routes: []Route{{Method: "GET", Path: "/x", Guard: Bare, Handle: w.handle}}}
			},
			try: steps(
				step{get("/x", bearer("user:ann"), "X-Method: GET"), servedTo("ann")},
				step{get("/x", bearer("user:ann"), "X-Method: POST"), internal},
				step{get("/x", "X-Method: get").as("get"), anonymous.orServer()},
				step{get("/x", "X-Method: PURGE").as("PURGE"), anonymous.orServer()},
			),
		},
		{
			Name: "requests/query", Page: "core.Request.RawQuery",
			Rule: "RawQuery returns the query without the question mark, undecoded.",
			Why: "Rules and handler read different parameters from one query, so the checked value is not the used " +
				"one.", needs: ownProvider,
			app: one(chain(core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, q core.Request,
				_ core.Response) error {
				if got := q.RawQuery(); got != "a=%2F+b&a=c%26d" && got != "" {
					return errSecret
				}
				return nil
			}), tokens)),
			try: steps(
				step{get("/x?a=%2F+b&a=c%26d", bearer("user:ann")), servedTo("ann")},
				step{get("/x", bearer("user:ann")), servedTo("ann")},
				step{get("/x?other", bearer("user:ann")), internal},
			),
		},
	}
}

// fieldCases are about header fields of requests and responses.
func fieldCases() []Case {
	return []Case{
		noFieldOpensCase(),
		{
			Name: "requests/trailers", Page: "core.Request.Header",
			Rule:  "Trailers do not count.",
			Why:   "Proxies do not check trailers, so a credential in one passes everything in front of the service.",
			needs: ownProvider,
			app: func(w *witness) App {
				return App{Routes: []Route{{Method: "POST", Path: "/x", Chain: chain(tokens, apiKey), Handle: w.handle}}}
			},
			try: steps(
				step{trailing("", ""), anonymous},
				step{trailing("", bearer("user:ann")), anonymous.orServer()},
				step{trailing("", "X-Api-Key: key-kim"), anonymous},
				step{trailing("X-Api-Key: key-kim", "X-Api-Key: key-eve"), servedTo("kim")},
				step{trailing(bearer("user:ann"), "X-Api-Key: key-eve"), servedTo("ann")},
			),
		},
		{
			Name: "requests/second-lines", Page: "core.Request.Header",
			Rule: "Header returns the first value of a header field and the number of field lines with that name, so that " +
				"a second line is not overlooked.",
			Why: "The first line is checked and the second one is used, or the other way round.", needs: ownProvider,
			app: one(chain(core.ProviderFunc(countsLines), tokens)),
			try: steps(
				step{get("/x", bearer("user:ann"), "User-Agent: a", "Content-Type: a/b", "Cookie: a=b"), servedTo("ann")},
				step{get("/x", bearer("user:ann"), "User-Agent: a", "user-agent: b"), internal},
				step{get("/x", bearer("user:ann"), "Content-Type: a/b", "Content-Type: a/c"), internal.orServer()},
				step{get("/x", bearer("user:ann"), "Cookie: a=b", "Cookie: c=d"), internal},
				step{get("/x", bearer("user:ann"), "X-Any: 1", "X-Any: 2"), internal},
			),
		},
		{
			Name: "requests/headers-set-and-added", Page: pageReturns,
			Rule: "SetHeader replaces all values of a field, AddHeader keeps those that are there, and neither can end a line.",
			Why:  "A value that ends its line adds headers or a body of the attacker's choice to the answer.", needs: ownProvider,
			app: one(chain(when(addsChallenges), tokens)), try: tryHeaders,
		},
	}
}

// noFieldOpensCase has fields that make some middleware skip a request.
func noFieldOpensCase() Case {
	all := []step{{get("/x", bearer("user:ann")), servedTo("ann")}}
	for _, line := range []string{
		"Range: bytes=0-1", "If-None-Match: *", "Purpose: prefetch", "Origin: null", "Sec-Fetch-Mode: navigate",
		"X-Requested-With: XMLHttpRequest", "User-Agent: kube-probe/1.30", "Sec-Websocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
		"Content-Type: application/grpc", "Cache-Control: only-if-cached", "X-Forwarded-For: 127.0.0.1",
		"X-Real-Ip: 127.0.0.1",
	} {
		all = append(all, step{get("/x", line), anonymous}, step{get("/x", line, bearer("user:ann")), servedTo("ann")})
	}
	expecting := request{method: "GET", target: "/x", headers: []string{"Expect: 100-continue"}, body: "body"}
	return Case{
		Name: "requests/no-field-opens", Page: "core.NewSecurityChain",
		Rule: "The chain is closed: it refuses a request that no provider has authenticated with 401, unless it has " +
			"Optional or a provider ended it with BreakChain.",
		Why: "Middleware that skips probes, prefetches or ranges lets everybody skip it, since clients write these " +
			"fields as they like.", needs: protectedPath,
		app: one(chain(tokens)), try: steps(append(all, step{expecting, anonymous})...),
	}
}

func tellsTheConnection(_ context.Context, _ core.SecurityContext, q core.Request, _ core.Response) error {
	host, _, err := net.SplitHostPort(q.RemoteAddr())
	if err != nil || host != "127.0.0.1" || q.Scheme() != "http" || q.Host() != "suite.test" {
		return errors.Join(errSecret, err)
	}
	return nil
}

// trailing returns a request in chunks, with a header and a trailer. An empty one is left out.
func trailing(header, trailer string) request {
	r := request{method: "POST", target: "/x", headers: []string{chunked, "Trailer: X-Api-Key"}}
	if header != "" {
		r.headers = append(r.headers, header)
	}
	if trailer != "" {
		trailer += "\r\n"
	}
	r.body = "4\r\nbody\r\n0\r\n" + trailer + "\r\n"
	return r
}

func countsLines(_ context.Context, _ core.SecurityContext, q core.Request, _ core.Response) error {
	for _, name := range []string{"User-Agent", "Content-Type", "Cookie", "X-Any", "Authorization"} {
		if _, n := q.Header(name); n > 1 {
			return errSecret
		}
	}
	return nil
}

func addsChallenges(_ context.Context, _ core.SecurityContext, _ core.Request, s core.Response) error {
	s.AddHeader("WWW-Authenticate", `Basic realm="a"`)
	s.AddHeader("WWW-Authenticate", `Digest realm="b"`)
	s.SetHeader("Cache-Control", "public")
	s.SetHeader("X-Own", "first")
	s.SetHeader("X-Own", "second")
	for _, name := range []string{"X-Lines", "Set-Cookie"} {
		s.AddHeader(name, "a=1")
		s.AddHeader(name, "b=2")
		s.SetHeader(name, "c=3")
	}
	s.SetHeader("X-Set", "a\r\nX-Split: b")
	s.AddHeader("X-Added", "a\nX-Split: b")
	s.SetHeader("X-Split: b\r\nX-Name", "a")
	return core.Unauthorized("invalid token")
}

func tryHeaders(w *witness) error {
	if err := w.expect(step{get("/x", bearer("user:ann")), servedTo("ann")}); err != nil {
		return err
	}
	got, err := w.once(get("/x", "X-Do: 1"))
	if err != nil {
		return err
	}
	for name, want := range map[string]string{
		"Www-Authenticate": fmt.Sprint([]string{`Basic realm="a"`, `Digest realm="b"`, invalidToken.challenge}),
		"Cache-Control":    "[no-store]",
		"X-Own":            "[second]",
		"X-Lines":          "[c=3]",
		"Set-Cookie":       "[c=3]",
		"X-Set":            "[a  X-Split: b]",
		"X-Added":          "[a X-Split: b]",
		"X-Split":          "[]",
	} {
		if values := fmt.Sprint(got.header.Values(name)); values != want {
			return fmt.Errorf("got    %s: %s\nwant   %s", name, values, want)
		}
	}
	return nil
}
