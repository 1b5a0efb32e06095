package main

// scaleText is the page of a whole measurement. Its arguments are the size of a token, its claims, the goals, both tables and the
// machine.
const scaleText = `# Many users

Written by "go run . -scale" in this directory. "go run . -users 200000 -claims 12" measures your own numbers.

Each user has a token of its own, signed with EdDSA: %d characters and %d claims. All users have sent a request before. Then
requests are timed one by one, each from a random user: all are equally likely, or as likely as Zipf's law says. The time is the
mean without the slowest thousandth. Ours has its default settings and an Observer, which counts the signatures that are checked.
The heap is what is live after all users have sent a request, beyond what was live before the service was made. The peak is the
most that the heap had until then, with garbage, while the memory of the service grew: half of it or more is garbage that the
collector has not freed yet. The time of the collector is that of all cores. A pause is a time in which it stops the program.
99 of 100 during the timed requests were not longer than shown. It is the upper end of a range, and grows when other programs
use the machine.

![The time of a request by the number of users](scale.svg)

%s
%s
## On more than one core

As many goroutines as cores send requests one after the other, each from a random user, all equally likely. The tokens of 1,000
users are in the first tier, which keeps whole tokens. Those of 100,000 are nearly all in the second, which has a digest of each.
A process has only so many cores, and also collects its garbage on them. Rows without a library show how far the framework and the
load itself speed up.

%s
## The machine

%s
`
