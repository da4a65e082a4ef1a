package spec

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
)

// Text is a JSON or YAML text whose values know where they stand.
type Text struct{ file *file }

// ReadText reads a JSON or YAML text; name stands for its file in messages. The error is a *LoadError, also
// for a member that comes twice.
func ReadText(name string, data []byte) (*Text, error) {
	f, err := parseFile(name, "", data)
	if err != nil {
		return nil, err
	}
	t := &Text{f}
	left := maxValues
	if p := t.check(f.root, &left, 0); p != nil {
		return nil, p
	}
	return t, nil
}

func (t *Text) check(n *node, left *int, depth int) error {
	if *left--; *left < 0 || depth > value.MaxDepth {
		return &LoadError{Location: t.file.name, Position: n.pos(), Err: errTooLarge}
	}
	for _, item := range n.list() {
		if err := t.check(item, left, depth+1); err != nil {
			return err
		}
	}
	for _, f := range n.fields() {
		if err := t.check(f.node, left, depth+1); err != nil {
			return err
		}
	}
	if n.kind == kindBroken {
		return &LoadError{Location: t.file.name, Position: n.pos(), Err: n.err}
	}
	for _, dup := range n.dups {
		return &LoadError{Location: t.file.name, Position: dup.pos(), Err: fmt.Errorf("%q comes twice", dup.name)}
	}
	return nil
}

// Value gives the whole as a value of package value.
func (t *Text) Value() (any, error) { return t.file.root.value() }

// Position gives the place of the value at a JSON pointer; where there is none, of the nearest value above it.
func (t *Text) Position(pointer string) Position {
	n := t.file.root
	pos := n.pos()
	if pointer == "" {
		return pos
	}
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		name := value.Unescape(token)
		var next *node
		if n.is(kindArray) {
			if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.list()) {
				next = n.list()[i]
				pos = next.pos()
			}
		} else if next = n.get(name); next != nil {
			pos = n.posOf(name)
		}
		if next == nil {
			return pos
		}
		n = next
	}
	return pos
}
