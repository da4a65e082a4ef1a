package contract_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/contract"
	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

// Whatever is taken out of an answer or replaced in it, the run finds it where the schema does not allow it, and
// nothing where it does.
func TestEachSpoiledAnswerIsFoundAndNoOther(t *testing.T) {
	tokens := map[string]string{"capydb": "capy_live_active", "octolens": "ak_test_paid"}
	for _, name := range spec.Builtins() {
		doc, err := spec.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		book, err := fixtures.Open(doc, fixtures.Config{})
		if err != nil {
			t.Fatal(err)
		}
		server, err := mock.New(doc, mock.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		for _, op := range doc.Operations() {
			if op.Method != http.MethodGet {
				continue
			}
			t.Run(name+" "+op.ID, func(t *testing.T) {
				schema := op.Response(200).Content[0].Schema
				whole, err := book.Value(schema, spec.Response, op.ID, fixtures.Ask{})
				if err != nil {
					t.Fatal(err)
				}
				broken, kept := 0, 0
				for _, body := range variations(whole) {
					exit := 0
					if len(schema.Check(body, spec.Response)) > 0 {
						exit = 1
						broken++
					} else {
						kept++
					}
					h := spoil{server, value.Append(nil, body)}
					r, err := contract.Run(t.Context(), doc, contract.Config{Handler: h, Token: tokens[name], Only: []string{op.ID}})
					if err != nil {
						t.Fatal(err)
					}
					found := false
					for _, f := range r.Findings {
						found = found || f.Check == "body" && f.Promise.Line > 0 && f.Seen == 2
					}
					if found != (exit == 1) || r.Exit() != exit {
						var b strings.Builder
						r.Write(&b, "text")
						t.Errorf("got exit %d for %s, want %d\n%s", r.Exit(), value.Append(nil, body), exit, b.String())
					}
				}
				if broken < 10 || kept < 1 {
					t.Errorf("got %d broken and %d kept bodies, want many and some", broken, kept)
				}
			})
		}
	}
}

// spoil answers as another handler does, but for the body of a 200.
type spoil struct {
	http.Handler
	body []byte
}

func (s spoil) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Handler.ServeHTTP(&spoiler{ResponseWriter: w, body: s.body}, r)
}

type spoiler struct {
	http.ResponseWriter
	body   []byte
	status int
}

func (s *spoiler) WriteHeader(status int) {
	s.status = status
	if status == 200 {
		s.Header().Del("Content-Length")
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *spoiler) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.WriteHeader(200)
	}
	if s.status != 200 {
		return s.ResponseWriter.Write(p)
	}
	body := s.body
	s.body = nil
	_, err := s.ResponseWriter.Write(body)
	return len(p), err
}

// variations gives a value with each of its members taken out, and with each of its parts replaced by null and by
// a value of another type.
func variations(whole any) []any {
	out := []any{whole, nil, []any{}}
	var walk func(part any, put func(any) any)
	walk = func(part any, put func(any) any) {
		switch part := part.(type) {
		case *value.Object:
			for name, member := range part.All() {
				with := func(v any) any {
					o := value.Clone(part).(*value.Object)
					o.Set(name, v)
					return put(o)
				}
				without := value.Clone(part).(*value.Object)
				without.Delete(name)
				out = append(out, put(without), with(nil), with(value.NewObject(value.Member{Name: "spoiled", Value: true})), with("spoiled"))
				walk(member, with)
			}
		case []any:
			if len(part) > 0 {
				walk(part[0], func(v any) any { return put(append([]any{v}, part[1:]...)) })
			}
		}
	}
	walk(whole, func(v any) any { return v })
	return out
}
