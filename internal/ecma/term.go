package ecma

import (
	"encoding/binary"
	"slices"
)

// Languages as terms, and their derivatives (Brzozowski 1964). A term is the set of strings that may
// follow a place in a string. Because it always reaches to the end of the string, look-ahead is
// intersection, negative look-ahead is intersection with a complement, and $ is intersection with the
// empty string. What looks back (^, \b, look-behind) is answered by what is known of the
// place; see place.

type (
	termID int32
	partID int32
)

const (
	noTerm  termID = iota // the empty set
	endTerm               // the empty string alone
	allTerm               // every string
)

type op uint8

const (
	opNone op = iota
	opEnd
	opAll
	opSeq // a part, then a term
	opOr
	opAnd
	opNot
)

type term struct {
	op     op
	part   partID // opSeq
	subs   []termID
	lo, hi int // bounds of the lengths
	needs  needs
	first  []uint64 // classes that the first letter may be asked about; nil when not yet known
}

// needs says what a term asks of its place.
type needs struct {
	start, word bool
	behind      uint64 // look-behinds, by their number
}

func (n needs) or(m needs) needs {
	return needs{n.start || m.start, n.word || m.word, n.behind | m.behind}
}

func (n needs) any() bool { return n != needs{} }

// A part is a node of a pattern in a form that derivatives can be taken of: the body of every
// repeat takes at least one letter.
type part struct {
	kind     kind
	neg      bool
	class    int      // kClass: its number
	subs     []partID // kCat (two), kAlt, kRepeat, kLook (ahead)
	min, max int      // kRepeat
	behind   int      // kLook, behind: its number
	lo, hi   int
	needs    needs
	nullable bool // may take no letter
}

const (
	emptyPart partID = iota
	neverPart
)

// A place is what is known of where a string was cut: whether that is its start, whether a word
// character stands before it, and which look-behinds hold.
type place struct {
	start, word bool
	behind      uint64
}

// terms holds the terms of one question, each once.
type terms struct {
	parts   []part
	partIDs map[string]partID
	terms   []term
	termIDs map[string]termID
	classes []set
	inexact bool // the parts say something else than the pattern somewhere
	behinds []termID
	key     []byte
	work    int // grows with all that is built

	seqs    map[[2]int32]termID
	derived map[derivation]termID
	later   map[termID]termID
	laters  map[partID]partID
	word    int // the number of the class \w, or -1

	letters []letter // the alphabet
	inClass [][]uint64
}

type derivation struct {
	term   termID
	letter int32
	place  place
}

// A letter is a set of characters that no class tells apart.
type letter struct {
	*class
	word bool
}

func newTerms() *terms {
	t := &terms{partIDs: map[string]partID{}, termIDs: map[string]termID{}, derived: map[derivation]termID{}, seqs: map[[2]int32]termID{},
		later: map[termID]termID{}, laters: map[partID]partID{}, word: -1}
	t.parts = []part{{kind: kEmpty, nullable: true}, {kind: kNever, lo: many}}
	t.terms = []term{{op: opNone, lo: many}, {op: opEnd}, {op: opAll, hi: many}}
	return t
}

func (t *terms) classNumber(s set) int {
	for i, c := range t.classes {
		if c.equal(s) {
			return i
		}
	}
	t.classes = append(t.classes, s)
	return len(t.classes) - 1
}

// makePart finds or keeps a part.
func (t *terms) makePart(p part) partID {
	k := append(t.key[:0], byte(p.kind))
	if p.neg {
		k[0] |= 0x80
	}
	for _, v := range []int{p.class, p.min, p.max, p.behind} {
		k = binary.AppendVarint(k, int64(v))
	}
	for _, s := range p.subs {
		k = binary.AppendVarint(k, int64(s))
	}
	t.key = k
	if id, ok := t.partIDs[string(k)]; ok {
		return id
	}
	id := partID(len(t.parts))
	t.parts = append(t.parts, p)
	t.partIDs[string(k)] = id
	return id
}

func (t *terms) classPart(s set) partID {
	if len(s) == 0 {
		return neverPart
	}
	return t.makePart(part{kind: kClass, class: t.classNumber(s), lo: 1, hi: 1})
}

func (t *terms) catPart(a, b partID) partID {
	switch {
	case a == neverPart || b == neverPart:
		return neverPart
	case a == emptyPart:
		return b
	case b == emptyPart:
		return a
	}
	x, y := &t.parts[a], &t.parts[b]
	return t.makePart(part{kind: kCat, subs: []partID{a, b}, lo: plus(x.lo, y.lo), hi: plus(x.hi, y.hi),
		needs: x.needs.or(y.needs), nullable: x.nullable && y.nullable})
}

func (t *terms) altPart(subs ...partID) partID {
	var out []partID
	for _, s := range subs {
		if t.parts[s].kind == kAlt {
			out = append(out, t.parts[s].subs...)
		} else if s != neverPart {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	switch len(out) {
	case 0:
		return neverPart
	case 1:
		return out[0]
	}
	p := part{kind: kAlt, subs: out, lo: many}
	for _, s := range out {
		x := &t.parts[s]
		p.lo, p.hi, p.needs, p.nullable = min(p.lo, x.lo), max(p.hi, x.hi), p.needs.or(x.needs), p.nullable || x.nullable
	}
	return t.makePart(p)
}

// repeatPart makes sub{least,most} of a sub that takes at least one letter.
func (t *terms) repeatPart(sub partID, least, most int) partID {
	switch {
	case most == 0 || sub == neverPart && least == 0:
		return emptyPart
	case sub == neverPart:
		return neverPart
	case least == 1 && most == 1:
		return sub
	}
	x := &t.parts[sub]
	return t.makePart(part{kind: kRepeat, subs: []partID{sub}, min: least, max: most,
		lo: times(least, x.lo), hi: times(most, x.hi), needs: x.needs, nullable: least == 0})
}

// part turns a node into a part.
func (t *terms) part(n *node) partID {
	switch n.kind {
	case kEmpty:
		return emptyPart
	case kClass:
		return t.classPart(n.class.set)
	case kCat:
		id := emptyPart
		for _, s := range slices.Backward(n.subs) {
			id = t.catPart(t.part(s), id)
		}
		return id
	case kAlt:
		subs := make([]partID, len(n.subs))
		for i, s := range n.subs {
			subs[i] = t.part(s)
		}
		return t.altPart(subs...)
	case kGroup:
		return t.part(n.subs[0])
	case kAtomic:
		t.inexact = true
		return t.part(n.subs[0])
	case kRef:
		t.inexact = true
		return t.repeatPart(t.classPart(anyLetter), 0, many)
	case kStart:
		return t.makePart(part{kind: kStart, needs: needs{start: true}, nullable: true})
	case kEnd:
		return t.makePart(part{kind: kEnd, nullable: true})
	case kWord:
		t.word = t.classNumber(words)
		return t.makePart(part{kind: kWord, neg: n.neg, needs: needs{word: true}, nullable: true})
	case kRepeat:
		return t.repeated(t.part(n.subs[0]), n.min, n.max)
	case kLook:
		if n.behind {
			return t.lookBehind(n)
		}
		sub := t.part(n.subs[0])
		return t.makePart(part{kind: kLook, neg: n.neg, subs: []partID{sub}, needs: t.parts[sub].needs, nullable: true})
	}
	return neverPart
}

func (t *terms) repeated(sub partID, least, most int) partID {
	if !t.parts[sub].nullable {
		return t.repeatPart(sub, least, most)
	}
	idle, busy := t.idle(sub), t.busy(sub)
	if idle == emptyPart || least == 0 {
		// Rounds that take nothing make up the minimum, and add no strings.
		return t.repeatPart(busy, 0, most)
	}
	full := t.repeatPart(busy, least, most)
	if most < many {
		// Some round takes nothing, and its conditions hold at the start or at the end of the rest;
		// that they hold in between is left out.
		t.inexact = true
		rest := t.repeatPart(busy, 0, most-1)
		return t.altPart(full, t.catPart(idle, rest), t.catPart(rest, idle))
	}
	rest := t.repeatPart(busy, 0, many)
	return t.altPart(full, t.catPart(rest, t.catPart(idle, rest)))
}

// idle is what is left of a part when it takes no letter: its conditions.
func (t *terms) idle(id partID) partID {
	p := t.parts[id]
	switch p.kind {
	case kClass, kNever:
		return neverPart
	case kCat:
		if !p.nullable {
			return neverPart
		}
		return t.catPart(t.idle(p.subs[0]), t.idle(p.subs[1]))
	case kAlt:
		subs := make([]partID, len(p.subs))
		for i, s := range p.subs {
			subs[i] = t.idle(s)
		}
		// An option without conditions makes those of the others pointless.
		if slices.Contains(subs, emptyPart) {
			return emptyPart
		}
		return t.altPart(subs...)
	case kRepeat:
		if p.min > 0 {
			return neverPart
		}
		return emptyPart
	}
	return id
}

// busy is what is left of a part when it takes at least one letter.
func (t *terms) busy(id partID) partID {
	p := t.parts[id]
	if !p.nullable {
		return id
	}
	switch p.kind {
	case kCat:
		a, b := p.subs[0], p.subs[1]
		return t.altPart(t.catPart(t.busy(a), b), t.catPart(t.idle(a), t.busy(b)))
	case kAlt:
		subs := make([]partID, len(p.subs))
		for i, s := range p.subs {
			subs[i] = t.busy(s)
		}
		return t.altPart(subs...)
	case kRepeat:
		return t.repeatPart(p.subs[0], max(p.min, 1), p.max)
	}
	return neverPart
}

// lookBehind keeps the language of the strings before a place where n holds; it is followed
// along with the string.
func (t *terms) lookBehind(n *node) partID {
	sub := n.subs[0]
	if looksAhead(sub) {
		// Without what it asks of the rest, it says too much, which is a start where it is not negated.
		t.inexact = true
		sub = sub.rewrite(func(n *node) *node {
			if n.kind == kEnd || n.kind == kWord || n.kind == kLook && !n.behind {
				return emptyNode
			}
			return n
		})
	}
	if len(t.behinds) == 64 || t.inexact && n.neg && looksAhead(n.subs[0]) {
		t.inexact = true
		return emptyPart
	}
	before := t.catPart(t.repeatPart(t.classPart(anyLetter), 0, many), t.part(sub))
	number := len(t.behinds)
	id := t.seq(before, endTerm)
	t.behinds = append(t.behinds, id)
	return t.makePart(part{kind: kLook, neg: n.neg, behind: number, min: 1, nullable: true,
		needs: needs{behind: 1<<number | t.terms[id].needs.behind, start: t.terms[id].needs.start, word: t.terms[id].needs.word}})
}

// looksAhead says whether n may ask for what follows the place where it ends.
func looksAhead(n *node) bool {
	switch n.kind {
	case kEnd:
		return true
	case kLook:
		return !n.behind || looksAhead(n.subs[0])
	case kWord, kRef, kAtomic:
		return true
	case kCat:
		last := len(n.subs) - 1
		for i, s := range n.subs {
			// A \b that is followed by a letter of the same look-behind looks no further.
			if s.kind == kWord && i < last && n.subs[i+1].kind == kClass {
				continue
			}
			if looksAhead(s) {
				return true
			}
		}
		return false
	}
	for _, s := range n.subs {
		if looksAhead(s) {
			return true
		}
	}
	return false
}

func (t *terms) makeTerm(x term) termID {
	t.work += len(x.subs) + 1
	k := append(t.key[:0], byte(x.op))
	k = binary.AppendVarint(k, int64(x.part))
	for _, s := range x.subs {
		k = binary.AppendVarint(k, int64(s))
	}
	t.key = k
	if id, ok := t.termIDs[string(k)]; ok {
		return id
	}
	id := termID(len(t.terms))
	t.terms = append(t.terms, x)
	t.termIDs[string(k)] = id
	return id
}

// seq is a part followed by a term.
func (t *terms) seq(id partID, k termID) termID {
	if k == noTerm {
		return noTerm
	}
	p := t.parts[id]
	switch p.kind {
	case kEmpty:
		return k
	case kNever:
		return noTerm
	case kCat, kAlt:
		pair := [2]int32{int32(id), int32(k)}
		if done, ok := t.seqs[pair]; ok {
			return done
		}
		var out termID
		if p.kind == kCat {
			out = t.seq(p.subs[0], t.seq(p.subs[1], k))
		} else {
			subs := make([]termID, len(p.subs))
			for i, s := range p.subs {
				subs[i] = t.seq(s, k)
			}
			out = t.or(subs...)
		}
		t.seqs[pair] = out
		return out
	case kEnd:
		return t.and(endTerm, k)
	case kLook:
		if p.subs == nil {
			break
		}
		ahead := t.seq(p.subs[0], allTerm)
		if p.neg {
			ahead = t.not(ahead)
		}
		return t.and(ahead, k)
	case kRepeat:
		if p.min == 0 && k == allTerm {
			return allTerm
		}
	}
	y := &t.terms[k]
	lo, hi := plus(p.lo, y.lo), plus(p.hi, y.hi)
	return t.makeTerm(term{op: opSeq, part: id, subs: []termID{k}, lo: lo, hi: hi, needs: p.needs.or(y.needs)})
}

func (t *terms) or(subs ...termID) termID {
	var out []termID
	for _, s := range subs {
		switch t.terms[s].op {
		case opNone:
		case opAll:
			return allTerm
		case opOr:
			out = append(out, t.terms[s].subs...)
		default:
			out = append(out, s)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	switch len(out) {
	case 0:
		return noTerm
	case 1:
		return out[0]
	}
	x := term{op: opOr, subs: out, lo: many}
	for _, s := range out {
		y := &t.terms[s]
		if y.op == opNot && slices.Contains(out, y.subs[0]) {
			return allTerm
		}
		x.lo, x.hi, x.needs = min(x.lo, y.lo), max(x.hi, y.hi), x.needs.or(y.needs)
	}
	return t.makeTerm(x)
}

func (t *terms) and(subs ...termID) termID {
	var out []termID
	for _, s := range subs {
		switch t.terms[s].op {
		case opNone:
			return noTerm
		case opAll:
		case opAnd:
			out = append(out, t.terms[s].subs...)
		default:
			out = append(out, s)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	switch len(out) {
	case 0:
		return allTerm
	case 1:
		return out[0]
	}
	x := term{op: opAnd, subs: out, hi: many}
	for _, s := range out {
		y := &t.terms[s]
		if y.op == opNot && slices.Contains(out, y.subs[0]) {
			return noTerm
		}
		x.lo, x.hi, x.needs = max(x.lo, y.lo), min(x.hi, y.hi), x.needs.or(y.needs)
	}
	if x.lo > x.hi {
		return noTerm
	}
	if out[0] == endTerm && !x.needs.any() {
		for _, s := range out {
			if !t.ends(s, place{}) {
				return noTerm
			}
		}
		return endTerm
	}
	return t.makeTerm(x)
}

func (t *terms) not(id termID) termID {
	x := &t.terms[id]
	switch x.op {
	case opNone:
		return allTerm
	case opAll:
		return noTerm
	case opNot:
		return x.subs[0]
	}
	y := term{op: opNot, subs: []termID{id}, hi: many, needs: x.needs}
	if id == endTerm {
		y.lo = 1
	}
	return t.makeTerm(y)
}

// ends says whether the string may end here.
func (t *terms) ends(id termID, at place) bool {
	x := &t.terms[id]
	switch x.op {
	case opEnd, opAll:
		return true
	case opNot:
		return !t.ends(x.subs[0], at)
	case opOr:
		return slices.ContainsFunc(x.subs, func(s termID) bool { return t.ends(s, at) })
	case opAnd:
		return !slices.ContainsFunc(x.subs, func(s termID) bool { return !t.ends(s, at) })
	case opSeq:
		p := &t.parts[x.part]
		// Nothing follows the end, so a word ends here if it stands before.
		return x.lo == 0 && p.nullable && t.holds(p, at, false) && t.ends(x.subs[0], at)
	}
	return false
}

// holds says whether the condition of a part is met between at and a letter.
func (t *terms) holds(p *part, at place, word bool) bool {
	switch p.kind {
	case kStart:
		return at.start
	case kWord:
		return (at.word != word) != p.neg
	case kLook:
		return (at.behind>>p.behind&1 == 1) != p.neg
	}
	return true
}

// derive gives what may follow after a letter is taken.
func (t *terms) derive(id termID, l int32, at place) termID {
	x := &t.terms[id]
	switch x.op {
	case opNone, opEnd:
		return noTerm
	case opAll:
		return allTerm
	}
	d := derivation{id, l, t.heeded(x.needs, at)}
	if next, ok := t.derived[d]; ok {
		return next
	}
	next := t.deriveAnew(id, l, at)
	t.derived[d] = next
	return next
}

// heeded forgets what is not asked for.
func (t *terms) heeded(n needs, at place) place {
	return place{at.start && n.start, at.word && n.word, at.behind & n.behind}
}

func (t *terms) deriveAnew(id termID, l int32, at place) termID {
	x := t.terms[id]
	switch x.op {
	case opNot:
		return t.not(t.derive(x.subs[0], l, at))
	case opOr, opAnd:
		subs := make([]termID, 0, len(x.subs))
		for _, s := range x.subs {
			d := t.derive(s, l, at)
			if x.op == opAnd && d == noTerm {
				return noTerm
			}
			subs = append(subs, d)
		}
		if x.op == opOr {
			return t.or(subs...)
		}
		return t.and(subs...)
	}
	p := t.parts[x.part]
	k := x.subs[0]
	switch p.kind {
	case kClass:
		if t.inClass[p.class][l>>6]>>(l&63)&1 == 0 {
			return noTerm
		}
		return t.afterStart(k, at)
	case kRepeat:
		least, most := max(p.min-1, 0), p.max
		if most < many {
			most--
		}
		into := t.derive(t.seq(p.subs[0], t.seq(t.repeatPart(p.subs[0], least, most), k)), l, at)
		if p.min > 0 {
			return into
		}
		return t.or(into, t.derive(k, l, at))
	}
	if !t.holds(&p, at, t.letters[l].word) {
		return noTerm
	}
	return t.derive(k, l, at)
}

// afterStart takes out of a term what asks for the start of the string, which is now behind.
func (t *terms) afterStart(id termID, at place) termID {
	if !at.start || !t.terms[id].needs.start {
		return id
	}
	if done, ok := t.later[id]; ok {
		return done
	}
	x := t.terms[id]
	var out termID
	switch x.op {
	case opNot:
		out = t.not(t.afterStart(x.subs[0], at))
	case opOr, opAnd:
		subs := make([]termID, len(x.subs))
		for i, s := range x.subs {
			subs[i] = t.afterStart(s, at)
		}
		if x.op == opOr {
			out = t.or(subs...)
		} else {
			out = t.and(subs...)
		}
	default:
		out = t.seq(t.partAfterStart(x.part), t.afterStart(x.subs[0], at))
	}
	t.later[id] = out
	return out
}

func (t *terms) partAfterStart(id partID) partID {
	p := t.parts[id]
	if !p.needs.start {
		return id
	}
	if done, ok := t.laters[id]; ok {
		return done
	}
	out := id
	switch p.kind {
	case kStart:
		out = neverPart
	case kCat:
		out = t.catPart(t.partAfterStart(p.subs[0]), t.partAfterStart(p.subs[1]))
	case kAlt:
		subs := make([]partID, len(p.subs))
		for i, s := range p.subs {
			subs[i] = t.partAfterStart(s)
		}
		out = t.altPart(subs...)
	case kRepeat:
		out = t.repeatPart(t.partAfterStart(p.subs[0]), p.min, p.max)
	case kLook:
		if p.subs != nil {
			sub := t.partAfterStart(p.subs[0])
			out = t.makePart(part{kind: kLook, neg: p.neg, subs: []partID{sub}, needs: t.parts[sub].needs, nullable: true})
		}
	}
	t.laters[id] = out
	return out
}

// spell cuts the characters of universe into letters that no class tells apart. It comes
// after all parts are made, and before anything is derived.
func (t *terms) spell(universe set) {
	type edge struct {
		at    rune
		class int
		on    bool
	}
	var edges []edge
	all := append([]set{universe}, t.classes...)
	for i, s := range all {
		for _, sp := range s {
			edges = append(edges, edge{sp.lo, i, true}, edge{sp.hi + 1, i, false})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return int(a.at) - int(b.at) })
	wide := (len(all) + 63) / 64
	now := make([]uint64, wide)
	byKind := map[string]int{}
	var sets []set
	var kinds [][]uint64
	for i := 0; i < len(edges); {
		at := edges[i].at
		for ; i < len(edges) && edges[i].at == at; i++ {
			now[edges[i].class/64] ^= 1 << (edges[i].class % 64)
		}
		if now[0]&1 == 0 || i == len(edges) {
			continue
		}
		key := t.key[:0]
		for _, w := range now {
			key = binary.LittleEndian.AppendUint64(key, w)
		}
		t.key = key
		n, ok := byKind[string(key)]
		if !ok {
			n = len(sets)
			byKind[string(key)] = n
			sets = append(sets, nil)
			kinds = append(kinds, slices.Clone(now))
		}
		sets[n] = append(sets[n], span{at, edges[i].at - 1})
	}
	t.inClass = make([][]uint64, len(t.classes))
	for c := range t.classes {
		t.inClass[c] = make([]uint64, (len(sets)+63)/64)
		for l, k := range kinds {
			if k[(c+1)/64]>>((c+1)%64)&1 == 1 {
				t.inClass[c][l/64] |= 1 << (l % 64)
			}
		}
	}
	for l, s := range sets {
		word := t.word >= 0 && t.inClass[t.word][l/64]>>(l%64)&1 == 1
		t.letters = append(t.letters, letter{newClass(tidy(s)), word})
	}
}

// firsts gives the classes, as bits, that the first letter of a term may be asked about.
func (t *terms) firsts(id termID) []uint64 {
	if f := t.terms[id].first; f != nil {
		return f
	}
	out := make([]uint64, (len(t.classes)+63)/64+1)
	x := t.terms[id]
	for _, s := range x.subs {
		if x.op == opSeq {
			t.partFirsts(x.part, out)
			if !t.parts[x.part].nullable {
				break
			}
		}
		for i, w := range t.firsts(s) {
			out[i] |= w
		}
	}
	t.terms[id].first = out
	return out
}

func (t *terms) partFirsts(id partID, out []uint64) {
	p := t.parts[id]
	switch p.kind {
	case kClass:
		out[p.class/64] |= 1 << (p.class % 64)
	case kWord:
		out[t.word/64] |= 1 << (t.word % 64)
	case kCat:
		t.partFirsts(p.subs[0], out)
		if t.parts[p.subs[0]].nullable {
			t.partFirsts(p.subs[1], out)
		}
	default:
		for _, s := range p.subs {
			t.partFirsts(s, out)
		}
	}
}
