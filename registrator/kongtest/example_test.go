package kongtest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

func ExampleStart() {
	hello := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello from %s, behind %s", r.URL.Path, r.Header.Get("X-Forwarded-Prefix"))
	}))
	defer hello.Close()
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()

	put := func(path, body string) {
		request, _ := http.NewRequest(http.MethodPut, gateway.AdminURL()+path, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil || answer.StatusCode != http.StatusOK {
			panic(fmt.Sprint("not registered: ", answer, err))
		}
		_ = answer.Body.Close()
	}
	put("/services/hello", fmt.Sprintf(`{"url": %q}`, hello.URL))
	put("/services/hello/routes/hello", `{"paths": ["/hello"]}`)

	answer, err := http.Get(gateway.ProxyURL() + "/hello/world")
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(string(body))
	for _, request := range gateway.Writes() {
		fmt.Println(request.Method, request.Path, request.Status)
	}
	// Output:
	// hello from /world, behind /hello
	// PUT /services/hello 200
	// PUT /services/hello/routes/hello 200
}

// The gateway answers one request with 429. Then it cuts the connection after a write: the write is done, but the client does not
// know.
func ExampleGateway_Inject() {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	writes := func(r *http.Request) bool { return r.Method != http.MethodGet }
	gateway.Inject(1, kongtest.Answer(http.StatusTooManyRequests, "application/json", `{"message":"API rate limit exceeded"}`,
		"Retry-After", "1"))
	gateway.Inject(1, kongtest.CutAfter(), writes)

	send := func(method string) {
		request, _ := http.NewRequest(method, gateway.AdminURL()+"/upstreams/hello", strings.NewReader("{}"))
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println(method, "without an answer")
			return
		}
		_ = answer.Body.Close()
		fmt.Println(method, answer.StatusCode)
	}
	send(http.MethodGet)
	send(http.MethodGet)
	send(http.MethodPut)
	send(http.MethodGet)
	// Output:
	// GET 429
	// GET 404
	// PUT without an answer
	// GET 200
}
