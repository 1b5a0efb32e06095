package interop_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A process is a server's program. It ends when its standard input does, and so with the tests, even if those are killed.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	ended chan struct{} // closed after the end
}

// untilStdinEnds is a shell script that runs its arguments as a program until the standard input ends. It then ends its whole
// process group, since a program may be a script that runs another one.
const untilStdinEnds = `exec 3<&0; "$@" 3<&- </dev/null & server=$!; (cat <&3 >/dev/null; kill -TERM 0) & exec 3<&-; wait $server`

// startProcess starts a program and appends its output to the log.
func startProcess(t *testing.T, output io.Writer, cmd *exec.Cmd) *process {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = 5 * time.Second
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &process{cmd, stdin, make(chan struct{})}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // a program that is told to end may exit with any status
	}()
	t.Cleanup(func() { p.stop(t) })
	return p
}

// stop ends the process and waits for it. It may be called again.
func (p *process) stop(t *testing.T) {
	t.Helper()
	_ = p.stdin.Close() // it fails if the process has ended
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.ended
		t.Errorf("%s had to be killed", p.cmd.Path)
	}
}

// A log collects what a server prints, in a file that is shown if the test fails. It is safe for concurrent use.
type log struct {
	mu   sync.Mutex
	file *os.File
}

func newLog(t *testing.T) *log {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	require.NoError(t, err)
	l := &log{file: file}
	t.Cleanup(func() {
		if t.Failed() {
			lines := strings.Split(l.text(t), "\n")
			t.Logf("the end of the server's log:\n%s", strings.Join(lines[max(0, len(lines)-100):], "\n"))
		}
		_ = file.Close()
	})
	return l
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Write(p)
}

func (l *log) text(t *testing.T) string {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	data, err := os.ReadFile(l.file.Name())
	require.NoError(t, err)
	return string(data)
}

// freeAddress returns an address of the loopback interface on which nothing listens.
func freeAddress(t *testing.T) (address, port string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	address = listener.Addr().String()
	_, port, err = net.SplitHostPort(address)
	require.NoError(t, err)
	return address, port
}

// waitFor asks for a URL until the answer is 200. It fails if the process ends first, or after the limit.
func waitFor(t *testing.T, url string, ended <-chan struct{}, limit time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := get(ctx, url)
		if err == nil {
			return
		}
		select {
		case <-ended:
			t.Fatalf("the server ended while it started")
		case <-ctx.Done():
			t.Fatalf("the server does not answer after %v: %v", limit, err)
		case <-tick.C:
		}
	}
}

func get(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the status is %s", resp.Status)
	}
	return nil
}
