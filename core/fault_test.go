package core_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// broken is an adapter whose request or response panics.
type broken struct{ coretest.Request }

func (broken) RoutePath() string { panic(errInside) }

type brokenResponse struct{ coretest.Recorder }

func (*brokenResponse) Send(int, []byte) error { panic(errInside) }

type failingResponse struct{ coretest.Recorder }

func (*failingResponse) Send(int, []byte) error { return errInside }

func TestBrokenAdapterLetsNobodyIn(t *testing.T) {
	o := guard(t, newChain(t, sets("ann")), broken{})
	assert.Equal(t, "panic", o.reason(t))
	for _, res := range []core.Response{&brokenResponse{}, &failingResponse{}, nil} {
		_, ok := newChain(t, returns(nil)).Guard(t.Context(), coretest.Request{}, res)
		assert.False(t, ok)
	}
	_, ok := newChain(t, sets("ann")).Guard(t.Context(), nil, &coretest.Recorder{})
	assert.False(t, ok)
	_, ok = (&core.SecurityChain{}).Guard(t.Context(), coretest.Request{}, &coretest.Recorder{})
	assert.False(t, ok, "the zero chain is closed")
	_, ok = (&core.SecurityChain{}).Public().Guard(t.Context(), coretest.Request{}, &coretest.Recorder{})
	assert.False(t, ok, "also when it is made public")
}

// unwrapPanics is an error whose Unwrap panics.
type unwrapPanics struct{}

func (unwrapPanics) Error() string { return "" }

func (unwrapPanics) Unwrap() error { panic("inside") }

// TestFaultNamesTheProvider holds that the record of a fault names the provider, wherever that stands.
func TestFaultNamesTheProvider(t *testing.T) {
	for fault, c := range map[string]struct {
		provider core.Provider
		reason   string
	}{
		"panic":                         {panics("x"), "panic"},
		"an error that panics":          {returns(unwrapPanics{}), "panic"},
		"unsendable, nil":               {offers(nil), "misuse"},
		"unsendable, typed nil":         {offers((*core.Error)(nil)), "misuse"},
		"unsendable, NotMine":           {offers(core.NotMine), "misuse"},
		"unsendable, BreakChain":        {offers(core.BreakChain), "misuse"},
		"a typed nil in another error":  {returns(fmt.Errorf("%w", (*core.Error)(nil))), "misuse"},
		"an error that nobody foresees": {returns(errInside), "unforeseen"},
	} {
		bad, pass := named{c.provider, "bad"}, named{returns(nil), "pass"}
		for place, chain := range map[string]*core.SecurityChain{
			"first": newChain(t, bad, sets("ann")), "last": newChain(t, sets("ann"), pass, bad),
			"added": newChain(t, sets("ann"), pass).With(bad, pass),
		} {
			o := guard(t, chain, coretest.Request{})
			assert.Equal(t, []string{c.reason, "bad"}, []string{o.reason(t), o.logged[0]["provider"].(string)}, "%s, %s", fault, place)
		}
	}
}

// nilPanics is an adapter's response that calls panic(nil).
type nilPanics struct{ coretest.Recorder }

func (*nilPanics) Send(int, []byte) error { panic(nil) }

// TestPanicWithNilRefuses sets GODEBUG=panicnil=1, with which recover returns nil after panic(nil).
func TestPanicWithNilRefuses(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	for place, chain := range map[string]*core.SecurityChain{
		"first": newChain(t, panics(nil), sets("ann")), "last": newChain(t, sets("ann"), panics(nil)),
		"added": newChain(t, sets("ann")).With(panics(nil), core.RequireRoles("admin")),
	} {
		assert.Equal(t, "panic", guard(t, chain, coretest.Request{}).reason(t), place)
	}
	_, passed := newChain(t, returns(core.Forbidden("no"))).Guard(t.Context(), coretest.Request{}, new(nilPanics))
	assert.False(t, passed, "in the answer")
}
