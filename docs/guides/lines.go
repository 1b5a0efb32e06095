package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/docs/guides/internal/guide"
)

var microkubesPython = guide.Page{
	File:   "microkubes-python.md",
	Tables: map[string]func() (string, error){"lines": linesTable},
}

// counted is a service whose lines the table has.
type counted struct {
	name, file string
	// The lines of the file and of its function main in the commit before 1d72558, with which the examples began to use package
	// service; of keycloak, before c0f5959. Zero: it has not changed since, or is newer.
	before, mainBefore int
}

var countedServices = []counted{
	{name: "the Flask service above, with security", file: "microkubespython/secured/service.py"},
	{name: "the same on Echo, as above", file: "microkubespython/secured/main.go"},
	{"net/http", "../../examples/nethttp/main.go", 127, 14},
	{"Echo", "../../examples/echo/main.go", 127, 14},
	{"Gin", "../../examples/gin/main.go", 127, 14},
	{"Fiber", "../../examples/fiber/main.go", 130, 14},
	{"Keycloak", "../../examples/keycloak/main.go", 69, 11},
	{name: "chi, without a gateway", file: "../../examples/chi/main.go"},
	{name: "gorilla/mux, without a gateway", file: "../../examples/gorilla/main.go"},
}

// linesTable returns the table of the lines of services.
func linesTable() (string, error) {
	var b strings.Builder
	b.WriteString("| service | file before | file now | func main before | func main now | main and routes now |\n" +
		"|---|---|---|---|---|---|\n")
	number := func(n int) string {
		if n == 0 {
			return "–"
		}
		return strconv.Itoa(n)
	}
	for _, s := range countedServices {
		n, err := countLines(s.file)
		if err != nil {
			return "", err
		}
		name := s.name
		if folder, ok := strings.CutPrefix(filepath.ToSlash(filepath.Dir(s.file)), "../../"); ok {
			name = fmt.Sprintf("[%s](../../%s)", name, folder)
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %s | %s | %s |\n", name, number(s.before), n.file, number(s.mainBefore), number(n.main),
			number(n.run))
	}
	return b.String(), nil
}

// lines are the lines of a service that are neither empty nor a comment alone.
type lines struct {
	file int
	main int // of function main
	run  int // of functions main and routes, what a service writes to run
}

func countLines(name string) (n lines, err error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return n, err
	}
	n.file = countCode(string(source))
	if filepath.Ext(name) != ".go" {
		return n, nil
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
	if err != nil {
		return n, err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv != nil {
			continue
		}
		code := countCode(string(source[set.Position(f.Pos()).Offset:set.Position(f.End()).Offset]))
		switch f.Name.Name {
		case "main":
			n.main += code
			n.run += code
		case "routes":
			n.run += code
		}
	}
	return n, nil
}

// countCode returns the number of lines that are neither empty nor a comment alone, of Go or of Python.
func countCode(source string) (n int) {
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "#") {
			n++
		}
	}
	return n
}
