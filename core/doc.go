// Package core applies one security policy to the requests of a Go service, whatever web framework it uses.
//
// A [SecurityChain] calls its providers in order. Each one authenticates a [Request], refuses it, or leaves it to the next.
// Unless a provider decides otherwise, the chain refuses a request that none of them has authenticated:
//
//	chain, err := core.NewSecurityChain(
//		core.PublicRoutes("/healthcheck"),
//		jwt.New(store, jwt.Microkubes("Microkubes JWT Authority")),
//	)
//
// An adapter package (nethttp, echosec, fibersec) binds the chain to a framework. It implements Request and
// [Response], calls [SecurityChain.Guard], and decides nothing itself, so the same request gets the same answer
// everywhere. Package httpseam has what adapters for frameworks on net/http share. Handlers, and every layer below them that
// has the context, read the identity with [AuthFrom].
//
// A [Provider] of your own is one function, converted with [ProviderFunc]. Package coretest has what its tests need.
//
// Package require has requirements beside those for scopes and roles, such as [RequireScopes]: for organizations, claims, and the
// time and strength of the sign-in.
//
// The package imports nothing of a third party. Package jwt verifies tokens, and package keys loads the keys for that.
package core
