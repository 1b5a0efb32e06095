package kongtest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// recorded is an answer that has not been sent yet. It is an http.ResponseWriter.
type recorded struct {
	status int
	header http.Header
	body   []byte
}

// perform handles r and returns the answer.
func perform(next http.Handler, r *http.Request) *recorded {
	answer := &recorded{header: http.Header{}}
	next.ServeHTTP(answer, r)
	return answer
}

// canned returns an answer that is the same for every request. It panics if the last name of header has no value.
func canned(status int, contentType, body string, header []string) *recorded {
	if len(header)%2 != 0 {
		panic("kongtest: there is no value for the header " + header[len(header)-1])
	}
	answer := &recorded{status: status, header: http.Header{}, body: []byte(body)}
	if contentType != "" {
		answer.header.Set("Content-Type", contentType)
	}
	if bodyAllowed(status) {
		answer.header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	for pair := range slices.Chunk(header, 2) {
		answer.header.Add(pair[0], pair[1])
	}
	return answer
}

func (a *recorded) Header() http.Header { return a.header }

func (a *recorded) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *recorded) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, p...)
	return len(p), nil
}

func (a *recorded) writeHead(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header.Clone()) // a canned answer is sent many times
	w.WriteHeader(a.status)
}

func (a *recorded) write(w http.ResponseWriter) {
	a.writeHead(w)
	if bodyAllowed(a.status) {
		_, _ = w.Write(a.body)
	}
}

func bodyAllowed(status int) bool {
	return status >= http.StatusOK && status != http.StatusNoContent && status != http.StatusNotModified
}
