package ecma

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// A SyntaxError says why a pattern cannot be read.
type SyntaxError struct {
	Pattern string
	Offset  int // in code points, from 0
	Reason  string
}

func (e *SyntaxError) Error() string {
	shown := e.Pattern
	if len(shown) > 200 {
		shown = strings.ToValidUTF8(shown[:200], "") + "..."
	}
	return fmt.Sprintf("pattern %q, at %d: %s", shown, e.Offset, e.Reason)
}

// A Dialect says how a pattern was read.
type Dialect int

const (
	// Unicode is ECMA-262 with the u flag, which JSON Schema recommends.
	Unicode Dialect = iota
	// AnnexB is ECMA-262 without the u flag, with the liberties of its Annex B.
	AnnexB
	// Other is the common ground of Perl, PCRE, Python, Ruby, Java and .NET, read only
	// where the u flag refuses the pattern, and Annex B refuses it or would take
	// an anchor, a class or a flag of those dialects for plain letters.
	Other
)

func (d Dialect) String() string {
	return [...]string{"ECMA-262 with the u flag", "ECMA-262 Annex B", "not ECMA-262"}[d]
}

const (
	maxPattern = 1 << 16 // code points of a pattern
	maxDepth   = 250     // groups inside one another
	maxNodes   = 1 << 17
)

// read tries the dialects in their order.
func read(pattern string) (*parser, *node, error) {
	if len(pattern) > 4*maxPattern {
		return nil, nil, &SyntaxError{pattern, 0, fmt.Sprintf("longer than %d characters", maxPattern)}
	}
	if !utf8.ValidString(pattern) {
		at := 0
		for i, r := range pattern {
			if _, size := utf8.DecodeRuneInString(pattern[i:]); r == utf8.RuneError && size == 1 {
				break
			}
			at++
		}
		return nil, nil, &SyntaxError{strings.ToValidUTF8(pattern, "\uFFFD"), at, "not valid UTF-8"}
	}
	src := []rune(pattern)
	if len(src) > maxPattern {
		return nil, nil, &SyntaxError{pattern, maxPattern, fmt.Sprintf("longer than %d characters", maxPattern)}
	}
	p, n, err := parse(pattern, src, Unicode)
	if err == nil || p.unknown {
		return p, n, err
	}
	if speaksOther(src) {
		if p, n, err := parse(pattern, src, Other); err == nil {
			return p, n, nil
		}
	}
	// Lone surrogates cannot be written in Go's strings, so encoding loses nothing.
	var units []rune
	for _, u := range utf16.Encode(src) {
		units = append(units, rune(u))
	}
	p, n, annexErr := parse(pattern, units, AnnexB)
	if annexErr == nil {
		return p, n, nil
	}
	if p, n, err := parse(pattern, undelimited(src), Other); err == nil {
		return p, n, nil
	}
	// Annex B is the more lenient of the two: what it refuses is the heart of the matter.
	if e, ok := annexErr.(*SyntaxError); ok {
		e.Offset = len(utf16.Decode(asUnits(units[:min(e.Offset, len(units))])))
	}
	return nil, nil, annexErr
}

func asUnits(rs []rune) []uint16 {
	out := make([]uint16, len(rs))
	for i, r := range rs {
		out[i] = uint16(r)
	}
	return out
}

// speaksOther finds what nobody writes who means Annex B: it would read \A, \z and \h as the
// letters A, z and h, and [[:alpha:]] as one of six characters before a bracket.
func speaksOther(src []rune) bool {
	for i := 0; i+1 < len(src); i++ {
		switch {
		case src[i] == '\\':
			i++
			if strings.ContainsRune("AzZhHQR", src[i]) {
				return true
			}
		case src[i] == '[' && src[i+1] == ':':
			rest := string(src[i+2 : min(len(src), i+12)])
			name, _, ok := strings.Cut(rest, ":]")
			if _, known := posixClasses[strings.TrimPrefix(name, "^")]; ok && known {
				return true
			}
		}
	}
	return false
}

// undelimited takes the slashes off /pattern/flags.
func undelimited(src []rune) []rune {
	if len(src) < 2 || src[0] != '/' {
		return src
	}
	end := len(src) - 1
	for end > 0 && strings.ContainsRune("imsuxgyvUD", src[end]) {
		end--
	}
	if end == 0 || src[end] != '/' || src[end-1] == '\\' {
		return src
	}
	flags := ""
	for _, f := range src[end+1:] {
		if strings.ContainsRune("imsx", f) {
			flags += string(f)
		}
	}
	if flags != "" {
		flags = "(?" + flags + ")"
	}
	return slices.Concat([]rune(flags), src[1:end])
}

type parser struct {
	pattern string
	src     []rune
	pos     int
	dialect Dialect
	groups  int            // capturing groups in all
	opened  int            // capturing groups so far
	names   map[string]int // of groups
	refs    map[int]bool   // groups that are referred to
	depth   int
	nodes   int
	classes map[string]*class
	flags   flags
	unknown bool // the pattern is right, and asks for a property that is not supported
}

type flags struct{ fold, multi, dotAll, extended bool }

// failure travels by panic from deep in the parser up to parse, and no further.
type failure struct{ err *SyntaxError }

func (p *parser) fail(at int, format string, args ...any) {
	panic(failure{&SyntaxError{p.pattern, at, fmt.Sprintf(format, args...)}})
}

func parse(pattern string, src []rune, d Dialect) (p *parser, n *node, err error) {
	p = &parser{pattern: pattern, src: src, dialect: d, names: map[string]int{}, refs: map[int]bool{}, classes: map[string]*class{}}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			err = r.err
		default:
			panic(r)
		}
	}()
	p.countGroups()
	n = p.alternation()
	if p.more() {
		p.fail(p.pos, "unmatched )")
	}
	return p, n, nil
}

func (p *parser) more() bool { return p.pos < len(p.src) }

func (p *parser) peek() rune {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return -1
}

func (p *parser) at(i int) rune {
	if p.pos+i < len(p.src) {
		return p.src[p.pos+i]
	}
	return -1
}

func (p *parser) eat(text string) bool {
	if !p.sees(text) {
		return false
	}
	p.pos += len(text)
	return true
}

func (p *parser) sees(text string) bool {
	for i := range len(text) {
		if p.at(i) != rune(text[i]) {
			return false
		}
	}
	return true
}

// countGroups looks ahead: whether \2 is a reference depends on the groups to come.
func (p *parser) countGroups() {
	inClass := false
	for i := 0; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == '\\':
			i++
		case c == '[':
			inClass = true
		case c == ']':
			inClass = false
		case c == '(' && !inClass:
			p.pos = i + 1
			start, ok := p.groupName()
			if !p.sees("?") && !p.sees("*") {
				p.groups++
			} else if ok {
				p.groups++
				p.pos += start
				from := p.pos
				if name := p.readName(); name != "" {
					if _, twice := p.names[name]; twice {
						p.fail(from, "two groups are named %q", name)
					}
					p.names[name] = p.groups
				}
			}
		}
	}
	p.pos = 0
}

// groupName says whether ?<name> begins here, and after how many characters the name does.
func (p *parser) groupName() (skip int, ok bool) {
	switch {
	case p.sees("?<") && p.at(2) != '=' && p.at(2) != '!':
		return 2, true
	case p.dialect == Other && p.sees("?P<"):
		return 3, true
	case p.dialect == Other && p.sees("?'"):
		return 2, true
	}
	return 0, false
}

// readName reads a name and its closing mark; it is empty when there is none.
func (p *parser) readName() string {
	from := p.pos
	for p.more() {
		c := p.peek()
		if c == '>' || p.dialect == Other && (c == '\'' || c == ')' || c == '}') {
			name := string(p.src[from:p.pos])
			p.pos++
			return name
		}
		if c != '$' && c != '_' && !unicode.IsLetter(c) && (p.pos == from || !unicode.IsDigit(c) && !unicode.In(c, unicode.Mn, unicode.Mc, unicode.Pc)) {
			break
		}
		p.pos++
	}
	return ""
}

func (p *parser) alternation() *node {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.pos, "groups are nested deeper than %d", maxDepth)
	}
	kept := p.flags
	options := []*node{p.sequence()}
	for p.eat("|") {
		options = append(options, p.sequence())
	}
	p.flags = kept
	p.depth--
	if len(options) == 1 {
		return options[0]
	}
	return alt(options...)
}

func (p *parser) sequence() *node {
	var items []*node
	for p.more() && p.peek() != '|' && p.peek() != ')' {
		if p.nodes++; p.nodes > maxNodes {
			p.fail(p.pos, "more than %d parts", maxNodes)
		}
		if p.flags.extended && p.skipBlank() {
			continue
		}
		from := p.pos
		item, may := p.term()
		items = append(items, p.quantified(item, may, from))
	}
	return cat(items...)
}

// skipBlank passes over white space and comments, which the x flag allows.
func (p *parser) skipBlank() bool {
	if p.peek() == '#' {
		for p.more() && p.peek() != '\n' {
			p.pos++
		}
		return true
	}
	if unicode.IsSpace(p.peek()) {
		p.pos++
		return true
	}
	return false
}

// quantified reads the quantifiers after an item; may says whether it can have one.
func (p *parser) quantified(item *node, may bool, from int) *node {
	for first := true; ; first = false {
		at := p.pos
		least, most, ok := p.quantifier()
		if !ok {
			return item
		}
		if !may {
			p.fail(at, "nothing to repeat")
		}
		if !first {
			p.fail(at, "a quantifier follows a quantifier")
		}
		if most < least {
			p.fail(at, "the numbers of a quantifier are out of order")
		}
		lazy := p.eat("?")
		item = repeat(item, least, most, lazy)
		if p.dialect == Other && !lazy && p.eat("+") {
			item = wrap(kAtomic, item)
		}
	}
}

func (p *parser) quantifier() (least, most int, ok bool) {
	switch p.peek() {
	case '*':
		p.pos++
		return 0, many, true
	case '+':
		p.pos++
		return 1, many, true
	case '?':
		p.pos++
		return 0, 1, true
	case '{':
		from := p.pos
		p.pos++
		least, ok = p.number()
		comma := p.eat(",")
		most = least
		if comma {
			most = many
			if n, ok := p.number(); ok {
				most = n
			}
		}
		if ok && p.eat("}") {
			return least, most, true
		}
		p.pos = from
		if p.dialect == Unicode {
			p.fail(from, "a { that begins no quantifier; write \\{")
		}
	}
	return 0, 0, false
}

func (p *parser) number() (int, bool) {
	from, n := p.pos, 0
	for ; p.peek() >= '0' && p.peek() <= '9'; p.pos++ {
		n = min(n*10+int(p.peek()-'0'), many)
	}
	return n, p.pos > from
}

// term reads one item; may says whether a quantifier can follow.
func (p *parser) term() (n *node, may bool) {
	from := p.pos
	c := p.peek()
	p.pos++
	switch c {
	case '^':
		if p.flags.multi {
			return look(alt(mark(kStart, false), p.class(lineEnds)), false, true), false
		}
		return mark(kStart, false), p.dialect == Other
	case '$':
		if p.flags.multi {
			return look(alt(mark(kEnd, false), p.class(lineEnds)), false, false), false
		}
		return mark(kEnd, false), p.dialect == Other
	case '(':
		return p.group(from)
	case '.':
		if p.flags.dotAll {
			return p.class(p.everything()), true
		}
		return p.class(lineEnds.negate(p.top())), true
	case '[':
		return p.class(p.bracket(from)), true
	case '\\':
		return p.escape(from)
	case '*', '+', '?':
		p.fail(from, "nothing to repeat")
	case '{':
		p.pos = from
		if _, _, ok := p.quantifier(); ok {
			p.fail(from, "nothing to repeat")
		}
		p.pos = from + 1
	case '}', ']':
		if p.dialect == Unicode {
			p.fail(from, "a lone %c; write \\%c", c, c)
		}
	}
	return p.literal(c), true
}

func (p *parser) top() rune {
	if p.dialect == AnnexB {
		return 0xFFFF
	}
	return maxRune
}

func (p *parser) everything() set { return set{{0, p.top()}} }

func (p *parser) literal(c rune) *node { return p.class(set{{c, c}}) }

// class makes the node for a set of characters as written.
func (p *parser) class(s set) *node {
	if p.flags.fold {
		s = s.folded()
	}
	if p.dialect == AnnexB {
		s = s.shift()
	} else {
		s = s.intersect(anyLetter)
	}
	var key strings.Builder
	for _, sp := range s {
		key.WriteRune(sp.lo)
		key.WriteRune(sp.hi)
	}
	c := p.classes[key.String()]
	if c == nil {
		c = newClass(s)
		p.classes[key.String()] = c
	}
	return classNode(c)
}

func (p *parser) group(from int) (n *node, may bool) {
	skip, named := p.groupName()
	switch {
	case named:
		p.pos += skip
		at := p.pos
		name := p.readName()
		if name == "" {
			p.fail(at, "the name of a group is not valid")
		}
		return p.capture(from), true
	case !p.sees("?"):
		return p.capture(from), true
	case p.eat("?:"):
		return p.inside(from), true
	case p.eat("?="):
		return look(p.inside(from), false, false), p.dialect != Unicode
	case p.eat("?!"):
		return look(p.inside(from), true, false), p.dialect != Unicode
	case p.eat("?<="):
		return look(p.inside(from), false, true), p.dialect == Other
	case p.eat("?<!"):
		return look(p.inside(from), true, true), p.dialect == Other
	}
	if p.dialect == Other {
		if n, ok := p.otherGroup(from); ok {
			return n, true
		}
	}
	p.fail(from, "no group begins with (%s", string(p.src[from+1:min(len(p.src), from+4)]))
	return nil, false
}

func (p *parser) capture(from int) *node {
	p.opened++
	index := p.opened
	return group(index, p.inside(from))
}

func (p *parser) inside(from int) *node {
	n := p.alternation()
	if !p.eat(")") {
		p.fail(from, "a group is not closed")
	}
	return n
}

// escape reads what follows a backslash outside brackets.
func (p *parser) escape(from int) (n *node, may bool) {
	c := p.peek()
	switch {
	case c == -1:
		p.fail(from, "\\ at the end of the pattern")
	case c == 'b' || c == 'B':
		p.pos++
		return mark(kWord, c == 'B'), p.dialect == Other
	case c == 'k' && (p.dialect == Unicode || len(p.names) > 0 || p.dialect == Other):
		return p.namedReference(from), true
	case c >= '1' && c <= '9':
		if n := p.reference(from); n != nil {
			return n, true
		}
	}
	if p.dialect == Other {
		if n, ok := p.otherEscape(); ok {
			return n, true
		}
	}
	if s, ok := p.classEscape(); ok {
		return p.class(s), true
	}
	return p.literal(p.characterEscape(from, false)), true
}

func (p *parser) namedReference(from int) *node {
	p.pos++
	if !p.eat("<") && (p.dialect != Other || !p.eat("{") && !p.eat("'")) {
		p.fail(from, "\\k needs the name of a group, as in \\k<name>")
	}
	at := p.pos
	name := p.readName()
	index, ok := p.names[name]
	if !ok {
		p.fail(at, "no group has the name that \\k asks for")
	}
	return p.refer(index)
}

func (p *parser) reference(from int) *node {
	at := p.pos
	index, _ := p.number()
	if index <= p.groups {
		return p.refer(index)
	}
	if p.dialect == Unicode {
		p.fail(from, "\\%d refers to a group, and there are %d", index, p.groups)
	}
	p.pos = at
	return nil
}

func (p *parser) refer(index int) *node {
	p.refs[index] = true
	return &node{kind: kRef, refs: []int{index}, fold: p.flags.fold, hi: many, special: true}
}

// classEscape reads \d \D \s \S \w \W \p \P, without the backslash.
func (p *parser) classEscape() (set, bool) {
	from := p.pos
	c := p.peek()
	p.pos++
	var s set
	switch c {
	case 'd', 'D':
		s = digits
	case 's', 'S':
		s = spaces
	case 'w', 'W':
		s = words
	case 'p', 'P':
		if p.dialect == AnnexB {
			p.pos = from
			return nil, false
		}
		s = p.property(from)
	default:
		p.pos = from
		return nil, false
	}
	if c < 'a' {
		s = s.negate(p.top())
	}
	return s, true
}

func (p *parser) property(from int) set {
	var text string
	if p.dialect == Other && p.more() && p.peek() != '{' {
		text = string(p.peek())
		p.pos++
	} else {
		if !p.eat("{") {
			p.fail(from-1, "\\p needs the name of a property, as in \\p{L}")
		}
		at := p.pos
		for p.more() && p.peek() != '}' {
			p.pos++
		}
		text = string(p.src[at:p.pos])
		if !p.eat("}") {
			p.fail(from-1, "\\p{ is not closed")
		}
	}
	negated := false
	if p.dialect == Other {
		text, negated = strings.CutPrefix(text, "^")
		if _, ok := unicode.Scripts[text]; ok {
			text = "Script=" + text
		}
	}
	s, err := propertySet(text)
	if err != nil {
		p.unknown = errors.Is(err, errUnknownHere)
		p.fail(from-1, "%s", err)
	}
	if negated {
		s = s.negate(maxRune)
	}
	return s
}

// characterEscape reads an escape that stands for one character, without the backslash.
func (p *parser) characterEscape(from int, inClass bool) rune {
	c := p.peek()
	if c == -1 {
		p.fail(from, "\\ at the end of the pattern")
	}
	p.pos++
	switch c {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'v':
		return '\v'
	case 'f':
		return '\f'
	case 'r':
		return '\r'
	case 'b':
		if inClass {
			return '\b'
		}
	case '-':
		if inClass {
			return '-'
		}
	case 'c':
		l := p.peek()
		if 'a' <= l && l <= 'z' || 'A' <= l && l <= 'Z' || inClass && p.dialect == AnnexB && ('0' <= l && l <= '9' || l == '_') {
			p.pos++
			return l % 32
		}
		if p.dialect != Unicode {
			// Annex B.1.4: the backslash stands for itself, and the c is read next.
			p.pos--
			return '\\'
		}
		p.fail(from, "\\c needs a letter, as in \\cJ")
	case 'x':
		if v, ok := p.hex(2); ok {
			return v
		}
		if p.dialect == Other && p.peek() == '{' {
			if v, ok := p.bracedHex(from); ok {
				return v
			}
		}
		if p.dialect == Unicode {
			p.fail(from, "\\x needs two hexadecimal digits")
		}
		return 'x'
	case 'u':
		return p.unicodeEscape(from)
	}
	if '0' <= c && c <= '9' {
		return p.octal(c, from)
	}
	if p.dialect == Unicode && !strings.ContainsRune("^$\\.*+?()[]{}|/", c) {
		p.fail(from, "\\%c is no escape; write %c", c, c)
	}
	if p.dialect == AnnexB && c == 'k' && len(p.names) > 0 {
		p.fail(from, "\\k needs the name of a group, as in \\k<name>")
	}
	return c
}

// octal reads \0, and what Annex B allows of \1 to \377.
func (p *parser) octal(c rune, from int) rune {
	next := p.peek()
	if c == '0' && (next < '0' || next > '9') {
		return 0
	}
	if p.dialect == Unicode {
		p.fail(from, "\\%c followed by a digit is no escape; write \\x%02x", c, c-'0')
	}
	if c >= '8' {
		return c
	}
	v := c - '0'
	for range 2 {
		d := p.peek()
		if d < '0' || d > '7' || v*8+(d-'0') > 0o377 {
			break
		}
		v = v*8 + (d - '0')
		p.pos++
	}
	return v
}

func (p *parser) hex(count int) (rune, bool) {
	if p.pos+count > len(p.src) {
		return 0, false
	}
	v := rune(0)
	for i := range count {
		d := hexDigit(p.at(i))
		if d < 0 {
			return 0, false
		}
		v = v*16 + d
	}
	p.pos += count
	return v, true
}

func hexDigit(c rune) rune {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return -1
}

func (p *parser) bracedHex(from int) (rune, bool) {
	start := p.pos
	p.pos++
	v, digits := rune(0), 0
	for d := hexDigit(p.peek()); d >= 0; d = hexDigit(p.peek()) {
		if v = v*16 + d; v > maxRune {
			p.fail(from, "no character has a number above 10FFFF")
		}
		p.pos++
		digits++
	}
	if digits == 0 || !p.eat("}") {
		p.pos = start
		return 0, false
	}
	return v, true
}

func (p *parser) unicodeEscape(from int) rune {
	if p.dialect != AnnexB && p.peek() == '{' {
		if v, ok := p.bracedHex(from); ok {
			return v
		}
		p.fail(from, "\\u{ needs hexadecimal digits and }")
	}
	v, ok := p.hex(4)
	if !ok {
		if p.dialect == Unicode {
			p.fail(from, "\\u needs four hexadecimal digits")
		}
		return 'u'
	}
	if p.dialect != AnnexB && utf16.IsSurrogate(v) && v < 0xDC00 && p.sees(`\u`) {
		back := p.pos
		p.pos += 2
		if low, ok := p.hex(4); ok && low >= 0xDC00 && low <= surrogateHi {
			return utf16.DecodeRune(v, low)
		}
		p.pos = back
	}
	return v
}

// bracket reads the rest of [...].
func (p *parser) bracket(from int) set {
	negated := p.eat("^")
	var s set
	for first := true; ; first = false {
		if !p.more() {
			p.fail(from, "a [ is not closed")
		}
		// A ] that comes first is a member in the other dialects.
		if p.peek() == ']' && !(first && p.dialect == Other) {
			p.pos++
			break
		}
		at := p.pos
		lo, members := p.classAtom()
		if p.peek() != '-' || p.at(1) == ']' || p.at(1) == -1 {
			s = append(s, members...)
			continue
		}
		p.pos++
		hi, others := p.classAtom()
		if lo < 0 || hi < 0 {
			if p.dialect == Unicode {
				p.fail(at, "a class such as \\w cannot begin or end a range; write \\- for the character")
			}
			s = append(append(s, members...), others...)
			s = append(s, span{'-', '-'})
			continue
		}
		if lo > hi {
			p.fail(at, "the range %s is out of order", string(p.src[at:p.pos]))
		}
		s = append(s, span{lo, hi})
	}
	s = tidy(s)
	if p.flags.fold {
		s = s.folded()
	}
	if negated {
		s = s.negate(p.top())
	}
	return s
}

// classAtom reads a member of a bracket: one character, or, with lo -1, a set.
func (p *parser) classAtom() (lo rune, s set) {
	from := p.pos
	c := p.peek()
	if p.dialect == Other && c == '[' && p.at(1) == ':' {
		if s, ok := p.posix(); ok {
			return -1, s
		}
	}
	p.pos++
	if c != '\\' {
		return c, set{{c, c}}
	}
	if s, ok := p.classEscape(); ok {
		return -1, s
	}
	if p.dialect == Other {
		if s, ok := p.otherClassEscape(); ok {
			return -1, s
		}
	}
	c = p.characterEscape(from, true)
	return c, set{{c, c}}
}
