// Package service is the root of the module for programs around a secured service. Its command microkubes explains the decisions
// of a service to operators:
//
//	go run github.com/microkubes/microkubes-go/service/cmd/microkubes explain -config service.json -token @token GET /orders/7
package service
