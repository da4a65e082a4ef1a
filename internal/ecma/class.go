package ecma

import (
	"math/rand/v2"
	"slices"
	"sync"
	"unicode"
)

// A span is a closed range of letters. A letter is a Unicode scalar value or, in
// an Annex B pattern, a UTF-16 code unit, whose surrogates are kept at unitShift above
// their own place: Go's strings and its regexp hold no surrogates.
type span struct{ lo, hi rune }

// A set is a sorted list of spans that neither overlap nor touch.
type set []span

const (
	maxRune     = 0x10FFFF
	surrogateLo = 0xD800
	surrogateHi = 0xDFFF
	unitShift   = 0x10000
)

var (
	anyLetter = set{{0, surrogateLo - 1}, {surrogateHi + 1, maxRune}}
	digits    = set{{'0', '9'}}
	words     = set{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	// WhiteSpace and LineTerminator of ECMA-262, sections 12.2 and 12.3.
	spaces = set{{'\t', '\r'}, {' ', ' '}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A},
		{0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}}
	lineEnds = set{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}
)

// tidy sorts spans and joins those that overlap or touch.
func tidy(s set) set {
	if len(s) < 2 {
		return s
	}
	slices.SortFunc(s, func(a, b span) int { return int(a.lo) - int(b.lo) })
	out := s[:1]
	for _, sp := range s[1:] {
		last := &out[len(out)-1]
		if sp.lo <= last.hi+1 {
			last.hi = max(last.hi, sp.hi)
			continue
		}
		out = append(out, sp)
	}
	return out
}

func (s set) union(t set) set {
	return tidy(append(slices.Clone(s), t...))
}

// negate gives the letters of 0..top that s has not.
func (s set) negate(top rune) set {
	var out set
	next := rune(0)
	for _, sp := range s {
		if sp.lo > top {
			break
		}
		if sp.lo > next {
			out = append(out, span{next, sp.lo - 1})
		}
		next = sp.hi + 1
	}
	if next <= top {
		out = append(out, span{next, top})
	}
	return out
}

func (s set) intersect(t set) set {
	var out set
	for i, j := 0, 0; i < len(s) && j < len(t); {
		lo, hi := max(s[i].lo, t[j].lo), min(s[i].hi, t[j].hi)
		if lo <= hi {
			out = append(out, span{lo, hi})
		}
		if s[i].hi < t[j].hi {
			i++
		} else {
			j++
		}
	}
	return out
}

func (s set) has(c rune) bool {
	lo, hi := 0, len(s)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch {
		case c < s[mid].lo:
			hi = mid
		case c > s[mid].hi:
			lo = mid + 1
		default:
			return true
		}
	}
	return false
}

func (s set) size() int {
	n := 0
	for _, sp := range s {
		n += int(sp.hi-sp.lo) + 1
	}
	return n
}

func (s set) equal(t set) bool { return slices.Equal(s, t) }

// shift moves the surrogates of code units to where they are kept.
func (s set) shift() set {
	low := s.intersect(set{{0, surrogateLo - 1}, {surrogateHi + 1, 0xFFFF}})
	for _, sp := range s.intersect(set{{surrogateLo, surrogateHi}}) {
		low = append(low, span{sp.lo + unitShift, sp.hi + unitShift})
	}
	return tidy(low)
}

var keptSurrogates = set{{surrogateLo + unitShift, surrogateHi + unitShift}}

// folded adds every letter that differs from one of s by case alone.
func (s set) folded() set {
	out := slices.Clone(s)
	const lastCased = 0x1E943
	for _, sp := range s {
		for c := sp.lo; c <= sp.hi && c <= lastCased; c++ {
			for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
				if !s.has(f) {
					out = append(out, span{f, f})
				}
			}
		}
	}
	return tidy(out)
}

// tableSet turns one of unicode's tables into a set.
func tableSet(t *unicode.RangeTable) set {
	var out set
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			out = append(out, span{lo, hi})
			return
		}
		for c := lo; c <= hi; c += stride {
			out = append(out, span{c, c})
		}
	}
	for _, r := range t.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return tidy(out)
}

// A class is a set, ready to be drawn from.
type class struct {
	set
	count int
	// What is drawn from: of a wide class, the assigned code points alone. The others are
	// members too, but tables of another Unicode version may see something else in them.
	pool      set
	poolCount int
	// The believable members by kind: lower case, digits, upper case, the other visible
	// ASCII, a blank; and how much each kind weighs, all in all.
	kinds  [4][]rune
	weight [4]int
	total  int
}

const (
	kindLower = iota
	kindDigit
	kindUpper
	kindOther
)

func newClass(s set) *class {
	c := &class{set: s, count: s.size()}
	c.pool, c.poolCount = s, c.count
	if c.count > 1000 {
		if known := s.intersect(assigned()); len(known) > 0 {
			c.pool, c.poolCount = known, known.size()
		}
	}
	if c.count < 2 {
		return c
	}
	for r := rune(' '); r <= '~'; r++ {
		if s.has(r) {
			k := kindOf(r)
			c.kinds[k] = append(c.kinds[k], r)
		}
	}
	// A class that lists its members means each of them; a wide one means "text".
	each := [4]int{6, 3, 2, 1}
	if c.count > 100 || c.set.equal(words) {
		each = [4]int{8, 4, 0, 0}
	}
	for {
		for k, members := range c.kinds {
			c.weight[k] = each[k] * len(members)
			c.total += c.weight[k]
		}
		if c.total > 0 || each == [4]int{1, 1, 1, 1} {
			return c
		}
		each = [4]int{1, 1, 1, 1}
	}
}

func kindOf(r rune) int {
	switch {
	case 'a' <= r && r <= 'z':
		return kindLower
	case '0' <= r && r <= '9':
		return kindDigit
	case 'A' <= r && r <= 'Z':
		return kindUpper
	}
	return kindOther
}

// draw picks a member; c is not empty.
func (c *class) draw(r *rand.Rand, typical bool) rune {
	if c.count == 1 {
		return c.set[0].lo
	}
	if typical && c.total > 0 {
		n := r.IntN(c.total)
		for k, w := range c.weight {
			if n < w {
				members := c.kinds[k]
				return members[n%len(members)]
			}
			n -= w
		}
	}
	return c.any(r, typical)
}

var assigned = sync.OnceValue(func() set { return tableSet(unicode.Cn).negate(maxRune).intersect(anyLetter) })

// any picks a member without liking: one of ASCII, of one span, or of all.
func (c *class) any(r *rand.Rand, even bool) rune {
	way := r.IntN(4)
	if way == 0 && !even {
		if members := c.kinds[r.IntN(len(c.kinds))]; len(members) > 0 {
			return members[r.IntN(len(members))]
		}
	}
	if way == 1 && !even {
		sp := c.pool[r.IntN(len(c.pool))]
		return sp.lo + rune(r.IntN(int(sp.hi-sp.lo)+1))
	}
	n := rune(r.IntN(c.poolCount))
	for _, sp := range c.pool {
		if n <= sp.hi-sp.lo {
			return sp.lo + n
		}
		n -= sp.hi - sp.lo + 1
	}
	return c.pool[0].lo
}
