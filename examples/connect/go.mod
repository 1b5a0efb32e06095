module github.com/microkubes/microkubes-go/examples/connect

go 1.26.0

replace (
	github.com/microkubes/microkubes-go/adapters/nethttp => ../../adapters/nethttp
	github.com/microkubes/microkubes-go/conformance => ../../conformance
	github.com/microkubes/microkubes-go/core => ../../core
)

require (
	connectrpc.com/connect v1.21.1
	github.com/microkubes/microkubes-go/adapters/nethttp v0.0.0-00010101000000-000000000000
	github.com/microkubes/microkubes-go/core v0.0.0
	github.com/stretchr/testify v1.12.1
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
)
