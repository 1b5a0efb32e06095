// Command guides writes the code and the tables of the pages in this folder, which say how to move from another library to this
// one. Run it in this folder after a change to the services or the pages. Tests check that the pages are current.
//
//	go run .                             # write the pages
//	go run . serve echo-jwt.md before    # serve the service of a page, before or after
package main

import (
	"fmt"
	"os"

	"github.com/microkubes/microkubes-go/docs/guides/internal/guide"
)

func main() {
	if err := guide.Main(guides, records, os.Args[1:], microkubesPython); err != nil {
		fmt.Fprintln(os.Stderr, err) // package log is silent where the services are
		os.Exit(1)
	}
}
