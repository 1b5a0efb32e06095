package kongtest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// configurations are plugins with the configuration that the gateway shows. two and three are what only one version shows.
var configurations = []struct{ sent, both, two, three string }{
	{`{"name":"cors","config":{}}`, `{"origins":null,"credentials":false}`, `{"private_network":null}`, `{"private_network":false}`},
	{`{"name":"key-auth"}`, `{"key_names":["apikey"],"run_on_preflight":true}`, ``, ``},
	{`{"name":"basic-auth"}`, `{"hide_credentials":false}`, `{"realm":null}`, `{"realm":"service"}`},
	{`{"name":"acl","config":{"allow":["a"]}}`, `{"allow":["a"],"deny":null,"hide_groups_header":false}`, ``,
		`{"always_use_authenticated_groups":false}`},
	{`{"name":"jwt"}`, `{"uri_param_names":["jwt"],"cookie_names":[],"key_claim_name":"iss","maximum_expiration":0}`, ``, ``},
	{`{"name":"ip-restriction","config":{"deny":["10.0.0.0/8"]}}`, `{"deny":["10.0.0.0/8"],"allow":null}`, ``, ``},
	{`{"name":"correlation-id"}`, `{"header_name":"Kong-Request-ID","generator":"uuid#counter","echo_downstream":false}`, ``, ``},
	{`{"name":"request-size-limiting"}`, `{"allowed_payload_size":128,"size_unit":"megabytes","require_content_length":false}`, ``, ``},
	{`{"name":"request-termination","config":{"status_code":418}}`, `{"status_code":418,"message":null,"echo":false}`, ``, ``},
	{`{"name":"bot-detection"}`, `{"allow":[],"deny":[]}`, ``, ``},
	{`{"name":"file-log","config":{"path":"/tmp/x"}}`, `{"path":"/tmp/x","reopen":false,"custom_fields_by_lua":null}`, ``, ``},
	{`{"name":"udp-log","config":{"host":"h","port":1}}`, `{"host":"h","port":1,"timeout":10000}`, ``, ``},
	{`{"name":"http-log","config":{"http_endpoint":"http://h"}}`, `{"method":"POST","keepalive":60000}`, `{"retry_count":10}`,
		`{"retry_count":null}`},
	{`{"name":"request-transformer"}`, `{"http_method":null,"remove":{"body":[],"headers":[],"querystring":[]}}`, ``, ``},
	{`{"name":"response-transformer"}`, `{"rename":{"json":[],"headers":[]},"add":{"json":[],"json_types":[],"headers":[]}}`, ``, ``},
	{`{"name":"rate-limiting","config":{"minute":1}}`, `{"redis_port":6379,"limit_by":"consumer"}`, `{"policy":"cluster"}`,
		`{"policy":"local","sync_rate":-1}`},
	{`{"name":"oauth2","config":{"any":[{"thing":1}]}}`, `{"any":[{"thing":1}]}`, ``, ``},
	{`{"name":"prometheus"}`, `{"per_consumer":false}`, `{"ai_metrics":null}`, `{"ai_metrics":false}`},
}

func TestPluginConfigurations(t *testing.T) {
	for _, version := range versions {
		for _, row := range configurations {
			k := newTester(t, kongtest.Config{Version: version})
			got := k.want(201, "POST /plugins "+row.sent)["config"].(map[string]any)
			differences := map[string]string{"2.8.5": row.two, "3.9.3": row.three}[version]
			for _, text := range []string{row.both, differences} {
				if text == "" {
					continue
				}
				want, _ := readPrefix(text)
				for key, value := range want.(map[string]any) {
					assert.Equal(t, value, got[key], "%s of %s", key, row.sent)
				}
			}
		}
	}
}

func TestPluginErrors(t *testing.T) {
	for _, row := range []struct{ sent, says string }{
		{`{"name":"acl"}`, "2 schema violations (exactly one of these fields must be non-empty: 'config.allow', 'config.deny'; " +
			"at least one of these fields must be non-empty: 'config.allow', 'config.deny')"},
		{`{"name":"rate-limiting"}`, "at least one of these fields must be non-empty: 'config.second', 'config.minute'"},
		{`{"name":"rate-limiting","config":{"minute":5,"hour":2}}`,
			"config: The limit for hour(2.0) cannot be lower than the limit for minute(5.0)"},
		{`{"name":"rate-limiting","config":{"minute":5,"policy":"redis"}}`, "config.redis: {\n  host = \"required field missing\"\n}"},
		{`{"name":"rate-limiting","config":{"minute":5,"redis_port":1,"redis":{"port":2}}}`,
			"redis_port: both deprecated and new field are used but their values mismatch: redis_port = 1 vs redis.port = 2"},
		{`{"name":"rate-limiting","config":{"minute":5,"sync_rate":1}}`, "sync_rate can only be used with the redis policy"},
		{`{"name":"rate-limiting","config":{"minute":5,"limit_by":"header"}}`, "config.header_name: required field missing"},
		{`{"name":"rate-limiting","config":"x"}`, "config: expected a record"},
		{`{"name":"cors","config":{"methods":["GET","NOPE"]}}`, "expected one of: GET, HEAD, PUT, PATCH, POST"},
		{`{"name":"cors","consumer":{"id":"` + idA + `"}}`, "consumer: value must be null"},
		{`{"name":"key-auth","config":{"key_names":["a b"]}}`, "bad header name 'a b'"},
		{`{"name":"jwt","config":{"maximum_expiration":5,"claims_to_verify":["nbf"]}}`, "config.claims_to_verify: expected to contain: exp"},
		{`{"name":"ip-restriction","config":{"allow":["x"]}}`, "invalid ip or cidr range: 'x'"},
		{`{"name":"file-log"}`, "config.path: required field missing"},
		{`{"name":"file-log","config":{"path":"a*"}}`, "config.path: not a valid filename"},
		{`{"name":"http-log","config":{"http_endpoint":"h"}}`, "config.http_endpoint: missing host in url"},
		{`{"name":"request-transformer","config":{"add":{"headers":["a"]}}}`, "invalid value: a"},
		{`{"name":"request-transformer","config":{"rename":{"headers":["a:b c"]}}}`, "'b c' is not a valid header"},
		{`{"name":"request-termination","config":{"message":"a","body":"b"}}`, "message cannot be used with content_type or body"},
		{`{}`, "schema violation (name: required field missing)"},
		{`{"name":"oauth2","protocols":["tcpx"]}`, "expected one of: grpc, grpcs, http, https, tcp"},
		{`{"name":"cors","protocols":["tcp"]}`, "expected one of: grpc, grpcs, http, https"},
		{`{"name":"oauth2","consumer":{"id":"` + idA + `"}}`, "does not reference an existing 'consumers' entity."},
		{`{"name":"cors","service":{"name":"nope"}}`, "the foreign key cannot be resolved with '{name=\"nope\"}'"},
	} {
		k := newTester(t, kongtest.Config{})
		assert.Contains(t, k.sentence("POST /plugins "+row.sent), row.says, row.sent)
	}
}

func TestShadowsOfRedis(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	got := k.want(201, `POST /plugins {"name":"rate-limiting","config":{"minute":1,"redis_host":"h","redis":{"port":1}}}`)
	config := got["config"].(map[string]any)
	assert.Equal(t, "h", config["redis_host"])
	assert.EqualValues(t, 1, config["redis_port"])
	assert.Equal(t, "h", config["redis"].(map[string]any)["host"])
	got = k.want(200, "PATCH /plugins/"+got["id"].(string)+` {"config":{"redis":{"host":"other"}}}`)
	config = got["config"].(map[string]any)
	assert.Equal(t, "other", config["redis_host"])
	assert.EqualValues(t, 1, config["minute"], "records are merged")
}

func TestPluginsOfOthers(t *testing.T) {
	for _, version := range versions {
		k := newTester(t, kongtest.Config{Version: version})
		service := k.id(`PUT /services/s {"host":"h"}`)
		route := k.id(`PUT /services/s/routes/r {"paths":["/r"],"protocols":["http"]}`)
		onService := k.want(201, `POST /services/s/plugins {"name":"cors"}`)["id"].(string)
		onRoute := k.want(201, `POST /routes/r/plugins {"name":"cors"}`)["id"].(string)
		k.want(409, `POST /plugins {"name":"cors","service":{"id":"`+service+`"}}`)
		k.want(201, `POST /plugins {"name":"cors"}`)
		k.wantJSON(400, `{"fields":{"protocols":"must match the associated route's protocols"}}`,
			`POST /routes/r/plugins {"name":"key-auth","protocols":["https"]}`)
		k.wantJSON(400, `{"fields":{"protocols":"must match the protocols of at least one route pointing to this Plugin's service"}}`,
			`POST /services/s/plugins {"name":"key-auth","protocols":["https"]}`)
		k.want(400, `PATCH /plugins/`+onRoute+` {"protocols":["https"]}`)
		k.want(200, `PATCH /services/s/plugins/`+onService+` {"enabled":false}`)
		k.want(404, `GET /services/s/plugins/`+onRoute)
		k.wantJSON(200, `{"name":"r"}`, `GET /plugins/`+onRoute+`/route`)
		k.want(404, `GET /plugins/`+onRoute+`/service`)
		assert.Len(t, k.want(200, `GET /plugins`)["data"], 3)
		k.want(204, `DELETE /routes/`+route)
		k.want(204, `DELETE /services/s`)
		assert.Len(t, k.want(200, `GET /plugins`)["data"], 1, "the other plugins are deleted with their route and service")
	}
}

func TestInstanceNames(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	k.want(200, `PUT /services/s {"host":"h"}`)
	first := k.want(200, `PUT /services/s/plugins/mine {"name":"cors"}`)
	assert.Equal(t, "mine", first["instance_name"])
	assert.Equal(t, first["id"], k.want(200, `PUT /services/s/plugins/mine {"name":"cors"}`)["id"])
	k.wantJSON(409, `{"fields":{"instance_name":"mine"},"message":"UNIQUE violation detected on '{instance_name=\"mine\"}'"}`,
		`POST /plugins {"name":"jwt","instance_name":"mine"}`)
	k.want(200, `PATCH /plugins/mine {"enabled":false}`)
	k.want(204, `DELETE /services/s/plugins/mine`)
	k.want(204, `DELETE /plugins/mine`)
}
