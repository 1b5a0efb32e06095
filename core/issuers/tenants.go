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

// Config is the configuration of [Resolve]. The zero value of every field is safe.
type Config struct {
	// Source is where the token is found. The providers that the function returns must have the same Source.
	Source core.TokenSource
	// MaxSize is the length of the longest token that is looked at, in bytes. Zero: 8192. A provider that the function returns
	// may have a smaller limit.
	MaxSize int
	// CacheSize is the maximum number of verified tokens that are cached, of all tenants together. Zero: 16,384; a negative
	// number: none, and no signature is remembered. A tenant whose provider has a negative CacheSize does not use the cache, and
	// its signatures are not remembered. Other sizes of providers do not count.
	CacheSize int

	// Tenants is the maximum number of tenants that are kept. Zero: 1000. When there are more, the one that has gone longest
	// without a good token leaves. A tenant counts from the end of its cool-down, see CoolDown.
	Tenants int
	// Calls is the number of calls of the function that may begin per second on average. A burst may have twice as many. Zero:
	// 10. Unknown issuers beyond that get 503 with Retry-After; known tenants are not affected. An issuer that was refused and
	// comes again is served before issuers that come for the first time. So a new tenant is admitted when its client retries
	// after Retry-After, even while others send tokens with made-up issuers, unless these come again, too.
	Calls int
	// CoolDown is the time after a call in which there is no other call for that issuer. If the function has returned ErrUnknown,
	// the answer is 401 for that time; after any other error it is 503, with the rest of that time as Retry-After. A new tenant
	// that has no good token by the end of that time leaves. Zero: 10 seconds.
	CoolDown time.Duration
	// Timeout is the maximum time of a call. Then its context ends, and requests that wait for it get 503. Zero: 10 seconds.
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

// Tenants is a provider of issuers that are found while the service runs. [Resolve] makes it. It is a [core.Authenticator], and
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

// Resolve returns a provider that calls resolve for an issuer that it does not know, and keeps the provider that resolve
// returns. That is a provider that jwt.New, oauth2.New or oidc.New has made for the issuer, or one that [New] has made of several
// of them. The [io.Closer], usually the key store or the provider of oidc.New, is closed when the tenant leaves. It is nil if
// nothing is to be closed, such as a store that tenants share. Requests of the tenant that are in progress then are completed, so
// a closed store must still find its keys.
//
// The issuer comes from a token that is not verified yet, so its sender may have written anything. Compare it with a list, or
// with a prefix that ends in a slash, before you connect to it, and return [ErrUnknown] for any other. It has at most 256 bytes,
// is valid UTF-8, and has neither control characters nor white space around it. If the keys are fetched, set Required in
// keys.RemoteConfig: otherwise an issuer that does not exist becomes a tenant without keys, whose server is asked until the
// cool-down ends.
//
// There is one call at a time for an issuer. Its context is independent of requests, and ends after Config.Timeout. Requests wait
// for the call as long as their own contexts last. If resolve panics, or returns a provider that does not fit, such as one of
// another issuer, the requests of the issuer get 500 until the cool-down ends.
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
func (t *Tenants) Validate() error {
	if t.err == nil && t.router == nil {
		return errors.New("a zero value: make it with Resolve")
	}
	return t.err
}

// Owns implements [core.Authenticator].
func (t *Tenants) Owns() []core.Ownership { return t.owns }

// Seal tells package core that t does not change a request.
func (t *Tenants) Seal() seal.Seal { return seal.Of(t) }

// Provide implements [core.Provider].
func (t *Tenants) Provide(ctx context.Context, sc core.SecurityContext, req core.Request, res core.Response) error {
	if err := t.Validate(); err != nil { // used without a chain
		return err
	}
	return t.router.Provide(ctx, sc, req, res)
}

// Close ends calls in progress and waits for them, and closes what resolve has returned for closing. It returns the errors of the
// latter. Requests with tokens get 503 from then on. Close may be called more than once.
func (t *Tenants) Close() error {
	if t.directory == nil {
		return nil
	}
	return t.directory.close()
}
