package config_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/microkubes/microkubes-go/core/config"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// A service reads the file that SERVICE_CONFIG_FILE names. Here the file and the keys are made first.
func Example() {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	dir := exampleFiles(issuer, `{
	  "service": {"name": "orders", "port": 8080, "paths": ["/orders"], "virtual_host": "orders.service.consul"},
	  "gatewayAdminUrl": "http://kong:8001",
	  "security": {
	    "keysDir": "KEYS",
	    "ignorePatterns": ["^/orders/health$"],
	    "jwt": {},
	    "acl": {"policies": [
	      {"id": "readers", "effect": "allow", "subjects": ["<.*>"], "actions": ["api:read"], "resources": ["/orders"]}
	    ]}
	  }
	}`)
	environ := []string{"SERVICE_CONFIG_FILE=" + filepath.Join(dir, "service.json"), "SERVICE_CONFIG__SECURITY__KEYSDIR=" + dir}

	settings, err := config.Read(environ) // os.Environ()
	if err != nil {
		log.Fatal(err)
	}
	security, err := settings.Open(context.Background(), config.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	defer security.Close()
	fmt.Println(settings.Service.Name, settings.Service.Port)

	// An adapter binds the chain to a framework: nethttp.New(security.Chain()).
	token := issuer.Microkubes(coretest.Claims{"username": "ann"})
	for _, method := range []string{"GET", "DELETE"} {
		var answer coretest.Recorder
		_, ok := security.Chain().Guard(context.Background(),
			coretest.Request{Verb: method, Target: "/orders", Headers: coretest.Bearer(token)}, &answer)
		fmt.Println(method, ok, answer.Status)
	}
	_ = os.RemoveAll(dir)
	// Output:
	// orders 8080
	// GET true 0
	// DELETE false 403
}

// The error of a bad file names the line and the field.
func ExampleParse() {
	_, err := config.Parse([]byte(`{
	  "security": {
	    "keyDir": "/run/secrets",
	    "jwt": {}
	  }
	}`))
	fmt.Println(err)
	// Output:
	// config: line 3: security.keyDir: unknown field: did you mean keysDir?
}

func exampleFiles(issuer *coretest.Issuer, text string) (dir string) {
	dir, err := os.MkdirTemp("", "")
	if err == nil {
		err = issuer.WriteKeys(dir)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "service.json"), []byte(text), 0o600)
	}
	if err != nil {
		log.Fatal(err)
	}
	return dir
}
