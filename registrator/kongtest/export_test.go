package kongtest

// HostHeader is what a service of a protocol is called by. The ports that it leaves out cannot be listened on in a test.
func HostHeader(protocol, host string, port int) string {
	f := &forwarding{service: &entity{values: map[string]any{"protocol": protocol}}}
	return f.hostHeader(host, port)
}
