package contract

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/specimen-api/specimen/internal/golden"
)

// a report with everything that a format has to show
func sample() *Report {
	return &Report{
		Form: 1, Tool: "specimen/devel", RunID: "5f3a", Target: "https://staging.example/v1", Seed: 7,
		Document: DocumentReport{"shop.yaml", "Shop", "1.0.0"},
		Started:  time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC), Duration: 1234567 * time.Microsecond,
		Status: 1, Conclusion: "the promise is broken",
		Counts: Counts{Operations: 4, Kept: 1, Broken: 1, NotTested: 2, Cases: 5, Sent: 5, Requests: 8, Errors: 2, Warnings: 1},
		Operations: []OperationReport{
			{"getItem", "GET", "/items/{id}", Broken, "", []CaseReport{{"getItem/1", "required parameters", Good, Examples, 200, ""}, {"getItem/2", "optional parameters too", Good, Examples, 200, ""}}, []string{"0a1b2c3d4e5f", "111111111111"}},
			{"deleteItem", "DELETE", "/items/{id}", NotTested, "DELETE is never sent", []CaseReport{}, []string{}},
			{"listOrders", "GET", "/orders", NotTested, "not reached: answered 400; better values may help: --set NAME=... (since)", []CaseReport{{"listOrders/1", "required parameters", Good, Examples, 400, ""}}, []string{"222222222222"}},
			{"ping", "GET", "/ping", Kept, "", []CaseReport{{"ping/1", "required parameters", Good, Examples, 204, ""}, {"ping/2", "without credentials", Bare, Examples, 401, ""}}, []string{}},
		},
		Findings: []Finding{
			{ID: "0a1b2c3d4e5f", Check: "body", Level: "error", Operation: "getItem", Method: "GET", Path: "/items/{id}", Case: "getItem/1", Status: 200,
				In: "body", At: "/tags/0", Keyword: "type", Got: `integer 5 & <more> "quoted"`, Want: "string", Message: `got integer 5 & <more> "quoted", want string`,
				Promise: Promise{"shop.yaml", 63, 16, "#/components/schemas/Tag"}, Count: 6, Sent: 2, Seen: 2,
				Members: []Member{{"getItem", "getItem/1", "/tags/0"}, {"getItem", "getItem/1", "/tags/1"}, {"getItem", "getItem/1", "/tags/2"}, {"getItem", "getItem/2", "/tags/0"}, {"getItem", "getItem/2", "/tags/1"}, {"getItem", "getItem/2", "/tags/2"}},
				Curl:    `curl -sS -i https://staging.example/v1/items/i_1 -H "Authorization: Bearer $SPECIMEN_TOKEN"`},
			{ID: "111111111111", Check: "server-error", Level: "error", Operation: "getItem", Method: "GET", Path: "/items/{id}", Case: "getItem/2", Status: 500,
				In: "status", Keyword: "status", Got: "500 Internal Server Error", Want: "no 5xx to a valid request", Message: "got 500 Internal Server Error, want no 5xx to a valid request",
				Promise: Promise{"shop.yaml", 9, 5, "#/paths/~1items~1{id}/get"}, Count: 1, Sent: 2, Seen: 1,
				Members: []Member{{"getItem", "getItem/2", ""}},
				Curl:    `curl -sS -i 'https://staging.example/v1/items/i_1?q=a%20b&x=1' -H "Authorization: Bearer $SPECIMEN_TOKEN"`},
			{ID: "222222222222", Check: "valid-refused", Level: "warning", Operation: "listOrders", Method: "GET", Path: "/orders", Case: "listOrders/1", Status: 400,
				In: "status", Keyword: "valid", Got: "400 Bad Request", Want: "a valid request to be served", Message: "got 400 Bad Request, want a valid request to be served",
				Hint:    "some values were made up; --set NAME=VALUE gives better ones",
				Promise: Promise{"shop.yaml", 40, 5, "#/paths/~1orders/get"}, Count: 1, Sent: 2, Seen: 2,
				Members: []Member{{"listOrders", "listOrders/1", ""}},
				Curl:    "curl -sS -i 'https://staging.example/v1/orders?since=\x1b[31m'"},
		},
		Notes: []Note{{"getItem", "examples 2 is not sent: it would not be valid"}, {"", "the token is not sent"}},
	}
}

func untested() *Report {
	r := sample()
	r.Status, r.Conclusion = 3, "could not test: connect to staging.example: connection refused"
	r.Findings, r.Notes, r.Operations = []Finding{}, []Note{}, r.Operations[1:2]
	r.Counts = Counts{Operations: 1, NotTested: 1}
	return r
}

func TestFormats(t *testing.T) {
	for _, f := range Formats() {
		for name, r := range map[string]*Report{"broken": sample(), "untested": untested()} {
			t.Run(f.Name+" "+name, func(t *testing.T) {
				var b bytes.Buffer
				if err := r.Write(&b, f.Name); err != nil {
					t.Fatal(err)
				}
				golden.Compare(t, f.Name+"-"+name+".golden", b.Bytes())
				if bytes.ContainsRune(b.Bytes(), '\x1b') {
					t.Error("got an escape character, want none: what a server writes must not reach the terminal")
				}
			})
		}
	}
}

func TestJSONReadsBack(t *testing.T) {
	var b bytes.Buffer
	if err := sample().Write(&b, "json"); err != nil {
		t.Fatal(err)
	}
	var all jsonReports
	d := json.NewDecoder(&b)
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	back := all.Reports[0]
	if all.Status != 1 || back.Exit() != 1 || len(back.Findings) != 3 || back.Findings[0].Promise.Line != 63 || back.Duration != sample().Duration {
		t.Errorf("got %+v, want the report again", back)
	}
}

// The elements and attributes of the JUnit schema that Jenkins and most others read, in the order that it asks for.
var junitSchema = map[string]struct {
	attributes, required, children []string
}{
	"testsuites": {[]string{"name", "time", "tests", "failures", "errors", "disabled"}, nil, []string{"testsuite"}},
	"testsuite":  {[]string{"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package"}, []string{"name", "tests"}, []string{"properties", "testcase", "system-out", "system-err"}},
	"properties": {nil, nil, []string{"property"}},
	"property":   {[]string{"name", "value"}, []string{"name", "value"}, nil},
	"testcase":   {[]string{"name", "assertions", "time", "classname", "status"}, []string{"name", "classname"}, []string{"skipped", "error", "failure", "system-out", "system-err"}},
	"skipped":    {[]string{"message"}, nil, nil},
	"error":      {[]string{"message", "type"}, nil, nil},
	"failure":    {[]string{"message", "type"}, nil, nil},
	"system-out": {},
	"system-err": {},
}

func TestJUnitKeepsToItsSchema(t *testing.T) {
	hard := sample()
	hard.Findings[0].Message = "control \x00\x01 and ]]> and \xff and \ufffe"
	for name, r := range map[string]*Report{"broken": sample(), "untested": untested(), "hard": hard} {
		var b bytes.Buffer
		if err := r.Write(&b, "junit"); err != nil {
			t.Fatal(err)
		}
		type open struct {
			name string
			last int
		}
		var stack []open
		counts := map[string]int{}
		for d := xml.NewDecoder(&b); ; {
			tok, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			switch tok := tok.(type) {
			case xml.StartElement:
				rules, known := junitSchema[tok.Name.Local]
				if !known {
					t.Fatalf("%s: got an element %s, want one of the schema", name, tok.Name.Local)
				}
				counts[tok.Name.Local]++
				var names []string
				for _, a := range tok.Attr {
					names = append(names, a.Name.Local)
					if !slices.Contains(rules.attributes, a.Name.Local) {
						t.Errorf("%s: got the attribute %s of %s, want one of the schema", name, a.Name.Local, tok.Name.Local)
					}
				}
				for _, want := range rules.required {
					if !slices.Contains(names, want) {
						t.Errorf("%s: got no attribute %s of %s", name, want, tok.Name.Local)
					}
				}
				if len(stack) > 0 {
					parent := &stack[len(stack)-1]
					i := slices.Index(junitSchema[parent.name].children, tok.Name.Local)
					if i < parent.last {
						t.Errorf("%s: got %s in %s out of order", name, tok.Name.Local, parent.name)
					}
					parent.last = i
				}
				stack = append(stack, open{name: tok.Name.Local})
			case xml.EndElement:
				stack = stack[:len(stack)-1]
			}
		}
		if name == "broken" && (counts["testcase"] != 4 || counts["failure"] != 2 || counts["skipped"] != 2 || counts["error"] != 0) {
			t.Errorf("got %v, want 4 test cases, 2 failures, 2 skipped and no error", counts)
		}
		if name == "untested" && counts["error"] != 1 {
			t.Errorf("got %v, want one error", counts)
		}
	}
}

func TestAnUnknownFormatIsToldTheOthers(t *testing.T) {
	err := sample().Write(io.Discard, "jsn")
	if err == nil || !strings.HasPrefix(err.Error(), `no format named "jsn"; there are json, `) {
		t.Errorf("got %v, want the formats that there are", err)
	}
}
