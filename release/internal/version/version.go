// Package version has the rules about the numbers of releases: which version may follow another, and what it may change.
package version

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// none is the version before the first release.
const none = "v0.0.0"

// Check returns an error unless v may follow the released versions. It must be the next patch, minor or major version after the
// last one, or a pre-release of one of those, in the canonical form of Go modules.
func Check(v string, released []string) error {
	switch {
	case !semver.IsValid(v):
		return fmt.Errorf("VERSION %q is not a semantic version with a leading v: write it as v0.1.0", v)
	case semver.Build(v) != "":
		return fmt.Errorf("VERSION %s has build metadata, which the go command removes: leave out %s", v, semver.Build(v))
	case semver.Canonical(v) != v:
		return fmt.Errorf("VERSION %s is short for %s: write all three numbers", v, semver.Canonical(v))
	case slices.Contains(released, v):
		return fmt.Errorf("VERSION %s is already tagged, and a tag never moves: choose the next version", v)
	}
	last := Last(released)
	next := Next(last)
	core, _, _ := strings.Cut(v, "-")
	if !slices.Contains(next, core) {
		return fmt.Errorf("VERSION %s does not follow %s: choose one of %s, or a pre-release of one of them; if a newer version "+
			"is tagged elsewhere, run git fetch --tags", v, orNone(last), strings.Join(next, ", "))
	}
	for _, r := range released {
		if semver.Compare(r, v) > 0 && semver.Prerelease(r) != "" {
			return fmt.Errorf("VERSION %s is lower than %s, which is tagged: choose a higher one", v, r)
		}
	}
	return nil
}

// Last returns the highest of the released versions that is not a pre-release, or "" if there is none.
func Last(released []string) string {
	last := ""
	for _, r := range released {
		if semver.Prerelease(r) == "" && semver.Compare(r, last) > 0 {
			last = r
		}
	}
	return last
}

// Next returns the next patch, minor and major version after last, which is "" before the first release.
func Next(last string) []string {
	var n [3]int
	for i, part := range strings.Split(strings.TrimPrefix(orNone(last), "v"), ".") {
		n[i], _ = strconv.Atoi(part) // last is canonical
	}
	return []string{
		fmt.Sprintf("v%d.%d.%d", n[0], n[1], n[2]+1),
		fmt.Sprintf("v%d.%d.0", n[0], n[1]+1),
		fmt.Sprintf("v%d.0.0", n[0]+1),
	}
}

// MayBreak reports whether v, which follows last, may have incompatible changes: a new major version may, and within v0 a new
// minor version.
func MayBreak(last, v string) bool {
	if last == "" || semver.Major(last) != semver.Major(v) {
		return true
	}
	return semver.Major(v) == "v0" && semver.MajorMinor(last) != semver.MajorMinor(v)
}

// MayAdd reports whether v, which follows last, may add to the API: any version within v0 may, and later all but patches.
func MayAdd(last, v string) bool {
	return MayBreak(last, v) || semver.Major(v) == "v0" || semver.MajorMinor(last) != semver.MajorMinor(v)
}

func orNone(last string) string {
	if last == "" {
		return none
	}
	return last
}
