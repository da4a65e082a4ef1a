package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"sort"
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
	name     string // as given by the user, or relative to the document
	uri      string // where references from it start
	data     []byte // UTF-8, without a byte order mark
	yaml     bool
	root     *node
	problems []Problem  // what was read and is not as it should be
	home     *file      // of an overlay: the file whose tree its values are put into
	patches  []*file    // the overlays whose values stand in its tree
	mu       sync.Mutex // guards the expansion of its nodes
	lines    []int      // offsets of line starts, made when first needed
	once     sync.Once
}

// base is the file that references start from: for the values of an overlay, the one that they were put into.
func (f *file) base() *file {
	if f.home != nil {
		return f.home
	}
	return f
}

// mentions says whether a text stands anywhere in the file or in what overlays brought into it.
func (f *file) mentions(text string) bool {
	for _, p := range append([]*file{f}, f.patches...) {
		if bytes.Contains(p.data, []byte(text)) {
			return true
		}
	}
	return false
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
	edited  bool // by an overlay: it is no longer what its text says
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
	if isJSONNumber(text) {
		return kindNumber
	}
	return kindBroken
}

// isJSONNumber says that the text is a number by RFC 8259, section 6.
func isJSONNumber(text []byte) bool {
	i := 0
	digits := func() bool {
		start := i
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		return i > start
	}
	if i < len(text) && text[i] == '-' {
		i++
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if !digits() {
		return false
	}
	if i < len(text) && text[i] == '.' {
		if i++; !digits() {
			return false
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		if i++; i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(text)
}

// plainByte says which bytes may stand in a JSON string as they are.
var plainByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 0x20 && c != '"' && c != '\\'
	}
	return t
}()

// checkString reads the JSON string that begins at i by RFC 8259, section 7, and finds its end.
func checkString(data []byte, i int) (int, error) {
	start := i
	for i++; i < len(data); {
		c := data[i]
		switch {
		case plainByte[c]:
			i++
		case c == '"':
			return i + 1, nil
		case c == '\n' || c == '\r':
			return start, errors.New("a string is not closed at the end of its line")
		case c != '\\':
			return i, fmt.Errorf("the control character %q stands in a string; write it as \\u%04x", c, c)
		case i+1 < len(data) && bytes.IndexByte([]byte(`"\/bfnrt`), data[i+1]) >= 0:
			i += 2
		case i+5 < len(data) && data[i+1] == 'u' && fourHex(data[i+2:i+6]):
			i += 6
		default:
			return i, fmt.Errorf("%q is no escape of a JSON string", data[i:min(i+2, len(data))])
		}
	}
	return start, errors.New("a string is not closed")
}

func fourHex(digits []byte) bool {
	for _, c := range digits {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// checkJSON reads all of a text by the grammar of RFC 8259, and keeps nothing. An error is at the offset given.
func checkJSON(data []byte) (int, error) {
	var stack [value.MaxDepth + 1]byte
	depth, i := 0, 0
	at := func(i int) byte {
		if i < len(data) {
			return data[i]
		}
		return 0
	}
	var err error
	for {
		i = skipSpace(data, i)
		switch c := at(i); {
		case i >= len(data):
			return i, errText
		case c == '{' || c == '[':
			if depth == value.MaxDepth {
				return i, fmt.Errorf("nested more than %d levels deep", value.MaxDepth)
			}
			depth++
			stack[depth] = c + 2 // the bracket that closes it
			if i = skipSpace(data, i+1); at(i) == stack[depth] {
				break
			}
			if c == '{' {
				goto name
			}
			continue
		case c == '"':
			if i, err = checkString(data, i); err != nil {
				return i, err
			}
		default:
			start := i
			for i < len(data) && bytes.IndexByte([]byte(",:]}[{\" \t\r\n"), data[i]) < 0 {
				i++
			}
			if i == start {
				return i, fmt.Errorf("unexpected %q", c)
			}
			if jsonKind(data[start:i]) == kindBroken {
				return start, fmt.Errorf("%.40q is no JSON value", data[start:i])
			}
		}
		for { // a value has ended
			i = skipSpace(data, i)
			if depth == 0 {
				if i < len(data) {
					return i, errors.New("text after the JSON value")
				}
				return i, nil
			}
			c, end := at(i), stack[depth]
			if c == end {
				depth--
				i++
				continue
			}
			what := "an item"
			if end == '}' {
				what = "a member"
			}
			if i >= len(data) {
				return i, errText
			}
			if c != ',' {
				return i, fmt.Errorf("want , or %c after %s, got %q", end, what, c)
			}
			comma := i
			if i = skipSpace(data, i+1); at(i) == end {
				return comma, fmt.Errorf("a comma before %c", end)
			}
			break
		}
		if stack[depth] == ']' {
			continue
		}
	name:
		if i >= len(data) {
			return i, errText
		}
		if data[i] != '"' {
			return i, fmt.Errorf("want a member's name in quotes, got %q", data[i])
		}
		if i, err = checkString(data, i); err != nil {
			return i, err
		}
		if i = skipSpace(data, i); at(i) != ':' {
			return i, errors.New("want : after a member's name")
		}
		i++
	}
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
		name := string(data[i+1 : end-1])
		if strings.IndexByte(name, '\\') >= 0 {
			if err := json.Unmarshal(data[i:end], &name); err != nil {
				fail(i, "a name that is no JSON string")
				return
			}
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
	yamlNone  = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`) // in YAML numbers, in JSON nothing
	yamlFloat = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// yamlKind reads a scalar by the core schema of YAML 1.2.2 (section 10.3.2), which has no yes, no or on, and no dates.
// The error says why a scalar has no value in JSON.
func yamlKind(y *yaml.Node) (kind, error) {
	switch y.Kind {
	case yaml.MappingNode:
		return kindObject, nil
	case yaml.SequenceNode:
		return kindArray, nil
	}
	plain := coreKind(y.Value)
	if y.Style&yaml.TaggedStyle != 0 {
		want, known := map[string]kind{"!!null": kindNull, "!!bool": kindBool, "!!int": kindNumber, "!!float": kindNumber}[y.Tag]
		switch {
		case !known: // !!str, !!binary, !!timestamp, and tags of somebody's own
			return kindString, nil
		case plain != want:
			return kindBroken, fmt.Errorf("%.40q is no %s of JSON", y.Value, strings.TrimPrefix(y.Tag, "!!"))
		}
		return plain, nil
	}
	if y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return kindString, nil
	}
	if plain == kindBroken {
		return plain, fmt.Errorf("%s is no number of JSON; put it in quotes if a string is meant", y.Value)
	}
	return plain, nil
}

func coreKind(text string) kind {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return kindNull
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return kindBool
	}
	if c := text[0]; c > '9' || c < '+' { // most scalars are words
		return kindString
	}
	switch {
	case yamlInt.MatchString(text), yamlOct.MatchString(text), yamlHex.MatchString(text), yamlFloat.MatchString(text):
		return kindNumber
	case yamlNone.MatchString(text):
		return kindBroken
	}
	return kindString
}

func (f *file) yamlNode(y *yaml.Node) *node {
	y = aliased(y)
	if y.Kind == yaml.DocumentNode {
		if len(y.Content) == 0 {
			return &node{file: f, kind: kindNull, y: y}
		}
		return f.yamlNode(y.Content[0])
	}
	k, err := yamlKind(y)
	return &node{file: f, kind: k, y: y, err: err}
}

func (n *node) openYAML() {
	if n.kind == kindArray {
		for _, y := range n.y.Content {
			n.items = append(n.items, n.file.yamlNode(y))
		}
		return
	}
	n.addYAML(n.y, map[string]bool{}, map[*yaml.Node]bool{})
}

// isMerge says that a key is YAML 1.1's merge key, which people go on to use with YAML 1.2.
func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Value == "<<" && key.Style&^yaml.TaggedStyle == 0
}

// addYAML adds the members of a mapping. A merge key (<<) brings the members that are not there otherwise; a mapping
// that was merged already has nothing more to bring.
func (n *node) addYAML(y *yaml.Node, seen map[string]bool, visited map[*yaml.Node]bool) {
	if visited[y] {
		return
	}
	merged := len(visited) > 0
	visited[y] = true
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, val := y.Content[i], y.Content[i+1]
		if isMerge(key) {
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
	for _, y := range merges {
		if y = aliased(y); y.Kind == yaml.MappingNode {
			n.addYAML(y, seen, visited)
			continue
		}
		for _, item := range y.Content {
			if item = aliased(item); item.Kind == yaml.MappingNode {
				n.addYAML(item, seen, visited)
			}
		}
	}
}

func aliased(y *yaml.Node) *yaml.Node {
	for hops := 0; y.Kind == yaml.AliasNode && hops < 64; hops++ {
		y = y.Alias
	}
	return y
}

// maxAliased is how many values the aliases of a YAML text may make of it, if they make more than ten of each.
const maxAliased = 5_000_000

// measure walks a YAML tree once, and refuses what no value can be read from: keys that are no scalars, anchors that
// hold themselves, brackets and aliases nested too deeply, aliases that make a mountain of a line.
type measure struct {
	f     *file
	open  map[*yaml.Node]bool
	known map[*yaml.Node]extent
	count int
}

// extent is how many values stand below a node, itself included, and how many levels they take.
type extent struct{ size, height int }

// misplaced is an error at a place of a YAML text.
type misplaced struct {
	line, column int
	text         string
}

func (e *misplaced) Error() string { return e.text }

func (m *measure) walk(y *yaml.Node, depth int) (extent, error) {
	if y.Kind == yaml.AliasNode {
		if y.Alias == nil || m.open[y.Alias] {
			return extent{}, &misplaced{y.Line, y.Column, fmt.Sprintf("the alias *%s stands inside what it stands for", y.Value)}
		}
		e, ok := m.known[y.Alias]
		if ok && depth+e.height <= value.MaxDepth {
			return e, nil
		}
		if ok {
			return extent{}, &misplaced{y.Line, y.Column, fmt.Sprintf("nested more than %d levels deep", value.MaxDepth)}
		}
		return m.walk(y.Alias, depth)
	}
	m.count++
	if depth > value.MaxDepth {
		return extent{}, &misplaced{y.Line, y.Column, fmt.Sprintf("nested more than %d levels deep", value.MaxDepth)}
	}
	if y.Anchor != "" {
		m.open[y] = true
		defer delete(m.open, y)
	}
	e := extent{1, 1}
	for i, child := range y.Content {
		if y.Kind == yaml.MappingNode && i%2 == 0 {
			key := aliased(child)
			if key.Kind != yaml.ScalarNode {
				return e, &misplaced{child.Line, child.Column, "a mapping or a list stands where a name belongs; braces that mean themselves need quotes around them"}
			}
			if isMerge(child) {
				if into := aliased(y.Content[i+1]); into.Kind != yaml.MappingNode && into.Kind != yaml.SequenceNode {
					m.f.warn(child, CodeStructure, "<< merges mappings, and this is none; it is not read")
				}
			}
			continue
		}
		below, err := m.walk(child, depth+1)
		if err != nil {
			return e, err
		}
		e.size = min(e.size+below.size, 1<<40)
		e.height = max(e.height, below.height+1)
	}
	if y.Anchor != "" {
		m.known[y] = e
	}
	return e, nil
}

func (f *file) warn(y *yaml.Node, code, message string) {
	f.problems = append(f.problems, Problem{Code: code, Severity: Warning, In: "document", Message: message, Position: f.yamlPosition(y.Line, y.Column)})
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
	if bytes.IndexByte(raw, '\\') < 0 {
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
		v, ok := new(big.Int).SetString(s, 0)
		if !ok {
			return "", false
		}
		return json.Number(v.String()), true
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
		return n.file.yamlPosition(n.y.Line, n.y.Column)
	}
	return n.file.position(n.off)
}

// pos is the place of the member's name. A member that an overlay brought stands in the overlay.
func (f field) pos() Position {
	if f.node.file.yaml && f.y != nil {
		return f.node.file.yamlPosition(f.y.Line, f.y.Column)
	}
	return f.node.file.position(f.off)
}

// posOf is the place of a member's name, else of the node itself.
func (n *node) posOf(name string) Position {
	for _, f := range n.fields() {
		if f.name == name {
			return f.pos()
		}
	}
	return n.pos()
}

// identity tells a node from every other one. The places where a YAML anchor is used are one node.
func (n *node) identity() any {
	switch {
	case n.edited:
		return n
	case n.file.yaml:
		return n.y
	}
	return n.off
}

// yamlPosition counts the column in bytes, where the YAML reader counts characters.
func (f *file) yamlPosition(line, column int) Position {
	pos := Position{f.name, line, column}
	start := f.lineStart(line)
	if start < 0 || column > 1000 {
		return pos
	}
	text := f.data[start:]
	for i := 1; i < column && len(text) > 0; i++ {
		_, size := utf8.DecodeRune(text)
		text, pos.Column = text[size:], pos.Column+size-1
	}
	return pos
}

// lineStart is the offset of a line, counted from 1; -1 when there is none.
func (f *file) lineStart(line int) int {
	f.readLines()
	if line < 1 || line > len(f.lines) {
		return -1
	}
	return f.lines[line-1]
}

func (f *file) readLines() {
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
}

func (f *file) position(off int) Position {
	f.readLines()
	line := sort.SearchInts(f.lines, off+1) - 1
	return Position{f.name, line + 1, off - f.lines[line] + 1}
}
