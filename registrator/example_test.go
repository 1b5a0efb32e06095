package registrator_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// A service describes itself and registers before anything else. The gateway here is one in this process.
func Example() {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	hello := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "Hello from a service behind Kong")
	}))
	defer hello.Close()
	address, _ := url.Parse(hello.URL)

	kong, err := registrator.NewKong(gateway.AdminURL(), registrator.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println(err)
		return
	}
	service := registrator.Service{
		Name:     "hello-service",
		Paths:    []string{"/hello"},
		Instance: address.Host,
		Plugins:  []registrator.Plugin{{Name: "rate-limiting", Config: map[string]any{"minute": 60, "policy": "local"}}},
	}
	if err := kong.Register(context.Background(), service); err != nil {
		fmt.Println(err)
		return
	}
	response, err := http.Get(gateway.ProxyURL() + "/hello")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	fmt.Println(string(body))
	// Output: Hello from a service behind Kong
}

// Plan is a dry run.
func ExampleKong_Plan() {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	kong, _ := registrator.NewKong(gateway.AdminURL(), registrator.Config{Logger: slog.New(slog.DiscardHandler)})
	service := registrator.Service{Name: "hello-service", Paths: []string{"/hello"}, Host: "hello.service.consul", Port: 5000}
	if err := kong.Register(context.Background(), service); err != nil {
		fmt.Println(err)
	}
	service.Port, service.Methods = 5001, []string{"GET"}
	plan, err := kong.Plan(context.Background(), service)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(plan)
	// Output:
	// update service hello-service: port 5000 -> 5001
	// update route hello-service: methods none -> ["GET"]
}

// A service stays registered until its context ends, and has left the gateway when the channel says so. In a program the
// context is that of signal.NotifyContext.
func ExampleKong_Start() {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	kong, _ := registrator.NewKong(gateway.AdminURL(), registrator.Config{Logger: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()

	left, err := kong.Start(ctx, registrator.Service{Name: "hello-service", Paths: []string{"/hello"}, Instance: "10.0.0.7:5000"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("registered")
	stop() // SIGTERM
	if err := <-left; err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("left")
	// Output:
	// registered
	// left
}
