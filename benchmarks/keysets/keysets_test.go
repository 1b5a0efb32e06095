package main

import (
	"os"
	"testing"
)

// exceptions lists the key sets with which the verdict of this library is wrong, and why.
var exceptions = map[string]string{}

// TestPage compares KEYSETS.md with the result that it is made from.
func TestPage(t *testing.T) {
	r := committed(t)
	want, err := r.page()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../" + pageFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s differs from what %s gives: run go run ./keysets -report", pageFile, resultFile)
	}
}

// TestResultIsWhole checks that the result has every key set and every contender.
func TestResultIsWhole(t *testing.T) {
	r := committed(t)
	all := everyExample(t)
	if len(all) < 21 || len(r.Examples) != len(all) {
		t.Fatalf("there are %d key sets and %d in the result, want at least 21", len(all), len(r.Examples))
	}
	for n, e := range all {
		if r.Examples[n] != e.name {
			t.Errorf("key set %d of the result is %q, want %q", n+1, r.Examples[n], e.name)
		}
	}
	for _, c := range contenders() {
		if f := r.find(c.name); f == nil || len(f.Outages) != len(kinds) {
			t.Errorf("the result of %s is missing or not whole", c.name)
		}
	}
}

// TestGoals holds the committed result of this library to its goals.
func TestGoals(t *testing.T) {
	r := committed(t)
	f := r.find(ourName)
	holdFetches(t, f)
	holdVerdicts(t, f)
	holdOutages(t, f)
	for name, rotated := range map[string]rotation{"a new key": f.Calm, "a new key after a storm": f.Storm} {
		if rotated.Seconds < 0 || rotated.Seconds > (coolDown+2*pause).Seconds() {
			t.Errorf("%s is accepted after %v s, want the cool-down of %v at most", name, rotated.Seconds, coolDown)
		}
		if rotated.Until[refuses]+rotated.Until[hangs] > 0 || rotated.Old[accepts] != rotated.Until[outage] {
			t.Errorf("%s: until then the answers are %v, and %v to the old key", name, rotated.Until, rotated.Old)
		}
		if rotated.Fetches > 1 {
			t.Errorf("%s: %d fetches, want 1", name, rotated.Fetches)
		}
	}
	if f.Start.Error != "" || f.Start.Before != outage || f.Start.Seconds < 0 || f.Start.Seconds > 2 {
		t.Errorf("a start without the issuer: %+v", f.Start)
	}
	for _, c := range r.Cost {
		if c.Ratio > 1.02 || c.RemoteAllocs > c.StaticAllocs {
			t.Errorf("a %s request with fetched keys takes %.3f of one with static keys, and %v allocations instead of %v",
				c.Name, c.Ratio, c.RemoteAllocs, c.StaticAllocs)
		}
	}
	if len(r.Cost) != 2 {
		t.Errorf("the result has %d costs, want 2", len(r.Cost))
	}
}

// TestOurs measures this library again, without what needs waiting.
func TestOurs(t *testing.T) {
	k := must(newKeyring())
	all := must(examples(k))
	f := must(quick(ours(), k, all))
	for _, w := range []weather{failing, down, html} {
		b := must(newBench(ours(), k))
		t.Cleanup(b.close)
		f.Outages = append(f.Outages, must(b.interrupt(w, 0)))
	}
	b := must(newBench(ours(), k))
	t.Cleanup(b.close)
	if f.Calm = must(b.rotate(false)); f.Calm.Seconds < 0 || f.Calm.Until[refuses] > 0 {
		t.Errorf("a new key: %+v", f.Calm)
	}
	holdFetches(t, f)
	holdVerdicts(t, f)
	holdOutages(t, f)
}

func holdFetches(t *testing.T, f *figures) {
	t.Helper()
	if f.BadSignatures != 0 || f.UnknownKeys > 1 || f.First != 1 {
		t.Errorf("fetches: %d for bad signatures, %d for unknown kids, %d for the first requests; want 0, at most 1, and 1",
			f.BadSignatures, f.UnknownKeys, f.First)
	}
}

func holdVerdicts(t *testing.T, f *figures) {
	t.Helper()
	for _, w := range f.Wrong {
		if exceptions[w.Example] == "" {
			t.Errorf("%s: refuses %v, accepts %v", w.Example, w.Refuses, w.Accepts)
		}
	}
	for name := range exceptions {
		if f.verdict(name) == "" {
			t.Errorf("%s: the verdict is right, so the exception is out of date", name)
		}
	}
}

func holdOutages(t *testing.T, f *figures) {
	t.Helper()
	if len(f.Outages) != len(kinds) {
		t.Errorf("there are %d outages, want %d", len(f.Outages), len(kinds))
	}
	for _, o := range f.Outages {
		if o.Known != accepts || o.New != outage {
			t.Errorf("outage with %s: %s to a known key, %s to a new one", o.Kind, o.Known, o.New)
		}
	}
}

func committed(t *testing.T) *result {
	t.Helper()
	r, err := readResult("result.json")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func everyExample(t *testing.T) []example {
	t.Helper()
	all, err := examples(must(newKeyring()))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
