package service_test

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

// TestStoresAreClosed has starts that fail after the keys were opened.
func TestStoresAreClosed(t *testing.T) {
	for name, change := range map[string]func(f *fixture, policy service.Policy) service.Policy{
		"the policy fails": func(_ *fixture, policy service.Policy) service.Policy {
			return func(ctx context.Context) (*core.SecurityChain, []io.Closer, error) {
				_, stores, _ := policy(ctx)
				return nil, stores, io.ErrUnexpectedEOF
			}
		},
		"there is no chain": func(_ *fixture, policy service.Policy) service.Policy {
			return func(ctx context.Context) (*core.SecurityChain, []io.Closer, error) {
				_, stores, err := policy(ctx)
				return nil, stores, err
			}
		},
		"the registration fails": func(f *fixture, policy service.Policy) service.Policy {
			f.gateway.Inject(-1, kongtest.Answer(401, "application/json", `{"message":"Unauthorized"}`))
			return policy
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				store := &vanishing{Store: f.issuer.Keys()}
				f.config.Policy = change(f, func(context.Context) (*core.SecurityChain, []io.Closer, error) {
					chain, err := core.NewSecurityChain(jwt.New(store, jwt.Microkubes(issuerName)))
					return chain, []io.Closer{store}, err
				})
				assert.ErrorIs(t, f.run(), service.ErrStart)
				assert.True(t, store.closed)
			})
		})
	}
}

// stuck is a key store with a Close of its own.
type stuck struct {
	keys.Store
	close func() error
}

func (s *stuck) Close() error { return s.close() }

// TestStoresThatDoNotClose has key stores that hang, fail or panic when they are closed, after a stop and after a start that
// failed. Run ends in time all the same, with the error of the start, and closes the other stores.
func TestStoresThatDoNotClose(t *testing.T) {
	var none *keys.Directory // what keys.Dir returns with an error
	for name, first := range map[string]io.Closer{
		"hangs":      &stuck{issuer().Keys(), func() error { time.Sleep(time.Hour); return nil }}, // of virtual time
		"fails":      &stuck{issuer().Keys(), func() error { return io.ErrUnexpectedEOF }},
		"panics":     &stuck{issuer().Keys(), func() error { panic("no store") }},
		"is not one": none,
	} {
		for _, cause := range []error{nil, io.ErrNoProgress} {
			if cause == nil && first == io.Closer(none) {
				continue // a policy that succeeds returns stores
			}
			t.Run(fmt.Sprint(name, ", ", cause), func(t *testing.T) {
				inVirtualTime(t, func(t *testing.T, f *fixture) {
					var closed atomic.Bool
					policy, began := f.config.Policy, time.Now()
					other := &stuck{f.issuer.Keys(), func() error { closed.Store(true); return nil }}
					f.config.Policy = func(ctx context.Context) (*core.SecurityChain, []io.Closer, error) {
						chain, _, _ := policy(ctx)
						return chain, []io.Closer{first, other}, cause
					}
					f.hooks.at["serving"] = f.stop
					assert.ErrorIs(t, f.run(), cause)
					assert.LessOrEqual(t, time.Since(began), 25*time.Second)
					assert.Contains(t, f.hooks.logged(), "a key store could not be closed")
					assert.Equal(t, name != "hangs", closed.Load())
					time.Sleep(2 * time.Hour) // of virtual time: the process would have ended
				})
			})
		}
	}
}
