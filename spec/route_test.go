package spec

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func document(t testing.TB, text string) *Document {
	t.Helper()
	d, err := Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRouteFindsTheOperation(t *testing.T) {
	d := document(t, `
openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: "https://api.test/v1"}, {url: "/{stage}/x", variables: {stage: {default: beta}}}]
paths:
  /pets: {get: {operationId: list}, post: {operationId: create}}
  /pets/{id}: {get: {operationId: read}, delete: {operationId: remove}}
  /pets/mine: {get: {operationId: mine}}
  /pets/{id}/photos/{photo}.{ext}: {get: {operationId: photo}}
  /pets/{id}/photos/{photo}: {get: {operationId: rawPhoto}}
  /pets/{pet}/toys: {get: {operationId: toys}}
  /search?q={q}: {get: {operationId: search}}
  /search: {get: {operationId: searchAll}}
  /#Action=Stop: {post: {operationId: stop}}
  /files/{path+}: {get: {operationId: file}}
  /slash/: {get: {operationId: slash}}
`)
	tests := map[string]struct{ method, target, want string }{
		"a literal path":                    {"GET", "/pets", "list"},
		"another method":                    {"POST", "/pets", "create"},
		"concrete before templated":         {"GET", "/pets/mine", "mine"},
		"templated":                         {"GET", "/pets/7", "read id=7"},
		"templated has the method":          {"DELETE", "/pets/mine", "remove id=mine"},
		"an encoded slash stays":            {"GET", "/pets/a%2Fb", "read id=a%2Fb"},
		"two templates in one segment":      {"GET", "/pets/7/photos/a.png", "photo ext=png id=7 photo=a"},
		"a dot that is not there":           {"GET", "/pets/7/photos/a", "rawPhoto id=7 photo=a"},
		"another name at the same place":    {"GET", "/pets/7/toys", "toys pet=7"},
		"a server's base path":              {"GET", "/v1/pets", "list"},
		"a base path with a variable":       {"GET", "/beta/x/pets/7", "read id=7"},
		"a slash too many at the end":       {"GET", "/pets/", "list"},
		"a slash at the end, documented":    {"GET", "/slash/", "slash"},
		"a path with a query":               {"GET", "/search?q=cat", "search q=cat"},
		"the same path without":             {"GET", "/search", "searchAll"},
		"a path with a fragment, by header": {"POST", "/", "stop"},
		"the rest of the path":              {"GET", "/files/a/b%20c", "file path=a/b%20c"},
		"no such path":                      {"GET", "/cats", ""},
		"no such method":                    {"PUT", "/pets", "allow GET POST"},
	}
	for name, tt := range tests {
		r := httptest.NewRequest(tt.method, tt.target, nil)
		r.Header.Set("Action", "Stop")
		got := d.Route(r)
		var words []string
		if got.Operation != nil {
			words = append(words, got.Operation.ID)
		} else if got.Allow != nil {
			words = append(append(words, "allow"), got.Allow...)
		}
		for _, k := range []string{"ext", "id", "path", "pet", "photo", "q"} {
			if v, ok := got.Path[k]; ok {
				words = append(words, k+"="+v)
			}
		}
		if text := strings.Join(words, " "); text != tt.want {
			t.Errorf("%s: %s %s: got %q, want %q", name, tt.method, tt.target, text, tt.want)
		}
	}
}

func TestBuiltinsAreRead(t *testing.T) {
	for _, name := range Builtins() {
		d, err := Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Operations()) < 3 || len(d.Problems()) > 0 {
			t.Errorf("%s: got %d operations and problems %v", name, len(d.Operations()), d.Problems())
		}
		for _, op := range d.Operations() {
			if p := op.Problems(); len(p) > 0 {
				t.Errorf("%s %s: got problems %v", name, op.ID, p)
			}
		}
	}
}
