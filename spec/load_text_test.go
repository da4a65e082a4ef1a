package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/specimen-api/specimen/internal/value"
)

func utf16Text(text string, big bool) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return string(out)
}

func TestATextIsReadAsWhatItIs(t *testing.T) {
	long := strings.Repeat("x", 1_000_000)
	tests := map[string]struct {
		text, want string // want as JSON
	}{
		"JSON":                                 {`{"a":[1,-0.5e+3,true,false,null,"x"]}`, `{"a":[1,-0.5e+3,true,false,null,"x"]}`},
		"escapes":                              {`{"\u0061\/":"\"\\\/\b\f\n\r\t\u00e9\u0000"}`, `{"a/":"\"\\/\b\f\n\r\té\u0000"}`},
		"a pair of surrogates":                 {`["\ud83d\ude00"]`, `["😀"]`},
		"half a pair of surrogates":            {`["\ud83d!"]`, "[\"\ufffd!\"]"},
		"digits beyond any float":              {`[123456789012345678901234567890, 1e400]`, `[123456789012345678901234567890,1e400]`},
		"a byte order mark before JSON":        {"\ufeff[1]", `[1]`},
		"a byte order mark before YAML":        {"\ufeffa: 1", `{"a":1}`},
		"UTF-16, little end first, with mark":  {utf16Text("\ufeff[\"é😀\"]", false), `["é😀"]`},
		"UTF-16, big end first, with mark":     {utf16Text("\ufeffa: é", true), `{"a":"é"}`},
		"UTF-16 without a mark":                {utf16Text("{\"a\":1}", false), `{"a":1}`},
		"UTF-16, big end first, without":       {utf16Text("{\"a\":1}", true), `{"a":1}`},
		"Windows line ends in JSON":            {"{\r\n\"a\":\r\n1\r\n}\r\n", `{"a":1}`},
		"Windows line ends in YAML":            {"a:\r\n  b: 1\r\nc: |\r\n  x\r\n  y\r\n", `{"a":{"b":1},"c":"x\ny\n"}`},
		"words that YAML 1.1 took for logic":   {"[yes, no, on, off, y, n]", `["yes","no","on","off","y","n"]`},
		"logic and nothing":                    {"- true\n- True\n- FALSE\n- null\n- ~\n- Null\n-\n", `[true,true,false,null,null,null,null]`},
		"a name without a value":               {"a:\nb: 1", `{"a":null,"b":1}`},
		"dates, times and versions":            {"[2024-01-02, 12:30:45, 1.2.3, 2001-12-14t21:59:43.10-05:00]", `["2024-01-02","12:30:45","1.2.3","2001-12-14t21:59:43.10-05:00"]`},
		"numbers of YAML":                      {"- 0o17\n- 0x1F\n- 017\n- +5\n- -0\n- .5\n- -.5\n- 5.\n- 1e3\n- 1.e3\n- 1e400\n", `[15,31,17,5,-0,0.5,-0.5,5,1e3,1e3,1e400]`},
		"a number of more than 64 bits in hex": {"- 0xFFFFFFFFFFFFFFFFFF", `[4722366482869645213695]`},
		"words that look like numbers":         {"- 1_000\n- 0b11\n- 0o9\n- 1e\n- '1'\n- \"2\"\n- 1.2e3.4\n- 0x\n", `["1_000","0b11","0o9","1e","1","2","1.2e3.4","0x"]`},
		"names that are no strings":            {"200: a\ntrue: b\n1.5: c\nnull: d\n? e\n: f", `{"200":"a","true":"b","1.5":"c","null":"d","e":"f"}`},
		"tags of YAML":                         {"- !!str 5\n- !!int \"5\"\n- !!bool 'true'\n- !!null ''\n- !!float 5\n- !!str\n- !!binary aGk=\n", `["5",5,true,null,5,"","aGk="]`},
		"tags of somebody's own":               {"- !Ref x\n- !GetAtt 5\n", `["x","5"]`},
		"anchors":                              {"a: &x {b: [1, 2]}\nc: *x\nd: &y word\n*y : 3", `{"a":{"b":[1,2]},"c":{"b":[1,2]},"d":"word","word":3}`},
		"a merge key":                          {"a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3", `{"a":{"b":1,"c":2},"d":{"c":3,"b":1}}`},
		"merge keys of many":                   {"a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y], f: 4}", `{"a":{"b":1},"c":{"b":2,"d":3},"e":{"f":4,"b":1,"d":3}}`},
		"a merge of a merge":                   {"a: &x {b: 1}\nc: &y {<<: *x, d: 2}\ne: {<<: *y}", `{"a":{"b":1},"c":{"d":2,"b":1},"e":{"d":2,"b":1}}`},
		"a name in quotes is no merge key":     {"'<<': {b: 1}", `{"<<":{"b":1}}`},
		"a directive":                          {"%YAML 1.2\n---\na: 1\n...\n", `{"a":1}`},
		"YAML with braces":                     {"{a: 1, 'b': [x, y]}", `{"a":1,"b":["x","y"]}`},
		"blocks":                               {"a: >-\n  one\n  two\nb: |+\n  x\n\n", `{"a":"one two","b":"x\n\n"}`},
		"a line of a million letters":          {"a: " + long, `{"a":"` + long + `"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := parseFile("text", "", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.root.value()
			if err != nil {
				t.Fatal(err)
			}
			want, err := value.Parse([]byte(tt.want))
			if err != nil {
				t.Fatal(err)
			}
			if g, w := string(value.Append(nil, got)), string(value.Append(nil, want)); g != w {
				t.Errorf("got %.300s, want %.300s", g, w)
			}
			if len(f.problems) > 0 {
				t.Errorf("got problems %v, want none", f.problems)
			}
		})
	}
}

func TestATextThatCannotBeReadIsRefusedAtItsPlace(t *testing.T) {
	deep := func(n int, inside string) string { return strings.Repeat("[", n) + inside + strings.Repeat("]", n) }
	tests := map[string]struct {
		text, want string
	}{
		"nothing":                      {"", "load text: the file is empty"},
		"blank lines":                  {"\n \r\n\t\n", "load text: the file is empty"},
		"comments alone":               {"# nothing\n", "load text: the file is empty"},
		"a JSON string without end":    {"{\n \"a\": \"b\n}", "load text:2:7: a string is not closed at the end of its line"},
		"a JSON text without end":      {"{\"a\": [1,", "load text:1:10: unexpected end of the text"},
		"a comma too many":             {"{\n  \"a\": 1,\n}", "load text:2:9: a comma before }"},
		"a comma too few":              {"{\n  \"a\": 1\n  \"b\": 2}", "load text:3:3: want , or } after a member, got '\"'"},
		"deep inside":                  {"{\"a\": {\"b\": [{\"c\": tru}]}}", "load text:1:20: \"tru\" is no JSON value"},
		"brackets that do not match":   {"{\"a\": [1}", "load text:1:9: want , or ] after an item, got '}'"},
		"a name without quotes":        {"{\"a\": {b: 1}}", "load text:1:8: want a member's name in quotes, got 'b'"},
		"more than one JSON value":     {"{} {}", "load text:1:4: text after the JSON value"},
		"an escape that is none":       {"{\"a\": \"\\x41\"}", "load text:1:8: \"\\\\x\" is no escape of a JSON string"},
		"a tab in a JSON string":       {"{\"a\": \"\t\"}", "load text:1:8: the control character '\\t' stands in a string; write it as \\u0009"},
		"UTF-32":                       {"\xff\xfe\x00\x00{\x00\x00\x00", "load text: the text is in UTF-32; save it as UTF-8"},
		"an archive":                   {"\x1f\x8b\x08", "load text: this is an archive; unpack it and name the document in it"},
		"a page":                       {"<!DOCTYPE html>\n<html>", "load text:1:1: this looks like HTML or XML; want JSON or YAML"},
		"a tab before a YAML name":     {"a:\n\tb: 1", "load text:2:1: a tab indents this line; YAML wants spaces"},
		"an indent that fits nothing":  {"a:\n  b: 1\n c: 2", "load text:3:2: did not find expected key"},
		"two colons":                   {"a: b: c", "load text:1:5: mapping values are not allowed in this context"},
		"an anchor that is not there":  {"é: [1, *x]", "load text:1:9: unknown anchor 'x' referenced"},
		"an anchor inside itself":      {"a: &x [1, *x]", "load text:1:11: the alias *x stands inside what it stands for"},
		"an anchor around two":         {"a: &x\n  b: &y {c: *x}\n", "load text:2:13: the alias *x stands inside what it stands for"},
		"a template's braces":          {"a:\n  b: {{ name }}", "load text:2:7: a mapping or a list stands where a name belongs; braces that mean themselves need quotes around them"},
		"a control character in YAML":  {"a: b\nc: x\x01y", "load text:2:5: the control character '\\x01' may not stand in YAML"},
		"JSON a thousand levels deep":  {deep(1001, ""), "load text:1:1001: nested more than 1000 levels deep"},
		"YAML a thousand levels deep":  {"a: " + deep(1001, ""), "load text:1:1004: nested more than 1000 levels deep"},
		"aliases a thousand levels up": {"a: &a " + deep(600, "") + "\nb: " + deep(600, "*a"), "load text:2:604: nested more than 1000 levels deep"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := parseFile("text", "", []byte(tt.text))
			if err == nil {
				t.Fatalf("got no error, want %s", tt.want)
			}
			if err.Error() != tt.want {
				t.Errorf("got %s\nwant %s", err, tt.want)
			}
			var le *LoadError
			if !errors.As(err, &le) {
				t.Errorf("got a %T, want a *LoadError", err)
			}
		})
	}
}

func TestABombIsRefusedAtOnce(t *testing.T) {
	laughs, merges := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n", "a0: &a0 {x: 1}\n"
	for i := 1; i < 40; i++ {
		last := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", ")
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, last)
		merges += fmt.Sprintf("a%d: &a%d {<<: [%s], y%d: 1}\n", i, i, last, i)
	}
	tests := map[string]struct {
		text string
		want string // "" when it can be read
	}{
		"aliases of aliases":         {laughs, "its aliases make more than 5000000 values of"},
		"merges of merges":           {merges, "its aliases make more than 5000000 values of"},
		"a million brackets":         {strings.Repeat("[", 1_000_000), "nested more than 1000 levels deep"},
		"a million YAML brackets":    {"a: " + strings.Repeat("[", 1_000_000), "exceeded max depth"},
		"a million dashes":           {strings.Repeat("- ", 1_000_000), "exceeded max depth"},
		"a million quotation marks":  {`["` + strings.Repeat(`\"`, 1_000_000), "a string is not closed"},
		"a million reverse slashes":  {`["` + strings.Repeat(`\`, 1_000_001) + `"`, "a string is not closed"},
		"a million anchors":          {"a: [" + strings.Repeat("&x 1, ", 300_000) + "]", ""},
		"a million question marks":   {strings.Repeat("? ", 1_000_000), "exceeded max depth"},
		"a million names of no text": {"{" + strings.Repeat("a: , ", 200_000) + "}", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			f, err := parseFile("text", "", []byte(tt.text))
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := f.root.value(); err != nil {
					t.Fatal(err)
				}
			} else if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("took %s", d)
			}
		})
	}
}

func TestMergingTheSameMappingsAgainBringsNothing(t *testing.T) {
	text := "a0: &a0 {x: 1}\n"
	for i := 1; i < 12; i++ {
		text += fmt.Sprintf("a%d: &a%d {<<: [*a%d, *a%d, *a%d], y%d: 1}\n", i, i, i-1, i-1, i-1, i)
	}
	f, err := parseFile("text", "", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(f.root.get("a11").fields()); got != 12 {
		t.Errorf("got %d members, want 12", got)
	}
}

func TestWhatIsReadAndNotAsItShouldBeIsAWarning(t *testing.T) {
	head := "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
	tests := map[string]struct {
		text string
		want string
	}{
		"a byte that is no UTF-8":        {"{\"openapi\":\"3.1.0\",\n\"info\":{\"title\":\"caf\xe9\"},\"paths\":{}}", "d.yaml:2:21: SP101: the text is not UTF-8 here; what cannot be read stands as \ufffd"},
		"a YAML byte that is no UTF-8":   {head + "paths: {}\nx-a: caf\xe9", "d.yaml:4:9: SP101: the text is not UTF-8 here; what cannot be read stands as \ufffd"},
		"a second document":              {head + "paths: {}\n---\na: 1\n", "d.yaml:4:1: SP104: a second YAML document begins here; only the first one is read"},
		"a second document after dots":   {"# x\n---\n" + head + "paths: {}\n...\n---\na: 1\n", "d.yaml:6:1: SP104: a second YAML document begins here; only the first one is read"},
		"an end that nothing follows":    {head + "paths: {}\n---\n# the end\n...\n", ""},
		"dashes in a block":              {head + "paths: {}\nx-a: |\n  ---\n  b\n", ""},
		"a merge of nothing":             {head + "paths: {}\nx-a:\n  <<: word\n", "d.yaml:5:3: SP104: << merges mappings, and this is none; it is not read"},
		"a member of the root twice":     {head + "paths: {}\npaths: {}\n", "d.yaml:4:1: SP103: \"paths\" comes twice; the first one is read (#/paths)"},
		"a member of info twice":         {"{\"openapi\":\"3.0.0\",\"info\":{\"title\":\"a\",\n\"title\":\"b\"},\"paths\":{}}", "d.yaml:2:1: SP103: \"title\" comes twice; the first one is read (#/info/title)"},
		"a path twice":                   {head + "paths:\n  /a: {}\n  /a: {}\n", "d.yaml:5:3: SP103: \"/a\" comes twice; the first one is read (#/paths/~1a)"},
		"a method twice":                 {head + "paths:\n  /a:\n    get: {}\n    get: {}\n", "d.yaml:6:5: SP103: \"get\" comes twice; the first one is read (#/paths/~1a/get)"},
		"a component twice":              {head + "paths: {}\ncomponents:\n  schemas:\n    A: {}\n    A: {}\n", "d.yaml:7:5: SP103: \"A\" comes twice; the first one is read (#/components/schemas/A)"},
		"a group of components twice":    {head + "paths: {}\ncomponents:\n  schemas: {}\n  schemas: {}\n", "d.yaml:6:3: SP103: \"schemas\" comes twice; the first one is read (#/components/schemas)"},
		"a definition of 2.0 twice":      {"swagger: '2.0'\npaths: {}\ndefinitions:\n  A: {}\n  A: {}\n", "d.yaml:5:3: SP103: \"A\" comes twice; the first one is read (#/definitions/A)"},
		"a document as it ought to be":   {head + "paths: {}\n", ""},
		"an operation with a name twice": {head + "paths:\n  /a:\n    get:\n      responses: {}\n      responses: {}\n", "d.yaml:7:7: SP103: \"responses\" comes twice; the first one is read (#/paths/~1a/get/responses)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := Parse("d.yaml", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, p := range d.Problems() {
				if p.Severity != Warning {
					t.Errorf("got an error, want a warning: %s", p)
				}
				got += p.String()
			}
			if got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestAScalarWithoutAValueInJSONIsBrokenAlone(t *testing.T) {
	f, err := parseFile("text", "", []byte("a: .inf\nb: -.INF\nc: .nan\nd: !!int x\ne: '.inf'\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a": ".inf is no number of JSON; put it in quotes if a string is meant",
		"b": "-.INF is no number of JSON; put it in quotes if a string is meant",
		"c": ".nan is no number of JSON; put it in quotes if a string is meant",
		"d": `"x" is no int of JSON`,
	} {
		if _, err := f.root.get(name).value(); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	if v, err := f.root.get("e").value(); v != ".inf" || err != nil {
		t.Errorf("e: got %v, %v, want the string", v, err)
	}
}

func TestPositionsCountLinesAndBytes(t *testing.T) {
	for _, text := range []string{
		"{\r\n\"é\": 1, \"b\": {\n\t\"c\": [10, 20]}}",
		"{\r\n'é': 1, \"b\": {\n \"c\": [10, 20]}}",
	} {
		f, err := parseFile("t", "", []byte("\ufeff"+text))
		if err != nil {
			t.Fatal(err)
		}
		b := f.root.get("b")
		got := []Position{f.root.pos(), f.root.posOf("é"), f.root.get("é").pos(), f.root.posOf("b"), b.posOf("c"), b.get("c").list()[1].pos(), f.root.posOf("nothing")}
		want := []Position{{"t", 1, 1}, {"t", 2, 1}, {"t", 2, 7}, {"t", 2, 10}, {"t", 3, 2}, {"t", 3, 12}, {"t", 1, 1}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v\nwant %v", got, want)
		}
	}
}

// FuzzJSON holds checkJSON to encoding/json: both take the same texts.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2,{"b":null}]}`, `"\ud800"`, "[1,]", `{"a":}`, "[01]", "-", "1e5", `{"a" : "b" , "c":[ ]}`, "[]]", `"a` + "\n" + `"`, "tru", `{"a"}`, "[\"\\u12\"]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		at, err := checkJSON(data)
		if at < 0 || at > len(data) {
			t.Fatalf("offset %d of %d", at, len(data))
		}
		if want := json.Valid(data); (err == nil) != want {
			t.Errorf("%q: got %v, want valid %t", data, err, want)
		}
	})
}
