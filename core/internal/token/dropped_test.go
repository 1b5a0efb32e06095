package token_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
)

// TestDroppedChainsAreCollected drops chains that have cached and remembered tokens. Neither the memory that all verifiers share
// nor its timer holds them.
func TestDroppedChainsAreCollected(t *testing.T) {
	const chains = 5
	issuer := edIssuer()
	gone := make(chan string, 2*chains)
	used := make(chan struct{})
	go func() { // on a stack of its own, so that nothing of the chains is left on this one
		defer close(used)
		for n := range chains {
			store := newChangeable(t, keyOf(t, "default", issuer))
			chain, err := core.NewSecurityChain(of(store, "a", nil), issuers.New(of(store, "b", nil), of(store, "c", nil)))
			if !assert.NoError(t, err) {
				return
			}
			chain = chain.WithLogger(slog.New(slog.DiscardHandler))
			runtime.AddCleanup(store, func(n int) { gone <- fmt.Sprint("store ", n) }, n)
			runtime.AddCleanup(chain, func(n int) { gone <- fmt.Sprint("chain ", n) }, n)
			for _, name := range []string{"a", "b", "c", "x"} {
				text := issuer.Microkubes(coretest.Claims{"iss": name})
				for range 2 {
					chain.Guard(t.Context(), &coretest.Request{Headers: coretest.Bearer(text)}, &coretest.Recorder{})
				}
			}
		}
	}()
	<-used
	for range 10_000 { // cleanups run on a goroutine of the runtime, some time after the collection
		runtime.GC()
		if len(gone) == cap(gone) {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d of %d were collected", len(gone), cap(gone))
}
