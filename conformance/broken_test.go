package conformance_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
)

// TestSoundAdapterPasses is what makes the failures below mean something.
func TestSoundAdapterPasses(t *testing.T) {
	conformance.Run(t, conformance.Harness{Name: "sound", Serve: sound().serve})
}

func FuzzUnparsable(f *testing.F) {
	conformance.Fuzz(f, conformance.Harness{Name: "sound", Serve: sound().serve})
}

// TestBrokenAdaptersFail holds for each fault the exact set of cases that find it. After a change of the suite, look at
// the difference, and run the test with UPDATE=1 when it is meant.
func TestBrokenAdaptersFail(t *testing.T) {
	const file = "testdata/broken.txt"
	killers := map[string][]string{} // case → faults that it finds
	var mu sync.Mutex
	var all sync.WaitGroup
	atOnce := make(chan struct{}, 6) // they mostly wait, for what never comes
	for name, fault := range faults {
		atOnce <- struct{}{}
		all.Go(func() {
			defer func() { <-atOnce }()
			a := sound()
			fault(a)
			report, err := conformance.Check(t.Context(), conformance.Harness{Name: name, Serve: a.serve, Timeout: patience})
			assert.Error(t, err, "no case finds an adapter that %s", name)
			assert.Len(t, report.Results, report.Planned, "%v", err)
			mu.Lock()
			defer mu.Unlock()
			for _, r := range report.Results {
				if r.Err != nil {
					killers[r.Case.Name] = append(killers[r.Case.Name], name)
				}
			}
		})
	}
	all.Wait()
	var got strings.Builder
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		got.WriteString(name + "\n")
		for _, c := range conformance.Cases() {
			if slices.Contains(killers[c.Name], name) {
				got.WriteString("\t" + c.Name + "\n")
			}
		}
	}
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, []byte(got.String()), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got.String())
	requireTellApart(t, killers)
}

// requireTellApart holds that each case finds a fault, and that no two find the same ones but for a reason.
func requireTellApart(t *testing.T, killers map[string][]string) {
	t.Helper()
	bySet := map[string][]string{}
	for _, c := range conformance.Cases() {
		slices.Sort(killers[c.Name])
		assert.NotEmpty(t, killers[c.Name], "no fault is found by %s", c.Name)
		set := strings.Join(killers[c.Name], ", ")
		bySet[set] = append(bySet[set], c.Name)
	}
	var together []string
	for _, cases := range bySet {
		if len(cases) > 1 {
			together = append(together, strings.Join(cases, " "))
		}
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(alike)), together)
}

// alike are the cases that find the same faults, and why both are kept. All are about what a provider did: an adapter
// sees the one answer that core gives to it, and cannot break one without the other.
var alike = map[string]string{
	"outcomes/no-credential providers/nil providers/typed-nil": "nobody set an Auth: there is nothing to send, or providers " +
		"return nil, or a nil of the type *Error",
	"outcomes/bad-credential providers/bad-is-not-anonymous": "the same refusal with and without Optional",
	"providers/break-chain-wrapped providers/refusal-that-breaks-a-header providers/error-text-stays-inside": "three mistakes " +
		"of a provider that end with the constant 500",
	"providers/sends-itself providers/sends-and-errs providers/sends-twice": "after the first Send nothing else reaches " +
		"the adapter",
	"providers/two-credentials providers/sets-auth-twice": "a second Auth, from a second credential or from nowhere",
	"providers/with-cannot-authenticate routes/optional-with-requirement": "under Optional a requirement finds no Auth, " +
		"because there is none or because it came too late",
}

// patience is enough for an answer over loopback, on a busy machine too: only faults that hang make a case wait for it.
const patience = 6 * time.Second
