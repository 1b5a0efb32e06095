package require

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/identity"
	"github.com/microkubes/microkubes-go/core/internal/reason"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// Organizations returns a requirement for users who belong to all the organizations. Without an Auth it refuses with 401,
// otherwise with 403. Names are case-sensitive.
func Organizations(names ...string) core.Provider {
	names = slices.Clone(names)
	return organizations(names, func(a *core.Auth) bool { return identity.HasAll(names, a.InOrganization) })
}

// AnyOrganization returns a requirement for users who belong to one of the organizations. Without an Auth it refuses with 401,
// otherwise with 403. Names are case-sensitive.
func AnyOrganization(names ...string) core.Provider {
	names = slices.Clone(names)
	return organizations(names, func(a *core.Auth) bool { return slices.ContainsFunc(names, a.InOrganization) })
}

// Namespaces returns a requirement for users who may use all the namespaces. Without an Auth it refuses with 401, otherwise with
// 403. Names are case-sensitive.
func Namespaces(names ...string) core.Provider {
	names = slices.Clone(names)
	return namespaces(names, func(a *core.Auth) bool { return identity.HasAll(names, a.InNamespace) })
}

// AnyNamespace returns a requirement for users who may use one of the namespaces. Without an Auth it refuses with 401, otherwise
// with 403. Names are case-sensitive.
func AnyNamespace(names ...string) core.Provider {
	names = slices.Clone(names)
	return namespaces(names, func(a *core.Auth) bool { return slices.ContainsFunc(names, a.InNamespace) })
}

func organizations(names []string, met func(*core.Auth) bool) core.Provider {
	return &rule{"require_organizations", met, denied(reason.InsufficientOrganization), checkNames(names, "organization")}
}

func namespaces(names []string, met func(*core.Auth) bool) core.Provider {
	return &rule{"require_namespaces", met, denied(reason.InsufficientNamespace), checkNames(names, "namespace")}
}

// checkNames returns an error if names is empty or has an empty name.
func checkNames(names []string, what string) error {
	switch {
	case len(names) == 0:
		return fmt.Errorf("name at least one %s", what)
	case slices.Contains(names, ""):
		return fmt.Errorf("the name of the %s %d is empty", what, slices.Index(names, "")+1)
	}
	return nil
}

// denied returns the refusal of an identity that does not meet a rule.
func denied(code core.Reason) error { return core.Forbidden("access denied").WithReason(code) }

// rule is a requirement that one function decides.
type rule struct {
	name   string
	met    func(*core.Auth) bool
	denied error
	err    error // what is wrong with the rule, which then refuses every request
}

var (
	requireAuth = core.RequireAuth()

	errNoFunction = errors.New("the function is nil")

	_, _ identity.Required = (*rule)(nil), (*combined)(nil)
	_, _ seal.Sealed       = (*rule)(nil), (*combined)(nil)
)

func (r *rule) Name() string                    { return r.name }
func (r *rule) Validate() error                 { return r.err }
func (r *rule) Seal() seal.Seal                 { return seal.Of(r) }
func (r *rule) RequiresIdentity() identity.Mark { return identity.Mark{} }

func (r *rule) Provide(ctx context.Context, sc core.SecurityContext, req core.Request, res core.Response) error {
	switch auth := sc.Auth(); {
	case auth == nil:
		return requireAuth.Provide(ctx, sc, req, res)
	case r.err != nil || !r.met(auth):
		return r.denied
	}
	return nil
}
