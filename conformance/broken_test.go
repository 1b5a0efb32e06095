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

// TestSoundAdapterPasses runs the suite on the adapter that the faults below break.
func TestSoundAdapterPasses(t *testing.T) {
	conformance.Run(t, conformance.Harness{Name: "sound", Serve: sound().serve, Timeout: patience})
}

func FuzzUnparsable(f *testing.F) {
	conformance.Fuzz(f, conformance.Harness{Name: "sound", Serve: sound().serve, Timeout: patience})
}

const brokenFile = "testdata/broken.txt"

// TestBrokenAdaptersFail compares the cases that find each fault with those in testdata/broken.txt. All cases on all faults take
// most of a minute of CPU, so the test tries a sample of them, unless MICROKUBES_LONG is 1. After a change of the suite, run the
// test with UPDATE=1, which tries all of them and writes the file, and look at the difference.
func TestBrokenAdaptersFail(t *testing.T) {
	update := os.Getenv("UPDATE") != ""
	recorded := readBroken(t)
	chosen := func(string, conformance.Case) bool { return true }
	if !update && os.Getenv("MICROKUBES_LONG") != "1" {
		chosen = sample(recorded)
	}
	killers := tryFaults(t, chosen)
	if update {
		require.NoError(t, os.WriteFile(brokenFile, []byte(listBroken(killers, nil)), 0o600))
		recorded = readBroken(t)
	}
	assert.Equal(t, listBroken(recorded, chosen), listBroken(killers, nil))
	requireTellApart(t, recorded)
}

// tryFaults returns the faults that each case finds, among those chosen for it.
func tryFaults(t *testing.T, chosen func(fault string, c conformance.Case) bool) map[string][]string {
	t.Helper()
	killers := map[string][]string{}
	var mu sync.Mutex
	var all sync.WaitGroup
	atOnce := make(chan struct{}, 16) // they mostly wait for timeouts
	for name, fault := range faults {
		atOnce <- struct{}{}
		all.Go(func() {
			defer func() { <-atOnce }()
			a := sound()
			fault(a)
			cases := slices.DeleteFunc(conformance.Cases(), func(c conformance.Case) bool { return !chosen(name, c) })
			report, err := conformance.Harness{Name: name, Serve: a.serve, Timeout: patience}.CheckSome(t.Context(), cases)
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
	return killers
}

// sample chooses pairs of a fault and a case: each case with its fault that the fewest cases find, each fault with the first
// case that finds it, and each fault with a tenth of all cases.
func sample(recorded map[string][]string) func(fault string, c conformance.Case) bool {
	found := map[string]int{} // the number of cases that find a fault
	for _, names := range recorded {
		for _, fault := range names {
			found[fault]++
		}
	}
	type pair struct{ fault, name string }
	chosen, first := map[pair]bool{}, map[string]bool{}
	for i, c := range conformance.Cases() {
		names := recorded[c.Name]
		if len(names) > 0 {
			rarest := slices.MinFunc(names, func(a, b string) int { return found[a] - found[b] })
			chosen[pair{rarest, c.Name}] = true
		}
		for _, fault := range names {
			if !first[fault] {
				first[fault], chosen[pair{fault, c.Name}] = true, true
			}
		}
		for fault := range faults {
			if (i+len(fault))%10 == 0 {
				chosen[pair{fault, c.Name}] = true
			}
		}
	}
	return func(fault string, c conformance.Case) bool { return chosen[pair{fault, c.Name}] || remembers[fault] }
}

// remembers has the faults that keep state between cases. Their effect depends on all cases that ran before.
var remembers = map[string]bool{"shares the first identity": true}

// listBroken returns a list of the cases that find each fault, among those that are chosen. Nil chooses all.
func listBroken(killers map[string][]string, chosen func(fault string, c conformance.Case) bool) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		text.WriteString(name + "\n")
		for _, c := range conformance.Cases() {
			if slices.Contains(killers[c.Name], name) && (chosen == nil || chosen(name, c)) {
				text.WriteString("\t" + c.Name + "\n")
			}
		}
	}
	return text.String()
}

// readBroken reads the faults that each case finds from the file.
func readBroken(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(brokenFile)
	require.NoError(t, err)
	killers, fault := map[string][]string{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "\t"); ok {
			killers[name] = append(killers[name], fault)
			continue
		}
		fault = line
	}
	return killers
}

// requireTellApart requires that each case finds a fault, and that no two find the same faults, except for those in alike.
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

// alike has the cases that find the same faults, with the reason to keep them all. They are about results of providers to which
// core gives one answer, so an adapter cannot break one of them without the others.
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

// patience is long enough for an answer over loopback on a busy machine. Only faults that hang make a case wait so long.
const patience = 15 * time.Second
