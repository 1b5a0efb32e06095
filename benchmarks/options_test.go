package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

func parse(arguments string) (*options, error) {
	f := flag.NewFlagSet("benchmarks", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	o := newOptions(f)
	if err := f.Parse(strings.Fields(arguments)); err != nil {
		return nil, err
	}
	return o, o.check(f)
}

// TestOptions has arguments that measure something, with the empty text, and arguments that are refused, with a part of the error.
func TestOptions(t *testing.T) {
	for arguments, want := range map[string]string{
		"":                           "",
		"-short -only RS256":         "",
		"-report -out raw":           "",
		"-scale -claims 20":          "",
		"-scale -short -only fiber":  "",
		"-users 1 -claims 5":         "",
		"-users 20000 -only echo":    "",
		"20000":                      `"20000" is not a flag`,
		"-users 100 20000":           `"20000" is not a flag`,
		"-users 0":                   "-users is 0",
		"-users -5":                  "-users is -5",
		"-users 10000001":            "from 1 to 10000000",
		"-users 100 -scale":          "exclude each other",
		"-claims 12":                 "-claims is for",
		"-claims 12 -report":         "-claims is for",
		"-users 100 -claims 4":       "at least 5",
		"-scale -claims -3":          "at least 5",
		"-users 100 -report":         "leave them out",
		"-scale -out .":              "leave them out",
		"-only (":                    "missing closing )",
		"-users 0 -scale -short":     "exclude each other",
		"-users abc":                 "-users",
		"-users 100 -only nosuch":    "",
		"-row {} -users 1 -claims 9": "",
	} {
		_, err := parse(arguments)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", arguments, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: the error is %v, want one with %q", arguments, err, want)
		}
	}
}

// TestNothingMatches measures services of which -only selects none.
func TestNothingMatches(t *testing.T) {
	o, err := parse("-users 10 -only nosuch")
	if err != nil {
		t.Fatal(err)
	}
	if err := o.run(); err == nil || !strings.Contains(err.Error(), "fiber contrib/jwt") {
		t.Errorf("the error is %v, want one with the stacks", err)
	}
}

// TestTokenFile has the tokens of three users, an interrupt, and a token that is longer than a service accepts.
func TestTokenFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	name, _, size, err := tokenFile(t.Context(), 3, minClaims)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	all := (&tokens{file: file, users: 3, buffer: make([]byte, size)}).strings()
	slices.Sort(all)
	if len(slices.Compact(all)) != 3 {
		t.Error("two users have the same token")
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, _, err := tokenFile(interrupted, 3, minClaims); !errors.Is(err, context.Canceled) {
		t.Errorf("the error after an interrupt is %v", err)
	}
	if _, _, _, err := tokenFile(t.Context(), 1, 1000); err == nil || !strings.Contains(err.Error(), "fewer -claims") {
		t.Errorf("the error for a token of 1,000 claims is %v", err)
	}
}
