module github.com/microkubes/microkubes-go/service

go 1.26.0

require (
	github.com/microkubes/microkubes-go/core v0.0.0-00010101000000-000000000000
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
)

replace github.com/microkubes/microkubes-go/core => ../core
