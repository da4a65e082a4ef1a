package mock_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

func TestMain(m *testing.M) {
	if os.Getenv("MOCK_TEST_CHILD") != "" {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

// play makes a Server of a document's text, or of one that comes with Specimen when the text is its name.
func play(t testing.TB, text string, cfg mock.Config) *mock.Server {
	t.Helper()
	s, err := mock.New(document(t, text), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func document(t testing.TB, text string) *spec.Document {
	t.Helper()
	var doc *spec.Document
	var err error
	if !strings.Contains(text, "\n") {
		doc, err = spec.Builtin(text)
	} else {
		doc, err = spec.Parse("test.yaml", []byte(text))
	}
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// builtins gives the documents that come with Specimen.
func builtins(t testing.TB) []*spec.Document {
	var out []*spec.Document
	for _, name := range spec.Builtins() {
		out = append(out, document(t, name))
	}
	return out
}

// answer is what came back, with its body read.
type answer struct {
	*http.Response
	body string
}

// ask sends "METHOD /path", with headers as "Name: value" and a body after an empty string; a body is JSON unless a
// header says otherwise. Every answer is held against the document.
func ask(t testing.TB, s *mock.Server, line string, more ...string) answer {
	t.Helper()
	method, target, _ := strings.Cut(line, " ")
	var body io.Reader
	headers := http.Header{}
	for i, text := range more {
		if text == "" {
			body = strings.NewReader(strings.Join(more[i+1:], ""))
			if headers.Get("Content-Type") == "" {
				headers.Set("Content-Type", "application/json")
			}
			break
		}
		name, v, _ := strings.Cut(text, ": ")
		headers.Add(name, v)
	}
	r := httptest.NewRequest(method, target, body)
	for name, values := range headers {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	res := w.Result()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{res, string(data)}
	hold(t, s, r, a)
	return a
}

// hold judges an answer by the document, where the document speaks of its status.
func hold(t testing.TB, s *mock.Server, r *http.Request, a answer) {
	t.Helper()
	if a.StatusCode == http.StatusNotImplemented || strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json") {
		return
	}
	for _, doc := range s.Documents() {
		op := doc.Operation(a.Header.Get("Specimen-Operation"))
		if op == nil || op.Response(a.StatusCode) == nil {
			continue
		}
		res := *a.Response
		res.Request = r
		res.Body = io.NopCloser(strings.NewReader(a.body))
		for _, p := range op.CheckResponse(&res) {
			if p.Severity == spec.Error {
				t.Errorf("%s %s: the answer breaks the document: %s", r.Method, r.URL, p)
			}
		}
	}
}

// at gives what stands at a pointer of the answer's JSON, as JSON text; "absent" when nothing does.
func (a answer) at(t testing.TB, pointer string) string {
	t.Helper()
	v, err := value.Parse([]byte(a.body))
	if err != nil {
		t.Fatalf("the answer is no JSON: %v: %s", err, a.body)
	}
	x, ok := value.Pointer(v, pointer)
	if !ok {
		return "absent"
	}
	if s, ok := x.(string); ok {
		return s
	}
	return string(value.Append(nil, x))
}

func (a answer) source() string { return a.Header.Get("Specimen-Source") }
