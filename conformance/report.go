package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Report is the outcome of a whole run. It is written and read as JSON.
type Report struct {
	Adapter string   `json:"adapter"`
	Planned int      `json:"planned"` // the number of cases that should have run
	Results []Result `json:"results"`
}

// Err is nil when every case ran and none failed.
func (r Report) Err() error {
	var errs []error
	if n := len(r.Results); n < r.Planned || n == 0 {
		errs = append(errs, fmt.Errorf("%s: %d of %d cases ran: that is no proof", r.Adapter, n, r.Planned))
	}
	for _, result := range r.Results {
		if result.Failed() {
			errs = append(errs, fmt.Errorf("%s: %s: %w", r.Adapter, result.Case.Name, result.problem()))
		}
	}
	return errors.Join(errs...)
}

func (r Report) save(dir string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, r.Adapter+".json"), append(text, '\n'), 0o600) //nolint:gosec // see ready
}

// Result is what became of one case on one adapter.
type Result struct {
	Case   Case
	Err    error  // nil: it passed
	Exempt string // the reason, where the harness exempts it
}

// Failed tells a failure: a case that should have passed and did not, or an exempt one that did.
func (r Result) Failed() bool { return (r.Err != nil) == (r.Exempt == "") }

func (r Result) problem() error {
	if r.Err == nil {
		return fmt.Errorf("exempt (%s), but it passed: take the exemption away", r.Exempt)
	}
	return fmt.Errorf("\nrule   %s\n       %s\n%w", r.Case.Rule, r.Case.Page, r.Err)
}

// jsonResult is the form of a Result in a file. Its outcome is one of passed, failed, exempt, exempt but passed.
type jsonResult struct {
	Case    string `json:"case"`
	Rule    string `json:"rule"`
	Page    string `json:"page"`
	Outcome string `json:"outcome"`
	Exempt  string `json:"exempt,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// Outcome is the result in a word.
func (r Result) Outcome() string {
	switch {
	case r.Err != nil && r.Exempt != "":
		return "exempt"
	case r.Exempt != "":
		return "exempt but passed"
	case r.Err != nil:
		return "failed"
	}
	return "passed"
}

// MarshalJSON implements [json.Marshaler].
func (r Result) MarshalJSON() ([]byte, error) {
	j := jsonResult{Case: r.Case.Name, Rule: r.Case.Rule, Page: r.Case.Page, Outcome: r.Outcome(), Exempt: r.Exempt}
	if r.Err != nil {
		j.Problem = r.Err.Error()
	}
	return json.Marshal(j)
}

// UnmarshalJSON implements [json.Unmarshaler]. What was an error is one with the same text.
func (r *Result) UnmarshalJSON(text []byte) error {
	var j jsonResult
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*r = Result{Case: Case{Name: j.Case, Rule: j.Rule, Page: j.Page}, Exempt: j.Exempt}
	if j.Problem != "" {
		r.Err = errors.New(j.Problem)
	}
	if r.Outcome() != j.Outcome {
		return fmt.Errorf("conformance: the outcome of %s is %q, which does not fit the rest of its result", j.Case, j.Outcome)
	}
	return nil
}
