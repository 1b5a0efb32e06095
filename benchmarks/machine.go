package main

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

// compared holds the modules whose versions the report names.
var compared = []string{
	"github.com/MicahParks/jwkset", "github.com/MicahParks/keyfunc/v3", "github.com/auth0/go-jwt-middleware/v3",
	"github.com/coreos/go-oidc/v3", "github.com/go-chi/jwtauth/v5", "github.com/gofiber/contrib/jwt",
	"github.com/gofiber/fiber/v2", "github.com/golang-jwt/jwt/v5", "github.com/labstack/echo-jwt/v4",
	"github.com/labstack/echo/v4", "github.com/lestrrat-go/jwx/v2", "github.com/lestrrat-go/jwx/v3",
	"github.com/valyala/fasthttp",
}

// machine returns the lines that describe the machine and the versions of a run.
func machine() []string {
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
		if slices.Contains(compared, m.Path) {
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
