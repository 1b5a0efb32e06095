package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// scaleRow is the row of a table that a child process measures.
type scaleRow struct {
	Stack   string
	Traffic int // an index of traffics
	Cores   int // 0: the time of a request is measured; otherwise the throughput on so many cores
	Users   int
	File    string // with the values of Authorization, one after the other
	Size    int    // of each, in bytes
	Public  any    // an ed25519.PublicKey
	Lasts   time.Duration
}

// inChild measures a row in a child process, and stores its figures in result.
func inChild(ctx context.Context, r scaleRow, result any) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cores := 2
	if r.Cores > 0 {
		cores = r.Cores
	}
	command := exec.CommandContext(ctx, self, "-row", string(text)) //nolint:gosec // the program itself
	command.Env = append(os.Environ(), fmt.Sprint("GOMAXPROCS=", cores))
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return err
	}
	return json.Unmarshal(out, result)
}

// measureRow measures a row in the child process, and prints it as JSON.
func measureRow(text string) error {
	var key ed25519.PublicKey
	r := scaleRow{Public: &key}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return err
	}
	s := scale{issuer: &issuer{alg: "EdDSA", public: key}, lasts: r.Lasts}
	file, err := os.Open(r.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	s.tokens = &tokens{file: file, users: r.Users, buffer: make([]byte, r.Size)}
	var result any
	if r.Cores > 0 {
		result, err = s.throughput(find(r.Stack), r.Cores)
	} else {
		result, err = s.row(find(r.Stack), traffics[r.Traffic])
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}
