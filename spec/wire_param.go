package spec

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/specimen-api/specimen/internal/value"
)

// slot is a place for a value that travels by a style: a parameter, or a member of a form
// (OpenAPI 3.1, sections 4.8.12.2 and 4.8.15).
type slot struct {
	in, name, style string
	explode         bool
	reserved        bool
	shape           shape
	content         *MediaType
}

func (p *Parameter) slot() slot {
	return slot{in: p.In, name: p.Name, style: p.Style, explode: p.Explode, reserved: p.AllowReserved, shape: shapeOf(p.Schema), content: p.Content}
}

// place names the parameter as Problem.In does: "query limit".
func (p *Parameter) place() string { return p.In + " " + p.Name }

var errEmptyPath = errors.New("an empty value cannot stand in a path")

// --- escaping -----------------------------------------------------------------------------------

const upperHex = "0123456789ABCDEF"

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// escape writes everything but RFC 3986's unreserved characters and the given ones as %XX.
func escape(s, keep string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = unreserved(s[i]) || strings.IndexByte(keep, s[i]) >= 0
	}
	if plain {
		return s
	}
	out := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); i++ {
		if c := s[i]; unreserved(c) || strings.IndexByte(keep, c) >= 0 {
			out = append(out, c)
		} else {
			out = append(out, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return string(out)
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// unescape reads %XX, and + as a space where plus is set. A percent sign that begins no such triplet stands
// for itself, as the URL Standard has it.
func unescape(s string, plus bool) string {
	if strings.IndexByte(s, '%') < 0 && (!plus || strings.IndexByte(s, '+') < 0) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			hi, ok1 := hexDigit(s[i+1])
			lo, ok2 := hexDigit(s[i+2])
			if ok1 && ok2 {
				out = append(out, hi<<4|lo)
				i += 2
				continue
			}
		}
		if c == '+' && plus {
			c = ' '
		}
		out = append(out, c)
	}
	return string(out)
}

// dialect is how text is written at one place of a request.
type dialect struct {
	escape   func(string) string
	unescape func(string) string
	trim     bool // spaces around items do not count (RFC 9110, section 5.6.1)
}

func (sl slot) dialect() dialect {
	same := func(s string) string { return s }
	keep := ""
	switch sl.in {
	case "path":
		if sl.style == "label" {
			return dialect{escape: func(s string) string { return strings.ReplaceAll(escape(s, ""), ".", "%2E") }, unescape: func(s string) string { return unescape(s, false) }}
		}
		return dialect{escape: func(s string) string { return escape(s, "") }, unescape: func(s string) string { return unescape(s, false) }}
	case "header":
		return dialect{escape: same, unescape: same, trim: true}
	case "cookie":
		if sl.style == "cookie" {
			return dialect{escape: same, unescape: same}
		}
		// what a cookie can hold anyway stays readable (RFC 6265, section 4.1.1)
		return dialect{escape: func(s string) string { return escape(s, "!#$'()*/:<>?@[]^`{|}") }, unescape: func(s string) string { return unescape(s, false) }}
	}
	if sl.reserved {
		// of RFC 3986's reserved characters those that a query can carry without ending or splitting it
		keep = ":/?@!$'()*;"
	}
	return dialect{escape: func(s string) string { return escape(s, keep) }, unescape: func(s string) string { return unescape(s, true) }}
}

// --- one text: simple, label, matrix, and form without explode ------------------------------------

// separator gives what joins the items of a style, as it is written, and all the ways in which it may come.
func (sl slot) separator() (write string, read []string) {
	plain := sl.in == "header" || sl.in == "cookie" && sl.style == "cookie"
	switch sl.style {
	case "spaceDelimited":
		if plain {
			return " ", []string{" "}
		}
		return "%20", []string{"%20", "+", " "}
	case "tabDelimited":
		if plain {
			return "\t", []string{"\t"}
		}
		return "%09", []string{"%09", "\t"}
	case "pipeDelimited":
		if plain {
			return "|", []string{"|"}
		}
		return "%7C", []string{"|", "%7C", "%7c"}
	}
	return ",", []string{","}
}

func splitAny(s string, seps []string) []string {
	var out []string
	start := 0
	for i := 0; i < len(s); {
		n := 0
		for _, sep := range seps {
			if strings.HasPrefix(s[i:], sep) {
				n = len(sep)
				break
			}
		}
		if n == 0 {
			i++
			continue
		}
		out = append(out, s[start:i])
		i += n
		start = i
	}
	return append(out, s[start:])
}

// join writes a value as one text: a scalar, items, or names and values.
func join(v any, d dialect, sep, assign string) string {
	switch v := v.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = d.escape(textOf(x))
		}
		return strings.Join(parts, sep)
	case *value.Object:
		var parts []string
		for name, x := range v.All() {
			if assign == "" {
				parts = append(parts, d.escape(name), d.escape(textOf(x)))
			} else {
				parts = append(parts, d.escape(name)+assign+d.escape(textOf(x)))
			}
		}
		return strings.Join(parts, sep)
	}
	return d.escape(textOf(v))
}

// parse is the inverse of join: the reading of one text that the schemas take. seps may be several spellings of
// one separator. explode says that names and values are joined by "=".
func (sl slot) parse(raw string, d dialect, seps []string, explode bool) any {
	kinds := sl.shape.kinds()
	clean := func(s string) string {
		if d.trim {
			s = strings.Trim(s, " \t")
		}
		return d.unescape(s)
	}
	whole := func() any { return sl.shape.read(clean(raw), false) }
	if kinds == AnyType || kinds&(Array|Object) == 0 {
		return whole()
	}
	parts := splitAny(raw, seps)
	items := func(parts []string) any {
		if raw == "" && (sl.in == "header" || sl.shape.item(0).kinds()&String == 0) {
			return []any{}
		}
		list := make([]any, len(parts))
		for i, p := range parts {
			list[i] = sl.shape.item(i).read(clean(p), true)
		}
		return list
	}
	var composed []any
	if kinds&Array != 0 {
		composed = append(composed, items(parts))
		// clients that escape the whole text escape the commas too
		if len(parts) == 1 && len(seps) == 1 && seps[0] == "," && !d.trim {
			if again := splitAny(raw, []string{"%2C", "%2c"}); len(again) > 1 {
				composed = append(composed, items(again))
			}
		}
	}
	if kinds&Object != 0 {
		if o, ok := sl.members(parts, clean, explode); ok {
			composed = append(composed, o)
		}
	}
	var readings []any
	if kinds&scalar != 0 {
		readings = append(readings, whole())
	}
	if len(parts) > 1 || explode && strings.Contains(raw, "=") {
		readings = append(composed, readings...)
	} else {
		readings = append(readings, composed...)
	}
	if len(readings) == 0 {
		return clean(raw)
	}
	return sl.shape.choose(readings)
}

func (sl slot) members(parts []string, clean func(string) string, explode bool) (*value.Object, bool) {
	o := &value.Object{}
	set := func(name, text string) bool {
		if o.Has(name) {
			return false
		}
		o.Set(name, sl.shape.property(name).read(text, true))
		return true
	}
	if explode {
		if len(parts) == 1 && parts[0] == "" {
			return o, true
		}
		for _, p := range parts {
			name, text, ok := strings.Cut(p, "=")
			if !ok || !set(clean(name), clean(text)) {
				return nil, false
			}
		}
		return o, true
	}
	if len(parts) == 1 && parts[0] == "" {
		return o, true
	}
	if len(parts)%2 != 0 {
		return nil, false
	}
	for i := 0; i < len(parts); i += 2 {
		if !set(clean(parts[i]), clean(parts[i+1])) {
			return nil, false
		}
	}
	return o, true
}

// --- path and header ------------------------------------------------------------------------------

// pathText writes a path parameter, percent-encoded. rest says that slashes may stand in it.
func (sl slot) pathText(v any, rest bool) (string, error) {
	d := sl.dialect()
	sep, _ := sl.separator()
	text := ""
	switch {
	case sl.content != nil:
		data, _, err := sl.content.EncodeBody(v)
		if err != nil {
			return "", err
		}
		text = d.escape(string(data))
	case sl.style == "label":
		if sl.explode {
			sep = "."
		}
		text = "." + join(v, d, sep, map[bool]string{true: "="}[sl.explode])
	case sl.style == "matrix":
		text = sl.matrix(v, d)
	default:
		if rest {
			d.escape = func(s string) string { return escape(s, "/") }
		}
		text = join(v, d, sep, map[bool]string{true: "="}[sl.explode])
	}
	if text == "" {
		return "", errEmptyPath
	}
	return text, nil
}

func (sl slot) matrix(v any, d dialect) string {
	var b strings.Builder
	pair := func(name, text string) {
		b.WriteString(";" + name)
		if text != "" {
			b.WriteString("=" + text)
		}
	}
	name := d.escape(sl.name)
	switch v := v.(type) {
	case []any:
		if sl.explode {
			for _, x := range v {
				pair(name, d.escape(textOf(x)))
			}
			return b.String()
		}
	case *value.Object:
		if sl.explode {
			for k, x := range v.All() {
				pair(d.escape(k), d.escape(textOf(x)))
			}
			return b.String()
		}
	}
	pair(name, join(v, d, ",", ""))
	return b.String()
}

// readPath reads the text of a path parameter, still percent-encoded.
func (sl slot) readPath(raw string) (any, *Problem) {
	d := sl.dialect()
	_, seps := sl.separator()
	switch {
	case sl.content != nil:
		return sl.readContent(d.unescape(raw))
	case sl.style == "label":
		rest, ok := cutPrefixes(raw, ".", "%2E", "%2e")
		if !ok {
			return d.unescape(raw), &Problem{Keyword: "style", Message: "want a dot before the value (style label)"}
		}
		if sl.explode {
			return sl.parse(rest, d, []string{"."}, true), nil
		}
		if !strings.Contains(rest, ",") {
			return sl.parse(rest, d, []string{"."}, false), nil // as OpenAPI before 3.0.4 wrote it
		}
		return sl.parse(rest, d, []string{","}, false), nil
	case sl.style == "matrix":
		return sl.readMatrix(raw, d)
	}
	return sl.parse(raw, d, seps, sl.explode), nil
}

func cutPrefixes(s string, prefixes ...string) (string, bool) {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return rest, true
		}
	}
	return s, false
}

func (sl slot) readMatrix(raw string, d dialect) (any, *Problem) {
	wrong := func() (any, *Problem) {
		return d.unescape(raw), &Problem{Keyword: "style", Message: fmt.Sprintf("want ;%s= before the value (style matrix)", sl.name)}
	}
	rest, ok := cutPrefixes(raw, ";", "%3B", "%3b")
	if !ok {
		return wrong()
	}
	kinds := sl.shape.kinds()
	parts := strings.Split(rest, ";")
	var own []string
	for _, p := range parts {
		if name, text, _ := strings.Cut(p, "="); d.unescape(name) == sl.name {
			own = append(own, text)
		}
	}
	if sl.explode && kinds != AnyType && kinds&Object != 0 && (len(own) == 0 || sl.shape.declares(sl.name)) {
		for i, p := range parts {
			if !strings.Contains(p, "=") {
				parts[i] = p + "="
			}
		}
		if o, ok := sl.members(parts, d.unescape, true); ok {
			return o, nil
		}
	}
	if len(own) == 0 || len(own) != len(parts) {
		return wrong()
	}
	if sl.explode && kinds != AnyType && kinds&Array != 0 && (len(own) > 1 || kinds&scalar == 0) {
		list := make([]any, len(own))
		for i, text := range own {
			list[i] = sl.shape.item(i).read(d.unescape(text), true)
		}
		return list, nil
	}
	if len(own) > 1 {
		return wrong()
	}
	return sl.parse(own[0], d, []string{","}, false), nil
}

// headerText writes a header's value.
func (sl slot) headerText(v any) (string, error) {
	sep, _ := sl.separator()
	var text string
	if sl.content != nil {
		data, _, err := sl.content.EncodeBody(v)
		if err != nil {
			return "", err
		}
		text = string(data)
	} else {
		text = join(v, sl.dialect(), sep, map[bool]string{true: "="}[sl.explode])
	}
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return "", fmt.Errorf("a header cannot hold the character %q", c)
		}
	}
	if strings.Trim(text, " \t") != text {
		return "", errors.New("a header cannot begin or end with a space")
	}
	return text, nil
}

// readHeader reads the lines of a header.
func (sl slot) readHeader(lines []string) (any, *Problem) {
	var problem *Problem
	raw := lines[0]
	if len(lines) > 1 {
		raw = strings.Join(lines, ",")
		if kinds := sl.shape.kinds(); sl.content != nil || kinds == AnyType || kinds&(Array|Object) == 0 {
			raw, problem = lines[0], repeated(len(lines))
		}
	}
	if sl.content != nil {
		v, p := sl.readContent(raw)
		if p != nil {
			return v, p
		}
		return v, problem
	}
	_, seps := sl.separator()
	return sl.parse(raw, sl.dialect(), seps, sl.explode), problem
}

func repeated(n int) *Problem {
	return &Problem{Keyword: "repeated", Got: strconv.Itoa(n) + " values", Want: "one"}
}

// readContent reads a parameter that travels as a document of its media type.
func (sl slot) readContent(text string) (any, *Problem) {
	v, problems := sl.content.DecodeBody([]byte(text), sl.content.concrete())
	if len(problems) > 0 {
		return text, &problems[0]
	}
	return v, nil
}

// --- query, cookies and forms ---------------------------------------------------------------------

// pair is one name=value of a query, a form or a cookie, as it is written.
type pair struct {
	rawName, raw string
	name         string // unescaped
	bare         bool   // without "="
	used         bool
}

// maxPairs bounds the members of a form: more of them are nobody's request.
const maxPairs = 100_000

func splitPairs(raw string, sep string, unescape func(string) string) ([]pair, bool) {
	var out []pair
	for raw != "" {
		var one string
		one, raw, _ = strings.Cut(raw, sep)
		if sep == ";" {
			one = strings.Trim(one, " \t")
		}
		if one == "" {
			continue
		}
		if len(out) == maxPairs {
			return out, false
		}
		name, text, ok := strings.Cut(one, "=")
		out = append(out, pair{rawName: name, raw: text, name: unescape(name), bare: !ok})
	}
	return out, true
}

type written struct{ name, value string }

// pairs writes a value as names and values, escaped.
func (sl slot) pairs(v any) ([]written, error) {
	d := sl.dialect()
	if sl.in == "cookie" && sl.style == "cookie" {
		d.escape = func(s string) string { return s }
	}
	name := sl.name
	if sl.in != "cookie" {
		name = escape(sl.name, "")
	}
	if sl.content != nil {
		data, _, err := sl.content.EncodeBody(v)
		if err != nil {
			return nil, err
		}
		return []written{{name, d.escape(string(data))}}, nil
	}
	switch sl.style {
	case "deepObject":
		var out []written
		err := deepPairs(&out, name, v, d, 0)
		return out, err
	}
	switch v := v.(type) {
	case []any:
		if len(v) == 0 {
			return nil, nil
		}
		if sl.explode {
			out := make([]written, len(v))
			for i, x := range v {
				out[i] = written{name, d.escape(textOf(x))}
			}
			return out, nil
		}
	case *value.Object:
		if v.Len() == 0 {
			return nil, nil
		}
		if sl.explode {
			var out []written
			for k, x := range v.All() {
				k = d.escape(k)
				if list, ok := x.([]any); ok {
					for _, item := range list {
						out = append(out, written{k, d.escape(textOf(item))})
					}
					continue
				}
				out = append(out, written{k, d.escape(textOf(x))})
			}
			return out, nil
		}
	}
	sep, _ := sl.separator()
	return []written{{name, join(v, d, sep, "")}}, nil
}

// deepPairs writes names with brackets: an array of scalars as a[]=1, one of objects as a[0][b]=1.
func deepPairs(out *[]written, name string, v any, d dialect, depth int) error {
	if depth > maxBrackets {
		return fmt.Errorf("nested more than %d levels deep", maxBrackets)
	}
	switch v := v.(type) {
	case []any:
		flat := true
		for _, x := range v {
			switch x.(type) {
			case []any, *value.Object:
				flat = false
			}
		}
		for i, x := range v {
			key := "%5B%5D"
			if !flat {
				key = "%5B" + strconv.Itoa(i) + "%5D"
			}
			if err := deepPairs(out, name+key, x, d, depth+1); err != nil {
				return err
			}
		}
		return nil
	case *value.Object:
		for k, x := range v.All() {
			if err := deepPairs(out, name+"%5B"+escape(k, "")+"%5D", x, d, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	*out = append(*out, written{name, d.escape(textOf(v))})
	return nil
}

// readPairs reads a value out of names and values and marks those that it took. taken names belong to others.
func (sl slot) readPairs(pairs []pair, taken map[string]bool) (v any, present bool, problem *Problem) {
	d := sl.dialect()
	var own []string
	bare := false
	for i := range pairs {
		if pairs[i].name == sl.name {
			pairs[i].used = true
			own = append(own, pairs[i].raw)
			bare = bare || pairs[i].bare
		}
	}
	one := func() string {
		if len(own) > 1 {
			problem = repeated(len(own))
		}
		return own[0]
	}
	kinds := sl.shape.kinds()
	array, object := kinds != AnyType && kinds&Array != 0, kinds != AnyType && kinds&Object != 0
	if sl.content != nil {
		if len(own) == 0 {
			return nil, false, nil
		}
		v, p := sl.readContent(d.unescape(one()))
		if p == nil {
			p = problem
		}
		return v, true, p
	}
	if sl.style == "deepObject" {
		return sl.readDeep(pairs, own, taken, d)
	}
	if object && sl.explode && (len(own) == 0 || sl.shape.declares(sl.name)) {
		if v, ok := sl.readMembers(pairs, taken, d); ok {
			return v, true, nil
		}
	}
	switch {
	case len(own) == 0:
		return nil, false, nil
	case array && sl.explode && (len(own) > 1 || kinds&scalar == 0):
		if len(own) == 1 && own[0] == "" && sl.shape.item(0).kinds()&String == 0 {
			return []any{}, true, nil
		}
		list := make([]any, len(own))
		for i, raw := range own {
			list[i] = sl.shape.item(i).read(d.unescape(raw), true)
		}
		return list, true, nil
	case sl.explode:
		text := d.unescape(one())
		readings := []any{sl.shape.read(text, true)}
		if array {
			readings = append(readings, []any{sl.shape.item(0).read(text, true)})
		}
		return sl.shape.choose(readings), true, problem
	}
	_, seps := sl.separator()
	return sl.parse(one(), d, seps, false), true, problem
}

// readMembers reads an object whose members stand among the other names.
func (sl slot) readMembers(pairs []pair, taken map[string]bool, d dialect) (any, bool) {
	open := sl.shape.open()
	texts := map[string][]string{}
	var order []string
	for i := range pairs {
		name := pairs[i].name
		if sl.shape.declares(name) || open && !taken[name] && !pairs[i].used {
			pairs[i].used = true
			if texts[name] == nil {
				order = append(order, name)
			}
			texts[name] = append(texts[name], d.unescape(pairs[i].raw))
		}
	}
	if order == nil {
		return nil, false
	}
	o := &value.Object{}
	for _, name := range order {
		o.Set(name, sl.shape.property(name).readAll(texts[name]))
	}
	return o, true
}

// readAll reads texts that came under one name: several are an array, and so is one where only an array may be.
func (sh shape) readAll(texts []string) any {
	kinds := sh.kinds()
	if len(texts) == 1 && (kinds == AnyType || kinds&Array == 0 || kinds&scalar != 0) {
		return sh.read(texts[0], true)
	}
	if len(texts) == 1 {
		if v, ok := jsonText(texts[0], Array); ok && sh.accepts(v) && sh.item(0).kinds()&String == 0 {
			return v
		}
	}
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = sh.item(i).read(text, true)
	}
	return list
}

// --- deepObject -----------------------------------------------------------------------------------

// maxBrackets is how deep names with brackets may nest.
const maxBrackets = 64

type treeNode struct {
	texts []string
	keys  []string
	kids  map[string]*treeNode
	next  int // the number that [] stands for
}

func (n *treeNode) kid(key string) *treeNode {
	k := n.kids[key]
	if k == nil {
		if n.kids == nil {
			n.kids = map[string]*treeNode{}
		}
		k = &treeNode{}
		n.kids[key] = k
		n.keys = append(n.keys, key)
	}
	return k
}

// put adds a text below the keys. An empty key ([]) is the next item; a[][x] begins another item when the
// current one has x already.
func (n *treeNode) put(keys []string, text string) {
	if len(keys) == 0 {
		n.texts = append(n.texts, text)
		return
	}
	key := keys[0]
	if key == "" {
		if len(keys) > 1 && n.next > 0 && keys[1] != "" {
			if last := n.kids["+"+strconv.Itoa(n.next-1)]; last != nil && !last.holds(keys[1:]) {
				last.put(keys[1:], text)
				return
			}
		}
		key = "+" + strconv.Itoa(n.next)
		n.next++
	} else {
		key = "=" + key
	}
	n.kid(key).put(keys[1:], text)
}

// holds says whether there is a text at the end of the keys.
func (n *treeNode) holds(keys []string) bool {
	if len(keys) == 0 {
		return n.texts != nil
	}
	kid := n.kids["="+keys[0]]
	return kid != nil && keys[0] != "" && kid.holds(keys[1:])
}

// brackets splits "[a][b][]" into its keys.
func brackets(s string) ([]string, bool) {
	var keys []string
	for s != "" {
		end := strings.IndexByte(s, ']')
		if s[0] != '[' || end < 0 || len(keys) == maxBrackets {
			return nil, false
		}
		keys = append(keys, s[1:end])
		s = s[end+1:]
	}
	return keys, len(keys) > 0
}

func (sl slot) readDeep(pairs []pair, own []string, taken map[string]bool, d dialect) (any, bool, *Problem) {
	root := &treeNode{}
	for i := range pairs {
		rest, ok := strings.CutPrefix(pairs[i].name, sl.name)
		if !ok || taken[pairs[i].name] || rest == "" {
			continue
		}
		if keys, ok := brackets(rest); ok {
			pairs[i].used = true
			root.put(keys, d.unescape(pairs[i].raw))
		}
	}
	if root.kids == nil && len(own) == 0 {
		// dots instead of brackets, where the document knows the names
		for i := range pairs {
			rest, ok := strings.CutPrefix(pairs[i].name, sl.name+".")
			if !ok || taken[pairs[i].name] || pairs[i].used {
				continue
			}
			keys := strings.Split(rest, ".")
			if len(keys) <= maxBrackets && !slices.Contains(keys, "") && len(sl.shape.property(keys[0])) > 0 {
				pairs[i].used = true
				root.put(keys, d.unescape(pairs[i].raw))
			}
		}
	}
	for _, raw := range own {
		root.texts = append(root.texts, d.unescape(raw))
	}
	if root.kids == nil && root.texts == nil {
		return nil, false, nil
	}
	if root.kids != nil && root.texts != nil {
		return root.value(sl.shape), true, &Problem{Keyword: "style", Message: "a value both with brackets and without"}
	}
	if kinds := sl.shape.kinds(); len(root.texts) > 1 && kinds&Array == 0 {
		return root.value(sl.shape), true, repeated(len(root.texts))
	}
	return root.value(sl.shape), true, nil
}

// value gives the tree the types of the schemas.
func (n *treeNode) value(sh shape) any {
	if n.kids == nil {
		return sh.readAll(n.texts)
	}
	kinds := sh.kinds()
	type numbered struct {
		i   int
		kid *treeNode
	}
	var items []numbered
	for _, key := range n.keys {
		i, err := strconv.Atoi(key[1:])
		if err != nil || i < 0 || key[1:] != strconv.Itoa(i) {
			items = nil
			break
		}
		items = append(items, numbered{i, n.kids[key]})
	}
	inOrder := n.next > 0
	for i, x := range items {
		inOrder = inOrder || x.i == i && i == len(items)-1
	}
	if len(items) == len(n.keys) && (kinds != AnyType && kinds&Array != 0 && (kinds&Object == 0 || inOrder) || kinds == AnyType && inOrder || n.next > 0 && kinds&Object == 0) {
		slices.SortStableFunc(items, func(a, b numbered) int { return a.i - b.i })
		list := make([]any, len(items))
		for i, x := range items {
			list[i] = x.kid.value(sh.item(i))
		}
		return list
	}
	o := &value.Object{}
	for _, key := range n.keys {
		name := key[1:]
		if key[0] == '+' {
			name = ""
		}
		o.Set(name, n.kids[key].value(sh.property(name)))
	}
	return o
}

// --- whether a value can travel -------------------------------------------------------------------

// Encodable says whether a value can travel in this parameter and be read again as the same value: a header
// holds no line feed, an empty array in style form cannot be told from none at all, a text with a comma cannot
// be an item of a header. nil means that it can.
func (p *Parameter) Encodable(v any) error {
	sl := p.slot()
	back, err := sl.round(v)
	if err != nil {
		return fmt.Errorf("%s: %w", p.place(), err)
	}
	if !value.Equal(back, v) {
		return fmt.Errorf("%s: %s would be read as %s in style %s", p.place(), value.Kind(v), value.Kind(back), p.Style)
	}
	return nil
}

var errAbsent = errors.New("the value cannot be told from no value at all")

func (sl slot) round(v any) (any, error) {
	if !wellFormed(v) {
		return nil, errors.New("a text that is not UTF-8 cannot travel")
	}
	fail := func(v any, p *Problem) (any, error) {
		if p != nil {
			return nil, errors.New(p.Say())
		}
		return v, nil
	}
	switch sl.in {
	case "path":
		text, err := sl.pathText(v, false)
		if err != nil {
			return nil, err
		}
		return fail(sl.readPath(text))
	case "header":
		text, err := sl.headerText(v)
		if err != nil {
			return nil, err
		}
		return fail(sl.readHeader([]string{text}))
	case "cookie":
		text, err := sl.cookieText(v)
		if err != nil {
			return nil, err
		}
		if text == "" {
			return nil, errAbsent
		}
		pairs, _ := splitPairs(text, ";", func(s string) string { return s })
		back, ok, p := sl.readPairs(pairs, nil)
		if !ok {
			return nil, errAbsent
		}
		return fail(back, p)
	case "querystring":
		raw, err := sl.queryString(v)
		if err != nil {
			return nil, err
		}
		back, ok, p := sl.readQueryString(raw)
		if !ok {
			return nil, errAbsent
		}
		return fail(back, p)
	}
	list, err := sl.pairs(v)
	if err != nil {
		return nil, err
	}
	pairs, ok := splitPairs(joinPairs(list, "&"), "&", func(s string) string { return unescape(s, true) })
	if !ok {
		return nil, fmt.Errorf("more than %d values", maxPairs)
	}
	back, ok, p := sl.readPairs(pairs, nil)
	if !ok {
		return nil, errAbsent
	}
	return fail(back, p)
}

func wellFormed(v any) bool {
	switch v := v.(type) {
	case string:
		return utf8.ValidString(v)
	case []any:
		for _, x := range v {
			if !wellFormed(x) {
				return false
			}
		}
	case *value.Object:
		for name, x := range v.All() {
			if !utf8.ValidString(name) || !wellFormed(x) {
				return false
			}
		}
	}
	return true
}

func joinPairs(list []written, sep string) string {
	var b strings.Builder
	for i, w := range list {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(w.name + "=" + w.value)
	}
	return b.String()
}

// cookieText writes what stands for the value in the Cookie header: one name=value, or several.
func (sl slot) cookieText(v any) (string, error) {
	list, err := sl.pairs(v)
	if err != nil {
		return "", err
	}
	for _, w := range list {
		if !isToken(w.name) {
			return "", fmt.Errorf("%q cannot be the name of a cookie", w.name)
		}
		for i := 0; i < len(w.value); i++ {
			if c := w.value[i]; c <= ' ' || c >= 0x7f || c == '"' || c == ';' || c == '\\' {
				return "", fmt.Errorf("a cookie cannot hold the character %q", c)
			}
		}
	}
	return joinPairs(list, "; "), nil
}

// queryString writes a parameter that is the whole query (OpenAPI 3.2, section 4.12.1).
func (sl slot) queryString(v any) (string, error) {
	if sl.content == nil {
		list, err := slot{in: "query", name: sl.name, style: "form", explode: true, shape: sl.shape}.pairs(v)
		return joinPairs(list, "&"), err
	}
	data, _, err := sl.content.EncodeBody(v)
	if err != nil || sl.content.form() {
		return string(data), err
	}
	return escape(string(data), ""), nil
}

func (sl slot) readQueryString(raw string) (any, bool, *Problem) {
	if raw == "" {
		return nil, false, nil
	}
	if sl.content == nil {
		pairs, _ := splitPairs(raw, "&", func(s string) string { return unescape(s, true) })
		return slot{in: "query", name: sl.name, style: "form", explode: true, shape: sl.shape}.readPairs(pairs, nil)
	}
	text := raw
	if !sl.content.form() {
		text = unescape(raw, false)
	}
	v, p := sl.readContent(text)
	return v, true, p
}
