package modules

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// Raise returns a go.mod file with the requirements of modules in all raised to version. Lines with replace stay.
func Raise(gomod []byte, all []Module, version string) ([]byte, error) {
	return edit(gomod, func(file *modfile.File) error {
		for _, m := range all {
			if slices.ContainsFunc(file.Require, func(r *modfile.Require) bool { return r.Mod.Path == m.Path }) {
				if err := file.AddRequire(m.Path, version); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Detach returns a go.mod file without the lines that replace modules in all: as users need it.
func Detach(gomod []byte, all []Module) ([]byte, error) {
	return edit(gomod, func(file *modfile.File) error {
		for _, m := range all {
			if err := file.DropReplace(m.Path, ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// Replaces returns the paths that a go.mod file replaces.
func Replaces(gomod []byte) ([]string, error) {
	file, err := modfile.Parse("go.mod", gomod, nil)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, r := range file.Replace {
		paths = append(paths, r.Old.Path)
	}
	return paths, nil
}

func edit(gomod []byte, change func(*modfile.File) error) ([]byte, error) {
	file, err := modfile.Parse("go.mod", gomod, nil)
	if err != nil {
		return nil, err
	}
	if err := change(file); err != nil {
		return nil, err
	}
	file.Cleanup()
	return file.Format()
}

// AddSums adds lines to the go.sum file in a folder, and keeps it sorted as the go command does.
func AddSums(dir string, sums []string) error {
	name := filepath.Join(dir, "go.sum")
	data, err := os.ReadFile(name) //nolint:gosec // a file of the repository
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	lines := slices.DeleteFunc(append(strings.Split(string(data), "\n"), sums...), func(line string) bool { return line == "" })
	slices.SortFunc(lines, compareSums)
	lines = slices.Compact(lines)
	return os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o644) //nolint:gosec // go.sum is public
}

// compareSums orders lines as the go command does: by path, by version, and the hash of a go.mod file behind that of its module.
func compareSums(a, b string) int {
	x, y := strings.Fields(a), strings.Fields(b)
	if c := cmp.Compare(x[0], y[0]); c != 0 {
		return c
	}
	v, vIsMod := strings.CutSuffix(x[1], "/go.mod")
	w, wIsMod := strings.CutSuffix(y[1], "/go.mod")
	switch c := semver.Compare(v, w); {
	case c != 0:
		return c
	case vIsMod == wIsMod:
		return 0
	case wIsMod:
		return -1
	}
	return 1
}
