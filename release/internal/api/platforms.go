package api

import (
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Platform is a system and a processor for which a module may have files of its own.
type Platform struct{ goos, goarch string }

// String returns the platform as the go command writes it.
func (p Platform) String() string { return p.goos + "/" + p.goarch }

func (p Platform) env() []string { return []string{"GOOS=" + p.goos, "GOARCH=" + p.goarch} }

// builds reports whether the platform builds a file.
func (p Platform) builds(file string) (bool, error) {
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled, ctx.BuildTags, ctx.ToolTags = p.goos, p.goarch, false, nil, nil
	return ctx.MatchFile(filepath.Dir(file), filepath.Base(file))
}

// all are the platforms that may be compared. The first one always is, so that the result does not depend on the machine.
var all = []Platform{{"linux", "amd64"}, {"windows", "amd64"}, {"darwin", "arm64"}, {"linux", "386"}}

// Platforms returns the platforms on which modules in folders must be compared so that each of their files is. A file that none
// of them builds is an error: a break of the API in it would be overlooked.
func Platforms(dirs ...string) ([]Platform, error) {
	var rest []string
	for _, dir := range dirs {
		files, err := sources(dir)
		if err != nil {
			return nil, err
		}
		rest = append(rest, files...)
	}
	var chosen []Platform
	for i, p := range all {
		var left []string
		for _, file := range rest {
			built, err := p.builds(file)
			if err != nil {
				return nil, err
			}
			if !built {
				left = append(left, file)
			}
		}
		if i == 0 || len(left) < len(rest) {
			chosen, rest = append(chosen, p), left
		}
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%s is built on no platform that the API is compared on: remove its build constraint, or add the "+
			"platform to release/internal/api", rest[0])
	}
	return chosen, nil
}

// sources returns the files of a module that users can import: no tests, programs, test data and nested modules.
func sources(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		base := entry.Name()
		switch {
		case err != nil || name == root:
			return err
		case entry.IsDir():
			_, err := os.Stat(filepath.Join(name, "go.mod"))
			if err == nil || base == "testdata" || base == "vendor" {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") || strings.ContainsAny(base[:1], "._"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly)
		if err == nil && file.Name.Name != "main" {
			files = append(files, name)
		}
		return err
	})
	return files, err
}
