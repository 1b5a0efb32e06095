package admin

import (
	"net/http"
	"strconv"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
)

// answer is a response of the Admin API.
type answer struct {
	status int
	body   any      // nil: none; []byte: encoded JSON; html: text/html; any other value is encoded as JSON
	header []string // alternates names and values
}

// html is a body of the type text/html.
type html string

func message(status int, text string) *answer {
	return &answer{status: status, body: map[string]any{"message": text}}
}

func notFound() *answer { return message(http.StatusNotFound, "Not found") }

func notAllowed() *answer { return message(http.StatusMethodNotAllowed, "Method not allowed") }

func unexpected() *answer {
	return message(http.StatusInternalServerError, "An unexpected error occurred")
}

func (a *answer) write(w http.ResponseWriter, headOnly bool, version string) {
	header := w.Header()
	header["Server"] = []string{"kong/" + version}
	header["Access-Control-Allow-Origin"] = []string{"*"}
	header["X-Kong-Admin-Latency"] = []string{"1"}
	for i := 0; i+1 < len(a.header); i += 2 {
		header.Set(a.header[i], a.header[i+1])
	}
	var body []byte
	switch b := a.body.(type) {
	case nil:
		w.WriteHeader(a.status)
		return
	case html:
		header.Set("Content-Type", "text/html; charset=UTF-8")
		body = []byte(b)
	case []byte:
		header["Content-Type"] = []string{"application/json; charset=utf-8"}
		body = b
	default:
		header["Content-Type"] = []string{"application/json; charset=utf-8"}
		body = lua.JSON(b)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if !headOnly {
		_, _ = w.Write(body) //nolint:gosec // the body is JSON or a constant
	}
}
