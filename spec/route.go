package spec

import (
	"net/http"
	"net/url"
	"sort"
	"strings"
)

// Route is what a request line leads to.
type Route struct {
	Operation *Operation        // nil: no operation has this path and method
	Path      map[string]string // path parameters, still percent-encoded
	Allow     []string          // the methods that the path has, sorted; none when the document has no such path
}

// Route finds the operation of a request by OpenAPI's rule: concrete segments go before templated ones
// (OpenAPI 3.1, section 4.8.8). The path may begin with the path of a server URL, and need not. Where a concrete
// path lacks the method and a templated one has it, the templated one answers.
func (d *Document) Route(r *http.Request) Route {
	return d.routes.find(r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header)
}

// tree holds the paths by segments, so that the cost of finding one does not grow with their number.
type tree struct {
	root  *branch
	bases []string // paths of server URLs, longest first, "" last
}

type branch struct {
	literal map[string]*branch
	mixed   []*mixed // segments with a template and other text, most literal text first
	any     *branch  // a segment that is one template
	rest    []*leaf  // {name+}: all the rest
	leaves  []*leaf
}

type mixed struct {
	parts []part
	text  string
	next  *branch
}

// part is literal text or, when text is "", a template.
type part struct{ text string }

// leaf is one path template; templates that differ only in the names of their parameters share a branch.
type leaf struct {
	path  string
	names []string
	cond  []condition
	bases map[string]bool
	ops   map[string]*Operation
}

// condition is a part of a path after ? or #: a query parameter (or header, after #) that must be there.
type condition struct {
	name, value string // value "" with variable set: any
	variable    string
	fragment    bool
}

func newTree(d *Document) (*tree, []Problem) {
	t := &tree{root: &branch{}}
	leaves := map[string]*leaf{}
	bases := map[string]bool{"": true}
	var problems []Problem
	for _, op := range d.operations {
		l := leaves[op.Path]
		if l == nil {
			l = &leaf{path: op.Path, ops: map[string]*Operation{}, bases: map[string]bool{"": true}}
			leaves[op.Path] = l
			t.insert(l)
		}
		for _, s := range op.Servers() {
			l.bases[s.Path], bases[s.Path] = true, true
		}
		if l.ops[op.Method] == nil {
			l.ops[op.Method] = op
		}
	}
	for base := range bases {
		t.bases = append(t.bases, base)
	}
	sort.Slice(t.bases, func(i, j int) bool {
		if len(t.bases[i]) != len(t.bases[j]) {
			return len(t.bases[i]) > len(t.bases[j])
		}
		return t.bases[i] < t.bases[j]
	})
	return t, problems
}

func (t *tree) insert(l *leaf) {
	path := l.path
	for _, mark := range []string{"#", "?"} {
		i := strings.Index(path, mark)
		if i < 0 || strings.LastIndex(path[:i], "{") > strings.LastIndex(path[:i], "}") {
			continue
		}
		for _, pair := range strings.Split(path[i+1:], "&") {
			name, val, _ := strings.Cut(pair, "=")
			if name == "" {
				continue
			}
			c := condition{name: name, value: val, fragment: mark == "#"}
			if strings.HasPrefix(val, "{") && strings.HasSuffix(val, "}") {
				c.variable, c.value = val[1:len(val)-1], ""
			}
			l.cond = append(l.cond, c)
		}
		path = path[:i]
	}
	b := t.root
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, segment := range segments {
		parts, names, greedy := readTemplate(segment)
		l.names = append(l.names, names...)
		switch {
		case greedy && i == len(segments)-1:
			b.rest = append(b.rest, l)
			return
		case len(names) == 0:
			text := segment
			if un, err := url.PathUnescape(segment); err == nil {
				text = un
			}
			if b.literal == nil {
				b.literal = map[string]*branch{}
			}
			next := b.literal[text]
			if next == nil {
				next = &branch{}
				b.literal[text] = next
			}
			b = next
		case len(parts) == 1:
			if b.any == nil {
				b.any = &branch{}
			}
			b = b.any
		default:
			b = b.mix(parts)
		}
	}
	b.leaves = append(b.leaves, l)
}

func (b *branch) mix(parts []part) *branch {
	var key strings.Builder
	literal := 0
	for _, p := range parts {
		key.WriteString(p.text + "\x00")
		literal += len(p.text)
	}
	for _, m := range b.mixed {
		if m.text == key.String() {
			return m.next
		}
	}
	m := &mixed{parts: parts, text: key.String(), next: &branch{}}
	b.mixed = append(b.mixed, m)
	sort.SliceStable(b.mixed, func(i, j int) bool { return len(b.mixed[i].text) > len(b.mixed[j].text) })
	return m.next
}

// readTemplate splits a segment such as {owner}.{format} into its parts. {name+}, {+name} and {name*} take the
// rest of the path when they end it.
func readTemplate(segment string) (parts []part, names []string, greedy bool) {
	for segment != "" {
		open := strings.IndexByte(segment, '{')
		shut := -1
		if open >= 0 {
			shut = strings.IndexByte(segment[open:], '}')
		}
		if open < 0 || shut < 2 {
			parts = append(parts, part{segment})
			break
		}
		if open > 0 {
			parts = append(parts, part{segment[:open]})
		}
		name := segment[open+1 : open+shut]
		if trimmed := strings.Trim(name, "+*"); trimmed != name && trimmed != "" {
			greedy, name = true, trimmed
		}
		names = append(names, name)
		parts = append(parts, part{})
		segment = segment[open+shut+1:]
	}
	return parts, names, greedy
}

// TemplateNames gives the names of the parameters in a path template, in their order.
func TemplateNames(path string) []string {
	_, names, _ := readTemplate(path)
	return names
}

type found struct {
	leaf   *leaf
	values []string
}

type search struct {
	base   string
	method string
	query  url.Values
	raw    string
	header http.Header
	values []string
	best   *found
	allow  map[string]bool
}

func (t *tree) find(method, path, rawQuery string, header http.Header) Route {
	s := search{method: method, raw: rawQuery, header: header}
	for _, base := range t.bases {
		rest, ok := strings.CutPrefix(path, base)
		if !ok || rest != "" && rest[0] != '/' {
			continue
		}
		s.base, s.values = base, s.values[:0]
		if s.walk(t.root, strings.TrimPrefix(rest, "/")) {
			return s.route()
		}
		// a slash at the end is not counted when there is no path with it
		if trimmed := strings.TrimRight(rest, "/"); trimmed != rest && trimmed != "" {
			s.values = s.values[:0]
			if s.walk(t.root, trimmed[1:]) {
				return s.route()
			}
		}
	}
	return s.route()
}

func (s *search) route() Route {
	var out Route
	for m := range s.allow {
		out.Allow = append(out.Allow, m)
	}
	sort.Strings(out.Allow)
	if s.best == nil {
		return out
	}
	out.Operation = s.best.leaf.ops[s.method]
	if n := len(s.best.leaf.names); n > 0 {
		out.Path = make(map[string]string, n)
		for i, name := range s.best.leaf.names {
			if i < len(s.best.values) {
				out.Path[name] = s.best.values[i]
			}
		}
	}
	for _, c := range s.best.leaf.cond {
		if c.variable != "" && !c.fragment {
			if out.Path == nil {
				out.Path = map[string]string{}
			}
			out.Path[c.variable] = url.PathEscape(s.queryValue(c.name))
		}
	}
	return out
}

func (s *search) queryValue(name string) string {
	if s.query == nil {
		s.query, _ = url.ParseQuery(s.raw)
	}
	return s.query.Get(name)
}

// walk tries the branches below b, concrete ones first, and says whether an operation was found.
func (s *search) walk(b *branch, rest string) bool {
	segment, tail, more := strings.Cut(rest, "/")
	text := segment
	if strings.IndexByte(segment, '%') >= 0 {
		if un, err := url.PathUnescape(segment); err == nil {
			text = un
		}
	}
	next := func(b *branch) bool {
		if more {
			return s.walk(b, tail)
		}
		return s.end(b.leaves)
	}
	if lit := b.literal[text]; lit != nil && next(lit) {
		return true
	}
	// a path that documents /#Action=Name, asked for as it is written
	if i := strings.IndexByte(text, '#'); i >= 0 && !more {
		if lit := b.literal[text[:i]]; lit != nil && s.fragment(lit.leaves, text[i+1:]) {
			return true
		}
	}
	if text == "" {
		return false
	}
	depth := len(s.values)
	for _, m := range b.mixed {
		// as it is written first: an escaped comma in a value is no separator
		if m.match(segment, true, &s.values) && next(m.next) {
			return true
		}
		s.values = s.values[:depth]
		if text != segment && m.match(text, false, &s.values) && next(m.next) {
			return true
		}
		s.values = s.values[:depth]
	}
	if b.any != nil {
		s.values = append(s.values, segment)
		if next(b.any) {
			return true
		}
		s.values = s.values[:depth]
	}
	if len(b.rest) > 0 {
		s.values = append(s.values, rest)
		if s.end(b.rest) {
			return true
		}
		s.values = s.values[:depth]
	}
	return false
}

// end looks for the method among the templates that end here.
func (s *search) end(leaves []*leaf) bool {
	var choice *leaf
	for _, l := range leaves {
		if !l.bases[s.base] {
			continue
		}
		met := true
		for _, c := range l.cond {
			met = met && s.meets(c)
		}
		if !met {
			continue
		}
		if s.allow == nil {
			s.allow = map[string]bool{}
		}
		for m := range l.ops {
			s.allow[m] = true
		}
		if l.ops[s.method] != nil && (choice == nil || len(l.cond) > len(choice.cond)) {
			choice = l
		}
	}
	if choice == nil {
		return false
	}
	s.best = &found{choice, append([]string(nil), s.values...)}
	return true
}

func (s *search) fragment(leaves []*leaf, text string) bool {
	for _, l := range leaves {
		if _, own, ok := strings.Cut(l.path, "#"); ok && own == text {
			if s.allow == nil {
				s.allow = map[string]bool{}
			}
			for m := range l.ops {
				s.allow[m] = true
			}
			if l.ops[s.method] != nil {
				s.best = &found{l, append([]string(nil), s.values...)}
				return true
			}
		}
	}
	return false
}

func (s *search) meets(c condition) bool {
	if c.fragment {
		if s.header != nil && s.header.Get(c.name) == c.value && c.value != "" {
			return true
		}
		return c.value != "" && s.queryValue(c.name) == c.value
	}
	if s.query == nil {
		s.query, _ = url.ParseQuery(s.raw)
	}
	if !s.query.Has(c.name) {
		return false
	}
	return c.variable != "" || c.value == "" || s.query.Get(c.name) == c.value
}

// match splits a segment by the literal parts; each template takes at least one character, as few as will do.
// escaped says that the text is still percent-encoded, as the values are.
func (m *mixed) match(text string, escaped bool, values *[]string) bool {
	return matchParts(m.parts, text, escaped, values)
}

func matchParts(parts []part, text string, escaped bool, values *[]string) bool {
	if len(parts) == 0 {
		return text == ""
	}
	if parts[0].text != "" {
		rest, ok := strings.CutPrefix(text, parts[0].text)
		return ok && matchParts(parts[1:], rest, escaped, values)
	}
	depth := len(*values)
	for i := 1; i <= len(text); i++ {
		if len(parts) > 1 && parts[1].text != "" && !strings.HasPrefix(text[i:], parts[1].text) {
			continue
		}
		if len(parts) == 1 && i < len(text) {
			i = len(text)
		}
		if escaped && i < len(text) && (text[i-1] == '%' || i > 1 && text[i-2] == '%') {
			continue // inside of %XX
		}
		value := text[:i]
		if !escaped {
			value = url.PathEscape(value)
		}
		*values = append(*values, value)
		if matchParts(parts[1:], text[i:], escaped, values) {
			return true
		}
		*values = (*values)[:depth]
	}
	return false
}
