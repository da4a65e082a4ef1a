package spec

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/internal/value"
)

// param makes a parameter with the given schema.
func param(t testing.TB, in, name, style string, explode bool, schema string) *Parameter {
	t.Helper()
	return &Parameter{Name: name, In: in, Style: style, Explode: explode, Schema: schemaOf(t, "3.1.0", schema)}
}

// wire writes the value and gives the text of the place where it stands.
func (p *Parameter) wire(v any) (string, error) {
	sl := p.slot()
	switch p.In {
	case "path":
		return sl.pathText(v, false)
	case "header":
		return sl.headerText(v)
	case "cookie":
		return sl.cookieText(v)
	}
	list, err := sl.pairs(v)
	return joinPairs(list, "&"), err
}

// unwire reads what stands there.
func (p *Parameter) unwire(raw string) (v any, present bool, problem *Problem) {
	sl := p.slot()
	switch p.In {
	case "path":
		v, problem = sl.readPath(raw)
		return v, true, problem
	case "header":
		v, problem = sl.readHeader([]string{raw})
		return v, true, problem
	case "cookie":
		pairs, _ := splitPairs(raw, ";", func(s string) string { return s })
		return sl.readPairs(pairs, nil)
	}
	pairs, _ := splitPairs(raw, "&", func(s string) string { return unescape(s, true) })
	return sl.readPairs(pairs, nil)
}

// The table of OpenAPI 3.1.1, section 4.8.12.6 ("Style Examples"), and what goes beyond it.
func TestStylesAreWrittenAsTheTableHasThem(t *testing.T) {
	const (
		text   = `{"type":"string"}`
		list   = `{"type":"array","items":{"type":"string"}}`
		object = `{"type":"object","additionalProperties":{"type":"integer"}}`
		blue   = `"blue"`
		colors = `["blue","black","brown"]`
		rgb    = `{"R":100,"G":200,"B":150}`
	)
	tests := []struct {
		in, style     string
		explode       bool
		schema, value string
		want          string
	}{
		{"path", "matrix", false, text, `""`, ";color"},
		{"path", "matrix", false, text, blue, ";color=blue"},
		{"path", "matrix", false, list, colors, ";color=blue,black,brown"},
		{"path", "matrix", false, object, rgb, ";color=R,100,G,200,B,150"},
		{"path", "matrix", true, text, `""`, ";color"},
		{"path", "matrix", true, text, blue, ";color=blue"},
		{"path", "matrix", true, list, colors, ";color=blue;color=black;color=brown"},
		{"path", "matrix", true, object, rgb, ";R=100;G=200;B=150"},
		{"path", "label", false, text, `""`, "."},
		{"path", "label", false, text, blue, ".blue"},
		{"path", "label", false, list, colors, ".blue,black,brown"},
		{"path", "label", false, object, rgb, ".R,100,G,200,B,150"},
		{"path", "label", true, text, `""`, "."},
		{"path", "label", true, text, blue, ".blue"},
		{"path", "label", true, list, colors, ".blue.black.brown"},
		{"path", "label", true, object, rgb, ".R=100.G=200.B=150"},
		{"path", "simple", false, text, blue, "blue"},
		{"path", "simple", false, list, colors, "blue,black,brown"},
		{"path", "simple", false, object, rgb, "R,100,G,200,B,150"},
		{"path", "simple", true, text, blue, "blue"},
		{"path", "simple", true, list, colors, "blue,black,brown"},
		{"path", "simple", true, object, rgb, "R=100,G=200,B=150"},
		{"header", "simple", false, text, `""`, ""},
		{"header", "simple", false, list, colors, "blue,black,brown"},
		{"header", "simple", false, object, rgb, "R,100,G,200,B,150"},
		{"header", "simple", true, object, rgb, "R=100,G=200,B=150"},
		{"query", "form", false, text, `""`, "color="},
		{"query", "form", false, text, blue, "color=blue"},
		{"query", "form", false, list, colors, "color=blue,black,brown"},
		{"query", "form", false, object, rgb, "color=R,100,G,200,B,150"},
		{"query", "form", true, text, `""`, "color="},
		{"query", "form", true, text, blue, "color=blue"},
		{"query", "form", true, list, colors, "color=blue&color=black&color=brown"},
		{"query", "form", true, object, rgb, "R=100&G=200&B=150"},
		{"query", "spaceDelimited", false, list, colors, "color=blue%20black%20brown"},
		{"query", "spaceDelimited", false, object, rgb, "color=R%20100%20G%20200%20B%20150"},
		{"query", "pipeDelimited", false, list, colors, "color=blue%7Cblack%7Cbrown"},
		{"query", "pipeDelimited", false, object, rgb, "color=R%7C100%7CG%7C200%7CB%7C150"},
		{"query", "deepObject", true, object, rgb, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"},
		// 2.0's collection formats
		{"query", "tabDelimited", false, list, colors, "color=blue%09black%09brown"},
		{"path", "spaceDelimited", false, list, colors, "blue%20black%20brown"},
		{"path", "pipeDelimited", false, list, colors, "blue%7Cblack%7Cbrown"},
		{"path", "tabDelimited", false, list, colors, "blue%09black%09brown"},
		{"header", "pipeDelimited", false, list, colors, "blue|black|brown"},
		{"header", "spaceDelimited", false, list, colors, "blue black brown"},
		// cookies
		{"cookie", "form", true, text, blue, "color=blue"},
		{"cookie", "form", false, list, colors, "color=blue,black,brown"},
		{"cookie", "form", true, list, colors, "color=blue; color=black; color=brown"},
		{"cookie", "form", true, object, rgb, "R=100; G=200; B=150"},
		{"cookie", "cookie", true, list, colors, "color=blue; color=black; color=brown"},
		{"cookie", "cookie", false, object, rgb, "color=R,100,G,200,B,150"},
	}
	for _, tt := range tests {
		p := param(t, tt.in, "color", tt.style, tt.explode, tt.schema)
		name := fmt.Sprintf("%s %s explode=%v %s", tt.in, tt.style, tt.explode, tt.value)
		v := parse(t, tt.value)
		got, err := p.wire(v)
		if err != nil || got != tt.want {
			t.Errorf("%s: got %q %v, want %q", name, got, err, tt.want)
			continue
		}
		back, ok, problem := p.unwire(got)
		if !ok || problem != nil || !value.Equal(back, v) {
			t.Errorf("%s: read back: got %s %v %v, want %s", name, show(back), ok, problem, tt.value)
		}
	}
}

func TestWhatClientsSendIsRead(t *testing.T) {
	const ints, words = `{"type":"array","items":{"type":"integer"}}`, `{"type":"array","items":{"type":"string"}}`
	filter := `{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"integer"},"c":{"type":"array","items":{"type":"string"}}}},"rows":{"type":"array","items":{"type":"object","properties":{"x":{"type":"integer"},"y":{"type":"boolean"}}}}}}`
	tests := map[string]struct {
		in, style     string
		explode       bool
		schema, raw   string
		want, problem string
	}{
		"a word for an integer stays a string":  {"query", "form", true, `{"type":"integer"}`, "p=abc", `"abc"`, ""},
		"no hexadecimal":                        {"query", "form", true, `{"type":"integer"}`, "p=0x1F", `"0x1F"`, ""},
		"no underscores":                        {"query", "form", true, `{"type":"integer"}`, "p=1_000", `"1_000"`, ""},
		"no plus":                               {"query", "form", true, `{"type":"integer"}`, "p=%2B1", `"+1"`, ""},
		"an integer with a fraction of nothing": {"query", "form", true, `{"type":"integer"}`, "p=1.0", `1.0`, ""},
		"a number for an integer":               {"query", "form", true, `{"type":"integer"}`, "p=1.5", `1.5`, ""},
		"digits of a string stay one":           {"query", "form", true, `{"type":"string"}`, "p=007", `"007"`, ""},
		"plus is a space":                       {"query", "form", true, `{"type":"string"}`, "p=a+b", `"a b"`, ""},
		"a percent sign alone":                  {"query", "form", true, `{"type":"string"}`, "p=100%", `"100%"`, ""},
		"a name alone":                          {"query", "form", true, `{"type":"string"}`, "p", `""`, ""},
		"a boolean":                             {"query", "form", true, `{"type":"boolean"}`, "p=true", `true`, ""},
		"no other boolean":                      {"query", "form", true, `{"type":"boolean"}`, "p=yes", `"yes"`, ""},
		"null in words":                         {"query", "form", true, `{"type":["integer","null"]}`, "p=null", `null`, ""},
		"an enum of numbers":                    {"query", "form", true, `{"enum":[1,2]}`, "p=2", `2`, ""},
		"a number before a string":              {"query", "form", true, `{"type":["string","integer"]}`, "p=5", `5`, ""},
		"the branch that takes it":              {"query", "form", true, `{"anyOf":[{"type":"integer","maximum":3},{"type":"string"}]}`, "p=5", `"5"`, ""},
		"one or many, one":                      {"query", "form", true, `{"oneOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]}`, "p=a", `"a"`, ""},
		"one or many, many":                     {"query", "form", true, `{"oneOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]}`, "p=a&p=b", `["a","b"]`, ""},
		"one item of an exploded array":         {"query", "form", true, ints, "p=1", `[1]`, ""},
		"twice what is there once":              {"query", "form", true, `{"type":"integer"}`, "p=1&p=2", `1`, "repeated"},
		"commas that were escaped too":          {"query", "form", false, ints, "p=1%2C2", `[1,2]`, ""},
		"an escaped comma inside an item":       {"query", "form", false, words, "p=a%2Cb,c", `["a,b","c"]`, ""},
		"plain pipes":                           {"query", "pipeDelimited", false, words, "p=a|b", `["a","b"]`, ""},
		"plus between items":                    {"query", "spaceDelimited", false, words, "p=a+b", `["a","b"]`, ""},
		"an empty list":                         {"query", "form", false, ints, "p=", `[]`, ""},
		"brackets":                              {"query", "deepObject", true, filter, "p[a][b]=1&p%5Ba%5D%5Bc%5D[]=x&p[a][c][]=y", `{"a":{"b":1,"c":["x","y"]}}`, ""},
		"brackets with numbers":                 {"query", "deepObject", true, filter, "p[rows][1][x]=2&p[rows][0][x]=1&p[rows][0][y]=true", `{"rows":[{"x":1,"y":true},{"x":2}]}`, ""},
		"brackets without numbers":              {"query", "deepObject", true, filter, "p[rows][][x]=1&p[rows][][y]=true&p[rows][][x]=2", `{"rows":[{"x":1,"y":true},{"x":2}]}`, ""},
		"a repeated name in brackets":           {"query", "deepObject", true, filter, "p[a][c]=x&p[a][c]=y", `{"a":{"c":["x","y"]}}`, ""},
		"dots":                                  {"query", "deepObject", true, filter, "p.a.b=1", `{"a":{"b":1}}`, ""},
		"a huge index":                          {"query", "deepObject", true, filter, "p[rows][999999999][x]=1", `{"rows":[{"x":1}]}`, ""},
		"a deep list at the top":                {"query", "deepObject", true, words, "p[]=a&p[]=b", `["a","b"]`, ""},
		"a bound or a range, the bound":         {"query", "deepObject", true, `{"anyOf":[{"type":"integer"},{"type":"object","properties":{"gt":{"type":"integer"}}}]}`, "p=5", `5`, ""},
		"a bound or a range, the range":         {"query", "deepObject", true, `{"anyOf":[{"type":"integer"},{"type":"object","properties":{"gt":{"type":"integer"}}}]}`, "p[gt]=5", `{"gt":5}`, ""},
		"brackets and none":                     {"query", "deepObject", true, filter, "p=1&p[a][b]=1", `{"a":{"b":1}}`, "style"},
		"a label of 3.0":                        {"path", "label", false, words, ".a.b", `["a","b"]`, ""},
		"a label without its dot":               {"path", "label", false, words, "a", `"a"`, "style"},
		"a matrix without its name":             {"path", "matrix", false, words, "a", `"a"`, "style"},
		"a matrix of another name":              {"path", "matrix", false, words, ";q=a", `";q=a"`, "style"},
		"spaces around items of a header":       {"header", "simple", false, ints, "1, 2 ,3", `[1,2,3]`, ""},
		"an odd object stays a string":          {"path", "simple", false, `{"type":"object"}`, "a,1,b", `"a,1,b"`, ""},
		"an escaped slash":                      {"path", "simple", false, `{"type":"string"}`, "a%2Fb", `"a/b"`, ""},
		"a plus in a path":                      {"path", "simple", false, `{"type":"string"}`, "a+b", `"a+b"`, ""},
		"members of an allOf":                   {"query", "form", true, `{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}}},{"properties":{"b":{"type":"boolean"}}}]}`, "a=1&b=true&c=3", `{"a":1,"b":true}`, ""},
		"an object as JSON where no style fits": {"query", "form", true, `{"type":"object","properties":{"a":{"type":"integer"}}}`, `p={"a":1}`, `{"a":1}`, ""},
	}
	for name, tt := range tests {
		p := param(t, tt.in, "p", tt.style, tt.explode, tt.schema)
		got, _, problem := p.unwire(tt.raw)
		keyword := ""
		if problem != nil {
			keyword = problem.Keyword
		}
		if show(got) != tt.want || keyword != tt.problem {
			t.Errorf("%s: %s: got %s %q, want %s %q", name, tt.raw, show(got), keyword, tt.want, tt.problem)
		}
	}
}

// draw makes values of the shapes that styles know.
type draw struct {
	*rand.Rand
	avoid string // characters that the style cannot carry inside an item
	names []string
}

func (d draw) text(min int) string {
	const letters = "ab0 .,;=&+%|/?#[]{}\"'\\~é漢😀-_:@!$()*<>"
	runes := []rune(letters)
	var b strings.Builder
	for n := min + d.IntN(6); b.Len() < n; {
		if r := runes[d.IntN(len(runes))]; !strings.ContainsRune(d.avoid, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (d draw) scalar(kind string) any {
	switch kind {
	case "integer":
		return json.Number(fmt.Sprint(d.IntN(2000) - 1000))
	case "number":
		return json.Number(fmt.Sprintf("%d.%d5", d.IntN(100)-50, d.IntN(100)))
	case "boolean":
		return d.IntN(2) == 0
	}
	return d.text(1)
}

// value gives a schema with a value that obeys it.
func (d draw) value(shape string) (schema string, v any) {
	kinds := []string{"string", "integer", "number", "boolean"}
	kind := kinds[d.IntN(len(kinds))]
	switch shape {
	case "array":
		list := []any{}
		for n := 1 + d.IntN(4); len(list) < n; {
			list = append(list, d.scalar(kind))
		}
		return fmt.Sprintf(`{"type":"array","items":{"type":%q}}`, kind), list
	case "object":
		o, props := &value.Object{}, &value.Object{}
		for n := 1 + d.IntN(3); o.Len() < n; {
			name, kind := d.names[d.IntN(len(d.names))], kinds[d.IntN(len(kinds))]
			if !o.Has(name) {
				o.Set(name, d.scalar(kind))
				props.Set(name, value.NewObject(value.Member{Name: "type", Value: kind}))
			}
		}
		return fmt.Sprintf(`{"type":"object","properties":%s}`, show(props)), o
	case "deep":
		o, props := &value.Object{}, &value.Object{}
		for i, sub := range []string{"object", "array", "scalar", "rows"} {
			if d.IntN(2) == 0 && !(i == 3 && o.Len() == 0) {
				continue
			}
			s, v := "", any(nil)
			if sub == "rows" {
				var one any
				s, one = d.value("object")
				s, v = fmt.Sprintf(`{"type":"array","items":%s}`, s), []any{one, value.Clone(one)}
			} else {
				s, v = d.value(sub)
			}
			o.Set(sub, v)
			props.Set(sub, json.RawMessage(s))
		}
		return fmt.Sprintf(`{"type":"object","properties":%s}`, show(props)), o
	}
	return fmt.Sprintf(`{"type":%q}`, kind), d.scalar(kind)
}

func TestEveryStyleReadsWhatItWrites(t *testing.T) {
	styles := []struct {
		in, style string
		explode   bool
		shapes    string
		avoid     string
	}{
		{"path", "simple", false, "scalar array object", ""},
		{"path", "simple", true, "scalar array object", ""},
		{"path", "label", false, "scalar array object", ""},
		{"path", "label", true, "scalar array object", ""},
		{"path", "matrix", false, "scalar array object", ""},
		{"path", "matrix", true, "scalar array object", ""},
		{"path", "spaceDelimited", false, "scalar array", " "},
		{"path", "pipeDelimited", false, "scalar array", "|"},
		{"path", "tabDelimited", false, "scalar array", ""},
		{"query", "form", false, "scalar array object", ""},
		{"query", "form", true, "scalar array object", ""},
		{"query", "spaceDelimited", false, "array object", " "},
		{"query", "pipeDelimited", false, "array object", "|"},
		{"query", "tabDelimited", false, "array", ""},
		{"query", "spaceDelimited", true, "array", ""},
		{"query", "deepObject", true, "object deep array", ""},
		{"header", "simple", false, "scalar array object", ", "},
		{"header", "simple", true, "scalar array object", ", ="},
		{"header", "pipeDelimited", false, "array", "| "},
		{"cookie", "form", true, "scalar array object", ""},
		{"cookie", "form", false, "scalar array object", ""},
		{"cookie", "cookie", true, "scalar array object", " ;\"\\,é漢😀"},
		{"cookie", "cookie", false, "scalar array object", " ;\"\\,é漢😀"},
	}
	for _, s := range styles {
		names := []string{"a", "b-c", "x.y", "Ü", "q&r", "d=e"}
		if s.in == "cookie" {
			names = []string{"a", "b-c", "x.y"}
		}
		if s.in == "header" || s.style == "deepObject" {
			names = names[:3]
		}
		d := draw{Rand: rand.New(rand.NewPCG(1, 2)), avoid: s.avoid, names: names}
		for _, shape := range strings.Fields(s.shapes) {
			for range 300 {
				schema, v := d.value(shape)
				for _, reserved := range []bool{false, true} {
					p := param(t, s.in, "p q", s.style, s.explode, schema)
					if s.in == "cookie" || s.in == "header" {
						p.Name = "p"
					}
					p.AllowReserved = reserved
					raw, err := p.wire(v)
					if err != nil {
						t.Fatalf("%s %s explode=%v %s: %v", s.in, s.style, s.explode, show(v), err)
					}
					got, ok, problem := p.unwire(raw)
					if !ok || problem != nil || !value.Equal(got, v) {
						t.Fatalf("%s %s explode=%v reserved=%v %s as %q: got %s %v %v", s.in, s.style, s.explode, reserved, show(v), raw, show(got), ok, problem)
					}
					if err := p.Encodable(v); err != nil {
						t.Fatalf("%s %s %s: got not encodable: %v", s.in, s.style, show(v), err)
					}
				}
			}
		}
	}
}

func TestEncodableRefusesWhatCannotTravel(t *testing.T) {
	const words = `{"type":"array","items":{"type":"string"}}`
	tests := map[string]struct {
		in, style     string
		explode       bool
		schema, value string
	}{
		"a line feed in a header":        {"header", "simple", false, `{"type":"string"}`, `"a\nb"`},
		"a space at the end of a header": {"header", "simple", false, `{"type":"string"}`, `"a "`},
		"a comma in an item of a header": {"header", "simple", false, words, `["a,b"]`},
		"an empty array":                 {"query", "form", true, words, `[]`},
		"an empty object":                {"query", "deepObject", true, `{"type":"object"}`, `{}`},
		"an empty path":                  {"path", "simple", false, `{"type":"string"}`, `""`},
		"a pipe between pipes":           {"query", "pipeDelimited", false, words, `["a|b","c"]`},
		"a space between spaces":         {"query", "spaceDelimited", false, words, `["a b","c"]`},
		"a semicolon in a plain cookie":  {"cookie", "cookie", true, `{"type":"string"}`, `"a;b"`},
		"a string that looks like null":  {"query", "form", true, `{"type":["integer","string"]}`, `"5"`},
	}
	for name, tt := range tests {
		p := param(t, tt.in, "p", tt.style, tt.explode, tt.schema)
		if err := p.Encodable(parse(t, tt.value)); err == nil {
			t.Errorf("%s: got encodable, want an error", name)
		}
	}
}

func FuzzParameters(f *testing.F) {
	for _, raw := range []string{"p=1&p=2", ";p=a,b;c=d", ".a.b=c", "p[a][][b]=1&p[a]=2", "a,1,b,2", "%2", "p=%7B%22a%22:1}", "p.a.b=1"} {
		f.Add(raw)
	}
	schemas := []string{
		`{"type":"string"}`, `{"type":["integer","null"]}`, `{"type":"array","items":{"type":["integer","string"]}}`, `{}`,
		`{"anyOf":[{"type":"integer"},{"type":"array","items":{"type":"boolean"}},{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"array","items":{"$ref":"#/components/schemas/X"}}}}},"additionalProperties":{"type":"integer"}}]}`,
	}
	var params []*Parameter
	for _, schema := range schemas {
		for in, all := range styles {
			for style := range all {
				for _, explode := range []bool{false, true} {
					params = append(params, param(f, in, "p", style, explode, schema))
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, p := range params {
			v, present, problem := p.unwire(raw)
			if !present || problem != nil || !wellFormed(v) {
				continue
			}
			if n := len(show(v)); n > 20*len(raw)+100 {
				t.Fatalf("%s %s: %d bytes became %d", p.In, p.Style, len(raw), n)
			}
			p.Encodable(v) // says no, or nothing: it never panics
		}
	})
}
