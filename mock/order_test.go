package mock_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/mock"
)

const shop = `openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /items/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: page, in: query, schema: {type: integer}}
    get:
      operationId: getItem
      security: [{key: []}]
      responses:
        '200': {$ref: '#/components/responses/Item'}
        '401': {$ref: '#/components/responses/Refused'}
        '404': {$ref: '#/components/responses/Refused'}
    post:
      operationId: buyItem
      security: [{key: []}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [count], properties: {count: {type: integer}}}
      responses:
        '200': {$ref: '#/components/responses/Item'}
        '400': {$ref: '#/components/responses/Refused'}
        '401': {$ref: '#/components/responses/Refused'}
        '403': {$ref: '#/components/responses/Refused'}
  /strict:
    post:
      operationId: strict
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {count: {type: integer}}}
      responses:
        '204': {description: Done.}
        '422': {description: No., content: {application/json: {schema: {type: object}, example: {message: no}}}}
  /broken:
    get:
      operationId: broken
      responses:
        '200':
          description: There is no such number.
          content: {application/json: {schema: {type: integer, minimum: 5, maximum: 4}}}
components:
  securitySchemes:
    key: {type: http, scheme: Bearer, x-key-pattern: '^k_'}
  responses:
    Item:
      description: An item.
      content:
        application/json:
          schema: {type: object, required: [name], properties: {name: {type: string}}}
          example: {name: Lamp}
    Refused:
      description: It was refused.
      content:
        application/json:
          schema: {$ref: '#/components/schemas/Error'}
          example: {error: {code: REFUSED, message: It was refused.}}
  schemas:
    Error:
      type: object
      required: [error]
      properties:
        error: {type: object, required: [code, message], properties: {code: {type: string}, message: {type: string}}}
`

const good = "Authorization: Bearer k_1"

// Each case breaks everything that the cases after it break too, so that the order shows.
func TestChecksComeInTheDocumentedOrder(t *testing.T) {
	s := play(t, shop, mock.Config{MaxBody: 64})
	large := strings.Repeat("x", 65)
	tests := []struct {
		name, line string
		more       []string
		want       int
	}{
		{"unknown path", "PUT /nothing?page=x", []string{"Accept: text/html", "Content-Type: text/html", "", large}, 404},
		{"unknown method", "PUT /items/1?page=x", []string{"Accept: text/html", "Content-Type: text/html", "", large}, 405},
		{"no credentials", "POST /items/1?page=x", []string{"Accept: text/html", "Content-Type: text/html", "", large}, 401},
		{"no scope", "POST /items/1?page=x", []string{"Authorization: Bearer k_readonly", "Accept: text/html", "Content-Type: text/html", "", large}, 403},
		{"media type of the body", "POST /items/1?page=x", []string{good, "Accept: text/html", "Content-Type: text/html", "", large}, 415},
		{"media type of the answer", "POST /items/1?page=x", []string{good, "Accept: text/html", "", large}, 406},
		{"too large", "POST /items/1?page=x", []string{good, "", large}, 413},
		{"wrong parameter", "POST /items/1?page=x", []string{good, "", `{"count":1}`}, 400},
		{"wrong body", "POST /items/1?page=1", []string{good, "", `{"count":"1"}`}, 400},
		{"no body", "POST /items/1?page=1", []string{good}, 400},
		{"no JSON", "POST /items/1?page=1", []string{good, "", `{"count":`}, 400},
		{"nothing wrong", "POST /items/1?page=1", []string{good, "", `{"count":1}`}, 200},
		{"422 where the document has it and no 400", "POST /strict", []string{"", `{"count":"1"}`}, 422},
		{"an operation that cannot be answered", "GET /broken", nil, 501},
		{"forced although everything is wrong", "POST /items/1?page=x", []string{"Prefer: code=403", "Accept: text/html", "", large}, 403},
		{"forced does not make a path", "GET /nothing", []string{"Prefer: code=403"}, 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, s, tt.line, tt.more...)
			if got.StatusCode != tt.want {
				t.Errorf("got %d, want %d: %s", got.StatusCode, tt.want, got.body)
			}
			if tt.want == 405 && got.Header.Get("Allow") != "GET, HEAD, OPTIONS, POST" {
				t.Errorf("got Allow %q", got.Header.Get("Allow"))
			}
		})
	}
}

func TestReportAnswersAndNotes(t *testing.T) {
	s := play(t, shop, mock.Config{Policy: mock.Report})
	got := ask(t, s, "POST /items/1?page=x", good, "Content-Type: text/plain", "", "x")
	if got.StatusCode != 200 {
		t.Fatalf("got %d, want 200: %s", got.StatusCode, got.body)
	}
	if calls := s.Calls(); len(calls) != 1 || len(calls[0].Problems) == 0 {
		t.Errorf("got calls %+v, want one with problems", calls)
	}
	if got := ask(t, s, "POST /items/1"); got.StatusCode != 401 {
		t.Errorf("got %d without credentials, want 401", got.StatusCode)
	}
}

func TestRefusalsSpeakTheDocumentsLanguage(t *testing.T) {
	s := play(t, shop, mock.Config{MaxBody: 64})
	tests := []struct {
		name, line string
		more       []string
		pointer    string
		want       string
	}{
		{"a declared body tells the reason", "POST /items/1?page=x", []string{good, "", `{"count":1}`}, "/error/message", `query page: got string, want integer`},
		{"and keeps its code", "POST /items/1?page=x", []string{good, "", `{"count":1}`}, "/error/code", "REFUSED"},
		{"an undeclared status borrows the shape", "POST /items/1", []string{good, "Content-Type: text/plain", "", "x"}, "/error/code", "UNSUPPORTED_MEDIA_TYPE"},
		{"so does 405", "PUT /items/1", nil, "/error/message", "the path has no method PUT; it has GET, HEAD, OPTIONS, POST"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, s, tt.line, tt.more...)
			if got.at(t, tt.pointer) != tt.want {
				t.Errorf("got %s, want %q at %s", got.body, tt.want, tt.pointer)
			}
			if got.source() != "refusal" {
				t.Errorf("got source %q, want refusal", got.source())
			}
		})
	}
	t.Run("errors without a shape in common are problem details", func(t *testing.T) {
		got := ask(t, s, "GET /nothing?token=geheim")
		if got.Header.Get("Content-Type") != "application/problem+json" || got.at(t, "/status") != "404" || got.at(t, "/instance") != "/nothing" {
			t.Errorf("got %s %s", got.Header.Get("Content-Type"), got.body)
		}
	})
	t.Run("a broken operation says where", func(t *testing.T) {
		got := ask(t, s, "GET /broken")
		if !strings.HasPrefix(got.at(t, "/problems/0/pointer"), "#/paths/~1broken") {
			t.Errorf("got %s", got.body)
		}
		if got := ask(t, s, "GET /items/1", good); got.StatusCode != 200 {
			t.Errorf("the others got %d", got.StatusCode)
		}
	})
}

func TestErrorShapesAreFilled(t *testing.T) {
	document := func(schema, example string) string {
		return `openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /x:
    get:
      parameters: [{name: n, in: query, required: true, schema: {type: integer}}]
      responses:
        '200': {description: Fine.}
        '400':
          description: Wrong.
          content: {application/json: {schema: ` + schema + `, example: ` + example + `}}
`
	}
	tests := map[string]struct{ schema, example, want string }{
		"a plain sentence":              {"{type: string}", "no", `"query n: got string, want integer"`},
		"title, status and detail":      {"{type: object}", "{title: T, status: 400, detail: D}", `{"title":"Bad Request","status":400,"detail":"query n: got string, want integer"}`},
		"an enum stays":                 {"{type: object, properties: {message: {enum: [no]}}}", "{message: no}", `{"message":"no"}`},
		"a list of fields":              {"{type: object}", "{message: M, errors: [{field: f, message: m}, {field: g, message: m}]}", `{"message":"query n: got string, want integer","errors":[{"field":"n","message":"got string, want integer"}]}`},
		"a list of sentences":           {"{type: object}", "{errors: [m]}", `{"errors":["query n: got string, want integer"]}`},
		"another code stays":            {"{type: object}", "{code: 1001, message: M}", `{"code":1001,"message":"query n: got string, want integer"}`},
		"nothing to fill":               {"{type: object}", "{ok: false}", `{"ok":false}`},
		"JSON:API":                      {"{type: object}", "{errors: [{status: '400', title: T, source: {pointer: /a}}]}", `{"errors":[{"status":"400","title":"got string, want integer","source":{"pointer":""}}]}`},
		"a length that does not fit it": {"{type: object, properties: {message: {type: string, maxLength: 5}, detail: {type: string}}}", "{message: M, detail: D}", `{"message":"M","detail":"query n: got string, want integer"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, play(t, document(tt.schema, tt.example), mock.Config{}), "GET /x?n=x")
			if got.StatusCode != 400 || got.body != tt.want {
				t.Errorf("got %d %s, want %s", got.StatusCode, got.body, tt.want)
			}
		})
	}
}

func TestStatusOfAValidRequest(t *testing.T) {
	tests := map[string]struct {
		responses string
		want      int
	}{
		"the first 2xx":                  {"{'404': {description: N}, '202': {description: A}, '200': {description: O}}", 202},
		"a range":                        {"{2XX: {description: O}, default: {description: D}}", 200},
		"an explicit one before a range": {"{2XX: {description: O}, '206': {description: P}}", 206},
		"default alone":                  {"{default: {description: D}}", 200},
		"a redirect":                     {"{'302': {description: R}, default: {description: D}}", 302},
		"errors alone":                   {"{'500': {description: E}, '410': {description: G}}", 410},
		"nothing":                        {"{}", 200},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := play(t, "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /x:\n    get:\n      responses: "+tt.responses+"\n", mock.Config{})
			got := ask(t, s, "GET /x")
			if got.StatusCode != tt.want {
				t.Errorf("got %d, want %d: %s", got.StatusCode, tt.want, got.body)
			}
			if got.body != "" || got.Header.Get("Content-Type") != "" {
				t.Errorf("got a body where none is documented: %s %q", got.Header.Get("Content-Type"), got.body)
			}
			if redirect := got.Header.Get("Location"); (redirect != "") != (tt.want == 302) {
				t.Errorf("got Location %q", redirect)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	const key = "Authorization: Bearer capy_live_anyone"
	tests := map[string]struct {
		cfg    mock.Config
		line   string
		more   []string
		status int
		source string
	}{
		"a fixture by its path":            {mock.Config{}, "GET /v1/organizations/org_suspended", []string{key}, 200, "fixture suspended"},
		"a fixture by its key":             {mock.Config{}, "GET /v1/me", []string{"X-API-Key: capy_live_suspended"}, 200, "fixture suspended"},
		"a fixture by its name":            {mock.Config{}, "GET /v1/organizations/org_suspended", []string{key, "Prefer: example=new"}, 200, "fixture new"},
		"by its name in the query":         {mock.Config{}, "GET /v1/organizations/org_suspended?__example=new", []string{key}, 200, "fixture new"},
		"an example of another status":     {mock.Config{}, "GET /v1/organizations/x", []string{key, "Prefer: example=missingScope"}, 403, "example missingScope"},
		"a path goes before a key":         {mock.Config{}, "GET /v1/organizations/org_new", []string{"X-API-Key: capy_live_suspended"}, 200, "fixture new"},
		"strict and known":                 {mock.Config{StrictIDs: true}, "GET /v1/organizations/org_new", []string{key}, 200, "fixture new"},
		"strict and unknown":               {mock.Config{StrictIDs: true}, "GET /v1/organizations/org_x", []string{key}, 404, "refusal"},
		"strict without ids":               {mock.Config{StrictIDs: true}, "GET /v1/me", []string{"X-API-Key: capy_live_new"}, 200, "fixture new"},
		"a status in an id":                {mock.Config{}, "GET /v1/organizations/org_status_404", []string{key}, 404, "status 404"},
		"a status in a key":                {mock.Config{}, "GET /v1/organizations/org_x", []string{"X-API-Key: capy_live_status_503"}, 503, "status 503"},
		"no status in an id":               {mock.Config{StrictIDs: true}, "GET /v1/organizations/org_status_999", []string{key}, 404, "refusal"},
		"a name that nothing has":          {mock.Config{}, "GET /v1/organizations/org_x", []string{key, "Prefer: example=nobody"}, 400, "refusal"},
		"a 2xx that is not documented":     {mock.Config{}, "GET /v1/organizations/org_x", []string{key, "Prefer: code=201"}, 400, "refusal"},
		"a code that is none":              {mock.Config{}, "GET /v1/organizations/org_x", []string{key, "Prefer: code=abc"}, 400, "refusal"},
		"a 5xx that is not documented":     {mock.Config{}, "GET /v1/organizations/org_x", []string{"Prefer: code=503"}, 503, "status 503"},
		"other preferences are left alone": {mock.Config{}, "GET /v1/organizations/org_new", []string{key, "Prefer: respond-async, wait=10"}, 200, "fixture new"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, play(t, "capydb", tt.cfg), tt.line, tt.more...)
			if got.StatusCode != tt.status || got.source() != tt.source {
				t.Errorf("got %d %q, want %d %q: %s", got.StatusCode, got.source(), tt.status, tt.source, got.body)
			}
		})
	}
}

func TestGeneratedEntitiesStayTheSame(t *testing.T) {
	const key = "Authorization: Bearer capy_live_anyone"
	for _, line := range []string{"GET /v1/organizations/org_one", "GET /v1/organizations/org_one/usage", "GET /v1/me"} {
		first := ask(t, play(t, "capydb", mock.Config{}), line, key)
		again := ask(t, play(t, "capydb", mock.Config{}), line, key)
		other := ask(t, play(t, "capydb", mock.Config{Fixtures: fixtures.Config{Seed: 7}}), line, key)
		asked := ask(t, play(t, "capydb", mock.Config{}), line, key, "Prefer: dynamic=true, seed=7")
		if first.StatusCode != 200 || first.body != again.body {
			t.Errorf("%s: got %d %s, then %s", line, first.StatusCode, first.body, again.body)
		}
		if asked.StatusCode != 200 || asked.source() != "generated seed=7" || asked.Header.Get("Preference-Applied") != "dynamic=true, seed=7" {
			t.Errorf("%s: got %d %q %q", line, asked.StatusCode, asked.source(), asked.Header.Get("Preference-Applied"))
		}
		if strings.HasPrefix(first.source(), "generated") && other.body == first.body {
			t.Errorf("%s: another seed gave the same", line)
		}
	}
	one := ask(t, play(t, "capydb", mock.Config{}), "GET /v1/organizations/org_one", key)
	if got := one.at(t, "/organization/id"); got != "org_one" {
		t.Errorf("got id %q, want the one asked for", got)
	}
}

func TestEveryAnswerIsWhole(t *testing.T) {
	s := play(t, shop, mock.Config{})
	for _, line := range []string{"GET /items/1", "GET /nothing", "PUT /items/1", "GET /broken"} {
		got := ask(t, s, line, good)
		if got.Header.Get("Content-Length") == "" || got.source() == "" {
			t.Errorf("%s: got headers %v", line, got.Header)
		}
	}
	get, head := ask(t, s, "GET /items/1", good), ask(t, s, "HEAD /items/1", good)
	if head.StatusCode != 200 || head.body != "" || head.Header.Get("Content-Length") != get.Header.Get("Content-Length") || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
		t.Errorf("got HEAD %d %v, GET %v", head.StatusCode, head.Header, get.Header)
	}
	if get.Header.Get("Specimen-Operation") != "getItem" || get.body != `{"name":"Lamp"}` {
		t.Errorf("got %v %s", get.Header, get.body)
	}
}

func TestOddMethodsAndTargets(t *testing.T) {
	s := play(t, shop, mock.Config{})
	for _, method := range []string{"TRACE", "CONNECT", "PROPFIND", "QUERY", "get"} {
		r := httptest.NewRequest("GET", "/items/1", nil)
		r.Method = method
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: got %d, want 405", method, w.Code)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Method, r.URL.Path = "CONNECT", ""
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusNotFound {
		t.Errorf("CONNECT without a path: got %d, want 404", w.Code)
	}
}
