package kongtest_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exchange is a request to a real gateway and its answer.
type exchange struct {
	title  string
	method string
	path   string // with the query
	header http.Header
	body   string

	status  int
	answer  http.Header // the headers that were recorded
	text    string      // the body of the answer
	length  int         // of the whole body if the text is cut; 0 if it is not
	hasBody bool        // a body was sent, which may be empty
}

var (
	headerLine = regexp.MustCompile(`^([A-Za-z][A-Za-z-]*): (.*)$`)
	cutMark    = regexp.MustCompile(`\.\.\. \[(\d+) bytes\]$`)
	uuids      = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

func (e *exchange) String() string {
	return fmt.Sprintf("%q: %s %s %s", e.title, e.method, e.path, e.body)
}

// reads reports whether the exchange did not change the gateway.
func (e *exchange) reads() bool {
	return e.method == http.MethodGet || e.method == http.MethodHead || e.method == http.MethodOptions || e.status >= 400 ||
		strings.HasSuffix(e.path, "/validate")
}

// readRecording reads a recording of testdata: "transcript" or "more".
func readRecording(t *testing.T, kind, version string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + kind + "-" + version + ".txt")
	require.NoError(t, err)
	return string(text)
}

func parseTranscript(t *testing.T, text string) []*exchange {
	t.Helper()
	var all []*exchange
	for _, part := range strings.Split("\n"+text, "\n### ")[1:] {
		lines := strings.Split(strings.TrimRight(part, "\n"), "\n")
		e := &exchange{title: lines[0], header: http.Header{}, answer: http.Header{}}
		for _, line := range lines[1:] {
			switch {
			case strings.HasPrefix(line, "> "):
				e.readRequest(line[2:])
			case strings.HasPrefix(line, "< "):
				e.readAnswer(line[2:])
			case line == "<": // the end of the body
			default: // another line of the body
				e.text += "\n" + line
			}
		}
		if m := cutMark.FindStringSubmatch(e.text); m != nil {
			e.length, _ = strconv.Atoi(m[1])
			e.text = strings.TrimSuffix(e.text, m[0])
		}
		e.setContentType()
		require.NotZero(t, e.status, "%v", e)
		all = append(all, e)
	}
	return all
}

func (e *exchange) readRequest(line string) {
	if e.method == "" {
		e.method, e.path, _ = strings.Cut(line, " ")
	} else if m := headerLine.FindStringSubmatch(line); m != nil {
		e.header.Set(m[1], m[2])
	} else {
		e.body += line
		e.hasBody = true
	}
}

func (e *exchange) readAnswer(line string) {
	if e.status == 0 {
		e.status, _ = strconv.Atoi(line[:3])
	} else if m := headerLine.FindStringSubmatch(line); m != nil {
		e.answer.Set(m[1], m[2])
	} else if e.text == "" {
		e.text = line
	} else {
		e.text += "\n" + line
	}
}

// contentTypes holds the Content-Type of requests whose recording does not show it, by title.
var contentTypes = map[string]string{
	"form-encoded":       "application/x-www-form-urlencoded",
	"wrong content type": "text/plain",
	"50":                 "", // of the recordings called "more"
}

// setContentType adds the Content-Type that the recording omits. It is JSON, unless contentTypes has another.
func (e *exchange) setContentType() {
	if e.header == nil {
		e.header = http.Header{}
	}
	kind, known := contentTypes[e.title]
	switch {
	case known && kind != "":
		e.header.Set("Content-Type", kind)
	case !known && (e.hasBody || e.body != "") && e.header.Get("Content-Type") == "":
		e.header.Set("Content-Type", "application/json")
	}
}
