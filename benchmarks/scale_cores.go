package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/microkubes/microkubes-go/benchmarks/internal/page"
)

// coresHead is the head of the table of throughput.
var coresHead = []string{"stack", "users", "cores", "requests per second", "to one core"}

// coresUsers are the numbers of users for which throughput is measured. The tokens of the first number are all in the cache, and
// those of the second nearly all have only a digest.
var coresUsers = []int{1_000, 100_000}

// measureCores measures the throughput of each stack on one core, on two, on four and so on, up to all of the machine. Each row
// is measured in a process of its own.
func (o *options) measureCores(ctx context.Context, r scaleRow) (table string, err error) {
	var rows [][]string
	for _, r.Users = range coresUsers {
		if o.short {
			r.Users /= 10
		}
		for _, stack := range scaled() {
			if !o.matches(stack) {
				continue
			}
			one := 0.0
			for _, r.Cores = range coreCounts(runtime.NumCPU()) {
				r.Stack = stack.String()
				var perSecond float64
				if err := inChild(ctx, r, &perSecond); err != nil {
					return "", fmt.Errorf("%s, %d users, %d cores: %w", r.Stack, r.Users, r.Cores, err)
				}
				if r.Cores == 1 {
					one = perSecond
				}
				rows = append(rows, []string{
					r.Stack, fmt.Sprint(r.Users), fmt.Sprint(r.Cores), thousands(whole(perSecond)), times(perSecond / one),
				})
			}
		}
	}
	return page.Table(coresHead, rows), nil
}

// coreCounts returns 1, 2, 4 and so on, and all.
func coreCounts(all int) (counts []int) {
	for n := 1; n < all; n *= 2 {
		counts = append(counts, n)
	}
	return append(counts, all)
}

// throughput returns the requests per second of one goroutine for each core, with all users equally likely.
func (s *scale) throughput(stack *stack, cores int) (perSecond float64, err error) {
	server, err := s.filled(stack, nil)
	if err != nil {
		return 0, err
	}
	all := s.tokens.strings()
	const atOnce = 64 // requests between two looks at the clock
	var done atomic.Int64
	var wait sync.WaitGroup
	start := time.Now()
	for range cores {
		p, next := server.port(), traffics[0].next(random(), len(all))
		wait.Go(func() {
			for time.Since(start) < s.lasts {
				for range atOnce {
					p.authorization(all[next()])
					p.request()
				}
				done.Add(atOnce)
			}
		})
	}
	wait.Wait()
	return float64(done.Load()) / time.Since(start).Seconds(), nil
}
