package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/microkubes/microkubes-go/core/config"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// platformFiles are configuration files of the platform's own services.
const platformFiles = "../core/config/testdata/platform/*.json"

// platformTable returns the table of what these files become. Each is read and opened.
func platformTable() (string, error) {
	names, err := filepath.Glob(platformFiles)
	if err != nil || len(names) == 0 {
		return "", errors.Join(errors.New("no file of the platform is found"), err)
	}
	keys, err := os.MkdirTemp("", "")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(keys) }()
	if err := issuerFor("RS256").WriteKeys(filepath.Join(keys, "keys")); err != nil {
		return "", err
	}
	table := "| file | service | paths | host and port | Admin API | chain | without a token | warnings |\n" +
		"|---|---|---|---|---|---|---|---|\n"
	for _, name := range names {
		row, err := platformRow(name, filepath.Join(keys, "keys"))
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		table += row
	}
	return table, nil
}

// platformRow returns the row of a file. The folder keys replaces its keysDir.
func platformRow(name, keys string) (string, error) {
	c, err := config.Load(name)
	if err != nil {
		return "", err
	}
	chain, public := "none: it does not say who may call, and `Open` fails", "–"
	var warnings []string
	s, err := openPlatform(name, keys)
	if err != nil && !errors.Is(err, config.ErrNoSecurity) {
		return "", err
	}
	if err == nil {
		defer func() { _ = s.Close() }()
		var names []string
		for _, p := range s.Providers() {
			names = append(names, p.(interface{ Name() string }).Name())
		}
		chain = codes(names)
		if public, err = publicOf(name, s, c.Service.Paths); err != nil {
			return "", err
		}
		warnings = c.Warnings()
	}
	host := "–"
	if c.Service.Port != 0 {
		host = code(fmt.Sprintf("%s:%d", c.Service.Host, c.Service.Port))
	}
	dash := func(text string) string { return cmp.Or(text, "–") }
	return fmt.Sprintf("| [%s](%s) | %s | %s | %s | %s | %s | %s | %s |\n", filepath.Base(name), filepath.ToSlash(name),
		dash(code(c.Service.Name)), dash(codes(c.Service.Paths)), host, dash(code(c.Gateway.AdminURL)), chain,
		public, dash(lines(warnings))), nil
}

// openPlatform opens a file with another folder of keys.
func openPlatform(name, keys string) (*config.Security, error) {
	c, err := config.Read([]string{"SERVICE_CONFIG_FILE=" + name, "SERVICE_CONFIG__SECURITY__KEYSDIR=" + keys})
	if err != nil {
		if c, err = config.Load(name); err != nil { // a file without a section security, to which no variable can add one
			return nil, err
		}
	}
	return c.Open(context.Background(), config.Options{Logger: slog.New(slog.DiscardHandler)})
}

// publicOf returns the requests that the chain lets pass without a token, of those for the paths in the file and of a preflight.
func publicOf(name string, s *config.Security, paths []string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	var file struct {
		Security struct{ IgnorePatterns []string }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return "", err
	}
	chain := s.Chain().WithLogger(slog.New(slog.DiscardHandler))
	passes := func(r coretest.Request) bool {
		_, ok := chain.Guard(context.Background(), r, &coretest.Recorder{})
		return ok
	}
	var public []string
	for _, path := range append(file.Security.IgnorePatterns, paths...) {
		if passes(coretest.Request{Verb: "GET", Target: path}) {
			public = append(public, code(path))
		}
	}
	headers := http.Header{"Origin": {"https://a.example"}, "Access-Control-Request-Method": {"GET"}}
	for _, path := range paths {
		if passes(coretest.Request{Verb: "OPTIONS", Target: path, Headers: headers}) {
			public = append(public, "CORS preflights")
			break
		}
	}
	return cmp.Or(strings.Join(public, ", "), "nothing"), nil
}
