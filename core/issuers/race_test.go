//go:build race

package issuers_test

const raceEnabled = true
