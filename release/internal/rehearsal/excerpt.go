package rehearsal

import (
	"fmt"
	"regexp"
	"strings"
)

// excerpt finds the lines of a page that are from a transcript.
var excerpt = regexp.MustCompile("(?s)<!-- transcript -->\n+```\n(.*?)```\n")

// Holds returns an error unless the lines of the excerpt on a page are in the transcript, in their order. The page is about
// v0.1.0 and v0.1.1, which stand for the versions of the transcript. A line that is "…" stands for any number of lines.
func Holds(page, transcript, first, second string) error {
	m := excerpt.FindStringSubmatch(page)
	if m == nil {
		return fmt.Errorf("the page has no lines of a transcript: write <!-- transcript --> and a block behind it")
	}
	said := strings.Split(transcript, "\n")
	for line := range strings.Lines(strings.NewReplacer("v0.1.0", first, "v0.1.1", second).Replace(m[1])) {
		line = strings.TrimRight(line, " \n")
		if line == "…" || line == "" {
			continue
		}
		found := false
		for len(said) > 0 && !found {
			found = strings.TrimRight(said[0], " ") == line
			said = said[1:]
		}
		if !found {
			return fmt.Errorf("RELEASING.md has this line, and the transcript has not, or not in this place: %q", line)
		}
	}
	return nil
}
