package kongtest_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

const (
	withPCRE1     = "this gateway was linked with PCRE 1, and that of the transcript with PCRE 2, whose messages kongtest has"
	withoutDNS    = "names did not resolve where it was recorded, and kongtest does not look them up"
	fewerPlugins  = "this gateway had fewer plugins than the packages of Kong have"
	withoutSchema = "schemas are not shown"
	noEndpoints   = "the list has the paths of collections that kongtest does not have"
	noWorkspaces  = "kongtest has no workspaces"
)

// unlikeRecorded holds the exchanges of the second recordings that kongtest answers differently, with the reasons, by title.
var unlikeRecorded = map[string]map[string]string{
	"2.8.5": {"121": withPCRE1, "127": withPCRE1, "254": withoutDNS, "318": fewerPlugins, "319": withoutSchema,
		"344": noEndpoints, "355": noWorkspaces},
	"3.9.3": {"318": fewerPlugins, "319": withoutSchema, "344": noEndpoints},
}

func TestRecordings(t *testing.T) {
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReplay(t, version, false)
				r.known = unlikeRecorded[version]
				recorded := parseTranscript(t, readRecording(t, "more", version))
				assert.Len(t, recorded, 355)
				r.run(nil, recorded)
				r.report(recorded, 0)
			})
		})
	}
}

// TestRecordingsVaried replays the second recordings with other names and ids.
func TestRecordingsVaried(t *testing.T) {
	for _, version := range versions {
		recording := readRecording(t, "more", version)
		recorded := parseTranscript(t, recording)
		for seed := range uint64(runs(1, 20)) {
			synctest.Test(t, func(t *testing.T) {
				r := newReplay(t, version, false)
				r.known = unlikeRecorded[version]
				varied := newVariation(vocabularyOf(recording), seed, true).apply(recorded)
				r.run(nil, varied)
				r.report(varied, 0)
			})
		}
	}
}
