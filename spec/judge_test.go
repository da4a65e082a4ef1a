package spec

import (
	"context"
	"fmt"
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
