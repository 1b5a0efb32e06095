// Package fields reads the header fields and the target of a request as they were sent, where fasthttp keeps less or more.
package fields

import (
	"bytes"
	"strings"

	"github.com/gofiber/fiber/v2/utils"
	"github.com/valyala/fasthttp"
)

// Lines returns the values of all lines of a header field, as they were sent and as a middleware in front left them: what
// it set or deleted is seen, and no line that was sent is hidden. The values lie in the memory of header, and are valid
// until its fields are looked at again.
//
// fasthttp keeps one line of some fields, and of others no more than what it made of them. And it adds the trailers of a
// body in chunks to the headers, where they would pass for them. What a middleware adds there cannot be told from a trailer,
// so with such a body only fields that were sent are seen.
func Lines(header *fasthttp.RequestHeader, name string) [][]byte {
	var room [4][]byte // that is enough for what clients send
	kept := header.PeekAll(name)
	switch name {
	case "User-Agent", "Content-Type":
		return lastKept(kept, AppendSent(room[:0], header, name))
	case "Cookie":
		return cookies(kept, AppendSent(room[:0], header, name))
	case "Connection": // "close" is kept as a flag, which HTTP/1.0 sets, too
		return append(kept[:0], AppendSent(room[:0], header, name)...)
	}
	if len(kept) > 0 && InChunks(header) {
		return kept[:min(len(kept), len(AppendSent(room[:0], header, name)))]
	}
	return kept
}

// Strings is Lines as strings in the same memory.
func Strings(header *fasthttp.RequestHeader, name string) []string {
	values := Lines(header, name)
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = utils.UnsafeString(value)
	}
	return all
}

// lastKept is for a field of which fasthttp keeps the last line, and no empty one. Where that is not the last one sent, a
// middleware has set or deleted the field.
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

// cookies is for the field that fasthttp makes one line of as soon as a middleware has asked for a cookie. It is given as it
// was sent until a middleware has changed a cookie, and then as that one line.
func cookies(kept, sent [][]byte) [][]byte {
	if len(kept) != 1 || len(sent) == 1 && bytes.Equal(kept[0], sent[0]) {
		return kept // each line by itself, or nothing to tell apart
	}
	switch {
	case sameCookies(kept[0], sent):
		return append(kept[:0], sent...)
	case len(kept[0]) == 0: // there is no cookie, or all were deleted
		return kept[:0]
	}
	return kept
}

// sameCookies reports whether line is what fasthttp makes of the lines that were sent.
func sameCookies(line []byte, sent [][]byte) bool {
	var header fasthttp.RequestHeader
	for _, value := range sent {
		header.Set("Cookie", utils.UnsafeString(value))
	}
	return bytes.Equal(header.Peek("Cookie"), line)
}

// InChunks reports whether the body was sent in chunks, so that there may be trailers.
func InChunks(header *fasthttp.RequestHeader) bool {
	var room [4][]byte
	return header.ContentLength() != -2 && // -2: there is no body
		len(AppendSent(room[:0], header, "Transfer-Encoding")) > 0
}

// AppendSent appends the values of one field in the header section as it was sent. A value that goes on in the next line has
// spaces there in place of the line break (RFC 9112, section 5.2).
func AppendSent(dst [][]byte, header *fasthttp.RequestHeader, name string) [][]byte {
	raw, from, ours := header.RawHeaders(), 0, false
	for start, end := 0, 0; start < len(raw); start = end {
		end = len(raw)
		if i := bytes.IndexByte(raw[start:], '\n'); i >= 0 {
			end = start + i + 1
		}
		line := raw[start:end]
		if line[0] == ' ' || line[0] == '\t' {
			if ours {
				raw[start-1] = ' '
				if raw[start-2] == '\r' {
					raw[start-2] = ' '
				}
				dst[len(dst)-1] = bytes.Trim(raw[from:end], " \t\r\n")
			}
			continue
		}
		colon := bytes.IndexByte(line, ':')
		if ours = colon >= 0 && strings.EqualFold(utils.UnsafeString(line[:colon]), name); ours {
			from = start + colon + 1
			dst = append(dst, bytes.Trim(raw[from:end], " \t\r\n"))
		}
	}
	return dst
}

// begins reports whether a field value as it was sent begins with the one that was kept, which is empty only where the other
// one is. It compares without white space, which fasthttp changes where a line was folded. Where a middleware has gone through
// the fields with AllInOrder, what was sent has moved in its place then, and has more at its end.
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
