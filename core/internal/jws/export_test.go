package jws

// Signed is a token with any text as what was signed, so that vectors for the bare signatures can be checked.
func Signed(algorithm, text string, signature []byte) *Token {
	return &Token{Header: Header{Algorithm: algorithm}, signed: text, signature: signature}
}

// Parse is Token.Parse for a token of its own.
func Parse(text string) (*Token, error) {
	t := new(Token)
	return t, t.Parse(text, nil)
}
