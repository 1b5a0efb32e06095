package admin

import (
	"net/http"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/collection"
)

const nodeName = "kongtest"

// info handles GET /, which describes the node. The answer has the keys that clients read, not the whole configuration.
func (c *call) info() *answer {
	var inUse []string
	for _, e := range c.store.Table("plugins").All() {
		inUse = append(inUse, e.Text("name"))
	}
	slices.Sort(inUse)
	available := make(map[string]any)
	for _, name := range collection.PluginNames(c.config.V3) {
		available[name] = true
		if c.config.V3 {
			available[name] = map[string]any{"version": c.config.Version, "priority": pluginPriorities[name]}
		}
	}
	database, role := "postgres", "traditional"
	if c.config.DBLess {
		database = "off"
	}
	configuration := map[string]any{"database": database, "role": role, "prefix": "/usr/local/kong", "log_level": "notice",
		"plugins": []string{"bundled"}, "proxy_listen": []string{"127.0.0.1:8000"}, "admin_listen": []string{"127.0.0.1:8001"}}
	if c.config.V3 {
		configuration["router_flavor"] = "traditional_compatible"
	}
	body := map[string]any{
		"tagline": "Welcome to kong", "version": c.config.Version, "hostname": nodeName, "node_id": c.nodeID,
		"lua_version":   "LuaJIT 2.1.0-beta3",
		"timers":        map[string]any{"running": 0, "pending": 8},
		"pids":          map[string]any{"master": 1, "workers": []int{2}},
		"configuration": configuration,
		"plugins": map[string]any{
			"available_on_server": available,
			"enabled_in_cluster":  append([]string{}, slices.Compact(inUse)...),
		},
	}
	if c.config.V3 {
		body["edition"] = "community"
		if strings.Contains(c.config.Version, "enterprise") {
			body["edition"] = "enterprise"
		}
	}
	return &answer{status: http.StatusOK, body: body}
}

// status handles GET /status. The node is always healthy.
func (c *call) status() *answer {
	requests := c.config.Requests()
	body := map[string]any{
		"database": map[string]any{"reachable": true},
		"memory":   map[string]any{"lua_shared_dicts": map[string]any{}, "workers_lua_vms": []any{}},
		"server": map[string]any{
			"connections_accepted": requests, "connections_active": 1, "connections_handled": requests,
			"connections_reading": 0, "connections_waiting": 0, "connections_writing": 1, "total_requests": requests,
		},
	}
	if c.config.DBLess {
		body["configuration_hash"] = c.hash
		if c.config.V3 {
			delete(body, "database")
		}
	}
	return &answer{status: http.StatusOK, body: body}
}

func (c *call) enabledPlugins() *answer {
	return &answer{status: http.StatusOK, body: map[string]any{"enabled_plugins": collection.PluginNames(c.config.V3)}}
}

// pluginPriorities holds the priorities of Kong 3.9. A plugin with a higher priority runs earlier.
var pluginPriorities = map[string]int{
	"pre-function": 1000000, "correlation-id": 100001, "zipkin": 100000, "cors": 2000, "session": 1900, "acme": 1705,
	"jwt": 1450, "oauth2": 1400, "key-auth": 1250, "ldap-auth": 1200, "basic-auth": 1100, "hmac-auth": 1030,
	"grpc-gateway": 998, "ip-restriction": 990, "request-size-limiting": 951, "acl": 950, "rate-limiting": 910,
	"response-ratelimiting": 900, "request-transformer": 801, "response-transformer": 800, "aws-lambda": 750,
	"azure-functions": 749, "bot-detection": 2500, "ai-proxy": 770, "ai-request-transformer": 777,
	"ai-response-transformer": 769, "ai-prompt-guard": 771, "ai-prompt-decorator": 772, "ai-prompt-template": 773,
	"standard-webhooks": 760, "redirect": 779, "proxy-cache": 100, "opentelemetry": 14, "prometheus": 13, "http-log": 12,
	"statsd": 11, "datadog": 10, "file-log": 9, "udp-log": 8, "tcp-log": 7, "loggly": 6, "syslog": 4, "grpc-web": 3,
	"request-termination": 2, "post-function": -1000,
}
