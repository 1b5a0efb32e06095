// Package modules reads the modules of the repository from go.work and their go.mod files, and edits what they require of each
// other.
package modules

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// RepositoryPath is the module path of the root of the repository.
const RepositoryPath = "github.com/microkubes/microkubes-go"

// Module is one module of the repository.
type Module struct {
	Dir      string   // its folder, relative to the root of the repository, with slashes; also the prefix of its tags
	Path     string   // its module path
	Requires []string // the module paths that its go.mod requires, in the repository or not
	Released bool     // it is in the list of go.work, without a comment "not released"
	Outside  bool     // it is not in the list of go.work
}

// Tag returns the tag of a version of the module.
func (m Module) Tag(version string) string { return m.Dir + "/" + version }

// Read returns the modules of the repository at root: those of go.work in their order, then those outside.
func Read(root string) ([]Module, error) {
	data, err := os.ReadFile(filepath.Join(root, "go.work")) //nolint:gosec // the file of the repository that the user names
	if err != nil {
		return nil, fmt.Errorf("run this in the repository, where go.work is: %w", err)
	}
	work, err := modfile.ParseWork("go.work", data, nil)
	if err != nil {
		return nil, err
	}
	var all []Module
	for _, use := range work.Use {
		m, err := read(root, path.Clean(use.Path))
		if err != nil {
			return nil, err
		}
		m.Released = !slices.ContainsFunc(use.Syntax.Suffix, func(c modfile.Comment) bool {
			return strings.HasPrefix(c.Token, "// not released: ")
		})
		all = append(all, m)
	}
	outside, err := outside(root, all)
	return append(all, outside...), err
}

// Internal reports whether no other module than those of the repository can import a package of m.
func (m Module) Internal() bool { return slices.Contains(strings.Split(m.Path, "/"), "internal") }

// read returns the module in the folder dir.
func read(root, dir string) (Module, error) {
	name := filepath.Join(root, dir, "go.mod")
	data, err := os.ReadFile(name) //nolint:gosec // a file of the repository
	if err != nil {
		return Module{}, err
	}
	file, err := modfile.Parse(path.Join(dir, "go.mod"), data, nil)
	if err != nil {
		return Module{}, err
	}
	m := Module{Dir: dir, Path: file.Module.Mod.Path}
	for _, r := range file.Require {
		m.Requires = append(m.Requires, r.Mod.Path)
	}
	return m, nil
}

// outside returns the modules whose folders are not in known.
func outside(root string, known []Module) ([]Module, error) {
	var found []Module
	err := fs.WalkDir(os.DirFS(root), ".", func(file string, entry fs.DirEntry, err error) error {
		name, dir := entry.Name(), path.Dir(file)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && (name == "testdata" || name == "vendor" || strings.ContainsAny(name[:1], "._")):
			return fs.SkipDir
		case entry.IsDir() || name != "go.mod" || slices.ContainsFunc(known, func(m Module) bool { return m.Dir == dir }):
			return nil
		}
		m, err := read(root, dir)
		m.Outside = true
		found = append(found, m)
		return err
	})
	return found, err
}

// Released returns the released modules, each behind those that it requires. Modules without an order between them are sorted
// by folder.
func Released(all []Module) ([]Module, error) {
	rest := slices.DeleteFunc(slices.Clone(all), func(m Module) bool { return !m.Released })
	slices.SortFunc(rest, func(a, b Module) int { return cmp.Compare(a.Dir, b.Dir) })
	if err := requireOnlyReleased(rest, all); err != nil {
		return nil, err
	}
	var ordered []Module
	for len(rest) > 0 {
		free := slices.IndexFunc(rest, func(m Module) bool {
			return !slices.ContainsFunc(rest, func(other Module) bool { return slices.Contains(m.Requires, other.Path) })
		})
		if free < 0 {
			return nil, fmt.Errorf("these modules require each other in a circle, so none can be tagged first: %s: remove a "+
				"requirement", strings.Join(dirs(rest), ", "))
		}
		ordered = append(ordered, rest[free])
		rest = slices.Delete(rest, free, free+1)
	}
	return ordered, nil
}

// requireOnlyReleased returns an error if a released module requires one that is not.
func requireOnlyReleased(released, all []Module) error {
	for _, m := range released {
		for _, other := range all {
			if !other.Released && slices.Contains(m.Requires, other.Path) {
				return fmt.Errorf("%s is released and requires %s, which is not: release that too (its comment in go.work), or "+
					"remove the requirement", m.Dir, other.Dir)
			}
		}
	}
	return nil
}

// CheckPaths returns an error if the path of a module does not fit the major version of version, or its folder.
func CheckPaths(released []Module, version string) error {
	for _, m := range released {
		prefix, major, _ := module.SplitPathVersion(m.Path)
		if want := RepositoryPath + "/" + m.Dir; prefix != want {
			return fmt.Errorf("the module in %s has the path %s, which the go command looks for in another place: write %s in "+
				"its go.mod, or move the folder", m.Dir, m.Path, want+major)
		}
		if err := module.CheckPathMajor(version, major); err != nil {
			return fmt.Errorf("the path %s does not fit %s: from v2 on, the path in go.mod and all imports end in the major "+
				"version, such as %s/v2", m.Path, version, strings.TrimSuffix(m.Path, major))
		}
	}
	return nil
}

func dirs(all []Module) []string {
	var names []string
	for _, m := range all {
		names = append(names, m.Dir)
	}
	return names
}
