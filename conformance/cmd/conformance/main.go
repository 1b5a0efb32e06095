// Command conformance formats the reports of the conformance suite, and runs the suite on a running service.
//
//	conformance report [-readme FILE [-check]] [-html FILE] REPORT.json…
//	conformance remote -url URL [-keys DIR] [-listen ADDR] [-json FILE]
//	conformance remote -status -url URL -protected PATH [-public PATH] [-optional PATH] [-restricted PATH -grant JSON]
//		[-claims JSON] (-listen ADDR | -keys DIR | -token FILE) [-ca FILE] [-json FILE]
//
// The exit status is 1 if a case failed or did not run, and 2 if the arguments are wrong.
//
// With -status, remote compares the status and the challenge of answers alone, so that it can judge any service, also one that
// was not built with this library:
//
//	conformance remote -status -url http://127.0.0.1:8080 -protected /orders -claims '{"aud":"orders"}' -listen 127.0.0.1:9000
//
// The service must serve GET for the protected path to a good token alone. It trusts the key of the command, which is at
// http://ADDR/jwks.json and in the discovery documents of an OpenID provider, or in a PEM file in DIR. Or the file of -token has
// a good token, and the attacks that need a signature are left out. The report says for each broken rule what was sent and
// received, and why the rule matters. With -status, the exit status is 0 if no rule is broken, 1 if one is, and 2 if the
// service could not be tried.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/microkubes/microkubes-go/conformance"
)

var errUsage = errors.New("usage: conformance report|remote …, with -h for its flags")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errBroken):
		os.Exit(1)
	case errors.Is(err, errUsage), errors.Is(err, conformance.ErrNotTried):
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
