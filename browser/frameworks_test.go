package browser_test

import (
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A framework serves a service with CORS middleware that is usual for it.
type framework struct {
	name  string
	serve func(*testing.T, net.Listener, *service)
	// refusesOrigins is set if the CORS middleware answers 403 to origins that are not allowed. Others pass their requests on
	// without CORS headers.
	refusesOrigins bool
	// refusesWildcard is set if the CORS middleware cannot be made with credentials for the origin *.
	refusesWildcard bool
}

// frameworks is the list of all: an adapter of another framework needs one line here, and a file with its function.
var frameworks = []framework{
	{name: "nethttp", serve: handler(netHTTP)},
	{name: "chi", serve: handler(chiRouter)},
	{name: "gin", serve: handler(ginEngine), refusesOrigins: true},
	{name: "echo", serve: handler(echoV4)},
	{name: "echov5", serve: handler(echoV5), refusesWildcard: true},
	{name: "fiber", serve: fiberV2, refusesWildcard: true},
	{name: "fiberv3", serve: fiberV3, refusesWildcard: true},
}

// handler serves a service on a framework whose application is a handler of net/http.
func handler(application func(*service) http.Handler) func(*testing.T, net.Listener, *service) {
	return func(t *testing.T, l net.Listener, s *service) {
		t.Helper()
		server := &http.Server{Handler: application(s), ReadHeaderTimeout: 10 * time.Second}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(l) }()
		t.Cleanup(func() {
			assert.NoError(t, server.Close())
			assert.ErrorIs(t, <-ended, http.ErrServerClosed)
		})
	}
}
