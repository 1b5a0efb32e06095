package keys

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// plainText returns data as text, without a byte order mark and surrounding white space. If data is not text, the error says what
// it is.
func plainText(data []byte) (string, error) {
	if wide := wideEncodingOf(data); wide != nil {
		text := unescape.Replace(wide.decode(data))
		toUTF8 := "iconv -f " + wide.name + " -t UTF-8 FILE"
		switch err := findPrivate(text); {
		case err != nil && strings.Contains(text, begin):
			return "", privateKey("in "+wide.name, asText, toUTF8+" | openssl pkey -pubout -out name.pub")
		case err != nil:
			return "", ErrPrivateKey
		}
		return "", asText.advice("text in "+wide.name, toUTF8+" > NEW")
	}
	if err := adviceForBinary(data); err != nil {
		return "", err
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	switch {
	case len(text) == 0:
		return "", unreadable{errors.New("keys: the input is empty")}
	case bytes.IndexByte(text, 0) >= 0, !utf8.Valid(text) && !bytes.Contains(text, []byte(begin)):
		if err := findPrivate(string(text)); err != nil {
			return "", err
		}
		return "", unreadable{errors.New("keys: the input is not text, and not a key in a known form")}
	}
	return string(text), nil
}

// adviceForBinary returns an error that says what data is, if it is DER or a Java keystore. It recognizes DER by its structure,
// and a keystore by its first bytes.
func adviceForBinary(data []byte) error {
	switch {
	case bytes.HasPrefix(data, []byte("\xfe\xed\xfe\xed")), bytes.HasPrefix(data, []byte("\xce\xce\xce\xce")):
		return asText.advice("a Java keystore", "keytool -exportcert -rfc -keystore FILE -alias ALIAS -file name.crt")
	case len(data) == 0 || data[0] != 0x30:
		return nil
	}
	e, ok := sequence(data)
	if !ok {
		if beginsPrivate(data) {
			return ErrPrivateKey
		}
		return nil
	}
	if _, _, _, ok := certificateNames(data); ok {
		return asDER.advice("a certificate in binary DER", "openssl x509%s -in FILE -out name.crt")
	}
	switch e.shape {
	case "SB":
		return asDER.advice("a key in binary DER", "openssl pkey -pubin%s -in FILE -out name.pub")
	case "II":
		return asDER.advice("an RSA key in binary DER", "openssl rsa -RSAPublicKey_in%s -in FILE -out name.pub")
	}
	if _, err := parseDER(data, asDER); err != nil && !isUnreadable(err) {
		return err
	}
	return nil
}

// wideEncoding is a text encoding with several bytes per character.
type wideEncoding struct {
	name  string // as iconv knows it
	order binary.ByteOrder
	size  int // of a code unit in bytes
}

// wideEncodingOf returns the encoding of data, or nil if it is not wide. It recognizes the encoding by the byte order mark, or by
// the zero bytes of the first ASCII characters.
func wideEncodingOf(data []byte) *wideEncoding {
	zeros := ""
	for _, b := range data[:min(len(data), 8)] {
		zeros += map[bool]string{true: "0", false: "x"}[b == 0]
	}
	begins := func(mark string) bool { return bytes.HasPrefix(data, []byte(mark)) }
	switch {
	case begins("\xff\xfe\x00\x00"):
		return &wideEncoding{"UTF-32", binary.LittleEndian, 4}
	case begins("\x00\x00\xfe\xff"):
		return &wideEncoding{"UTF-32", binary.BigEndian, 4}
	case len(data) < 4:
		return nil
	case begins("\xff\xfe"):
		return &wideEncoding{"UTF-16", binary.LittleEndian, 2}
	case begins("\xfe\xff"):
		return &wideEncoding{"UTF-16", binary.BigEndian, 2}
	case strings.HasPrefix(zeros, "x000x000"):
		return &wideEncoding{"UTF-32LE", binary.LittleEndian, 4}
	case strings.HasPrefix(zeros, "000x000x"):
		return &wideEncoding{"UTF-32BE", binary.BigEndian, 4}
	case strings.HasPrefix(zeros, "x0x0"):
		return &wideEncoding{"UTF-16LE", binary.LittleEndian, 2}
	case strings.HasPrefix(zeros, "0x0x"):
		return &wideEncoding{"UTF-16BE", binary.BigEndian, 2}
	}
	return nil
}

func (w *wideEncoding) decode(data []byte) string {
	if w.size == 4 {
		runes := make([]rune, len(data)/4)
		for i := range runes {
			runes[i] = rune(min(w.order.Uint32(data[4*i:]), utf8.MaxRune+1)) // an invalid rune becomes U+FFFD
		}
		return string(runes)
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = w.order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}
