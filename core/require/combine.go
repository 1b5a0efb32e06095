package require

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/identity"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// All returns a requirement that is met if all the requirements are. It is for use in [Any]; several providers of
// [core.SecurityChain.With] are all required, too. Without an Auth it refuses with 401. Otherwise the answer is that of the first
// requirement that is not met. Another refusal goes before the challenge of [StepUp], so that nobody signs in again in vain. Of
// two challenges the client gets the first: put both demands into one [SignIn].
//
// The requirements are those of this package and of package core, and policies of package acl. For a rule of your own use [That].
func All(requirements ...core.Provider) core.Provider {
	return combine("require_all", requirements, false)
}

// Any returns a requirement that is met if one of the requirements is. Without an Auth it refuses with 401. If none is met, the
// client gets the challenge of [StepUp], if one of the requirements answers with it, because signing in again can help. Otherwise
// the answer is that of the first requirement.
//
// The requirements are those of this package and of package core, and policies of package acl. For a rule of your own use [That].
func Any(requirements ...core.Provider) core.Provider {
	return combine("require_any", requirements, true)
}

// combined is a requirement made of others.
type combined struct {
	name  string
	parts []core.Provider
	any   bool  // one of the parts suffices
	err   error // what is wrong with the parts
}

func combine(name string, parts []core.Provider, anyOf bool) core.Provider {
	parts = slices.Clone(parts)
	return &combined{name, parts, anyOf, checkParts(parts)}
}

func (c *combined) Name() string                    { return c.name }
func (c *combined) Validate() error                 { return c.err }
func (c *combined) Seal() seal.Seal                 { return seal.Of(c) }
func (c *combined) RequiresIdentity() identity.Mark { return identity.Mark{} }

func checkParts(parts []core.Provider) error {
	if len(parts) == 0 {
		return errors.New("name at least one requirement")
	}
	var errs []error
	for i, p := range parts {
		if err := checkPart(p); err != nil {
			errs = append(errs, fmt.Errorf("requirement %d: %w", i+1, err))
		}
	}
	return errors.Join(errs...)
}

// checkPart returns an error if p is not a requirement of this module. Any other provider may answer the request or change it,
// and its result does not tell whether a requirement is met.
func checkPart(p core.Provider) error {
	if v := reflect.ValueOf(p); p == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return errors.New("it is nil")
	}
	r, ok := p.(interface {
		identity.Required
		Validate() error
	})
	if !ok || !seal.Intact(p) {
		return fmt.Errorf("%T is not a requirement of this module: use require.That for a rule of your own", p)
	}
	return r.Validate()
}

// Provide asks the parts. Without an Auth each of them refuses with 401, so all answers are the same.
func (c *combined) Provide(ctx context.Context, sc core.SecurityContext, req core.Request, res core.Response) error {
	if c.err != nil { // used without a chain
		return c.err
	}
	var refusal error
	for _, p := range c.parts {
		err := p.Provide(ctx, sc, req, res)
		switch {
		case err == nil && c.any:
			return nil
		case err == nil:
		case refusal == nil, isStepUp(err) == c.any && isStepUp(refusal) != c.any:
			refusal = err
		}
	}
	return refusal
}

// isStepUp reports whether a refusal tells the client to sign the user in again.
func isStepUp(refusal error) bool {
	var e *core.Error
	return errors.As(refusal, &e) && e.Code() == "insufficient_user_authentication"
}
