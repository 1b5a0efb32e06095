package hello_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/microkubes/microkubes-go/core/coretest"
	_ "github.com/microkubes/microkubes-go/service"
)

const security = `{"security": {"keysDir": "keys", "ignorePatterns": ["^/health$"], "jwt": {}}}`

// TestExplain builds the command with the versions of this module and asks about two requests.
func TestExplain(t *testing.T) {
	dir := t.TempDir()
	command := filepath.Join(dir, "microkubes")
	if out, err := exec.Command("go", "build", "-o", command, "github.com/microkubes/microkubes-go/service/cmd/microkubes").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	if err := issuer.WriteKeys(filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"service.json": security, "token": issuer.Microkubes(nil)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args   []string
		status int
	}{
		{[]string{"-token", "@token", "GET", "/orders"}, 0},
		{[]string{"GET", "/health"}, 0},
		{[]string{"GET", "/orders"}, 1},
	} {
		explain := exec.Command(command, append([]string{"explain", "-config", "service.json"}, c.args...)...)
		explain.Dir = dir
		out, _ := explain.CombinedOutput()
		if got := explain.ProcessState.ExitCode(); got != c.status {
			t.Errorf("%v: exit status %d, want %d\n%s", c.args, got, c.status, out)
		}
	}
}
