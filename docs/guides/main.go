// Command guides writes the code and the tables of the pages in this folder, which say how to move from another library to this
// one. Run it in this folder after a change to the services or the pages. Tests check that the pages are current.
//
//	go run .                             # write the pages
//	go run . serve echo-jwt.md before    # serve the service of a page, before or after
package main

import (
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"os"
	"slices"

	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 0:
		err = write()
	case len(args) == 3 && args[0] == "serve":
		err = serve(args[1], args[2])
	default:
		err = errors.New("usage: go run . [serve page before|after]")
	}
	if err != nil {
		log.Fatal(err)
	}
}

func write() error {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the services refuse most requests
	pages, err := render()
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
func serve(page, which string) error {
	n := slices.IndexFunc(guides, func(g guide) bool { return g.page == page })
	if n < 0 || which != "before" && which != "after" {
		return fmt.Errorf("there is no service %s of %s", which, page)
	}
	issuer, err := verdict.StartIssuer()
	if err != nil {
		return err
	}
	defer issuer.Close()
	start := guides[n].before
	if which == "after" {
		start = guides[n].after
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
