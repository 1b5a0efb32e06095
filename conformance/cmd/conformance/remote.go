package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core/coretest"
)

const issuerName = "Conformance"

func remote(ctx context.Context, args []string, out io.Writer) error {
	f := flags("remote", out)
	service := conformance.Service{Issuer: coretest.NewIssuer(issuerName)}
	f.StringVar(&service.URL, "url", "", "the base `URL` of the service")
	f.StringVar(&service.Name, "name", "service", "the name of the service in the report")
	f.DurationVar(&service.Timeout, "timeout", 0, "how long to wait for an answer (default 5s)")
	keys := f.String("keys", "", "write the public key, as PEM, to default.pub in this `DIR`, in place of a file of that name")
	listen := f.String("listen", "", "serve the public key at http://`ADDR`/jwks.json")
	wait := f.Duration("wait", time.Minute, "how long to wait until the service trusts the key")
	file := f.String("json", "", "write the report to this `FILE`; with -status - is standard output")
	judged := f.Bool("status", false, "compare status and challenge alone, for services without the routes of REMOTE.md")
	var flags statusFlags
	flags.register(f)
	if err := f.Parse(args); err != nil {
		return errors.Join(errUsage, err)
	}
	if f.NArg() > 0 {
		return fmt.Errorf("remote takes nothing behind its flags: %w", errUsage)
	}
	if *judged {
		flags.target.URL, flags.target.Name, flags.target.Timeout = service.URL, service.Name, service.Timeout
		return status(ctx, flags, *keys, *listen, *wait, *file, out)
	}
	if err := flags.unused(f); err != nil {
		return err
	}
	if service.URL == "" || *keys == "" && *listen == "" {
		return fmt.Errorf("remote needs -url, and -keys or -listen to publish the key that the service must trust: %w", errUsage)
	}
	stop, err := publish(service.Issuer, *keys, *listen)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(out, "The issuer is %q. Waiting %v for %s to trust its key.\n", issuerName, *wait, service.URL)
	report, err := try(ctx, service, *wait)
	if *file != "" {
		text, e := json.MarshalIndent(report, "", "\t")
		err = errors.Join(err, e, os.WriteFile(*file, text, 0o600))
	}
	if err == nil {
		fmt.Fprintf(out, "All %d cases that can be tried from outside passed.\n", len(report.Results))
	}
	return err
}

// try repeats the check until the service serves a good token, or the wait is over.
func try(ctx context.Context, s conformance.Service, wait time.Duration) (conformance.Report, error) {
	for end := time.Now().Add(wait); ; {
		report, err := conformance.CheckService(ctx, s)
		if err == nil || len(report.Results) > 0 || time.Now().After(end) || ctx.Err() != nil {
			return report, err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func publish(issuer *coretest.Issuer, dir, addr string) (stop func(), err error) {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		if err := issuer.WriteKeys(dir); err != nil {
			return nil, err
		}
	}
	if addr == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: documents(issuer)}
	go func() { _ = server.Serve(listener) }()
	return func() { _ = server.Close() }, nil
}

// documents serves the public key as a JSON Web Key Set (RFC 7517, section 5) at /jwks.json. If the issuer has a URL for a name,
// it also serves the documents of an OpenID provider.
func documents(issuer *coretest.Issuer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		_, _ = w.Write(issuer.JWKS())
	})
	if u, err := url.Parse(issuer.Name); err == nil && u.Scheme != "" && u.Host != "" {
		mux.Handle("/", coretest.NewIssuerServer(issuer))
	}
	return mux
}
