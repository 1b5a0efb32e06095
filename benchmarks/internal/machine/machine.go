// Package machine describes the machine and the versions of a run.
package machine

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Lines returns the lines that describe a run: the date, the processor, and the versions of Go and of the modules.
func Lines(modules []string) []string {
	lines := []string{
		"date: " + time.Now().UTC().Format("2006-01-02 15:04") + " UTC",
		fmt.Sprintf("machine: %s, %d cores, %s/%s", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH),
		"Go: " + runtime.Version(),
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		// The load includes that of other programs.
		lines = append(lines, "load at the start: "+strings.Join(strings.Fields(string(load))[:3], " "))
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return lines
	}
	for _, m := range info.Deps {
		if slices.Contains(modules, m.Path) {
			lines = append(lines, "module: "+m.Path+" "+m.Version)
		}
	}
	return lines
}

func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
