package registrator_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
)

// Targets, and several instances of a service, on a gateway in-process and real.

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
