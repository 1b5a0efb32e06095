// Command microkubes explains the decisions of a service to its operators.
//
//	microkubes explain [-config FILE] [-token -|@FILE] [-owner ID] [-at TIME] METHOD PATH
//
// It decides on a request as the service does that runs with the configuration, and prints who decided and why:
//
//	microkubes explain -config service.json -token @token GET /orders/7
//
// The configuration is a file that package config reads, by default the one that SERVICE_CONFIG_FILE names. The variables of the
// environment apply as they do for the service. The command loads the keys and the policies that the file names, and fetches the
// keys of OpenID providers.
//
// The token is read from standard input (-) or from a file (@FILE). It is not an argument, because other users of the machine see
// arguments, and the shell keeps them. Without -token the request has no credential.
//
// PATH is the path as the service receives it, undecoded, and may have a query. With -owner, the policies are asked as a service
// does that calls Policies.Allows with the owner of the resource. With -at, a time such as 2026-11-28T01:00:00Z, the decision is
// that of another time, such as one at which an expired token was good.
//
// The output has the name, the roles and the scopes of the user, and the organizations and namespaces if a policy for the path
// reads them. It has nothing else of the token.
//
// The exit status is 0 if the request is allowed, 1 if it is refused, and 2 if the arguments or the configuration are wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

// Exit statuses.
const (
	allowed = iota
	refused
	notTried
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

const usage = "usage: microkubes explain [-config FILE] [-token -|@FILE] [-owner ID] [-at TIME] METHOD PATH\n"

// run runs the command and returns its exit status.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 || args[0] != "explain" {
		fmt.Fprint(stderr, usage)
		return notTried
	}
	q, err := parse(args[1:], environ, stdin, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return allowed
	case err == nil:
		var answer verdict
		if answer, err = q.explain(ctx, stdout, stderr); err == nil {
			return answer.exit()
		}
	}
	fmt.Fprintf(stderr, "microkubes: %v\n", err)
	return notTried
}

// question is what the arguments ask.
type question struct {
	environ      []string // with SERVICE_CONFIG_FILE
	token        string
	owner        string
	byOwner      bool
	at           time.Time // zero: now
	method, path string
	query        string
}
