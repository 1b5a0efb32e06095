package registrator_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
)

// What a registrator does on a gateway, in-process and real. Each test uses names of its own and leaves nothing behind.

func TestFreshProcessWritesNothing(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		host := g.hello()
		host.Hosts, host.Methods = []string{"b.example.com", "*.example.org", "b.example.com"}, []string{"POST", "GET"}
		host.Headers = map[string][]string{"X-Version": {"2", "1"}}
		host.StripPath, host.PreserveHost, host.Retries = true, true, -1
		host.ConnectTimeout, host.ReadTimeout, host.WriteTimeout = time.Second, 1500*time.Millisecond, time.Minute
		host.Tags, host.Owner = []string{"team-a", "v1", "team-a"}, "team-a"
		host.Plugins = []registrator.Plugin{
			{Name: "rate-limiting", Config: map[string]any{"minute": 5, "policy": "local"}},
			{Name: "cors", Config: map[string]any{"origins": []string{"https://a.example.com"}, "max_age": 3600.0, "headers": nil}},
			{Name: "key-auth"},
		}
		instance := g.hello()
		instance.Host, instance.Instance = "", "10.1.2.3"
		grpc := g.hello()
		grpc.Protocol = "grpc"
		for what, s := range map[string]registrator.Service{"host": host, "instance": instance, "grpc": grpc, "plain": g.hello()} {
			require.NoError(t, g.kong().Register(soon(t), s), what)
			assert.NotEmpty(t, g.written(), what)
			require.NoError(t, g.kong().Register(soon(t), s), what)
			assert.Empty(t, g.written(), what)
			plan, err := g.kong().Plan(soon(t), s)
			require.NoError(t, err, what)
			assert.Equal(t, "nothing to do", plan.String(), what)
		}
	})
}

func TestOneFieldOneWrite(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Plugins = []registrator.Plugin{{Name: "rate-limiting", Config: map[string]any{"minute": 5, "policy": "local"}}}
		require.NoError(t, g.kong().Register(soon(t), s))
		for _, c := range []struct {
			field  string
			change func()
		}{
			{"host", func() { s.Host = "other.example.com" }},
			{"port", func() { s.Port = 5001 }},
			{"protocol", func() { s.Protocol = "https" }},
			{"read timeout", func() { s.ReadTimeout = time.Second }},
			{"retries", func() { s.Retries = 2 }},
			{"paths", func() { s.Paths = append(s.Paths, "/"+s.Name+"-b") }},
			{"hosts", func() { s.Hosts = []string{"a.example.com"} }},
			{"no hosts", func() { s.Hosts = nil }},
			{"methods", func() { s.Methods = []string{"GET"} }},
			{"headers", func() { s.Headers = map[string][]string{"x-a": {"1"}} }},
			{"strip path", func() { s.StripPath = true }},
			{"preserve host", func() { s.PreserveHost = true }},
			{"plugin", func() { s.Plugins[0].Config["minute"] = 7 }},
			{"plugin gone", func() { s.Plugins = nil }},
		} {
			c.change()
			g.written()
			require.NoError(t, g.kong().Register(soon(t), s), c.field)
			assert.Len(t, g.written(), 1, c.field)
		}
	})
}

func TestDriftIsRepairedAndTheOperatorsFieldsAreKept(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Plugins = []registrator.Plugin{{Name: "rate-limiting", Config: map[string]any{"minute": 5, "policy": "local"}}}
		require.NoError(t, g.kong().Register(soon(t), s))
		before := g.must("GET", "/services/"+s.Name, nil)
		tag := "registered:" + s.Name

		g.must("PATCH", "/services/"+s.Name, map[string]any{
			"host": "drifted", "retries": 9, "path": "/base", "tags": []string{"operators"}, "enabled": false})
		status, _ := g.operator("PATCH", "/services/"+s.Name, nil)
		assert.Less(t, status, 500)
		err := g.kong().Register(soon(t), s)
		require.ErrorIs(t, err, registrator.ErrNotOurs, "without the tag it is not ours any more")
		assert.Contains(t, err.Error(), tag, "and the error says how to hand it over")

		g.must("PATCH", "/services/"+s.Name, map[string]any{"tags": []string{"operators", tag}})
		g.must("PATCH", "/routes/"+s.Name, map[string]any{"paths": []string{"/drifted"}, "hosts": []string{"drifted.example.com"},
			"strip_path": true, "regex_priority": 3, "https_redirect_status_code": 301, "protocols": []string{"https"},
			"tags": []string{tag, "operators"}})
		g.written()
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Len(t, g.written(), 2)

		service := g.must("GET", "/services/"+s.Name, nil)
		assert.Equal(t, "hello.example.com", service["host"])
		assert.EqualValues(t, 9, service["retries"])
		assert.Equal(t, "/base", service["path"])
		assert.Equal(t, false, service["enabled"])
		assert.Equal(t, before["created_at"], service["created_at"], "it was not replaced")
		assert.Equal(t, []any{"operators", tag}, service["tags"])
		route := g.must("GET", "/routes/"+s.Name, nil)
		assert.Equal(t, []any{s.Paths[0]}, route["paths"])
		assert.Nil(t, route["hosts"])
		assert.Equal(t, false, route["strip_path"])
		assert.EqualValues(t, 3, route["regex_priority"])
		assert.EqualValues(t, 301, route["https_redirect_status_code"])
		assert.Equal(t, []any{"https"}, route["protocols"], "narrowed by the operator")

		g.must("DELETE", "/routes/"+s.Name, nil)
		g.must("DELETE", "/services/"+s.Name, nil)
		require.NoError(t, g.kong().Register(soon(t), s), "removed by hand")
		assert.Len(t, g.list("/services/"+s.Name+"/routes"), 1)
		assert.Len(t, g.list("/services/"+s.Name+"/plugins"), 1)
	})
}

func TestDetachedRouteIsAttachedAgain(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		require.NoError(t, g.kong().Register(soon(t), s))
		g.must("PATCH", "/routes/"+s.Name, map[string]any{"service": nil})
		g.written()
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Len(t, g.written(), 1)
		assert.Len(t, g.list("/services/"+s.Name+"/routes"), 1)
	})
}

// at runs n calls at once and returns their errors.
func at(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func TestThirtyAtOnce(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Host, s.Instance = "", "10.0.0.1:5000"
		s.Plugins = []registrator.Plugin{{Name: "rate-limiting", Config: map[string]any{"minute": 5, "policy": "local"}}, {Name: "cors"}}
		for _, err := range at(30, func(int) error { return g.kong().Register(soon(t), s) }) {
			assert.NoError(t, err)
		}
		assert.Len(t, g.list("/services/"+s.Name+"/routes"), 1)
		assert.Len(t, g.list("/services/"+s.Name+"/plugins"), 2)
		assert.Len(t, g.list("/upstreams/"+upstream(s.Name)+"/targets"), 1)
		tagged := map[any]int{}
		for _, e := range g.list("/tags/registered:" + s.Name) {
			tagged[e["entity_name"]]++
		}
		assert.Equal(t, map[any]int{"services": 1, "routes": 1, "upstreams": 1, "targets": 1, "plugins": 2}, tagged)
	})
}

func TestPlanWritesNothing(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Plugins = []registrator.Plugin{{Name: "rate-limiting", Config: map[string]any{"minute": 5, "redis_password": "s3cret"}}}
		plan, err := g.kong().Plan(soon(t), s)
		require.NoError(t, err)
		assert.Empty(t, g.written())
		assert.Equal(t, g.version, plan.Gateway)
		assert.Equal(t, strings.ReplaceAll(`create service NAME: protocol http, host hello.example.com, port 5000, tags ["registered:NAME"]
create plugin rate-limiting of service NAME: tags ["registered:NAME"], config
create route NAME: protocols ["http","https"], paths ["/NAME"], strip_path false, preserve_host false, tags ["registered:NAME"]`,
			"NAME", s.Name), plan.String())
		var actions []registrator.Action
		for _, c := range plan.Changes {
			actions = append(actions, c.Action)
		}
		assert.Equal(t, []registrator.Action{registrator.Create, registrator.Create, registrator.Create}, actions)

		s.Plugins = nil
		require.NoError(t, g.kong().Register(soon(t), s))
		g.written()
		s.Port, s.StripPath = 5001, true
		plan, err = g.kong().Plan(soon(t), s)
		require.NoError(t, err)
		assert.Equal(t, "update service "+s.Name+": port 5000 -> 5001\nupdate route "+s.Name+": strip_path false -> true", plan.String())
		assert.Empty(t, g.written())
	})
}

func TestChangingTheMode(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		host, port := backend(t, "hello")
		s.Host, s.Port = host, port
		require.NoError(t, g.kong().Register(soon(t), s))
		balanced := s
		balanced.Host, balanced.Instance, balanced.Port = "", fmt.Sprint(host, ":", port), 0
		require.NoError(t, g.kong().Register(soon(t), balanced))
		g.eventually(s.Paths[0], "200 hello")
		require.NoError(t, g.kong().Register(soon(t), s))
		g.eventually(s.Paths[0], "200 hello")
		require.NoError(t, g.kong().Deregister(soon(t), balanced), "the target goes")
		require.NoError(t, g.kong().Deregister(soon(t), s))
		assert.Empty(t, g.list("/tags/registered:"+s.Name), "the upstream without targets, too")
	})
}

// TestRunDeregisters ends the context of Run, as SIGTERM does in a service.
func TestRunDeregisters(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		host, port := backend(t, "hello")
		s.Host, s.Instance, s.RemoveWhenLast = "", fmt.Sprint(host, ":", port), true
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		k := newKong(t, g.admin, registrator.Config{CheckEvery: 100 * time.Millisecond})
		go func() { ended <- k.Run(ctx, s) }()
		g.eventually(s.Paths[0], "200 hello")
		g.must("DELETE", "/routes/"+s.Name, nil)
		require.Eventually(t, func() bool {
			status, _ := g.operator("GET", "/routes/"+s.Name, nil)
			return status == 200
		}, time.Minute, 20*time.Millisecond, "a drift is repaired while it runs")
		stop()
		require.NoError(t, <-ended)
		assert.Empty(t, g.list("/tags/registered:"+s.Name))
	})
}

// TestTimeUntilLive logs how long a new route took to be served.
func TestTimeUntilLive(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Host, s.Port = backend(t, "hello")
		require.NoError(t, g.kong().Register(soon(t), s))
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		require.NoError(t, registrator.WaitLive(ctx, g.proxy+s.Paths[0]))
		t.Logf("live after %v", time.Since(start).Round(10*time.Millisecond))
		status, body := g.ask(s.Paths[0])
		assert.Equal(t, "200 hello "+s.Paths[0], fmt.Sprint(status, " ", body))

		err := registrator.WaitLive(forAnswers(t, 2), g.proxy+"/nobody-has-"+s.Name)
		require.ErrorIs(t, err, registrator.ErrUnavailable)
		assert.ErrorIs(t, err, context.Canceled)
		assert.Contains(t, err.Error(), "404")
	})
}
