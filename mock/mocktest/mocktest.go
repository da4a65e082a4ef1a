// Package mocktest serves an OpenAPI document for the length of a test, as the API would answer.
//
//	func TestRename(t *testing.T) {
//		api := mocktest.Serve(t, "capydb", mock.Config{})
//		client := capysdk.New(api.URL, "capy_live_active")
//		org, err := client.Rename(t.Context(), "org_active", "Acme Robotics")
//		// then: err, org, api.Calls()
//	}
//
// Each Server has memory of its own, so that parallel tests never meet, and the same Config gives the same answers,
// byte for byte, on every machine.
package mocktest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

// Server is a mock that listens on a loopback address. Calls and Reset are those of the mock.
type Server struct {
	*mock.Server
	URL string // "http://127.0.0.1:PORT", without a slash at its end; paths of the document follow

	listener *httptest.Server
}

// Client gives an HTTP client of its own for the Server; it is closed with it.
func (s *Server) Client() *http.Client { return s.listener.Client() }

// Serve plays a document: the name of one that comes with Specimen (capydb, octolens), else a file or URL. It listens
// on a free port until the test and its subtests end. A document or Config that cannot be played ends the test.
func Serve(t testing.TB, location string, cfg mock.Config) *Server {
	t.Helper()
	doc, err := load(t, location)
	if err != nil {
		t.Fatalf("mocktest: %v", err)
	}
	handler, err := mock.New(doc, cfg)
	if err != nil {
		t.Fatalf("mocktest: %v", err)
	}
	s := &Server{Server: handler, listener: httptest.NewServer(handler)}
	s.URL = s.listener.URL
	t.Cleanup(func() {
		s.listener.Close()
		if err := handler.Close(); err != nil {
			t.Errorf("mocktest: %v", err)
		}
	})
	return s
}

func load(t testing.TB, location string) (*spec.Document, error) {
	if slices.Contains(spec.Builtins(), location) {
		return spec.Builtin(location)
	}
	return spec.Load(t.Context(), location)
}
