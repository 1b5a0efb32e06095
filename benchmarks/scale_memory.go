package main

import (
	"math"
	"runtime"
	"runtime/metrics"
)

// live returns the bytes of the heap that are live.
func live() int {
	runtime.GC()
	runtime.GC() // for what was in pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// collectorTime returns the time that the garbage collector has used so far, in seconds of all cores.
func collectorTime() float64 {
	sample := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64()
}

// heapNow returns the bytes of the heap, live or not yet freed.
func heapNow() int {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int(sample[0].Value.Uint64())
}

// pauses returns a histogram of all pauses so far in which the collector has stopped the program, in seconds.
func pauses() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64Histogram()
}

// percentile99 returns the 99th percentile of the values that were added to a histogram since an earlier one, as the upper end of
// its range. It returns NaN if none were added.
func percentile99(now, earlier *metrics.Float64Histogram) float64 {
	total, seen := uint64(0), uint64(0)
	for i := range now.Counts {
		total += now.Counts[i] - earlier.Counts[i]
	}
	for i := range now.Counts {
		if seen += now.Counts[i] - earlier.Counts[i]; seen > 0 && 100*seen >= 99*total {
			return now.Buckets[i+1]
		}
	}
	return math.NaN()
}
