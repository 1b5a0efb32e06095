package keys

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// plainText is data as text, without a byte order mark and space around it. The error says what it is where it is not text.
func plainText(data []byte) (string, error) {
	if order := utf16Order(data); order != nil {
		if err := findPrivate(unescape.Replace(decodeUTF16(data, order))); err != nil {
			return "", err
		}
		return "", asText.advice("text in UTF-16", "iconv -f UTF-16 -t UTF-8 FILE > NEW")
	}
	if err := adviceForBinary(data); err != nil {
		return "", err
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	switch {
	case len(text) == 0:
		return "", unreadable{errors.New("keys: it is empty")}
	case bytes.IndexByte(text, 0) >= 0, !utf8.Valid(text) && !bytes.Contains(text, []byte(begin)):
		if err := findPrivate(string(text)); err != nil {
			return "", err
		}
		return "", unreadable{errors.New("keys: it is not text, and not a key in any form that is known here")}
	}
	return string(text), nil
}

// adviceForBinary knows DER by its structure, and keystores by their first bytes.
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
	if _, _, _, ok := names(data); ok {
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

// utf16Order is the byte order of a text in UTF-16: by its mark, or by the zeros that the letters of PEM and JSON have there.
func utf16Order(data []byte) binary.ByteOrder {
	switch {
	case len(data) < 4:
		return nil
	case data[0] == 0xff && data[1] == 0xfe, data[0] != 0 && data[1] == 0 && data[2] != 0 && data[3] == 0:
		return binary.LittleEndian
	case data[0] == 0xfe && data[1] == 0xff, data[0] == 0 && data[1] != 0 && data[2] == 0 && data[3] != 0:
		return binary.BigEndian
	}
	return nil
}

func decodeUTF16(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}
