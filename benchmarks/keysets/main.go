// Command keysets compares this library and five peers on key sets over HTTP: which tokens they accept with unusual sets, how
// many fetches forged tokens cause, how soon a new key is found, and what an outage of the issuer does.
//
//	go run ./keysets           # in the directory of the module: writes keysets/result.json and KEYSETS.md, two minutes
//	go run ./keysets -report   # writes KEYSETS.md again from keysets/result.json
//
// The issuer is a part of the program and listens on loopback only.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/microkubes/microkubes-go/benchmarks/internal/machine"
)

const (
	resultFile = "keysets/result.json"
	pageFile   = "KEYSETS.md"
)

func main() {
	again := flag.Bool("report", false, "measure nothing, and write "+pageFile+" from "+resultFile)
	flag.Parse()
	log.SetFlags(0)
	slog.SetDefault(quiet) // keyfunc logs each failed fetch
	err := func() error {
		if *again {
			return writePage()
		}
		r, err := measure(os.Stderr)
		if err != nil {
			return err
		}
		if err := r.write(resultFile); err != nil {
			return err
		}
		return writePage()
	}()
	if err != nil {
		log.Fatal(err)
	}
}

func writePage() error {
	r, err := readResult(resultFile)
	if err != nil {
		return err
	}
	text, err := r.page()
	if err != nil {
		return err
	}
	return os.WriteFile(pageFile, []byte(text), 0o600)
}

// measure makes a run.
func measure(progress io.Writer) (*result, error) {
	k, err := newKeyring()
	if err != nil {
		return nil, err
	}
	all, err := examples(k)
	if err != nil {
		return nil, err
	}
	r := &result{Machine: machine.Lines(modules())}
	for _, e := range all {
		r.Examples = append(r.Examples, e.name)
	}
	began := time.Now()
	say := func(what string) { fmt.Fprintf(progress, "%4.0fs %s\n", time.Since(began).Seconds(), what) }
	for _, c := range contenders() {
		say(c.name + ": documents, storms, first requests")
		f, err := quick(c, k, all)
		if err != nil {
			return nil, err
		}
		r.Contenders = append(r.Contenders, f)
	}
	say("rotations, outages, start-up")
	if err := slow(r, k); err != nil {
		return nil, err
	}
	say("the cost of a request")
	r.Cost, err = compare(k, 10*time.Second)
	say("done")
	return r, err
}

// quick measures what needs no waiting.
func quick(c contender, k *keyring, all []example) (*figures, error) {
	b, err := newBench(c, k)
	if err != nil {
		return nil, err
	}
	defer b.close()
	for _, measure := range []func() error{func() error { return b.examples(all) }, b.storms, b.first} {
		if err := measure(); err != nil {
			return nil, err
		}
	}
	return b.figures, nil
}

// slow measures what needs time, for all contenders at once.
func slow(r *result, k *keyring) error {
	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		failed error
	)
	for n, c := range contenders() {
		timed(c, k, r.Contenders[n], func(measure func() error) {
			all.Go(func() {
				if err := measure(); err != nil {
					mu.Lock()
					defer mu.Unlock()
					failed = err
				}
			})
		})
	}
	all.Wait()
	return failed
}

// modules returns the modules whose versions the page names.
func modules() (all []string) {
	for _, c := range contenders() {
		all = append(all, c.modules...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
