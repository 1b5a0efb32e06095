package registrator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// A service describes itself and registers before it does anything else. The gateway in this example runs in the process.
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

// Plan is a dry run: first of a registration, and then of a change to it.
func ExampleKong_Plan() {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	kong, _ := registrator.NewKong(gateway.AdminURL(), registrator.Config{Logger: slog.New(slog.DiscardHandler)})
	ctx := context.Background()
	service := registrator.Service{Name: "hello-service", Paths: []string{"/hello"}, Host: "hello.service.consul", Port: 5000}
	plan, err := kong.Plan(ctx, service)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(plan)
	fmt.Println()

	if err := kong.Register(ctx, service); err != nil {
		fmt.Println(err)
	}
	service.Port, service.Methods = 5001, []string{"GET"}
	if plan, err = kong.Plan(ctx, service); err != nil {
		fmt.Println(err)
	}
	fmt.Println(plan)
	// Output:
	// create service hello-service: protocol http, host hello.service.consul, port 5000, tags ["registered:hello-service"]
	// create route hello-service: protocols ["http","https"], paths ["/hello"], strip_path false, preserve_host false, tags ["registered:hello-service"]
	//
	// update service hello-service: port 5000 -> 5001
	// update route hello-service: methods none -> ["GET"]
}

// A service stays registered until its context ends. It has left the gateway when the channel receives. In a program, the context
// is that of signal.NotifyContext.
func ExampleKong_Start() {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	hello := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer hello.Close()
	address, _ := url.Parse(hello.URL)
	kong, _ := registrator.NewKong(gateway.AdminURL(), registrator.Config{Logger: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()

	left, err := kong.Start(ctx, registrator.Service{
		Name: "hello-service", Paths: []string{"/hello"}, Instance: address.Host, RemoveWhenLast: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := registrator.WaitLive(ctx, gateway.ProxyURL()+"/hello"); err != nil {
		fmt.Println(err)
		return
	}
	status := func() string {
		response, err := http.Get(gateway.ProxyURL() + "/hello")
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		return response.Status
	}
	fmt.Println("registered:", status())
	stop() // SIGTERM
	if err := <-left; err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("left:", status())
	// Output:
	// registered: 200 OK
	// left: 404 Not Found
}

// An error says which entity, which request and which field, and what to change. Its kind is compared with errors.Is.
func ExampleError() {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	kong, _ := registrator.NewKong(gateway.AdminURL(), registrator.Config{Logger: slog.New(slog.DiscardHandler)})
	service := registrator.Service{
		Name: "hello-service", Paths: []string{"/hello"}, Host: "hello.service.consul",
		Plugins: []registrator.Plugin{{Name: "rate-limiting", Config: map[string]any{"minutes": 60}}},
	}
	err := kong.Register(context.Background(), service)
	var e *registrator.Error
	if errors.Is(err, registrator.ErrInvalid) && errors.As(err, &e) {
		fmt.Println(e.Entity)
		fmt.Println(e.Request, e.Status)
		fmt.Println("config.minutes:", e.Fields["config.minutes"])
	}
	// Output:
	// plugin rate-limiting of service hello-service
	// POST /services/hello-service/plugins 400
	// config.minutes: unknown field
}
