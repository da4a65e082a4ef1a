package ecma

import "strings"

// Forms that ECMA-262 does not have and people write all the same.

var posixClasses = map[string]set{
	"alnum":  {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}},
	"alpha":  {{'A', 'Z'}, {'a', 'z'}},
	"ascii":  {{0, 0x7F}},
	"blank":  {{'\t', '\t'}, {' ', ' '}},
	"cntrl":  {{0, 0x1F}, {0x7F, 0x7F}},
	"digit":  digits,
	"graph":  {{'!', '~'}},
	"lower":  {{'a', 'z'}},
	"print":  {{' ', '~'}},
	"punct":  {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}},
	"space":  {{'\t', '\r'}, {' ', ' '}},
	"upper":  {{'A', 'Z'}},
	"word":   words,
	"xdigit": {{'0', '9'}, {'A', 'F'}, {'a', 'f'}},
}

// posix reads [:name:] inside a bracket.
func (p *parser) posix() (set, bool) {
	rest := string(p.src[p.pos+2 : min(len(p.src), p.pos+12)])
	name, _, ok := strings.Cut(rest, ":]")
	bare, negated := strings.CutPrefix(name, "^")
	s, known := posixClasses[bare]
	if !ok || !known {
		return nil, false
	}
	p.pos += len(name) + 4
	if negated {
		s = s.negate(maxRune)
	}
	return s, true
}

var horizontal = set{{'\t', '\t'}, {' ', ' '}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x180E, 0x180E}, {0x2000, 0x200A},
	{0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}}

// otherClassEscape reads the escapes that stand for a set, without the backslash.
func (p *parser) otherClassEscape() (set, bool) {
	var s set
	switch p.peek() {
	case 'h':
		s = horizontal
	case 'H':
		s = horizontal.negate(maxRune)
	case 'a':
		s = set{{'\a', '\a'}}
	case 'e':
		s = set{{0x1B, 0x1B}}
	default:
		return nil, false
	}
	p.pos++
	return s, true
}

// otherEscape reads the escapes that ECMA-262 has not, outside brackets.
func (p *parser) otherEscape() (*node, bool) {
	if s, ok := p.otherClassEscape(); ok {
		return p.class(s), true
	}
	c := p.peek()
	p.pos++
	switch c {
	case 'A':
		return mark(kStart, false), true
	case 'z', 'Z':
		return mark(kEnd, false), true
	case 'R':
		return alt(cat(p.literal('\r'), p.literal('\n')), p.class(set{{'\n', '\r'}, {0x85, 0x85}, {0x2028, 0x2029}})), true
	case 'Q':
		var letters []*node
		for p.more() && !p.eat(`\E`) {
			letters = append(letters, p.literal(p.peek()))
			p.pos++
		}
		return cat(letters...), true
	case 'E':
		return emptyNode, true
	case 'G', 'K', 'X', 'C', 'N':
		p.fail(p.pos-2, "\\%c is not ECMA-262 and is not read here", c)
	}
	p.pos--
	return nil, false
}

// otherGroup reads atomic groups, flags, comments and Python's references.
func (p *parser) otherGroup(from int) (*node, bool) {
	switch {
	case p.eat("?>"):
		return wrap(kAtomic, p.inside(from)), true
	case p.eat("?#"):
		for p.more() && p.peek() != ')' {
			p.pos++
		}
		if !p.eat(")") {
			p.fail(from, "a comment is not closed")
		}
		return emptyNode, true
	case p.eat("?P="):
		at := p.pos
		index, ok := p.names[p.readName()]
		if !ok {
			p.fail(at, "no group has the name that (?P= asks for")
		}
		return p.refer(index), true
	}
	start := p.pos
	p.pos++
	set, on := p.flags, true
	for ; p.more(); p.pos++ {
		switch p.peek() {
		case '-':
			on = false
		case 'i':
			set.fold = on
		case 'm':
			set.multi = on
		case 's':
			set.dotAll = on
		case 'x':
			set.extended = on
		case 'u', 'a', 'L', 'U', 'J', 'd', '^':
		case ')':
			// Holds up to the end of the enclosing group, which puts the flags back.
			p.pos++
			p.flags = set
			return emptyNode, true
		case ':':
			p.pos++
			kept := p.flags
			p.flags = set
			n := p.inside(from)
			p.flags = kept
			return n, true
		default:
			p.pos = start
			return nil, false
		}
	}
	p.pos = start
	return nil, false
}
