package ecma

import "math/bits"

type kind uint8

const (
	kEmpty  kind = iota
	kNever       // matches nothing
	kClass       // one letter of a set
	kCat         // subs one after the other
	kAlt         // one of subs
	kRepeat      // subs[0], min to max times
	kGroup       // subs[0], captured
	kRef         // the text of one of the groups named in refs
	kStart       // ^
	kEnd         // $
	kWord        // \b, or \B if neg
	kLook        // (?=, (?!, (?<=, (?<!
	kAtomic      // (?>...), of other dialects
)

// many is the length or count that has no end; sums and products stop there.
const many = 1 << 30

// A node is a part of a pattern. Nodes do not change once made, and may be shared.
type node struct {
	kind     kind
	neg      bool // kWord, kLook
	behind   bool // kLook
	lazy     bool // kRepeat
	whole    bool // kClass: holds code points already, not code units
	fold     bool // kRef: ignores case
	class    *class
	subs     []*node
	min, max int   // kRepeat
	group    int   // kGroup
	refs     []int // kRef
	bits     int   // how much choice there is, roughly the logarithm of the number of strings
	lo, hi   int   // bounds of the length of what it matches, look-around left aside
	special  bool  // has anchors, look-around, references or atomic groups somewhere inside
	height   int
}

var (
	emptyNode = &node{kind: kEmpty}
	neverNode = &node{kind: kNever, lo: many}
)

func plus(a, b int) int { return min(a+b, many) }

func times(a, b int) int {
	if a == 0 || b == 0 {
		return 0
	}
	if a > many/b {
		return many
	}
	return a * b
}

func classNode(c *class) *node {
	if c.count == 0 {
		return neverNode
	}
	return &node{kind: kClass, class: c, lo: 1, hi: 1, bits: bits.Len(uint(c.count)) - 1}
}

func cat(subs ...*node) *node {
	out := make([]*node, 0, len(subs))
	n := &node{kind: kCat}
	for _, s := range subs {
		switch s.kind {
		case kEmpty:
			continue
		case kNever:
			return neverNode
		case kCat:
			out = append(out, s.subs...)
		default:
			out = append(out, s)
		}
		n.take(s)
		n.lo, n.hi, n.bits = plus(n.lo, s.lo), plus(n.hi, s.hi), plus(n.bits, s.bits)
	}
	switch len(out) {
	case 0:
		return emptyNode
	case 1:
		return out[0]
	}
	n.subs = out
	return n
}

func alt(subs ...*node) *node {
	out := make([]*node, 0, len(subs))
	n := &node{kind: kAlt, lo: many}
	for _, s := range subs {
		switch s.kind {
		case kNever:
			continue
		case kAlt:
			out = append(out, s.subs...)
		default:
			out = append(out, s)
		}
		n.take(s)
		n.lo, n.hi, n.bits = min(n.lo, s.lo), max(n.hi, s.hi), max(n.bits, s.bits)
	}
	switch len(out) {
	case 0:
		return neverNode
	case 1:
		return out[0]
	}
	n.subs = out
	n.bits += bits.Len(uint(len(out))) - 1
	return n
}

// repeat makes sub{least,most}; most is many for no limit.
func repeat(sub *node, least, most int, lazy bool) *node {
	switch {
	case most == 0 || sub.kind == kEmpty:
		return emptyNode
	case sub.kind == kNever && least == 0:
		return emptyNode
	case sub.kind == kNever:
		return neverNode
	case least == 1 && most == 1:
		return sub
	}
	n := &node{kind: kRepeat, subs: []*node{sub}, min: least, max: most, lazy: lazy}
	n.take(sub)
	n.lo, n.hi = times(least, sub.lo), times(most, sub.hi)
	n.bits = times(min(most, plus(least, 1)), sub.bits)
	return n
}

func wrap(k kind, sub *node) *node {
	n := &node{kind: k, subs: []*node{sub}, lo: sub.lo, hi: sub.hi, bits: sub.bits}
	n.take(sub)
	n.special = n.special || k == kAtomic
	return n
}

func group(index int, sub *node) *node {
	n := wrap(kGroup, sub)
	n.group = index
	return n
}

func mark(k kind, neg bool) *node { return &node{kind: k, neg: neg, special: true} }

func look(sub *node, neg, behind bool) *node {
	n := &node{kind: kLook, neg: neg, behind: behind, subs: []*node{sub}}
	n.take(sub)
	n.special = true
	return n
}

func (n *node) take(sub *node) {
	n.special = n.special || sub.special
	n.height = max(n.height, sub.height+1)
}

// some says whether any node below n, or n itself, is what is asked for.
func (n *node) some(is func(*node) bool) bool {
	if is(n) {
		return true
	}
	for _, s := range n.subs {
		if s.some(is) {
			return true
		}
	}
	return false
}

// rewrite builds n anew from below; change gets each node with its parts rewritten.
func (n *node) rewrite(change func(*node) *node) *node {
	if len(n.subs) == 0 {
		return change(n)
	}
	subs := make([]*node, len(n.subs))
	for i, s := range n.subs {
		subs[i] = s.rewrite(change)
	}
	return change(n.with(subs))
}

// with is n with other parts.
func (n *node) with(subs []*node) *node {
	switch n.kind {
	case kCat:
		return cat(subs...)
	case kAlt:
		return alt(subs...)
	case kRepeat:
		return repeat(subs[0], n.min, n.max, n.lazy)
	case kGroup:
		return group(n.group, subs[0])
	case kAtomic:
		return wrap(kAtomic, subs[0])
	case kLook:
		return look(subs[0], n.neg, n.behind)
	}
	return n
}
