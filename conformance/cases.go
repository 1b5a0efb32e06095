package conformance

import "slices"

// The pages that rules are quoted from: sections of this repository's documents. The other pages are doc comments, named as
// go doc names them: core.Request.Header.
const (
	pageLife     = "ARCHITECTURE.md, The life of a request"
	pageReturns  = "ARCHITECTURE.md, What a provider returns"
	pageClient   = "ARCHITECTURE.md, What the client gets"
	pagePaths    = "ARCHITECTURE.md, Paths"
	pageContract = "ARCHITECTURE.md, The contract"
	pagePromises = "SECURITY.md, What the library promises"
)

// row returns a case that sends one request after another to the same app.
func row(name, page, rule, why string, needs need, app func(*witness) App, all ...step) Case {
	return Case{Name: name, Page: page, Rule: rule, Why: why, needs: needs, app: app, try: steps(all...)}
}

// Cases returns all cases of the suite, in the order in which they run.
func Cases() []Case {
	return slices.Concat(
		outcomeCases(), providerCases(), requestCases(), credentialCases(), pathCases(), routeCases(), frontCases(),
		contextCases(), handlerCases(), outsideCases(), methodCases(), specialMethodCases(), policyCases(),
		tokenCases(), concurrencyCases(),
	)
}
