package fibersec_test

import (
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// prepared makes app listen on a loopback address, and returns the address.
func prepared(t testing.TB, app *fiber.App) net.Addr {
	t.Helper()
	require.NoError(t, fibersec.Prepare(app))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}) }()
	t.Cleanup(func() { _ = app.Shutdown() })
	return listener.Addr()
}

// dial connects to addr. The deadline only ends a test that hangs.
func dial(t testing.TB, addr net.Addr) net.Conn {
	t.Helper()
	conn, err := net.Dial(addr.Network(), addr.String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	return conn
}

// exchange sends a request, and returns everything that the server sends until it closes the connection.
func exchange(t testing.TB, addr net.Addr, request string) string {
	t.Helper()
	conn := dial(t, addr)
	defer conn.Close()
	_, _ = io.WriteString(conn, request) // the server may have closed it already
	_ = conn.(interface{ CloseWrite() error }).CloseWrite()
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

// holds reports whether the answer contains eight consecutive bytes of the credential.
func holds(answer, credential string) bool {
	for i := 0; i+8 <= len(credential); i++ {
		if strings.Contains(answer, credential[i:i+8]) {
			return true
		}
	}
	return false
}

const credential = "Bearer hush0123456789canary/+=ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func TestPrepareSaysWhatToChange(t *testing.T) {
	assert.NoError(t, fibersec.Prepare(fiber.New()))
	assert.ErrorContains(t, fibersec.Prepare(fiber.New(fiber.Config{UnescapePath: true})), "UnescapePath")
	assert.ErrorContains(t, fibersec.Prepare(fiber.New(fiber.Config{DisableHeaderNormalizing: true})), "leave it off")
	app := fiber.New(fiber.Config{ReadBufferSize: 1 << 20})
	require.NoError(t, fibersec.Prepare(app))
	assert.Equal(t, 1<<20, app.Server().ReadBufferSize, "what is more is left alone")
	assert.True(t, app.Server().SecureErrorLogMessage, "whoever unwraps an error finds less of the request, too")
	app.Server().ErrorHandler = nil
	require.NoError(t, fibersec.Prepare(app))
	assert.Nil(t, app.Server().ErrorHandler, "fasthttp's own answers are constant")
}

func TestLongTokenFits(t *testing.T) {
	app := fiber.New(fiber.Config{})
	app.Get("/x", ok)
	addr := prepared(t, app)
	request := "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer "
	assert.Contains(t, exchange(t, addr, request+strings.Repeat("a", 8<<10)+"\r\n\r\n"), "HTTP/1.1 200 ")
	answer := exchange(t, addr, request+strings.Repeat("a", 17<<10)+"\r\n\r\n")
	assert.Contains(t, answer, "HTTP/1.1 431 ")
	assert.NotContains(t, answer, "aaaaaaaa")
}

// observed counts the decisions of a chain.
type observed struct{ events atomic.Int64 }

func (o *observed) Decision(context.Context, core.Event) { o.events.Add(1) }

// TestUnparsableRequestIsNotSentBack has requests that fasthttp refuses before any handler, each with a credential. No guard
// sees them, and the app's own ErrorHandler writes the answer.
func TestUnparsableRequestIsNotSentBack(t *testing.T) {
	var told observed
	chain, err := core.NewSecurityChain(byName)
	require.NoError(t, err)
	app := fiber.New(fiber.Config{
		BodyLimit: 1 << 10,
		ErrorHandler: func(c fiber.Ctx, err error) error {
			_ = fiber.DefaultErrorHandler(c, err)
			return c.SendString("mine: " + err.Error())
		},
	})
	app.Use(fibersec.New(chain.WithObserver(&told)).Middleware)
	addr := prepared(t, app)
	const start = "POST /x HTTP/1.1\r\nHost: a\r\n"
	for name, c := range map[string]struct {
		request string // where % stands for the credential
		answer  string
	}{
		"no colon":                  {start + "Authorization: %\r\nBroken line\r\n\r\n", "400"},
		"no colon in that line":     {start + "Authorization %\r\n\r\n", "400"},
		"control in the value":      {start + "Authorization: %\x01\r\n\r\n", "400"},
		"control in a cookie":       {start + "Cookie: token=%\x7f\r\n\r\n", "400"},
		"control in another header": {start + "X-Api-Key: \x00%\r\n\r\n", "400"},
		"tab before the colon":      {start + "Authorization\t: %\r\n\r\n", "400"},
		"control in the name":       {start + "X\x00-Api-Key: %\r\n\r\n", "400"},
		"name is the value":         {start + "%: x\r\n\r\n", "400"},
		"timeout in the value":      {start + "X-Api-Key: % timeout\x01\r\n\r\n", "400"},
		"no version":                {"POST /x\r\nAuthorization: %\r\n\r\n", "400"},
		"version is the value":      {"POST /x HTTP/%\r\n\r\n", "400"},
		"method is the value":       {"% /x HTTP/1.1\r\n\r\n", "400"},
		"length":                    {start + "Authorization: %\r\nContent-Length: x\r\n\r\n", "400"},
		"length is the value":       {start + "Content-Length: %\r\n\r\n", "400"},
		"two lengths":               {start + "Authorization: %\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"},
		"coding":                    {start + "Authorization: %\r\nTransfer-Encoding: gzip\r\n\r\n", "400"},
		"coding is the value":       {start + "Transfer-Encoding: %\r\n\r\n", "400"},
		"chunk":                     {start + "Authorization: %\r\nTransfer-Encoding: chunked\r\n\r\nx%\r\n\r\n", "400"},
		"forbidden trailer":         {start + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nAuthorization: %\r\n\r\n", "400"},
		"form":                      {start + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 70\r\n\r\n--b\r\nAuthorization %\r\n\r\n", "400"},
		"host":                      {"POST /x HTTP/1.1\r\nHost: [%\r\n\r\n", "400"},
		"target":                    {"POST http://[%/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
		"too large a body":          {start + "Authorization: %\r\nContent-Length: 9999\r\n\r\n", "413"},
		"after a good one":          {"GET /x HTTP/1.1\r\nHost: a\r\nX-User: ann\r\n\r\n" + start + "Authorization: %\x01\r\n\r\n", "400"},
	} {
		t.Run(name, func(t *testing.T) {
			told.events.Store(0)
			answer := exchange(t, addr, strings.ReplaceAll(c.request, "%", credential))
			assert.Contains(t, answer, "HTTP/1.1 "+c.answer+" ")
			assert.Contains(t, answer, "mine: ")
			assert.False(t, holds(answer, credential), answer)
			assert.LessOrEqual(t, told.events.Load(), int64(strings.Count(name, "good")), "no decision was made")
		})
	}
}

func TestTimeoutKeepsItsStatus(t *testing.T) {
	app := fiber.New(fiber.Config{ReadTimeout: 50 * time.Millisecond})
	addr := prepared(t, app)
	for name, begun := range map[string]string{
		"headers":  "GET /x HTTP/1.1\r\nAuthorization: " + credential,
		"body":     "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n" + credential[:8],
		"trailers": "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
	} {
		conn := dial(t, addr)
		_, err := io.WriteString(conn, begun)
		require.NoError(t, err)
		answer, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.Contains(t, string(answer), "HTTP/1.1 408 ", name)
		assert.False(t, holds(string(answer), credential), name)
	}
}
