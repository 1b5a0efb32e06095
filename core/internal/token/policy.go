// Package token verifies signed JSON Web Tokens and authenticates requests by them. The packages jwt and oauth2 are two
// policies over it: what a good token is differs, how it is checked does not.
package token

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Policy says which tokens are good. Its fields are those of jwt.Config, which documents them.
type Policy struct {
	Issuers     []string
	AnyIssuer   bool
	Audience    string
	AnyAudience bool
	Algorithms  []string
	Types       []string
	Leeway      time.Duration
	MaxSize     int
	CacheSize   int
	Source      core.TokenSource
	Revoked     func(ctx context.Context, auth *core.Auth) (bool, error)
	Now         func() time.Time
}

// Profile is what a kind of token asks beyond a Policy.
type Profile struct {
	Name            string   // of the package, for messages and logs
	Required        []string // claims that must be there and not be empty
	Scopes          []string // that each token must have
	Standard        bool     // `sub` is the user, `scope` one text with spaces (RFC 8693, section 4.2), and lists are arrays
	SubjectIsClient bool     // `sub` is the client, as Microkubes' authorization-server writes it
}

const (
	defaultMaxSize   = 8 << 10
	defaultCacheSize = 4096
	maxLeeway        = time.Minute
)

var defaultAlgorithms = []string{
	"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512",
}

// check finds what would make the verifier accept more than its author meant.
func (c *Policy) check(name string, store keys.Store) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(name+": "+format, args...)) }
	if v := reflect.ValueOf(store); store == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		bad("the key store is nil: make one with keys.Dir or keys.Static")
	}
	switch {
	case len(c.Issuers) == 0 && !c.AnyIssuer:
		bad("Config.Issuers is empty: name the issuers, or set AnyIssuer")
	case len(c.Issuers) > 0 && c.AnyIssuer:
		bad("Config.AnyIssuer waives what Config.Issuers asks: take one of them away")
	case slices.Contains(c.Issuers, ""):
		bad("Config.Issuers has an empty issuer")
	case slices.ContainsFunc(c.Issuers, func(issuer string) bool { return len(issuer) > longestIssuer }):
		bad("Config.Issuers has an issuer of more than %d bytes, which is not looked for in tokens", longestIssuer)
	}
	switch {
	case c.Audience == "" && !c.AnyAudience:
		bad("Config.Audience is empty: name this service's audience, or set AnyAudience")
	case c.Audience != "" && c.AnyAudience:
		bad("Config.AnyAudience waives what Config.Audience asks: take one of them away")
	}
	for _, a := range c.Algorithms {
		if !jws.Supported(a) {
			bad("Config.Algorithms has %q, which is no signature that can be verified here", a)
		}
	}
	if c.Leeway < 0 || c.Leeway > maxLeeway {
		bad("Config.Leeway is %v: it must be from 0 to %v", c.Leeway, maxLeeway)
	}
	if c.MaxSize < 0 {
		bad("Config.MaxSize is negative")
	}
	return errors.Join(errs...)
}

// withDefaults is a copy that shares nothing with the caller's.
func (c Policy) withDefaults() Policy {
	c.Issuers, c.Types, c.Algorithms = slices.Clone(c.Issuers), slices.Clone(c.Types), slices.Clone(c.Algorithms)
	if len(c.Algorithms) == 0 {
		c.Algorithms = slices.Clone(defaultAlgorithms)
	}
	if slices.Contains(c.Algorithms, "EdDSA") {
		c.Algorithms = append(c.Algorithms, "Ed25519") // the name of EdDSA with this curve (RFC 9864, section 2.2)
	}
	if len(c.Types) == 0 {
		c.Types = []string{"JWT", ""}
	}
	for i, t := range c.Types {
		c.Types[i] = jws.MediaType(t)
	}
	if c.MaxSize == 0 {
		c.MaxSize = defaultMaxSize
	}
	if c.CacheSize == 0 {
		c.CacheSize = defaultCacheSize
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
