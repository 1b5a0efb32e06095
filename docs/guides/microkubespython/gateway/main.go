// Command gateway registers a service with its gateway, and does all else itself.
package main

import (
	"cmp"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/microkubes/microkubes-go/registrator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	listener, err := net.Listen("tcp", cmp.Or(os.Getenv("LISTEN_ADDR"), ":5000"))
	if err != nil {
		log.Fatal(err)
	}
	gateway, err := registrator.NewKong("", registrator.Config{}) // API_GATEWAY_URL, or http://localhost:8001
	if err != nil {
		log.Fatal(err)
	}
	left, err := gateway.Start(ctx, registrator.Service{
		Name:           "hello-service",
		Paths:          []string{"/"},
		Host:           cmp.Or(os.Getenv("SERVICE_HOST"), "hello-service.service.consul"),
		Port:           listener.Addr().(*net.TCPAddr).Port,
		RemoveWhenLast: true, // without it, the registration stays when the service ends
	})
	if err != nil {
		log.Fatal(err) // the service terminates with status 1
	}
	server := &http.Server{Handler: routes(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		log.Print(server.Serve(listener))
		stop()
	}()
	if err := <-left; err != nil { // ctx has ended
		log.Print(err)
	}
	time.Sleep(time.Second) // workers of the gateway may send requests until then
	if err := server.Shutdown(context.Background()); err != nil {
		log.Print(err)
	}
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "Hello from Go service on Microkubes")
	})
	return mux
}
