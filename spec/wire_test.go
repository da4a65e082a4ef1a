package spec

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
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

const edgeText = `
openapi: 3.2.0
info: {title: t, version: "1"}
components:
  schemas:
    Filter: {type: object, properties: {a: {type: integer}, b: {type: array, items: {type: string}}}}
  securitySchemes:
    key: {type: apiKey, in: query, name: api_key}
paths:
  /f/{name}: {get: {operationId: file, parameters: [{name: name, in: path, required: true, schema: {type: string}}]}}
  /g/{a}.{b}: {get: {operationId: pair, parameters: [{name: a, in: path, required: true, schema: {type: string}}, {name: b, in: path, required: true, schema: {type: array, items: {type: string}}}]}}
  /tree/{path+}: {get: {operationId: tree, parameters: [{name: path, in: path, required: true, schema: {type: string}}]}}
  /m/{id}: {get: {operationId: matrix, parameters: [{name: id, in: path, required: true, style: matrix, explode: true, schema: {type: array, items: {type: string}}}]}}
  /l/{id}: {get: {operationId: label, parameters: [{name: id, in: path, required: true, style: label, schema: {type: array, items: {type: number}}}]}}
  /search?type={type}&v=1: {get: {operationId: search, parameters: [{name: type, in: path, required: true, schema: {type: string}}]}}
  /q:
    get:
      operationId: query
      security: [{key: []}]
      parameters:
        - {name: limit, in: query, required: true, schema: {type: integer, maximum: 9}}
        - {name: flag, in: query, allowEmptyValue: true, schema: {type: boolean}}
        - {name: filter, in: query, style: deepObject, schema: {$ref: '#/components/schemas/Filter'}}
        - {name: doc, in: query, content: {application/json: {schema: {$ref: '#/components/schemas/Filter'}}}}
        - {name: X-Token, in: header, schema: {type: string, maxLength: 3}}
        - {name: X-List, in: header, schema: {type: array, items: {type: integer}}}
        - {name: sid, in: cookie, schema: {type: string, pattern: "^[0-9]+$"}}
        - {name: prefs, in: cookie, style: cookie, schema: {type: object, properties: {theme: {type: string}}}}
  /free:
    get:
      operationId: free
      parameters:
        - {name: page, in: query, schema: {type: integer}}
        - {name: rest, in: query, schema: {type: object, additionalProperties: {type: string}}}
  /qs: {get: {operationId: qs, parameters: [{name: whole, in: querystring, content: {application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Filter'}}}}]}}
  /qj: {get: {operationId: qj, parameters: [{name: whole, in: querystring, content: {application/json: {schema: {$ref: '#/components/schemas/Filter'}}}}]}}
`

func TestRequestsSurviveARealServer(t *testing.T) {
	d := document(t, edgeText)
	type arrival struct {
		op       string
		in       Input
		problems []Problem
		target   string
	}
	arrived := make(chan arrival, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := d.Route(r)
		if route.Operation == nil {
			arrived <- arrival{target: r.RequestURI}
			return
		}
		in, problems := route.Operation.CheckRequest(r, route)
		arrived <- arrival{route.Operation.ID, in, problems, r.RequestURI}
	}))
	defer server.Close()
	tests := map[string]struct{ op, in, target string }{
		"a slash in a path":               {"file", `{"path":{"name":"a/b"}}`, "/f/a%2Fb"},
		"a dot for a path":                {"file", `{"path":{"name":"."}}`, "/f/%2E"},
		"two dots for a path":             {"file", `{"path":{"name":".."}}`, "/f/%2E%2E"},
		"a space, a percent and a ?":      {"file", `{"path":{"name":"a b%2F?#;"}}`, "/f/a%20b%252F%3F%23%3B"},
		"two in one segment":              {"pair", `{"path":{"a":"x,y","b":["1","2,3"]}}`, "/g/x%2Cy.1,2%2C3"},
		"the rest of a path":              {"tree", `{"path":{"path":"a/../b c"}}`, "/tree/a/%2E%2E/b%20c"},
		"a matrix":                        {"matrix", `{"path":{"id":["a;b","c=d"]}}`, "/m/;id=a%3Bb;id=c%3Dd"},
		"a label":                         {"label", `{"path":{"id":[1.5,2]}}`, "/l/.1%2E5,2"},
		"a path with a query":             {"search", `{"path":{"type":"a&b"}}`, "/search?type=a%26b&v=1"},
		"brackets, JSON, lists, cookies":  {"query", `{"query":{"limit":3,"filter":{"a":1,"b":["x","y"]},"doc":{"a":2}},"header":{"X-List":[1,2]},"cookie":{"sid":"12","prefs":{"theme":"dark"}}}`, "/q?limit=3&filter%5Ba%5D=1&filter%5Bb%5D%5B%5D=x&filter%5Bb%5D%5B%5D=y&doc=%7B%22a%22%3A2%7D"},
		"an object of all that is left":   {"free", `{"query":{"page":2,"rest":{"x":"1","y":"2"}}}`, "/free?page=2&x=1&y=2"},
		"a query that is a form":          {"qs", `{"querystring":{"a":1,"b":["x y"]}}`, "/qs?a=1&b=x%20y"},
		"a query that is JSON":            {"qj", `{"querystring":{"a":1}}`, "/qj?%7B%22a%22%3A1%7D"},
		"a value of an object, not asked": {"query", `{"query":{"limit":3,"flag":true}}`, "/q?limit=3&flag=true"},
	}
	for name, tt := range tests {
		op := d.Operation(tt.op)
		given := parse(t, tt.in).(*value.Object)
		var in Input
		for _, p := range op.Parameters() {
			if p.In == "querystring" {
				in.QueryString, _ = given.Get(p.In)
			} else if values, ok := given.Get(p.In); ok {
				if v, ok := values.(*value.Object).Get(p.Name); ok {
					in.Set(p, v)
				}
			}
		}
		req, err := op.NewRequest(t.Context(), server.URL, in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		got := <-arrived
		if got.op != tt.op || got.target != tt.target || len(got.problems) > 0 || len(got.in.Unknown) > 0 {
			t.Errorf("%s: got %s %s %v %v, want %s %s", name, got.op, got.target, got.problems, got.in.Unknown, tt.op, tt.target)
		}
		for _, p := range op.Parameters() {
			a, _ := got.in.Value(p)
			b, _ := in.Value(p)
			if !value.Equal(a, b) {
				t.Errorf("%s: %s: got %s, want %s", name, p.place(), show(a), show(b))
			}
		}
	}
}

func TestCheckRequestSaysWhatIsWrong(t *testing.T) {
	d := document(t, edgeText)
	tests := map[string]struct {
		target string
		header map[string]string
		want   []string
	}{
		"nothing wrong":             {"/q?limit=3&api_key=secret", nil, nil},
		"a parameter is missing":    {"/q", nil, []string{"query limit: got nothing, want a value"}},
		"of the wrong type":         {"/q?limit=abc", nil, []string{`query limit: got string, want integer`}},
		"too large":                 {"/q?limit=10", nil, []string{"query limit: got 10, want at most 9"}},
		"twice":                     {"/q?limit=1&limit=2", nil, []string{"query limit: got 2 values, want one"}},
		"an empty flag":             {"/q?limit=1&flag=", nil, nil},
		"a flag alone":              {"/q?limit=1&flag", nil, nil},
		"deep inside":               {"/q?limit=1&filter[a]=x", nil, []string{"query filter /a: got string, want integer"}},
		"broken JSON":               {"/q?limit=1&doc={", nil, []string{"query doc: the JSON text ends too early at byte 1"}},
		"a secret stays one":        {"/q?limit=1", map[string]string{"x-token": "hunter2"}, []string{"header X-Token: got another value, want at most 3 characters"}},
		"a cookie stays secret too": {"/q?limit=1", map[string]string{"Cookie": "sid=hunter2"}, []string{"cookie sid: got another value, want a string that fits the pattern ^[0-9]+$"}},
		"an item of a header":       {"/q?limit=1", map[string]string{"x-list": "1, x"}, []string{"header X-List /1: got string, want integer"}},
		"bytes that are no UTF-8":   {"/f/%ff", nil, []string{"path name: the text is not UTF-8"}},
		"a matrix without a name":   {"/m/a", nil, []string{"path id: want ;id= before the value (style matrix)"}},
	}
	for name, tt := range tests {
		r := httptest.NewRequest("GET", tt.target, nil)
		for k, v := range tt.header {
			r.Header.Set(k, v)
		}
		route := d.Route(r)
		if route.Operation == nil {
			t.Errorf("%s: got no operation", name)
			continue
		}
		in, problems := route.Operation.CheckRequest(r, route)
		var got []string
		for _, p := range problems {
			got = append(got, p.String())
			if p.Pointer == "" || p.Position.Line == 0 {
				t.Errorf("%s: got a problem without a place in the document: %+v", name, p)
			}
		}
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
		if strings.Contains(fmt.Sprintf("%+v", problems), "hunter2") {
			t.Errorf("%s: a secret got out: %+v", name, problems)
		}
		if len(in.Unknown) > 0 {
			t.Errorf("%s: got unknown %v, want none", name, in.Unknown)
		}
	}
}

func TestUnknownQueryParametersAreNamed(t *testing.T) {
	d := document(t, edgeText)
	r := httptest.NewRequest("GET", "/q?limit=1&x=1&filter[a]=2&x=3&y&api_key=k", nil)
	route := d.Route(r)
	in, problems := route.Operation.CheckRequest(r, route)
	if got := strings.Join(in.Unknown, " "); got != "x y" || len(problems) > 0 {
		t.Errorf("got %q %v, want x y", got, problems)
	}
}

func TestNewRequestNamesWhatCannotTravel(t *testing.T) {
	d := document(t, edgeText)
	text := func(name, v string) map[string]any { return map[string]any{name: v} }
	tests := map[string]struct {
		op, base string
		in       Input
		want     string
	}{
		"a path without a value":       {"file", "http://h", Input{}, "path name: no value given"},
		"an empty path":                {"file", "http://h", Input{Path: text("name", "")}, "path name: an empty value cannot stand in a path"},
		"a line feed in a header":      {"query", "http://h", Input{Header: text("X-Token", "a\nb")}, `header X-Token: a header cannot hold the character '\n'`},
		"a header that is none":        {"query", "http://h", Input{Header: text("X Y", "a")}, `header X Y: this is no name of a header`},
		"a cookie that holds no space": {"query", "http://h", Input{Cookie: map[string]any{"prefs": value.NewObject(value.Member{Name: "theme", Value: "a b"})}}, `cookie prefs: a cookie cannot hold the character ' '`},
		"a base that is not absolute":  {"query", "/v1", Input{}, `base URL "/v1" is not absolute`},
	}
	for name, tt := range tests {
		_, err := d.Operation(tt.op).NewRequest(context.Background(), tt.base, tt.in)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
}

func TestAHeaderThatAsksForAPackedBodyGetsOne(t *testing.T) {
	d := document(t, `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /p:
    post:
      operationId: post
      parameters: [{name: Content-Encoding, in: header, schema: {type: string}}, {name: Content-Length, in: header, schema: {type: integer}}]
      requestBody: {content: {application/json: {}}}
`)
	op := d.Operation("post")
	for _, coding := range []string{"gzip", "deflate", "identity", "deflate, gzip"} {
		req, err := op.NewRequest(context.Background(), "http://h", Input{Header: map[string]any{"Content-Encoding": coding, "Content-Length": "3"}, Body: parse(t, `{"a":1}`), HasBody: true})
		if err != nil {
			t.Fatal(err)
		}
		in, problems := op.CheckRequest(req, d.Route(req))
		if show(in.Body) != `{"a":1}` || len(problems) > 0 {
			t.Errorf("%s: got %s %v, want the body", coding, show(in.Body), problems)
		}
	}
}
