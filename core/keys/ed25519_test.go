package keys_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

var (
	edP = new(big.Int).Sub(new(big.Int).Lsh(one, 255), big.NewInt(19))
	edD = new(big.Int).Mod(new(big.Int).Mul(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), edP)), edP)
)

// point is a point of edwards25519 in affine coordinates. The tests compute orders with it independently.
type point struct{ x, y *big.Int }

func (a point) add(b point) point {
	mul := func(ns ...*big.Int) *big.Int {
		product := big.NewInt(1)
		for _, n := range ns {
			product.Mod(product.Mul(product, n), edP)
		}
		return product
	}
	k := mul(edD, a.x, b.x, a.y, b.y)
	over := func(n, d *big.Int) *big.Int { return mul(n.Mod(n, edP), d.ModInverse(d.Mod(d, edP), edP)) }
	return point{
		over(new(big.Int).Add(mul(a.x, b.y), mul(a.y, b.x)), new(big.Int).Add(one, k)),
		over(new(big.Int).Add(mul(a.y, b.y), mul(a.x, b.x)), new(big.Int).Sub(one, k)),
	}
}

// decoded returns nil if there is no such point.
func decoded(y *big.Int) *point {
	y2 := new(big.Int).Mul(y, y)
	d := new(big.Int).Add(new(big.Int).Mul(edD, y2), one)
	x2 := new(big.Int).Mul(new(big.Int).Sub(y2, one), d.ModInverse(d.Mod(d, edP), edP))
	x := x2.ModSqrt(x2.Mod(x2, edP), edP)
	if x == nil {
		return nil
	}
	return &point{x, new(big.Int).Mod(y, edP)}
}

func encoding(y *big.Int, sign byte) ed25519.PublicKey {
	data := y.FillBytes(make([]byte, 32))
	slices.Reverse(data)
	data[31] |= sign << 7
	return data
}

// smallOrders returns the y coordinates of the points whose order divides 8.
func smallOrders(t testing.TB) (all []*big.Int) {
	t.Helper()
	l, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	l.Add(l, new(big.Int).Lsh(one, 252))
	for y := int64(3); ; y++ {
		p := decoded(big.NewInt(y))
		if p == nil {
			continue
		}
		torsion := point{big.NewInt(0), big.NewInt(1)}
		for i := l.BitLen() - 1; i >= 0; i-- {
			if torsion = torsion.add(torsion); l.Bit(i) == 1 {
				torsion = torsion.add(*p)
			}
		}
		sum := torsion
		all = all[:0]
		for range 8 {
			if !slices.ContainsFunc(all, func(y *big.Int) bool { return y.Cmp(sum.y) == 0 }) {
				all = append(all, sum.y)
			}
			sum = sum.add(torsion)
		}
		if len(all) == 5 { // the point has order 8: 1, -1, 0 and two more
			return all
		}
	}
}

func TestEd25519Points(t *testing.T) {
	bad := map[string][]ed25519.PublicKey{}
	add := func(says string, y *big.Int) {
		bad[says] = append(bad[says], encoding(y, 0), encoding(y, 1))
	}
	small := smallOrders(t)
	require.Len(t, small, 5)
	for _, y := range small {
		add("small order", y)
	}
	for i := int64(0); i < 19; i++ { // all encodings that are not canonical
		add("canonical form", new(big.Int).Add(edP, big.NewInt(i)))
	}
	for y, found := int64(2), 0; found < 20; y++ {
		if decoded(big.NewInt(y)) == nil {
			add("not a point on its curve", big.NewInt(y))
			found++
		}
	}
	for says, all := range bad {
		for _, k := range all {
			_, err := keys.Public("id", k)
			assert.ErrorContains(t, err, says, hex.EncodeToString(k))
			_, err = keys.ParsePEM("id", []byte(pkix(t, k)))
			assert.ErrorContains(t, err, says)
			found, skipped, err := keys.ParseJWKS(must(json.Marshal(jwkOKP(object{"x": b64(k)}))))
			require.NoError(t, err)
			assert.Empty(t, found)
			assert.ErrorContains(t, skipped[0], says)
		}
	}
	for range 100 {
		public, _ := must2(ed25519.GenerateKey(testRand))
		_, err := keys.Public("id", public)
		require.NoError(t, err)
	}
	for y, found := int64(2), 0; found < 20; y++ { // points with small coordinates are sound
		if decoded(big.NewInt(y)) != nil {
			_, err := keys.Public("id", encoding(big.NewInt(y), 1))
			assert.NoError(t, err)
			found++
		}
	}
}
