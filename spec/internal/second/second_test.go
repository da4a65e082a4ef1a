package second

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi-validator/cache"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const slice = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/things":{"post":{
	"parameters":[{"name":"limit","in":"query","schema":{"title":"schema 0","type":"integer"}}],
	"requestBody":{"content":{"application/json":{"schema":{"title":"schema 1"}}}},
	"responses":{"200":{"description":"ok",
		"headers":{"X-Total":{"required":true,"schema":{"title":"schema 2","type":"integer"}}},
		"content":{"application/json":{"schema":{"title":"schema 3"}},"text/plain":{"schema":{"title":"schema 4","type":"string"}}}}}}}}}`

// compiled gives a schema for each number: that of 3 takes numbers, the others anything.
func compiled(t *testing.T) Lookup {
	t.Helper()
	make := func(doc any) *jsonschema.Schema {
		c := jsonschema.NewCompiler()
		if err := c.AddResource("mem://x", doc); err != nil {
			t.Fatal(err)
		}
		s, err := c.Compile("mem://x")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	number, anything := make(map[string]any{"type": "number"}), make(true)
	return func(n int, _ bool) (*jsonschema.Schema, error) {
		if n == 3 {
			return number, nil
		}
		return anything, nil
	}
}

func TestLoadThatFindsSomethingMeansSkip(t *testing.T) {
	j, err := New([]byte(slice), compiled(t))
	if err != nil {
		t.Fatal(err)
	}
	schemas := j.(*judge).schemas
	if e, ok := (&schemaCache{}).Load(7); !ok || e == nil {
		t.Error("while the validator is built, Load must say that everything is there: got nothing")
	}
	if len(schemas.entries) != 5 {
		t.Errorf("got %d keys, want 5: the hashes of two stubs are the same, or one is missing", len(schemas.entries))
	}
	res := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}, "X-Total": {"1"}}}
	for body, want := range map[string]int{`7`: 0, `"seven"`: 1} {
		errs, err := j.Response(res, "", []byte(body))
		if err != nil || len(errs) != want {
			t.Errorf("%s: got %d errors and %v, want %d by the schema that was looked up", body, len(errs), err, want)
		}
		if want > 0 && (!errs[0].Schema || errs[0].Cause == nil) {
			t.Errorf("%s: got %+v, want the engine's own error", body, errs[0])
		}
	}
	n := 0
	schemas.Range(func(uint64, *cache.SchemaCacheEntry) bool { n++; return true })
	if n != 0 {
		t.Errorf("got %d schemas that the validator compiled itself, want 0", n)
	}
}

func TestRequest(t *testing.T) {
	j, err := New([]byte(slice), compiled(t))
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]int{"/things?limit=3": 0, "/things?limit=x": 1} {
		r, _ := http.NewRequest(http.MethodPut, "http://localhost"+target, strings.NewReader(`{}`))
		r.Header.Set("Content-Type", "application/json")
		errs, err := j.Request(r, []byte(`{}`))
		if err != nil || len(errs) != want {
			t.Errorf("%s: got %+v and %v, want %d errors", target, errs, err, want)
		}
		if body, _ := io.ReadAll(r.Body); string(body) != `{}` {
			t.Errorf("%s: the request's own body was read", target)
		}
	}
}

func TestASliceThatIsNoneIsAnError(t *testing.T) {
	for _, text := range []string{``, `{}`, `{"openapi":"3.1.0","info":{},"paths":{}}`, `[`} {
		if _, err := New([]byte(text), compiled(t)); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}
