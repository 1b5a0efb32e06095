// Package identity lets packages of this module read the lists and the claims of an identity without a copy. Others cannot import
// it, so an identity stays immutable for them.
package identity

// Content is what Of returns. It must not be changed.
type Content struct {
	Roles, Organizations, Namespaces, Scopes []string
	Claims                                   string // a JSON object, or ""
}

// Of returns the content of a *core.Auth. Package core sets it.
var Of func(auth any) Content

// Required is implemented by providers of this module that refuse every request without an identity. A chain has no use for one
// before those that authenticate.
type Required interface{ RequiresIdentity() Mark }

// Mark keeps other modules from implementing Required.
type Mark struct{}
