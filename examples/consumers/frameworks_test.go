package main

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
)

// TestFrameworksAgree writes headers in unusual forms to sockets of net/http, Echo and Fiber, from the address of the gateway and
// from another one. Each answers as the others.
func TestFrameworksAgree(t *testing.T) {
	const id, credential = "3deaf785-fc17-46bb-be15-fd7c2e69c5a6", "0b0b551a-ea51-44fb-8bf3-fea79b4a677b"
	const good = "X-Consumer-ID: " + id + "\r\nX-Consumer-Username: alice\r\nX-Credential-Identifier: " + credential +
		"\r\nX-Consumer-Groups: staff\r\n"
	rest := strings.TrimPrefix(good, "X-Consumer-ID: "+id+"\r\n")
	for name, c := range map[string]struct {
		lines string
		want  int
	}{
		"good":                         {good, 200},
		"small letters":                {strings.ToLower(good), 200},
		"capitals":                     {strings.ToUpper(good), 200},
		"white space around the value": {"X-Consumer-ID: \t " + id + " \t\r\n" + rest, 200},
		"no space":                     {"X-Consumer-ID:" + id + "\r\n" + rest, 200},
		"none":                         {"", 401},
		"a mark":                       {"X-Anonymous-Consumer: false\r\n", 401},
		"an empty mark":                {"X-Anonymous-Consumer:\r\n", 401},
		"a mark and all":               {good + "X-Anonymous-Consumer:\r\n", 400},
		"an empty id":                  {"X-Consumer-ID:\r\n" + rest, 400},
		"the id twice":                 {good + "X-Consumer-ID: " + credential + "\r\n", 400},
		"the id twice, once empty":     {good + "x-consumer-id:\r\n", 400},
		"the id with a comma":          {"X-Consumer-ID: " + id + "," + credential + "\r\n" + rest, 400},
		"underscores alone":            {strings.ReplaceAll(good, "-", "_"), 401},
		"underscores beside":           {good + "X_Consumer_ID: " + credential + "\r\nX_Anonymous_Consumer: true\r\n", 200},
		"a folded id":                  {"X-Consumer-ID:\r\n " + id + "\r\n" + rest, 200},
		"a folded second value":        {good[:len(good)-2] + "\r\n\t, admin\r\n", 200}, // one value (RFC 9112, section 5.2)
		"white space before the colon": {"X-Consumer-ID : " + id + "\r\n" + rest, 400},
		"a NUL":                        {"X-Consumer-Username: al\x00ice\r\n" + strings.Replace(good, "X-Consumer-Username: alice\r\n", "", 1), 400},
		"a bare carriage return":       {good + "X-Other: a\rX-Consumer-Groups: admin\r\n", 400},
		"not UTF-8":                    {strings.Replace(good, "alice", "\xe9", 1), 400},
		"Connection names the groups":  {"Connection: X-Consumer-Groups\r\n" + good, 200},
		"groups that are missing":      {strings.Replace(good, "X-Consumer-Groups: staff\r\n", "", 1), 400},
		"a long name":                  {strings.Replace(good, "alice", strings.Repeat("a", 4097), 1), 400},
	} {
		t.Run(name, func(t *testing.T) {
			for _, serve := range []func(*testing.T, *core.SecurityChain) string{serveHTTP, serveEcho, serveFiber} {
				trusted, untrusted := serve(t, believing(t, "127.0.0.1")), serve(t, believing(t, "127.0.0.2"))
				assert.Equal(t, c.want, ask(t, trusted, c.lines))
				forwarded := "X-Forwarded-For: 127.0.0.2\r\nX-Real-IP: 127.0.0.2\r\nForwarded: for=127.0.0.2\r\n"
				assert.Contains(t, []int{400, 401}, ask(t, untrusted, c.lines+forwarded), "not from the gateway")
			}
		})
	}
}

// believing returns a chain that believes the headers from one address.
func believing(t *testing.T, peer string) *core.SecurityChain {
	t.Helper()
	consumers, chain, err := secure([]string{peer})
	require.NoError(t, err)
	require.NoError(t, consumers.CheckRegistration(configure("", nil).Registration.PluginConfigs()))
	return chain.WithLogger(slog.New(slog.DiscardHandler))
}

func serveHTTP(t *testing.T, chain *core.SecurityChain) string {
	return listen(t, &http.Server{Handler: nethttp.New(chain).Secured(func(http.ResponseWriter, *http.Request) {}),
		ReadHeaderTimeout: time.Minute})
}

func serveEcho(t *testing.T, chain *core.SecurityChain) string {
	e := echo.New()
	e.GET("/", echosec.New(chain).Secured(func(echo.Context) error { return nil }))
	return listen(t, &http.Server{Handler: e, ReadHeaderTimeout: time.Minute})
}

func listen(t *testing.T, server *http.Server) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		assert.NoError(t, server.Close())
		assert.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return listener.Addr().String()
}

func serveFiber(t *testing.T, chain *core.SecurityChain) string {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/", fibersec.New(chain).Secured(func(*fiber.Ctx) error { return nil }))
	require.NoError(t, fibersec.Prepare(app))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(listener) }()
	t.Cleanup(func() {
		assert.NoError(t, app.Shutdown())
		assert.NoError(t, <-ended)
	})
	return listener.Addr().String()
}

// ask writes a request as it is and returns the status of the answer.
func ask(t *testing.T, addr, lines string) int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: reports.test\r\n%s\r\n", lines)
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	_ = answer.Body.Close()
	return answer.StatusCode
}
