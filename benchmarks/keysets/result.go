package main

import (
	"encoding/json"
	"os"
)

// result is what one run measured. It is kept as JSON, and the document is made from it.
type result struct {
	Machine    []string   `json:"machine"`
	Examples   []string   `json:"examples"`
	Contenders []*figures `json:"contenders"`
	Cost       []cost     `json:"cost"`
}

// figures holds the results of one contender.
type figures struct {
	Name          string     `json:"name"`
	Wrong         []wrong    `json:"wrong"`
	BadSignatures int64      `json:"bad_signatures"` // fetches for 50 tokens with a known kid
	UnknownKeys   int64      `json:"unknown_keys"`   // fetches for 50 tokens with different unknown kids
	First         int64      `json:"first"`          // fetches from the start to the end of 1,000 first requests
	Calm          rotation   `json:"calm"`           // without requests for unknown keys before
	Storm         rotation   `json:"storm"`          // after 50 of them
	Outages       []downtime `json:"outages"`
	Start         startUp    `json:"start"`
}

// wrong is an example whose verdict differs from the right one.
type wrong struct {
	Example string   `json:"example"`
	Refuses []string `json:"refuses,omitempty"` // the tokens that must be accepted, with the answers to them
	Accepts []string `json:"accepts,omitempty"` // the tokens that must be refused
}

// rotation is what happens after the issuer has begun to sign with a new key.
type rotation struct {
	Seconds float64        `json:"seconds"` // until the first token of the new key is accepted; -1: never
	Until   map[answer]int `json:"until"`   // the answers to the tokens of the new key before
	Old     map[answer]int `json:"old"`     // the answers to tokens of the old key, which stays in the document
	Fetches int64          `json:"fetches"`
}

// downtime is what happens while the issuer is out of order, and its last key set is past its max-age.
type downtime struct {
	Kind  string `json:"kind"`
	Known answer `json:"known"` // to a token of a key that was fetched before
	New   answer `json:"new"`   // to a token of a key that the set may have by now
}

// startUp is what happens if the issuer is down when the library starts.
type startUp struct {
	Error   string  `json:"error"`   // of the constructor; empty: it succeeded
	Before  answer  `json:"before"`  // to a good token before the issuer is up
	Seconds float64 `json:"seconds"` // from the issuer's start until a good token is accepted; -1: never
}

// cost compares a request with keys that are fetched to one with keys that the program has.
type cost struct {
	Name         string  `json:"name"`
	StaticNS     float64 `json:"static_ns"`
	RemoteNS     float64 `json:"remote_ns"`
	Ratio        float64 `json:"ratio"` // the median of the ratios of pairs
	StaticAllocs float64 `json:"static_allocs"`
	RemoteAllocs float64 `json:"remote_allocs"`
}

func (r *result) find(name string) *figures {
	for _, f := range r.Contenders {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func readResult(name string) (*result, error) {
	text, err := os.ReadFile(name) //nolint:gosec // the program's own file
	if err != nil {
		return nil, err
	}
	r := &result{}
	return r, json.Unmarshal(text, r)
}

func (r *result) write(name string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o600)
}
