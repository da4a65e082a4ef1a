package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/specimen-api/specimen/internal/value"
)

// Position is a place in a file; Line and Column count from 1, a column counts bytes.
type Position struct {
	File         string
	Line, Column int
}

// String gives file:line:column, or what of it is known.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
	kindBroken // text that cannot be read at this place
)

func (k kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object", "unreadable text"}[k]
}

// file is one text of a document: its bytes, and the root of its tree.
type file struct {
	name  string // as given by the user, or relative to the document
	uri   string // where references from it start
	data  []byte
	yaml  bool
	root  *node
	mu    sync.Mutex // guards the expansion of its nodes
	lines []int      // offsets of line starts, made when first needed
	once  sync.Once
}

// node is one value of a document with the place where it stands. JSON is read lazily: a node knows
// where its text begins and ends, and reads its members when they are first asked for.
type node struct {
	file    *file
	kind    kind
	off     int // JSON: offset of the text
	end     int
	y       *yaml.Node
	open    bool // children are read
	members []field
	items   []*node
	dups    []field // members whose name came before
	err     error
}

// field is a member of an object: its name, the place of the name, and the value.
type field struct {
	name string
	off  int
	y    *yaml.Node
	node *node
}

// --- JSON, lazily -------------------------------------------------------------------------------

func skipSpace(data []byte, i int) int {
	for i < len(data) {
		switch data[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

var errText = errors.New("unexpected end of the text")

// skipValue finds the end of the JSON value that starts at i. It checks strings and brackets, no more:
// what is inside is read when it is asked for.
func skipValue(data []byte, i int) (int, error) {
	if i >= len(data) {
		return i, errText
	}
	switch data[i] {
	case '"':
		return skipString(data, i)
	case '{', '[':
		depth := 0
		for i < len(data) {
			switch data[i] {
			case '"':
				end, err := skipString(data, i)
				if err != nil {
					return end, err
				}
				i = end
				continue
			case '{', '[':
				depth++
				if depth > value.MaxDepth {
					return i, fmt.Errorf("nested more than %d levels deep", value.MaxDepth)
				}
			case '}', ']':
				depth--
				if depth == 0 {
					return i + 1, nil
				}
			}
			i++
		}
		return i, errText
	}
	start := i
	for i < len(data) {
		switch data[i] {
		case ',', '}', ']', ' ', '\t', '\n', '\r', ':', '"', '{', '[':
			if i == start {
				return i, fmt.Errorf("unexpected %q", data[i])
			}
			return i, nil
		}
		i++
	}
	return i, nil
}

func skipString(data []byte, i int) (int, error) {
	for j := i + 1; j < len(data); {
		k := bytes.IndexByte(data[j:], '"')
		if k < 0 {
			break
		}
		j += k
		slashes := 0
		for s := j - 1; s > i && data[s] == '\\'; s-- {
			slashes++
		}
		if slashes%2 == 0 {
			return j + 1, nil
		}
		j++
	}
	return len(data), errors.New("a string is not closed")
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func jsonKind(text []byte) kind {
	switch text[0] {
	case '{':
		return kindObject
	case '[':
		return kindArray
	case '"':
		return kindString
	}
	switch string(text) {
	case "null":
		return kindNull
	case "true", "false":
		return kindBool
	}
	if jsonNumber.Match(text) {
		return kindNumber
	}
	return kindBroken
}

func (f *file) jsonNode(off int) (*node, int, error) {
	off = skipSpace(f.data, off)
	end, err := skipValue(f.data, off)
	if err != nil {
		return &node{file: f, kind: kindBroken, off: min(end, len(f.data)), end: end, err: err}, end, err
	}
	n := &node{file: f, off: off, end: end, kind: jsonKind(f.data[off:end])}
	if n.kind == kindBroken {
		n.err = fmt.Errorf("%.40q is no JSON value", f.data[off:end])
	}
	return n, end, nil
}

func (n *node) openJSON() {
	data, i := n.file.data, n.off+1
	fail := func(at int, format string, args ...any) {
		n.err = fmt.Errorf(format, args...)
		n.off = min(at, len(data))
		n.kind, n.members, n.items = kindBroken, nil, nil
	}
	if n.kind == kindArray {
		for i = skipSpace(data, i); i < n.end && data[i] != ']'; {
			item, end, err := n.file.jsonNode(i)
			if err != nil {
				fail(end, "%w", err)
				return
			}
			n.items = append(n.items, item)
			i = skipSpace(data, end)
			if i < n.end && data[i] == ',' {
				if i = skipSpace(data, i+1); i < n.end && data[i] == ']' {
					fail(i, "a comma before ]")
					return
				}
			} else if i >= n.end || data[i] != ']' {
				fail(i, "want , or ] after an item")
				return
			}
		}
		if i != n.end-1 {
			fail(i, "want ] at the end of the array")
		}
		return
	}
	seen := map[string]bool{}
	for i = skipSpace(data, i); i < n.end && data[i] != '}'; {
		if data[i] != '"' {
			fail(i, "want a member's name in quotes")
			return
		}
		end, err := skipString(data, i)
		if err != nil {
			fail(end, "%w", err)
			return
		}
		var name string
		if err := json.Unmarshal(data[i:end], &name); err != nil {
			fail(i, "a name that is no JSON string")
			return
		}
		at := i
		i = skipSpace(data, end)
		if i >= n.end || data[i] != ':' {
			fail(i, "want : after a name")
			return
		}
		child, end, err := n.file.jsonNode(i + 1)
		if err != nil {
			fail(end, "%w", err)
			return
		}
		m := field{name: name, off: at, node: child}
		if seen[name] {
			n.dups = append(n.dups, m)
		} else {
			seen[name] = true
			n.members = append(n.members, m)
		}
		i = skipSpace(data, end)
		if i < n.end && data[i] == ',' {
			if i = skipSpace(data, i+1); i < n.end && data[i] == '}' {
				fail(i, "a comma before }")
				return
			}
		} else if i >= n.end || data[i] != '}' {
			fail(i, "want , or } after a member")
			return
		}
	}
	if i != n.end-1 {
		fail(i, "want } at the end of the object")
	}
}

// --- YAML ---------------------------------------------------------------------------------------

var (
	yamlInt   = regexp.MustCompile(`^[-+]?[0-9]+$`)
	yamlOct   = regexp.MustCompile(`^0o[0-7]+$`)
	yamlHex   = regexp.MustCompile(`^0x[0-9a-fA-F]+$`)
	yamlFloat = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// yamlKind reads a plain scalar by the core schema of YAML 1.2.2 (section 10.3.2), which has no yes, on or dates.
func yamlKind(y *yaml.Node) kind {
	switch y.Kind {
	case yaml.MappingNode:
		return kindObject
	case yaml.SequenceNode:
		return kindArray
	}
	switch y.Tag {
	case "!!str", "!!binary", "!!timestamp":
		if y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) != 0 || y.Tag != "!!str" {
			return kindString
		}
	}
	if y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return kindString
	}
	switch y.Value {
	case "", "~", "null", "Null", "NULL":
		return kindNull
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return kindBool
	}
	if yamlInt.MatchString(y.Value) || yamlOct.MatchString(y.Value) || yamlHex.MatchString(y.Value) || yamlFloat.MatchString(y.Value) {
		return kindNumber
	}
	return kindString
}

func (f *file) yamlNode(y *yaml.Node) *node {
	for hops := 0; y.Kind == yaml.AliasNode && hops < 64; hops++ {
		y = y.Alias
	}
	if y.Kind == yaml.DocumentNode {
		if len(y.Content) == 0 {
			return &node{file: f, kind: kindNull, y: y}
		}
		return f.yamlNode(y.Content[0])
	}
	return &node{file: f, kind: yamlKind(y), y: y}
}

func (n *node) openYAML() {
	if n.kind == kindArray {
		for _, y := range n.y.Content {
			n.items = append(n.items, n.file.yamlNode(y))
		}
		return
	}
	n.addYAML(n.y, map[string]bool{}, 0, false)
}

// addYAML adds the members of a mapping. A merge key (<<) brings the members that are not there otherwise.
func (n *node) addYAML(y *yaml.Node, seen map[string]bool, depth int, merged bool) {
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, val := y.Content[i], y.Content[i+1]
		if key.Kind == yaml.ScalarNode && key.Value == "<<" && key.Style == 0 {
			merges = append(merges, val)
			continue
		}
		name := key.Value
		if key.Kind == yaml.AliasNode && key.Alias != nil {
			name = key.Alias.Value
		}
		m := field{name: name, y: key}
		if seen[name] {
			if !merged {
				m.node = n.file.yamlNode(val)
				n.dups = append(n.dups, m)
			}
			continue
		}
		seen[name] = true
		m.node = n.file.yamlNode(val)
		n.members = append(n.members, m)
	}
	if depth > 32 {
		return
	}
	for _, y := range merges {
		for hops := 0; y.Kind == yaml.AliasNode && hops < 64; hops++ {
			y = y.Alias
		}
		switch y.Kind {
		case yaml.MappingNode:
			n.addYAML(y, seen, depth+1, true)
		case yaml.SequenceNode:
			for _, item := range y.Content {
				for hops := 0; item.Kind == yaml.AliasNode && hops < 64; hops++ {
					item = item.Alias
				}
				if item.Kind == yaml.MappingNode {
					n.addYAML(item, seen, depth+1, true)
				}
			}
		}
	}
}

// --- both ---------------------------------------------------------------------------------------

func (n *node) expand() {
	if n == nil || (n.kind != kindObject && n.kind != kindArray) {
		return
	}
	n.file.mu.Lock()
	defer n.file.mu.Unlock()
	if n.open {
		return
	}
	if n.file.yaml {
		n.openYAML()
	} else {
		n.openJSON()
	}
	n.open = true
}

// fields gives the members of an object, in the order of the document.
func (n *node) fields() []field {
	n.expand()
	if n == nil {
		return nil
	}
	return n.members
}

// list gives the items of an array.
func (n *node) list() []*node {
	n.expand()
	if n == nil {
		return nil
	}
	return n.items
}

// get gives a member of an object, nil when there is none.
func (n *node) get(name string) *node {
	for _, f := range n.fields() {
		if f.name == name {
			return f.node
		}
	}
	return nil
}

func (n *node) is(k kind) bool { return n != nil && n.kind == k }

// text gives a string's value; ok is false when the node is none.
func (n *node) text() (string, bool) {
	if !n.is(kindString) {
		return "", false
	}
	if n.file.yaml {
		return n.y.Value, true
	}
	raw := n.file.data[n.off:n.end]
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw[1 : len(raw)-1]), true
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}

// str is text with "" for anything that is no string.
func (n *node) str(name string) string {
	s, _ := n.get(name).text()
	return s
}

// bool gives a boolean's value; ok is false when the node is none.
func (n *node) bool() (v, ok bool) {
	if !n.is(kindBool) {
		return false, false
	}
	if n.file.yaml {
		return strings.EqualFold(n.y.Value, "true"), true
	}
	return n.file.data[n.off] == 't', true
}

// flag says whether the member is there and true.
func (n *node) flag(name string) bool {
	v, _ := n.get(name).bool()
	return v
}

// number gives a number's text, as JSON writes it.
func (n *node) number() (json.Number, bool) {
	if !n.is(kindNumber) {
		return "", false
	}
	if !n.file.yaml {
		return json.Number(n.file.data[n.off:n.end]), true
	}
	s := n.y.Value
	if yamlOct.MatchString(s) || yamlHex.MatchString(s) {
		v, err := strconv.ParseUint(s, 0, 64)
		if err != nil {
			return "", false
		}
		return json.Number(strconv.FormatUint(v, 10)), true
	}
	s = strings.TrimPrefix(s, "+")
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	if strings.HasPrefix(s, ".") {
		s = "0" + s
	}
	for len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9' {
		s = s[1:]
	}
	if i := strings.Index(s, "."); i >= 0 && (i+1 == len(s) || s[i+1] < '0' || s[i+1] > '9') {
		s = s[:i] + s[i+1:]
	}
	return json.Number(sign + s), true
}

// int gives a number without a fractional part that fits an int.
func (n *node) int() (int, bool) {
	num, ok := n.number()
	if !ok {
		return 0, false
	}
	r, ok := value.Rat(num)
	if !ok || !r.IsInt() {
		return 0, false
	}
	if !r.Num().IsInt64() {
		if r.Sign() < 0 {
			return 0, false
		}
		return math.MaxInt32, true
	}
	v := r.Num().Int64()
	if v > math.MaxInt32 {
		v = math.MaxInt32
	}
	return int(v), v >= math.MinInt32
}

// maxValues bounds what value reads from one node, so that aliases that name each other cannot fill the memory.
const maxValues = 2_000_000

var errTooLarge = fmt.Errorf("it holds more than %d values", maxValues)

// value reads the node and everything in it.
func (n *node) value() (any, error) {
	left := maxValues
	return n.read(&left, 0)
}

func (n *node) read(left *int, depth int) (any, error) {
	if n == nil {
		return nil, nil
	}
	if *left--; *left < 0 {
		return nil, errTooLarge
	}
	if depth > value.MaxDepth {
		return nil, fmt.Errorf("nested more than %d levels deep", value.MaxDepth)
	}
	n.expand()
	switch n.kind {
	case kindNull:
		return nil, nil
	case kindBool:
		b, _ := n.bool()
		return b, nil
	case kindNumber:
		num, ok := n.number()
		if !ok {
			return nil, errors.New("a number that JSON cannot hold")
		}
		return num, nil
	case kindString:
		s, ok := n.text()
		if !ok {
			return nil, errors.New("a string that is no JSON string")
		}
		return s, nil
	case kindArray:
		out := make([]any, 0, len(n.items))
		for _, item := range n.items {
			v, err := item.read(left, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case kindObject:
		out := &value.Object{}
		for _, f := range n.members {
			v, err := f.node.read(left, depth+1)
			if err != nil {
				return nil, err
			}
			out.Set(f.name, v)
		}
		return out, nil
	}
	return nil, n.err
}

// pos is the place where the node's text begins.
func (n *node) pos() Position {
	if n == nil {
		return Position{}
	}
	if n.file.yaml {
		return Position{n.file.name, n.y.Line, n.y.Column}
	}
	return n.file.position(n.off)
}

// posOf is the place of a member's name, else of the node itself.
func (n *node) posOf(name string) Position {
	for _, f := range n.fields() {
		if f.name != name {
			continue
		}
		if n.file.yaml && f.y != nil {
			return Position{n.file.name, f.y.Line, f.y.Column}
		}
		return n.file.position(f.off)
	}
	return n.pos()
}

func (f *file) position(off int) Position {
	f.once.Do(func() {
		f.lines = append(f.lines, 0)
		for i := 0; ; {
			j := bytes.IndexByte(f.data[i:], '\n')
			if j < 0 {
				break
			}
			i += j + 1
			f.lines = append(f.lines, i)
		}
	})
	line := sort.SearchInts(f.lines, off+1) - 1
	return Position{f.name, line + 1, off - f.lines[line] + 1}
}
