package main

import (
	"flag"
	"fmt"
	"regexp"
)

// options are the flags of the command.
type options struct {
	short, report, scale bool
	only                 *regexp.Regexp
	out                  string
	users, claims        int
	row, serve           string
}

const (
	maxUsers  = 10_000_000
	minClaims = 5 // iss, aud, sub, exp and jti
)

// newOptions defines the flags of the command in f.
func newOptions(f *flag.FlagSet) *options {
	o := &options{only: regexp.MustCompile("")}
	f.BoolVar(&o.short, "short", false, "a quick run; it writes files only if -out is given")
	f.Func("only", "measure only cases and stacks that match this regular expression, such as 'valid/RS256 net/http'",
		func(text string) (err error) { o.only, err = regexp.Compile(text); return err })
	f.StringVar(&o.out, "out", "",
		"directory for RESULTS.md, chart.svg and raw; the default for a whole run is the current directory")
	f.BoolVar(&o.report, "report", false, "measure nothing, and write RESULTS.md and chart.svg from the runs in raw")
	f.BoolVar(&o.scale, "scale", false, "measure services with up to a million users, and write SCALE.md and scale.svg")
	f.IntVar(&o.users, "users", 0, "measure services with so many users, each with their own token, and write nothing")
	f.IntVar(&o.claims, "claims", 11, "with -users or -scale: the number of claims in a token")
	f.StringVar(&o.row, "row", "", "internal: the program starts itself to measure a row of SCALE.md")
	f.StringVar(&o.serve, "serve", "", "internal: the program starts itself as a server")
	return o
}

// check returns an error if the flags, which f has parsed, do not go together or have a value that cannot be measured. Otherwise
// the command would ignore such a flag and begin with something else, which takes minutes and may write files.
func (o *options) check(f *flag.FlagSet) error {
	given := make(map[string]bool)
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	many := given["users"] || o.scale
	switch {
	case f.NArg() > 0:
		return fmt.Errorf("%q is not a flag: write it as the value of one, such as -users 20000", f.Arg(0))
	case given["users"] && o.scale:
		return fmt.Errorf("-users and -scale exclude each other: leave out one of them")
	case given["users"] && (o.users < 1 || o.users > maxUsers):
		return fmt.Errorf("-users is %d: give a number from 1 to %d", o.users, maxUsers)
	case given["claims"] && !many:
		return fmt.Errorf("-claims is for -users and -scale: add one of them, or leave out -claims")
	case o.claims < minClaims:
		return fmt.Errorf("-claims is %d: give at least %d, since the libraries check so many", o.claims, minClaims)
	case many && (o.report || given["out"]):
		return fmt.Errorf("-report and -out are for RESULTS.md: leave them out with -users and -scale")
	}
	return nil
}
