// Package guarded tells packages of this module which contexts belong to a guarded call.
package guarded

import "context"

// Key is the key of a context value. A context that a chain has returned has the value true for the key that holds it.
type Key struct{ Context context.Context }

// Descends reports whether ctx is call, a context that a chain has returned, or derived from it. A framework that reuses its
// contexts may have given one to another request when a guarded call ends. Only a context that descends from that of the call
// still shows the identity of the call.
func Descends(ctx, call context.Context) bool {
	descends, _ := ctx.Value(Key{call}).(bool)
	return descends
}
