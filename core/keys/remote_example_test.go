package keys_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/microkubes/microkubes-go/core/keys"
)

// serve is an issuer with one key.
func serve() *httptest.Server {
	var s *httptest.Server
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/realms/shop/.well-known/openid-configuration":
			fmt.Fprintf(w, `{"issuer": %q, "jwks_uri": %q}`, s.URL+"/realms/shop", s.URL+"/jwks.json")
		case "/jwks.json":
			fmt.Fprint(w, `{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "2026-11", "use": "sig",
				"x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`)
		default:
			http.NotFound(w, r)
		}
	}))
	return s
}

// An issuer publishes where its keys are. The service starts without it, too, and answers 503 until it has the keys.
func ExampleDiscover() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // for the start alone
	defer cancel()
	store, err := keys.Discover(ctx, "https://login.example.com/realms/shop")
	if err != nil { // it is not a URL that keys may come from
		fmt.Println(err)
		return
	}
	defer store.Close()
	fmt.Println("usable:", store.Health().Usable)
}

// A Client trusts a private CA here. Required insists on the keys at start.
func ExampleRemoteConfig() {
	issuer := serve()
	defer issuer.Close()
	store, err := keys.RemoteConfig{
		Issuer:   issuer.URL + "/realms/shop",
		Client:   issuer.Client(),
		Required: true,
	}.Open(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	found, err := store.Find(context.Background(), "2026-11", "EdDSA")
	fmt.Println(len(found), err)
	_, err = store.Find(context.Background(), "2019-01", "EdDSA")
	fmt.Println(err)
	// Output:
	// 1 <nil>
	// keys: no key has that id
}

// A probe of Kubernetes: not ready before there are keys.
func ExampleRemoteSet_Ready() {
	issuer := serve()
	defer issuer.Close()
	store, err := keys.RemoteConfig{KeysURL: issuer.URL + "/jwks.json", Client: issuer.Client()}.Open(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	ready := func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		if err := store.Ready(ctx); err != nil {
			http.Error(w, "no keys yet", http.StatusServiceUnavailable)
		}
	}
	w := httptest.NewRecorder()
	ready(w, httptest.NewRequest("GET", "/readyz", http.NoBody))
	fmt.Println(w.Code, store.Health().Keys)
	// Output:
	// 200 1
}
