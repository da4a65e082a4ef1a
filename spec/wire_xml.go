package spec

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/specimen-api/specimen/internal/value"
)

// XML by the XML Objects of the schemas (OpenAPI 3.1, section 4.8.26; 3.2's nodeType). Elements are found by their
// local name; a namespace is written as the document has it, and not asked for when it is read.

const xsi = "http://www.w3.org/2001/XMLSchema-instance"

// maxElements is how deep elements may nest.
const maxElements = 256

// xml gives the XML Object that speaks of the value; never nil.
func (sh shape) xml() *XML {
	for _, s := range sh {
		if x := viewOf(s).xml; x != nil {
			return x
		}
	}
	return &XML{}
}

func (x *XML) attribute() bool { return x.Attribute || x.NodeType == "attribute" }
func (x *XML) text() bool      { return x.NodeType == "text" || x.NodeType == "cdata" }
func (x *XML) wrapped() bool   { return x.Wrapped || x.NodeType == "element" }

// component gives the name of the component that the schema is, or refers to; "" when there is none.
func (sh shape) component() string {
	for _, s := range sh {
		for hops := 0; s != nil && hops < 64; hops++ {
			for _, prefix := range []string{"#/components/schemas/", "#/definitions/"} {
				if i := strings.LastIndex(s.Pointer, prefix); i >= 0 && !strings.Contains(s.Pointer[i+len(prefix):], "/") {
					return value.Unescape(s.Pointer[i+len(prefix):])
				}
			}
			if s.Ref == nil {
				break
			}
			s = s.Ref.Schema()
		}
	}
	return ""
}

// xmlName makes a name that XML allows without a colon (Namespaces in XML 1.0, section 3) out of any text.
func xmlName(s string) string {
	ok := func(i int, r rune) bool {
		return r == '_' || unicode.IsLetter(r) || i > 0 && (r == '-' || r == '.' || unicode.IsDigit(r))
	}
	good := s != ""
	for i, r := range s {
		good = good && ok(i, r)
	}
	if good {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case ok(b.Len(), r):
			b.WriteRune(r)
		case b.Len() == 0 && ok(1, r):
			b.WriteByte('_')
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
	}
	if b.Len() == 0 {
		return "_"
	}
	return b.String()
}

func firstName(names ...string) string {
	for _, n := range names {
		if n != "" {
			return xmlName(n)
		}
	}
	return "_"
}

// --- reading ------------------------------------------------------------------------------------

type element struct {
	name  string
	attrs []xml.Attr
	kids  []*element
	text  strings.Builder
}

func parseXML(data []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		raw, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		out, p := toUTF8(raw, label)
		if p != nil {
			return nil, errors.New(p.Say())
		}
		return bytes.NewReader(out), nil
	}
	var root *element
	var stack []*element
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if len(stack) == 0 && root != nil {
				return nil, errors.New("a second root element")
			}
			if len(stack) == maxElements {
				return nil, fmt.Errorf("elements nested more than %d levels deep", maxElements)
			}
			e := &element{name: tok.Name.Local}
			for _, a := range tok.Attr {
				if a.Name.Space != "xmlns" && !(a.Name.Space == "" && a.Name.Local == "xmlns") {
					e.attrs = append(e.attrs, a)
				}
			}
			if len(stack) == 0 {
				root = e
			} else {
				parent := stack[len(stack)-1]
				parent.kids = append(parent.kids, e)
			}
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].text.Write(tok)
			} else if len(bytes.TrimSpace(tok)) > 0 {
				return nil, errors.New("text outside the root element")
			}
		}
	}
	if root == nil {
		return nil, errors.New("there is no root element")
	}
	return root, nil
}

func (m *MediaType) decodeXML(data []byte) (any, []Problem) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	root, err := parseXML(data)
	if err != nil {
		message := strings.TrimPrefix(err.Error(), "XML syntax error ")
		return nil, []Problem{{Keyword: "syntax", Message: "the text is no XML: " + message}}
	}
	sh := shapeOf(m.Schema)
	if sh.kinds() == String && (len(root.kids) > 0 || root.hasAttributes() || root.name != sh.root()) {
		return string(data), nil // a schema that calls XML a string means its text
	}
	return root.value(sh), nil
}

// root gives the name of the root element.
func (sh shape) root() string { return firstName(sh.xml().Name, sh.component(), "root") }

func (e *element) nil() bool {
	for _, a := range e.attrs {
		if a.Name.Local == "nil" && (a.Name.Space == xsi || a.Name.Space == "xsi") {
			return a.Value == "true" || a.Value == "1"
		}
	}
	return false
}

// value gives an element the type of the schemas.
func (e *element) value(sh shape) any {
	if e.nil() {
		return nil
	}
	kinds := sh.kinds()
	bare := e.leaf()
	switch {
	case kinds == AnyType && bare:
		return e.text.String()
	case kinds == AnyType:
		return e.object(sh)
	case bare && kinds&(scalar&^Null) != 0:
		return sh.readXML(e.text.String())
	case kinds&Object != 0 && !(kinds&Array != 0 && !e.fits(sh)):
		return e.object(sh)
	case kinds&Array != 0:
		list := make([]any, len(e.kids))
		for i, kid := range e.kids {
			list[i] = kid.value(sh.item(i))
		}
		if bare && strings.TrimSpace(e.text.String()) != "" {
			return e.text.String()
		}
		return list
	case bare || len(e.kids) == 0:
		return sh.readXML(e.text.String())
	}
	return e.object(sh) // the check says that no object was wanted
}

// leaf says that there is nothing but text in the element.
func (e *element) leaf() bool { return len(e.kids) == 0 && !e.hasAttributes() && !e.nil() }

func (e *element) hasAttributes() bool {
	for _, a := range e.attrs {
		if a.Name.Space != xsi && a.Name.Space != "xsi" {
			return true
		}
	}
	return false
}

// fits says whether an element looks like the object that the schemas describe.
func (e *element) fits(sh shape) bool {
	for _, kid := range e.kids {
		found := false
		for _, name := range sh.names() {
			found = found || kid.name == firstName(sh.property(name).xml().Name, name) || kid.name == xmlName(name)
		}
		if !found {
			return false
		}
	}
	return true
}

func (sh shape) readXML(text string) any {
	v := sh.read(text, true)
	if s, ok := v.(string); ok && sh.kinds()&String == 0 {
		if trimmed := strings.TrimSpace(s); trimmed != s {
			return sh.read(trimmed, true)
		}
	}
	return v
}

// inside holds the elements within another one by their names, without those that were taken.
type inside map[string][]*element

// take gives the elements that have the first of the names that any has.
func (in inside) take(names ...string) []*element {
	for _, name := range names {
		if found := in[name]; found != nil {
			delete(in, name)
			return found
		}
	}
	return nil
}

func (e *element) object(sh shape) any {
	o := &value.Object{}
	usedAttr, kids := map[int]bool{}, inside{}
	for _, kid := range e.kids {
		kids[kid.name] = append(kids[kid.name], kid)
	}
	usedText := false
	for _, name := range sh.names() {
		ps := sh.property(name)
		x := ps.xml()
		own := firstName(x.Name, name)
		kinds := ps.kinds()
		switch {
		case x.attribute():
			for i, a := range e.attrs {
				if a.Name.Local == own && !usedAttr[i] && a.Name.Space != xsi {
					usedAttr[i] = true
					o.Set(name, ps.readXML(a.Value))
					break
				}
			}
		case x.text():
			usedText = true
			o.Set(name, ps.readXML(e.text.String()))
		case kinds != AnyType && kinds&Array != 0 && x.wrapped():
			if found := kids.take(own, xmlName(name)); found != nil {
				o.Set(name, found[0].value(ps))
			}
		case kinds != AnyType && kinds&Array != 0:
			found := kids.take(firstName(ps.item(0).xml().Name, name), xmlName(name), own)
			switch {
			case found == nil && kinds&(scalar|Object) == 0 && sh.requires(name):
				o.Set(name, []any{}) // none of them is how an empty array looks
			case found == nil:
			case len(found) == 1 && kinds&(scalar|Object) != 0 && found[0].leaf():
				text := found[0].text.String()
				o.Set(name, ps.choose([]any{ps.readXML(text), []any{ps.item(0).readXML(text)}}))
			case len(found) == 1 && kinds&Object != 0:
				o.Set(name, found[0].value(ps))
			default:
				list := make([]any, len(found))
				for i, kid := range found {
					list[i] = kid.value(ps.item(i))
				}
				o.Set(name, list)
			}
		default:
			found := kids.take(own, xmlName(name))
			if len(found) == 1 {
				o.Set(name, found[0].value(ps))
			} else if len(found) > 1 {
				list := make([]any, len(found))
				for i, kid := range found {
					list[i] = kid.value(ps)
				}
				o.Set(name, list)
			}
		}
	}
	for i, a := range e.attrs {
		if !usedAttr[i] && a.Name.Space != xsi && a.Name.Space != "xsi" && !o.Has(a.Name.Local) {
			o.Set(a.Name.Local, sh.property(a.Name.Local).readXML(a.Value))
		}
	}
	for _, kid := range e.kids {
		if kids[kid.name] == nil {
			continue
		}
		ps := sh.property(kid.name)
		v := any(nil)
		if kinds := ps.kinds(); kinds != AnyType && kinds&Array != 0 && kinds&(scalar|Object) == 0 && !ps.xml().wrapped() {
			v = []any{kid.value(ps.item(0))}
		} else {
			v = kid.value(ps)
		}
		if before, ok := o.Get(kid.name); ok { // a name that comes again makes an array
			list, ok := before.([]any)
			if !ok {
				list = []any{before}
			}
			if one, ok := v.([]any); ok {
				v = append(list, one...)
			} else {
				v = append(list, v)
			}
		}
		o.Set(kid.name, v)
	}
	if text := strings.TrimSpace(e.text.String()); text != "" && !usedText && !o.Has("#text") {
		o.Set("#text", text) // text where the schema has none: a member that its check can refuse
	}
	return o
}

// --- writing ------------------------------------------------------------------------------------

type xmlWriter struct {
	bytes.Buffer
	scope []string // "prefix=namespace" of the elements around
	err   error
}

func (m *MediaType) encodeXML(v any) ([]byte, error) {
	if s, ok := v.(string); ok && strings.HasPrefix(strings.TrimSpace(s), "<") {
		if _, err := parseXML([]byte(s)); err == nil {
			return []byte(s), nil // an example that is XML already
		}
	}
	sh := shapeOf(m.Schema)
	w := &xmlWriter{}
	w.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	w.element(sh.root(), sh.xml(), v, sh, 0)
	return w.Bytes(), w.err
}

func (w *xmlWriter) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// chars writes text with what XML cannot hold as an error.
func (w *xmlWriter) chars(s string) {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				w.fail("XML cannot hold bytes that are not UTF-8")
				return
			}
		}
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			w.fail("XML cannot hold the character %U", r)
			return
		}
	}
	xml.EscapeText(w, []byte(s))
}

func (w *xmlWriter) attr(name, text string) {
	w.WriteString(" " + name + `="`)
	w.chars(text)
	w.WriteByte('"')
}

// qualified puts the prefix before a name.
func (x *XML) qualified(name string) string {
	if x.Prefix != "" {
		return xmlName(x.Prefix) + ":" + name
	}
	return name
}

// declare writes the namespace of an element where the elements around it have not.
func (w *xmlWriter) declare(x *XML, attribute bool) {
	if x.Namespace == "" && x.Prefix == "" || attribute && x.Prefix == "" {
		return
	}
	name, ns := "xmlns", x.Namespace
	if x.Prefix != "" {
		name = "xmlns:" + xmlName(x.Prefix)
		if ns == "" {
			ns = "urn:" + xmlName(x.Prefix) // a prefix must be bound (Namespaces in XML 1.0, section 5)
		}
	}
	for i := len(w.scope) - 1; i >= 0; i-- {
		if before, rest, _ := strings.Cut(w.scope[i], "="); before == name {
			if rest == ns {
				return
			}
			break
		}
	}
	w.scope = append(w.scope, name+"="+ns)
	w.attr(name, ns)
}

func (w *xmlWriter) element(name string, x *XML, v any, sh shape, depth int) {
	if depth >= maxElements {
		w.fail("nested more than %d levels deep", maxElements)
	}
	if w.err != nil {
		return
	}
	outer := len(w.scope)
	defer func() { w.scope = w.scope[:outer] }()
	tag := x.qualified(name)
	w.WriteString("<" + tag)
	w.declare(x, false)
	switch v := v.(type) {
	case nil:
		w.attr("xmlns:xsi", xsi)
		w.attr("xsi:nil", "true")
		w.WriteString("/>")
		return
	case *value.Object:
		w.object(v, sh, depth)
	case []any:
		w.WriteByte('>')
		for i, item := range v {
			w.item(firstName(sh.item(i).xml().Name, sh.item(i).component(), "item"), item, sh.item(i), depth)
		}
	default:
		w.WriteByte('>')
		w.chars(textOf(v))
	}
	w.WriteString("</" + tag + ">")
}

func (w *xmlWriter) item(name string, v any, sh shape, depth int) {
	w.element(name, sh.xml(), v, sh, depth+1)
}

func (w *xmlWriter) object(o *value.Object, sh shape, depth int) {
	names := map[string]bool{}
	for name, v := range o.All() {
		ps := sh.property(name)
		x := ps.xml()
		if !x.attribute() || v == nil {
			continue
		}
		own := x.qualified(firstName(x.Name, name))
		if names[own] {
			w.fail("two attributes are named %s", own)
			return
		}
		names[own] = true
		w.declare(x, true)
		w.attr(own, textOf(v))
	}
	w.WriteByte('>')
	for name, v := range o.All() {
		ps := sh.property(name)
		x := ps.xml()
		own := firstName(x.Name, name)
		list, isList := v.([]any)
		switch {
		case x.attribute():
		case x.text() && v != nil:
			if x.NodeType == "cdata" {
				w.cdata(textOf(v))
			} else {
				w.chars(textOf(v))
			}
		case isList && x.wrapped():
			// the items bear the name of the wrapper when they have none
			tag := x.qualified(own)
			outer := len(w.scope)
			w.WriteString("<" + tag)
			w.declare(x, false)
			w.WriteByte('>')
			for i, item := range list {
				w.item(firstName(ps.item(i).xml().Name, x.Name, name), item, ps.item(i), depth+1)
			}
			w.WriteString("</" + tag + ">")
			w.scope = w.scope[:outer]
		case isList && ps.kinds()&Array != 0:
			for i, item := range list {
				w.item(firstName(ps.item(i).xml().Name, name), item, ps.item(i), depth)
			}
		default:
			w.element(own, x, v, ps, depth+1)
		}
	}
}

func (w *xmlWriter) cdata(s string) {
	mark := w.Len()
	w.chars(s) // for its errors
	w.Truncate(mark)
	if strings.ContainsRune(s, '\r') {
		w.chars(s)
		return
	}
	w.WriteString("<![CDATA[" + strings.ReplaceAll(s, "]]>", "]]]]><![CDATA[>") + "]]>")
}
