package hello_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

func TestService(t *testing.T) {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	dir := filepath.Join(t.TempDir(), "keys")
	if err := coretest.NewIssuer("Microkubes JWT Authority").WriteKeys(dir); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	serving, done := make(chan struct{}), make(chan error, 1)
	config := service.Config{
		Name: "hello-service", Paths: []string{"/hello"}, Policy: service.Microkubes(dir),
		Address: "127.0.0.1:0", GatewayURL: gateway.AdminURL(), Linger: -1,
	}
	go func() {
		done <- service.Run(ctx, config, func(*service.App) (service.Server, error) {
			serve := service.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "Hello") }))
			return func(ctx context.Context, l net.Listener, front func(method, path string) (status int, body []byte)) error {
				close(serving)
				return serve(ctx, l, front)
			}, nil
		})
	}()
	select {
	case <-serving:
	case err := <-done:
		t.Fatal(err)
	}
	resp, err := http.Get(gateway.ProxyURL() + "/hello")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "Hello" {
		t.Errorf("through the gateway: %d %q, %v", resp.StatusCode, body, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
