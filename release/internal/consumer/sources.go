package consumer

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/release/internal/modules"
)

// Templates is the folder with the sources of the consumers, relative to the root of the repository.
const Templates = "release/testdata/consumer"

// Sources returns the files of the consumer of the module in the folder dir: those in the folder of the same name, and those
// that it shares with others in the folders above it.
func Sources(templates fs.FS, dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for folder := dir; folder != "."; folder = path.Dir(folder) {
		names, err := fs.Glob(templates, folder+"/*.go")
		if err != nil {
			return nil, err
		}
		if folder == dir && len(names) == 0 {
			return nil, missing(dir)
		}
		for _, name := range names {
			if files[path.Base(name)], err = fs.ReadFile(templates, name); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}

func missing(dir string) error {
	err := fmt.Errorf("the module %s is released, and no consumer tries it: add Go files that use it as a user would to %s/%s",
		dir, Templates, dir)
	if strings.HasPrefix(dir, "adapters/") {
		return fmt.Errorf("%w; for an adapter one file is enough, with a function serve as in %s/adapters/nethttp/serve.go",
			err, Templates)
	}
	return err
}

// Imported returns the modules that the sources import, in the order of released.
func Imported(sources map[string][]byte, released []modules.Module) ([]modules.Module, error) {
	used := map[string]bool{}
	for name, source := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, spec := range file.Imports {
			used[owner(strings.Trim(spec.Path.Value, `"`), released)] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(released), func(m modules.Module) bool { return !used[m.Path] }), nil
}

// owner returns the path of the module that a package belongs to: the longest one.
func owner(pkg string, released []modules.Module) string {
	best := ""
	for _, m := range released {
		if (pkg == m.Path || strings.HasPrefix(pkg, m.Path+"/")) && len(m.Path) > len(best) {
			best = m.Path
		}
	}
	return best
}
