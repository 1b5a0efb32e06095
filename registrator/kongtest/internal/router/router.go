// Package router finds the route that takes a request, by the rules of Kong 2 or Kong 3.
package router

import (
	"slices"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/collection"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
)

// Router finds the route of a request.
type Router interface {
	// Find returns nil if no route takes the request.
	Find(in *Lookup) *Match
}

// New returns the router of Kong 3 or of Kong 2 for the routes that serve HTTP.
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
