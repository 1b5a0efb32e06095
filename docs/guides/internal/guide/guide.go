// Package guide writes the pages that say how to move from another library, or from another version of a framework.
package guide

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"

	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

// Start starts a service that trusts an issuer.
type Start func(*verdict.Issuer) (verdict.Service, error)

// Guide is one page with its services.
type Guide struct {
	Page          string
	Peers         []string // modules whose versions the page states
	Before, After Start
	Strict        Start // Before with all its settings; nil: there are no more
}

// Record is a file with the answers of a service, for a guide of another module.
type Record struct {
	File  string
	Start Start
}

func (r Record) text(issuer *verdict.Issuer, requests []verdict.Request) (string, error) {
	service, err := r.Start(issuer)
	if err != nil {
		return "", err
	}
	return service.Record(requests)
}

// HTTP returns the service of a handler. It is for calls of the form HTTP(New(…)).
func HTTP[H http.Handler](handler H, err error) (verdict.Service, error) {
	if err != nil {
		return verdict.Service{}, err
	}
	return verdict.HTTP(handler), nil
}

// Stopped returns s with another function that ends it.
func Stopped(s verdict.Service, stop func() error) verdict.Service {
	first := s.Stop
	s.Stop = func() {
		if first != nil {
			first()
		}
		_ = stop() // it ends the fetching of keys, and nothing is lost with it
	}
	return s
}

// Compare runs the services of g.
func (g Guide) Compare(issuer *verdict.Issuer, requests []verdict.Request) (verdict.Comparison, error) {
	var services [3]verdict.Service
	for n, start := range []Start{g.Before, g.After, g.Strict} {
		if start == nil {
			continue
		}
		var err error
		if services[n], err = start(issuer); err != nil {
			return verdict.Comparison{}, err
		}
	}
	name, err := versions(g.Peers)
	if err != nil {
		return verdict.Comparison{}, err
	}
	if g.Strict == nil {
		return verdict.Compare(name, requests, services[0], services[1], nil)
	}
	return verdict.Compare(name, requests, services[0], services[1], &services[2])
}

// versions returns the names of modules with their versions in go.mod, or in that of the folder above, where records are made.
func versions(modules []string) (string, error) {
	file, err := os.ReadFile("go.mod")
	if err != nil {
		return "", err
	}
	above, _ := os.ReadFile("../go.mod") // without it, a module that is not found is an error below
	file = append(file, above...)
	var all []string
	for _, module := range modules {
		m := regexp.MustCompile(`(?m)^\t` + regexp.QuoteMeta(module) + ` (v\S+)( // indirect)?$`).FindSubmatch(file)
		if m == nil {
			return "", fmt.Errorf("go.mod does not require %s", module)
		}
		all = append(all, fmt.Sprintf("%s %s", strings.TrimPrefix(module, "github.com/"), m[1]))
	}
	return strings.Join(all, " and "), nil
}

// Quiet silences the services, which refuse most requests.
func Quiet() { slog.SetDefault(slog.New(slog.DiscardHandler)) }
