package service_test

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

// mainOf runs Main if a test has started this program as a service. What the service does is in the variable SERVICE_TEST.
func mainOf() bool {
	kind := os.Getenv("SERVICE_TEST")
	if kind == "" {
		return false
	}
	config := service.Config{
		Name: "hello-service", Paths: []string{"/hello"}, Policy: service.Microkubes(""), Address: "127.0.0.1:0", Linger: -1,
	}
	service.Main(config, func(*service.App) (service.Server, error) {
		mux := http.NewServeMux()
		mux.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush() // the test sees that the handler runs
			<-r.Context().Done()                      // until the test closes its connection
		})
		if kind == "panics" {
			panic("the routes panicked")
		}
		return service.HTTP(mux), nil
	})
	return true
}

// process is this program, started as a service.
type process struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	logs  io.Closer
}

func startProcess(t *testing.T, gateway *kongtest.Gateway, kind, keys string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SERVICE_TEST="+kind, "KEYS_DIR="+keys, "API_GATEWAY_URL="+gateway.AdminURL())
	logs, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return &process{cmd, bufio.NewScanner(logs), logs}
}

// until reads the log until it has a text, and returns that line.
func (p *process) until(t *testing.T, text string) string {
	t.Helper()
	var all []string
	for p.lines.Scan() {
		if all = append(all, p.lines.Text()); strings.Contains(p.lines.Text(), text) {
			return p.lines.Text()
		}
	}
	require.Fail(t, "the log has no "+text, strings.Join(all, "\n"))
	return ""
}

// insist sends a signal until it ends the process. Those that come with the first signal count as one with it.
func (p *process) insist(t *testing.T, s syscall.Signal) {
	t.Helper()
	for ignored := 0; ; ignored++ {
		require.NoError(t, p.cmd.Process.Signal(s))
		if strings.Contains(p.until(t, "signal"), "ended at once by a second signal") {
			assert.Positive(t, ignored)
			return
		}
	}
}

// end reads the rest of the log, and returns it and the exit status.
func (p *process) end(t *testing.T) (logs string, status int) {
	t.Helper()
	for p.lines.Scan() {
		logs += p.lines.Text() + "\n"
	}
	_ = p.cmd.Wait()
	return logs, p.cmd.ProcessState.ExitCode()
}

func writtenKeys(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, issuer().WriteKeys(dir))
	return dir
}

// TestMainEnds has the exit statuses for signals: a process that serves, one with a request that does not end and a second
// signal, and one whose gateway is gone.
func TestMainEnds(t *testing.T) {
	// A process inherits that a signal is ignored, as behind nohup(1), but not that it is caught.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	defer signal.Stop(caught)
	keys := writtenKeys(t)
	for _, c := range []struct {
		name          string
		first, second syscall.Signal
		gatewayGone   bool
		status        int
		says          string
	}{
		{name: "SIGTERM", first: syscall.SIGTERM, says: "stopped"},
		{name: "SIGINT", first: syscall.SIGINT, says: "stopped"},
		{name: "SIGHUP", first: syscall.SIGHUP, says: "stopped"},
		{name: "SIGTERM, then SIGINT", first: syscall.SIGTERM, second: syscall.SIGINT, status: 130},
		{name: "SIGTERM, then SIGTERM", first: syscall.SIGTERM, second: syscall.SIGTERM, status: 143},
		{name: "gateway gone", first: syscall.SIGTERM, gatewayGone: true, status: 4, says: "what may be left on the gateway: target 127.0.0.1:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			gateway := kongtest.Start(kongtest.Config{})
			defer gateway.Close()
			p := startProcess(t, gateway, "serves", keys)
			_, address, found := strings.Cut(p.until(t, "INFO serving"), "address=")
			require.True(t, found)
			if c.gatewayGone {
				gateway.Inject(-1, kongtest.Answer(401, "application/json", `{"message":"Unauthorized"}`))
			}
			if c.second != 0 { // a request keeps it from ending
				r, err := http.Get("http://" + strings.TrimSpace(address) + "/hello")
				require.NoError(t, err)
				defer func() { _, _ = io.Copy(io.Discard, r.Body); _ = r.Body.Close() }()
			}
			require.NoError(t, p.cmd.Process.Signal(c.first))
			if c.second != 0 {
				p.until(t, "completing requests in progress")
				p.insist(t, c.second)
			}
			logs, status := p.end(t)
			assert.Equal(t, c.status, status, logs)
			assert.Contains(t, logs, c.says)
		})
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestMainBehindNohup starts a process that is told to ignore SIGHUP. It stops because of the signal that comes after that.
func TestMainBehindNohup(t *testing.T) {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	signal.Ignore(syscall.SIGHUP)
	defer signal.Reset(syscall.SIGHUP)
	p := startProcess(t, gateway, "serves", writtenKeys(t))
	p.until(t, "INFO serving")
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	logs, status := p.end(t)
	assert.Zero(t, status, logs)
	assert.Contains(t, logs, "signal=terminated")
	assert.NotContains(t, logs, "signal=hangup")
}

// TestMainWithoutALog has a process whose log nobody reads any more, as behind a pipe to a program that has ended. It serves, and
// leaves the gateway when it is told to stop.
func TestMainWithoutALog(t *testing.T) {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	p := startProcess(t, gateway, "serves", writtenKeys(t))
	p.until(t, "INFO serving")
	require.NoError(t, p.logs.Close())
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	_ = p.cmd.Wait()
	assert.Equal(t, 0, p.cmd.ProcessState.ExitCode(), p.cmd.ProcessState)
	assert.NotContains(t, targets(t, gateway, "hello-service"), "127.0.0.1:")
}

// TestMainDoesNotStart has the exit statuses of processes that cannot start.
func TestMainDoesNotStart(t *testing.T) {
	gateway, guarded := kongtest.Start(kongtest.Config{}), kongtest.Start(kongtest.Config{Token: "t"})
	defer gateway.Close()
	defer guarded.Close()
	keys := writtenKeys(t)
	for _, c := range []struct {
		name, kind, keys string
		gateway          *kongtest.Gateway
		status           int
		says             string
	}{
		{"no keys", "serves", t.TempDir(), gateway, 1, "hello-service cannot start: the keys directory is "},
		{"no registration", "serves", keys, guarded, 1, "hello-service cannot start: registrator: register hello-service: gateway: unauthorized"},
		{"a panic", "panics", keys, gateway, 2, "the routes panicked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			logs, status := startProcess(t, c.gateway, c.kind, c.keys).end(t)
			assert.Equal(t, c.status, status, logs)
			assert.Contains(t, logs, c.says)
		})
	}
	assert.Empty(t, gateway.Writes())
	assert.Empty(t, guarded.Writes())
}

// TestMainIsKilledInTime has a request that does not end. The process ends within the time to stop, with a status of its own.
func TestMainIsKilledInTime(t *testing.T) {
	if os.Getenv("MICROKUBES_LONG") != "1" {
		t.Skip("takes 25 seconds; TestHandlersThatDoNotEnd does the same in virtual time")
	}
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	p := startProcess(t, gateway, "serves", writtenKeys(t))
	_, address, _ := strings.Cut(p.until(t, "INFO serving"), "address=")
	r, err := http.Get("http://" + strings.TrimSpace(address) + "/hello")
	require.NoError(t, err)
	defer r.Body.Close()
	began := time.Now()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	logs, status := p.end(t)
	assert.Equal(t, 4, status, logs)
	assert.Less(t, time.Since(began), 30*time.Second)
	http.DefaultClient.CloseIdleConnections()
}
