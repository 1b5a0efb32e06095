package registrator_test

import "os"

// long reports whether MICROKUBES_LONG=1 asks for the tests at their full size, which takes minutes. What they check is the
// same at the size of every day; they only try it more often:
//
//   - TestSimulation: 1,000 runs, 60 with the race detector; otherwise 40, 12 with it
//   - TestStoppedAtAnyRequest: every request; otherwise every third with the race detector
//   - TestContextEndsInsideAGoodAnswer: every kind of trouble; otherwise one of each sort
//   - TestManyLongSecrets: 20 secrets of 64 KiB; otherwise 4
//   - TestThousandRegistrations: 1,000 registrations; otherwise 200
//   - TestRegisterDuringADeregistrationStorm: 2 seconds on each gateway; otherwise half a second on those of the process
func long() bool { return os.Getenv("MICROKUBES_LONG") == "1" }
