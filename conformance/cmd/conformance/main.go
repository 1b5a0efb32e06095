// Command conformance formats the reports of the conformance suite, and runs the suite on a running service.
//
//	conformance report [-readme FILE [-check]] [-html FILE] REPORT.json…
//	conformance remote -url URL [-keys DIR] [-listen ADDR] [-json FILE]
//
// The exit status is 1 if a case failed or did not run, and 2 if the arguments are wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

var errUsage = errors.New("usage: conformance report|remote …, with -h for its flags")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	switch args[0] {
	case "report":
		return report(args[1:], out)
	case "remote":
		return remote(ctx, args[1:], out)
	}
	return fmt.Errorf("%q is not a command: %w", args[0], errUsage)
}

func flags(name string, out io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("conformance "+name, flag.ContinueOnError)
	f.SetOutput(out)
	return f
}
