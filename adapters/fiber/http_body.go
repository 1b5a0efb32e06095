package fibersec

import (
	"io"
	"net/http"
	"sync"
)

// httpBody is the body of a request: a copy, or what fasthttp streams. A stream ends with the handler, or with its first
// Flush, since the server uses it again; work that the handler left behind may read on and finds it closed.
type httpBody struct {
	mu       sync.Mutex
	reader   io.Reader
	streamed bool
	err      error
	atEnd    func() // has the trailers
}

func (b *httpBody) Read(p []byte) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	n, b.err = b.reader.Read(p)
	if b.err == io.EOF {
		b.atEnd()
	}
	return n, b.err
}

// Close ends the body for the handler.
func (b *httpBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = http.ErrBodyReadAfterClose
	}
	return nil
}

// release gives a stream back to the server.
func (b *httpBody) release() {
	if b.streamed {
		_ = b.Close()
	}
}
