package conformance

import (
	"context"
	"net/http"

	"github.com/microkubes/microkubes-go/core"
)

// hostCase has Host fields that are valid, and some that servers read in different ways. A server may refuse the latter itself.
func hostCase() Case {
	sees := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, q core.Request, _ core.Response) error {
		if want, n := q.Header("X-Host"); n == 1 && q.Host() != want {
			return errSecret
		}
		return nil
	})
	ann := bearer("user:ann")
	at := func(host, target string, headers ...string) request {
		return request{method: http.MethodGet, target: target, host: host, headers: append(headers, ann)}
	}
	return Case{
		Name: "requests/host", Page: "core.Request.Host",
		Rule: "Host returns the host that the request is for (RFC 9110, section 7.2), as it was sent, with the port if " +
			"one was sent.",
		Why: "A rule for one host is passed by naming another one, and links in mails lead to the attacker's " +
			"site.", needs: ownProvider,
		app: one(chain(sees, tokens)),
		try: steps(
			step{at("suite.test", "/x", "X-Host: suite.test"), servedTo("ann")},
			step{at("suite.test", "/x", "X-Host: other.test"), internal},
			step{at("suite.test:8080", "/x", "X-Host: suite.test:8080"), servedTo("ann")},
			step{at("Suite.Test:80", "/x", "X-Host: Suite.Test:80"), servedTo("ann")},
			step{at("[::1]:80", "/x", "X-Host: [::1]:80"), servedTo("ann")},
			step{at("suite.test", "http://Other.Test:81/x", "X-Host: Other.Test:81"), servedTo("ann")},
			step{at("suite.test", "/x", "Host: other.test"), malformed.orServer()},
			step{at("suite.test", "/x", "Host: suite.test"), malformed.orServer()},
			step{at("suite.test@other.test", "/x"), malformed.orServer()},
			step{at("suite.test/x", "/x"), malformed.orServer()},
			step{at("\xc3\xa4.test", "/x"), malformed.orServer()},
			step{at(noHost, "/x"), malformed.orServer()},
			step{at(noHost, "http://suite.test/x"), malformed.orServer()},
		),
	}
}
