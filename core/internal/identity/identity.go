// Package identity lets packages of this module read the lists and the claims of an identity without a copy. Others cannot import
// it, so an identity stays immutable for them.
package identity

import "slices"

// Content is what Of returns. It must not be changed.
type Content struct {
	Roles, Organizations, Namespaces, Scopes []string
	Claims                                   string // a JSON object, or ""
	Misread                                  Misread
}

// Misread says which parts of an identity a token has in a form that cannot be read. They are empty in the identity, which is not
// the same: a rule that refuses the users with some role cannot tell whether such a user has it.
type Misread struct{ Username, Roles, Organizations, Namespaces, Scopes bool }

// Package core sets these functions.
var (
	Of         func(auth any) Content        // returns the content of a *core.Auth
	SetMisread func(data any, parts Misread) // sets what is misread of a *core.AuthData
)

// Required is implemented by providers of this module that refuse every request without an identity. A chain has no use for one
// before those that authenticate.
type Required interface{ RequiresIdentity() Mark }

// Mark keeps other modules from implementing Required.
type Mark struct{}

// HasAll reports whether has is true of all names.
func HasAll(names []string, has func(string) bool) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !has(n) })
}
