package mock_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

var noon = func() time.Time { return time.Date(2026, 7, 1, 12, 0, 0, 123456789, time.UTC) }

const (
	capyKey = "Authorization: Bearer capy_live_active"
	octoKey = "Authorization: Bearer ak_test_paid"
)

func TestAPatchShowsWhereverTheEntityAppears(t *testing.T) {
	s := play(t, "capydb", mock.Config{Now: noon})
	before := ask(t, s, "GET /v1/organizations/org_suspended", capyKey)
	got := ask(t, s, "PATCH /v1/organizations/org_suspended", capyKey, "", `{"name":"Acme Robotics"}`)
	if got.StatusCode != 200 || got.source() != "memory" {
		t.Fatalf("got %d %q: %s", got.StatusCode, got.source(), got.body)
	}
	want := strings.Replace(strings.Replace(before.body, "Quillon Games\",\"slug", "Acme Robotics\",\"slug", 1), `"updated_at":"2026-03-18T07:00:00Z"`, `"updated_at":"2026-07-01T12:00:00Z"`, 1)
	if got.body != want {
		t.Errorf("the PATCH answered\n%s\nwant\n%s", got.body, want)
	}
	for _, tt := range [][2]string{
		{"GET /v1/organizations/org_suspended", capyKey},
		{"GET /api/capydb/v1/organizations/org_suspended", capyKey},
	} {
		if got := ask(t, s, tt[0], tt[1]); got.body != want || got.source() != "memory" {
			t.Errorf("%s: got %q %s", tt[0], got.source(), got.body)
		}
	}
	me := ask(t, s, "GET /v1/me", "X-API-Key: capy_live_suspended")
	if me.at(t, "/organization/name") != "Acme Robotics" || me.at(t, "/principal/organization_id") != "org_suspended" || me.source() != "memory" {
		t.Errorf("GET /v1/me got %q %s", me.source(), me.body)
	}
	for _, tt := range [][]string{
		{"GET /v1/organizations/org_new", capyKey},
		{"GET /v1/organizations/org_suspended/usage", capyKey},
		{"GET /v1/me", capyKey},
		{"GET /v1/organizations/org_new", capyKey, "Prefer: example=suspended"},
	} {
		if got := ask(t, s, tt[0], tt[1:]...); got.source() == "memory" {
			t.Errorf("%s: got memory: %s", tt[0], got.body)
		}
	}
	s.Reset()
	if got := ask(t, s, "GET /v1/organizations/org_suspended", capyKey); got.body != before.body || len(s.Calls()) != 1 {
		t.Errorf("after Reset: got %s and %d calls", got.body, len(s.Calls()))
	}
}

func TestAPatchThatIsRefusedChangesNothing(t *testing.T) {
	tests := map[string]struct{ doc, line, key, body, at string }{
		"a wrong type":                   {"capydb", "/v1/organizations/org_active", capyKey, `{"name":5}`, "/error"},
		"a right and a wrong one":        {"capydb", "/v1/organizations/org_active", capyKey, `{"slug":"x","name":[]}`, "/error"},
		"a read-only member":             {"capydb", "/v1/organizations/org_active", capyKey, `{"name":"x","id":"org_x"}`, "/error"},
		"a read-only member, as it is":   {"capydb", "/v1/organizations/org_active", capyKey, `{"billing_plan":"scale"}`, "/error"},
		"read-only in the answer alone":  {"octolens", "/api/v2/org", octoKey, `{"plan":"Pro_v3"}`, "/error/message"},
		"null where the member needs it": {"capydb", "/v1/organizations/org_active", capyKey, `{"name":null}`, "/error"},
		"too long":                       {"octolens", "/api/v2/org", octoKey, `{"name":"` + strings.Repeat("x", 201) + `"}`, "/error/message"},
		"an array":                       {"capydb", "/v1/organizations/org_active", capyKey, `[]`, "/error"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := play(t, tt.doc, mock.Config{})
			before := ask(t, s, "GET "+tt.line, tt.key)
			got := ask(t, s, "PATCH "+tt.line, tt.key, "", tt.body)
			if got.StatusCode != 400 || got.at(t, tt.at) == "absent" {
				t.Errorf("got %d %s, want 400", got.StatusCode, got.body)
			}
			if after := ask(t, s, "GET "+tt.line, tt.key); after.body != before.body || after.source() == "memory" {
				t.Errorf("it changed to %s", after.body)
			}
		})
	}
}

func TestAnEmptyPatchChangesNothing(t *testing.T) {
	s := play(t, "capydb", mock.Config{Now: noon})
	before := ask(t, s, "GET /v1/organizations/org_active", capyKey)
	got := ask(t, s, "PATCH /v1/organizations/org_active", capyKey, "", `{}`)
	if got.StatusCode != 200 || got.body != before.body {
		t.Errorf("got %d %s\nwant %s", got.StatusCode, got.body, before.body)
	}
}

func TestTheKeyDecidesTheEntity(t *testing.T) {
	s := play(t, "octolens", mock.Config{})
	ask(t, s, "PATCH /api/v2/org", octoKey, "", `{"name":"Paid","platforms":["github"]}`)
	if got := ask(t, s, "GET /api/v2/org", octoKey); got.at(t, "/name") != "Paid" || got.at(t, "/platforms") != `["github"]` {
		t.Errorf("got %s", got.body)
	}
	if got := ask(t, s, "GET /api/v2/org", "Authorization: Bearer ak_test_trial"); got.at(t, "/name") != "Marlow & Finch" {
		t.Errorf("another key got %s", got.body)
	}
	got := ask(t, s, "PATCH /api/v2/org", octoKey, "", `{"platforms":"all"}`)
	if got.at(t, "/name") != "Paid" || got.at(t, "/platforms") != "all" {
		t.Errorf("got %s", got.body)
	}
}

const notes = `openapi: 3.0.3
info: {title: Notes, version: '1'}
paths:
  /notes:
    get:
      responses:
        '200':
          description: All.
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Note'}}
              example: [{id: 1, text: a, updated: 1700000000}, {id: 2, text: b, updated: 1700000000}]
  /notes/{noteId}:
    parameters: [{name: noteId, in: path, required: true, schema: {type: integer}}]
    get:
      responses: {'200': {$ref: '#/components/responses/Note'}}
    put:
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
      responses: {'204': {description: Done.}}
    patch:
      requestBody: {required: true, content: {application/merge-patch+json: {schema: {type: object, properties: {text: {type: string}, tags: {type: array, items: {type: string}}, secret: {type: string, writeOnly: true}, hint: {type: string, nullable: true}}}}}}
      responses: {'200': {$ref: '#/components/responses/Note'}, '400': {description: Wrong.}}
  /steps/{noteId}:
    parameters: [{name: noteId, in: path, required: true, schema: {type: string}}]
    get:
      responses: {'200': {$ref: '#/components/responses/Note'}}
    patch:
      requestBody: {required: true, content: {application/json-patch+json: {schema: {type: array, items: {type: object}}}}}
      responses: {'200': {$ref: '#/components/responses/Note'}}
  /free/{noteId}:
    parameters: [{name: noteId, in: path, required: true, schema: {type: string}}]
    get:
      responses: {'200': {$ref: '#/components/responses/Note'}}
    patch:
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses: {'200': {$ref: '#/components/responses/Note'}}
components:
  responses:
    Note:
      description: One.
      content:
        application/json:
          schema: {$ref: '#/components/schemas/Note'}
          examples:
            one: {value: {id: 1, text: a, hint: h, meta: {a: 1, b: 2}, updated: 1700000000}}
            two: {value: {id: 2, text: b, updated: 1700000000}}
  schemas:
    Note:
      type: object
      required: [id, text]
      additionalProperties: false
      properties:
        id: {type: integer, readOnly: true}
        text: {type: string, maxLength: 10}
        hint: {type: string}
        tags: {type: object}
        due: {type: string, format: date-time, nullable: true}
        meta: {type: object}
        updated: {type: integer}
`

func TestMerging(t *testing.T) {
	const merge = "Content-Type: application/merge-patch+json"
	const was = `{"id":1,"text":"a","hint":"h","meta":{"a":1,"b":2},"updated":1700000000}`
	tests := map[string]struct {
		line   string
		more   []string
		status int
		want   string // of the GET afterwards
	}{
		"a member":                             {"PATCH /notes/1", []string{merge, "", `{"text":"z"}`}, 200, `{"id":1,"text":"z","hint":"h","meta":{"a":1,"b":2},"updated":1782907200}`},
		"null takes an optional member away":   {"PATCH /notes/1", []string{merge, "", `{"hint":null}`}, 200, `{"id":1,"text":"a","meta":{"a":1,"b":2},"updated":1782907200}`},
		"what is sent and never shown":         {"PATCH /notes/1", []string{merge, "", `{"secret":"s"}`}, 200, was},
		"what may be sent and has no place":    {"PATCH /notes/1", []string{merge, "", `{"tags":["t"],"text":"z"}`}, 200, `{"id":1,"text":"z","hint":"h","meta":{"a":1,"b":2},"updated":1782907200}`},
		"objects are merged":                   {"PATCH /free/1", []string{"", `{"meta":{"a":null,"c":3}}`}, 200, `{"id":1,"text":"a","hint":"h","meta":{"b":2,"c":3},"updated":1782907200}`},
		"null stays where the schema has it":   {"PATCH /free/1", []string{"", `{"due":null}`}, 200, `{"id":1,"text":"a","hint":"h","meta":{"a":1,"b":2},"updated":1782907200,"due":null}`},
		"a value that the answer cannot have":  {"PATCH /free/1", []string{"", `{"text":"longer than ten"}`}, 400, was},
		"null for a member that must be there": {"PATCH /free/1", []string{"", `{"text":null}`}, 400, was},
		"a member that the answer cannot have": {"PATCH /free/1", []string{"", `{"color":"red","text":"z"}`}, 200, `{"id":1,"text":"z","hint":"h","meta":{"a":1,"b":2},"updated":1782907200}`},
		"a clock that is set by hand":          {"PATCH /free/1", []string{"", `{"updated":1700000001}`}, 200, `{"id":1,"text":"a","hint":"h","meta":{"a":1,"b":2},"updated":1700000001}`},
		"PUT replaces":                         {"PUT /notes/1", []string{"", `{"text":"z","due":"2026-01-01T00:00:00Z"}`}, 204, `{"id":1,"text":"z","due":"2026-01-01T00:00:00Z"}`},
		"steps": {"PATCH /steps/1", []string{"Content-Type: application/json-patch+json", "", `[{"op":"replace","path":"/text","value":"z"},{"op":"remove","path":"/meta/a"},
			{"op":"add","path":"/meta/l","value":[1,3]},{"op":"add","path":"/meta/l/1","value":2},{"op":"add","path":"/meta/l/-","value":4},{"op":"move","from":"/hint","path":"/meta/h"},{"op":"copy","from":"/meta/l/0","path":"/meta/n"}]`},
			200, `{"id":1,"text":"z","meta":{"b":2,"l":[1,2,3,4],"h":"h","n":1},"updated":1782907200}`},
		"steps that cannot be taken": {"PATCH /steps/1", []string{"Content-Type: application/json-patch+json", "", `[{"op":"replace","path":"/none","value":"z"},{"op":"add","path":"/id","value":2},{"op":"add","path":"text","value":2},{"op":"add","path":"/text","value":2},{"op":"remove","path":"/meta/x/y"},{"op":"remove","path":"/text"},{},{"op":"move","path":"/x"}]`},
			200, was},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := play(t, notes, mock.Config{Now: noon})
			path := strings.Fields(tt.line)[1]
			if got := ask(t, s, "GET "+path); got.body != was {
				t.Fatalf("got %s before", got.body)
			}
			if got := ask(t, s, tt.line, tt.more...); got.StatusCode != tt.status {
				t.Errorf("got %d, want %d: %s", got.StatusCode, tt.status, got.body)
			}
			if got := ask(t, s, "GET "+path); got.body != tt.want {
				t.Errorf("got  %s\nwant %s", got.body, tt.want)
			}
		})
	}
	t.Run("a list shows it", func(t *testing.T) {
		s := play(t, notes, mock.Config{Now: noon})
		ask(t, s, "PATCH /notes/2", merge, "", `{"text":"z"}`)
		want := `[{"id":1,"text":"a","updated":1700000000},{"id":2,"text":"z","updated":1782907200}]`
		if got := ask(t, s, "GET /notes"); got.body != want || got.source() != "memory" {
			t.Errorf("got %q %s", got.source(), got.body)
		}
	})
}

// Every client owns one member and counts in it; all of them write the same entity at once.
func TestNoChangeIsLostAmongManyClients(t *testing.T) {
	const clients, rounds = 64, 12
	doc := `openapi: 3.1.0
info: {title: Board, version: '1'}
paths:
  /board:
    get: &answer
      responses: {'200': {description: B, content: {application/json: {schema: {$ref: '#/components/schemas/Board'}, example: {left: 0, right: 0}}}}}
    patch:
      <<: *answer
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
components:
  schemas:
    Board: {type: object, required: [left, right], properties: {left: {type: integer}, right: {type: integer}}, additionalProperties: {type: integer}}
`
	s := play(t, doc, mock.Config{})
	listener := httptest.NewServer(s)
	defer listener.Close()
	client := listener.Client()
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = clients
	send := func(method, body string) (answer, error) {
		r, err := http.NewRequest(method, listener.URL+"/board", strings.NewReader(body))
		if err != nil {
			return answer{}, err
		}
		r.Header.Set("Content-Type", "application/json")
		res, err := client.Do(r)
		if err != nil {
			return answer{}, err
		}
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		return answer{res, string(data)}, err
	}
	var wg sync.WaitGroup
	for c := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for round := 1; round <= rounds; round++ {
				n := strconv.Itoa(c*1000 + round)
				got, err := send("PATCH", fmt.Sprintf(`{"client%d":%d,"left":%s,"right":%s}`, c, round, n, n))
				if err != nil || got.StatusCode != 200 {
					t.Errorf("PATCH: %v %s", err, got.body)
					return
				}
				got, err = send("GET", "")
				if err != nil || got.StatusCode != 200 {
					t.Errorf("GET: %v %s", err, got.body)
					return
				}
				if left, right := got.at(t, "/left"), got.at(t, "/right"); left != right {
					t.Errorf("a torn answer: left %s, right %s", left, right)
				}
				if mine := got.at(t, fmt.Sprintf("/client%d", c)); mine != strconv.Itoa(round) {
					t.Errorf("client %d reads %s after it wrote %d", c, mine, round)
				}
			}
		}()
	}
	wg.Wait()
	got, err := send("GET", "")
	if err != nil {
		t.Fatal(err)
	}
	for c := range clients {
		if mine := got.at(t, fmt.Sprintf("/client%d", c)); mine != strconv.Itoa(rounds) {
			t.Errorf("client %d ends with %s, want %d", c, mine, rounds)
		}
	}
	client.CloseIdleConnections()
}

func TestAMemberThatTheRequestMustHaveIsNotRefused(t *testing.T) {
	doc, err := spec.Parse("sections.yaml", []byte(`
openapi: 3.0.3
info: {title: Sections, version: "1"}
paths:
  /sections/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses: {"200": {description: a section, content: {application/json: {schema: {$ref: "#/components/schemas/Section"}}}}}
    put:
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [project], properties: {name: {type: string}}}}}}
      responses: {"200": {description: a section, content: {application/json: {schema: {$ref: "#/components/schemas/Section"}}}}}
components:
  schemas:
    Section: {type: object, properties: {name: {type: string}, project: {type: object}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := mock.New(doc, mock.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := httptest.NewRequest(http.MethodPut, "/sections/7", strings.NewReader(`{"project":"p1","name":"Next"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"name":"Next"`) {
		t.Errorf("got %d %s, want 200 with the new name", w.Code, w.Body)
	}
}

func TestAnIdThatTheDocumentGivesAsAnExampleIsAlwaysThere(t *testing.T) {
	doc, err := spec.Parse("batches.yaml", []byte(`
openapi: 3.0.3
info: {title: Batches, version: "1"}
paths:
  /batches:
    get:
      responses: {"200": {description: all, content: {application/json: {schema: {type: array, minItems: 2, items: {$ref: "#/components/schemas/Batch"}}, example: [{id: "b-1"}, {id: "b-2"}]}}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Batch"}}}}
      responses: {"201": {description: made, content: {application/json: {schema: {$ref: "#/components/schemas/Batch"}}}}}
  /batches/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses: {"200": {description: one, content: {application/json: {schema: {$ref: "#/components/schemas/Batch"}}}}}
    delete:
      responses: {"204": {description: gone}}
components:
  schemas:
    Batch: {type: object, required: [id], properties: {id: {type: string}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := mock.New(doc, mock.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	send := func(method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	for _, step := range []struct {
		method, path string
		want         int
	}{{"GET", "/batches", 200}, {"DELETE", "/batches/b-1", 204}, {"DELETE", "/batches/b-1", 204}, {"GET", "/batches/b-1", 200}} {
		if got := send(step.method, step.path).Code; got != step.want {
			t.Errorf("%s %s: got %d, want %d", step.method, step.path, got, step.want)
		}
	}
	// what was created can go
	r := httptest.NewRequest("POST", "/batches", strings.NewReader(`{"id":"b-9"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	at := "/batches/b-9"
	if w.Code != 201 || send("DELETE", at).Code != 204 || send("GET", at).Code != 404 {
		t.Errorf("got %d %s, then %d at %s, want it gone after DELETE", w.Code, w.Body, send("GET", at).Code, at)
	}
}
