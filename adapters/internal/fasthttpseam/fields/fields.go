// Package fields reads the header fields and the target of a request as they were sent. fasthttp itself drops some of them and
// adds others.
package fields

import (
	"bytes"
	"strings"

	"github.com/valyala/fasthttp"
)

// Lines returns the values of all lines of a header field. What middleware in front has set or deleted counts, and no line that
// was sent is hidden. The values lie in the memory of header. They are valid until a field of header is read again.
//
// fasthttp keeps one line of some fields, and a changed form of others. And it adds the trailers of a chunked body to the
// headers. A field that middleware has added cannot be told from a trailer, so with a chunked body Lines returns no more lines
// than were sent.
func Lines(header *fasthttp.RequestHeader, name string) [][]byte {
	var buffer [4][]byte // large enough for what clients usually send
	kept := header.PeekAll(name)
	switch name {
	case "User-Agent", "Content-Type":
		return lastKept(kept, AppendSent(buffer[:0], header, name))
	case "Cookie":
		return cookies(kept, AppendSent(buffer[:0], header, name))
	case "Connection": // fasthttp keeps "close" as a flag, which HTTP/1.0 sets, too
		return append(kept[:0], AppendSent(buffer[:0], header, name)...)
	}
	if len(kept) > 0 && InChunks(header) {
		return kept[:min(len(kept), len(AppendSent(buffer[:0], header, name)))]
	}
	return kept
}

// Strings returns what Lines returns as strings in the same memory.
func Strings(header *fasthttp.RequestHeader, name string) []string {
	values := Lines(header, name)
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = unsafeString(value)
	}
	return all
}

// lastKept returns the values of a field of which fasthttp keeps the last line, unless it is empty. If the kept line is not the
// last one that was sent, middleware has set or deleted the field, and kept counts.
func lastKept(kept, sent [][]byte) [][]byte {
	var value []byte
	if len(kept) > 0 {
		value = kept[0]
	}
	if len(sent) == len(kept) || len(sent) == 0 || !begins(sent[len(sent)-1], value) {
		return kept
	}
	return append(kept[:0], sent...)
}

// cookies returns the values of the Cookie field, of which fasthttp makes one line as soon as middleware has read a cookie. They
// are the lines that were sent, or that one line if middleware has changed a cookie.
func cookies(kept, sent [][]byte) [][]byte {
	if len(kept) != 1 || len(sent) == 1 && bytes.Equal(kept[0], sent[0]) {
		return kept // fasthttp has kept the lines apart, or there is only one
	}
	switch {
	case sameCookies(kept[0], sent):
		return append(kept[:0], sent...)
	case len(kept[0]) == 0: // no cookie was sent, or middleware has deleted all
		return kept[:0]
	}
	return kept
}

// sameCookies reports whether fasthttp makes line of the lines that were sent.
func sameCookies(line []byte, sent [][]byte) bool {
	var header fasthttp.RequestHeader
	for _, value := range sent {
		header.Set("Cookie", unsafeString(value))
	}
	return bytes.Equal(header.Peek("Cookie"), line)
}

// InChunks reports whether the body was sent in chunks, so that it may have trailers.
func InChunks(header *fasthttp.RequestHeader) bool {
	var buffer [4][]byte
	return header.ContentLength() != -2 && // -2: there is no body
		len(AppendSent(buffer[:0], header, "Transfer-Encoding")) > 0
}

// AppendSent appends the values of all lines of one field in the header section as it was sent, and returns the extended slice.
// Where a value continues in the next line, spaces take the place of the line break (RFC 9112, section 5.2): AppendSent writes
// them into the memory of header.
func AppendSent(dst [][]byte, header *fasthttp.RequestHeader, name string) [][]byte {
	raw, from, found := header.RawHeaders(), 0, false
	for start, end := 0, 0; start < len(raw); start = end {
		end = len(raw)
		if i := bytes.IndexByte(raw[start:], '\n'); i >= 0 {
			end = start + i + 1
		}
		line := raw[start:end]
		if blank(line[0]) {
			if found { // the line continues the last value
				raw[start-1] = ' '
				if raw[start-2] == '\r' {
					raw[start-2] = ' '
				}
				dst[len(dst)-1] = bytes.Trim(raw[from:end], " \t\r\n")
			}
			continue
		}
		colon := bytes.IndexByte(line, ':')
		if found = colon >= 0 && strings.EqualFold(unsafeString(line[:colon]), name); found {
			from = start + colon + 1
			dst = append(dst, bytes.Trim(raw[from:end], " \t\r\n"))
		}
	}
	return dst
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// begins reports whether sent, a value as it was sent, begins with kept, the value that fasthttp has. An empty kept matches only
// an empty sent. The comparison skips white space, which fasthttp changes in folded lines. It does not compare the whole value:
// where middleware has iterated over the fields with AllInOrder, fasthttp has moved sent in its memory, and sent has additional
// bytes at its end.
func begins(sent, kept []byte) bool {
	if len(kept) == 0 {
		return len(sent) == 0
	}
	for {
		sent, kept = bytes.TrimLeft(sent, " \t\r\n"), bytes.TrimLeft(kept, " \t\r\n")
		if len(sent) == 0 || len(kept) == 0 {
			return len(kept) == 0
		}
		if sent[0] != kept[0] {
			return false
		}
		sent, kept = sent[1:], kept[1:]
	}
}
