module github.com/microkubes/microkubes-go/docs/guides/fiberv3

go 1.26.0

require (
	github.com/gofiber/contrib/v3/jwt v1.2.0
	github.com/gofiber/fiber/v3 v3.5.0
	github.com/golang-jwt/jwt/v5 v5.3.1
	github.com/microkubes/microkubes-go/adapters/fiberv3 v0.0.0
	github.com/microkubes/microkubes-go/core v0.0.0
	github.com/microkubes/microkubes-go/docs/guides v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/MicahParks/keyfunc/v2 v2.1.0 // indirect
	github.com/andybalholm/brotli v1.3.0 // indirect
	github.com/gofiber/schema v1.8.3 // indirect
	github.com/gofiber/utils/v2 v2.4.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/klauspost/compress v1.20.4 // indirect
	github.com/labstack/echo/v4 v4.16.4 // indirect
	github.com/labstack/gommon v0.5.0 // indirect
	github.com/mattn/go-colorable v0.1.16 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/microkubes/microkubes-go/adapters/echo v0.0.0 // indirect
	github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam v0.0.0 // indirect
	github.com/philhofer/fwd v1.2.0 // indirect
	github.com/tinylib/msgp v1.6.4 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	github.com/valyala/fasthttp v1.73.0 // indirect
	github.com/valyala/fasttemplate v1.2.2 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/crypto v0.59.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/text v0.44.0 // indirect
)

replace (
	github.com/microkubes/microkubes-go/adapters/echo => ../../../adapters/echo
	github.com/microkubes/microkubes-go/adapters/echov5 => ../../../adapters/echov5
	github.com/microkubes/microkubes-go/adapters/fiber => ../../../adapters/fiber
	github.com/microkubes/microkubes-go/adapters/fiberv3 => ../../../adapters/fiberv3
	github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam => ../../../adapters/internal/fasthttpseam
	github.com/microkubes/microkubes-go/adapters/nethttp => ../../../adapters/nethttp
	github.com/microkubes/microkubes-go/conformance => ../../../conformance
	github.com/microkubes/microkubes-go/core => ../../../core
	github.com/microkubes/microkubes-go/docs/guides => ..
)
