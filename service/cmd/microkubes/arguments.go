package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// maxToken is the maximum size of the input with a token in bytes.
const maxToken = 64 << 10

// parse reads the arguments and the token. Errors do not have what was read.
func parse(args, environ []string, stdin io.Reader, stderr io.Writer) (*question, error) {
	q := &question{environ: environ}
	flags := flag.NewFlagSet("microkubes explain", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // its errors quote values, and a token may be among them by mistake
	file := flags.String("config", "",
		"the configuration `FILE` of the service; without it, the one that SERVICE_CONFIG_FILE names")
	token := flags.String("token", "", "where the token is: - for standard input, or `@FILE`; the token itself is not an "+
		"argument, because other users of the machine see arguments")
	flags.StringVar(&q.owner, "owner", "", "the `ID` of the owner of the resource, for policies with an OwnerCondition")
	at := flags.String("at", "", "decide as at this `TIME`, such as 2026-11-28T01:00:00Z")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stderr, usage)
		flags.SetOutput(stderr)
		flags.PrintDefaults()
		fmt.Fprint(stderr, "The exit status is 0 if the request is allowed, 1 if it is refused, and 2 if the arguments or the\n"+
			"configuration are wrong.\n")
		return nil, err
	} else if err != nil {
		return nil, errors.New("a flag is unknown or has no value: see microkubes explain -h")
	}
	flags.Visit(func(f *flag.Flag) { q.byOwner = q.byOwner || f.Name == "owner" })
	if *file != "" {
		q.environ = append(slices.Clone(environ), "SERVICE_CONFIG_FILE="+*file)
	}
	if err := q.request(flags.Args()); err != nil {
		return nil, err
	}
	if *at != "" {
		var err error
		if q.at, err = time.Parse(time.RFC3339, *at); err != nil {
			return nil, errors.New("-at must be a time such as 2026-11-28T01:00:00Z (RFC 3339)")
		}
	}
	var err error
	q.token, err = readToken(*token, stdin)
	return q, err
}

// request reads the method and the path.
func (q *question) request(args []string) error {
	if len(args) != 2 {
		return errors.New("write a method and a path behind the flags, such as GET /orders/7")
	}
	letters := func(r rune) bool { return 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' }
	if q.method = args[0]; q.method == "" || strings.TrimFunc(q.method, letters) != "" {
		return errors.New("the method must be one such as GET, before the path")
	}
	graphic := func(r rune) bool { return ' ' < r && r <= '~' }
	q.path, q.query, _ = strings.Cut(args[1], "?")
	if !strings.HasPrefix(q.path, "/") || strings.TrimFunc(args[1], graphic) != "" {
		return errors.New("the path must begin with / and be escaped as clients send it, such as /a%20b")
	}
	return nil
}

// withoutName returns the reason of an error of a file. The error itself has the name, which may be a token by mistake.
func withoutName(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return errors.New("the reason is not known")
}

// readToken reads a token. White space, quotation marks and the scheme around it are dropped, so that a copied header or an
// answer of jwt-issuer does.
func readToken(from string, stdin io.Reader) (string, error) {
	var input io.Reader
	switch name, isFile := strings.CutPrefix(from, "@"); {
	case from == "":
		return "", nil
	case from == "-":
		input = stdin
	case isFile:
		file, err := os.Open(name) //nolint:gosec // the operator names the file
		if err != nil {
			return "", fmt.Errorf("the file with the token cannot be opened: %w", withoutName(err))
		}
		defer func() { _ = file.Close() }()
		input = file
	default:
		return "", errors.New("-token takes - for standard input or @FILE: a token in the arguments is visible to other users " +
			"of the machine")
	}
	text, err := io.ReadAll(io.LimitReader(input, maxToken+1))
	switch {
	case err != nil:
		return "", errors.New("the token cannot be read")
	case len(text) > maxToken:
		return "", fmt.Errorf("the token is longer than %d bytes", maxToken)
	}
	token := strings.Trim(string(text), " \t\r\n\"")
	if scheme, rest, found := strings.Cut(token, " "); found && strings.EqualFold(scheme, "Bearer") {
		token = strings.TrimSpace(rest)
	}
	if token == "" {
		return "", errors.New("the token is empty")
	}
	return token, nil
}
