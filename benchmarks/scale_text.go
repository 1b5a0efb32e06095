package main

// scaleText is the format of the page. Its arguments are the size of a token, the number of its claims, the goals, both tables
// and the machine.
const scaleText = `# Many users

Written by "go run . -scale" in this directory. "go run . -users 200000 -claims 12" measures other numbers.

Each user has their own token, signed with EdDSA: %d characters and %d claims. First, all users send a request, or one user
if there are more than 10,000 and the stack remembers nothing. Then requests are timed one by one, each from a random user: all
users are equally likely, or follow Zipf's law. Before each, its token is copied to where the one before was, as a server reads
requests into its buffers. The time is the mean without the slowest thousandth. Ours has its default settings
and an Observer, which counts the signatures that are checked.

The heap is what is live after these first requests, beyond what was live before the service was made. The peak is the largest
heap until then, including garbage, while the memory of the service grew: half of it or more is garbage that the collector
has not freed yet. The time of the collector is that of all cores. A pause is a time in which the collector stops the program. The
table has the 99th percentile of the pauses during the timed requests, as the upper end of a range. It grows when other programs
use the machine.

![The time of a request by the number of users](scale.svg)

%s
%s
## On more than one core

As many goroutines as cores send requests one after the other, each from a random user, all equally likely. The tokens of 1,000
users are all in the cache. Nearly all tokens of 100,000 users are found by their digests, and their claims are read again. A
process has only so many cores, and also collects its garbage on them. Rows without a library show how far the framework and the
load itself speed up.

%s
## The machine

%s
`
