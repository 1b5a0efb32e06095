package hello_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

func TestRegistration(t *testing.T) {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	t.Setenv("API_GATEWAY_URL", gateway.AdminURL())
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "Hello") }))
	defer service.Close()

	kong, err := registrator.NewKong("", registrator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	left, err := kong.Start(ctx, registrator.Service{
		Name:     "hello-service",
		Paths:    []string{"/hello"},
		Instance: service.Listener.Addr().String(),
	})
	if err != nil {
		stop()
		t.Fatal(err)
	}
	if err := registrator.WaitLive(t.Context(), gateway.ProxyURL()+"/hello"); err != nil {
		t.Error(err)
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
	if err := <-left; err != nil {
		t.Error(err)
	}
}
