package kongtest

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/proxy"

// HostHeader exports proxy.HostHeader, because a test cannot listen on the default ports that it omits.
var HostHeader = proxy.HostHeader
