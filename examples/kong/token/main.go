// Command token makes a throw-away issuer for the compose file. It writes the public key into a directory and prints a token that
// verifies with that key. A platform has an issuer of its own.
package main

import (
	"flag"
	"fmt"
	"log"

	"github.com/microkubes/microkubes-go/core/coretest"
)

func main() {
	dir := flag.String("keys", "./keys", "directory for the public key")
	flag.Parse()
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	if err := issuer.WriteKeys(*dir); err != nil {
		log.Fatal(err)
	}
	fmt.Println("TOKEN=" + issuer.Microkubes(nil))
}
