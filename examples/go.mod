module github.com/microkubes/microkubes-go/examples

go 1.25.0

replace (
	github.com/microkubes/microkubes-go/adapters/echo => ../adapters/echo
	github.com/microkubes/microkubes-go/adapters/fiber => ../adapters/fiber
	github.com/microkubes/microkubes-go/adapters/nethttp => ../adapters/nethttp
	github.com/microkubes/microkubes-go/core => ../core
)
