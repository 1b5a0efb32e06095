package verdict

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Record returns the answers of s to requests as a text that Recorded reads.
func (s Service) Record(requests []Request) (string, error) {
	answers, err := s.Answers(requests)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for n, a := range answers {
		fmt.Fprintf(&b, "%s\t%d\t%s\t%s\n", requests[n].Name, a.status, a.challenge, a.body)
	}
	return b.String(), nil
}

// Recorded returns a service that answers as a file of Record says. It stands for a service that cannot be built together with
// this one.
func Recorded(file string) (Service, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Service{}, err
	}
	recorded := map[string]answer{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 4 {
			return Service{}, fmt.Errorf("%s: %q is not a recorded answer", file, line)
		}
		status, err := strconv.Atoi(fields[1])
		if err != nil {
			return Service{}, fmt.Errorf("%s: %w", file, err)
		}
		recorded[fields[0]] = answer{status, fields[2], fields[3]}
	}
	return Service{recorded: recorded}, nil
}

// look returns the recorded answers to requests.
func (s Service) look(requests []Request) ([]answer, error) {
	all := make([]answer, len(requests))
	for n, r := range requests {
		found, ok := s.recorded[r.Name]
		if !ok {
			return nil, fmt.Errorf("%s: no answer is recorded", r.Name)
		}
		all[n] = found
	}
	return all, nil
}
