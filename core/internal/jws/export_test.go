package jws

// Signed is a token with any text as what was signed, so that vectors for the bare signatures can be checked.
func Signed(algorithm, text string, signature []byte) *Token {
	return &Token{Algorithm: algorithm, signed: text, signature: signature}
}
