package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// errBroken is the outcome of a service that breaks a rule. What is broken has been printed.
var errBroken = errors.New("the service breaks rules")

// statusFlags are the flags of remote that count only with -status.
type statusFlags struct {
	target                             conformance.Target
	claims, grant, issuer, alg, ca, in string
}

func (s *statusFlags) register(f *flag.FlagSet) {
	f.StringVar(&s.target.Protected, "protected", "/", "with -status: a `PATH` that serves GET to a good token alone")
	f.StringVar(&s.target.Public, "public", "", "with -status: a `PATH` that serves GET to everybody")
	f.StringVar(&s.target.Optional, "optional", "", "with -status: a `PATH` that serves GET to guests, and refuses bad tokens")
	f.StringVar(&s.target.Restricted, "restricted", "", "with -status: a `PATH` that also needs the claims of -grant")
	f.StringVar(&s.grant, "grant", "", "with -status: the claims that open the restricted path, a `JSON` object")
	f.StringVar(&s.claims, "claims", "", "with -status: the claims that a good token needs, such as aud, a `JSON` object")
	f.StringVar(&s.issuer, "issuer", "", "with -status: the `NAME` of the issuer (default: http://ADDR of -listen)")
	f.StringVar(&s.alg, "alg", "RS256", "with -status: the `ALGORITHM` that the issuer signs with")
	f.StringVar(&s.in, "token", "", "with -status: the `FILE` with a good token, for want of a key; - is standard input")
	f.StringVar(&s.ca, "ca", "", "with -status: the `FILE` with the certificates to trust for https, in PEM")
}

// unused returns an error if one of the flags is set without -status, since it would be ignored.
func (*statusFlags) unused(f *flag.FlagSet) (err error) {
	f.Visit(func(set *flag.Flag) {
		if strings.HasPrefix(set.Usage, "with -status: ") {
			err = fmt.Errorf("-%s is for -status: add that, or leave it out: %w", set.Name, errUsage)
		}
	})
	return err
}

var algorithms = regexp.MustCompile(`^(EdDSA|(RS|PS|ES)(256|384|512))$`)

// status judges a service by the status and the challenges of its answers.
func status(ctx context.Context, s statusFlags, keys, listen string, wait time.Duration, file string, out io.Writer) error {
	stop, err := s.ready(keys, listen)
	if err != nil {
		return errors.Join(errUsage, err)
	}
	defer stop()
	if file != "-" {
		fmt.Fprintln(out, s.waiting(wait))
	}
	judgment, err := tryTarget(ctx, s.target, wait)
	text, e := json.MarshalIndent(judgment, "", "\t")
	switch {
	case file == "-":
		_, e2 := fmt.Fprintf(out, "%s\n", text)
		e = errors.Join(e, e2)
	case file != "":
		if e2 := os.WriteFile(file, text, 0o600); e2 != nil {
			e = errors.Join(errUsage, e, e2)
		}
	}
	if file != "-" && len(judgment.Tried) > 0 {
		printJudgment(out, judgment)
	}
	if errors.Is(err, conformance.ErrTarget) {
		err = errors.Join(errUsage, err)
	}
	if err = errors.Join(err, e); err == nil && len(judgment.Broken()) > 0 {
		return errBroken
	}
	return err
}

// ready reads the files and claims that the flags name, and publishes the key of the issuer.
func (s *statusFlags) ready(keys, listen string) (stop func(), err error) {
	stop = func() {}
	if err := s.check(keys, listen); err != nil {
		return stop, err
	}
	if s.target.Claims, err = object("-claims", s.claims); err != nil {
		return stop, err
	}
	if s.target.Grant, err = object("-grant", s.grant); err != nil {
		return stop, err
	}
	if err := s.readFiles(); err != nil || s.in != "" {
		return stop, err
	}
	if s.issuer == "" {
		s.issuer = issuerName
		if host, port, err := net.SplitHostPort(listen); err == nil {
			s.issuer = "http://" + net.JoinHostPort(cmp.Or(host, "localhost"), port)
		}
	}
	s.target.Issuer = coretest.NewIssuerFor(s.issuer, s.alg)
	return publish(s.target.Issuer, keys, listen)
}

// check returns an error unless the flags fit together.
func (s *statusFlags) check(keys, listen string) error {
	_, port, err := net.SplitHostPort(listen)
	issuer, e := url.Parse(s.issuer)
	switch {
	case s.target.URL == "" || (s.in == "") == (keys == "" && listen == ""):
		return errors.New("remote -status needs -url, and either -token or a place to publish a key (-listen or -keys)")
	case listen != "" && err != nil:
		return errors.New("-listen is not a host and a port: write 127.0.0.1:9000")
	case listen != "" && (port == "" || port == "0"):
		return errors.New("-listen needs another port than 0, which the issuer of the tokens names")
	case e != nil || issuer.Host != "" && (issuer.RawQuery != "" || issuer.Fragment != "" || !isHTTP(issuer)):
		return errors.New("-issuer is a URL that no OpenID provider can have: write http://host:port/path, or a name")
	case s.target.Timeout < 0:
		return errors.New("-timeout is negative")
	case (s.target.Restricted == "") != (s.grant == "") || s.grant != "" && s.in != "":
		return errors.New("-restricted and -grant go together, and not with -token")
	case !algorithms.MatchString(s.alg):
		return errors.New("-alg is none of RS, PS or ES with 256, 384 or 512, and not EdDSA")
	}
	return nil
}

func isHTTP(u *url.URL) bool { return u.Scheme == "http" || u.Scheme == "https" }

func object(name, text string) (coretest.Claims, error) {
	var claims coretest.Claims
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &claims); err != nil || claims == nil {
		return nil, fmt.Errorf(`%s is not a JSON object: write '{"aud":"orders"}': %w`, name, errUsage)
	}
	return claims, nil
}

func (s *statusFlags) readFiles() error {
	if s.ca != "" {
		text, err := os.ReadFile(s.ca)
		if err != nil {
			return errors.Join(errUsage, err)
		}
		if s.target.Roots = x509.NewCertPool(); !s.target.Roots.AppendCertsFromPEM(text) {
			return fmt.Errorf("%s has no certificate in PEM: %w", s.ca, errUsage)
		}
	}
	if s.in == "" {
		return nil
	}
	source := io.Reader(os.Stdin)
	if s.in != "-" {
		file, err := os.Open(s.in)
		if err != nil {
			return fmt.Errorf("-token takes the name of a file, and not the token: %w", withoutName(err))
		}
		defer file.Close()
		source = file
	}
	text, err := io.ReadAll(io.LimitReader(source, 1<<16))
	s.target.Token = strings.TrimSpace(string(text))
	if err != nil || s.target.Token == "" {
		return errors.Join(errors.New("the file of -token has no token"), err)
	}
	return nil
}

// withoutName leaves the name of the file out of an error. It is a token if the user has mistaken the flag.
func withoutName(err error) error {
	if failed, ok := errors.AsType[*os.PathError](err); ok {
		return failed.Err
	}
	return err
}

func (s *statusFlags) waiting(wait time.Duration) string {
	if s.in != "" {
		return fmt.Sprintf("Waiting up to %v for %s to serve the token.", wait, s.target.URL)
	}
	return fmt.Sprintf("The issuer is %q. Waiting up to %v for %s to trust its key.", s.issuer, wait, s.target.URL)
}

// tryTarget repeats the check until the service serves a good token, or the wait is over.
func tryTarget(ctx context.Context, t conformance.Target, wait time.Duration) (conformance.Judgment, error) {
	for end := time.Now().Add(wait); ; {
		judgment, err := conformance.CheckTarget(ctx, t)
		final := err == nil || len(judgment.Tried) > 0 || errors.Is(err, conformance.ErrTarget)
		if final || time.Now().After(end) || ctx.Err() != nil {
			return judgment, err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}
