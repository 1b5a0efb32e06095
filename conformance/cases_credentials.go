package conformance

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// sourced is the suite's provider with another place to find the token.
func sourced(source core.TokenSource) core.Provider {
	return core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, q core.Request, _ core.Response) error {
		token, err := source.Token(q)
		if err != nil || token == "" {
			return err
		}
		return decide(token, sc)
	})
}

// credentialCases are about how a token is sent.
func credentialCases() []Case {
	const ann = "user:ann"
	good := step{get("/x", bearer(ann)), servedTo("ann")}
	row := func(name, rule string, app func(*witness) App, all ...step) Case {
		return Case{Name: "credentials/" + name, Rule: rule, Page: "core, TokenSource", app: app, try: steps(all...)}
	}
	return []Case{
		row("scheme-has-no-case", "The scheme is compared without case (RFC 9110, section 11.1).", one(chain(tokens)), good,
			step{get("/x", "Authorization: bearer "+ann), servedTo("ann")},
			step{get("/x", "Authorization: BEARER "+ann), servedTo("ann")},
			step{get("/x", "authorization: Bearer "+ann), servedTo("ann")}),
		row("scheme-without-one-token", "The scheme without exactly one space and one token is malformed.",
			one(chain(core.Optional(), tokens)), good,
			step{get("/x", "Authorization: Bearer"), malformed},
			step{get("/x", "Authorization: Bearer "), malformed},
			step{get("/x", "Authorization: Bearer  "+ann), malformed},
			step{get("/x", "Authorization: Bearer\t"+ann), malformed},
			step{get("/x", "Authorization: BearerA"), malformed},
			step{get("/x", "Authorization: Bearer "+ann+", Bearer "+ann), malformed}),
		row("other-scheme", "Another scheme is for another provider, or for nobody.", one(chain(tokens)), good,
			step{get("/x", "Authorization: Basic YTpi"), anonymous},
			step{get("/x", "Authorization: Digest x"), anonymous},
			step{get("/x", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("bearer:"+ann))), anonymous},
			step{get("/x", "Proxy-Authorization: Bearer "+ann), anonymous},
			step{get("/x", "Proxy-Authorization: Bearer bad", bearer(ann)), servedTo("ann")},
			step{get("/x", "Authorization:"), anonymous}),
		row("folded", "A folded field value is not one token.", one(chain(tokens)), good,
			step{get("/x", "Authorization: Bearer user:a\r\n nn"), malformed.orServer()}),
		row("not-a-header", "What only looks like a field with a credential is none.",
			one(chain(tokens, apiKey)), good,
			step{get("/x", " Authorization: Bearer "+ann), anonymous.orServer()},
			step{get("/x", "Authorization : Bearer "+ann), anonymous.orServer()},
			step{get("/x", "Authorization_: Bearer "+ann), anonymous},
			step{get("/x", "X_Api_Key: key-eve"), anonymous},
			step{get("/x", "X-Api_Key: key-eve", "XApiKey: key-eve"), anonymous},
			step{get("/x", "X-Forwarded-User: ann", "X-Consumer-Username: ann"), anonymous}),
		row("control-characters", "Control characters in the field never reach a handler.", one(chain(tokens)), good,
			step{get("/x", "Authorization: Bearer user:a\x00nn"), invalidToken.orServer()},
			step{get("/x", "Authorization: Bearer user:a\rnn"), invalidToken.orServer()}),
		row("query-and-cookie-are-off", "Cookie and query are looked at only when they are set.", one(chain(tokens)), good,
			step{get("/x?access_token=" + ann), anonymous},
			step{get("/x", "Cookie: token="+ann), anonymous}),
		row("custom-header", "A header of its own, with a scheme or without.",
			one(chain(sourced(core.TokenSource{Header: "X-Token"}))),
			step{get("/x", "X-Token: "+ann), servedTo("ann")},
			step{get("/x", bearer(ann)), anonymous},
			step{get("/x", "X-Token: "+ann, "X-Token: "+ann), malformed},
			step{get("/x", "X-Token: a b"), malformed}),
		row("cookie", "A cookie, when it is set; twice is malformed.", one(chain(sourced(core.TokenSource{Cookie: "token"}))),
			good, step{get("/x", "Cookie: a=b; token="+ann+"; c=d"), servedTo("ann")},
			step{get("/x", "Cookie: a=b"), anonymous},
			step{get("/x", "Cookie: token="+ann+"; token="+ann), malformed}),
		row("cookie-lines", "Several Cookie lines are one list (RFC 9113, section 8.2.3).",
			one(chain(sourced(core.TokenSource{Cookie: "token"}))), good,
			step{get("/x", "Cookie: theme=dark", "Cookie: token="+ann), servedTo("ann")},
			step{get("/x", "Cookie: token="+ann, "Cookie: theme=dark"), servedTo("ann")},
			step{get("/x", "Cookie: theme=dark", "Cookie: lang=en; token="+ann, "Cookie: a=b"), servedTo("ann")},
			step{get("/x", bearer(ann), "Cookie: theme=dark", "Cookie: lang=en"), servedTo("ann")},
			step{get("/x", "Cookie: theme=dark", "Cookie: lang=en"), anonymous},
			step{get("/x", "Cookie: theme=dark", "Cookie: token=bad"), invalidToken},
			step{get("/x", "Cookie: token="+ann, "Cookie: token="+ann), malformed},
			step{get("/x", "Cookie: token="+ann, "Cookie: token="), malformed},
			step{get("/x", "Cookie: a=b; token="+ann+"; token="+ann, "Cookie: c=d"), malformed},
			step{get("/x", bearer(ann), "Cookie: a=b", "Cookie: token="+ann), malformed}),
		row("empty", "An empty value is no token, wherever it stands.",
			one(chain(core.Optional(), sourced(core.TokenSource{Cookie: "token", Query: "access_token"}),
				sourced(core.TokenSource{Header: "X-Token"}), sourced(core.TokenSource{Header: "X-Jwt", Scheme: "JWT"}))),
			good, step{get("/x"), servedTo(nobody)},
			step{get("/x", "Authorization:"), servedTo(nobody)}, step{get("/x", "Authorization: "), servedTo(nobody)},
			step{get("/x", "X-Token:"), servedTo(nobody)}, step{get("/x", "X-Jwt: "), servedTo(nobody)},
			step{get("/x", "Cookie: token="), servedTo(nobody)}, step{get("/x", `Cookie: token=""`), servedTo(nobody)},
			step{get("/x", "Cookie:"), servedTo(nobody)}, step{get("/x", "Cookie: token"), servedTo(nobody)},
			step{get("/x?access_token="), servedTo(nobody)}, step{get("/x?access_token"), servedTo(nobody)},
			step{get("/x?access_token=", "Authorization:", "Cookie: token="), servedTo(nobody)},
			step{get("/x?access_token=", "Cookie: token="+ann), servedTo("ann")},
			step{get("/x?access_token=", "Cookie: token=", bearer(ann)), servedTo("ann")},
			step{get("/x", "Authorization:", "X-Token: "+ann), servedTo("ann")},
			step{get("/x", "Authorization: Bearer"), malformed},
			step{get("/x", "Cookie: token=; token="+ann), malformed}),
		row("query", "A query parameter, when it is set; twice is malformed.",
			one(chain(sourced(core.TokenSource{Query: "access_token"}))), good,
			step{get("/x?a=b&access_token=user%3aann"), servedTo("ann")},
			step{get("/x?a=b"), anonymous},
			step{get("/x?access_token=" + ann + "&access_token=" + ann), malformed},
			step{get("/x?access_token=%zz"), malformed}),
		row("two-places", "A token in two places is malformed, the same or not.",
			one(chain(sourced(core.TokenSource{Cookie: "token", Query: "access_token"}))), good,
			step{get("/x", bearer(ann), "Cookie: token="+ann), malformed},
			step{get("/x?access_token="+ann, bearer("user:bob")), malformed},
			step{get("/x?access_token="+ann, "Cookie: token="+ann), malformed}),
		row("names-have-no-case", "A header name is read without case; the fields that frame a message are not read.",
			one(chain(core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, q core.Request, _ core.Response) error {
				for _, framing := range []string{"Host", "content-length", "Transfer-Encoding", "Trailer"} {
					if _, n := q.Header(framing); n != 0 {
						return errSecret
					}
				}
				if user, n := q.Header("x-uSER"); n == 1 {
					return sc.SetAuth(named(user))
				}
				return nil
			}))), step{get("/x", "x-user: ann"), servedTo("ann")}, step{get("/x", "X-USER: ann"), servedTo("ann")},
			step{get("/x", "X-User: ann", "x-user: eve"), anonymous}, step{get("/x"), anonymous}),
		row("eight-kilobytes", "A token of 8 KiB works on every framework.", one(chain(tokens)),
			step{get("/x", bearer("user:"+strings.Repeat("a", 8187))), servedTo(strings.Repeat("a", 8187))},
			step{get("/x", bearer("bad:"+strings.Repeat("a", 8187))), invalidToken}),
		unparsableCase(),
	}
}
