module github.com/microkubes/microkubes-go/adapters/nethttp

go 1.25.0

require github.com/microkubes/microkubes-go/core v0.0.0

replace github.com/microkubes/microkubes-go/core => ../../core
