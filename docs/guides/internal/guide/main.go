package guide

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"

	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

// Main is the command of a folder with guides: without arguments it writes the pages, and with "serve", a page and "before" or
// "after" it serves a service of that page.
func Main(guides []Guide, records []Record, args []string, others ...Page) error {
	switch {
	case len(args) == 0:
		return write(guides, records, others)
	case len(args) == 3 && args[0] == "serve":
		return serve(guides, args[1], args[2])
	default:
		return errors.New("usage: go run . [serve page before|after]")
	}
}

func write(guides []Guide, records []Record, others []Page) error {
	Quiet()
	pages, err := Render(guides, records, others...)
	if err != nil {
		return err
	}
	for name, text := range pages {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// serve serves one service with an issuer of its own, and prints how to call it.
func serve(guides []Guide, page, which string) error {
	n := slices.IndexFunc(guides, func(g Guide) bool { return g.Page == page })
	if n < 0 || which != "before" && which != "after" {
		return fmt.Errorf("there is no service %s of %s", which, page)
	}
	issuer, err := verdict.StartIssuer()
	if err != nil {
		return err
	}
	defer issuer.Close()
	start := guides[n].Before
	if which == "after" {
		start = guides[n].After
	}
	service, err := start(issuer)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		return err
	}
	fmt.Printf("curl -i -H 'Authorization: Bearer %s' http://%s/hello\n", issuer.Token(), listener.Addr())
	return service.Serve(listener)
}
