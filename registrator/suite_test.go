package registrator_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
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

func TestTargetsConverge(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Host = ""
		instances := []string{
			"10.0.0.1:5000", "10.0.0.2", "[::1]:5000", "::2", "[2001:DB8::3]", "[2001:db8:0:0:0:0:0:4]:80", "Node-5.example.com:81",
			"node-6", "10.0.0.1:8000",
		}
		register := func(i int) error {
			mine := s
			mine.Instance = instances[i]
			return g.kong().Register(soon(t), mine)
		}
		for _, err := range at(len(instances), register) {
			assert.NoError(t, err)
		}
		assert.Len(t, g.list("/upstreams/"+upstream(s.Name)+"/targets"), len(instances))
		g.written()
		for _, err := range at(len(instances), register) {
			assert.NoError(t, err)
		}
		assert.Empty(t, g.written(), "no form of an address is taken for drift")

		g.must("PATCH", "/upstreams/"+upstream(s.Name)+"/targets/10.0.0.1:5000", map[string]any{"weight": 0})
		require.NoError(t, register(0))
		assert.Empty(t, g.written(), "a target that an operator drains stays drained")

		for i := range instances {
			mine := s
			mine.Instance = instances[i]
			require.NoError(t, g.kong().Deregister(soon(t), mine))
			assert.Len(t, g.list("/upstreams/"+upstream(s.Name)+"/targets"), len(instances)-1-i, instances[i])
		}
		assert.Len(t, g.list("/services/"+s.Name+"/routes"), 1, "the rest is left, as nobody asked")
	})
}

func TestOneInstanceLeavesTheOtherServes(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Host, s.RemoveWhenLast = "", true
		one, two := s, s
		host, port := backend(t, "one")
		one.Instance = fmt.Sprint(host, ":", port)
		host, port = backend(t, "two")
		two.Instance = fmt.Sprint(host, ":", port)
		require.NoError(t, g.kong().Register(soon(t), one))
		require.NoError(t, g.kong().Register(soon(t), two))
		if g.real {
			require.NoError(t, registrator.WaitLive(soon(t), g.proxy+s.Paths[0]))
		}
		g.eventually(s.Paths[0], "200 one")
		g.eventually(s.Paths[0], "200 two")

		require.NoError(t, g.kong().Deregister(soon(t), one))
		if g.real {
			time.Sleep(time.Second) // until each of its workers knows
		}
		for range 40 {
			status, body := g.ask(s.Paths[0])
			require.Equal(t, "200 two "+s.Paths[0], fmt.Sprint(status, " ", body))
		}
		require.NoError(t, g.kong().Deregister(soon(t), two))
		require.NoError(t, g.kong().Deregister(soon(t), two), "again")
		assert.Empty(t, g.list("/tags/registered:"+s.Name), "the last one out took everything")
		deletes := slices.DeleteFunc(g.written(), func(w string) bool { return !strings.HasPrefix(w, "DELETE") })
		var order []string
		for _, d := range deletes[1:] {
			order = append(order, strings.Split(d, "/")[1])
		}
		assert.Equal(t, []string{"upstreams", "routes", "services", "upstreams"}, order, "target, route, service, upstream")
	})
}

func TestFullDeregistrationRepeated(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Plugins = []registrator.Plugin{{Name: "cors"}}
		require.NoError(t, g.kong().Register(soon(t), s))
		require.NoError(t, g.kong().Deregister(soon(t), s))
		assert.Empty(t, g.list("/tags/registered:"+s.Name))
		g.written()
		require.NoError(t, g.kong().Deregister(soon(t), s))
		assert.Empty(t, g.written())
		s.Host, s.Instance = "", "10.0.0.1"
		require.NoError(t, g.kong().Deregister(soon(t), s), "where there never was one")
		assert.Empty(t, g.written())
	})
}

func TestWhatIsNotOursIsRefused(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s, theirs := g.hello(), g.name()
		s.Plugins = []registrator.Plugin{{Name: "cors"}}
		g.must("PUT", "/services/"+theirs, map[string]any{"host": "theirs.example.com"})
		route := map[string]any{"paths": []string{"/theirs"}}
		refused := func(what, entity string) {
			t.Helper()
			g.written()
			err := g.kong().Register(soon(t), s)
			require.ErrorIs(t, err, registrator.ErrNotOurs, what)
			var e *registrator.Error
			require.ErrorAs(t, err, &e, what)
			assert.Equal(t, entity, e.Entity, what)
			assert.Empty(t, g.written(), what)
		}

		g.must("PUT", "/services/"+theirs+"/routes/"+s.Name, route)
		refused("a route of another service", "route "+s.Name)
		route["tags"] = []string{"registered:" + s.Name}
		g.must("PUT", "/services/"+theirs+"/routes/"+s.Name, route)
		refused("the same with our tag", "route "+s.Name)
		require.NoError(t, g.kong().Deregister(soon(t), s))
		assert.Len(t, g.list("/services/"+theirs+"/routes"), 1, "deregistering leaves it")
		g.must("DELETE", "/routes/"+s.Name, nil)

		g.must("PUT", "/services/"+s.Name, map[string]any{"host": "theirs.example.com"})
		refused("a service by hand", "service "+s.Name)
		require.NoError(t, g.kong().Deregister(soon(t), s))
		g.must("PUT", "/services/"+s.Name, map[string]any{"host": "a.example.com", "tags": []string{"registered:" + s.Name + "@b"}})
		refused("a service of another owner", "service "+s.Name)
		g.must("DELETE", "/services/"+s.Name, nil)

		require.NoError(t, g.kong().Register(soon(t), registrator.Service{Name: s.Name, Host: s.Host, Paths: s.Paths}))
		g.must("POST", "/services/"+s.Name+"/plugins", map[string]any{"name": "cors"})
		refused("a plugin by hand", "plugin cors of service "+s.Name)
		g.must("PUT", "/services/"+s.Name+"/routes/"+theirs, map[string]any{"paths": []string{"/more"}})
		err := g.kong().Deregister(soon(t), s)
		require.ErrorIs(t, err, registrator.ErrNotOurs, "a route of somebody else on our service")
		assert.Contains(t, err.Error(), theirs)
		assert.Len(t, g.list("/services/"+s.Name+"/routes"), 2, "nothing was removed")
		g.must("DELETE", "/routes/"+theirs, nil)
		err = g.kong().Deregister(soon(t), s)
		require.ErrorIs(t, err, registrator.ErrNotOurs, "a plugin of somebody else on our service")
		assert.Contains(t, err.Error(), "cors")
		g.must("DELETE", "/plugins/"+fmt.Sprint(g.list("/services/" + s.Name + "/plugins")[0]["id"]), nil)
		require.NoError(t, g.kong().Deregister(soon(t), s))

		g.must("PUT", "/upstreams/"+upstream(s.Name), map[string]any{})
		s.Host, s.Instance, s.Plugins = "", "10.0.0.1", nil
		refused("an upstream by hand", "upstream "+upstream(s.Name))
	})
}

func TestRegisterDuringADeregistrationStorm(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Host, s.RemoveWhenLast = "", true
		storm := make(chan struct{})
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				mine := s
				mine.Instance = fmt.Sprintf("10.0.0.%d:80", i)
				for n := 0; ; n++ {
					select {
					case <-storm:
						return
					default:
					}
					_ = g.kong().Register(soon(t), mine)
					assert.NoError(t, g.kong().Deregister(soon(t), mine))
				}
			})
		}
		stays := s
		stays.Instance = "10.0.0.9:80"
		lasts := 500 * time.Millisecond
		if long() || g.real {
			lasts = 2 * time.Second
		}
		time.AfterFunc(lasts, func() { close(storm) })
		for range 5 {
			assert.NoError(t, g.kong().Register(soon(t), stays))
		}
		wg.Wait()
		require.NoError(t, g.kong().Register(soon(t), stays), "what Run does at its next look")
		assert.Len(t, g.list("/services/"+s.Name+"/routes"), 1)
		assert.Len(t, g.list("/upstreams/"+upstream(s.Name)+"/targets"), 1)
	})
}

func TestPlugins(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		limit := map[string]any{"minute": 5, "policy": "local"}
		s.Plugins = []registrator.Plugin{{Name: "rate-limiting", Config: limit}}
		require.NoError(t, g.kong().Register(soon(t), s))
		plugin := g.list("/services/" + s.Name + "/plugins")[0]
		path := "/plugins/" + fmt.Sprint(plugin["id"])
		g.must("PATCH", path, map[string]any{"enabled": false, "config": map[string]any{"hour": 100}})
		g.written()
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Empty(t, g.written(), "what the description does not speak of is the operator's")

		limit["minute"] = 6
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Len(t, g.written(), 1)
		plugin = g.must("GET", path, nil)
		assert.EqualValues(t, 6, plugin["config"].(map[string]any)["minute"])
		assert.EqualValues(t, 100, plugin["config"].(map[string]any)["hour"], "a record is merged, not replaced")
		assert.Equal(t, false, plugin["enabled"])

		limit["bogus"], limit["policy"] = 1, "nowhere"
		err := g.kong().Register(soon(t), s)
		require.ErrorIs(t, err, registrator.ErrInvalid)
		var e *registrator.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "plugin rate-limiting of service "+s.Name, e.Entity)
		assert.Equal(t, 400, e.Status)
		assert.Equal(t, 2, e.Code)
		assert.Equal(t, "unknown field", e.Fields["config.bogus"])
		assert.Contains(t, e.Fields["config.policy"], "expected one of")

		s.Plugins[0] = registrator.Plugin{Name: "request-transformer", Config: map[string]any{"add": map[string]any{}}}
		require.NoError(t, g.kong().Register(soon(t), s))
		g.written()
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Empty(t, g.written(), "an empty record asks for nothing")

		s.Plugins[0] = registrator.Plugin{Name: "no-such-plugin"}
		require.ErrorIs(t, g.kong().Register(soon(t), s), registrator.ErrInvalid)
	})
}

func TestRegularExpressionsByVersion(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		s.Host, s.Port = backend(t, "hello")
		s.Paths = []string{"~/" + s.Name + `/\d+$`, "/" + s.Name + "/plain"}
		require.NoError(t, g.kong().Register(soon(t), s))
		paths := g.must("GET", "/routes/"+s.Name, nil)["paths"]
		if strings.HasPrefix(g.version, "2.") {
			assert.Equal(t, []any{"/" + s.Name + `/\d+$`, "/" + s.Name + "/plain"}, paths)
		} else {
			assert.Equal(t, []any{s.Paths[0], s.Paths[1]}, paths)
		}
		g.written()
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Empty(t, g.written())
		g.eventually("/"+s.Name+"/12", "200 hello /"+s.Name+"/12")
		g.eventually("/"+s.Name+"/plain", "200 hello /"+s.Name+"/plain")
		status, _ := g.ask("/" + s.Name + "/x")
		assert.Equal(t, http.StatusNotFound, status)

		s.Paths = []string{"~/" + s.Name + "/("}
		require.ErrorIs(t, g.kong().Register(soon(t), s), registrator.ErrInvalid)
		s.Paths, s.Tags = []string{"/" + s.Name}, []string{"a tag"}
		if err := g.kong().Register(soon(t), s); strings.HasPrefix(g.version, "2.") {
			require.ErrorIs(t, err, registrator.ErrInvalid)
		} else {
			require.NoError(t, err)
		}
	})
}

func TestDefaultPorts(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		for protocol, port := range map[string]int{"": 8080, "http": 8080, "https": 443, "grpc": 8080, "grpcs": 443} {
			s := g.hello()
			s.Port, s.Protocol = 0, protocol
			require.NoError(t, g.kong().Register(soon(t), s))
			assert.EqualValues(t, port, g.must("GET", "/services/"+s.Name, nil)["port"], protocol)
		}
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
