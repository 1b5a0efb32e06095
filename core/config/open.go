package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// The issuers of Microkubes' servers, as their own configuration files name them.
const (
	jwtIssuer           = "Microkubes JWT Authority"
	authorizationServer = "Microkubes Authorization Server"
)

// Options is what a program adds to the file. The zero value of every field is safe.
type Options struct {
	Logger *slog.Logger     // of the chain, the keys and the policies; nil: slog.Default
	Client *http.Client     // fetches the keys of OpenID providers, such as one with a private CA; nil: the default
	Now    func() time.Time // the clock for the times in tokens and certificates; nil: time.Now
}

// Security is what [Config.Open] has opened. It is safe for concurrent use.
type Security struct {
	chain     *core.SecurityChain
	providers []core.Provider
	policies  *acl.Policies
	closers   []io.Closer
}

// ErrNoSecurity is the error of Open for a file without a section security that says who may call the service.
var ErrNoSecurity = errors.New("config: the file has no section security for calls of the service: add one with jwt, oauth2 or " +
	"oidc, or with \"disable\": true to open the service")

// Open loads the keys and the policies that the file names, and makes the chain. It logs the warnings of the file. ctx limits how
// long Open waits for the keys of OpenID providers, and nothing else. Close ends what Open has started.
func (c *Config) Open(ctx context.Context, options Options) (*Security, error) {
	if c.security == nil {
		return nil, ErrNoSecurity
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	for _, warning := range c.warnings {
		options.Logger.Warn("configuration of the service", "warning", warning)
	}
	s := &Security{}
	if err := s.open(ctx, c.security, options); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Security) open(ctx context.Context, from *settings, options Options) error {
	if from.disabled {
		s.providers = []core.Provider{&open{}}
	} else if err := s.add(ctx, from, options); err != nil {
		return err
	}
	chain, err := core.NewSecurityChain(s.providers...)
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	s.chain = chain.WithLogger(options.Logger)
	return nil
}

// add opens the providers, in the order of the chain.
func (s *Security) add(ctx context.Context, from *settings, options Options) error {
	if from.preflight {
		s.providers = append(s.providers, &preflight{})
	}
	if len(from.public.literal) > 0 {
		s.providers = append(s.providers, core.PublicRoutes(from.public.literal...))
	}
	if len(from.public.expressions) > 0 {
		s.providers = append(s.providers, &public{from.public.expressions})
	}
	if from.jwt != nil || from.oauth2 != nil {
		if err := s.addMicrokubes(from, options); err != nil {
			return err
		}
	}
	for _, n := range from.oidc {
		config := oidcConfig(n)
		config.Now, config.Keys.Client, config.Keys.Logger = options.Now, options.Client, options.Logger
		provider, err := oidc.New(ctx, config)
		if err != nil {
			return fmt.Errorf("config: %w", n.Errorf("%w", err))
		}
		s.providers, s.closers = append(s.providers, provider), append(s.closers, provider)
	}
	return s.addPolicies(from, options)
}

// addMicrokubes adds the providers whose keys are in keysDir.
func (s *Security) addMicrokubes(from *settings, options Options) error {
	store, err := keys.DirConfig{Path: from.keysDir, Logger: options.Logger, Now: options.Now}.Open()
	if err != nil {
		return fmt.Errorf("config: security.keysDir: %w", err)
	}
	s.closers = append(s.closers, store)
	if from.jwt != nil {
		config := jwt.Microkubes(jwtIssuer)
		accept(&config, from.jwt, options)
		s.providers = append(s.providers, jwt.New(store, config))
	}
	if from.oauth2 != nil {
		config := oauth2.Microkubes(authorizationServer)
		if textOf(from.oauth2, "form") == formRFC9068 {
			config = oauth2.Config{}
		}
		config.Scopes = textsOf(from.oauth2, "scopes")
		accept(&config.Config, from.oauth2, options)
		s.providers = append(s.providers, oauth2.New(store, config))
	}
	return nil
}

// accept sets what a section says of the tokens.
func accept(config *jwt.Config, n *jsonfile.Node, options Options) {
	config.Now = options.Now
	if list := textsOf(n, "issuers"); list != nil {
		config.Issuers = list
	}
	if list := textsOf(n, "audiences"); list != nil {
		config.Audiences, config.AnyAudience = list, false
	}
}

func (s *Security) addPolicies(from *settings, options Options) error {
	s.policies = from.policies
	if from.aclFile != "" {
		policies, err := acl.FileConfig{Path: from.aclFile, Logger: options.Logger}.Open()
		if err != nil {
			return fmt.Errorf("config: security.acl.file: %w", err)
		}
		s.policies, s.closers = policies, append(s.closers, policies)
	}
	if s.policies != nil {
		s.providers = append(s.providers, s.policies)
	}
	return nil
}

// Chain returns the chain for an adapter, such as nethttp.New.
func (s *Security) Chain() *core.SecurityChain { return s.chain }

// Providers returns a copy of the providers of the chain, in their order, for a chain that has others beside them.
func (s *Security) Providers() []core.Provider { return slices.Clone(s.providers) }

// Policies returns the policies of the section acl, for checks that need more than the request, or nil.
func (s *Security) Policies() *acl.Policies { return s.policies }

// Stores returns what Close closes: the store of keysDir, each provider of oidc, which has its own keys, and the policies in a
// file. It is for readiness probes, and for programs that close them one by one.
func (s *Security) Stores() []io.Closer { return slices.Clone(s.closers) }

// Close stops polling keys and policies, and fetching keys. The chain keeps working with the last ones. Close may be called more
// than once.
func (s *Security) Close() error {
	var errs []error
	for _, c := range slices.Backward(s.closers) {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// Format prints nothing of the keys and the policies, for every verb of package fmt.
func (s Security) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "config.Security") }
