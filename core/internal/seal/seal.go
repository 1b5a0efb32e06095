// Package seal tells the providers of this module, which do not change a request, from those of other modules, which may. The
// chain reads the request anew behind the latter.
package seal

// Seal names the value that it was made for. Other modules cannot make one, because they cannot import this package.
type Seal struct{ owner any }

// Of returns the seal of owner, a pointer.
func Of(owner any) Seal { return Seal{owner} }

// Sealed is implemented by types of this module. Their method Seal returns [Of] its receiver.
type Sealed interface{ Seal() Seal }

// Intact reports whether v is Sealed and has its own seal. A type that embeds a Sealed one, and may override its other methods,
// has the seal of the embedded value, which is not its own.
func Intact(v any) bool {
	s, ok := v.(Sealed)
	return ok && s.Seal().owner == v
}
