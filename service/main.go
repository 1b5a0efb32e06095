package service

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Exit statuses of Main. A second signal ends the process with 128 and the number of the signal, as a shell shows it. Status 2 is
// that of a Go program that panicked.
const (
	exitStart = 1
	exitServe = 3
	exitStop  = 4
)

// sameSignal is how long after the first signal another one counts as the same.
const sameSignal = time.Second

// Main runs the service until the process gets SIGTERM, SIGINT, or SIGHUP if it is not ignored as under nohup(1), and ends the
// process:
//
//	0       it was told to stop, has left the gateway and completed all requests
//	1       it could not start: ErrStart
//	3       the server ended by itself: ErrServe
//	4       it was told to stop and something may be left, or requests were cut off: ErrStop
//	128+n   it got a second signal n while it stopped, and ended at once, without doing the rest
//
// Signals within a second of the first one count as one with it, because timeout(1) and others signal a process and its group. A
// write to a log that nobody reads any more fails, and does not end the process.
//
// The error is logged with Config.Logger. Main does not return, and deferred functions of its caller do not run.
func Main(config Config, build func(app *App) (Server, error)) {
	logger := config.Logger
	if logger == nil {
		logger = slog.Default()
	}
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // Notify would make nohup(1) ineffective
		signal.Notify(signals, syscall.SIGHUP)
	}
	// Without this, SIGPIPE ends a process whose log is piped to a program that has ended, while it is still registered.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		first, began := <-signals, time.Now()
		logger.Info("told to stop; a second signal ends the process at once", "signal", first.String())
		stop()
		second := <-signals
		for time.Since(began) < sameSignal {
			logger.Info("ignored a signal that came with the first one", "signal", second.String())
			second = <-signals
		}
		logger.Error("ended at once by a second signal; the gateway may still send requests here", "signal", second.String())
		os.Exit(signalStatus(second))
	}()
	err := Run(ctx, config, build)
	if err != nil {
		logger.Error(err.Error())
	}
	os.Exit(status(err))
}

// signalStatus returns the exit status of a process that a signal has ended.
func signalStatus(s os.Signal) int {
	if number, ok := s.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return exitStop
}

// status returns the exit status for an error of Run.
func status(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ErrServe):
		return exitServe
	case errors.Is(err, ErrStop):
		return exitStop
	}
	return exitStart
}
