package kongtest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// TestPathsOfKong2 tests paths that Kong 2 treats as expressions: those with a byte other than letters, digits and .-_~/%.
func TestPathsOfKong2(t *testing.T) {
	service := behind(t, "s")
	for _, row := range []struct {
		path    string // of the route
		request string
		uri     string // the URI that the service gets with strip_path; "": no route matches
	}{
		{"/u/@me", "/u/@me", "/"},
		{"/u/@me", "/u/@me/photos", "/photos"},
		{"/u/@me", "/u/%40me", ""}, // the path keeps its escape, which the expression does not match
		{"/u/%40me", "/u/%40me/x", "/x"},
		{"/u/%40me", "/u/@me", ""},
		{"/v1.0/@x", "/v1.0/@x/y", "/y"},
		{"/v1.0/@x", "/v1x0/@x", "/"}, // a dot matches any byte
		{"/v1.0/x", "/v1x0/x", ""},    // but not in a prefix, which is literal
		{"/odata/$metadata", "/odata/$metadata", ""},
		{`/odata/\\$metadata`, "/odata/$metadata", "/"},
		{"/f(1)", "/f(1)", ""},
		{"/f(1)", "/f1/x", "/x"},
		{`/f\\(1\\)`, "/f(1)", "/"},
		{"/a/*", "/a", "/"}, // any number of slashes
		{"/a/*", "/a/b", "/b"},
		{"/a/*", "/ab", "/b"},
		{"/a*", "/", "/"},
		{"/[id]", "/[id]", ""},
		{"/[id]", "/d/x", "/x"},
		{"/a+b", "/a+b", ""},
		{"/a+b", "/aab", "/"},
		{"/a%20b", "/a%20b/c", "/c"},
		{"/a%20b", "/a b", ""},
		{"/a%2Fb", "/a%2fb/c", "/c"},
		{"/a%2Fb", "/a/b", ""},
		{"/caf%C3%A9", "/caf%c3%a9/x", "/x"},
		{"/a,b", "/a,b/c", "/c"},
		{"/a:b", "/a:b", "/"},
		{"/a!b", "/a!b", "/"},
		{"/a%2eb@", "/a.b@", "/"},
		{"/a%2eb@", "/axb@", ""}, // %2e is decoded to a literal dot
		{"/x/[0-9]+", "/x/12/y", "/y"},
		{"/x/[0-9]+", "/w/x/12", ""},
		{"/x|/y", "/y/z", "/z"},
		{"/x|/y", "/x/z", "/x/z"}, // only the last alternative captures the remainder
		{"/a$", "/a", "/"},
		{"/a$", "/a/b", ""},
		{"/~a", "/~a/b", "/b"},
	} {
		k := newTester(t, kongtest.Config{Version: "2.8.5"})
		k.want(200, `PUT /services/s {"url":"http://`+service+`"}`)
		k.want(200, `PUT /services/s/routes/r {"paths":["`+row.path+`"]}`)
		if row.request == "/a b" { // it is not a valid request target
			continue
		}
		answer, got := k.through("GET http://h" + row.request)
		assert.Equal(t, row.uri, got.URI, "%s: %s %d", row.path, row.request, answer.Code)
	}
}

// TestExpressionsLiftPaths has two services of Kong 2. An expression takes precedence over every prefix. Among expressions, a
// higher regex_priority takes precedence, and then the older route. The other paths of a route with an expression gain nothing.
func TestExpressionsLiftPaths(t *testing.T) {
	first, second := behind(t, "first"), behind(t, "second")
	for _, row := range []struct {
		first, second string // routes; the first one is older
		request       string
		takes         string
	}{
		{`"paths":["/u/@me"]`, `"paths":["/u/@me/photos"]`, "/u/@me/photos", "first"},
		{`"paths":["/u/@me/photos"]`, `"paths":["/u/@me"]`, "/u/@me/photos", "first"},
		{`"paths":["/u/@me"]`, `"paths":["/u/@me/photos"],"regex_priority":1`, "/u/@me/photos", "second"},
		{`"paths":["/u/me/photos"]`, `"paths":["/u/(me)"]`, "/u/me/photos", "second"},
		{`"paths":["/v1.0/x/longer"]`, `"paths":["/v1.0/[x]"]`, "/v1.0/x/longer", "second"},
		{`"paths":["/p/long"]`, `"paths":["/p","/x/@me"]`, "/p/long/er", "first"},
		{`"paths":["/p","/x/@me"]`, `"paths":["/p/long"]`, "/p/long/er", "second"},
		{`"paths":["/p","/x/@me"]`, `"paths":["/p"]`, "/p", "first"},
		{`"paths":["/p"]`, `"paths":["/p","/x/@me"]`, "/p", "first"},
		{`"paths":["/p","/p/@me"]`, `"paths":["/p/@m"],"regex_priority":1`, "/p/@me", "second"},
	} {
		k := newOrdered(t, "2.8.5")
		k.want(200, `PUT /services/first {"url":"http://`+first+`"}`)
		k.want(200, `PUT /services/second {"url":"http://`+second+`"}`)
		k.want(200, `PUT /services/first/routes/first {`+row.first+`}`)
		k.want(200, `PUT /services/second/routes/second {`+row.second+`}`)
		_, got := k.through("GET http://h" + row.request)
		assert.Equal(t, row.takes, got.Service, "%+v", row)
	}
}

// TestAdminAPIOfKong2 tests the answers of the Admin API of Kong 2 to such paths.
func TestAdminAPIOfKong2(t *testing.T) {
	for path, status := range map[string]int{
		"/u/@me": 200, "/v1.0/@x": 200, "/odata/$metadata": 200, "/f(1)": 200, "/a/*": 200, "/[id]": 200, "/a%20b": 200, "/a.b*": 200,
		"/a/../b": 200, "/a b": 200, `/re/\\d+`: 200, "/x|/y": 200, "/(": 400, "/a(b": 400, "/[id": 400, "/*": 200,
		"~/u/[0-9]+": 400, "u/@me": 400, "/a//b": 400, "/%zz": 400, "": 400, "/": 200,
	} {
		k := newTester(t, kongtest.Config{Version: "2.8.5"})
		k.want(status, `PUT /routes/r {"paths":["`+path+`"]}`)
	}
}
