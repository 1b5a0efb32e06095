package service

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// Policy makes the chain of the service, and opens the key stores that it uses. Run calls it once, when the service starts. ctx
// ends if the service is told to stop meanwhile. Run closes the stores when the service has stopped, also those that are returned
// with an error.
//
// While one of the stores has no usable key, the service is not ready. That is known of every [keys.Store], of an
// [oidc.Provider], which has its own keys, and of any other type with the same method Health.
//
//	func(ctx context.Context) (*core.SecurityChain, []io.Closer, error) {
//		store, err := keys.Dir("./keys")
//		if err != nil {
//			return nil, nil, err
//		}
//		chain, err := core.NewSecurityChain(core.PublicRoutes("/docs/**"), jwt.New(store, config))
//		return chain, []io.Closer{store}, err
//	}
type Policy func(ctx context.Context) (chain *core.SecurityChain, stores []io.Closer, err error)

// Microkubes is the Policy for tokens of Microkubes: of its jwt-issuer, and of its authorization-server. keysDir has the public
// keys of the platform. If it is empty, it is the value of KEYS_DIR, or else ./keys. The names of the two issuers are the values
// of JWT_ISSUER and OAUTH2_ISSUER, or else those that the platform gives them, "Microkubes JWT Authority" and "Microkubes
// Authorization Server".
func Microkubes(keysDir string) Policy {
	return func(ctx context.Context) (*core.SecurityChain, []io.Closer, error) {
		env := os.Getenv("KEYS_DIR")
		if keysDir != "" && env != "" && filepath.Clean(env) != filepath.Clean(keysDir) {
			logger(ctx).Warn("KEYS_DIR is not used, because the program names another directory: write service.Microkubes(\"\") "+
				"to use KEYS_DIR, or do not set it", "KEYS_DIR", env, "used", keysDir)
		}
		store, err := keys.Dir(cmp.Or(keysDir, env, "./keys"))
		if err != nil {
			return nil, nil, fmt.Errorf("the keys directory %s: %w", whence(keysDir, env), err)
		}
		users := cmp.Or(os.Getenv("JWT_ISSUER"), "Microkubes JWT Authority")
		clients := cmp.Or(os.Getenv("OAUTH2_ISSUER"), "Microkubes Authorization Server")
		chain, err := core.NewSecurityChain(jwt.New(store, jwt.Microkubes(users)), oauth2.New(store, oauth2.Microkubes(clients)))
		return chain, []io.Closer{store}, err
	}
}

// whence says where the name of the keys directory is from, and what to do if its keys cannot be used.
func whence(keysDir, env string) string {
	switch {
	case keysDir != "":
		return fmt.Sprintf("is %q, from service.Microkubes: mount the keys there, or write service.Microkubes(\"\") and "+
			"set KEYS_DIR", keysDir)
	case env != "":
		return fmt.Sprintf("is %q, from KEYS_DIR: mount the keys there, or set KEYS_DIR to where they are", env)
	}
	return `is "./keys", the default: set KEYS_DIR, or mount the keys there`
}

// loggerKey is the key of the service's logger in the context of a Policy.
type loggerKey struct{}

// logger returns the logger of the service that opens a Policy.
func logger(ctx context.Context) *slog.Logger {
	if l, ok := ctx.Value(loggerKey{}).(*slog.Logger); ok {
		return l
	}
	return slog.Default()
}

// OIDC is the Policy for the tokens of one OpenID provider, such as OIDC(oidc.Keycloak(realm, "orders")). A service whose
// provider does not answer starts, is not ready, and refuses tokens with 503 until it has keys. If config.Keys.Required is set,
// it does not start.
func OIDC(config oidc.Config) Policy {
	return func(ctx context.Context) (*core.SecurityChain, []io.Closer, error) {
		provider, err := oidc.New(ctx, config)
		if err != nil {
			return nil, nil, err
		}
		chain, err := core.NewSecurityChain(provider)
		return chain, []io.Closer{provider}, err
	}
}
