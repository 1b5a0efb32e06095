// Package ownership lets a chain find the provider that a token belongs to before it calls its providers. Other modules cannot
// import it, so a chain skips only providers of this module, which would do nothing but return core.NotMine.
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

// MaxProviders is the maximum number of providers in a chain with a Finder. Found has a bit for each of their positions.
const MaxProviders = 64

// Found is what a Finder has found.
type Found struct {
	// Known is set if the search has a result. Otherwise the providers decide one after the other.
	Known bool
	// Owner is the position of the provider that owns the token, or -1 if no member does.
	Owner int8
	// BadType has a bit for each member before the owner that does not own tokens of this type. The others before the owner do
	// not own tokens of this issuer. If no member is the owner, this holds for all members.
	BadType uint64
	// Token is passed to the method ProvideFound of the owner.
	Token Token
}

// Token is what the owner decides on in place of the text. A caller outside this module cannot name the type, so it cannot pass
// another value to an owner.
type Token struct {
	Found any // nil: nothing is found
}

// New returns a Finder for the providers of a chain, or nil if it would have fewer than two members. A provider that cannot be a
// member may be nil. Package token sets New.
var New func(providers []any) *Finder
