package ecma

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// matchTime bounds one match of a pattern that needs backtracking.
const matchTime = 100 * time.Millisecond

// A matcher finds a pattern in a string: by Go's regexp, in linear time, where that means the
// same, and by regexp2 where the pattern has look-around, references, atomic groups or
// counts above what regexp takes.
type matcher struct {
	linear *regexp.Regexp
	back   *regexp2.Regexp
}

func newMatcher(p *parser, n *node) (matcher, error) {
	if text, ok := (&writer{linear: true, room: 5000}).pattern(n); ok {
		if re, err := regexp.Compile(text); err == nil {
			return matcher{linear: re}, nil
		}
	}
	text, _ := (&writer{refs: p.refs, numbers: map[int]int{}}).pattern(n)
	re, err := regexp2.Compile(text, regexp2.None)
	if err != nil {
		return matcher{}, &SyntaxError{p.pattern, 0, fmt.Sprintf("the matcher refuses it: %v", err)}
	}
	re.MatchTimeout = matchTime
	return matcher{back: re}, nil
}

// match says whether s holds a match; slow that the time for finding one ran out, in which case it does not.
func (m matcher) match(s string) (ok, slow bool) {
	if m.linear != nil {
		return m.linear.MatchString(s), false
	}
	ok, err := m.back.MatchString(s)
	return ok && err == nil, err != nil
}

// units spells s as an Annex B pattern sees it: in UTF-16 code units.
func units(s string) string {
	astral := false
	for i := 0; i < len(s); i++ {
		if s[i] >= 0xF0 {
			astral = true
			break
		}
	}
	if !astral {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r <= 0xFFFF {
			b.WriteRune(r)
			continue
		}
		hi, lo := utf16.EncodeRune(r)
		b.WriteRune(hi + unitShift)
		b.WriteRune(lo + unitShift)
	}
	return b.String()
}

// A writer spells a node for Go's regexp (linear) or for regexp2.
type writer struct {
	strings.Builder
	linear  bool
	room    int          // what a linear program may still grow by, roughly in instructions
	refs    map[int]bool // groups to capture
	numbers map[int]int  // of the groups as written
}

func (w *writer) pattern(n *node) (text string, ok bool) {
	if !w.linear {
		w.number(n)
	}
	ok = w.node(n)
	return w.String(), ok
}

// number counts the captured groups in the order in which they will be written, before any
// reference to a later one is.
func (w *writer) number(n *node) {
	if n.kind == kGroup && w.refs[n.group] {
		w.numbers[n.group] = len(w.numbers) + 1
	}
	for _, s := range n.subs {
		w.number(s)
	}
}

func (w *writer) node(n *node) bool {
	if w.linear {
		if w.room--; w.room < 0 {
			return false
		}
	}
	switch n.kind {
	case kEmpty:
		w.WriteString("(?:)")
	case kNever:
		if w.linear {
			w.WriteString(`[^\x00-\x{10FFFF}]`)
		} else {
			w.WriteString("(?!)")
		}
	case kClass:
		w.class(n.class.set)
	case kCat:
		for _, s := range n.subs {
			if !w.wrapped(s, s.kind == kAlt) {
				return false
			}
		}
	case kAlt:
		for i, s := range n.subs {
			if i > 0 {
				w.WriteByte('|')
			}
			if !w.node(s) {
				return false
			}
		}
	case kRepeat:
		return w.repeat(n)
	case kGroup:
		if !w.refs[n.group] {
			return w.wrapped(n.subs[0], true)
		}
		w.WriteByte('(')
		w.node(n.subs[0])
		w.WriteByte(')')
	case kStart:
		w.WriteString(`\A`)
	case kEnd:
		w.WriteString(`\z`)
	default:
		return w.special(n)
	}
	return true
}

func (w *writer) wrapped(n *node, need bool) bool {
	if !need {
		return w.node(n)
	}
	w.WriteString("(?:")
	ok := w.node(n)
	w.WriteByte(')')
	return ok
}

// special writes what only regexp2 knows, but for \b.
func (w *writer) special(n *node) bool {
	if n.kind == kWord && w.linear {
		w.WriteString(map[bool]string{false: `\b`, true: `\B`}[n.neg])
		return true
	}
	if w.linear {
		return false
	}
	switch n.kind {
	case kWord:
		// regexp2's own \b takes every letter of Unicode for a word's.
		const word = "[0-9A-Z_a-z]"
		if n.neg {
			w.WriteString("(?:(?<=" + word + ")(?=" + word + ")|(?<!" + word + ")(?!" + word + "))")
		} else {
			w.WriteString("(?:(?<=" + word + ")(?!" + word + ")|(?<!" + word + ")(?=" + word + "))")
		}
	case kRef:
		// A group that took no part is matched by the empty string (ECMA-262, section 22.2.2.7.2).
		number := w.numbers[n.refs[0]]
		if number == 0 {
			w.WriteString("(?:)")
			break
		}
		open := "(?:"
		if n.fold {
			open = "(?i:"
		}
		fmt.Fprintf(w, `(?(%d)%s\%d)|)`, number, open, number)
	case kLook:
		w.WriteString(map[[2]bool]string{{false, false}: "(?=", {true, false}: "(?!", {false, true}: "(?<=", {true, true}: "(?<!"}[[2]bool{n.neg, n.behind}])
		w.node(n.subs[0])
		w.WriteByte(')')
	case kAtomic:
		w.WriteString("(?>")
		w.node(n.subs[0])
		w.WriteByte(')')
	}
	return true
}

func (w *writer) repeat(n *node) bool {
	sub := n.subs[0]
	least, most := n.min, n.max
	if !w.linear {
		w.WriteString("(?:")
		before := w.Len()
		w.forget(sub)
		w.wrapped(sub, sub.kind == kAlt && w.Len() > before)
		w.WriteByte(')')
		w.counts(least, most, n.lazy)
		return true
	}
	// Go's regexp takes counts up to 1000, and writes each of them out.
	const step = 1000
	one := func(least, most int) bool {
		before := w.room
		if !w.wrapped(sub, sub.kind != kClass) {
			return false
		}
		copies := max(least, 1)
		if most < many {
			copies = most
		}
		if copies > 1 {
			if w.room -= times(before-w.room, copies-1); w.room < 0 {
				return false
			}
		}
		w.counts(least, most, n.lazy)
		return true
	}
	for least > step {
		if !one(step, step) {
			return false
		}
		least -= step
		if most < many {
			most -= step
		}
	}
	if most == many || most <= step {
		return one(least, most)
	}
	if least > 0 && !one(least, least) {
		return false
	}
	for most -= least; most > 0; most -= min(step, most) {
		if !one(0, min(step, most)) {
			return false
		}
	}
	return true
}

func (w *writer) counts(least, most int, lazy bool) {
	switch {
	case least == 0 && most == many:
		w.WriteByte('*')
	case least == 1 && most == many:
		w.WriteByte('+')
	case least == 0 && most == 1:
		w.WriteByte('?')
	case most == many:
		fmt.Fprintf(w, "{%d,}", least)
	case least == most:
		fmt.Fprintf(w, "{%d}", least)
	default:
		fmt.Fprintf(w, "{%d,%d}", least, most)
	}
	if lazy {
		w.WriteByte('?')
	}
}

// forget empties the groups inside a repeat at the start of each round, as ECMA-262 does
// (section 22.2.2.3.1) and regexp2 does not.
func (w *writer) forget(n *node) {
	if n.kind == kGroup {
		if number := w.numbers[n.group]; number > 0 {
			fmt.Fprintf(w, `(?(%d)(?<-%d>)|)`, number, number)
		}
	}
	for _, s := range n.subs {
		w.forget(s)
	}
}

func (w *writer) class(s set) {
	if len(s) == 1 && s[0].lo == s[0].hi {
		w.letter(s[0].lo)
		return
	}
	w.WriteByte('[')
	for _, sp := range s {
		w.letter(sp.lo)
		if sp.hi > sp.lo {
			w.WriteByte('-')
			w.letter(sp.hi)
		}
	}
	w.WriteByte(']')
}

func (w *writer) letter(c rune) {
	switch {
	case '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || c == '_':
		w.WriteRune(c)
	case c < utf8.RuneSelf && c > ' ' && c != 0x7F:
		w.WriteByte('\\')
		w.WriteRune(c)
	case w.linear:
		w.WriteString(`\x{` + strconv.FormatInt(int64(c), 16) + `}`)
	case c <= 0xFFFF:
		fmt.Fprintf(w, `\u%04x`, c)
	default:
		w.WriteRune(c)
	}
}
