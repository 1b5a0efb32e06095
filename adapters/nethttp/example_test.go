package nethttp_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

func Example() {
	issuer := coretest.NewIssuer("Microkubes JWT Authority") // in a service: keys.Dir("./keys")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	if err != nil {
		log.Fatal(err)
	}
	sec := nethttp.New(chain)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", sec.Secured(func(w http.ResponseWriter, r *http.Request) {
		auth, _ := core.AuthFrom(r.Context())
		fmt.Fprintln(w, "Hello", auth.Username())
	}))

	for _, headers := range []http.Header{coretest.Bearer(issuer.Microkubes(nil)), {}} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/hello", nil)
		r.Header = headers
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 Hello user@example.com
	//
	// 401 {"code":401,"message":"authentication required"}
}
