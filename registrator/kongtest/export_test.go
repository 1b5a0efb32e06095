package kongtest

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"

// HostHeader is what a service of a protocol is called by. The ports that it leaves out cannot be listened on in a test.
func HostHeader(protocol, host string, port int) string {
	f := &forwarding{service: &db.Row{Values: map[string]any{"protocol": protocol}}}
	return f.hostHeader(host, port)
}
