package registrator_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// What belongs to others: operators, other services, other instances.

// instance returns the description of one of several instances.
func (g *gateway) instance(address string) registrator.Service {
	s := g.hello()
	s.Host, s.Instance = "", address
	return s
}

// TestOperatorsPluginsSurviveALeaving: the gateway deletes plugins together with their service or route, and the next
// registration would be served without them.
func TestOperatorsPluginsSurviveALeaving(t *testing.T) {
	for _, on := range []string{"/services/", "/routes/"} {
		onEachGateway(t, func(t *testing.T, g *gateway) {
			s := g.instance("10.0.0.1:80")
			s.RemoveWhenLast = true
			require.NoError(t, g.kong().Register(soon(t), s))
			plugin := g.must("POST", on+s.Name+"/plugins", map[string]any{"name": "key-auth"})
			err := g.kong().Deregister(soon(t), s)
			require.ErrorIs(t, err, registrator.ErrNotOurs)
			assert.ErrorContains(t, err, "key-auth")
			assert.Empty(t, g.list("/upstreams/"+upstream(s.Name)+"/targets"), "the instance has left")
			require.NoError(t, g.kong().Register(soon(t), s))
			assert.Len(t, g.list(on+s.Name+"/plugins"), 1)

			g.must("DELETE", "/plugins/"+fmt.Sprint(plugin["id"]), nil)
			require.NoError(t, g.kong().Deregister(soon(t), s))
			assert.Empty(t, g.list("/tags/registered:"+s.Name))
		})
	}
}

func TestWhatIsNotDescribedStays(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.instance("10.0.0.1:80")
		s.Plugins = []registrator.Plugin{{Name: "cors"}}
		require.NoError(t, g.kong().Register(soon(t), s))
		tag := "registered:" + s.Name
		route := g.must("GET", "/routes/"+s.Name, nil)
		service := g.must("GET", "/services/"+s.Name, nil)
		g.must("POST", "/services/"+s.Name+"/plugins", map[string]any{"name": "key-auth"})
		narrow := map[string]any{"name": "request-size-limiting", "tags": []string{tag}, "config": map[string]any{"allowed_payload_size": 3},
			"route": map[string]any{"id": route["id"]}, "service": map[string]any{"id": service["id"]}}
		g.must("POST", "/plugins", narrow)
		narrow["name"], narrow["config"] = "cors", map[string]any{}
		g.must("POST", "/plugins", narrow)
		g.must("PATCH", "/routes/"+s.Name, map[string]any{"tags": []string{tag, "operators"}})
		s.Tags = []string{"new"}
		require.NoError(t, g.kong().Register(soon(t), s))
		names := map[any]int{}
		for _, p := range g.list("/services/" + s.Name + "/plugins") {
			names[p["name"]]++
		}
		assert.Equal(t, map[any]int{"key-auth": 1, "request-size-limiting": 1, "cors": 2}, names)
		route = g.must("GET", "/routes/"+s.Name, nil)
		assert.ElementsMatch(t, []any{tag, "operators", "new"}, route["tags"])
		s.Plugins = nil
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Len(t, g.list("/services/"+s.Name+"/plugins"), 3, "only the plugin that was registered has gone")
	})
}

// TestOperatorsTargetStays tests a target of an operator with the address of an instance.
func TestOperatorsTargetStays(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.instance("10.0.0.2:80")
		require.NoError(t, g.kong().Register(soon(t), s))
		s.Instance, s.RemoveWhenLast = "10.0.0.1:80", true
		targets := "/upstreams/" + upstream(s.Name) + "/targets"
		g.must("POST", targets, map[string]any{"target": "10.0.0.1:80", "weight": 7})
		g.written()
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Empty(t, g.written(), "it serves as well")
		require.NoError(t, g.kong().Deregister(soon(t), s))
		assert.Len(t, g.list(targets), 2)
		s.Instance = "10.0.0.2:80"
		require.NoError(t, g.kong().Deregister(soon(t), s))
		assert.Len(t, g.list(targets), 1)
		assert.Len(t, g.list("/services/"+s.Name+"/routes"), 1, "there is a target that nobody registered")
	})
}

func TestAnothersRouteKeepsTheServiceAndNotTheTarget(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s, other := g.instance("10.0.0.1:80"), g.name()
		s.RemoveWhenLast = true
		require.NoError(t, g.kong().Register(soon(t), s))
		g.must("PUT", "/services/"+s.Name+"/routes/"+other, map[string]any{"paths": []string{"/" + other}})
		g.must("DELETE", "/routes/"+s.Name, nil)
		require.ErrorIs(t, g.kong().Deregister(soon(t), s), registrator.ErrNotOurs)
		assert.Empty(t, g.list("/upstreams/"+upstream(s.Name)+"/targets"))
		assert.Len(t, g.list("/services/"+s.Name+"/routes"), 1)
	})
}

// TestLeavingKeepsWhatLostOurTag: an operator takes an entity over by removing its tag.
func TestLeavingKeepsWhatLostOurTag(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		theirs := map[string]any{"tags": []string{"operators"}}
		s := g.hello()
		require.NoError(t, g.kong().Register(soon(t), s))
		g.must("PATCH", "/routes/"+s.Name, theirs)
		g.written()
		require.ErrorIs(t, g.kong().Deregister(soon(t), s), registrator.ErrNotOurs)
		assert.Empty(t, g.written(), "the route needs the service")

		s = g.instance("10.0.0.1:80")
		s.RemoveWhenLast = true
		require.NoError(t, g.kong().Register(soon(t), s))
		g.must("PATCH", "/services/"+s.Name, theirs)
		g.must("PATCH", "/upstreams/"+upstream(s.Name), theirs)
		require.NoError(t, g.kong().Deregister(soon(t), s))
		assert.Empty(t, g.list("/upstreams/"+upstream(s.Name)+"/targets"))
		assert.Empty(t, g.list("/services/"+s.Name+"/routes"), "the route was ours")
	})
}

// TestLeavingKeepsAnUpstreamInUse tests two descriptions of a service, one with instances and one with a host.
func TestLeavingKeepsAnUpstreamInUse(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.instance("10.0.0.1:80")
		require.NoError(t, g.kong().Register(soon(t), s))
		s.Host, s.Instance = "hello.example.com", ""
		require.NoError(t, g.kong().Register(soon(t), s))
		require.NoError(t, g.kong().Deregister(soon(t), s))
		assert.Len(t, g.list("/upstreams/"+upstream(s.Name)+"/targets"), 1)
	})
}

// TestRouteMadeWhileLeaving tests a route that another instance creates between two readings of a departing instance.
func TestRouteMadeWhileLeaving(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		require.NoError(t, g.kong().Register(soon(t), s))
		g.must("DELETE", "/routes/"+s.Name, nil)
		var once sync.Once
		transport := roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasPrefix(r.URL.Path, "/services/") {
				once.Do(func() { assert.NoError(t, g.kong().Register(soon(t), s)) })
			}
			return http.DefaultTransport.RoundTrip(r)
		})
		require.NoError(t, newKong(t, g.admin, registrator.Config{Transport: transport}).Deregister(soon(t), s))
		assert.Empty(t, g.list("/tags/registered:"+s.Name))
	})
}

// TestRefusedInstanceGetsNoRequests tests a second version of a service whose description the gateway refuses.
func TestRefusedInstanceGetsNoRequests(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		one := g.instance("10.0.0.1:80")
		require.NoError(t, g.kong().Register(soon(t), one))
		two := one
		two.Instance = "10.0.0.2:80"
		two.Plugins = []registrator.Plugin{{Name: "rate-limiting", Config: map[string]any{"minute": "often"}}}
		require.ErrorIs(t, g.kong().Register(soon(t), two), registrator.ErrInvalid)
		assert.Len(t, g.list("/upstreams/"+upstream(one.Name)+"/targets"), 1)

		two.Plugins = nil
		require.NoError(t, g.kong().Register(soon(t), two))
		two.Plugins = []registrator.Plugin{{Name: "rate-limiting", Config: map[string]any{"minute": "often"}}}
		require.ErrorIs(t, g.kong().Run(soon(t), two), registrator.ErrInvalid, "after a crash")
		assert.Len(t, g.list("/upstreams/"+upstream(one.Name)+"/targets"), 1, "Run took back what was there of this instance")
	})
}

// TestLastOneOutAndANewOne tests an instance that registers while the last other instance leaves.
func TestLastOneOutAndANewOne(t *testing.T) {
	for _, at := range []string{"/targets/", "/routes/", "/services/"} {
		onEachGateway(t, func(t *testing.T, g *gateway) {
			last := g.instance("10.0.0.1:80")
			last.RemoveWhenLast = true
			next := last
			next.Instance = "10.0.0.2:80"
			require.NoError(t, g.kong().Register(soon(t), last))
			var once sync.Once
			transport := roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, at) {
					once.Do(func() { assert.NoError(t, g.kong().Register(soon(t), next)) })
				}
				return http.DefaultTransport.RoundTrip(r)
			})
			require.NoError(t, newKong(t, g.admin, registrator.Config{Transport: transport}).Deregister(soon(t), last))
			plan, err := g.kong().Plan(soon(t), next)
			require.NoError(t, err)
			assert.Equal(t, "nothing to do", plan.String(), at)
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestPortsOfInstances tests that instances may have different ports.
func TestPortsOfInstances(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		one := g.instance("10.0.0.1")
		two := one
		one.Port, two.Port, two.Instance = 5001, 5002, "10.0.0.2"
		require.NoError(t, g.kong().Register(soon(t), one))
		require.NoError(t, g.kong().Register(soon(t), two))
		g.written()
		for range 2 {
			require.NoError(t, g.kong().Register(soon(t), one))
			require.NoError(t, g.kong().Register(soon(t), two))
		}
		assert.Empty(t, g.written())
	})
}

// TestUpstreamTakesNobodysHost: a gateway sends the requests of every service whose host is the name of an upstream there.
func TestUpstreamTakesNobodysHost(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		host, port := backend(t, "ours")
		s, theirs := g.instance(fmt.Sprint(host, ":", port)), g.hello()
		theirs.Host = s.Name
		require.NoError(t, g.kong().Register(soon(t), s))
		require.NoError(t, g.kong().Register(soon(t), theirs))
		g.eventually(s.Paths[0], "200 ours")
		status, body := g.ask(theirs.Paths[0])
		assert.NotEqual(t, http.StatusOK, status, body)
	})
}

// TestTargetsThatCameTogether: Kong 2.8 creates several rows of a target that is posted several times at once.
func TestTargetsThatCameTogether(t *testing.T) {
	k := kongtest.Start(kongtest.Config{Version: "2.8.5", RacingTargets: true})
	t.Cleanup(k.Close)
	g := tap(t, &gateway{version: "2.8.5", direct: k.AdminURL(), proxy: k.ProxyURL()})
	s := g.instance("10.0.0.1:80")
	require.NoError(t, g.kong().Register(soon(t), s))
	targets := "/upstreams/" + upstream(s.Name) + "/targets"
	ours := map[string]any{"target": "10.0.0.1:80", "tags": []string{"registered:" + s.Name}}
	for range 3 {
		g.must("POST", targets, ours)
	}
	assert.Len(t, g.list(targets+"/all"), 4)
	for _, err := range at(5, func(int) error { return g.kong().Register(soon(t), s) }) {
		assert.NoError(t, err)
	}
	kept := g.list(targets + "/all")
	assert.Len(t, kept, 1)

	operators := g.must("POST", targets, map[string]any{"target": "10.0.0.1:80", "weight": 7})
	g.must("POST", targets, ours)
	require.NoError(t, g.kong().Register(soon(t), s))
	kept = g.list(targets + "/all")
	require.Len(t, kept, 1, "the operator's serves as well")
	assert.Equal(t, operators["id"], kept[0]["id"])
	g.must("POST", targets, ours)
	require.NoError(t, g.kong().Deregister(soon(t), s))
	assert.Len(t, g.list(targets+"/all"), 1)
}

// TestRunThatNeverBeganLeavesNothing tests that a Run does not remove a registration that it did not make.
func TestRunThatNeverBeganLeavesNothing(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		s := hello()
		s.RemoveWhenLast = true
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		require.NoError(t, kong.Register(t.Context(), s))
		k.Forget()
		ctx, stop := context.WithTimeout(t.Context(), 0)
		defer stop()
		require.Error(t, kong.Run(ctx, s))
		assert.Empty(t, k.Writes())
		k.Inject(-1, kongtest.Delay(time.Second))
		ctx, stop = context.WithTimeout(t.Context(), 2*time.Second)
		defer stop()
		require.Error(t, kong.Run(ctx, s))
		assert.Empty(t, k.Writes())
	})
}
