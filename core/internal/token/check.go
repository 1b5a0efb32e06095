package token

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/keys"
)

// faults collects the errors in a configuration, so that all of them are returned at once.
type faults struct{ errs []error }

func (f *faults) add(format string, args ...any) {
	f.errs = append(f.errs, fmt.Errorf(format, args...))
}

// check returns the errors of a configuration that accepts more than its author can have meant, or that refuses every token.
func check(store keys.Store, policy *Policy, profile *Profile) []error {
	f := &faults{}
	f.checkStore(store, policy)
	f.checkIssuers(policy)
	f.checkAudiences(policy)
	for _, a := range policy.Algorithms {
		if !jws.Supported(a) {
			f.add("Config.Algorithms has %q, which is not a supported signature algorithm", a)
		}
	}
	for _, t := range policy.Types {
		f.checkText("Config.Types", t)
	}
	f.checkClaims(policy)
	for _, s := range profile.Scopes {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			f.add("Config.Scopes has %q: a scope is one word without quotes (RFC 6749, section 3.3); list each separately", s)
		}
	}
	if policy.Leeway < 0 || policy.Leeway > maxLeeway {
		f.add("Config.Leeway is %v: it must be from 0 to %v", policy.Leeway, maxLeeway)
	}
	if policy.MaxSize < 0 {
		f.add("Config.MaxSize is negative")
	}
	if err := policy.Source.Validate(); err != nil {
		f.add("Config.Source: %w", err)
	}
	return f.errs
}

func (f *faults) checkStore(store keys.Store, policy *Policy) {
	if v := reflect.ValueOf(store); store == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		f.add("the key store is nil: make one with keys.Dir, keys.Discover, keys.Remote or keys.Static, and check its error")
		return
	}
	if allowed := policy.withDefaults(new(Profile)).Algorithms; !fits(store, allowed) {
		f.add("the key store has no key for %s: every token would be refused; allow the algorithms of the keys in "+
			"Config.Algorithms, or add keys to the store", strings.Join(allowed, ", "))
	}
}

func (f *faults) checkIssuers(policy *Policy) {
	switch {
	case len(policy.Issuers) == 0 && !policy.AnyIssuer:
		f.add("Config.Issuers is empty: name the issuers, or set AnyIssuer")
	case len(policy.Issuers) > 0 && policy.AnyIssuer:
		f.add("Config.AnyIssuer and Config.Issuers contradict each other: remove one of them")
	}
	for _, issuer := range policy.Issuers {
		switch {
		case issuer == "":
			f.add("Config.Issuers has an empty issuer")
		case len(issuer) > maxIssuer:
			f.add("Config.Issuers has an issuer of more than %d bytes, which no token can match", maxIssuer)
		default:
			f.checkText("Config.Issuers", issuer)
		}
	}
}

func (f *faults) checkAudiences(policy *Policy) {
	switch {
	case len(policy.Audiences) == 0 && !policy.AnyAudience:
		f.add("Config.Audiences is empty: name this service's audience, or set AnyAudience")
	case len(policy.Audiences) > 0 && policy.AnyAudience:
		f.add("Config.AnyAudience and Config.Audiences contradict each other: remove one of them")
	}
	for _, audience := range policy.Audiences {
		if audience == "" {
			f.add("Config.Audiences has an empty audience: name this service's audience, or set AnyAudience")
		}
		f.checkText("Config.Audiences", audience)
	}
}

// checkText finds white space and control characters, which files and variables often add to a value. No issuer writes them into
// a token, so such a value never matches.
func (f *faults) checkText(field, text string) {
	if strings.TrimSpace(text) != text || strings.ContainsFunc(text, unicode.IsControl) || !utf8.ValidString(text) {
		f.add("%s has %q: remove surrounding white space, line breaks and control characters", field, text)
	}
}

// fits reports whether the store may have a key for one of the algorithms. It returns true for a store that cannot list its
// algorithms.
func fits(store keys.Store, algorithms []string) bool {
	s, ok := store.(interface{ Algorithms() []string })
	return !ok || slices.ContainsFunc(s.Algorithms(), func(a string) bool { return slices.Contains(algorithms, a) })
}
