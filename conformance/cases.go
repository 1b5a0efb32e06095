package conformance

import "slices"

// The pages that the rules are on.
const (
	pageProvider = "core, Provider"
	pageClient   = "ARCHITECTURE.md, What the client gets"
	pagePaths    = "ARCHITECTURE.md, Paths"
	pageChain    = "core, SecurityChain"
	pageContext  = "core, SecurityContext"
	pageRequest  = "core, Request"
)

// Cases are all cases of the suite, in the order in which they run.
func Cases() []Case {
	return slices.Concat(
		outcomeCases(), providerCases(), requestCases(), credentialCases(), pathCases(), routeCases(), frontCases(),
		contextCases(), handlerCases(), outsideCases(), methodCases(), tokenCases(), concurrencyCases(),
	)
}
