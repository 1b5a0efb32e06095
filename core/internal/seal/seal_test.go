package seal_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/internal/seal"
)

type sealed struct{ text string }

func (s *sealed) Seal() seal.Seal { return seal.Of(s) }

// forged has a method of the same name, as much as another module can write.
type forged struct{}

type otherSeal struct{ owner any }

func (f *forged) Seal() otherSeal { return otherSeal{f} }

// borrowed returns the type Seal through inference, without naming it: the most that another module could do, if it had a sealed
// value of a type with a name.
type borrowed[S any] struct{ seal func() S }

func (b *borrowed[S]) Seal() S { return b.seal() }

func borrow[S any](f func() S) *borrowed[S] { return &borrowed[S]{f} }

func TestIntact(t *testing.T) {
	own := &sealed{"a"}
	empty := func() (s seal.Seal) { return s }
	for name, c := range map[string]struct {
		v      any
		intact bool
	}{
		"a sealed value":               {own, true},
		"nil":                          {nil, false},
		"without a seal":               {&struct{}{}, false},
		"a method of another type":     {&forged{}, false},
		"embeds the pointer":           {&struct{ *sealed }{own}, false},
		"embeds the pointer, by value": {struct{ *sealed }{own}, false},
		"embeds the value":             {&struct{ sealed }{sealed{"a"}}, false},
		"embeds the interface":         {struct{ seal.Sealed }{own}, false},
		"embeds it, and cannot compare": {struct {
			*sealed
			list []string
		}{sealed: own}, false},
		"another value's seal": {borrow(own.Seal), false},
		"the zero seal":        {borrow(empty), false},
	} {
		assert.Equal(t, c.intact, seal.Intact(c.v), name)
	}
}
