module github.com/microkubes/microkubes-go/adapters/fiberv3/newest

go 1.26.0

require (
	github.com/gofiber/fiber/v3 v3.5.0
	github.com/microkubes/microkubes-go/adapters/fiberv3 v0.0.0-00010101000000-000000000000
	github.com/microkubes/microkubes-go/core v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/andybalholm/brotli v1.2.2 // indirect
	github.com/gofiber/schema v1.8.3 // indirect
	github.com/gofiber/utils/v2 v2.4.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/klauspost/compress v1.19.2 // indirect
	github.com/mattn/go-colorable v0.1.15 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam v0.0.0 // indirect
	github.com/philhofer/fwd v1.2.0 // indirect
	github.com/tinylib/msgp v1.6.4 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	github.com/valyala/fasthttp v1.73.0 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/crypto v0.54.0 // indirect
	golang.org/x/net v0.57.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.40.0 // indirect
)

replace (
	github.com/microkubes/microkubes-go/adapters/fiberv3 => ../
	github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam => ../../internal/fasthttpseam
	github.com/microkubes/microkubes-go/conformance => ../../../conformance
	github.com/microkubes/microkubes-go/core => ../../../core
)
