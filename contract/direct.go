package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// Direct gives a client whose requests go to the handler without a network. A panic of the handler is the request's
// error. It keeps the rules of a net/http server: no body with 204, 304 or to HEAD, and a Content-Type where none is set.
func Direct(h http.Handler) *http.Client {
	return &http.Client{Transport: direct{h}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type direct struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	in := r.Clone(ctx)
	in.RequestURI = r.URL.RequestURI()
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.URL.Scheme, in.URL.Host, in.URL.User = "", "", nil
	in.RemoteAddr = "192.0.2.1:1234" // RFC 5737: an address for documentation
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &recorder{request: r, header: http.Header{}}
	done := make(chan error, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					done <- io.ErrUnexpectedEOF
					return
				}
				done <- fmt.Errorf("the handler panics: %v", v)
			}
		}()
		d.handler.ServeHTTP(w, in)
		done <- nil
	}()
	select {
	case err := <-done:
		cancel()
		if r.Body != nil {
			r.Body.Close()
		}
		if err != nil {
			return nil, err
		}
		return w.response()
	case <-ctx.Done():
		cancel()
		return nil, r.Context().Err()
	}
}

// recorder is the ResponseWriter of a request that goes nowhere.
type recorder struct {
	request *http.Request

	mu     sync.Mutex
	header http.Header
	sent   http.Header // as it was when the status was written
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(status)
}

func (w *recorder) writeHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("status %d cannot be written", status))
	}
	if w.status != 0 || status < 200 && status != http.StatusSwitchingProtocols {
		return
	}
	w.status = status
	w.sent = w.header.Clone()
}

func (w *recorder) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status == 0 {
		w.writeHeader(http.StatusOK)
	}
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	if w.body.Len() == 0 && w.sent.Get("Content-Type") == "" && w.sent["Content-Type"] == nil && w.sent.Get("Content-Encoding") == "" && len(p) > 0 {
		w.sent.Set("Content-Type", http.DetectContentType(p))
	}
	if w.request.Method == http.MethodHead {
		return len(p), nil
	}
	return w.body.Write(p)
}

// Flush implements http.Flusher; there is nothing to wait for.
func (w *recorder) Flush() { w.WriteHeader(http.StatusOK) }

func (w *recorder) response() (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status == 0 {
		w.writeHeader(http.StatusOK)
	}
	body := w.body.Bytes()
	if n, err := strconv.Atoi(w.sent.Get("Content-Length")); err == nil && n > len(body) && w.request.Method != http.MethodHead && w.status != http.StatusNotModified {
		return nil, fmt.Errorf("the body ends after %d bytes, Content-Length says %d: %w", len(body), n, io.ErrUnexpectedEOF)
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: w.request,
	}, nil
}
