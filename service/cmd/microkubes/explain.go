package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/config"
)

// fetching is how long the command waits for the keys of OpenID providers.
const fetching = 10 * time.Second

// explain decides on the request and prints why. The error is that of the configuration.
func (q *question) explain(ctx context.Context, stdout, stderr io.Writer) (verdict, error) {
	settings, err := config.Read(q.environ)
	if err != nil {
		return verdict{}, err
	}
	for _, warning := range settings.Warnings() {
		fmt.Fprintf(stderr, "warning: %s\n", warning)
	}
	options := config.Options{Logger: slog.New(slog.DiscardHandler)}
	if !q.at.IsZero() {
		options.Now = func() time.Time { return q.at }
	}
	opening, cancel := context.WithTimeout(ctx, fetching)
	defer cancel()
	security, err := settings.Open(opening, options)
	if err != nil {
		return verdict{}, err
	}
	defer func() { _ = security.Close() }()
	answer, err := q.decide(ctx, security)
	if err == nil && answer.Status != 0 {
		answer.other, err = q.spelledOtherwise(ctx, security)
	}
	if err == nil {
		q.print(stdout, answer, security)
	}
	return answer.verdict, err
}

// answer is the decision on the request, and how it came about.
type answer struct {
	verdict
	taker    verdict       // of the providers that authenticate alone
	decision *acl.Decision // nil: the policies are not asked
	other    string        // another spelling of the request, which is allowed
}

// decide asks the chain, and its parts.
func (q *question) decide(ctx context.Context, security *config.Security) (a answer, err error) {
	providers := security.Providers()
	if q.byOwner { // the service asks the policies itself
		providers = slices.DeleteFunc(providers, func(p core.Provider) bool { return p == core.Provider(security.Policies()) })
	}
	if a.verdict, err = q.ask(ctx, providers); err != nil {
		return a, err
	}
	authenticators := slices.DeleteFunc(security.Providers(), func(p core.Provider) bool {
		_, is := p.(core.Authenticator)
		return !is
	})
	if len(authenticators) > 0 {
		if a.taker, err = q.ask(ctx, authenticators); err != nil {
			return a, err
		}
	}
	policies := security.Policies()
	if policies == nil || a.auth == nil {
		return a, nil
	}
	decision := policies.Explain(a.auth, acl.Query{Method: q.method, Path: q.path, Owner: q.owner})
	a.decision = &decision
	if q.byOwner && a.Status == 0 && !decision.Allowed {
		a.Provider, a.Reason, a.Policy, a.Status = "acl", decision.Reason, decision.Policy, http.StatusForbidden
	}
	return a, nil
}

// spelledOtherwise returns a request that is allowed, and differs from q by the case of its method, a slash at the end of its
// path or the case of its path. It returns "" if there is none.
func (q *question) spelledOtherwise(ctx context.Context, security *config.Security) (string, error) {
	slash := q.path + "/"
	if trimmed, found := strings.CutSuffix(q.path, "/"); found {
		slash = trimmed
	}
	method := strings.ToUpper(q.method)
	for _, path := range []string{q.path, slash, strings.ToLower(q.path), strings.ToLower(slash)} {
		other := *q
		if other.method, other.path = method, path; path == "" || other.method == q.method && path == q.path {
			continue
		}
		a, err := other.decide(ctx, security)
		if err != nil || a.Status == 0 {
			return method + " " + path, err
		}
	}
	return "", nil
}

// ask runs a chain of the providers on the request.
func (q *question) ask(ctx context.Context, providers []core.Provider) (v verdict, err error) {
	chain, err := core.NewSecurityChain(providers...)
	if err != nil {
		return v, err
	}
	chain.WithLogger(slog.New(slog.DiscardHandler)).WithObserver(&v).Guard(ctx, request{q}, response{})
	return v, nil
}

// print writes the answer for an operator.
func (q *question) print(out io.Writer, a answer, security *config.Security) {
	fmt.Fprintf(out, "request   %s %s\n", q.method, q.path)
	if !q.at.IsZero() {
		fmt.Fprintf(out, "time      %s, as -at says\n", q.at.Format(time.RFC3339))
	}
	fmt.Fprintf(out, "token     %s\n", q.aboutToken(a))
	if a.auth != nil {
		q.printIdentity(out, a)
	}
	if q.byOwner {
		fmt.Fprintf(out, "owner     %q, as a service passes it to Policies.Allows; the chain does not know it\n", q.owner)
	}
	switch {
	case a.decision != nil:
		fmt.Fprintf(out, "policies  %s", strings.ReplaceAll(a.decision.String(), "\n  ", "\n            "))
		printRequirements(out, a.decision)
	case security.Policies() != nil:
		fmt.Fprintln(out, "policies  not asked: there is no identity")
	default:
		fmt.Fprintln(out, "policies  none")
	}
	if a.Status == 0 {
		fmt.Fprintln(out, "answer    allowed, unless the route itself requires more, such as a role")
		return
	}
	fmt.Fprintf(out, "answer    %d %s (%s by %s)\n", a.Status, http.StatusText(a.Status), a.Reason, a.Provider)
	if a.other != "" {
		fmt.Fprintf(out, "          %s is allowed: a method and a path are compared as they are sent\n", a.other)
	}
}

// aboutToken says which provider has taken the token, or why none has.
func (q *question) aboutToken(a answer) string {
	switch {
	case a.Status == 0 && a.auth == nil:
		return "not needed: " + a.Provider + " lets the request pass"
	case q.token == "":
		return "none"
	case a.auth != nil:
		return "accepted by " + a.taker.Provider
	case a.taker.NotMine != "":
		return "belongs to no provider: " + a.taker.NotMine
	case a.taker.Provider == "chain":
		return "not read"
	}
	says := "refused by "
	if a.taker.Status >= http.StatusInternalServerError {
		says = "cannot be checked by "
	}
	says += a.taker.Provider + ": " + string(a.taker.Reason)
	if a.taker.Claim != "" {
		says += ", the claim " + a.taker.Claim
	}
	if a.taker.Hint != "" {
		says += ": " + a.taker.Hint
	}
	return says
}

func (q *question) printIdentity(out io.Writer, a answer) {
	name, value := "username", a.auth.Username()
	if value == "" {
		name, value = "subject", a.auth.Subject()
	}
	fmt.Fprintf(out, "identity  %s %q\n", name, value)
	lists := []struct {
		name   string
		values []string
		shown  bool
	}{
		{"roles", a.auth.Roles(), true},
		{"scopes", a.auth.Scopes(), true},
		{"organizations", a.auth.Organizations(), requires(a.decision, "organizations")},
		{"namespaces", a.auth.Namespaces(), requires(a.decision, "namespaces")},
	}
	for _, l := range lists {
		if l.shown {
			fmt.Fprintf(out, "          %s %s\n", l.name, quoted(l.values))
		}
	}
}

func quoted(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	var all []string
	for _, v := range values {
		all = append(all, fmt.Sprintf("%q", v))
	}
	return strings.Join(all, ", ")
}

// requires reports whether a policy for the path reads an attribute of the caller.
func requires(d *acl.Decision, attribute string) bool {
	return d != nil && slices.ContainsFunc(d.Policies, func(c acl.Considered) bool {
		return slices.Contains(c.Requires, attribute) || slices.Contains(c.Requires, "conditions."+attribute)
	})
}

// printRequirements writes what the policy that decided requires of the caller.
func printRequirements(out io.Writer, d *acl.Decision) {
	for _, p := range d.Policies {
		if p.ID == d.Policy && len(p.Requires) > 0 {
			fmt.Fprintf(out, "          %s requires %s\n", p.ID, strings.Join(p.Requires, ", "))
		}
	}
}
