package kongtest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// TestPathsOfKong2 has paths that Kong 2 takes as expressions: all with another byte than letters, digits and .-_~/% are.
func TestPathsOfKong2(t *testing.T) {
	service := behind(t, "s")
	for _, row := range []struct {
		path    string // of the route
		request string
		uri     string // that the service gets with strip_path; "": no route
	}{
		{"/u/@me", "/u/@me", "/"},
		{"/u/@me", "/u/@me/photos", "/photos"},
		{"/u/@me", "/u/%40me", ""}, // the escape stays, the expression has none
		{"/u/%40me", "/u/%40me/x", "/x"},
		{"/u/%40me", "/u/@me", ""},
		{"/v1.0/@x", "/v1.0/@x/y", "/y"},
		{"/v1.0/@x", "/v1x0/@x", "/"}, // a dot is any byte
		{"/v1.0/x", "/v1x0/x", ""},    // but not in a prefix
		{"/odata/$metadata", "/odata/$metadata", ""},
		{`/odata/\\$metadata`, "/odata/$metadata", "/"},
		{"/f(1)", "/f(1)", ""},
		{"/f(1)", "/f1/x", "/x"},
		{`/f\\(1\\)`, "/f(1)", "/"},
		{"/a/*", "/a", "/"}, // no slash, or many
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
		{"/a%2eb@", "/axb@", ""}, // it is decoded as a literal
		{"/x/[0-9]+", "/x/12/y", "/y"},
		{"/x/[0-9]+", "/w/x/12", ""},
		{"/x|/y", "/y/z", "/z"},
		{"/x|/y", "/x/z", "/x/z"}, // the rest belongs to the last alternative
		{"/a$", "/a", "/"},
		{"/a$", "/a/b", ""},
		{"/~a", "/~a/b", "/b"},
	} {
		k := newTester(t, kongtest.Config{Version: "2.8.5"})
		k.want(200, `PUT /services/s {"url":"http://`+service+`"}`)
		k.want(200, `PUT /services/s/routes/r {"paths":["`+row.path+`"]}`)
		if row.request == "/a b" { // it cannot be sent
			continue
		}
		answer, got := k.through("GET http://h" + row.request)
		assert.Equal(t, row.uri, got.URI, "%s: %s %d", row.path, row.request, answer.Code)
	}
}

// TestExpressionsLiftPaths has two services of Kong 2. An expression comes before every prefix, and among expressions those of
// higher regex_priority and then the older ones do. It lifts no other path of its route.
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

// TestAdminAPIOfKong2 has what the Admin API of Kong 2 says of such paths.
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
