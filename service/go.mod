module github.com/microkubes/microkubes-go/service

go 1.26.0

require (
	github.com/microkubes/microkubes-go/core v0.0.0
	github.com/microkubes/microkubes-go/registrator v0.0.0
	github.com/stretchr/testify v1.12.1
	go.uber.org/goleak v1.3.0
)

require (
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
)

replace (
	github.com/microkubes/microkubes-go/core => ../core
	github.com/microkubes/microkubes-go/registrator => ../registrator
)
