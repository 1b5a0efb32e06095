package conformance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// tokenCases send real tokens to a real provider.
func tokenCases() []Case {
	return []Case{{
		Name: "tokens/attacks", Page: pagePromises,
		Rule: "A token is accepted only before it expires, for a configured audience, from a configured issuer, and with a " +
			"valid signature by a key that is bound to the token's algorithm.",
		Why: "Each of these tokens has opened some library in the past, and attackers try them all with a " +
			"script.", needs: ownProvider,
		app: attackedApp, try: tryAttacks,
	}, {
		Name: "tokens/hostile", Page: "coretest.Issuer.Hostile",
		Rule: "Hostile yields bad tokens with their names, for tests of a service that trusts this issuer's Microkubes " +
			"tokens: the service must refuse each with 401.",
		Why: "Whoever can make a token that passes is any user, the administrator too. One that never ends or was " +
			"meant for others is a login for whoever finds it.", needs: protectedPath,
		app: func(w *witness) App {
			config := jwt.Config{Issuers: []string{testIssuer().Name}, AnyAudience: true}
			return one(chain(jwt.New(testIssuer().Keys(), config)))(w)
		},
		try: tryHostile,
	}}
}

func carrying(token, name string) request {
	return request{method: "GET", target: "/x", headers: []string{bearer(token)}, token: name}
}

// leftOpen has the tokens that the standards allow a service to accept, each with the reason.
var leftOpen = map[string]string{
	"expired":             "the clocks may differ, usually by no more than a few minutes (RFC 7519, section 4.1.4)",
	"expires as a text":   "a NumericDate is a number (RFC 7519, section 2), but nothing says what a service does with a text",
	"bound to a key":      "a service that does not know DPoP ignores cnf (RFC 9449, section 7.2)",
	"user as a number":    "userId is a claim of Microkubes",
	"subject as a number": "sub is a text (RFC 7519, section 4.1.2), but its use is optional",
	"unencoded payload":   "a service that does not know b64 ignores it without crit (RFC 7797, section 6)",
	"unknown kid":         "kid is a hint (RFC 7515, section 4.1.4)",
	"kid as a path":       "kid is a hint (RFC 7515, section 4.1.4)",
	"kid as a number":     "kid is a hint (RFC 7515, section 4.1.4)",
	"compressed":          "zip has no meaning in a JWS (RFC 7515, section 4)",
	"another type":        "typ is for applications that mix kinds of tokens (RFC 8725, section 3.11)",
	"duplicate claim":     "a parser may use the last of two members (RFC 7519, section 4)",
	"invalid UTF-8":       "a parser may accept it (RFC 8259, section 9)",
	"padded":              "the padding changes no byte of the signature",
}

func tryHostile(w *witness) error {
	good, bad := w.at.hostile()
	errs := []error{w.expect(step{carrying(good, "good"), servedTo("ann")})}
	for name, token := range bad {
		want := invalidToken
		want.server = len(token) > 4096 // longer than a field that some servers accept
		want.choice = leftOpen[name]
		if err := w.expect(step{carrying(token, name), want}); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// attackedApp returns an app that verifies the tokens of coretest.Attacks and logs to the witness.
func attackedApp(w *witness) App {
	attacks := coretest.Attacks()
	config := oauth2.AccessTokens(attacks.Issuer, attacks.Audience)
	config.Algorithms = attacks.Algorithms
	config.Now = func() time.Time { return attacks.Now }
	c := chain(oauth2.New(attacks.Keys, config)).
		WithLogger(slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	handle := func(ctx context.Context, _ func(string) string) Reply {
		auth, _ := core.AuthFrom(ctx)
		w.saw(auth.Subject())
		return Reply{Status: 200, Body: "served"}
	}
	return App{Routes: []Route{{Method: "GET", Path: "/canary-in-path", Chain: c, Handle: handle}}}
}

var errorCode = regexp.MustCompile(`error="([^"]*)"`)

func tryAttacks(w *witness) error {
	var errs []error
	answers := map[string]int{}
	refused := 0
	for _, a := range coretest.Attacks().Tokens {
		w.take()
		if strings.HasSuffix(a.Token, "\r\n") {
			continue // on the wire the line break ends the field, and the text before it is another token
		}
		before := w.log.lines()
		got, err := w.once(get("/canary-in-path", bearer(a.Token), "X-Canary: canary-in-header"))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s (%s): %w", a.ID, a.Comment, err))
			continue
		}
		own := got.header.Get("Cache-Control") != "no-store" && got.status != 200 // refused by the server
		code := errorCode.FindStringSubmatch(got.header.Get("Www-Authenticate"))
		switch runs := w.take(); {
		case !slices.Contains(a.Status, got.status):
			errs = append(errs, fmt.Errorf("%s (%s): got %s, want one of %v", a.ID, a.Comment, got, a.Status))
		case len(runs) > 0 != (got.status == 200):
			errs = append(errs, fmt.Errorf("%s (%s): the status is %d, but the handler ran for %v",
				a.ID, a.Comment, got.status, runs))
		case a.Error != "" && !own && (code == nil || code[1] != a.Error):
			errs = append(errs, fmt.Errorf("%s (%s): got %s, want error=%q in the challenge", a.ID, a.Comment, got, a.Error))
		case got.status != 200 && !own:
			refused++
			answers[got.String()]++
			if n := w.log.lines() - before; n != 1 {
				errs = append(errs, fmt.Errorf("%s (%s): got %d log records for one refusal, want 1", a.ID, a.Comment, n))
			}
		}
	}
	if len(answers) > 2 || refused < 90 { // 401 for tokens, 400 for texts that are not tokens
		errs = append(errs, fmt.Errorf("got %d refusals with %d different answers, want at least 90 with at most 2: %v",
			refused, len(answers), answers))
	}
	return errors.Join(append(errs, w.leaks())...)
}

// leaks returns an error if the log holds a part of a request: a token, a key id, a claim or a path.
func (w *witness) leaks() error {
	log := w.log.String()
	canaries := []string{"canary", "eyJ", "rsa-1", "weak-1024", "user-1", "client-1", "etc/passwd", "issuer.example", "BEGIN"}
	for _, canary := range canaries {
		if strings.Contains(log, canary) {
			return fmt.Errorf("the log has %q, a part of a request", canary)
		}
	}
	return nil
}
