package mock_test

import (
	"strings"
	"testing"
	"time"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/mock"
)

const steered = `openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /pets/{id}:
    get:
      operationId: getPet
      parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: q, in: query, schema: {type: integer}}
      responses:
        '200':
          description: O
          content:
            application/json:
              schema: {type: object, required: [name], properties: {name: {type: string}, tag: {type: string}, age: {type: integer}}}
              examples: {cat: {value: {name: Tom}}, dog: {value: {name: Rex}}}
        '404': {description: N, content: {application/json: {schema: {type: object, required: [message], properties: {message: {type: string}}}, examples: {gone: {value: {message: gone}}}}}}
  /list:
    get:
      operationId: list
      responses:
        '200': {description: O, content: {application/json: {schema: {type: object, required: [data], properties: {data: {type: array, maxItems: 20, items: {type: object, required: [id], properties: {id: {type: string, format: uuid}}}}}}}}}
`

// The ways that the users of Prism know, each as its manual describes it.
func TestPreferAsPrismKnowsIt(t *testing.T) {
	tests := map[string]struct {
		line, prefer string
		status       int
		body         string // part of it
		applied      string
	}{
		"a code":                                 {"GET /pets/1", "code=404", 404, "message", "code=404"},
		"a code in the query":                    {"GET /pets/1?__code=404", "", 404, "message", "code=404"},
		"an example":                             {"GET /pets/1", "example=dog", 200, `"Rex"`, "example=dog"},
		"an example in the query":                {"GET /pets/1?__example=dog", "", 200, `"Rex"`, "example=dog"},
		"a code and an example":                  {"GET /pets/1", "code=404, example=gone", 404, `"gone"`, "code=404, example=gone"},
		"dynamic":                                {"GET /pets/1", "dynamic=true", 200, `"name"`, "dynamic=true"},
		"dynamic in the query":                   {"GET /pets/1?__dynamic=true", "", 200, `"name"`, "dynamic=true"},
		"not dynamic":                            {"GET /pets/1", "dynamic=false", 200, `"Tom"`, ""},
		"a code and dynamic":                     {"GET /pets/1", "code=200, dynamic=true", 200, `"name"`, "code=200, dynamic=true"},
		"the header before the query":            {"GET /pets/1?__code=200", "code=404", 404, "message", "code=404"},
		"an example that is none":                {"GET /pets/1", "example=bird", 400, "cat", ""},
		"words of others are passed over":        {"GET /pets/1", "respond-async, wait=10, return=minimal", 200, "Tom", ""},
		"a code although the request is invalid": {"GET /pets/x", "code=404", 404, "message", "code=404"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := play(t, steered, mock.Config{})
			var more []string
			if tt.prefer != "" {
				more = append(more, "Prefer: "+tt.prefer)
			}
			got := ask(t, s, tt.line, more...)
			if got.StatusCode != tt.status || !strings.Contains(got.body, tt.body) || got.Header.Get("Preference-Applied") != tt.applied {
				t.Errorf("got %d %s, applied %q; want %d %s, applied %q", got.StatusCode, got.body, got.Header.Get("Preference-Applied"), tt.status, tt.body, tt.applied)
			}
			if strings.Contains(name, "dynamic") && !strings.HasPrefix(name, "not") && strings.Contains(got.body, `"Tom"`) {
				t.Errorf("got the example %s, want a generated value", got.body)
			}
		})
	}
}

func TestMoreThanPrismKnows(t *testing.T) {
	s := play(t, steered, mock.Config{})
	if got := ask(t, s, "GET /pets/1", "Prefer: profile=minimal"); got.at(t, "/tag") != "absent" || got.at(t, "/age") != "absent" || got.Header.Get("Preference-Applied") != "profile=minimal" {
		t.Errorf("got %s, want the required member alone", got.body)
	}
	if got := ask(t, s, "GET /pets/1", "Prefer: profile=full"); got.at(t, "/tag") == "absent" || got.at(t, "/age") == "absent" {
		t.Errorf("got %s, want every member", got.body)
	}
	length := func(a answer) int {
		v, err := value.Parse([]byte(a.body))
		if err != nil {
			t.Fatal(err)
		}
		list, _ := value.Pointer(v, "/data")
		return len(list.([]any))
	}
	for _, n := range []string{"0", "1", "20"} {
		if got := ask(t, s, "GET /list?__items="+n); len(n) == 0 || length(got) != map[string]int{"0": 0, "1": 1, "20": 20}[n] || got.Header.Get("Preference-Applied") != "items="+n {
			t.Errorf("got %d items, applied %q, want %s", length(got), got.Header.Get("Preference-Applied"), n)
		}
	}
	if got := ask(t, s, "GET /list", "Prefer: items=21"); length(got) > 20 || got.Header.Get("Preference-Applied") != "" {
		t.Errorf("got %d items, applied %q, want at most 20 and nothing applied", length(got), got.Header.Get("Preference-Applied"))
	}
	began := time.Now()
	if got := ask(t, s, "GET /pets/1", "Prefer: delay=30ms"); time.Since(began) < 30*time.Millisecond || got.Header.Get("Preference-Applied") != "delay=30ms" {
		t.Errorf("got the answer after %s, want it after 30ms", time.Since(began))
	}
	for _, wrong := range []string{"items=-1", "items=10001", "profile=big", "delay=x", "validate=maybe", "delay=11m"} {
		if got := ask(t, s, "GET /pets/1", "Prefer: "+wrong); got.StatusCode != 400 {
			t.Errorf("%s: got %d, want 400", wrong, got.StatusCode)
		}
	}
}

func TestPolicies(t *testing.T) {
	tests := map[string]struct {
		cfg      mock.Config
		prefer   string
		status   int
		problems string // the beginning of Specimen-Problems
	}{
		"reject is the default":            {mock.Config{}, "", 400, ""},
		"report":                           {mock.Config{Policy: mock.Report}, "", 200, "1; query q: "},
		"off":                              {mock.Config{Policy: mock.Off}, "", 200, ""},
		"for the operation":                {mock.Config{Policies: map[string]mock.Policy{"getPet": mock.Report}}, "", 200, "1; "},
		"for another operation":            {mock.Config{Policies: map[string]mock.Policy{"list": mock.Report}}, "", 400, ""},
		"its name before a wildcard":       {mock.Config{Policies: map[string]mock.Policy{"*": mock.Off, "getPet": mock.Reject}}, "", 400, ""},
		"the request before the operation": {mock.Config{Policies: map[string]mock.Policy{"getPet": mock.Off}}, "validate=reject", 400, ""},
		"the request asks to report":       {mock.Config{}, "validate=report", 200, "1; "},
		"the request asks for nothing":     {mock.Config{}, "validate=off", 200, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := play(t, steered, tt.cfg)
			got := ask(t, s, "GET /pets/1?q=x", "Prefer: "+tt.prefer)
			if told := got.Header.Get("Specimen-Problems"); got.StatusCode != tt.status || !strings.HasPrefix(told, tt.problems) || (told == "") != (tt.problems == "") {
				t.Errorf("got %d and %q, want %d and %q", got.StatusCode, told, tt.status, tt.problems)
			}
			if n := len(s.Calls()[0].Problems); tt.problems != "" && n != 1 {
				t.Errorf("got %d problems in the call, want 1", n)
			}
		})
	}
	for _, cfg := range []mock.Config{{Policy: "loose"}, {Policies: map[string]mock.Policy{"getPets": mock.Off}}, {Policies: map[string]mock.Policy{"getPet": "x"}}} {
		if _, err := mock.New(document(t, steered), cfg); err == nil {
			t.Errorf("%v: got no error", cfg)
		}
	}
}
