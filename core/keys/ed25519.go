package keys

import (
	"crypto/ed25519"
	"errors"
	"math/big"
	"slices"
)

// The field and the curve of Ed25519 (RFC 8032, section 5.1).
var (
	edP = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	edD = number("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3")

	// smallOrder lists the y coordinates of the eight points whose order divides 8. Anybody can make signatures that verify
	// under them, without a private key.
	smallOrder = []*big.Int{
		big.NewInt(0), big.NewInt(1), new(big.Int).Sub(edP, big.NewInt(1)),
		number("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"),
		number("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),
	}
)

func number(hex string) *big.Int {
	n, _ := new(big.Int).SetString(hex, 16)
	return n
}

// checkEd25519 decodes the point (RFC 8032, section 5.1.3) and refuses a key that is not a point in canonical form, or is a point
// of small order. crypto/ed25519 accepts any 32 bytes as a key.
func checkEd25519(k ed25519.PublicKey) error {
	if len(k) != ed25519.PublicKeySize {
		return errors.New("keys: an Ed25519 key must have 32 bytes")
	}
	encoded := slices.Clone(k)
	slices.Reverse(encoded)
	encoded[0] &= 0x7f // the sign of x
	y := new(big.Int).SetBytes(encoded)
	if y.Cmp(edP) >= 0 {
		return errors.New("keys: the Ed25519 key is not in its canonical form (RFC 8032, section 5.1.3)")
	}
	for _, small := range smallOrder {
		if y.Cmp(small) == 0 {
			return errors.New("keys: the Ed25519 key is a point of small order, for which anybody can sign")
		}
	}
	// x² = (y²-1) / (dy²+1) must have a root.
	y2 := new(big.Int).Mul(y, y)
	denominator := new(big.Int).Mul(edD, y2)
	denominator.Add(denominator, big.NewInt(1)).ModInverse(denominator, edP)
	x2 := y2.Sub(y2, big.NewInt(1))
	x2.Mul(x2, denominator).Mod(x2, edP)
	if big.Jacobi(x2, edP) != 1 {
		return errors.New("keys: the Ed25519 key is not a point on its curve")
	}
	return nil
}
