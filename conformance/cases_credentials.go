package conformance

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// sourced returns the suite's provider with another source of tokens.
func sourced(source core.TokenSource) core.Provider {
	return core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, q core.Request, _ core.Response) error {
		token, err := source.Token(q)
		if err != nil || token == "" {
			return err
		}
		return decide(token, sc)
	})
}

// credentialCases are about the ways in which a token is sent.
func credentialCases() []Case {
	return slices.Concat(authorizationCases(), unusualFieldCases(), cookieCases(), sourceCases(), placeCases())
}

// authorizationCases are about the Authorization field.
func authorizationCases() []Case {
	const ann = "user:ann"
	good := step{get("/x", bearer(ann)), servedTo("ann")}
	return []Case{
		row("credentials/scheme-has-no-case", pageContract,
			"The scheme is compared without case (RFC 9110, section 11.1).",
			"Client libraries write the scheme in small letters, too. Their users are locked out although their "+
				"tokens are good.", protectedPath,
			one(chain(tokens)), good,
			step{get("/x", "Authorization: bearer "+ann), servedTo("ann")},
			step{get("/x", "Authorization: BEARER "+ann), servedTo("ann")},
			step{get("/x", "authorization: Bearer "+ann), servedTo("ann")}),
		row("credentials/scheme-without-one-token", pageContract,
			"The scheme without exactly one space and one token behind it is malformed.",
			"What one program reads as an empty token, another reads as two: they must not disagree on who the "+
				"user is.", protectedPath,
			one(chain(core.Optional(), tokens)), good,
			step{get("/x", "Authorization: Bearer"), malformed},
			step{get("/x", "Authorization: Bearer "), malformed},
			step{get("/x", "Authorization: Bearer  "+ann), malformed},
			step{get("/x", "Authorization: Bearer\t"+ann), malformed},
			step{get("/x", "Authorization: BearerA"), malformed},
			step{get("/x", "Authorization: Bearer "+ann+", Bearer "+ann), malformed}),
		row("credentials/other-scheme", pageContract,
			"A field with another scheme belongs to another provider, or to nobody.",
			"Passwords and fields for proxies are not tokens. A service that takes a token from them gets it "+
				"past the proxy that should have removed it.", protectedPath,
			one(chain(tokens)), good,
			step{get("/x", "Authorization: Basic YTpi"), anonymous},
			step{get("/x", "Authorization: Digest x"), anonymous},
			step{get("/x", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("bearer:"+ann))), anonymous},
			step{get("/x", "Proxy-Authorization: Bearer "+ann), anonymous},
			step{get("/x", "Proxy-Authorization: Bearer bad", bearer(ann)), servedTo("ann")},
			step{get("/x", "Authorization:"), anonymous}),
	}
}

// unusualFieldCases are about fields that servers and proxies read in different ways.
func unusualFieldCases() []Case {
	const ann = "user:ann"
	good := step{get("/x", bearer(ann)), servedTo("ann")}
	return []Case{
		row("credentials/folded", pageContract,
			"A folded field value is not one token.",
			"Programs join folded lines in different ways, so a proxy and the service see different tokens.", protectedPath,
			one(chain(tokens)), good,
			step{get("/x", "Authorization: Bearer user:a\r\n nn"), malformed.orServer()}),
		row("credentials/not-a-header", pageContract,
			"A field whose name only looks like that of a credential is not a credential.",
			"A proxy removes the exact field from outside requests. If a similar name works too, an outsider "+
				"writes the identity himself.", protectedPath,
			one(chain(tokens, apiKey)), good,
			step{get("/x", " Authorization: Bearer "+ann), anonymous.orServer()},
			step{get("/x", "Authorization : Bearer "+ann), malformed.orServer()}, // RFC 9112, section 5.1
			step{get("/x", "Authorization_: Bearer "+ann), anonymous},
			step{get("/x", "X_Api_Key: key-eve"), anonymous},
			step{get("/x", "X-Api_Key: key-eve", "XApiKey: key-eve"), anonymous},
			step{get("/x", "X-Forwarded-User: ann", "X-Consumer-Username: ann"), anonymous}),
		row("credentials/control-characters", pageContract,
			"A control character in the field never reaches a handler.",
			"A program that cuts the value at the control character judges another token than the one that is "+
				"logged and forwarded.", protectedPath,
			one(chain(tokens)), good,
			step{get("/x", "Authorization: Bearer user:a\x00nn"), invalidToken.orServer()},
			step{get("/x", "Authorization: Bearer user:a\rnn"), invalidToken.orServer()}),
		row("credentials/eight-kilobytes", pageContract,
			"A token of 8 KiB works on every framework.",
			"Tokens with many groups are long. Their owners, often the administrators, are the ones who are "+
				"locked out.", identityEcho,
			one(chain(tokens)),
			step{get("/x", bearer("user:"+strings.Repeat("a", 8187))), servedTo(strings.Repeat("a", 8187))},
			step{get("/x", bearer("bad:"+strings.Repeat("a", 8187))), invalidToken}),
		unparsableCase(),
	}
}

// cookieCases are about tokens in cookies.
func cookieCases() []Case {
	const ann = "user:ann"
	good := step{get("/x", bearer(ann)), servedTo("ann")}
	return []Case{
		row("credentials/cookie", "core.Cookie",
			"Two cookies with that name are malformed, in one line or in two.",
			"An attacker on a neighbouring subdomain sets a second cookie, and his choice of user is the one "+
				"that counts.", ownProvider,
			one(chain(sourced(core.TokenSource{Cookie: "token"}))),
			good, step{get("/x", "Cookie: a=b; token="+ann+"; c=d"), servedTo("ann")},
			step{get("/x", "Cookie: a=b"), anonymous},
			step{get("/x", "Cookie: token="+ann+"; token="+ann), malformed}),
		row("credentials/cookie-lines", "core.Cookie",
			"Several Cookie lines form one list (RFC 9113, section 8.2.3) if the request implements FieldLines, and "+
				"are malformed if it does not.",
			"HTTP/2 splits cookies over several lines, so users with more than one cookie are locked out, or a "+
				"second token is overlooked.", ownProvider,
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
	}
}

// sourceCases are about the other places in which a token may be sent.
func sourceCases() []Case {
	const ann = "user:ann"
	good := step{get("/x", bearer(ann)), servedTo("ann")}
	return []Case{
		row("credentials/query-and-cookie-are-off", "core.TokenSource",
			"If Cookie or Query is set, the token may be there instead of in the header.",
			"Addresses are logged, bookmarked and sent to other sites as the referrer, with the token in them. "+
				"Browsers attach cookies to forged requests of other sites.", protectedPath,
			one(chain(tokens)), good,
			step{get("/x?access_token=" + ann), anonymous},
			step{get("/x", "Cookie: token="+ann), anonymous}),
		row("credentials/custom-header", pageContract,
			"A header of your own holds the token alone, unless it has a scheme, too.",
			"A token in the wrong place is served, so the proxy's rule for the right place can be passed.", ownProvider,
			one(chain(sourced(core.TokenSource{Header: "X-Token"}))),
			step{get("/x", "X-Token: "+ann), servedTo("ann")},
			step{get("/x", bearer(ann)), anonymous},
			step{get("/x", "X-Token: "+ann, "X-Token: "+ann), malformed},
			step{get("/x", "X-Token: a b"), malformed}),
		row("credentials/empty", pageContract,
			"An empty field, cookie or parameter counts as one that was not sent.",
			"Clients that clear a field by sending it empty are refused on pages that are open to guests.", ownProvider,
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
	}
}

// placeCases are about the query, and about tokens in several places.
func placeCases() []Case {
	const ann = "user:ann"
	good := step{get("/x", bearer(ann)), servedTo("ann")}
	return []Case{
		row("credentials/query", "core.QueryValue",
			"The error is an *Error with status 400 if two parameters have that name, or if the value has broken "+
				"percent-encoding.",
			"The first of two parameters is checked, and the second one is used.", ownProvider,
			one(chain(sourced(core.TokenSource{Query: "access_token"}))), good,
			step{get("/x?a=b&access_token=user%3aann"), servedTo("ann")},
			step{get("/x?a=b"), anonymous},
			step{get("/x?access_token=" + ann + "&access_token=" + ann), malformed},
			step{get("/x?access_token=%zz"), malformed}),
		row("credentials/two-places", pageContract,
			"A token in two places is malformed, even if both are equal.",
			"A link with an attacker's token in it replaces the login of whoever follows it.", ownProvider,
			one(chain(sourced(core.TokenSource{Cookie: "token", Query: "access_token"}))), good,
			step{get("/x", bearer(ann), "Cookie: token="+ann), malformed},
			step{get("/x?access_token="+ann, bearer("user:bob")), malformed},
			step{get("/x?access_token="+ann, "Cookie: token="+ann), malformed}),
		row("credentials/names-have-no-case", "core.Request.Header",
			`The chain calls an adapter with the name in canonical form ("X-Api-Key"), whatever the provider wrote, `+
				"and never with the name of a field that frames a message (Host, Content-Length, Transfer-Encoding, "+
				"Trailer): servers treat those in ways of their own, so for providers their count is 0.",
			"HTTP/2 sends field names in small letters, so clients of HTTP/2 are locked out or a second field "+
				"is overlooked.", ownProvider,
			one(chain(core.ProviderFunc(namesItsUser))),
			step{get("/x", "x-user: ann"), servedTo("ann")}, step{get("/x", "X-USER: ann"), servedTo("ann")},
			step{get("/x", "X-User: ann", "x-user: eve"), anonymous}, step{get("/x"), anonymous}),
	}
}

// namesItsUser reads the user from a field of its own. It fails if it finds a field that frames the message.
func namesItsUser(_ context.Context, sc core.SecurityContext, q core.Request, _ core.Response) error {
	for _, framing := range []string{"Host", "content-length", "Transfer-Encoding", "Trailer"} {
		if _, n := q.Header(framing); n != 0 {
			return errSecret
		}
	}
	if user, n := q.Header("x-uSER"); n == 1 {
		return sc.SetAuth(named(user))
	}
	return nil
}
