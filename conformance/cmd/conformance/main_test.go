package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// made writes the report of an adapter, with the results for which set returns true, and returns the name of the file.
func made(t *testing.T, adapter string, set func(r *conformance.Result) bool) string {
	t.Helper()
	report := conformance.Report{Adapter: adapter, Planned: len(conformance.Cases())}
	for _, c := range conformance.Cases() {
		if r := (conformance.Result{Case: c}); set(&r) {
			report.Results = append(report.Results, r)
		}
	}
	text, err := json.Marshal(report)
	require.NoError(t, err)
	return write(t, adapter+".json", string(text))
}

func passed(*conformance.Result) bool { return true }

func exempt(r *conformance.Result) bool {
	if r.Case.Name == "outcomes/malformed" {
		r.Err, r.Exempt = assert.AnError, "it <cannot> tell"
	}
	return true
}

func TestReport(t *testing.T) {
	readme := write(t, "README.md", "# Title\n"+begin+"old\n"+end+"tail\n")
	html := filepath.Join(t.TempDir(), "page.html")
	files := []string{made(t, "b", exempt), made(t, "a", passed)}
	var out strings.Builder
	err := run(t.Context(), append([]string{"report", "-check", "-readme", readme}, files...), &out)
	assert.ErrorContains(t, err, "is not current: run conformance report -readme")
	require.NoError(t, run(t.Context(), append([]string{"report", "-readme", readme, "-html", html}, files...), &out))
	require.NoError(t, run(t.Context(), append([]string{"report", "-check", "-readme", readme}, files...), &out))
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	outcomes := 0
	for _, c := range conformance.Cases() {
		if strings.HasPrefix(c.Name, "outcomes/") {
			outcomes++
		}
	}
	row := fmt.Sprintf("| outcomes | %d | %d, 1 exempt |\n", outcomes, outcomes-1)
	assert.Contains(t, string(text), "# Title\n"+begin+"| cases passed | a | b |\n|---|---|---|\n"+row)
	assert.Contains(t, string(text), "\nb is exempt from `outcomes/malformed`: it <cannot> tell.\n"+end+"tail\n")
	page, err := os.ReadFile(html)
	require.NoError(t, err)
	assert.Contains(t, string(page), "b: outcomes/malformed")
	assert.Contains(t, string(page), "it &lt;cannot&gt; tell", "the texts of a report are escaped")
	assert.NotContains(t, string(page), "http", "the page loads nothing")
}

// TestReportFails has reports that are errors.
func TestReportFails(t *testing.T) {
	for says, file := range map[string]string{
		"cases ran":                   made(t, "partial", func(r *conformance.Result) bool { return r.Case.Name != "outcomes/malformed" }),
		"0 of":                        made(t, "empty", func(*conformance.Result) bool { return false }),
		"failed: outcomes/malformed:": made(t, "failed", func(r *conformance.Result) bool { r.Err = assert.AnError; return true }),
		"but it passed":               made(t, "untrue", func(r *conformance.Result) bool { r.Exempt = "x"; return true }),
		"is not a report: invalid":    write(t, "x.json", "no"),
		"the adapter has no name":     write(t, "x.json", "{}"),
		"is of another version":       write(t, "x.json", `{"adapter":"a","planned":1,"results":[]}`),
		"which contradicts its exem":  write(t, "x.json", `{"adapter":"a","planned":1,"results":[{"case":"a","outcome":"passed","problem":"x"}]}`),
		"no such file":                "nowhere.json",
	} {
		var out strings.Builder
		err := run(t.Context(), []string{"report", file}, &out)
		assert.ErrorContains(t, err, says)
		if strings.HasPrefix(filepath.Base(file), "x.") || file == "nowhere.json" {
			continue
		}
		assert.Contains(t, out.String(), "failed**", "the matrix shows it: %s", says)
		assert.Error(t, run(t.Context(), []string{"report", made(t, "good", passed), file}, &out), "beside a good one")
	}
	assert.ErrorContains(t, run(t.Context(), []string{"report", "-readme", write(t, "README.md", "x"), made(t, "a", passed)},
		new(strings.Builder)), "has no place for the matrix")
}

func TestUsage(t *testing.T) {
	for _, args := range []string{"", "nothing", "report", "remote", "remote -url http://127.0.0.1:1", "report -x", "remote -x"} {
		assert.ErrorIs(t, run(t.Context(), strings.Fields(args), new(strings.Builder)), errUsage, args)
	}
}

// TestRemote has a server that is not the service, and one that is not there.
func TestRemote(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	asked := make(chan string, 100)
	go func() {
		_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case asked <- r.Header.Get("Authorization"):
			default:
			}
			w.WriteHeader(http.StatusTeapot)
		}))
	}()
	file := filepath.Join(t.TempDir(), "report.json")
	err = run(t.Context(), []string{"remote", "-url", "http://" + listener.Addr().String(), "-keys", dir, "-wait", "1ms",
		"-listen", "127.0.0.1:0", "-json", file}, new(strings.Builder))
	assert.ErrorContains(t, err, "a good token is not served")
	assert.Contains(t, <-asked, "Bearer eyJ")
	assert.FileExists(t, filepath.Join(dir, "default.pub"))
	err = run(t.Context(), []string{"report", file}, new(strings.Builder))
	assert.ErrorContains(t, err, "0 of", "an empty report is an error")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = run(ctx, []string{"remote", "-url", "http://127.0.0.1:1", "-keys", dir}, new(strings.Builder))
	assert.Error(t, err, "the context ends the wait")
}
