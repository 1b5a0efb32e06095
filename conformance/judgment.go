package conformance

import "slices"

// Severity says what a broken rule means to the owner of a service.
type Severity string

// The severities, from the worst.
const (
	LetsIn   Severity = "lets in what it should refuse"
	Leaks    Severity = "gives a credential away"
	Refuses  Severity = "refuses what it should let in"
	Misleads Severity = "misleads its clients"
	Choice   Severity = "differs, but may" // the standards leave the choice: the rule is not broken
)

// Judgment is what [CheckTarget] has found.
type Judgment struct {
	Service  string    `json:"service"`
	Tried    []string  `json:"tried"`    // the names of the cases
	Requests int       `json:"requests"` // how many were answered
	Limited  int       `json:"limited"`  // how many answers were 429, after which the request was sent again
	Findings []Finding `json:"findings"`
	NotTried []Untried `json:"not_tried"`
}

// Finding is one difference between an answer and what a rule says. No token is in it.
type Finding struct {
	Case     string   `json:"case"`
	Rule     string   `json:"rule"`
	Page     string   `json:"page"`
	Why      string   `json:"why"`
	Severity Severity `json:"severity"`
	Sent     string   `json:"sent"`
	Got      string   `json:"got"`
	Problem  string   `json:"problem"`
	Also     []string `json:"also,omitempty"` // other cases in which the service does the same
	Times    int      `json:"times"`
}

// Untried is a case, or a part of one, that was not tried.
type Untried struct {
	Case   string `json:"case"`
	Reason string `json:"reason"`
}

// Broken returns the names of the cases whose rule is broken, in the order of [Cases].
func (j Judgment) Broken() []string {
	var all []string
	for _, f := range j.Findings {
		if f.Severity != Choice && !slices.Contains(all, f.Case) {
			all = append(all, f.Case)
		}
	}
	return all
}

// add adds a finding. One that only repeats what an earlier one says about the protocol is counted there.
func (j *Judgment) add(f Finding) {
	f.Times = 1
	for i := range j.Findings {
		if old := &j.Findings[i]; old.repeatedBy(f) {
			old.Times++
			if f.Case != old.Case && !slices.Contains(old.Also, f.Case) {
				old.Also = append(old.Also, f.Case)
			}
			return
		}
	}
	j.Findings = append(j.Findings, f)
}

// repeatedBy reports whether a later finding says the same as f. Each request that is let in, or that gets a credential back,
// is an attack of its own.
func (f *Finding) repeatedBy(later Finding) bool {
	if f.Severity != later.Severity || f.Problem != later.Problem {
		return false
	}
	switch f.Severity {
	case LetsIn, Leaks:
		return false
	case Refuses:
		return f.Case == later.Case
	}
	return true
}
