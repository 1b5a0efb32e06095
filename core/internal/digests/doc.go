// Package digests remembers texts that were found good, such as verified tokens, by a keyed digest of each. It stores neither the
// texts nor anything that was read from them.
//
// A digest is made in two steps. [Hasher.Sum] is HMAC-SHA-256 (RFC 2104) of a number, which stands for the rules that the text
// was checked against, and of the whole text. [Sum.Digest] is SHA-256 of that sum and of the fingerprint of the key that verified
// the text, cut to its first 128 bits. So an entry is for one set of rules, one text and one key. If one of the three differs,
// the entry is not found.
//
// A [Mark] says in which places of the set a digest can be. It is a keyed hash of 64 bits, of the rules and the end of the text,
// and costs a fraction of a digest. The set keeps 31 of its bits with each entry. [Set.MayHave] compares them first, so that a
// forged text costs no digest, unless it ends like a remembered one. Nothing is found by its mark alone: texts with equal marks
// cost a digest each, or take each other's places, so that their signatures are verified again.
//
// # Why a digest is enough
//
// A text that was never verified is taken for a verified one only if its digest is equal to one in the set.
//
// Length: 128 bits are half of the output of the hash, the minimum that RFC 2104, section 5 recommends. An attacker must hit one
// of the digests in the set, of which there are at most 2^21. A text does so with a probability of 2^21/2^128 = 2^-107. Whoever
// sends a million texts per second for a year, 2^45 texts, succeeds with a probability of 2^-62. Two verified texts with the same
// digest do no harm, because both are good. So the birthday bound does not apply. It would be low, too: among 2^20 random digests
// two are equal with a probability of 2^40/2^129 = 2^-89, and among 2^30 with 2^-69. A hash of 64 bits, such as SipHash or that
// of package maphash, is not enough: 2^45 texts would hit one of 2^21 entries with a probability near 1.
//
// Key: the key of HMAC is random, and each process makes its own. Neither the key nor a digest leaves the process. So nobody else
// can compute digests, or search for equal ones except by sending texts. HMAC stays a pseudorandom function even if
// collisions of its hash are found (Bellare, "New Proofs for NMAC and HMAC: Security without Collision-Resistance", CRYPTO 2006).
// The second step hashes 64 bytes, the first half of which is the sum, a secret that differs for each text.
//
// Time: a lookup compares words of digests, and may take longer if one of them is equal. This does not help to find a text with a
// certain digest, because nobody can choose the digest of a text. The time of an answer shows whether a text is in the set.
// Whoever has the text can also see that it is accepted.
//
// # Memory
//
// An entry takes 24 bytes, with 31 bits of its mark, and has no pointer that the garbage collector would follow. The set
// consists of 1,024 tables, each with a lock of its own. A table is empty at first, and doubles when a new entry finds no place.
// At most 1,024 entries move at once, while the other tables are in use. So each table that grows needs at most 24 KiB more then
// than afterwards, apart from memory that waits for the garbage collector. While the set has entries, a timer drops once a
// minute those whose end has passed, and makes tables smaller that are less than a quarter full.
package digests
