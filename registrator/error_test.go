package registrator_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// hello returns a description that every gateway accepts.
func hello() registrator.Service {
	return registrator.Service{Name: "hello", Paths: []string{"/hello"}, Host: "hello.example.com", Port: 5000}
}

func isWrite(r *http.Request) bool { return r.Method != http.MethodGet }

// onFault registers with a gateway at which every write meets the fault.
func onFault(t *testing.T, f kongtest.Fault) (*registrator.Error, error) {
	t.Helper()
	var err error
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		k.Inject(-1, f, isWrite)
		err = newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), hello())
	})
	var e *registrator.Error
	require.ErrorAs(t, err, &e)
	return e, err
}

// TestEveryFormOfAnErrorIsUnderstood tests the errors of gateways and of servers in front of them.
func TestEveryFormOfAnErrorIsUnderstood(t *testing.T) {
	const jsonType, htmlType = "application/json; charset=utf-8", "text/html; charset=UTF-8"
	for name, c := range map[string]struct {
		status   int
		kind     string
		body     string
		is       error
		code     int
		message  string
		fields   map[string]string
		attempts int
	}{
		"a string":   {400, jsonType, `{"code":2,"name":"schema violation","message":"m","fields":{"port":"too large"}}`, registrator.ErrInvalid, 2, "m", map[string]string{"port": "too large"}, 1},
		"positions":  {400, jsonType, `{"code":2,"message":"m","fields":{"tags":[null,"invalid tag",null,"another"]}}`, registrator.ErrInvalid, 2, "m", map[string]string{"tags[1]": "invalid tag", "tags[3]": "another"}, 1},
		"records":    {400, jsonType, `{"code":2,"message":"m","fields":{"config":{"key_names":"expected an array","bogus":"unknown field"}}}`, registrator.ErrInvalid, 2, "m", map[string]string{"config.key_names": "expected an array", "config.bogus": "unknown field"}, 1},
		"the entity": {400, jsonType, `{"code":2,"message":"m","fields":{"@entity":["must set one of 'methods'"]}}`, registrator.ErrInvalid, 2, "m", map[string]string{"@entity[0]": "must set one of 'methods'"}, 1},
		"all nested": {400, jsonType, `{"code":2,"message":"m","fields":{"a":[{"b":[null,[null,"x"]]}],"c":{"d":{"e":"y"}}}}`, registrator.ErrInvalid, 2, "m", map[string]string{"a[0].b[1][1]": "x", "c.d.e": "y"}, 1},
		"no strings": {400, jsonType, `{"code":2,"message":"m","fields":{"service":{"id":"u"},"consumer":null,"n":3,"b":true}}`, registrator.ErrInvalid, 2, "m", map[string]string{"service.id": "u", "n": "3", "b": "true"}, 1},
		"options":    {400, jsonType, `{"code":11,"message":"m","options":{"tags":"invalid filter syntax"}}`, registrator.ErrInvalid, 11, "m", map[string]string{"tags": "invalid filter syntax"}, 1},
		"no fields":  {400, jsonType, `{"message":"Cannot parse JSON body"}`, registrator.ErrInvalid, 0, "Cannot parse JSON body", map[string]string{}, 1},
		"odd types":  {400, jsonType, `{"code":"2","message":["m"]}`, registrator.ErrInvalid, 0, `{"code":"2","message":["m"]}`, nil, 1},
		"a list":     {400, jsonType, `[1]`, registrator.ErrInvalid, 0, "[1]", nil, 1},
		"not Kong's": {503, jsonType, `{"error":"no healthy backend"}`, registrator.ErrUnavailable, 0, `{"error":"no healthy backend"}`, nil, 3},
		"a problem":  {400, jsonType, `{"title":"Bad Request","detail":"the request is too long"}`, registrator.ErrInvalid, 0, `{"title":"Bad Request","detail":"the request is too long"}`, nil, 1},
		"empty":      {400, jsonType, "", registrator.ErrInvalid, 0, "", nil, 1},
		"html":       {415, htmlType, "<html>\n<head><title>415 Unsupported Media Type</title></head><body></body></html>", registrator.ErrInvalid, 0, "415 Unsupported Media Type", nil, 1},
		"html alone": {413, htmlType, "<h1>Too <b>large</b></h1>", registrator.ErrInvalid, 0, "Too large", nil, 1},
		"text":       {418, "text/plain", "I am\x00a\r\nteapot", registrator.ErrInvalid, 0, "I am a teapot", nil, 1},
		"mTLS":       {400, htmlType, "<title>400 No required SSL certificate was sent</title>", registrator.ErrUnauthorized, 0, "400 No required SSL certificate was sent", nil, 1},
		"no token":   {401, jsonType, `{"message":"Invalid credentials. Token or User credentials required"}`, registrator.ErrUnauthorized, 0, "Invalid credentials. Token or User credentials required", map[string]string{}, 1},
		"no key":     {401, jsonType, `{"message":"No API key found in request","request_id":"1"}`, registrator.ErrUnauthorized, 0, "No API key found in request", map[string]string{}, 1},
		"no right":   {403, jsonType, `{"message":"hello, you do not have permissions"}`, registrator.ErrUnauthorized, 0, "hello, you do not have permissions", map[string]string{}, 1},
		"read-only":  {405, jsonType, `{"code":12,"name":"operation unsupported","message":"cannot create 'services' entities when not using a database"}`, registrator.ErrReadOnly, 12, "cannot create 'services' entities when not using a database", map[string]string{}, 1},
		"gone":       {404, jsonType, `{"message":"Not found"}`, registrator.ErrConflict, 0, "Not found", map[string]string{}, 1},
		"in use":     {400, jsonType, `{"code":4,"message":"m","fields":{"@referenced_by":"routes"}}`, registrator.ErrConflict, 4, "m", map[string]string{"@referenced_by": "routes"}, 1},
		"unresolved": {400, jsonType, `{"code":13,"message":"m"}`, registrator.ErrConflict, 13, "m", map[string]string{}, 1},
		"exists":     {409, jsonType, `{"code":5,"message":"m","fields":{"service":{"id":"x"},"name":"cors","consumer":null}}`, registrator.ErrConflict, 5, "m", map[string]string{"service.id": "x", "name": "cors"}, 1},
		"broken":     {500, jsonType, `{"message":"An unexpected error occurred"}`, registrator.ErrUnavailable, 0, "An unexpected error occurred", map[string]string{}, 3},
		"bad proxy":  {502, htmlType, "<title>502 Bad Gateway</title>", registrator.ErrUnavailable, 0, "502 Bad Gateway", nil, 3},
		"too many":   {429, jsonType, `{"message":"API rate limit exceeded"}`, registrator.ErrUnavailable, 0, "API rate limit exceeded", map[string]string{}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := onFault(t, kongtest.Answer(c.status, c.kind, c.body))
			require.ErrorIs(t, err, c.is)
			assert.Equal(t, c.status, e.Status)
			assert.Equal(t, c.code, e.Code)
			assert.Equal(t, c.message, e.Message)
			assert.Equal(t, c.fields, e.Fields)
			assert.Equal(t, "register", e.Op)
			assert.Equal(t, "service hello", e.Entity)
			assert.Equal(t, "POST /services", e.Request)
			assert.LessOrEqual(t, e.Attempts, c.attempts)
			for path, text := range c.fields {
				assert.Contains(t, err.Error(), text, path)
			}
		})
	}
}

func TestErrorReads(t *testing.T) {
	_, err := onFault(t, kongtest.Answer(400, "application/json",
		`{"code":2,"message":"schema violation (tags.2: invalid tag)","fields":{"tags":[null,"invalid tag"],"port":"too large"}}`))
	assert.EqualError(t, err, `registrator: register hello: service hello: invalid: POST /services answered 400: `+
		`schema violation (tags.2: invalid tag); port: too large`)
}
