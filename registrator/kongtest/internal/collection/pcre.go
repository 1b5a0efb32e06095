package collection

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

// invalidRegex returns Kong's message about an expression that PCRE2 refuses, or "".
func invalidRegex(expression string) string {
	if problem := badRegex(expression); problem != "" {
		return "invalid regex: '" + expression + "' (PCRE returned: pcre2_compile() failed: " + problem + ")"
	}
	return ""
}

// pcreMessages holds PCRE2's messages for the errors of package regexp that PCRE2 reports, too. Syntax that only package regexp
// refuses, such as a lookahead, has no entry, because PCRE2 accepts it.
var pcreMessages = map[syntax.ErrorCode]string{
	syntax.ErrMissingParen:          "missing closing parenthesis",
	syntax.ErrUnexpectedParen:       "unmatched closing parenthesis",
	syntax.ErrMissingBracket:        "missing terminating ] for character class",
	syntax.ErrMissingRepeatArgument: "quantifier does not follow a repeatable item",
	syntax.ErrInvalidCharRange:      "range out of order in character class",
	syntax.ErrTrailingBackslash:     "\\ at end of pattern",
	syntax.ErrInvalidRepeatSize:     "numbers out of order in {} quantifier",
}

// badRegex returns PCRE2's message about an expression, or "".
func badRegex(expression string) string {
	_, err := regexp.Compile(expression)
	var parse *syntax.Error
	if !errors.As(err, &parse) {
		return ""
	}
	message, known := pcreMessages[parse.Code]
	if !known {
		return ""
	}
	message += " in " + `"` + expression + `"`
	switch parse.Code {
	case syntax.ErrUnexpectedParen: // PCRE2 quotes the text from the error to the end
		depth := 0
		for i := range len(expression) {
			switch expression[i] {
			case '(':
				depth++
			case ')':
				if depth--; depth < 0 {
					return message + ` at "` + expression[i:] + `"`
				}
			}
		}
	case syntax.ErrMissingRepeatArgument, syntax.ErrInvalidCharRange, syntax.ErrInvalidRepeatSize:
		// PCRE2 quotes the text after the error.
		if i := strings.Index(expression, parse.Expr); i >= 0 && i+len(parse.Expr) < len(expression) {
			return message + ` at "` + expression[i+len(parse.Expr):] + `"`
		}
	}
	return message
}

// isRegex accepts a regular expression that PCRE2 accepts.
func isRegex(value any) string {
	if badRegex(value.(string)) != "" {
		return "not a valid regex: " + value.(string)
	}
	return ""
}
