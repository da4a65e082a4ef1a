package spec

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/specimen-api/specimen/internal/value"
)

func xmlMedia(t testing.TB, schema string) *MediaType {
	t.Helper()
	return &MediaType{Name: "application/xml", Schema: schemaOf(t, "3.1.0", schema)}
}

// The examples of OpenAPI 3.1.1, section 4.8.26.2 ("XML Object Examples"), inside the component X.
func TestXMLIsWrittenAsTheXMLObjectsSay(t *testing.T) {
	tests := map[string]struct{ schema, value, want string }{
		"a string":                            {`{"type":"object","properties":{"animals":{"type":"string"}}}`, `{"animals":"a & b"}`, `<X><animals>a &amp; b</animals></X>`},
		"an array":                            {`{"type":"object","properties":{"animals":{"type":"array","items":{"type":"string"}}}}`, `{"animals":["a","b"]}`, `<X><animals>a</animals><animals>b</animals></X>`},
		"a name for the element":              {`{"type":"object","properties":{"animals":{"type":"string","xml":{"name":"animal"}}}}`, `{"animals":"a"}`, `<X><animal>a</animal></X>`},
		"attribute, prefix and namespace":     {`{"type":"object","properties":{"id":{"type":"integer","xml":{"attribute":true}},"name":{"type":"string","xml":{"namespace":"https://example.com/schema/sample","prefix":"sample"}}}}`, `{"id":123,"name":"example"}`, `<X id="123"><sample:name xmlns:sample="https://example.com/schema/sample">example</sample:name></X>`},
		"the name of items":                   {`{"type":"object","properties":{"animals":{"type":"array","items":{"type":"string","xml":{"name":"animal"}}}}}`, `{"animals":["v","w"]}`, `<X><animal>v</animal><animal>w</animal></X>`},
		"the name of a plain array is not":    {`{"type":"object","properties":{"animals":{"type":"array","xml":{"name":"aliens"},"items":{"type":"string","xml":{"name":"animal"}}}}}`, `{"animals":["v"]}`, `<X><animal>v</animal></X>`},
		"wrapped without names":               {`{"type":"object","properties":{"animals":{"type":"array","xml":{"wrapped":true},"items":{"type":"string"}}}}`, `{"animals":["v","w"]}`, `<X><animals><animals>v</animals><animals>w</animals></animals></X>`},
		"wrapped with both names":             {`{"type":"object","properties":{"animals":{"type":"array","xml":{"name":"aliens","wrapped":true},"items":{"type":"string","xml":{"name":"animal"}}}}}`, `{"animals":["v"]}`, `<X><aliens><animal>v</animal></aliens></X>`},
		"wrapped with the name of all":        {`{"type":"object","properties":{"animals":{"type":"array","xml":{"name":"aliens","wrapped":true},"items":{"type":"string"}}}}`, `{"animals":["v"]}`, `<X><aliens><aliens>v</aliens></aliens></X>`},
		"a name for the root":                 {`{"type":"object","xml":{"name":"pet"},"properties":{"a":{"type":"integer"}}}`, `{"a":1}`, `<pet><a>1</a></pet>`},
		"a namespace without a prefix":        {`{"type":"object","xml":{"name":"pet","namespace":"urn:n"},"properties":{"a":{"type":"integer"}}}`, `{"a":1}`, `<pet xmlns="urn:n"><a>1</a></pet>`},
		"an array at the root":                {`{"type":"array","xml":{"name":"pets"},"items":{"type":"integer","xml":{"name":"pet"}}}`, `[1,2]`, `<pets><pet>1</pet><pet>2</pet></pets>`},
		"null":                                {`{"type":"object","properties":{"a":{"type":["string","null"]}}}`, `{"a":null}`, `<X><a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/></X>`},
		"text beside attributes":              {`{"type":"object","properties":{"lang":{"type":"string","xml":{"attribute":true}},"say":{"type":"string","xml":{"nodeType":"text"}}}}`, `{"lang":"en","say":"hi"}`, `<X lang="en">hi</X>`},
		"character data":                      {`{"type":"object","properties":{"say":{"type":"string","xml":{"nodeType":"cdata"}}}}`, `{"say":"a]]>b<"}`, `<X><![CDATA[a]]]]><![CDATA[>b<]]></X>`},
		"a member that is no name in XML":     {`{"type":"object","properties":{"1 st":{"type":"integer"},"a:b":{"type":"integer"}}}`, `{"1 st":1,"a:b":2}`, `<X><_1_st>1</_1_st><a_b>2</a_b></X>`},
		"an empty wrapped array":              {`{"type":"object","properties":{"a":{"type":"array","xml":{"wrapped":true},"items":{"type":"string"}}}}`, `{"a":[]}`, `<X><a></a></X>`},
		"an empty array that must be there":   {`{"type":"object","required":["a"],"properties":{"a":{"type":"array","items":{"type":"string"}}}}`, `{"a":[]}`, `<X></X>`},
		"objects in a wrapped array":          {`{"type":"object","properties":{"a":{"type":"array","xml":{"wrapped":true},"items":{"type":"object","xml":{"name":"i"},"properties":{"b":{"type":"boolean"}}}}}}`, `{"a":[{"b":true},{}]}`, `<X><a><i><b>true</b></i><i></i></a></X>`},
		"members that the schema has no name": {`{"type":"object","additionalProperties":{"type":"integer"}}`, `{"a":1,"b":2}`, `<X><a>1</a><b>2</b></X>`},
	}
	for name, tt := range tests {
		m := xmlMedia(t, tt.schema)
		v := parse(t, tt.value)
		data, contentType, err := m.EncodeBody(v)
		got := strings.TrimPrefix(string(data), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
		if err != nil || got != tt.want || contentType != "application/xml" {
			t.Errorf("%s: got %s %q %v, want %s", name, got, contentType, err, tt.want)
			continue
		}
		back, problems := m.DecodeBody(data, "application/xml")
		if len(problems) > 0 || !value.Equal(back, v) {
			t.Errorf("%s: read back: got %s %v, want %s", name, show(back), problems, tt.value)
		}
	}
}

func TestXMLIsRead(t *testing.T) {
	const pet = `{"type":"object","properties":{"id":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}}}}`
	tests := map[string]struct{ schema, text, want string }{
		"spaces between elements":        {pet, "<pet>\n <id> 7 </id>\n <tags>a</tags>\n</pet>", `{"id":7,"tags":["a"]}`},
		"a word for a number":            {pet, `<pet><id>x</id></pet>`, `{"id":"x"}`},
		"another character set":          {pet, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><pet><tags>\xe9</tags></pet>", `{"tags":["é"]}`},
		"an element that is not known":   {pet, `<pet><x>1</x><x>2</x></pet>`, `{"x":["1","2"]}`},
		"an attribute that is not known": {pet, `<pet x="1"><id>1</id></pet>`, `{"id":1,"x":"1"}`},
		"text where none is wanted":      {pet, `<pet>hm<id>1</id></pet>`, `{"id":1,"#text":"hm"}`},
		"no schema at all":               {`{}`, `<a><b>1</b><c><d/></c></a>`, `{"b":"1","c":{"d":""}}`},
		"a schema that says string":      {`{"type":"string"}`, `<a><b/></a>`, `"<a><b/></a>"`},
		"an entity of its own":           {pet, `<!DOCTYPE x [<!ENTITY e "eeee">]><pet><id>&e;</id></pet>`, `syntax`},
		"two roots":                      {pet, `<a/><b/>`, `syntax`},
		"an open element":                {pet, `<a><b></a>`, `syntax`},
		"nothing":                        {pet, ``, `syntax`},
		"too deep":                       {pet, strings.Repeat("<a>", 300) + strings.Repeat("</a>", 300), `syntax`},
	}
	for name, tt := range tests {
		v, problems := xmlMedia(t, tt.schema).DecodeBody([]byte(tt.text), "application/xml")
		got := show(v)
		if len(problems) > 0 {
			got = problems[0].Keyword
		}
		if got != tt.want {
			t.Errorf("%s: got %s %v, want %s", name, got, problems, tt.want)
		}
	}
}

func TestXMLReadsWhatItWrites(t *testing.T) {
	d := draw{Rand: rand.New(rand.NewPCG(3, 4)), names: []string{"a", "b-c", "x.y", "Ü", "d e"}}
	for range 1000 {
		schema, v := d.value("deep")
		m := xmlMedia(t, schema)
		data, _, err := m.EncodeBody(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, problems := m.DecodeBody(data, ""); len(problems) > 0 || !value.Equal(got, v) {
			t.Fatalf("%s\nas %s: got %s %v, want %s", schema, data, show(got), problems, show(v))
		}
	}
}

func TestXMLRefusesCharactersItCannotHold(t *testing.T) {
	if data, _, err := xmlMedia(t, `{"type":"object"}`).EncodeBody(parse(t, `{"a":"\u0001"}`)); err == nil {
		t.Errorf("got %s, want an error", data)
	}
}

// Reading both as one and as many, at each level again, took time that doubled with the depth.
func TestNestedElementsThatMayBeOneOrManyAreReadOnce(t *testing.T) {
	m := xmlMedia(t, `{"type":"object","properties":{"c":{"oneOf":[{"$ref":"#/components/schemas/X"},{"type":"array","items":{"$ref":"#/components/schemas/X"}}]}}}`)
	const depth = 200
	v, problems := m.DecodeBody([]byte("<X>"+strings.Repeat("<c>", depth)+strings.Repeat("</c>", depth)+"</X>"), "")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := 0
	for o, ok := v.(*value.Object); ok && o.Has("c"); o, ok = v.(*value.Object) {
		v, _ = o.Get("c")
		got++
	}
	if got != depth {
		t.Errorf("got %d levels, want %d", got, depth)
	}
}

func FuzzXML(f *testing.F) {
	f.Add([]byte(`<a b="1"><c>2</c><c/><d xsi:nil="true"/></a>`))
	f.Add([]byte("<?xml version=\"1.0\" encoding=\"utf-16\"?><a><![CDATA[x]]></a>"))
	m := xmlMedia(f, `{"type":"object","properties":{"b":{"type":"integer","xml":{"attribute":true}},"c":{"oneOf":[{"type":"integer"},{"type":"array","items":{"$ref":"#/components/schemas/X"}}]},"d":{"type":["array","null"],"xml":{"wrapped":true},"items":{"type":"string"}}}}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		v, problems := m.DecodeBody(data, "application/xml")
		if len(problems) > 0 {
			return
		}
		if !wellFormed(v) || len(show(v)) > 20*len(data)+100 {
			t.Fatalf("%q became %.200q", data, show(v))
		}
		again, _, err := m.EncodeBody(v)
		if err != nil {
			return
		}
		if _, problems := m.DecodeBody(again, ""); len(problems) > 0 {
			t.Fatalf("%s is not read: %v", again, problems)
		}
	})
}
