package service_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOptionsOfTheServer has a request for the server as a whole. It is for the chain and the routes, which decide on it.
func TestOptionsOfTheServer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.routes.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
		f.hooks.at["serving"] = func() {
			go func() {
				defer f.stop()
				conn, err := f.config.Listener.(*pipes).dial(f.ctx, "", "")
				if !assert.NoError(t, err) {
					return
				}
				defer conn.Close()
				_, err = io.WriteString(conn, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
				assert.NoError(t, err)
				answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if assert.NoError(t, err) {
					assert.NotEqual(t, http.StatusOK, answer.StatusCode, "net/http answers 200 by itself")
					_ = answer.Body.Close()
				}
			}()
		}
		assert.NoError(t, f.run())
	})
}

// TestLogOfTheStart has a service that registers by a host. The log has that host, and the version of the version endpoint.
func TestLogOfTheStart(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.config.Registration.Host = "hello.service.consul"
		var about struct{ Version string }
		f.hooks.at["serving"] = func() {
			go func() {
				defer f.stop()
				_, body := f.get("/version")
				assert.NoError(t, json.Unmarshal([]byte(body), &about))
			}()
		}
		assert.NoError(t, f.run())
		assert.NotEmpty(t, about.Version)
		assert.Contains(t, f.hooks.logged(), "starting version="+about.Version+"\n")
		assert.Contains(t, f.hooks.logged(), "registering with the gateway host=hello.service.consul port=8080\n")
	})
}
