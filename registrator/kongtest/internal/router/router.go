// Package router finds the route that a request matches, by the rules of Kong 2 or of Kong 3.
package router

import (
	"slices"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/collection"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
)

// Router finds the route of a request.
type Router interface {
	// Find returns the route that a request matches. It is nil if there is none.
	Find(in *Lookup) *Match
}

// New returns the router of Kong 3 or of Kong 2. It ignores routes for streams, and routes of disabled services.
func New(v3 bool, routes, services *db.Table) Router {
	served := []Match{}
	for _, route := range routes.All() {
		service := services.Get(route.Parent("service"))
		if (service == nil || service.Values["enabled"] != false) && servesHTTP(route) {
			served = append(served, Match{Route: route, Service: service})
		}
	}
	if v3 {
		return newRouter3(served)
	}
	return newRouter2(served)
}

func servesHTTP(route *db.Row) bool {
	list, _ := route.Values["protocols"].([]any)
	return slices.ContainsFunc(list, collection.IsHTTP)
}
