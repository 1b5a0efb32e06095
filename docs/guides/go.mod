module github.com/microkubes/microkubes-go/docs/guides

go 1.26.0

require (
	github.com/auth0/go-jwt-middleware/v3 v3.3.0
	github.com/go-chi/chi/v5 v5.5.0
	github.com/go-chi/jwtauth/v5 v5.4.0
	github.com/gofiber/contrib/jwt v1.1.2
	github.com/gofiber/fiber/v2 v2.52.15
	github.com/golang-jwt/jwt/v5 v5.3.1
	github.com/labstack/echo-jwt/v4 v4.4.0
	github.com/labstack/echo-jwt/v5 v5.0.1
	github.com/labstack/echo/v4 v4.16.4
	github.com/labstack/echo/v5 v5.4.5
	github.com/lestrrat-go/jwx/v3 v3.4.0
	github.com/microkubes/microkubes-go/adapters/echo v0.0.0
	github.com/microkubes/microkubes-go/adapters/echov5 v0.0.0
	github.com/microkubes/microkubes-go/adapters/fiber v0.0.0
	github.com/microkubes/microkubes-go/adapters/nethttp v0.0.0
	github.com/microkubes/microkubes-go/core v0.0.0
	github.com/microkubes/microkubes-go/registrator v0.0.0
	github.com/microkubes/microkubes-go/service v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/MicahParks/keyfunc/v2 v2.1.0 // indirect
	github.com/andybalholm/brotli v1.3.0 // indirect
	github.com/clipperhouse/uax29/v2 v2.2.0 // indirect
	github.com/decred/dcrd/dcrec/secp256k1/v4 v4.4.1 // indirect
	github.com/goccy/go-json v0.11.2 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	github.com/klauspost/compress v1.20.4 // indirect
	github.com/labstack/gommon v0.5.0 // indirect
	github.com/lestrrat-go/blackmagic v1.0.4 // indirect
	github.com/lestrrat-go/dsig v1.4.0 // indirect
	github.com/lestrrat-go/dsig-secp256k1 v1.0.0 // indirect
	github.com/lestrrat-go/httpcc v1.0.1 // indirect
	github.com/lestrrat-go/httprc/v3 v3.0.6 // indirect
	github.com/lestrrat-go/option/v2 v2.0.0 // indirect
	github.com/mattn/go-colorable v0.1.16 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mattn/go-runewidth v0.0.31 // indirect
	github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam v0.0.0 // indirect
	github.com/segmentio/asm v1.2.1 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	github.com/valyala/fasthttp v1.69.0 // indirect
	github.com/valyala/fastjson v1.6.10 // indirect
	github.com/valyala/fasttemplate v1.2.2 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/crypto v0.59.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/text v0.44.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)

replace (
	github.com/microkubes/microkubes-go/adapters/echo => ../../adapters/echo
	github.com/microkubes/microkubes-go/adapters/echov5 => ../../adapters/echov5
	github.com/microkubes/microkubes-go/adapters/fiber => ../../adapters/fiber
	github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam => ../../adapters/internal/fasthttpseam
	github.com/microkubes/microkubes-go/adapters/nethttp => ../../adapters/nethttp
	github.com/microkubes/microkubes-go/conformance => ../../conformance
	github.com/microkubes/microkubes-go/core => ../../core
	github.com/microkubes/microkubes-go/registrator => ../../registrator
	github.com/microkubes/microkubes-go/service => ../../service
)
