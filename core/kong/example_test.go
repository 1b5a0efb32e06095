package kong_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/kong"
)

func ExampleProvider_CheckRegistration() {
	// What the service registers: registrator.Service.PluginConfigs returns it.
	plugins := map[string]map[string]any{
		"key-auth": {"run_on_preflight": true},
		"acl":      {"allow": []string{"staff"}, "hide_groups_header": false},
	}
	consumers := kong.New(kong.Config{Peers: []string{"10.0.1.0/28"}, Groups: true})
	chain, err := core.NewSecurityChain(consumers)
	if err != nil {
		fmt.Println(err)
		return
	}
	chain = chain.WithLogger(slog.New(slog.DiscardHandler))
	// Once the gateway has loaded the plugins:
	if err := consumers.CheckRegistration(plugins); err != nil {
		fmt.Println(err)
		return
	}

	headers := http.Header{
		"X-Consumer-Id":           {"3deaf785-fc17-46bb-be15-fd7c2e69c5a6"},
		"X-Consumer-Username":     {"ann"},
		"X-Credential-Identifier": {"0b0b551a-ea51-44fb-8bf3-fea79b4a677b"},
		"X-Consumer-Groups":       {"staff, ops"},
	}
	for _, peer := range []string{"10.0.1.7:41000", "10.0.9.9:41000"} {
		var answer coretest.Recorder
		ctx, pass := chain.Guard(context.Background(), coretest.Request{Peer: peer, Headers: headers}, &answer)
		auth, _ := core.AuthFrom(ctx)
		fmt.Println(pass, auth.Username(), auth.Roles(), answer.Status)
	}

	err = kong.New(kong.Config{Peers: []string{"10.0.1.7"}}).CheckRegistration(map[string]map[string]any{"key-auth": {}})
	fmt.Println(err)
	// Output:
	// true ann [staff ops] 0
	// false  [] 401
	// kong: the plugin key-auth must set run_on_preflight to true: otherwise the client's own headers reach the service with the method OPTIONS
}
