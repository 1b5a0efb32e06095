module github.com/microkubes/microkubes-go/conformance

go 1.25.0

replace github.com/microkubes/microkubes-go/core => ../core
