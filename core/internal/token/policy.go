// Package token verifies signed JSON Web Tokens and authenticates requests by them. The packages jwt and oauth2 are two
// policies over it: what a good token is differs, how it is checked does not.
package token

import (
	"context"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/jws"
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
