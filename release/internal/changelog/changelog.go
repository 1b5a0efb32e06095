// Package changelog reads and prepares the entries of CHANGELOG.md.
package changelog

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

const unreleased = "Unreleased"

var (
	heading = regexp.MustCompile(`(?m)^## (.+)$`)
	entry   = regexp.MustCompile(`^(v\S+) - (\d{4}-\d{2}-\d{2})$`)
)

// section is one heading of the second level with what is below it.
type section struct {
	title, body string
}

// sections splits a changelog. What stands before the first heading is returned as head.
func sections(text string) (head string, all []section) {
	found := heading.FindAllStringSubmatchIndex(text, -1)
	if len(found) == 0 {
		return text, nil
	}
	for i, m := range found {
		end := len(text)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		all = append(all, section{text[m[2]:m[3]], text[m[1]:end]})
	}
	return text[:found[0][0]], all
}

// Check returns an error unless text is ready for the release of version: the section Unreleased comes first and is empty, and
// the next one is the entry of version, with a date that is not after now and with something below it.
func Check(text, version string, now time.Time) error {
	_, all := sections(text)
	if len(all) == 0 || all[0].title != unreleased {
		return errors.New("CHANGELOG.md must begin with the section \"## Unreleased\", which stays for what comes next: add it")
	}
	want := fmt.Sprintf("## %s - %s", version, now.Format(time.DateOnly))
	if len(all) < 2 || !strings.HasPrefix(all[1].title, version+" ") && all[1].title != version {
		return fmt.Errorf("CHANGELOG.md has no entry for %s: write \"%s\" below \"## Unreleased\", and move the changes there "+
			"(make changelog VERSION=%s does both)", version, want, version)
	}
	if strings.TrimSpace(all[0].body) != "" {
		return fmt.Errorf("CHANGELOG.md still has changes below \"## Unreleased\": move them into the entry of %s", version)
	}
	m := entry.FindStringSubmatch(all[1].title)
	if m == nil {
		return fmt.Errorf("the heading \"## %s\" of CHANGELOG.md has no date: write \"%s\"", all[1].title, want)
	}
	date, err := time.ParseInLocation(time.DateOnly, m[2], now.Location())
	if err != nil || date.After(now) {
		return fmt.Errorf("the heading \"## %s\" of CHANGELOG.md has a date that does not exist or is not yet: write \"%s\"",
			all[1].title, want)
	}
	if strings.TrimSpace(all[1].body) == "" {
		return fmt.Errorf("the entry of %s in CHANGELOG.md is empty: write what changed", version)
	}
	return nil
}

// Open returns text with the changes below Unreleased moved into an entry for version, dated now.
func Open(text, version string, now time.Time) (string, error) {
	head, all := sections(text)
	if len(all) == 0 || all[0].title != unreleased || strings.TrimSpace(all[0].body) == "" {
		return "", errors.New("CHANGELOG.md has no changes below \"## Unreleased\": write what changed there")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s## %s\n\n## %s - %s%s", head, unreleased, version, now.Format(time.DateOnly), all[0].body)
	for _, s := range all[1:] {
		fmt.Fprintf(&b, "## %s%s", s.title, s.body)
	}
	return b.String(), nil
}

// Top returns the version of the newest entry, or "" if there is none.
func Top(text string) string {
	_, all := sections(text)
	for _, s := range all {
		if s.title != unreleased {
			version, _, _ := strings.Cut(s.title, " ")
			return version
		}
	}
	return ""
}
