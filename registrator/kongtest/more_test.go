package kongtest_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

const (
	withPCRE1     = "this gateway was linked with PCRE 1, and the one of the transcript with PCRE 2, whose words are kept"
	withoutDNS    = "no name was resolved where it was recorded, and here none is looked up"
	fewerPlugins  = "this gateway had fewer plugins than a package has"
	withoutSchema = "schemas are not shown"
	noEndpoints   = "the list has the paths of collections that are missing here"
	noWorkspaces  = "workspaces are missing"
)

// unlikeRecorded are the exchanges of the second recordings that are answered in another way, by their titles.
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
