package kongtest

var protocols = []any{"grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp"}

// head returns the fields that all collections begin with.
func head(seconds automatic) []field {
	stamp := anInteger
	if seconds == autoMillis {
		stamp = aNumber
	}
	return []field{
		{name: "id", kind: aString, auto: autoID, checks: []check{isUUID}},
		{name: "created_at", kind: stamp, auto: seconds, checks: []check{isTimestamp}},
		{name: "updated_at", kind: stamp, auto: seconds, checks: []check{isTimestamp}},
	}
}

func tagsField(v3 bool) field {
	return field{name: "tags", kind: aSet, elem: &field{kind: aString, checks: []check{isTag(v3)}}}
}

// headSince3 leaves out updated_at, which upstreams, targets and plugins did not have before Kong 3.
func headSince3(v3 bool, seconds automatic) []field {
	if v3 {
		return head(seconds)
	}
	return head(seconds)[:2]
}
