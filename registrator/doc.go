// Package registrator registers a service with its API gateway, so that the gateway routes to it.
//
// It will hold the Registrator interface and its implementation for Kong. Until it does, it exports nothing; package
// core and the adapters do not need it.
package registrator
