package main

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"syscall"
)

// serveStack serves a stack in a child process. It reads the key from the first line of in and writes its address to out. Then it
// answers each line with the processor time that it has used, in microseconds. It returns when in ends.
func serveStack(name string, in io.Reader, out io.Writer) error {
	s := find(name)
	if s == nil {
		return fmt.Errorf("there is no stack %q", name)
	}
	lines := bufio.NewScanner(in)
	if !lines.Scan() {
		return fmt.Errorf("the input has no key: %w", lines.Err())
	}
	der, err := base64.StdEncoding.DecodeString(lines.Text())
	if err != nil {
		return err
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return err
	}
	server, err := s.build(&issuer{alg: "RS256", public: public})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		log.Fatal(server.serve(listener))
	}()
	fmt.Fprintln(out, listener.Addr())
	for lines.Scan() {
		used, err := processorTime()
		if err != nil {
			return err
		}
		fmt.Fprintln(out, used)
	}
	return lines.Err()
}

// processorTime returns the processor time that this process has used, in microseconds, in user and kernel mode.
func processorTime() (int64, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, err
	}
	return (usage.Utime.Nano() + usage.Stime.Nano()) / 1_000, nil
}
