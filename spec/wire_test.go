package spec

import (
	"context"
	"testing"

	"github.com/specimen-api/specimen/internal/value"
)

func show(v any) string { return string(value.Append(nil, v)) }

const petsText = `
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /pets/{id}:
    put:
      operationId: change
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: limit, in: query, schema: {type: integer}}
        - {name: tags, in: query, required: true, schema: {type: array, items: {type: string}}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: sid, in: cookie, schema: {type: string, maxLength: 5}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [name], properties: {name: {type: string}, id: {type: integer, readOnly: true}}}
`

func TestARequestSurvivesTheWay(t *testing.T) {
	d := document(t, petsText)
	op := d.Operation("change")
	in := Input{
		Path:   map[string]any{"id": parse(t, "7")},
		Query:  map[string]any{"limit": parse(t, "10"), "tags": parse(t, `["a b","c,d&e=f"]`)},
		Header: map[string]any{"X-Trace": "a, b"},
		Cookie: map[string]any{"sid": "x y"},
		Body:   parse(t, `{"name":"Rex","age":1.50}`), HasBody: true, MediaType: "application/json",
	}
	req, err := op.NewRequest(context.Background(), "https://api.test/v1/", in)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := req.URL.String(), "https://api.test/v1/pets/7?limit=10&tags=a%20b&tags=c%2Cd%26e%3Df"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	req.URL.Path = req.URL.Path[3:]
	req.URL.RawPath = req.URL.RawPath[3:]
	route := d.Route(req)
	if route.Operation != op {
		t.Fatalf("got %v, want the operation", route)
	}
	got, problems := op.CheckRequest(req, route)
	if len(problems) > 0 {
		t.Errorf("got %v, want no problems", problems)
	}
	for _, p := range op.Parameters() {
		a, _ := got.Value(p)
		b, _ := in.Value(p)
		if !value.Equal(a, b) {
			t.Errorf("%s: got %s, want %s", p.place(), show(a), show(b))
		}
	}
	if !value.Equal(got.Body, in.Body) {
		t.Errorf("body: got %s, want %s", show(got.Body), show(in.Body))
	}
}
