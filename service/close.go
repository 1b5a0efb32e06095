package service

import (
	"fmt"
	"io"
)

// close releases what is left. It is called once, at the end.
func (r *run) close() {
	if r.listener != nil {
		r.listener.cut()
	} else if r.config.Listener != nil {
		_ = r.config.Listener.Close()
	}
	r.tell() // a failed start, too, has the time to stop for what is left
	r.closeStores()
	r.release()
}

// closeStores closes the key stores. When the time to stop ends, it gives up.
func (r *run) closeStores() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, store := range r.stores {
			if err := closeStore(store); err != nil {
				r.logger.Warn("a key store could not be closed", "error", err)
			}
		}
	}()
	select {
	case <-done:
	case <-r.end.Done():
		r.logger.Warn("a key store could not be closed in time")
	}
}

// closeStore closes a key store. A panic becomes an error: the store may be the nil pointer that a failed constructor returned.
func closeStore(store io.Closer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it panicked: %v", p)
		}
	}()
	return store.Close()
}
