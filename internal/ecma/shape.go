package ecma

// A shape is one way in which a string can hold a pattern: what is found, and whether
// free text may stand before and after it. It holds no anchors.
type shape struct {
	found                *node
	freeBefore, freeBack bool
	before, back         *class // what free text is made of
}

// shapes takes the anchors out of a pattern, wherever they stand. Word boundaries, look-around
// and atomic groups are passed over, so that the shapes say too much where there are any.
func shapes(n *node) []shape {
	var out []shape
	for i, v := range anchored(n) {
		if v == nil {
			continue
		}
		s := shape{found: v, freeBefore: i&atStart == 0, freeBack: i&atEnd == 0}
		s.before, s.back = edgeClass(v, true), edgeClass(v, false)
		out = append(out, s)
	}
	return out
}

// bounds of the length of a string of this shape.
func (s shape) bounds() (lo, hi int) {
	if s.freeBefore || s.freeBack {
		return s.found.lo, many
	}
	return s.found.lo, s.found.hi
}

var lowerClass = newClass(set{{'a', 'z'}})

// edgeClass finds the class next to free text, which looks best when made of the same kind.
func edgeClass(n *node, first bool) *class {
	switch n.kind {
	case kClass:
		if n.class.count > 1 {
			return n.class
		}
	case kCat:
		if first {
			return edgeClass(n.subs[0], first)
		}
		return edgeClass(n.subs[len(n.subs)-1], first)
	case kRepeat, kGroup:
		return edgeClass(n.subs[0], first)
	}
	return lowerClass
}

const (
	atStart = 1
	atEnd   = 2
)

// variants holds what a node matches, by the anchors that this asks for: atStart says that what is
// matched begins where the string does, atEnd that it ends there. Nil matches nothing.
type variants [4]*node

func anchored(n *node) variants {
	if !n.special {
		if n.kind == kNever {
			return variants{}
		}
		return variants{n}
	}
	switch n.kind {
	case kStart:
		return variants{atStart: emptyNode}
	case kEnd:
		return variants{atEnd: emptyNode}
	case kWord, kLook:
		return variants{emptyNode}
	case kAtomic:
		return anchored(n.subs[0])
	case kGroup:
		v := anchored(n.subs[0])
		for i := range v {
			if v[i] != nil {
				v[i] = group(n.group, v[i])
			}
		}
		return v
	case kCat:
		v := variants{emptyNode}
		for _, s := range n.subs {
			v = follow(v, anchored(s))
		}
		return v
	case kAlt:
		var v variants
		for _, s := range n.subs {
			for i, o := range anchored(s) {
				v[i] = either(v[i], o)
			}
		}
		return v
	case kRepeat:
		return anchoredRepeat(n)
	}
	return variants{n}
}

// follow puts b after a. What stands before a start, or after an end, can only be empty.
func follow(a, b variants) variants {
	var v variants
	for i, x := range a {
		for j, y := range b {
			if x == nil || y == nil {
				continue
			}
			x, y := x, y
			if j&atStart != 0 {
				x = emptied(x)
			}
			if i&atEnd != 0 {
				y = emptied(y)
			}
			if x != nil && y != nil {
				v[i|j] = either(v[i|j], cat(x, y))
			}
		}
	}
	return v
}

// emptied gives n where it matches nothing but the empty string.
func emptied(n *node) *node {
	if n.lo > 0 {
		return nil
	}
	return emptyNode
}

func either(a, b *node) *node {
	switch {
	case a == nil:
		return b
	case b == nil, a == emptyNode && b == emptyNode:
		return a
	}
	return alt(a, b)
}

func anchoredRepeat(n *node) variants {
	one := anchored(n.subs[0])
	middle := func(least, most int) *node {
		if one[0] == nil {
			if least > 0 {
				return nil
			}
			return emptyNode
		}
		return repeat(one[0], least, most, n.lazy)
	}
	fewer := func(by int, ends ...*node) (least, most int) {
		least, most = max(n.min-by, 0), n.max
		if most < many {
			most -= by
		}
		for _, e := range ends {
			// An end that can be empty can be gone through as often as need be.
			if e.lo == 0 {
				least = 0
			}
		}
		return least, most
	}
	join := func(into int, v *variants, parts ...*node) {
		for _, p := range parts {
			if p == nil {
				return
			}
		}
		v[into] = either(v[into], cat(parts...))
	}
	var v variants
	if m := middle(n.min, n.max); m != nil {
		v[0] = m
	}
	start, end, both := one[atStart], one[atEnd], one[atStart|atEnd]
	if start != nil {
		least, most := fewer(1, start)
		join(atStart, &v, start, middle(least, most))
	}
	if end != nil {
		least, most := fewer(1, end)
		join(atEnd, &v, middle(least, most), end)
	}
	if both != nil && (n.min <= 1 || both.lo == 0) {
		join(atStart|atEnd, &v, both)
	}
	if start != nil && end != nil && n.max > 1 {
		least, most := fewer(2, start, end)
		join(atStart|atEnd, &v, start, middle(least, most), end)
	}
	return v
}
