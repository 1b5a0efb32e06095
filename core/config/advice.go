package config

import "strings"

// advice says what to write instead of an unknown name in the object at path.
func advice(name, path string, fields []field) string {
	var names []string
	best, distance := "", 3
	for _, f := range fields {
		if f.kind != foreign && f.name != "$schema" {
			names = append(names, f.name)
		}
		if d := editDistance(strings.ToLower(name), strings.ToLower(f.name)); d < distance && 2*d < len(f.name) {
			best, distance = f.name, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	if section := sectionOf(name, path); section != "" {
		return "it belongs in " + section
	}
	says := "use one of " + strings.Join(names, ", ")
	if path == "" {
		says += ", or begin the name with x- if the service itself reads it"
	}
	return says
}

// sectionOf returns a section, other than that at path, that has a field of that name.
func sectionOf(name, path string) string {
	for _, section := range []string{"service", "security", "security.jwt", "security.oauth2", "security.acl"} {
		if section != path && find(fieldsAt(section), name) != nil {
			return section
		}
	}
	if path != "" && find(file, name) != nil {
		return "the root of the file"
	}
	return ""
}

// fieldsAt returns the fields of a section.
func fieldsAt(path string) []field {
	fields := file
	for name := range strings.SplitSeq(path, ".") {
		fields = find(fields, name).fields
	}
	return fields
}

// editDistance returns the number of letters to add, remove or replace, or of neighbors to exchange, between a and b. It compares
// the first 64 bytes.
func editDistance(a, b string) int {
	a, b = a[:min(len(a), 64)], b[:min(len(b), 64)]
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			replace := last[j]
			if a[i] != b[j] {
				replace++
			}
			row[j+1] = min(replace, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
