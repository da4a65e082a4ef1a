package spec

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/theory/jsonpath"
	path "github.com/theory/jsonpath/spec"

	"github.com/specimen-api/specimen/internal/value"
)

// An overlay (OpenAPI Overlay 1.0 and 1.1) changes the tree of a document before anything else is read from it. Its
// values are put in as they stand, so that they know their place in the overlay; references in them start from the
// document. What an action changes, and what holds it, is marked as edited: it is no longer what its text says.

// Extends gives the document that an overlay says it is for, as an absolute path or a URL; "" when it does not say.
func (l Loader) Extends(ctx context.Context, overlay string) (string, error) {
	f, err := l.overlay(ctx, overlay)
	if err != nil {
		return "", err
	}
	text, ok := f.root.get("extends").text()
	if !ok || text == "" {
		return "", nil
	}
	target, err := joinURI(f.uri, text)
	if err != nil {
		return "", &LoadError{Location: overlay, Position: f.root.get("extends").pos(), Err: err}
	}
	return target, nil
}

// overlay reads an overlay and looks at its frame.
func (l Loader) overlay(ctx context.Context, location string) (*file, error) {
	data, uri, err := l.read(ctx, location)
	if err != nil {
		return nil, &LoadError{Location: display(location), Err: err}
	}
	f, err := parseFile(display(location), uri, data)
	if err != nil {
		return nil, err
	}
	fail := func(n *node, format string, args ...any) (*file, error) {
		return nil, &LoadError{Location: f.name, Position: n.pos(), Err: fmt.Errorf(format, args...)}
	}
	version, ok := f.root.get("overlay").text()
	if num, isNum := f.root.get("overlay").number(); isNum {
		version, ok = string(num), true
	}
	switch {
	case !ok:
		return fail(f.root, "this is no overlay: there is no overlay member with a version such as \"1.0.0\"")
	case version != "1.0" && version != "1.1" && !strings.HasPrefix(version, "1.0.") && !strings.HasPrefix(version, "1.1."):
		return fail(f.root.get("overlay"), "overlay %q is not known; Specimen reads 1.0 and 1.1", version)
	case !f.root.get("actions").is(kindArray) || len(f.root.get("actions").list()) == 0:
		return fail(f.root, "an overlay without a list of actions changes nothing")
	}
	return f, nil
}

// apply puts an overlay's changes into a document's tree.
func (f *file) apply(overlay *file) error {
	overlay.home = f
	f.patches = append(f.patches, overlay)
	for i, action := range overlay.root.get("actions").list() {
		if err := f.act(action); err != nil {
			at := action
			var m *mistake
			if errors.As(err, &m) {
				at, err = m.node, m.err
			}
			return &LoadError{Location: overlay.name, Position: at.pos(), Err: fmt.Errorf("action %d: %w", i+1, err)}
		}
	}
	return nil
}

// mistake is an error at a node of an overlay.
type mistake struct {
	node *node
	err  error
}

func (m *mistake) Error() string { return m.err.Error() }

func mistaken(n *node, format string, args ...any) error {
	return &mistake{n, fmt.Errorf(format, args...)}
}

func (f *file) act(action *node) error {
	at := action.get("target")
	text, ok := at.text()
	if !ok {
		return errors.New("there is no target")
	}
	spots, err := f.query(at, text)
	if err != nil {
		return err
	}
	if len(spots) == 0 {
		f.problems = append(f.problems, Problem{Code: CodeOverlay, Severity: Warning, In: "document", Position: at.pos(),
			Message: fmt.Sprintf("target %s matches nothing; the action changes nothing", text)})
		return nil
	}
	if action.flag("remove") {
		for _, s := range spots {
			if s.parent == nil {
				return mistaken(at, "the whole document cannot be removed")
			}
			s.remove()
		}
		return nil
	}
	change := action.get("update")
	if source := action.get("copy"); source != nil {
		if change != nil {
			return mistaken(source, "an action has update or copy, not both")
		}
		text, ok := source.text()
		if !ok {
			return mistaken(source, "copy is a %s, want a JSONPath", source.kind)
		}
		from, err := f.query(source, text)
		if err != nil {
			return err
		}
		if len(from) != 1 {
			return mistaken(source, "copy %s matches %d values, want one", text, len(from))
		}
		change = from[0].node.fresh()
	}
	if change == nil {
		f.problems = append(f.problems, Problem{Code: CodeOverlay, Severity: Warning, In: "document", Position: action.pos(),
			Message: "an action without update, copy or remove changes nothing"})
		return nil
	}
	for _, s := range spots {
		s.edit()
		if s.node.kind == kindArray {
			s.node.items = append(s.node.items, change.fresh())
			continue
		}
		if err := s.node.merge(change, at); err != nil {
			return err
		}
		if s.parent == nil || s.node.file != change.file {
			continue
		}
		for i := range s.parent.node.members { // a value that was replaced stands where the new one does, name and all
			if m := &s.parent.node.members[i]; m.node == s.node && !s.node.edited {
				m.off, m.y = s.node.off, s.node.y
			}
		}
	}
	return nil
}

func some(k kind) string {
	if k == kindArray || k == kindObject {
		return "an " + k.String()
	}
	return "a " + k.String()
}

// merge puts a value into a node: objects member by member, arrays at the end, anything else in its place.
func (n *node) merge(change, at *node) error {
	change.expand()
	simple := func(k kind) bool { return k != kindObject && k != kindArray }
	switch {
	case simple(n.kind) && simple(change.kind):
		own := change.fresh()
		*n = *own
		return nil
	case n.kind != change.kind:
		return mistaken(at, "%s cannot be merged into %s; remove that first", some(change.kind), some(n.kind))
	}
	n.expand()
	n.edited = true
	if n.kind == kindArray {
		for _, item := range change.items {
			n.items = append(n.items, item.fresh())
		}
		return nil
	}
next:
	for _, m := range change.members {
		for i := range n.members {
			old := &n.members[i]
			if old.name != m.name {
				continue
			}
			if simple(old.node.kind) && simple(m.node.kind) {
				*old = field{m.name, m.off, m.y, m.node.fresh()}
				continue next
			}
			if err := old.node.merge(m.node, m.node); err != nil {
				var wrong *mistake
				if errors.As(err, &wrong) && wrong.node == m.node {
					return mistaken(m.node, "%s: %w", m.name, wrong.err)
				}
				return err
			}
			continue next
		}
		n.members = append(n.members, field{m.name, m.off, m.y, m.node.fresh()})
	}
	return nil
}

// fresh gives a node of its own for the same value, so that what is done to one place is not done to another.
func (n *node) fresh() *node {
	out := &node{file: n.file, kind: n.kind, off: n.off, end: n.end, y: n.y, err: n.err}
	if !n.edited {
		return out
	}
	out.open, out.edited = true, true
	for _, m := range n.members {
		out.members = append(out.members, field{m.name, m.off, m.y, m.node.fresh()})
	}
	for _, item := range n.items {
		out.items = append(out.items, item.fresh())
	}
	return out
}

// --- JSONPath -----------------------------------------------------------------------------------

// spot is a node with the way to it.
type spot struct {
	node   *node
	parent *spot // nil: the root
}

func (s *spot) edit() {
	for ; s != nil; s = s.parent {
		s.node.expand()
		s.node.edited = true
	}
}

func (s *spot) remove() {
	s.parent.edit()
	p := s.parent.node
	for i, m := range p.members {
		if m.node == s.node {
			p.members = append(p.members[:i:i], p.members[i+1:]...)
			return
		}
	}
	for i, item := range p.items {
		if item == s.node {
			p.items = append(p.items[:i:i], p.items[i+1:]...)
			return
		}
	}
}

// query finds the nodes that a JSONPath (RFC 9535) selects, each once. The library reads the path and judges its
// filters; the steps are taken here, because a step of the library's would need all of the document as its values.
func (f *file) query(at *node, text string) ([]*spot, error) {
	parsed, err := jsonpath.NewParser().Parse(text)
	if err != nil {
		return nil, mistaken(at, "%q is no JSONPath: %s", text, strings.TrimPrefix(err.Error(), "jsonpath: "))
	}
	q := &query{plain: map[*node]any{}, left: maxValues, root: f.root}
	found := []*spot{{node: f.root}}
	for _, segment := range parsed.Query().Segments() {
		var next []*spot
		seen := map[*node]bool{}
		add := func(s *spot) {
			if !seen[s.node] {
				seen[s.node] = true
				next = append(next, s)
			}
		}
		for _, s := range found {
			q.step(s, segment, 0, add)
		}
		found = next
	}
	if q.left < 0 {
		return nil, mistaken(at, "%s looks at more than %d values", text, maxValues)
	}
	return found, nil
}

type query struct {
	plain map[*node]any
	left  int
	root  *node
}

func (q *query) step(s *spot, segment *path.Segment, depth int, add func(*spot)) {
	if q.left--; q.left < 0 || depth > value.MaxDepth {
		return
	}
	for _, selector := range segment.Selectors() {
		q.choose(s, selector, add)
	}
	if !segment.IsDescendant() {
		return
	}
	for _, n := range s.node.inside() {
		q.step(&spot{n, s}, segment, depth+1, add)
	}
}

// inside gives the values directly inside an object or array.
func (n *node) inside() []*node {
	out := append([]*node(nil), n.list()...)
	for _, m := range n.fields() {
		out = append(out, m.node)
	}
	return out
}

func (q *query) choose(s *spot, selector path.Selector, add func(*spot)) {
	n := s.node
	items := n.list()
	switch sel := selector.(type) {
	case path.Name:
		if n.is(kindObject) {
			if child := n.get(string(sel)); child != nil {
				add(&spot{child, s})
			}
		}
	case path.Index:
		i := int(sel)
		if i < 0 {
			i += len(items)
		}
		if i >= 0 && i < len(items) {
			add(&spot{items[i], s})
		}
	case path.SliceSelector:
		lower, upper := sel.Bounds(len(items))
		if sel.Step() > 0 {
			for i := lower; i < upper; i += sel.Step() {
				add(&spot{items[i], s})
			}
		} else if sel.Step() < 0 {
			for i := upper; i > lower; i += sel.Step() {
				add(&spot{items[i], s})
			}
		}
	case path.WildcardSelector:
		for _, child := range n.inside() {
			add(&spot{child, s})
		}
	case *path.FilterSelector:
		var root any
		if strings.Contains(sel.String(), "$") {
			root = q.value(q.root, 0)
		}
		for _, child := range n.inside() {
			if sel.Eval(q.value(child, 0), root) {
				add(&spot{child, s})
			}
		}
	}
}

// value gives a node as the library's values; each is made once.
func (q *query) value(n *node, depth int) any {
	if v, ok := q.plain[n]; ok {
		return v
	}
	if q.left--; q.left < 0 || depth > value.MaxDepth {
		return nil
	}
	var out any
	switch n.expand(); n.kind {
	case kindBool:
		out, _ = n.bool()
	case kindNumber:
		num, _ := n.number()
		out = num
		if i, err := strconv.ParseInt(string(num), 10, 64); err == nil {
			out = i
		} else if v, err := strconv.ParseFloat(string(num), 64); err == nil {
			out = v
		}
	case kindString:
		out, _ = n.text()
	case kindArray:
		list := make([]any, 0, len(n.items))
		for _, item := range n.items {
			list = append(list, q.value(item, depth+1))
		}
		out = list
	case kindObject:
		all := make(map[string]any, len(n.members))
		for _, m := range n.members {
			all[m.name] = q.value(m.node, depth+1)
		}
		out = all
	}
	q.plain[n] = out
	return out
}

// withOverlays applies the Loader's overlays to a document's tree, in their order.
func (l Loader) withOverlays(ctx context.Context, f *file) error {
	for _, location := range l.Overlays {
		overlay, err := l.overlay(ctx, location)
		if err != nil {
			return err
		}
		if !isURL(location) && filepath.IsAbs(overlay.uri) && l.Opened != nil {
			l.Opened(overlay.uri)
		}
		if err := f.apply(overlay); err != nil {
			return err
		}
		f.problems = append(f.problems, overlay.problems...)
	}
	return nil
}
