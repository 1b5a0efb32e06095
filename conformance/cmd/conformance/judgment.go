package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/microkubes/microkubes-go/conformance"
)

var severities = []conformance.Severity{
	conformance.LetsIn, conformance.Leaks, conformance.Refuses, conformance.Misleads, conformance.Choice,
}

// shown is how many requests with the same leak are printed. They differ in the place where the request cannot be parsed.
const shown = 3

// printJudgment prints what was found, the worst first, and what was not tried.
func printJudgment(out io.Writer, j conformance.Judgment) {
	for _, severity := range severities {
		printSeverity(out, severity, j.Findings)
	}
	printUntried(out, j.NotTried)
	fmt.Fprintf(out, "\n%s: %d rules tried with %d requests, %d broken.\n", j.Service, len(j.Tried), j.Requests, len(j.Broken()))
	if len(j.Broken()) > 0 {
		fmt.Fprintln(out, "The worst is at the top. Repair the service from there, and run this again.")
	}
	if j.Limited > 0 {
		fmt.Fprintf(out, "The service limited requests %d times (429). They were sent again, more slowly.\n", j.Limited)
	}
}

// printSeverity prints the findings of one severity, by case.
func printSeverity(out io.Writer, severity conformance.Severity, all []conformance.Finding) {
	last, leaks := "", 0
	for _, f := range all {
		if f.Severity != severity {
			continue
		}
		if last == "" {
			fmt.Fprintf(out, "\n== The service %s ==\n", severity)
		}
		if f.Case != last {
			fmt.Fprintf(out, "\n%s\n", f.Case)
			printField(out, "rule", f.Rule+" ["+f.Page+"]")
			printField(out, "why", f.Why)
		}
		last = f.Case
		if severity == conformance.Leaks {
			if leaks++; leaks > shown {
				continue
			}
		}
		printField(out, "sent", f.Sent)
		printField(out, "got", f.Got)
		printField(out, "so", f.Problem+repeated(f))
	}
	if leaks > shown {
		printField(out, "", fmt.Sprintf("and %d more requests, which -json has", leaks-shown))
	}
}

func repeated(f conformance.Finding) string {
	switch {
	case len(f.Also) > 0:
		return fmt.Sprintf(" (%d times, also in %s)", f.Times, strings.Join(f.Also, ", "))
	case f.Times > 1:
		return fmt.Sprintf(" (%d times)", f.Times)
	}
	return ""
}

// printUntried prints each reason with the number of cases, and with their names if they are few.
func printUntried(out io.Writer, all []conformance.Untried) {
	var reasons []string
	names := map[string][]string{}
	for _, u := range all {
		if names[u.Reason] == nil {
			reasons = append(reasons, u.Reason)
		}
		names[u.Reason] = append(names[u.Reason], u.Case)
	}
	fmt.Fprintf(out, "\n== Not tried ==\n\n")
	for _, reason := range reasons {
		few := ""
		if len(names[reason]) <= 3 {
			few = " (" + strings.Join(names[reason], ", ") + ")"
		}
		printField(out, fmt.Sprint(len(names[reason])), reason+few)
	}
}

const width = 110

// printField prints a name and a text, which is broken into lines.
func printField(out io.Writer, name, text string) {
	line := fmt.Sprintf("  %-5s", name)
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > width && strings.TrimSpace(line) != "" {
			fmt.Fprintln(out, line)
			line = strings.Repeat(" ", 7)
		}
		line += " " + word
	}
	fmt.Fprintln(out, line)
}
