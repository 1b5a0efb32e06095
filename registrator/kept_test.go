package registrator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// edited does the work and answers with a changed entity or page.
func edited(change func(answer map[string]any)) kongtest.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		done := httptest.NewRecorder()
		next.ServeHTTP(done, r)
		answer := map[string]any{}
		_ = json.Unmarshal(done.Body.Bytes(), &answer)
		change(answer)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(done.Code)
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// reads returns a function that reports whether a request reads a path.
func reads(path string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == http.MethodGet && r.URL.Path == path }
}

// TestDeregisteringLeavesWhatIsNotOurs tests entities with our names and without our tag.
func TestDeregisteringLeavesWhatIsNotOurs(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		g.must("PUT", "/services/"+s.Name, map[string]any{"host": "theirs.example.com"})
		g.must("PUT", "/services/"+s.Name+"/routes/"+s.Name, map[string]any{"paths": []string{"/theirs"}})
		g.must("PUT", "/upstreams/"+upstream(s.Name), map[string]any{})
		balanced := s
		balanced.Host, balanced.Instance, balanced.RemoveWhenLast = "", "10.0.0.1:80", true
		for _, leaving := range []registrator.Service{s, balanced} {
			g.written()
			require.NoError(t, g.kong().Deregister(soon(t), leaving))
			assert.Empty(t, g.written())
		}
		g.must("PATCH", "/services/"+s.Name, map[string]any{"tags": []string{"registered:" + s.Name}})
		require.ErrorIs(t, g.kong().Deregister(soon(t), s), registrator.ErrNotOurs)
		assert.Len(t, g.list("/services/"+s.Name+"/routes"), 1, "the route alone is somebody else's")
	})
}

// TestPluginOfARouteIsNotTheServices tests a plugin of a route with the same name and our tag.
func TestPluginOfARouteIsNotTheServices(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		require.NoError(t, g.kong().Register(soon(t), s))
		narrow := g.must("POST", "/plugins", map[string]any{"name": "cors", "tags": []string{"registered:" + s.Name},
			"route":   map[string]any{"id": g.must("GET", "/routes/"+s.Name, nil)["id"]},
			"service": map[string]any{"id": g.must("GET", "/services/"+s.Name, nil)["id"]}})
		s.Plugins = []registrator.Plugin{{Name: "cors", Config: map[string]any{"max_age": 60}}}
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Len(t, g.list("/services/"+s.Name+"/plugins"), 2)
		assert.Equal(t, narrow["config"], g.must("GET", "/plugins/"+fmt.Sprint(narrow["id"]), nil)["config"])
	})
}

// TestPluginsOfConsumersStay tests plugins of the service that are for one consumer or consumer group.
func TestPluginsOfConsumersStay(t *testing.T) {
	for _, of := range []string{"route", "consumer", "consumer_group"} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
			s := hello()
			s.Plugins = []registrator.Plugin{{Name: "cors"}}
			require.NoError(t, kong.Register(t.Context(), s))
			k.Inject(-1, edited(func(page map[string]any) {
				for _, p := range page["data"].([]any) {
					p.(map[string]any)[of] = map[string]any{"id": "b0000000-0000-4000-8000-000000000001"}
				}
			}), reads("/services/hello/plugins"))
			s.Plugins = nil
			plan, err := kong.Plan(t.Context(), s)
			require.NoError(t, err)
			assert.Equal(t, "nothing to do", plan.String(), of)
			s.Plugins = []registrator.Plugin{{Name: "cors", Config: map[string]any{"max_age": 60}}}
			plan, err = kong.Plan(t.Context(), s)
			require.NoError(t, err)
			require.Len(t, plan.Changes, 1)
			assert.Equal(t, registrator.Create, plan.Changes[0].Action, of)
		})
	}
}

// TestEveryInstanceKeepsTheSameTarget tests targets in any order. A target of an operator takes precedence.
func TestEveryInstanceKeepsTheSameTarget(t *testing.T) {
	for name, order := range map[string]func([]any){"as it is": func([]any) {}, "the other way round": slices.Reverse[[]any]} {
		k := kongtest.Start(kongtest.Config{Version: "2.8.5", RacingTargets: true})
		t.Cleanup(k.Close)
		g := tap(t, &gateway{version: "2.8.5", direct: k.AdminURL(), proxy: k.ProxyURL()})
		s := g.instance("10.0.0.1:80")
		targets := "/upstreams/" + upstream(s.Name) + "/targets"
		k.Inject(-1, edited(func(page map[string]any) {
			if data, ok := page["data"].([]any); ok {
				order(data)
			}
		}), reads(targets+"/all"))
		require.NoError(t, g.kong().Register(soon(t), s))
		ours := map[string]any{"target": "10.0.0.1:80", "tags": []string{"registered:" + s.Name}}
		for range 3 {
			g.must("POST", targets, ours)
		}
		var all []string
		for _, target := range g.list(targets + "/all") {
			all = append(all, fmt.Sprint(target["id"]))
		}
		require.NoError(t, g.kong().Register(soon(t), s))
		kept := g.list(targets + "/all")
		require.Len(t, kept, 1, name)
		assert.Equal(t, slices.Min(all), kept[0]["id"], name)

		operators := g.must("POST", targets, map[string]any{"target": "10.0.0.1:80", "weight": 7})
		for range 5 { // some have a lower id, and some a higher one
			g.must("POST", targets, ours)
		}
		require.NoError(t, g.kong().Register(soon(t), s))
		kept = g.list(targets + "/all")
		require.Len(t, kept, 1, name)
		assert.Equal(t, operators["id"], kept[0]["id"], name)

		g.must("POST", targets, map[string]any{"target": "10.0.0.1:80", "weight": 3})
		require.NoError(t, g.kong().Register(soon(t), s))
		assert.Len(t, g.list(targets+"/all"), 2, "%s: what an operator has twice is the operator's", name)
	}
}

// TestOneAddressInManyForms tests that all forms of an address are one target.
func TestOneAddressInManyForms(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		for _, forms := range [][]string{
			{"node-6.example.com:8000", "Node-6.Example.COM:8000"}, {"[2001:db8::3]:8000", "[2001:DB8:0:0:0:0:0:3]:8000"},
		} {
			s := g.instance(forms[0])
			require.NoError(t, g.kong().Register(soon(t), s))
			g.written()
			for _, form := range forms {
				s.Instance = form
				require.NoError(t, g.kong().Register(soon(t), s))
				assert.Empty(t, g.written(), form)
			}
			require.NoError(t, g.kong().Deregister(soon(t), s))
			assert.Empty(t, g.list("/upstreams/"+upstream(s.Name)+"/targets"))
		}
	})
}

// TestTargetWithoutAPort tests a target without a port, for which a gateway uses 8000.
func TestTargetWithoutAPort(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		s := balanced()
		s.Instance = "10.0.0.1:8000"
		require.NoError(t, kong.Register(t.Context(), s))
		k.Forget()
		k.Inject(-1, edited(func(page map[string]any) {
			for _, target := range page["data"].([]any) {
				target.(map[string]any)["target"] = "10.0.0.1"
			}
		}), reads("/upstreams/hello.upstream/targets/all"))
		require.NoError(t, kong.Register(t.Context(), s))
		assert.Empty(t, k.Writes())
	})
}

// TestIdsAreNoPaths tests ids that would change the path of a write.
func TestIdsAreNoPaths(t *testing.T) {
	for path, change := range map[string]func(map[string]any){
		"/services/hello": func(e map[string]any) { e["id"], e["port"] = "../x", 1 },
		"/services/hello/plugins": func(page map[string]any) {
			page["data"] = []any{map[string]any{"id": "../x", "name": "cors", "tags": []string{"registered:hello"}}}
		},
	} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, Timeout: time.Minute})
			require.NoError(t, kong.Register(t.Context(), hello()))
			k.Forget()
			k.Inject(-1, edited(change), reads(path))
			err := kong.Register(t.Context(), hello())
			require.ErrorIs(t, err, registrator.ErrUnavailable, path)
			assert.ErrorContains(t, err, "no id", path)
			assert.Empty(t, k.Writes(), path)
		})
	}
}

// TestOnlyKongsOwn404SaysThatNothingIsThere tests the 404 of servers in front of Kong.
func TestOnlyKongsOwn404SaysThatNothingIsThere(t *testing.T) {
	for _, body := range []string{`{}`, `{"error":"not found"}`, `{"message":null}`, `null`, `[]`, `"not found"`, ``} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, Timeout: time.Minute})
			require.NoError(t, kong.Register(t.Context(), hello()))
			k.Inject(-1, kongtest.Answer(404, "application/json", body), func(r *http.Request) bool { return r.URL.Path != "/" })
			require.Error(t, kong.Deregister(t.Context(), hello()), body)
		})
	}
}

// TestPageInPlaceOfTheNode tests HTML in place of the node information.
func TestPageInPlaceOfTheNode(t *testing.T) {
	page := kongtest.Answer(404, "text/html", "<title>404 Not Found</title>")
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		k.Inject(-1, page)
		start := time.Now()
		err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), hello())
		require.ErrorIs(t, err, registrator.ErrUnsupportedVersion)
		assert.ErrorContains(t, err, "check the address")
		assert.ErrorContains(t, err, "404 Not Found")
		assert.Equal(t, 30*time.Second, time.Since(start), "it may be that Kong is not up behind its proxy")
	})
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		k.Inject(-1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			switch r.URL.Path {
			case "/team-a/":
				page(w, r, next)
				return
			case "/team-a/kong":
				r.URL.Path = "/team-a/"
			}
			r.URL.Path = strings.TrimPrefix(r.URL.Path, "/team-a")
			next.ServeHTTP(w, r)
		})
		kong := newKong(t, "http://kong/team-a", registrator.Config{Transport: memory{k.Admin()}})
		require.NoError(t, kong.Register(t.Context(), hello()))
	})
}

// TestRunOfASharedHost tests a Run that fails at the beginning: it removes only what it made.
func TestRunOfASharedHost(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) { // an update that is refused
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		s := hello()
		s.RemoveWhenLast = true
		require.NoError(t, kong.Register(t.Context(), s))
		s.Port, s.Plugins = 5001, []registrator.Plugin{{Name: "no-such-plugin"}}
		require.ErrorIs(t, kong.Run(t.Context(), s), registrator.ErrInvalid)
		assert.Equal(t, http.StatusOK, operate(k, "GET", "/routes/hello").Code, "what was there before goes on to be served")
	})
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) { // told to end before it has registered
		k.Inject(-1, kongtest.Hang(), func(r *http.Request) bool { return r.URL.Path == "/services/hello/routes" })
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		s := hello()
		s.RemoveWhenLast = true
		ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
		defer stop()
		time.AfterFunc(4*time.Second, k.Heal)
		require.ErrorIs(t, kong.Run(ctx, s), context.DeadlineExceeded)
		assert.Equal(t, http.StatusNotFound, operate(k, "GET", "/services/hello").Code)
	})
}
