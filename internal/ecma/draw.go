package ecma

import "math/rand/v2"

const (
	maxDrawn = 1 << 17 // code points of a string that is made
	softSize = 1 << 12 // from here on, nothing is repeated more than it must be
)

// A drawer writes strings of shapes.
type drawer struct {
	r       *rand.Rand
	typical bool
	out     []rune
	groups  map[int][]rune // what the groups matched, for references
	soft    int
}

// shape draws a string of s; with length -1, of any length, else of exactly that length
// where s has no gaps. The caller checks.
func (d *drawer) shape(s shape, length int) bool {
	d.out = d.out[:0]
	d.soft = plus(s.found.lo, softSize)
	if s.found.lo > maxDrawn || length > maxDrawn {
		return false
	}
	if length < 0 {
		return d.node(s.found, -1)
	}
	free := 0
	target := length
	if length > s.found.hi {
		target = s.found.hi
		free = length - target
	}
	if (s.freeBefore || s.freeBack) && free == 0 && s.found.kind == kEmpty {
		target, free = 0, length
	}
	front := 0
	switch {
	case s.freeBefore && s.freeBack:
		if !d.typical && free > 0 {
			front = d.r.IntN(free + 1)
		}
	case s.freeBefore:
		front = free
	}
	d.free(s.before, front)
	if !d.node(s.found, target) {
		return false
	}
	d.free(s.back, free-front)
	return true
}

func (d *drawer) free(c *class, count int) {
	for range count {
		d.out = append(d.out, c.draw(d.r, d.typical))
	}
}

// node draws what n matches; length is exact, or -1 for any.
func (d *drawer) node(n *node, length int) bool {
	switch n.kind {
	case kEmpty, kWord, kLook, kStart, kEnd:
		return length <= 0
	case kNever:
		return false
	case kClass:
		d.out = append(d.out, n.class.draw(d.r, d.typical))
		return length < 0 || length == 1
	case kGroup:
		from := len(d.out)
		ok := d.node(n.subs[0], length)
		if d.groups != nil {
			d.groups[n.group] = append([]rune(nil), d.out[from:]...)
		}
		return ok
	case kRef:
		if len(d.out) < maxDrawn {
			d.out = append(d.out, d.groups[n.refs[0]]...)
		}
		return true
	case kAtomic:
		return d.node(n.subs[0], length)
	case kAlt:
		return d.alt(n, length)
	case kCat:
		return d.cat(n.subs, length)
	case kRepeat:
		return d.repeat(n, length)
	}
	return false
}

func (d *drawer) alt(n *node, length int) bool {
	fits := func(s *node) bool { return length < 0 || s.lo <= length && length <= s.hi }
	total := 0
	for _, s := range n.subs {
		if fits(s) {
			total += d.liking(s)
		}
	}
	if total == 0 {
		return false
	}
	pick := d.r.IntN(total)
	for _, s := range n.subs {
		if !fits(s) {
			continue
		}
		if pick -= d.liking(s); pick < 0 {
			return d.node(s, length)
		}
	}
	return false
}

// liking is how much an option is preferred to others: believable is what most strings are like, so
// that a leap day is not every other date, and yet each option has its turn.
func (d *drawer) liking(n *node) int {
	if !d.typical {
		return 1
	}
	b := min(n.bits, 24)
	return [...]int{16, 20, 25}[b%3] << (b / 3)
}

func (d *drawer) cat(subs []*node, length int) bool {
	if length < 0 {
		for _, s := range subs {
			if !d.node(s, -1) {
				return false
			}
		}
		return true
	}
	lo, room, endless := 0, 0, 0
	for _, s := range subs {
		lo = plus(lo, s.lo)
		if s.hi >= many {
			endless++
		} else {
			room += s.hi - s.lo
		}
	}
	slack := length - lo
	if slack < 0 || slack > room && endless == 0 {
		return false
	}
	for i, s := range subs {
		if s.hi >= many {
			endless--
		} else {
			room -= s.hi - s.lo
		}
		rest := room
		if endless > 0 {
			rest = many
		}
		give := d.share(slack, s.slack(), rest, len(subs)-i)
		slack -= give
		if !d.node(s, s.lo+give) {
			return false
		}
	}
	return true
}

// slack is by how much what n matches can be longer than at least.
func (n *node) slack() int {
	if n.hi >= many {
		return many
	}
	return n.hi - n.lo
}

// share picks what one of parts parts takes of slack, when it has room for so much and the
// others after it for rest.
func (d *drawer) share(slack, room, rest, parts int) int {
	least, most := max(0, slack-rest), min(slack, room)
	if most <= least {
		return least
	}
	if parts > 2 {
		// An even share, give or take; else the first part would get half of it all.
		most = min(most, max(least, 2*slack/parts+1))
	}
	return least + d.r.IntN(most-least+1)
}

func (d *drawer) repeat(n *node, length int) bool {
	sub := n.subs[0]
	if length < 0 {
		count := n.min
		if more := n.max - n.min; more > 0 && len(d.out) < d.soft {
			count += d.r.IntN(min(more, d.spread()) + 1)
		}
		return d.times(sub, count)
	}
	least, most := n.min, n.max
	if sub.hi == 0 {
		return length == 0
	}
	if sub.hi < many {
		least = max(least, (length+sub.hi-1)/sub.hi)
	} else if length > 0 {
		least = max(least, 1)
	}
	if sub.lo > 0 {
		most = min(most, length/sub.lo)
	} else {
		most = min(most, max(least, length))
	}
	if least > most {
		return false
	}
	count := least
	if most > least {
		count += d.r.IntN(most - least + 1)
	}
	if count > maxDrawn {
		return false
	}
	if sub.lo == sub.hi {
		return d.times(sub, count)
	}
	slack := length - count*sub.lo
	for i := range count {
		room := sub.slack()
		give := d.share(slack, room, times(count-i-1, room), count-i)
		slack -= give
		if !d.node(sub, sub.lo+give) {
			return false
		}
	}
	return slack == 0
}

// spread is by how much a repeat may go over its minimum when nothing else decides.
func (d *drawer) spread() int {
	if d.typical {
		return 3
	}
	if d.r.IntN(4) == 0 {
		return 20
	}
	return 5
}

func (d *drawer) times(sub *node, count int) bool {
	if count > maxDrawn {
		return false
	}
	for range count {
		if !d.node(sub, -1) || len(d.out) > maxDrawn {
			return false
		}
	}
	return true
}
