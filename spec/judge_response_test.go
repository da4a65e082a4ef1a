package spec

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

const responsesDoc = `
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /things:
    get:
      operationId: things
      responses:
        "200":
          description: ok
          headers:
            X-Total: {required: true, schema: {type: integer}}
            X-Page: {schema: {type: integer, minimum: 1}}
            X-Tags: {schema: {type: array, items: {type: string, enum: [a, b]}}}
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
            text/plain:
              schema: {type: string, maxLength: 3}
        "204": {description: none}
        2XX:
          description: a range
          content:
            image/*: {schema: {type: string, format: binary}}
            application/vnd.thing+json;version=1:
              schema: {type: object, required: [id], properties: {id: {const: 9007199254740993}}}
        default: {description: anything else}
  /strict:
    get:
      operationId: strict
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: [object, "null"], properties: {a: {oneOf: [{type: integer}, {type: integer, minimum: 5}]}}}}}
components:
  schemas:
    Thing:
      type: object
      required: [id, secret]
      properties:
        id: {type: integer, format: int64}
        secret: {type: string, writeOnly: true}
        next: {$ref: "#/components/schemas/Thing"}
        price: {type: number, multipleOf: 0.01}
`

func response(status int, contentType, body string, headers ...string) *http.Response {
	res := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	if contentType != "" {
		res.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		res.Header.Add(headers[i], headers[i+1])
	}
	return res
}

func brief(list []Problem) string {
	var out []string
	for _, p := range list {
		s := p.In
		if p.At != "" {
			s += " " + p.At
		}
		s += ": " + p.Keyword
		if p.Severity == Warning {
			s += " (warning)"
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// TestCheckResponse holds our verdicts beside those of the validator alone; where they differ the reason is given.
func TestCheckResponse(t *testing.T) {
	doc, err := Parse("t.yaml", []byte(responsesDoc))
	if err != nil {
		t.Fatal(err)
	}
	const total = "X-Total"
	tests := map[string]struct {
		op   string
		res  *http.Response
		head bool
		want string
		// alone is what the validator says by itself: "" nothing, else that there is something
		alone bool
		why   string // the two differ
	}{
		"right":                           {res: response(200, "application/json", `{"id":1}`, total, "1")},
		"right with a charset":            {res: response(200, "application/json; charset=utf-8", `{"id":1,"price":19.99}`, total, "1")},
		"a member of the wrong type":      {res: response(200, "application/json", `{"id":"1"}`, total, "1"), want: "body /id: type", alone: true},
		"deep in a recursion":             {res: response(200, "application/json", `{"id":1,"next":{"id":2,"next":{}}}`, total, "1"), want: "body /next/next: required", alone: true},
		"a required header is missing":    {res: response(200, "application/json", `{"id":1}`), want: "header X-Total: required", alone: true},
		"a required header is wrong":      {res: response(200, "application/json", `{"id":1}`, total, "many"), want: "header X-Total: type", alone: true},
		"an optional header is wrong":     {res: response(200, "application/json", `{"id":1}`, total, "1", "X-Page", "0"), want: "header X-Page: minimum", why: "optional headers are not looked at"},
		"an array in a header":            {res: response(200, "application/json", `{"id":1}`, total, "1", "X-Tags", "a, b")},
		"an array in a header, wrong":     {res: response(200, "application/json", `{"id":1}`, total, "1", "X-Tags", "a, c"), want: "header X-Tags /1: enum", why: "optional headers are not looked at"},
		"another media type":              {res: response(200, "application/xml", `<a/>`, total, "1"), want: "media type: media type", alone: true},
		"no media type":                   {res: response(200, "", `{"id":1}`, total, "1"), want: "media type: media type", alone: true},
		"null for an object":              {res: response(200, "application/json", `null`, total, "1"), want: "body: type", why: "null passes any schema"},
		"an empty body":                   {res: response(200, "application/json", ``, total, "1"), want: "body: body", why: "an empty body passes any schema"},
		"spaces for a body":               {res: response(200, "application/json", " ", total, "1"), want: "body: encoding", why: "spaces count as an empty body"},
		"a member twice":                  {res: response(200, "application/json", `{"id":1,"id":2}`, total, "1"), want: "body /id: duplicate", why: "the last of two members counts"},
		"text after the value":            {res: response(200, "application/json", `{"id":1} {}`, total, "1"), want: "body: encoding", alone: true},
		"a writeOnly member":              {res: response(200, "application/json", `{"id":1,"secret":"s"}`, total, "1"), want: "body /secret: writeOnly", why: "writeOnly members pass"},
		"beyond int64":                    {res: response(200, "application/json", `{"id":9223372036854775808}`, total, "1"), want: "body /id: format", why: "numbers become float64, whose digits are not those that were sent"},
		"text too long":                   {res: response(200, "text/plain", `abcd`, total, "1"), want: "body: maxLength", why: "text is not judged"},
		"text that fits":                  {res: response(200, "text/plain", `abc`, total, "1")},
		"204 with a body":                 {res: response(204, "", `{}`), want: "body: body", why: "a response without content is not looked at"},
		"204":                             {res: response(204, "", ``)},
		"a status in a range":             {res: response(201, "image/png", "\x89PNG"), alone: true, why: "media type ranges are not matched"},
		"a media type with parameters":    {res: response(202, "application/vnd.thing+json; version=1; charset=utf-8", `{"id":9007199254740993}`), alone: true, why: "parameters of a documented media type are not matched"},
		"a number beyond float64":         {res: response(202, "application/vnd.thing+json;version=1", `{"id":9007199254740992}`), want: "body /id: const", alone: true},
		"a media type outside the range":  {res: response(201, "text/css", "x"), want: "media type: media type", alone: true},
		"default without content":         {res: response(500, "", ``), alone: true, why: "a default without content counts as undocumented"},
		"default without content, a body": {res: response(500, "text/html", `<html>`), want: "body: body (warning)", alone: true},
		"HEAD":                            {res: response(200, "application/json", ``, total, "1"), head: true},
		"HEAD with a body":                {res: response(200, "application/json", `{"id":1}`, total, "1"), head: true, want: "body: body", why: "the slice has one method, so the validator does not see HEAD"},
		"an undocumented status":          {op: "strict", res: response(404, "", ``), want: "status: status", alone: true},
		"null where it may be":            {op: "strict", res: response(200, "application/json", `null`)},
		"both branches of oneOf":          {op: "strict", res: response(200, "application/json", `{"a":7}`), want: "body /a: oneOf", alone: true},
	}
	for name, tt := range tests {
		if tt.op == "" {
			tt.op = "things"
		}
		op := doc.Operation(tt.op)
		body, _ := io.ReadAll(tt.res.Body)
		tt.res.Body = io.NopCloser(strings.NewReader(string(body)))
		method := http.MethodGet
		if tt.head {
			method = http.MethodHead
		}
		tt.res.Request, _ = http.NewRequest(method, "http://localhost/things", nil)
		problems := op.CheckResponse(tt.res)
		if got := brief(problems); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
		for _, p := range problems {
			if p.Position.Line == 0 || p.Pointer == "" || p.Say() == "" {
				t.Errorf("%s: no place or no words: %+v", name, p)
			}
		}
		if back, _ := io.ReadAll(tt.res.Body); string(back) != string(body) {
			t.Errorf("%s: got body %q afterwards, want %q", name, back, body)
		}
		alone := validatorAlone(t, op, tt.res, body)
		if alone != tt.alone {
			t.Errorf("%s: the validator alone finds fault: got %v, want %v", name, alone, tt.alone)
		}
		ours := false
		for _, p := range problems {
			ours = ours || p.Severity == Error
		}
		if differ := ours != alone; differ != (tt.why != "") && tt.want != "body: body (warning)" {
			t.Errorf("%s: the two differ: got %v, want a reason if and only if they do: %q", name, differ, tt.why)
		}
	}
}

// validatorAlone asks libopenapi-validator, with compiled schemas from this package but without any rule of it.
func validatorAlone(t *testing.T, op *Operation, res *http.Response, body []byte) bool {
	t.Helper()
	ref := op.validator()
	if ref.err != nil {
		t.Fatal(ref.err)
	}
	errs, err := ref.judge.Response(res, "", body)
	if err != nil {
		t.Fatal(err)
	}
	return len(errs) > 0
}

func TestJudgeRequest(t *testing.T) {
	doc, err := Parse("t.json", []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"https://x.test/v1"}],"paths":{"/pets/{id}":{"put":{"operationId":"put",
		"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}},{"name":"limit","in":"query","required":true,"schema":{"type":"integer","maximum":5}}],
		"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["id","name"],"properties":{"id":{"type":"integer","readOnly":true},"name":{"type":"string"}}}}}},
		"responses":{"200":{"description":"ok"}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ url, body, want string }{
		"right":                     {"https://x.test/v1/pets/7?limit=3", `{"name":"x"}`, ""},
		"a path parameter is wrong": {"https://x.test/v1/pets/x?limit=3", `{"name":"x"}`, "path id"},
		"a query is missing":        {"https://x.test/v1/pets/7", `{"name":"x"}`, "query limit"},
		"a query is too large":      {"https://x.test/v1/pets/7?limit=6", `{"name":"x"}`, "query limit"},
		"the body is wrong":         {"https://x.test/v1/pets/7?limit=3", `{"name":1}`, "body"},
	}
	for name, tt := range tests {
		r, _ := http.NewRequest(http.MethodPut, tt.url, strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/json")
		var in []string
		for _, p := range doc.Operation("put").JudgeRequest(r) {
			in = append(in, p.In)
			if p.Position.Line == 0 {
				t.Errorf("%s: no place: %+v", name, p)
			}
		}
		if got := strings.Join(in, ", "); got != tt.want {
			t.Errorf("%s: got problems in %q, want %q", name, got, tt.want)
		}
		if back, _ := io.ReadAll(r.Body); string(back) != tt.body {
			t.Errorf("%s: got body %q afterwards, want %q", name, back, tt.body)
		}
	}
}

func TestOnlySoManyOperationsKeepTheirValidator(t *testing.T) {
	var paths strings.Builder
	for i := range maxReferees + 10 {
		fmt.Fprintf(&paths, "  /p%d: {get: {responses: {\"200\": {description: ok}}}}\n", i)
	}
	doc, err := Parse("t.yaml", []byte("openapi: 3.0.3\ninfo: {title: t, version: \"1\"}\npaths:\n"+paths.String()))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, op := range doc.Operations() {
			if r := op.validator(); r.err != nil || r.judge == nil {
				t.Fatalf("%s: got %v, want a validator", op.ID, r.err)
			}
		}
	}
	kept := 0
	for _, op := range doc.Operations() {
		if op.referee.Load() != nil {
			kept++
		}
	}
	if kept != maxReferees {
		t.Errorf("got %d validators, want %d", kept, maxReferees)
	}
}

func TestTheValidatorTakesTheOperationsOfTheCorpus(t *testing.T) {
	for name, file := range corpus(t) {
		d, err := Load(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		ops := d.Operations()
		for _, op := range ops[:min(len(ops), 8)] {
			if r := op.validator(); r.err != nil {
				t.Errorf("%s %s: %v", name, op.ID, r.err)
			}
		}
	}
}
