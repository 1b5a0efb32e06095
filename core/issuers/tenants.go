package issuers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/seal"
	"github.com/microkubes/microkubes-go/core/internal/token"
)

// ErrUnknown is what the function of [Resolve] returns for an issuer that is not one of its tenants.
var ErrUnknown = errors.New("issuers: no such issuer")

// Config has the limits of [Resolve]. Its zero value is a good one.
type Config struct {
	// Source is where the token is found. The providers that the function returns must have the same Source.
	Source core.TokenSource
	// MaxSize is the length of the longest token that is looked at, in bytes. Zero: 8192. A provider that the function returns
	// may have a smaller limit.
	MaxSize int
	// CacheSize is how many verified tokens of all tenants are kept at most, as in jwt.Config. Zero: 16,384; a negative number:
	// none. Of the providers that the function returns only the sign of CacheSize counts: a negative one keeps that tenant's
	// tokens out.
	CacheSize int

	// Tenants is how many tenants that have verified a token are kept at most. Zero: 1000. When there are more, the one whose
	// last good token is the oldest leaves.
	Tenants int
	// Calls is how many calls of the function may begin per second, on average; in a burst there may be twice as many. Zero: 10.
	// More issuers than that get 503 with Retry-After, which tenants that are known never do. Issuers that come again go before
	// issuers that come for the first time. So a new tenant gets its turn when its client comes again after Retry-After, even
	// while others send tokens of ever new issuers that they have made up. It has no such precedence over made-up issuers that
	// come again, too.
	Calls int
	// CoolDown is for how long an issuer is not asked about again after the function has returned an error: ErrUnknown is 401 for
	// that time, any other error 503 with the rest of it as Retry-After. It is also how long a new tenant may take to verify its
	// first token before it leaves. Zero: 10 seconds.
	CoolDown time.Duration
	// Timeout is for how long a call may take: its context ends then, and requests that wait for it get 503. Zero: 10 seconds.
	Timeout time.Duration
}

func (c Config) withDefaults() Config {
	for _, field := range []struct {
		value *int
		zero  int
	}{{&c.MaxSize, 8 << 10}, {&c.CacheSize, 16 << 10}, {&c.Tenants, 1000}, {&c.Calls, 10}} {
		if *field.value == 0 {
			*field.value = field.zero
		}
	}
	if c.CoolDown == 0 {
		c.CoolDown = 10 * time.Second
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	return c
}

func (c *Config) validate() error {
	var errs []error
	for name, value := range map[string]int64{
		"Config.MaxSize": int64(c.MaxSize), "Config.Tenants": int64(c.Tenants), "Config.Calls": int64(c.Calls),
		"Config.CoolDown": int64(c.CoolDown), "Config.Timeout": int64(c.Timeout),
	} {
		if value < 0 {
			errs = append(errs, fmt.Errorf("%s is negative", name))
		}
	}
	if err := c.Source.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("Config.Source: %w", err))
	}
	return errors.Join(errs...)
}

// Tenants is a provider of issuers that are found while the service runs. Make it with [Resolve]. It is a [core.Authenticator] and
// safe for concurrent use.
type Tenants struct {
	directory *directory
	router    *token.Router
	owns      []core.Ownership
	err       error
}

var (
	_ core.Authenticator = (*Tenants)(nil)
	_ seal.Sealed        = (*Tenants)(nil)
	_ io.Closer          = (*Tenants)(nil)
)

// anyOther is the issuer of a Tenants in a [core.Ownership]. A Tenants owns the tokens of issuers that no other provider has, so
// it overlaps with a provider of any issuer and with another Tenants. No Config can name an issuer that begins with a space.
const anyOther = " any other"

// Resolve returns a provider that calls resolve for an issuer that it does not know, and keeps the provider that resolve returns:
// one of jwt.New or oauth2.New for that issuer, or one of [New] with several of them. The io.Closer, usually its key store, is
// closed when the tenant leaves; it is nil if nothing is to be closed, as for a store that tenants share. Requests that have begun
// go on with the tenant meanwhile.
//
// The issuer comes from a token that is not verified: its sender may have written anything. Compare it with a list, or with a
// prefix that ends in a slash, before you connect to it, and return [ErrUnknown] for any other. It has at most 256 bytes, is valid
// UTF-8, and has neither control characters nor white space around it.
//
// There is one call at a time for an issuer. Its context is that of no request, and ends after Config.Timeout. Requests wait for
// it as long as their own contexts last. If resolve panics, or returns a provider that does not fit, such as one of another
// issuer, the requests of the issuer get 500 until the cool-down ends.
//
// Open a keys.RemoteConfig with Required set: without it, an issuer that does not exist is a tenant without keys, and its server
// is asked again and again until the cool-down ends.
//
// In a chain put Tenants behind the other providers, so that resolve is not called for their issuers.
func Resolve(
	resolve func(ctx context.Context, issuer string) (core.Authenticator, io.Closer, error), config Config,
) *Tenants {
	t := &Tenants{err: config.validate()}
	if resolve == nil {
		t.err = errors.Join(errors.New("the function of Resolve is nil"), t.err)
	}
	if t.err != nil {
		return t
	}
	config = config.withDefaults()
	for _, place := range config.Source.Places() {
		t.owns = append(t.owns, core.Ownership{Source: place, Form: "jws", Issuer: anyOther})
	}
	t.directory = newDirectory(resolve, config)
	t.router = token.NewRouterOf(token.RouterConfig{
		Name: name, Source: config.Source, MaxSize: config.MaxSize, CacheSize: config.CacheSize, Issuers: t.directory,
	})
	return t
}

// Name returns "issuers".
func (t *Tenants) Name() string { return name }

// Validate returns what is wrong with the Config, for [core.NewSecurityChain].
func (t *Tenants) Validate() error { return t.err }

// Owns implements [core.Authenticator].
func (t *Tenants) Owns() []core.Ownership { return t.owns }

// Seal tells package core that t does not change a request.
func (t *Tenants) Seal() seal.Seal { return seal.Of(t) }

// Provide implements [core.Provider].
func (t *Tenants) Provide(ctx context.Context, sc core.SecurityContext, req core.Request, res core.Response) error {
	if t.err != nil { // used without a chain
		return t.err
	}
	return t.router.Provide(ctx, sc, req, res)
}

// Close ends calls in progress and waits for them, and closes what the tenants have. Requests with tokens get 503 from then on.
// Close may be called more than once.
func (t *Tenants) Close() error {
	if t.directory == nil {
		return nil
	}
	return t.directory.close()
}
