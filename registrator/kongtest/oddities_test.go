package kongtest_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

const (
	idA = "a0000000-0000-4000-8000-00000000000a"
	idB = "b0000000-0000-4000-8000-00000000000b"
)

// oddities are exchanges that the recordings do not have. Each runs on a gateway with the service s, its route r, and two
// upstreams with the target 10.0.0.1:80: u, which checks health, and off, which does not.
var oddities = []struct {
	request string
	two     int    // the status of Kong 2.8
	three   int    // the status of Kong 3.9
	says    string // part of the answer of both versions; "2: …" or "3: …": of one of them
}{
	{`GET /services?tags=`, 500, 400, `3: "message":"invalid option (tags: cannot be null)"`},
	{`GET /services?tags=`, 500, 400, `2: "message":"An unexpected error occurred"`},
	{`GET /services?tags=a,b,c,d,e,f`, 400, 400, "cannot query more than 5 tags"},
	{`GET /services?tags=a,,b`, 400, 400, "invalid filter syntax"},
	{`GET /services/s/routes?tags=nope`, 200, 200, `"name":"r"`}, // only whole collections are filtered
	{`GET /services?size=x`, 400, 400, `"message":"size must be a number"`},
	{`GET /services?offset=!`, 400, 400, "bad base64 encoding"},
	{`GET /services?offset=` + base64.RawURLEncoding.EncodeToString([]byte("x")), 400, 400, "bad json encoding"},
	{`POST /upstreams/nope/targets {"target":"10.0.0.9:80"}`, 500, 404, `2: "message":"An unexpected error occurred"`},
	{`POST /upstreams/nope/targets {"target":"10.0.0.9:80"}`, 500, 404, `3: "message":"Not found"`},
	{`POST /upstreams/u/targets {"target":"10.0.0.1:80","weight":7}`, 200, 409, `2: "weight":7`},
	{`POST /upstreams/u/targets {"target":"10.0.0.1"}`, 201, 201, `"target":"10.0.0.1:8000"`},
	{`POST /upstreams/u/targets {"target":"[::1]:9000"}`, 201, 201, `"target":"[0000:0000:0000:0000:0000:0000:0000:0001]:9000"`},
	{`POST /upstreams/u/targets {"target":"::1"}`, 201, 201, `"target":"[0000:0000:0000:0000:0000:0000:0000:0001]:8000"`},
	{`POST /upstreams/u/targets {"target":"010.1.1.1:80"}`, 201, 201, `"target":"10.1.1.1:80"`},
	{`POST /upstreams/u/targets {"target":"a.b","weight":70000}`, 400, 400, "weight: value should be between 0 and 65535"},
	{`POST /upstreams/u/targets {"target":"a:1/x"}`, 400, 400, "Invalid target; not a valid hostname or ip address"},
	{`POST /upstreams/u/targets {}`, 400, 400, "target: required field missing"},
	{`PUT /upstreams/u/targets/10.0.0.1:80 {"weight":3}`, 200, 200, `"weight":3`},
	{`PUT /upstreams/u/targets/10.0.0.2:80 {"weight":3}`, 404, 404, `"message":"Not found"`},
	{`POST /upstreams/u/targets/10.0.0.1:80/unhealthy`, 204, 405, ""},
	{`PUT /upstreams/u/targets/10.0.0.1:80/unhealthy`, 405, 204, ""},
	{`POST /upstreams/off/targets/10.0.0.1:80/healthy`, 400, 405, "2: no healthchecker found for off"},
	{`PUT /upstreams/off/targets/10.0.0.1:80/healthy`, 405, 400, "3: no healthchecker found for off"},
	{`PUT /upstreams/off/targets/10.0.0.1:80/10.0.0.1:80/unhealthy`, 405, 400, "3: no healthchecker found for off"},
	{`PUT /upstreams/off/targets/10.0.0.2:80/healthy`, 405, 404, ""}, // the target is looked up first
	{`GET /upstreams/u/targets/10.0.0.1:80`, 200, 200, `"target":"10.0.0.1:80"`},
	{`GET /upstreams/u/targets/10.0.0.2:80/healthy`, 405, 405, ""},
	{`DELETE /upstreams/nope/targets/10.0.0.1:80`, 404, 404, ""},
	{`GET /upstreams/nope/targets`, 404, 404, `"message":"Not found"`},
	{`GET /upstreams/nope/targets/all`, 500, 500, "An unexpected error occurred"}, // also of one that was deleted a moment ago
	{`GET /upstreams/` + idA + `/targets/all`, 500, 500, "An unexpected error occurred"},
	{`GET /targets`, 404, 404, ""},
	{`DELETE /upstreams/nope`, 204, 204, ""},
	{`DELETE /plugins/` + idA, 204, 204, ""},
	{`DELETE /plugins/nope`, 400, 204, "2: invalid primary key: '{id=\\\"expected a valid UUID\\\"}'"},
	{`PATCH /plugins/` + idA + ` {"enabled":false}`, 404, 404, `"message":"Not found"`},
	{`PATCH /services/` + idA + ` {}`, 404, 404, `could not find the entity with primary key '{id=\"` + idA + `\"}'`},
	{`PUT /services/` + idA + ` {"host":"h"}`, 200, 200, `"name":null`},
	{`PUT /services/` + strings.ToUpper(idA) + ` {"host":"h"}`, 200, 200, `"id":"` + idA + `"`},
	{`PUT /services/n {"host":"h","id":"` + idB + `"}`, 200, 200, `"id":"` + idB + `"`},
	{`POST /services {"host":"h","id":"nope"}`, 400, 400, "id: expected a valid UUID"},
	{`PUT /services/n {"host":"h","protocol":"https"}`, 200, 200, `"port":80`},
	{`PUT /services/n {"url":"https://h"}`, 200, 200, `"port":443`},
	{`PUT /services/n {"url":"http://h/"}`, 200, 200, `"path":"/"`},
	{`PUT /services/n {"url":"http://h","host":"other","port":5}`, 200, 200, `"host":"h"`},
	{`PUT /services/n {"url":"h:8080"}`, 400, 400, "protocol: expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp"},
	{`PUT /services/n {"url":5}`, 400, 400, "schema violation (url: expected a string)"},
	{`PUT /services/n {"url":null}`, 400, 400, "protocol: expected one of"},
	{`PUT /services/n {"host":"h:80"}`, 400, 400, "host: must not have a port"},
	{`PUT /services/n {"host":"a b"}`, 400, 400, "host: invalid value: a b"},
	{`PUT /services/n {"host":"h","path":"/a//b"}`, 400, 400, "path: must not have empty segments"},
	{`PUT /services/n {"host":"h","path":"/a b"}`, 400, 400, "characters outside of the reserved list of RFC 3986 found"},
	{`PUT /services/n {"host":"h","enabled":null}`, 400, 400, "enabled: required field missing"},
	{`PUT /services/n {"host":"h","retries":null}`, 200, 200, `"retries":null`},
	{`PUT /services/n {"host":"h","retries":1.5}`, 400, 400, "retries: expected an integer"},
	{`PUT /services/n {"host":"h","tags":"x"}`, 400, 400, "tags: expected a set"},
	{`PUT /services/n {"host":"h","tags":{}}`, 200, 200, `"tags":[]`},
	{`PUT /services/n {"host":"h","tags":[]}`, 200, 200, `"tags":[]`},
	{`PUT /services/n {"host":"h","tls_verify":true}`, 400, 400, "failed conditional validation given value of field 'protocol'"},
	{`PUT /services/n {"host":"h","client_certificate":{"id":"` + idA + `"},"protocol":"https"}`, 400, 400,
		"does not reference an existing 'certificates' entity."},
	{`PUT /services/n [1]`, 400, 400, "host: required field missing"},
	{`PUT /services/n "x"`, 500, 500, "An unexpected error occurred"},
	{`PUT /services/` + strings.Repeat("n", 300) + ` {"host":"h"}`, 200, 200, ""},
	{`GET /services/a+b`, 400, 400, "invalid value 'a b'"},
	{`GET /services/%FF`, 400, 400, "invalid utf-8 character sequence detected at position 1"},
	{`PATCH /services/s {"name":"s"}`, 200, 200, ""},
	{`PATCH /services/s {"protocol":null}`, 400, 400, "protocol: required field missing"},
	{`PATCH /services/s {"nope":null}`, 400, 400, "nope: unknown field"},
	{`DELETE /services/s`, 400, 400, `"@referenced_by":"routes"`},
	{`GET /services/s/`, 200, 200, `"name":"s"`},
	{`GET /services//routes`, 404, 404, ""},
	{`GET /services/s/nope`, 404, 404, ""},
	{`GET /routes/r/service`, 200, 200, `"name":"s"`},
	{`PATCH /routes/r/service {"retries":9}`, 200, 200, `"retries":9`},
	{`PUT /routes/r/service {"host":"x"}`, 200, 200, `"host":"x"`},
	{`DELETE /routes/r/service`, 405, 405, ""},
	{`PUT /routes/n {"paths":["/n"],"hosts":["h"]}`, 200, 200, `"service":null`},
	{`PATCH /services/s/routes/r {"paths":["/n"]}`, 200, 200, `"paths":["/n"]`},
	{`PATCH /services/s/routes/nope {"paths":["/n"]}`, 404, 404, ""},
	{`DELETE /services/s/routes/nope`, 404, 404, ""},
	{`DELETE /services/s/routes/r`, 204, 204, ""},
	{`PUT /routes/n {"paths":["/a/../b"]}`, 200, 400, "3: non-normalized path, consider use '/b' instead"},
	{`PUT /routes/n {"paths":["/a%20b"]}`, 200, 400, "3: non-normalized path, consider use '/a b' instead"},
	{`PUT /routes/n {"paths":["/a%zz"]}`, 400, 400, "paths.1: invalid url-encoded value: '%zz'"},
	{`PUT /routes/n {"paths":["/a//b"]}`, 400, 400, "paths.1: must not have empty segments"},
	{`PUT /routes/n {"paths":["~/a(?!b)"]}`, 400, 400, "3: Router Expression failed validation"},
	{`PUT /routes/n {"paths":["/a(?!b)"]}`, 200, 200, ""},
	{`PUT /routes/n {"paths":["/a)","~/a)b"]}`, 400, 400, `unmatched closing parenthesis in`},
	{`PUT /routes/n {"paths":["/[a","~/[a"]}`, 400, 400, "missing terminating ] for character class"},
	{`PUT /routes/n {"paths":["/n"],"protocols":["gopher"]}`, 400, 400, "schema violation (protocols: unknown type: gopher)"},
	{`PUT /routes/n {"paths":["/n"],"protocols":[]}`, 400, 400, "protocols: unknown type: nil"},
	{`PUT /routes/n {"paths":["/n"],"protocols":["http","gopher"]}`, 400, 400, `"protocols":[null,"expected one of: grpc`},
	{`PUT /routes/n {"hosts":["*.a.*"]}`, 400, 400, "hosts.1: invalid wildcard: must have at most one wildcard"},
	{`PUT /routes/n {"hosts":["a.*.b"]}`, 400, 400, "must be placed at leftmost or rightmost label"},
	{`PUT /routes/n {"headers":{"Host":["x"]}}`, 400, 400, "cannot contain 'host' header"},
	{`PUT /routes/n {"headers":{"x y":["x"]}}`, 400, 400, "headers: bad header name 'x y'"},
	{`PUT /routes/n {"headers":{"x":"y"}}`, 400, 400, "headers: expected an array"},
	{`PUT /routes/n {"paths":["/n"],"snis":["a.b"],"protocols":["http"]}`, 400, 400, "'snis' can only be set when 'protocols' is"},
	{`PUT /routes/n {"paths":["/n"],"sources":[{"ip":"10.0.0.1"}]}`, 400, 400, "cannot set 'sources' when 'protocols' is 'http' or 'https'"},
	{`PUT /routes/n {"sources":[{}],"protocols":["tcp"]}`, 400, 400, "at least one of these fields must be non-empty: 'ip', 'port'"},
	{`PUT /routes/n {"protocols":["tcp"]}`, 400, 400, "must set one of 'sources', 'destinations', 'snis'"},
	{`PUT /routes/n {"protocols":["grpcs"]}`, 400, 400, "must set one of 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'grpcs'"},
	{`PUT /routes/n {"paths":["/n"],"service":{}}`, 400, 400, `"service":{"id":"missing primary key"}`},
	{`PUT /routes/n {"paths":["/n"],"service":{"name":"a b"}}`, 400, 400, `"service":{"name":"invalid value 'a b'`},
	{`PUT /routes/n {"paths":["/n"],"service":{"id":"x"}}`, 400, 400, `"service":{"id":"expected a valid UUID"}`},
	{`PUT /upstreams/10.0.0.1 {}`, 400, 400, "Invalid name ('10.0.0.1'); no ip addresses allowed"},
	{`PUT /upstreams/a%20b {}`, 400, 400, "Invalid name ('a b'); must be a valid hostname"},
	{`PUT /upstreams/n {"hash_on":"header"}`, 400, 400, "hash_on_header: required field missing"},
	{`PUT /upstreams/n {"hash_on":"ip"}`, 200, 200, `"algorithm":"consistent-hashing"`},
	{`PUT /upstreams/n {"algorithm":"least-connections","hash_on":null}`, 200, 200, `"hash_on":"none"`},
	{`PUT /upstreams/n {"algorithm":"latency"}`, 400, 200, "2: algorithm: expected one of: consistent-hashing, least-connections, round-robin"},
	{`PUT /upstreams/n {"hash_fallback":"ip"}`, 400, 400, "hash_fallback: expected one of: none"},
	{`PUT /upstreams/n {"healthchecks":null}`, 400, 400, "healthchecks: required field missing"},
	{`PUT /upstreams/n {"healthchecks":{"active":{"timeout":"x"}}}`, 400, 400,
		`healthchecks.active: {\n  timeout = \"expected a number\"\n}`},
	{`PATCH /upstreams/u {"healthchecks":{"active":{"concurrency":3}}}`, 200, 200, `"concurrency":3`},
	{`PATCH /upstreams/u {"healthchecks":{"active":{"concurrency":3}}}`, 200, 200, `"http_statuses":[429,500,503]`},
	{`POST /tags {}`, 400, 400, "does not support insert/upsert/update/delete operations"},
	{`GET /tags/a%2Cb`, 200, 400, "2: \"data\":{}"}, // Kong 2 does not decode the path
	{`GET /tags/a%2Cb`, 200, 400, "3: invalid tag 'a,b'"},
	{`GET /tags/t%31`, 200, 200, `2: "data":{}`},
	{`GET /tags/t%31`, 200, 200, `3: "tag":"t1"`},
	{`GET /tags/none`, 200, 200, `3: "data":[]`},
	{`GET /tags/none?offset=`, 400, 400, "'' is not a valid offset: bad json encoding"},
	{`GET /tags?offset`, 400, 400, "'' is not a valid offset: bad json encoding"},
	{`GET /services/s/routes?offset=`, 400, 400, `"code":7`},
	{`GET /upstreams/u/targets?offset=`, 500, 500, "An unexpected error occurred"}, // offsets of targets are numbers
	{`GET //services`, 404, 404, `"message":"Not found"`},
	{`GET ///`, 404, 404, `"message":"Not found"`},
	{`GET /services//`, 404, 404, `"message":"Not found"`},
	{`GET /services/`, 200, 200, `"name":"s"`},
	{`GET /services/s%00`, 400, 400, "<title>400 Bad Request</title>"},
	{`GET /services/../../x`, 400, 400, "<title>400 Bad Request</title>"},
	{`GET /%2e%2E/services`, 400, 400, "<title>400 Bad Request</title>"},
	{`GET /services/x/../../services`, 404, 404, `"message":"Not found"`},
	{`TRACE /services`, 405, 405, "<title>405 Not Allowed</title>"},
	{`TRACE /nope`, 405, 405, "<title>405 Not Allowed</title>"},
	{`PATCH /services/s/plugins/nope {"enabled":false}`, 400, 404, "2: invalid primary key"},
	{`PATCH /services/nope/plugins/nope {"enabled":false}`, 400, 404, "2: invalid primary key"},
	{`PATCH /routes/r/plugins/` + idA + ` {"enabled":false}`, 404, 404, `"message":"Not found"`},
	{`GET /consumers`, 200, 200, `{"data":[],"next":null}`},
	{`GET /consumers?size=0`, 400, 400, "size must be an integer between 1 and 1000"},
	{`POST /consumers {"username":"x"}`, 405, 405, ""},
	{`GET /certificates/x`, 404, 404, ""},
	{`GET /vaults`, 404, 200, `3: {"data":[],"next":null}`},
	{`GET /schemas/plugins/nope`, 404, 404, "No plugin named 'nope'"},
	{`GET /plugins/schema/nope`, 404, 404, "No plugin named 'nope'"},
	{`GET /schemas/nope`, 404, 404, "No entity named 'nope'"},
	{`POST /routes {"name":"empty","headers":{"x":[]}}`, 201, 400, `2: "headers":{"x":{}}`},
	{`POST /routes {"name":"empty","headers":{"x":[]}}`, 201, 400, `3: Router Expression failed validation`},
	{`PATCH /routes/r {"headers":{"x":["1"],"y":[]}}`, 200, 400, `2: "headers":{"x":["1"],"y":{}}`},
	{`GET /status/ready`, 404, 404, ""},
	{`GET /apis`, 404, 404, ""},
	{`POST /schemas/nope/validate {}`, 404, 404, "No entity named 'nope'"},
	{`POST /schemas/targets/validate {"target":"a b"}`, 400, 400, "Invalid target ('a b'); not a valid hostname or ip address"},
	{`GET /config`, 400, 400, "only available when Kong is configured to not use a database"},
	{`POST /config {}`, 400, 400, "only available when Kong is configured to not use a database"},
	{`PATCH /services {}`, 405, 405, "Method not allowed"},
	{`POST /services/s {}`, 405, 405, ""},
}

func TestOddities(t *testing.T) {
	for _, version := range versions {
		for _, row := range oddities {
			t.Run(version+" "+row.request, func(t *testing.T) {
				k := newTester(t, kongtest.Config{Version: version})
				k.want(200, `PUT /services/s {"url":"http://h","tags":["t1","t2"]}`)
				k.want(200, `PUT /services/s/routes/r {"paths":["/r"]}`)
				k.want(200, `PUT /upstreams/u {"healthchecks":{"passive":{"unhealthy":{"timeouts":1}}}}`)
				k.want(200, `PUT /upstreams/off {}`)
				k.want(201, `POST /upstreams/u/targets {"target":"10.0.0.1:80"}`)
				k.want(201, `POST /upstreams/off/targets {"target":"10.0.0.1:80"}`)
				answer := k.ask(row.request)
				status, says := row.three, strings.TrimPrefix(row.says, "3: ")
				if version == "2.8.5" {
					status, says = row.two, strings.TrimPrefix(row.says, "2: ")
				}
				assert.Equal(t, status, answer.Code, answer.Body)
				if says == row.says && (strings.HasPrefix(says, "2: ") || strings.HasPrefix(says, "3: ")) {
					return // the text is that of the other version
				}
				assert.Contains(t, answer.Body.String(), says)
			})
		}
	}
}
