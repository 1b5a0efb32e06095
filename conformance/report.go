package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Report is the outcome of a run. It is written and read as JSON.
type Report struct {
	Adapter string   `json:"adapter"`
	Planned int      `json:"planned"` // the number of cases that should run
	Results []Result `json:"results"`
}

// Err returns nil if every case ran and none failed.
func (r Report) Err() error {
	var errs []error
	if n := len(r.Results); n < r.Planned || n == 0 {
		errs = append(errs, fmt.Errorf("%s: only %d of %d cases ran", r.Adapter, n, r.Planned))
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

// Result is the outcome of one case.
type Result struct {
	Case   Case
	Err    error  // nil if the case passed
	Exempt string // the reason, if the harness exempts the case
}

// Failed reports whether the case failed, or passed although it is exempt.
func (r Result) Failed() bool { return (r.Err != nil) == (r.Exempt == "") }

func (r Result) problem() error {
	if r.Err == nil {
		return fmt.Errorf("exempt (%s), but it passed: remove the exemption", r.Exempt)
	}
	return fmt.Errorf("\nrule   %s\n       %s\n%w", r.Case.Rule, r.Case.Page, r.Err)
}

// jsonResult is a Result in JSON. Outcome is the text that [Result.Outcome] returns.
type jsonResult struct {
	Case    string `json:"case"`
	Rule    string `json:"rule"`
	Page    string `json:"page"`
	Outcome string `json:"outcome"`
	Exempt  string `json:"exempt,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// Outcome returns "passed", "failed", "exempt" or "exempt but passed".
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

// UnmarshalJSON implements [json.Unmarshaler]. Err becomes an error with the same text.
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
		return fmt.Errorf("conformance: the outcome of %s is %q, which contradicts its exemption or problem", j.Case, j.Outcome)
	}
	return nil
}
