package value

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestParseAndAppendKeepOrderAndDigits(t *testing.T) {
	for _, text := range []string{
		`{"b":1,"a":[1.0,12345678901234567890,1e400,{"x":null}],"c":"é\u0001\"\\"}`,
		`[]`, `{}`, `"x"`, `null`, `true`, `-0.10`,
	} {
		v, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("Parse(%s): %v", text, err)
		}
		if got := string(Append(nil, v)); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a member that comes twice": `{"a":1,"b":{"c":1,"c":2}}`,
		"text after the value":      `{} {}`,
		"an open object":            `{"a":`,
		"nothing":                   ``,
		"bytes that are no UTF-8":   "\"\xff\"",
		"a bare word":               `{"a": nil}`,
	} {
		_, err := Parse([]byte(text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: got %v, want a SyntaxError", name, err)
		}
	}
}

func TestEqualComparesNumbersByValue(t *testing.T) {
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"another spelling":  {`[1.0,{"a":1,"b":2}]`, `[1,{"b":2,"a":1e0}]`, true},
		"number and string": {`1`, `"1"`, false},
		"past 2^53":         {`9007199254740993`, `9007199254740992`, false},
		"null and false":    {`null`, `false`, false},
		"array and object":  {`[]`, `{}`, false},
	}
	for name, tt := range tests {
		a, _ := Parse([]byte(tt.a))
		b, _ := Parse([]byte(tt.b))
		if got := Equal(a, b); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestObjectDeleteKeepsTheIndexRight(t *testing.T) {
	o := &Object{}
	for c := 'a'; c <= 'z'; c++ {
		o.Set(string(c), json.Number("1"))
	}
	o.Delete("b")
	if o.Has("b") || o.Len() != 25 {
		t.Fatalf("got %d members with b %v, want 25 without", o.Len(), o.Has("b"))
	}
	o.Set("z", "last")
	if v, _ := o.Get("z"); v != "last" {
		t.Errorf("got %v, want last", v)
	}
	if v, ok := Pointer(o, "/c"); !ok || v != json.Number("1") {
		t.Errorf("got %v, want 1", v)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.50,"x"],"b":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if err != nil {
			return
		}
		again, err := Parse(Append(nil, v))
		if err != nil || !Equal(v, again) {
			t.Fatalf("%q does not survive a round: %v", data, err)
		}
	})
}
