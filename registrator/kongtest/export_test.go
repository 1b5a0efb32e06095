package kongtest

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/proxy"

// HostHeader is the value of Host for a service of a protocol. The ports that it leaves out cannot be listened on in a test.
var HostHeader = proxy.HostHeader
