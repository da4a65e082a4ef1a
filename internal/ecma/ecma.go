// Package ecma reads regular expressions as JSON Schema's pattern uses them: ECMA-262, searched for
// anywhere in the string, with the u flag where the pattern allows it. It says whether a
// string matches, and it makes strings that do.
package ecma

import (
	"sync"
)

// A Pattern is a regular expression that was read. It is safe for concurrent use.
type Pattern struct {
	source  string
	dialect Dialect
	root    *node // over the letters that the matcher sees
	text    *node // over code points, which strings are made of
	refs    map[int]bool
	matcher matcher
	// Look-around, word boundaries, references or atomic groups: the shapes say too much.
	loose bool

	shapes func() []shape
	own    func() *automaton // of this pattern alone, over text
	length func() lengths

	mu    sync.Mutex
	joint []joint
}

type lengths struct {
	min, max int
	empty    bool
}

// A joint is a question about several patterns that was asked before.
type joint struct {
	all, none []*Pattern
	a         *automaton
}

// Compile reads a pattern: as ECMA-262 with the u flag, else without it (Annex B). What both refuse
// is read with the forms of other dialects, as far as they are understood: possessive
// quantifiers, atomic groups, (?i), POSIX classes, \A, \z, \Z, \h, /pattern/flags. So is what the u flag
// refuses and Annex B would misread: \A, \z, \Z, \h, \R, \Q, [[:alpha:]]. Dialect tells.
// An error is a *SyntaxError.
func Compile(pattern string) (*Pattern, error) {
	read, root, err := read(pattern)
	if err != nil {
		return nil, err
	}
	m, err := newMatcher(read, root)
	if err != nil {
		return nil, err
	}
	p := &Pattern{source: pattern, dialect: read.dialect, root: root, text: root, refs: read.refs, matcher: m}
	if read.dialect == AnnexB {
		p.text = codePoints(root)
	}
	p.loose = p.text.some(func(n *node) bool {
		return n.kind == kWord || n.kind == kLook || n.kind == kRef || n.kind == kAtomic
	})
	p.shapes = sync.OnceValue(func() []shape { return shapes(p.text) })
	p.own = sync.OnceValue(func() *automaton { return newAutomaton([]*node{p.text}, nil) })
	p.length = sync.OnceValue(p.measure)
	return p, nil
}

// String gives the pattern as it was written.
func (p *Pattern) String() string { return p.source }

// Dialect says how the pattern was read.
func (p *Pattern) Dialect() Dialect { return p.dialect }

// MatchString says whether the pattern is found in s, as ECMA-262 would find it. Where the pattern
// has references or atomic groups and the search for it takes longer than 100 ms, it counts as not found.
func (p *Pattern) MatchString(s string) bool {
	ok, _ := p.match(s)
	return ok
}

func (p *Pattern) match(s string) (ok, slow bool) {
	text := s
	if p.dialect == AnnexB {
		text = units(s)
	}
	ok, slow = p.matcher.match(text)
	if slow && p.root == p.text {
		// The automaton takes its time, but not more than the length of s asks for.
		if accepted, known := p.own().accepts(s); known {
			return accepted, false
		}
	}
	return ok, slow
}

// Lengths gives bounds of the length, in code points, of the strings that match, free text
// around an unanchored pattern included. Shorter than min no string is, and longer than max
// none; max is -1 when there is no limit. Both are exact unless the pattern has references or
// is very large. For a pattern that is Empty both are 0.
func (p *Pattern) Lengths() (min, max int) {
	l := p.length()
	return l.min, l.max
}

// Empty reports that no string matches, as with $a or [] or (?!): true only when proved.
func (p *Pattern) Empty() bool { return p.length().empty }

func (p *Pattern) measure() lengths {
	all := p.shapes()
	if p.root != p.text {
		all = shapes(p.root)
	}
	var l lengths
	if !p.loose && len(all) > 0 {
		l = outer(all)
	} else {
		a := p.own()
		if p.root != p.text {
			a = newAutomaton([]*node{p.root}, nil)
		}
		least, most, ok := a.bounds()
		switch {
		case !ok || a.inexact:
			l = outer(all)
		case least > most && most >= 0:
			return lengths{empty: true}
		default:
			l = lengths{min: least, max: most}
		}
	}
	if p.root != p.text {
		// Two code units can be one code point.
		l.min = (l.min + 1) / 2
	}
	return l
}

// outer joins the bounds of shapes.
func outer(all []shape) lengths {
	l := lengths{min: many}
	for _, s := range all {
		lo, hi := s.bounds()
		l.min, l.max = min(l.min, lo), max(l.max, hi)
	}
	if len(all) == 0 {
		l = lengths{max: many}
	}
	if l.max >= many {
		l.max = -1
	}
	return l
}

// codePoints turns a pattern over code units into one over code points: where a high surrogate is
// followed by a low one, they are one letter, and lone ones are none. Strings in which another
// part of the pattern takes one half of a code point are left out.
func codePoints(n *node) *node {
	if !n.some(func(n *node) bool { return n.kind == kClass && len(n.class.set.intersect(keptSurrogates)) > 0 }) {
		return n
	}
	joined := n.rewrite(func(n *node) *node {
		if n.kind != kCat {
			return n
		}
		var out []*node
		for i := 0; i < len(n.subs); i++ {
			if i+1 < len(n.subs) {
				if s := pairs(n.subs[i], n.subs[i+1]); s != nil {
					out = append(out, &node{kind: kClass, class: newClass(s), lo: 1, hi: 1, whole: true})
					i++
					continue
				}
			}
			out = append(out, n.subs[i])
		}
		return cat(out...)
	})
	return joined.rewrite(func(n *node) *node {
		if n.kind != kClass || n.whole {
			return n
		}
		kept := n.class.set.intersect(keptSurrogates.negate(maxRune))
		if kept.equal(n.class.set) {
			return n
		}
		return classNode(newClass(kept))
	})
}

// pairs gives the code points of a class of high surrogates before one of low ones.
func pairs(a, b *node) set {
	if b.kind == kRepeat && b.min <= 1 {
		b = b.subs[0] // no other low surrogate can follow the first
	}
	if a.kind != kClass || b.kind != kClass {
		return nil
	}
	const high, low = surrogateLo + unitShift, 0xDC00 + unitShift
	hi, lo := a.class.set.intersect(set{{high, low - 1}}), b.class.set.intersect(set{{low, surrogateHi + unitShift}})
	if !hi.equal(a.class.set) || !lo.equal(b.class.set) {
		return nil
	}
	var out set
	for _, h := range hi {
		for c := h.lo; c <= h.hi; c++ {
			for _, l := range lo {
				base := unitShift + (c-high)<<10
				out = append(out, span{base + l.lo - low, base + l.hi - low})
			}
		}
	}
	return tidy(out)
}
