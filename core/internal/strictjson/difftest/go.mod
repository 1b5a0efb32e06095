module github.com/microkubes/microkubes-go/core/internal/strictjson/difftest

go 1.26.0

require (
	github.com/microkubes/microkubes-go/core v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/go-json-experiment/json v1.27.2
	go.yaml.in/yaml/v3 v3.0.6 // indirect
)

replace github.com/microkubes/microkubes-go/core => ../../..
