package keys

import (
	"bytes"
	"encoding/asn1"
	"errors"
)

// pssParameters are the RSASSA-PSS-params of a key (RFC 4055, section 3.1).
type pssParameters struct {
	Hash    algorithm `asn1:"explicit,optional,tag:0"`
	Mask    algorithm `asn1:"explicit,optional,tag:1"`
	Salt    int       `asn1:"explicit,optional,tag:2,default:20"`
	Trailer int       `asn1:"explicit,optional,tag:3,default:1"`
}

type algorithm struct {
	Algorithm  asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

var oidMGF1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}

// pssHashes lists the hashes of PS256, PS384 and PS512, with their sizes in bytes.
var pssHashes = []struct {
	oid       asn1.ObjectIdentifier
	size      int
	algorithm string
}{
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, 32, "PS256"},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, 48, "PS384"},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, 64, "PS512"},
}

// pss returns a key of the kind id-RSASSA-PSS. The key is for the PS algorithms or, if its parameters name a hash, for the
// algorithm with that hash. The salt length in the parameters is the minimum for signatures. It may be smaller than the hash,
// since the salt in JWS is as long as the hash (RFC 7518, section 3.5).
func pss(info *spki) (*public, error) {
	key, err := pkcs1(info.PublicKey.Bytes)
	if err != nil {
		return nil, err
	}
	key.algorithms = []string{"PS256", "PS384", "PS512"}
	der := info.Algorithm.Parameters.FullBytes
	if len(der) == 0 {
		return key, nil
	}
	var p pssParameters
	if rest, err := asn1.Unmarshal(der, &p); err != nil || len(rest) > 0 {
		return nil, unreadable{errors.New("keys: the parameters of the RSASSA-PSS key cannot be parsed")}
	}
	for _, h := range pssHashes {
		if p.Hash.Algorithm.Equal(h.oid) && p.Mask.isMGF1(h.oid) && p.Salt >= 0 && p.Salt <= h.size && p.Trailer == 1 {
			key.algorithms = []string{h.algorithm}
			return key, nil
		}
	}
	return nil, errors.New("keys: the parameters of the RSASSA-PSS key do not fit PS256, PS384 or PS512 " +
		"(RFC 7518, section 3.5): make the key with SHA-256, SHA-384 or SHA-512 for both hashes")
}

func (a *algorithm) isMGF1(hash asn1.ObjectIdentifier) bool {
	var inner algorithm
	rest, err := asn1.Unmarshal(bytes.Clone(a.Parameters.FullBytes), &inner)
	return a.Algorithm.Equal(oidMGF1) && err == nil && len(rest) == 0 && inner.Algorithm.Equal(hash)
}
