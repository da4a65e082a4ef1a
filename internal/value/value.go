// Package value holds JSON values as they travel: members keep their order and numbers keep every digit.
//
// A value is nil, bool, json.Number, string, []any or *Object, and nothing else.
package value

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Object is a JSON object whose members keep the order in which they were set.
// The zero value is an empty object. It is not safe for concurrent writing.
type Object struct {
	members []Member
	index   map[string]int // built when there are many members
}

// Member is one name and its value.
type Member struct {
	Name  string
	Value any
}

// NewObject makes an object of the given members; a later member replaces an earlier one of the same name.
func NewObject(members ...Member) *Object {
	o := &Object{members: make([]Member, 0, len(members))}
	for _, m := range members {
		o.Set(m.Name, m.Value)
	}
	return o
}

const indexFrom = 12

func (o *Object) find(name string) int {
	if o == nil {
		return -1
	}
	if o.index != nil {
		if i, ok := o.index[name]; ok {
			return i
		}
		return -1
	}
	for i := range o.members {
		if o.members[i].Name == name {
			return i
		}
	}
	return -1
}

// Get gives the value of a member and whether there is one.
func (o *Object) Get(name string) (any, bool) {
	if i := o.find(name); i >= 0 {
		return o.members[i].Value, true
	}
	return nil, false
}

// Has says whether a member of that name is there.
func (o *Object) Has(name string) bool { return o.find(name) >= 0 }

// Set changes a member in its place, or adds it at the end.
func (o *Object) Set(name string, v any) {
	if i := o.find(name); i >= 0 {
		o.members[i].Value = v
		return
	}
	o.members = append(o.members, Member{name, v})
	if o.index != nil {
		o.index[name] = len(o.members) - 1
	} else if len(o.members) >= indexFrom {
		o.reindex()
	}
}

func (o *Object) reindex() {
	o.index = make(map[string]int, 2*len(o.members))
	for i, m := range o.members {
		o.index[m.Name] = i
	}
}

// Delete takes a member away; the others keep their order.
func (o *Object) Delete(name string) {
	i := o.find(name)
	if i < 0 {
		return
	}
	o.members = append(o.members[:i], o.members[i+1:]...)
	if o.index != nil {
		o.reindex()
	}
}

// Len is the number of members; a nil object has none.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.members)
}

// All walks the members in their order.
func (o *Object) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if o == nil {
			return
		}
		for _, m := range o.members {
			if !yield(m.Name, m.Value) {
				return
			}
		}
	}
}

// MarshalJSON writes the members in their order.
func (o *Object) MarshalJSON() ([]byte, error) { return Append(nil, o), nil }

// MaxDepth is how deeply a value may be nested before Parse refuses it.
const MaxDepth = 1000

// SyntaxError is a text that is no JSON value, or names a member twice.
type SyntaxError struct {
	Offset  int // in bytes, from 0
	Pointer string
	Message string
}

func (e *SyntaxError) Error() string {
	if e.Pointer != "" {
		return fmt.Sprintf("%s at byte %d (%s)", e.Message, e.Offset, e.Pointer)
	}
	return fmt.Sprintf("%s at byte %d", e.Message, e.Offset)
}

// Parse reads one JSON text (RFC 8259). Numbers keep their digits, a member that comes twice and
// anything after the value are errors of type *SyntaxError.
func Parse(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	p := parser{dec: dec, data: data}
	v, err := p.value(0, "")
	if err != nil {
		return nil, err
	}
	if rest := bytes.TrimLeft(data[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, &SyntaxError{Offset: len(data) - len(rest), Message: "text after the JSON value"}
	}
	if !utf8.Valid(data) {
		return nil, &SyntaxError{Message: "the text is not UTF-8"}
	}
	return v, nil
}

type parser struct {
	dec  *json.Decoder
	data []byte
}

func (p *parser) fail(err error, pointer string) error {
	message := strings.TrimPrefix(err.Error(), "json: ")
	if message == "EOF" || message == "unexpected EOF" {
		message = "the JSON text ends too early"
	}
	return &SyntaxError{Offset: int(p.dec.InputOffset()), Pointer: pointer, Message: message}
}

func (p *parser) value(depth int, pointer string) (any, error) {
	if depth > MaxDepth {
		return nil, &SyntaxError{Offset: int(p.dec.InputOffset()), Message: fmt.Sprintf("nested more than %d levels deep", MaxDepth)}
	}
	tok, err := p.dec.Token()
	if err != nil {
		return nil, p.fail(err, pointer)
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return tok, nil
	}
	switch delim {
	case '[':
		list := []any{}
		for p.dec.More() {
			v, err := p.value(depth+1, pointer+"/"+strconv.Itoa(len(list)))
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		if _, err := p.dec.Token(); err != nil {
			return nil, p.fail(err, pointer)
		}
		return list, nil
	default:
		o := &Object{}
		for p.dec.More() {
			tok, err := p.dec.Token()
			if err != nil {
				return nil, p.fail(err, pointer)
			}
			name := tok.(string)
			at := pointer + "/" + Escape(name)
			if o.Has(name) {
				return nil, &SyntaxError{Offset: int(p.dec.InputOffset()), Pointer: at, Message: "a member comes twice"}
			}
			v, err := p.value(depth+1, at)
			if err != nil {
				return nil, err
			}
			o.Set(name, v)
		}
		if _, err := p.dec.Token(); err != nil {
			return nil, p.fail(err, pointer)
		}
		return o, nil
	}
}

// Append writes a value as JSON without spaces. Values of other types than the package's own are
// written by encoding/json; one that it cannot write becomes null.
func Append(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case json.Number:
		return append(dst, v...)
	case string:
		return AppendString(dst, v)
	case []any:
		dst = append(dst, '[')
		for i, x := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = Append(dst, x)
		}
		return append(dst, ']')
	case *Object:
		dst = append(dst, '{')
		for i := range v.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendString(dst, v.members[i].Name)
			dst = append(dst, ':')
			dst = Append(dst, v.members[i].Value)
		}
		return append(dst, '}')
	}
	data, err := json.Marshal(v)
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, data...)
}

const hex = "0123456789abcdef"

// AppendString writes a JSON string; bytes that are no UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\ufffd"...)
			i++
			start = i
			continue
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// Indent writes a value as JSON for people, two spaces a level, with a line feed at the end.
func Indent(v any) []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, Append(nil, v), "", "  "); err != nil {
		return append(Append(nil, v), '\n')
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// Clone copies a value with everything in it.
func Clone(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = Clone(x)
		}
		return out
	case *Object:
		out := &Object{members: make([]Member, len(v.members))}
		for i, m := range v.members {
			out.members[i] = Member{m.Name, Clone(m.Value)}
		}
		if v.index != nil {
			out.reindex()
		}
		return out
	}
	return v
}

// Equal compares as JSON Schema does (2020-12 core, section 4.2.2): numbers by their mathematical value,
// objects without regard to order.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		if a == b {
			return true
		}
		x, okx := Rat(a)
		y, oky := Rat(b)
		return okx && oky && x.Cmp(y) == 0
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !Equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case *Object:
		b, ok := b.(*Object)
		if !ok || a.Len() != b.Len() {
			return false
		}
		for _, m := range a.members {
			other, ok := b.Get(m.Name)
			if !ok || !Equal(m.Value, other) {
				return false
			}
		}
		return true
	}
	switch b.(type) {
	case []any, *Object, json.Number:
		return false
	}
	return a == b
}

// Rat is the exact value of a JSON number; false when it is none or its exponent is beyond ±5,000.
func Rat(n json.Number) (*big.Rat, bool) {
	s := string(n)
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		exp, err := strconv.Atoi(strings.TrimPrefix(s[i+1:], "+"))
		if err != nil || exp > 5000 || exp < -5000 {
			return nil, false
		}
	}
	if len(s) > 20000 || strings.Contains(s, "/") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// Plain turns a value into the types that encoding/json decodes to (map[string]any, json.Number).
func Plain(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = Plain(x)
		}
		return out
	case *Object:
		out := make(map[string]any, v.Len())
		for _, m := range v.members {
			out[m.Name] = Plain(m.Value)
		}
		return out
	}
	return v
}

// From turns what Go code has at hand (maps, structs, ints, floats) into a value, through encoding/json.
func From(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, string, json.Number, *Object:
		return v, nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

// Escape writes one token of a JSON pointer (RFC 6901, section 3).
func Escape(token string) string {
	if !strings.ContainsAny(token, "~/") {
		return token
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}

// Unescape reads one token of a JSON pointer.
func Unescape(token string) string {
	if !strings.Contains(token, "~") {
		return token
	}
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}

// Pointer finds the value at a JSON pointer ("" is the whole).
func Pointer(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, true
	}
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		switch x := v.(type) {
		case *Object:
			next, ok := x.Get(Unescape(token))
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(x) {
				return nil, false
			}
			v = x[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// Kind names the JSON type of a value: null, boolean, integer, number, string, array or object.
// A number without a fractional part is an integer, however it is written (2.0, 1e3).
func Kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case *Object:
		return "object"
	case json.Number:
		if r, ok := Rat(v); ok && r.IsInt() {
			return "integer"
		}
		return "number"
	}
	return fmt.Sprintf("%T", v)
}
