package main

import (
	"fmt"
	"io"
	"regexp"
	"runtime"
	"sync"
	"time"
)

// bench is one run: the selection and duration of the measurements, and their results.
type bench struct {
	run    *run
	only   *regexp.Regexp
	passes int
	sample time.Duration // the length of each measurement in each pass
	short  bool
	log    io.Writer
}

// alone returns a task that runs in one goroutine.
func alone(subject, stack string, each func(int)) *task {
	return &task{subject: subject, stack: stack, each: []func(int){each}}
}

// task is one stack in one case.
type task struct {
	subject, stack string
	each           []func(n int) // each function does n operations; several run concurrently
	n              int           // set by calibrate
}

// wants reports whether the flag -only selects a case and a stack.
func (b *bench) wants(subject, stack string) bool { return b.only.MatchString(subject + " " + stack) }

// all measures the tasks in interleaved passes, so that a temporary disturbance affects all of them.
func (b *bench) all(tasks []*task) {
	kept := tasks[:0]
	for _, t := range tasks {
		if b.wants(t.subject, t.stack) {
			t.calibrate(b.sample)
			kept = append(kept, t)
		}
	}
	for range b.passes {
		for _, t := range kept {
			ns, allocs, bytes := t.measure()
			b.run.add(t.subject, t.stack, "ns", ns)
			b.run.add(t.subject, t.stack, "allocs", allocs)
			b.run.add(t.subject, t.stack, "bytes", bytes)
		}
	}
}

// calibrate sets the number of operations so that a measurement takes about the time sample.
func (t *task) calibrate(sample time.Duration) {
	for t.n = 1; ; t.n *= 4 {
		start := time.Now()
		t.do()
		if d := time.Since(start); d > sample/8 || t.n > 1<<28 {
			t.n = max(1, int(float64(t.n)*float64(sample)/float64(d)))
			return
		}
	}
}

// measure returns the nanoseconds, allocations and bytes of one operation. If several functions run concurrently, it divides the
// elapsed time by the number of all their operations.
func (t *task) measure() (ns, allocs, bytes float64) {
	runtime.GC() // so that the garbage of other tasks is not collected during this one
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	t.do()
	d := time.Since(start)
	runtime.ReadMemStats(&after)
	n := float64(t.n * len(t.each))
	return float64(d) / n, float64(after.Mallocs-before.Mallocs) / n, float64(after.TotalAlloc-before.TotalAlloc) / n
}

// do runs the task once.
func (t *task) do() {
	if len(t.each) == 1 {
		t.each[0](t.n)
		return
	}
	var wait sync.WaitGroup
	for _, each := range t.each {
		wait.Go(func() { each(t.n) })
	}
	wait.Wait()
}

// say logs progress.
func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.log, format+"\n", args...) }
