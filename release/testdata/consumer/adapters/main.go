// Command hello is a service with one secured route, which is called with a token and without one.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

func main() {
	answers, err := try()
	for _, a := range answers {
		fmt.Println(a)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// try starts the service and returns its answers to a good token, to none, and to a forged one.
func try() (answers []string, err error) {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	if err != nil {
		return nil, err
	}
	addr, stop, err := serve(chain)
	if err != nil {
		return nil, err
	}
	defer stop()
	claims := coretest.Claims{"username": "ann"}
	for _, c := range []struct {
		what, token string
		status      int
		body        string
	}{
		{"a good token", issuer.Microkubes(claims), http.StatusOK, "Hello ann"},
		{"no token", "", http.StatusUnauthorized, ""},
		{"a forged token", coretest.NewIssuer(issuer.Name).Microkubes(claims), http.StatusUnauthorized, ""},
	} {
		status, body, err := get("http://"+addr+"/hello", c.token)
		if err != nil {
			return answers, err
		}
		answers = append(answers, fmt.Sprintf("%s: %d %s", c.what, status, body))
		if status != c.status || c.body != "" && body != c.body {
			return answers, errors.New(c.what + " must be answered with " + http.StatusText(c.status))
		}
	}
	return answers, nil
}

func get(url, token string) (status int, body string, err error) {
	req, err := http.NewRequest(http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	if token != "" {
		req.Header = coretest.Bearer(token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}
