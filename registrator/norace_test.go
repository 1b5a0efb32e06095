//go:build !race

package registrator_test

const raceEnabled = false
