package jws

// Signed is a token with any text as what was signed, so that vectors for the bare signatures can be checked.
func Signed(algorithm, text string, signature []byte) *Token {
	return &Token{Header: Header{Algorithm: algorithm}, signed: text, signature: segment{decoded: signature, ready: true}}
}

// Parse is Token.Parse for a token of its own, with a signature that can be read.
func Parse(text string) (*Token, error) {
	t := new(Token)
	if err := t.Parse(text, nil); err != nil {
		return t, err
	}
	_, err := t.Signature()
	return t, err
}

// Len is the number of headers that are remembered.
func (h *Headers) Len() int { return len(*h.known.Load()) }
