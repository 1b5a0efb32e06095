package jwt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Config says which tokens are good. Its zero value is an error: name the issuers and the audience, or waive a check
// by name. A preset fills it for Microkubes.
type Config struct {
	// Issuers are the good values of `iss`, compared exactly (RFC 7519, section 4.1.1). They share the one key
	// store: for issuers that must not sign for each other make a provider of each, with its own store.
	Issuers []string
	// AnyIssuer waives the check of `iss`.
	AnyIssuer bool
	// Audience must be `aud`, or one of its values (RFC 7519, section 4.1.3).
	Audience string
	// AnyAudience waives the check of `aud`: a token for any other service is then good here, too.
	AnyAudience bool

	// Algorithms are those allowed (RFC 8725, section 3.1). Empty: RS, ES and EdDSA, and HS where the store holds
	// secrets for it. PS256, PS384 and PS512 are on the list when you name them.
	Algorithms []string
	// Types are the good values of `typ` (RFC 8725, section 3.11), compared without case and without a leading
	// "application/". Empty: JWT, or none.
	Types []string
	// Leeway is added to the times in `exp` and `nbf`, at most one minute.
	Leeway time.Duration
	// MaxSize is the longest token that is looked at, in bytes. Zero: 8192.
	MaxSize int
	// Source is where the token is found. The zero value is the Authorization header.
	Source core.TokenSource
	// Revoked is asked of every good token, on every request. An error of it is 503, never a yes.
	Revoked func(ctx context.Context, auth *core.Auth) (bool, error)
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Microkubes is the Config for the tokens of Microkubes' jwt-issuer: RS256, RS384 or RS512, no `kid`, and no audience,
// which is waived by name here.
func Microkubes(issuer string) Config {
	return Config{
		Issuers:     []string{issuer},
		AnyAudience: true,
		Algorithms:  []string{"RS256", "RS384", "RS512"},
	}
}

const (
	defaultMaxSize = 8 << 10
	maxLeeway      = time.Minute
)

var defaultAlgorithms = []string{
	"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512",
}

// check finds what would make the verifier accept more than its author meant.
func (c *Config) check(store keys.Store) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("jwt: "+format, args...)) }
	if store == nil {
		bad("the key store is nil: make one with keys.Dir or keys.Static")
	}
	switch {
	case len(c.Issuers) == 0 && !c.AnyIssuer:
		bad("Config.Issuers is empty: name the issuers, or set AnyIssuer")
	case len(c.Issuers) > 0 && c.AnyIssuer:
		bad("Config.AnyIssuer waives what Config.Issuers asks: take one of them away")
	case slices.Contains(c.Issuers, ""):
		bad("Config.Issuers has an empty issuer")
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
func (c Config) withDefaults() Config {
	c.Issuers, c.Types, c.Algorithms = slices.Clone(c.Issuers), slices.Clone(c.Types), slices.Clone(c.Algorithms)
	if len(c.Algorithms) == 0 {
		c.Algorithms = defaultAlgorithms
	}
	if len(c.Types) == 0 {
		c.Types = []string{"JWT", ""}
	}
	for i, t := range c.Types {
		c.Types[i] = mediaType(t)
	}
	if c.MaxSize == 0 {
		c.MaxSize = defaultMaxSize
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
