module github.com/microkubes/microkubes-go/adapters/echo

go 1.26.0

require (
	github.com/labstack/echo/v4 v4.16.4
	github.com/microkubes/microkubes-go/conformance v0.0.0-00010101000000-000000000000
	github.com/microkubes/microkubes-go/core v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	github.com/labstack/gommon v0.5.0 // indirect
	github.com/mattn/go-colorable v0.1.16 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	github.com/valyala/fasttemplate v1.2.2 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/crypto v0.59.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/text v0.44.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)

replace (
	github.com/microkubes/microkubes-go/conformance => ../../conformance
	github.com/microkubes/microkubes-go/core => ../../core
)
