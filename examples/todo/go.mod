module github.com/microkubes/microkubes-go/examples/todo

go 1.26.0

replace (
	github.com/microkubes/microkubes-go/adapters/echo => ../../adapters/echo
	github.com/microkubes/microkubes-go/adapters/echov5 => ../../adapters/echov5
	github.com/microkubes/microkubes-go/adapters/fiber => ../../adapters/fiber
	github.com/microkubes/microkubes-go/adapters/fiberv3 => ../../adapters/fiberv3
	github.com/microkubes/microkubes-go/adapters/gin => ../../adapters/gin
	github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam => ../../adapters/internal/fasthttpseam
	github.com/microkubes/microkubes-go/adapters/nethttp => ../../adapters/nethttp
	github.com/microkubes/microkubes-go/browser => ../../browser
	github.com/microkubes/microkubes-go/conformance => ../../conformance
	github.com/microkubes/microkubes-go/core => ../../core
	github.com/microkubes/microkubes-go/registrator => ../../registrator
	github.com/microkubes/microkubes-go/service => ../../service
)

require (
	github.com/microkubes/microkubes-go/adapters/nethttp v0.0.0-00010101000000-000000000000
	github.com/microkubes/microkubes-go/browser v0.0.0-00010101000000-000000000000
	github.com/microkubes/microkubes-go/core v0.0.0
	github.com/microkubes/microkubes-go/registrator v0.0.0
	github.com/microkubes/microkubes-go/service v0.0.0-00010101000000-000000000000
	github.com/stretchr/testify v1.12.1
	go.uber.org/goleak v1.3.0
	modernc.org/sqlite v1.62.0
)

require (
	github.com/chromedp/cdproto v0.160.0 // indirect
	github.com/chromedp/chromedp v0.23.0 // indirect
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/ncruces/go-strftime v1.1.0 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/sys v0.50.0 // indirect
	modernc.org/libc v1.80.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)
