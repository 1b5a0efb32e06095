// Package core is one security policy for a Go service, whatever web framework it uses.
//
// A [SecurityChain] is made of providers, asked in order. Each looks at a [Request] and authenticates it, refuses it,
// or lets it pass on; the chain decides at the end, and what it does not know it refuses:
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
// A [Provider] of your own is one function; [ProviderFunc] makes it one. Package coretest has what its tests need.
//
// The package imports the standard library only. Tokens are in package jwt, keys in package keys.
package core
