package spec

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/specimen-api/specimen/internal/value"
)

func parse(t testing.TB, text string) any {
	t.Helper()
	v, err := value.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// schemaOf reads one schema as the component X of a document of the given version.
func schemaOf(t testing.TB, version, schema string) *Schema {
	t.Helper()
	d, err := Parse("t.json", []byte(fmt.Sprintf(`{"openapi":%q,"info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{"X":%s}}}`, version, schema)))
	if err != nil {
		t.Fatal(err)
	}
	return d.Component("X")
}

func TestCheckSaysWhereAndWhat(t *testing.T) {
	tests := map[string]struct {
		schema, value string
		want          []string
	}{
		"a number sent as a string": {`{"type":"object","properties":{"id":{"type":"integer"}}}`, `{"id":"7"}`, []string{`/id type: got string, want integer [write it without quotes, as a number]`}},
		"an enum nearly right":      {`{"enum":["available","sold"]}`, `"availble"`, []string{` enum: got "availble", want one of "available", "sold" [did you mean "available"?]`}},
		"an unknown member":         {`{"properties":{"name":{}},"additionalProperties":false}`, `{"nmae":1}`, []string{`/nmae additionalProperties: member "nmae" is not declared, and no other members are allowed [did you mean "name"?]`}},
		"a missing member":          {`{"required":["created_at"],"properties":{"created_at":{}}}`, `{"createdAt":1}`, []string{` required: member "created_at" is missing [there is a member "createdAt"]`}},
		"types of all branches":     {`{"anyOf":[{"type":"string"},{"type":"null"}]}`, `7`, []string{` type: got integer, want string or null []`}},
		"the nearest branch": {`{"oneOf":[{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}},{"type":"array"}]}`, `{"a":1}`,
			[]string{`/a type: got integer, want string [write it in quotes, as a string]`}},
		"beyond int64":   {`{"type":"integer","format":"int64"}`, `9223372036854775808`, []string{` format: got 9223372036854775808, want a value of format int64: a whole number from -9223372036854775808 to 9223372036854775807 []`}},
		"a false branch": {`{"properties":{"a":false}}`, `{"a":1}`, []string{`/a properties: got 1, want no value at all: the schema is false []`}},
	}
	for name, tt := range tests {
		var got []string
		for _, p := range schemaOf(t, "3.1.0", tt.schema).Check(parse(t, tt.value), Response) {
			got = append(got, fmt.Sprintf("%s %s: %s [%s]", p.At, p.Keyword, p.Say(), p.Hint))
			if p.Position.Line == 0 || p.Pointer == "" {
				t.Errorf("%s: no place in the document: %+v", name, p)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestEverySchemaOfTheCorpusCompiles(t *testing.T) {
	for name, file := range corpus(t) {
		start := time.Now()
		d, err := Load(context.Background(), file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		n := 0
		for _, dir := range []Direction{Request, Response} {
			for _, c := range d.Components() {
				s := d.Component(c)
				if s == nil {
					continue
				}
				n++
				if _, err := s.judge(dir).entry(s).get(); err != nil {
					t.Errorf("%s %s: %v", name, c, err)
				}
			}
		}
		t.Logf("%s: %d in %v", name, n, time.Since(start))
	}
}

// The verdicts in testdata are those of ajv, for each value against each schema: 1 is valid.
func TestVerdictsAreThoseOfAnotherEngine(t *testing.T) {
	data, err := os.ReadFile("testdata/verdicts.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Values    []string
		Documents []struct {
			Name     string
			Document json.RawMessage
			Verdicts map[string]string
		}
	}
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range table.Documents {
		doc, err := Parse(d.Name, d.Document)
		if err != nil {
			t.Fatal(err)
		}
		for key, verdicts := range d.Verdicts {
			name, direction, _ := strings.Cut(key, " ")
			dir := Response
			if direction == "request" {
				dir = Request
			}
			s := referenceTo(doc, name)
			for i, text := range table.Values {
				n++
				problems := s.Check(parse(t, text), dir)
				if got, want := len(problems) == 0, verdicts[i] == '1'; got != want {
					t.Errorf("%s %s, %s: got valid %v, want %v: %v", d.Name, key, text, got, want, problems)
				}
			}
		}
	}
	if n < 5000 {
		t.Errorf("got %d verdicts, want the whole table", n)
	}
}

// referenceTo makes the schema {"$ref": NAME}, as it stands in a response.
func referenceTo(d *Document, name string) *Schema {
	c := d.Component(name)
	s := &Schema{Pointer: "#", doc: d, node: c.node, Resource: d.resourceOf(d.file)}
	s.Ref = &Reference{Text: d.componentPrefix() + value.Escape(name), from: s, keyword: "$ref"}
	return s
}

func TestDynamicReferencesLeadToTheOutermostAnchor(t *testing.T) {
	list := `"$defs":{%s,"list":{"$id":"list","type":"array","items":{"$dynamicRef":"#items"},"$defs":{"any":{"$dynamicAnchor":"items"}}}}`
	tests := map[string]struct {
		schema, value string
		want          int
	}{
		"the outer anchor rules":               {`{"$id":"https://t.test/r","$ref":"list",` + fmt.Sprintf(list, `"x":{"$dynamicAnchor":"items","type":"string"}`) + `}`, `["a",1]`, 1},
		"a plain $anchor is none":              {`{"$id":"https://t.test/r","$ref":"list",` + fmt.Sprintf(list, `"x":{"$anchor":"items","type":"string"}`) + `}`, `["a",1]`, 0},
		"without an outer one, the own anchor": {`{"$id":"https://t.test/r","$ref":"list",` + fmt.Sprintf(list, `"x":{}`) + `}`, `["a",1]`, 0},
		"the branch taken decides": {`{"$id":"https://t.test/r","if":{"properties":{"k":{"const":"n"}}},"then":{"$ref":"numbers"},"else":{"$ref":"strings"},"$defs":{
			"numbers":{"$id":"numbers","$ref":"base","$defs":{"t":{"$dynamicAnchor":"it","type":"number"}}},
			"strings":{"$id":"strings","$ref":"base","$defs":{"t":{"$dynamicAnchor":"it","type":"string"}}},
			"base":{"$id":"base","properties":{"list":{"items":{"$dynamicRef":"#it"}}},"$defs":{"t":{"$dynamicAnchor":"it"}}}}}`, `{"k":"s","list":["x",1]}`, 1},
		"a tree that is stricter than its base": {`{"$id":"https://t.test/strict","$dynamicAnchor":"node","$ref":"tree","unevaluatedProperties":false,"$defs":{"tree":{"$id":"tree","$dynamicAnchor":"node",
			"properties":{"data":{},"children":{"items":{"$dynamicRef":"#node"}}}}}}`, `{"children":[{"daat":1}]}`, 1},
		"from another resource":        {`{"$id":"https://t.test/r","properties":{"a":{"$dynamicRef":"other#it"}},"$defs":{"o":{"$id":"other","$defs":{"i":{"$dynamicAnchor":"it","type":"integer"}}}}}`, `{"a":"x"}`, 1},
		"from another resource, right": {`{"$id":"https://t.test/r","properties":{"a":{"$dynamicRef":"other#it"}},"$defs":{"o":{"$id":"other","$defs":{"i":{"$dynamicAnchor":"it","type":"integer"}}}}}`, `{"a":1}`, 0},
	}
	for name, tt := range tests {
		if got := schemaOf(t, "3.1.0", tt.schema).Check(parse(t, tt.value), Response); len(got) != tt.want {
			t.Errorf("%s: got %v, want %d problems", name, got, tt.want)
		}
	}
}

func TestFaultsOfTheDocument(t *testing.T) {
	tests := map[string]struct {
		schema, value string
		check, all    string // codes that Check and Diagnose give
	}{
		"a reference that leads nowhere":         {`{"properties":{"a":{"$ref":"#/components/schemas/Gone"}}}`, `{"a":1}`, "SP201", "SP201"},
		"one that the value does not reach":      {`{"properties":{"a":{"$ref":"#/components/schemas/Gone"}}}`, `{}`, "", "SP201"},
		"a pattern that is no expression":        {`{"pattern":"(a"}`, `"a"`, "SP302", "SP302"},
		"the pattern of a name":                  {`{"patternProperties":{"(a":{}}}`, `{"x":1,"y":2}`, "SP302", "SP302"},
		"references that lead to each other":     {`{"$ref":"#/components/schemas/X"}`, `1`, "", "SP202"},
		"a dynamic reference that leads nowhere": {`{"$dynamicRef":"#gone"}`, `1`, "SP201", "SP201"},
		"a keyword of the wrong kind":            {`{"maxLength":"3"}`, `"abcd"`, "", "SP301"},
	}
	for name, tt := range tests {
		s := schemaOf(t, "3.1.0", tt.schema)
		codes := func(list []Problem) string {
			seen := map[string]bool{}
			var out []string
			for _, p := range list {
				if p.Position.Line == 0 || p.Pointer == "" {
					t.Errorf("%s: no place: %+v", name, p)
				}
				if !seen[p.Code] {
					seen[p.Code] = true
					out = append(out, p.Code)
				}
			}
			return strings.Join(out, " ")
		}
		if got := codes(s.Check(parse(t, tt.value), Response)); got != tt.check {
			t.Errorf("%s: Check: got %q, want %q", name, got, tt.check)
		}
		if got := codes(s.Diagnose(Response)); got != tt.all {
			t.Errorf("%s: Diagnose: got %q, want %q", name, got, tt.all)
		}
	}
}

// A base that lists its children in oneOf, and children that name the base in allOf: many documents have it.
func TestACircleOfBaseAndBranches(t *testing.T) {
	d, err := Parse("t.json", []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{
		"Base":{"type":"object","required":["kind"],"properties":{"kind":{"type":"string"}},"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}]},
		"Cat":{"allOf":[{"$ref":"#/components/schemas/Base"},{"required":["meow"]}]},
		"Dog":{"allOf":[{"$ref":"#/components/schemas/Base"},{"required":["bark"]}]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		schema, value string
		valid         bool
	}{
		{"Base", `{"kind":"x","meow":1}`, true}, {"Base", `{"kind":"x","bark":1}`, true}, {"Base", `{"kind":"x"}`, false},
		{"Base", `{"meow":1}`, false}, {"Base", `{"kind":"x","bark":1,"meow":1}`, false},
		{"Cat", `{"kind":"x","meow":1}`, true}, {"Cat", `{"kind":"x","bark":1}`, false}, {"Cat", `{"kind":1,"meow":1}`, false},
	} {
		if got := referenceTo(d, tt.schema).Check(parse(t, tt.value), Response); (len(got) == 0) != tt.valid {
			t.Errorf("%s %s: got %v, want valid %v", tt.schema, tt.value, got, tt.valid)
		}
	}
}

func TestStrictNamesMembersThatTravelTheWrongWay(t *testing.T) {
	d, err := Parse("t.json", []byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{
		"X":{"allOf":[{"properties":{"id":{"readOnly":true},"pw":{"$ref":"#/components/schemas/Secret"}}}],"properties":{"list":{"items":{"$ref":"#/components/schemas/X"}}},
		"oneOf":[{"required":["a"],"properties":{"a":{"writeOnly":true}}},{"required":["b"],"properties":{"a":{},"b":{}}}]},
		"Secret":{"type":"string","writeOnly":true}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		value string
		dir   Direction
		want  string
	}{
		"readOnly in a request":         {`{"id":1,"b":1}`, Request, "/id readOnly"},
		"readOnly in a response":        {`{"id":1,"b":1}`, Response, ""},
		"writeOnly through a reference": {`{"pw":"x","b":1}`, Response, "/pw writeOnly"},
		"writeOnly in a request":        {`{"pw":"x","b":1}`, Request, ""},
		"deep in a recursion":           {`{"b":1,"list":[{"b":1},{"pw":"x","b":1}]}`, Response, "/list/1/pw writeOnly"},
		"only the branch that fits":     {`{"a":1}`, Response, "/a writeOnly"},
		"not the branch that does not":  {`{"b":1}`, Response, ""},
	}
	for name, tt := range tests {
		var got []string
		for _, p := range d.Component("X").Strict(parse(t, tt.value), tt.dir) {
			got = append(got, p.At+" "+p.Keyword)
			if p.Position.Line == 0 {
				t.Errorf("%s: no place: %+v", name, p)
			}
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestASecretIsNotShown(t *testing.T) {
	tests := map[string]struct{ schema, value string }{
		"a password":             {`{"properties":{"a":{"format":"password","minLength":20,"pattern":"^z"}}}`, `{"a":"hunter2"}`},
		"a writeOnly member":     {`{"properties":{"a":{"writeOnly":true,"enum":["hunter3"]}}}`, `{"a":"hunter2"}`},
		"a member called secret": {`{"properties":{"client_secret":{"allOf":[{"minLength":20}]}}}`, `{"client_secret":"hunter2"}`},
		"inside an object":       {`{"not":{"required":["a"]}}`, `{"a":"hunter2"}`},
		"inside an array":        {`{"oneOf":[{"minItems":1},{"maxItems":2}]}`, `["hunter2"]`},
	}
	for name, tt := range tests {
		got := schemaOf(t, "3.1.0", tt.schema).Check(parse(t, tt.value), Request)
		if len(got) == 0 || strings.Contains(fmt.Sprintf("%+v", got), "hunter2") {
			t.Errorf("%s: got %+v, want problems without the value", name, got)
		}
	}
}

func TestManyGoroutinesShareASchema(t *testing.T) {
	s := schemaOf(t, "3.1.0", `{"type":"object","properties":{"kids":{"type":"array","items":{"$ref":"#/components/schemas/X"}},"n":{"type":"integer"}}}`)
	v := parse(t, `{"kids":[{"kids":[{"n":"x"}]},{"n":1}]}`)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if got := s.Check(v, Response); len(got) != 1 || got[0].At != "/kids/0/kids/0/n" {
				t.Errorf("got %v, want one problem at /kids/0/kids/0/n", got)
			}
		})
	}
	wg.Wait()
	if n := len(s.judge(Response).list); n != 1 {
		t.Errorf("got %d compiled schemas, want 1: nothing compiles twice", n)
	}
}

func TestANumberTooLargeToJudgeIsAProblem(t *testing.T) {
	got := schemaOf(t, "3.1.0", `{"items":{"maximum":5}}`).Check([]any{json.Number("1e999999")}, Response)
	if len(got) != 1 || got[0].At != "/0" {
		t.Errorf("got %v, want one problem at /0", got)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"$ref":"#/components/schemas/X"}},"oneOf":[{"required":["a"]},{"$ref":"#"}]}`, `{"a":{"a":1}}`)
	f.Add(`{"$dynamicRef":"#x","$dynamicAnchor":"x","$id":"http://a/b","allOf":[{"$ref":"b"}]}`, `[1,"2",null]`)
	f.Add(`{"allOf":[{"$ref":"#/components/schemas/X"}],"not":{"$ref":"#/components/schemas/X"},"discriminator":{"propertyName":"k","mapping":{"a":"X"}},"anyOf":[true]}`, `{"k":"a"}`)
	f.Add(`{"patternProperties":{"(":{}},"propertyNames":{"pattern":"^a"},"unevaluatedProperties":false}`, `{"b":1}`)
	f.Fuzz(func(t *testing.T, schema, text string) {
		v, err := value.Parse([]byte(text))
		if err != nil {
			return
		}
		for _, version := range []string{"3.0.3", "3.1.0"} {
			d, err := Parse("f.json", []byte(fmt.Sprintf(`{"openapi":%q,"info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{"X":%s}}}`, version, schema)))
			if err != nil {
				return
			}
			s := d.Component("X")
			if s == nil {
				return
			}
			first := s.Check(v, Request)
			if again := s.Check(v, Request); fmt.Sprint(again) != fmt.Sprint(first) {
				t.Fatalf("got %v, then %v: want the same twice", first, again)
			}
			for _, p := range first {
				if _, ok := value.Pointer(v, p.At); !ok && p.Keyword != "propertyNames" {
					t.Fatalf("%+v points nowhere in %s", p, text)
				}
			}
			s.Diagnose(Response)
			s.Strict(v, Response)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	s := schemaOf(b, "3.0.3", `{"type":"object","required":["id","name"],"properties":{"id":{"type":"integer","format":"int64"},"name":{"type":"string","minLength":1},"tags":{"type":"array","items":{"type":"string"}},"owner":{"$ref":"#/components/schemas/X"},"when":{"type":"string","format":"date-time"}}}`)
	v := parse(b, `{"id":1,"name":"a","tags":["x","y","z"],"when":"2024-01-01T00:00:00Z","owner":{"id":2,"name":"b","owner":{"id":3,"name":"c"}}}`)
	b.ReportAllocs()
	for b.Loop() {
		if got := s.Check(v, Response); got != nil {
			b.Fatal(got)
		}
	}
}
