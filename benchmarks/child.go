package main

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
)

// child is a server in a process of its own, which reports the processor time that it has used.
type child struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	address string
}

// start starts this program again, as a server. The server has two processors, as if there were no client.
func start(s *stack, i *issuer) (*child, error) {
	der, err := x509.MarshalPKIXPublicKey(i.public)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{command: exec.Command(self, "-serve", s.String())} //nolint:gosec // the program itself
	c.command.Env = append(os.Environ(), "GOMAXPROCS=2")
	c.command.Stderr = os.Stderr
	if c.in, err = c.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewScanner(out)
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	c.address, err = c.ask(base64.StdEncoding.EncodeToString(der))
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// ask sends a line to the child and returns its answer.
func (c *child) ask(line string) (string, error) {
	if _, err := fmt.Fprintln(c.in, line); err != nil {
		return "", err
	}
	if !c.out.Scan() {
		return "", fmt.Errorf("the server process has ended: %w", c.out.Err())
	}
	return c.out.Text(), nil
}

// used returns the processor time that the child has used so far, in microseconds.
func (c *child) used() (int64, error) {
	answer, err := c.ask("used")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(answer, 10, 64)
}

func (c *child) stop() error {
	_ = c.in.Close() // the child ends with its input
	return c.command.Wait()
}
