package proxy

import (
	stdzip "archive/zip"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
)

// Files returns the sizes of the files in the zip file of a version, by their names relative to the module.
func (p Proxy) Files(v module.Version) (map[string]uint64, error) {
	escaped, err := module.EscapePath(v.Path)
	if err != nil {
		return nil, err
	}
	archive, err := stdzip.OpenReader(filepath.Join(p.Dir, filepath.FromSlash(escaped), "@v", v.Version+".zip"))
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	sizes := map[string]uint64{}
	for _, file := range archive.File {
		sizes[strings.TrimPrefix(file.Name, v.String()+"/")] = file.UncompressedSize64
	}
	return sizes, nil
}

// goMod returns the go.mod file in the zip file of a version.
func goMod(name string, v module.Version) ([]byte, error) {
	archive, err := stdzip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	file, err := archive.Open(v.String() + "/go.mod")
	if err != nil {
		return nil, fmt.Errorf("%s has no go.mod: %w", v, err)
	}
	defer file.Close()
	return io.ReadAll(file)
}
