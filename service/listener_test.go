package service_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/service"
)

// TestSlowClients has clients that hold a connection: one sends a header byte by byte, and one sends no more requests.
func TestSlowClients(t *testing.T) {
	for name, c := range map[string]struct {
		first string
		lasts time.Duration
	}{
		"a slow header": {"", 10 * time.Second},
		"idle":          {"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 90 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				f.routes.HandleFunc("/hello", func(http.ResponseWriter, *http.Request) {})
				f.hooks.at["serving"] = func() {
					go func() {
						defer f.stop()
						conn, err := f.config.Listener.(*pipes).dial(f.ctx, "", "")
						if !assert.NoError(t, err) {
							return
						}
						began, closed := time.Now(), make(chan struct{})
						go func() { _, _ = io.Copy(io.Discard, conn); close(closed) }()
						_, err = io.WriteString(conn, c.first)
						for err == nil && c.first == "" {
							time.Sleep(time.Second) // of virtual time
							_, err = io.WriteString(conn, "x")
						}
						<-closed
						assert.InDelta(t, c.lasts.Seconds(), time.Since(began).Seconds(), 1)
						_ = conn.Close()
					}()
				}
				assert.NoError(t, f.run())
			})
		})
	}
}

// TestConnectionsOfTCP has connections over TCP. Those that were closed are not counted when the service stops, and those that
// come after the time to stop are closed at once.
func TestConnectionsOfTCP(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log, listening := &hooks{at: map[string]func(){}}, make(chan net.Listener, 1)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if !assert.NoError(t, err) {
		return
	}
	config := service.Config{
		Name: "hello-service", Paths: []string{"/hello"}, Policy: service.Microkubes(writtenKeys(t)), Listener: &stays{inner},
		WithoutGateway: true, Logger: slog.New(log),
	}
	assert.NoError(t, service.Run(ctx, config, func(*service.App) (service.Server, error) {
		return func(ctx context.Context, l net.Listener, _ front) error {
			client, err := net.Dial("tcp", inner.Addr().String())
			assert.NoError(t, err)
			conn, err := l.Accept()
			assert.NoError(t, err)
			_, isFile := conn.(io.ReaderFrom) // with which net/http sends files
			assert.True(t, isFile)
			_ = conn.Close()
			_ = client.Close()
			listening <- l
			stop()
			<-ctx.Done()
			return nil
		}, nil
	}))
	assert.Contains(t, log.logged(), "completing requests in progress connections=0")
	client, err := net.Dial("tcp", inner.Addr().String())
	assert.NoError(t, err)
	conn, err := (<-listening).Accept()
	assert.Nil(t, conn)
	assert.ErrorIs(t, err, net.ErrClosed)
	_, err = client.Read(make([]byte, 1))
	assert.ErrorIs(t, err, io.EOF)
	_ = client.Close()
	assert.NoError(t, inner.Close())
}

// stays is a listener that stays open when it is closed, as one with a connection in its hands.
type stays struct{ net.Listener }

func (*stays) Close() error { return nil }
