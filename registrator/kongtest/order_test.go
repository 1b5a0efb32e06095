package kongtest_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	lowID  = "00000000-0000-4000-8000-000000000001"
	highID = "ffffffff-0000-4000-8000-000000000002"
	older  = "the older one"
	byID   = "the one with the higher id"
)

// order says which of two routes wins if a request matches both. For Kong 2, paths are written without the tilde.
type order struct {
	name  string
	a, b  string // routes
	path  string
	host  string
	three string // the winner in Kong 3: "a", "b", or byID if the order is not defined
	two   string // the winner in Kong 2
}

// recordedOrders were observed on real gateways. The requests have the headers X-A and X-B, both with the value "1".
var recordedOrders = []order{
	{"regex+nothing vs prefix+method", `"paths":["~/o1/\\d+"]`, `"paths":["/o1/1"],"methods":["GET"]`, "/o1/1", "", "a", "b"},
	{"regex vs prefix+host", `"paths":["~/o2/\\d+"]`, `"paths":["/o2/1"],"hosts":["o2.example.com"]`, "/o2/1", "o2.example.com", "b", "b"},
	{"regex vs prefix+wildcard host", `"paths":["~/o3/\\d+"]`, `"paths":["/o3/1"],"hosts":["*.o3.example.com"]`,
		"/o3/1", "a.o3.example.com", "a", "b"},
	{"exact host vs wildcard host+path", `"hosts":["a.o4.example.com"]`, `"hosts":["*.o4.example.com"],"paths":["/o4"]`,
		"/o4", "a.o4.example.com", "a", "b"},
	{"exact host vs path+method+header", `"hosts":["a.o5.example.com"]`, `"paths":["/o5"],"methods":["GET"],"headers":{"x-a":["1"]}`,
		"/o5", "a.o5.example.com", "a", "b"},
	{"long prefix vs short prefix+method", `"paths":["/o6/long/long"]`, `"paths":["/o6"],"methods":["GET"]`, "/o6/long/long", "", "b", "b"},
	{"prefix vs header+prefix", `"paths":["/o7/long"]`, `"paths":["/o7"],"headers":{"x-a":["1"]}`, "/o7/long", "", "b", "b"},
	{"2 headers vs 1 header+method", `"paths":["/o8/long"],"headers":{"x-a":["1"],"x-b":["1"]}`,
		`"paths":["/o8"],"headers":{"x-a":["1"]},"methods":["GET"]`, "/o8/long", "", "b", "b"},
	{"regex prio 1 vs regex prio 5", `"paths":["~/o9/\\d+"]`, `"paths":["~/o9/\\d"],"regex_priority":5`, "/o9/12", "", "b", "b"},
	{"regex prio 5 vs regex+method", `"paths":["~/oa/\\d+"],"regex_priority":5`, `"paths":["~/oa/\\d"],"methods":["GET"]`,
		"/oa/12", "", "b", "b"},
	{"same prefix, older first", `"paths":["/ob"]`, `"paths":["/ob"]`, "/ob/x", "", byID, older},
	{"same regex, older first", `"paths":["~/oc/\\d+"]`, `"paths":["~/oc/[0-9]+"]`, "/oc/1", "", byID, older},
}

// derivedOrders follow from the rules of the routers. They were not observed.
var derivedOrders = []order{
	{"four kinds reach the sign bit", `"hosts":["a.h"],"paths":["~/p/\\d+"]`,
		`"hosts":["*.h"],"paths":["/p"],"methods":["GET"],"headers":{"x-a":["1"]}`, "/p/1", "a.h", "b", "b"},
	{"three kinds do not", `"paths":["~/p/\\d+"]`, `"paths":["/p"],"methods":["GET"],"headers":{"x-a":["1"]}`, "/p/1", "", "a", "b"},
	{"five kinds vs four", `"hosts":["*.h"],"paths":["/p"],"methods":["GET"],"headers":{"x-a":["1"]}`,
		`"hosts":["*.h"],"paths":["/p"],"methods":["GET"],"headers":{"x-a":["1"]},"snis":["x.h"]`, "/p", "a.h", "b", "a"},
	{"a negative priority is the highest", `"hosts":["a.h"]`, `"paths":["~/p/\\d+"],"regex_priority":-1`, "/p/1", "a.h", "b", "a"},
	{"1024 is as much as one kind, which is there already", `"paths":["~/p/\\d+"],"regex_priority":1024`,
		`"paths":["~/p/\\d"],"methods":["GET"]`, "/p/1", "", "b", "b"},
	{"2048 is as much as two kinds", `"paths":["~/p/\\d+"],"regex_priority":2048`, `"paths":["~/p/\\d"],"methods":["GET"]`,
		"/p/1", "", "a", "b"},
	{"regex_priority of a prefix", `"paths":["/p"],"regex_priority":9`, `"paths":["/p/long"]`, "/p/long", "", "b", "b"},
	{"a wildcard among the hosts", `"hosts":["a.h"]`, `"hosts":["a.h","*.h"],"methods":["GET"]`, "/", "a.h", "a", "b"},
	{"plain hosts vs wildcard, both with paths", `"hosts":["a.h"],"paths":["/p"]`, `"hosts":["*.h"],"paths":["/p/long"]`,
		"/p/long", "a.h", "a", "a"},
	{"the same, with a port that no index has", `"hosts":["a.h"],"paths":["/p"]`, `"hosts":["*.h"],"paths":["/p/long"]`,
		"/p/long", "a.h:8000", "a", "b"},
	{"left vs right wildcard", `"hosts":["a.*"]`, `"hosts":["*.h"]`, "/", "a.h", byID, older},
	{"a wildcard with a port", `"hosts":["*.h:80"]`, `"hosts":["a.h"]`, "/", "a.h:80", "b", "a"},
	{"a wildcard with a port, and none sent", `"hosts":["*.h:8000"]`, `"hosts":["a.h"]`, "/", "a.h", "b", "b"},
	{"no hosts are plain hosts", `"hosts":[],"paths":["/p"]`, `"paths":["/p/long"],"methods":["GET"]`, "/p/long", "", "a", "b"},
	{"values of a header do not count", `"headers":{"x-a":["1","2","3"]}`, `"headers":{"x-a":["1"],"x-b":["1"]}`, "/", "", "b", "b"},
	{"header vs method", `"headers":{"x-a":["1"]}`, `"methods":["GET"]`, "/", "", "a", "a"},
	{"path vs method", `"paths":["/"]`, `"methods":["GET"]`, "/", "", "a", "a"},
	{"path vs header", `"paths":["/p"]`, `"headers":{"x-a":["1"]}`, "/p", "", "b", "b"},
	{"an SNI counts where there is no TLS", `"paths":["/p/long"]`, `"paths":["/p"],"snis":["x.h"]`, "/p/long", "", "b", "a"},
	{"a prefix beside an expression", `"paths":["/p","~/x/\\d+"]`, `"paths":["/p/long"]`, "/p/long", "", "b", "b"},
	{"prefixes of one route, each by its length", `"paths":["/p/long/er","/p"]`, `"paths":["/p/long"]`, "/p/long", "", "b", "b"},
	{"an expression vs the same text", `"paths":["~/p/(a)"]`, `"paths":["/p/a"]`, "/p/a", "", "a", "a"},
}

func (o order) want(version, aID string, aOlder bool) string {
	want := o.three
	if version == "2.8.5" {
		want = o.two
	}
	switch want {
	case byID:
		return map[bool]string{true: "a", false: "b"}[aID == highID]
	case older:
		return map[bool]string{true: "a", false: "b"}[aOlder]
	}
	return want
}

func TestOrder(t *testing.T) {
	a, b := behind(t, "a"), behind(t, "b")
	for _, version := range versions {
		k := newOrdered(t, version)
		k.want(200, `PUT /services/a {"url":"http://`+a+`"}`)
		k.want(200, `PUT /services/b {"url":"http://`+b+`"}`)
		for _, o := range append(recordedOrders, derivedOrders...) {
			for _, aOlder := range []bool{true, false} {
				for _, ids := range [][2]string{{lowID, highID}, {highID, lowID}} {
					puts := []string{putRoute(version, "a", ids[0], o.a), putRoute(version, "b", ids[1], o.b)}
					if !aOlder {
						puts[0], puts[1] = puts[1], puts[0]
					}
					k.want(200, puts[0])
					k.want(200, puts[1])
					name := fmt.Sprintf("%s: %s, a older: %v, id of a: %s", version, o.name, aOlder, ids[0])
					assert.Equal(t, o.want(version, ids[0], aOlder), k.taken(o), name)
					k.want(204, "DELETE /routes/"+lowID)
					k.want(204, "DELETE /routes/"+highID)
				}
			}
		}
	}
}

func putRoute(version, service, id, route string) string {
	if version == "2.8.5" {
		route = strings.ReplaceAll(route, `"~/`, `"/`)
	}
	return `PUT /services/` + service + `/routes/` + id + ` {` + route + `}`
}

// taken returns the service that answers.
func (t *tester) taken(o order) string {
	r := httptest.NewRequest("GET", o.path, nil)
	if o.host != "" {
		r.Host = o.host
	}
	r.Header.Set("X-A", "1")
	r.Header.Set("X-B", "1")
	answer := httptest.NewRecorder()
	t.Proxy().ServeHTTP(answer, r)
	return answer.Header().Get("Server")
}
