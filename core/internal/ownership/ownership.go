// Package ownership lets a chain find out which of its providers a token belongs to, before it calls one after the other. Other
// modules cannot import it, so a chain skips only providers of this module, which would do nothing but return core.NotMine.
package ownership

// Finder finds the owner of a token among the providers of a chain. Its functions are safe for concurrent use.
type Finder struct {
	// Members has a bit for each provider that takes part, by its position. All of them read the token from the same place.
	Members uint64
	// Source is the place of the token, a core.TokenSource.
	Source any
	// Find finds the owner of the text in that place.
	Find func(text string) Found
}

// MaxProviders is the greatest number of providers for which a Finder can be made. Found has their positions in so many bits.
const MaxProviders = 64

// Found is what a Finder has found.
type Found struct {
	// Known is set if it is known whose the text is. Otherwise the providers decide one after the other.
	Known bool
	// Owner is the position of the provider that owns the token, or -1 if no member does.
	Owner int8
	// BadType has a bit for each member that does not own the token because of its type. The others do not own its issuer.
	BadType uint64
	Token   Token
}

// Token is for the owner, in place of the text. Its method ProvideFound gets it. A caller outside this module cannot name the
// type, so it cannot pass another value to an owner.
type Token struct {
	Found any // nil: nothing is found
}

// New returns a Finder for providers, or nil if it would have less than two members. Other positions than those of members may be
// nil. Package token sets it.
var New func(providers []any) *Finder
