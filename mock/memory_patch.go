package mock

import (
	"strconv"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
)

// jsonPatch says that a body of this media type is a list of steps (RFC 6902) and not a merge patch.
func jsonPatch(mediaType string) bool {
	name, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	return strings.TrimSpace(name) == "application/json-patch+json"
}

// stepped takes the steps of a JSON patch (RFC 6902, section 4) and gives the members that are another than before:
// null for one that is gone. A step that cannot be taken is passed over. The paths may begin with the envelope.
func (c *changing) stepped(current *value.Object, steps []any) *value.Object {
	var root any = value.Clone(current)
	for _, step := range steps {
		o, ok := step.(*value.Object)
		if !ok {
			continue
		}
		op, _ := o.Get("op")
		v, _ := o.Get("value")
		path, ok := c.pathOf(o, "path")
		if !ok || len(path) == 0 {
			continue
		}
		from, hasFrom := c.pathOf(o, "from")
		switch op {
		case "add":
			root, _ = place(root, path, value.Clone(v), true)
		case "replace":
			if _, there := lookUp(root, path); there {
				root, _ = place(root, path, value.Clone(v), false)
			}
		case "remove":
			root = removed(root, path)
		case "copy", "move":
			x, there := lookUp(root, from)
			if !hasFrom || !there {
				continue
			}
			x = value.Clone(x)
			if op == "move" {
				root = removed(root, from)
			}
			root, _ = place(root, path, x, true)
		}
	}
	out := &value.Object{}
	next, ok := root.(*value.Object)
	if !ok {
		return out
	}
	for name, v := range next.All() {
		if old, had := current.Get(name); !had || !value.Equal(old, v) {
			out.Set(name, v)
		}
	}
	for name := range current.All() {
		if !next.Has(name) {
			out.Set(name, nil)
		}
	}
	return out
}

// pathOf reads a JSON pointer of a step, without the envelope.
func (c *changing) pathOf(step *value.Object, name string) ([]string, bool) {
	v, _ := step.Get(name)
	text, ok := v.(string)
	if !ok || !strings.HasPrefix(text, "/") {
		return nil, false
	}
	var path []string
	for _, token := range strings.Split(text[1:], "/") {
		path = append(path, value.Unescape(token))
	}
	if c.member != "" && len(path) > 1 && path[0] == c.member {
		path = path[1:]
	}
	return path, true
}

func lookUp(v any, path []string) (any, bool) {
	for _, token := range path {
		switch x := v.(type) {
		case *value.Object:
			next, ok := x.Get(token)
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, ok := index(token, len(x)-1)
			if !ok {
				return nil, false
			}
			v = x[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// index reads the token of an array's item, from 0 to max.
func index(token string, max int) (int, bool) {
	i, err := strconv.Atoi(token)
	return i, err == nil && i >= 0 && i <= max && strconv.Itoa(i) == token
}

// place sets what stands at a path; into an array it is put before the item there when insert is set.
func place(v any, path []string, x any, insert bool) (any, bool) {
	if len(path) == 0 {
		return x, true
	}
	switch parent := v.(type) {
	case *value.Object:
		child, there := parent.Get(path[0])
		if len(path) > 1 && !there {
			return v, false
		}
		if next, ok := place(child, path[1:], x, insert); ok {
			parent.Set(path[0], next)
			return parent, true
		}
	case []any:
		if len(path) > 1 {
			if i, ok := index(path[0], len(parent)-1); ok {
				if next, ok := place(parent[i], path[1:], x, insert); ok {
					parent[i] = next
					return parent, true
				}
			}
			return v, false
		}
		if path[0] == "-" && insert {
			return append(parent, x), true
		}
		if !insert {
			if i, ok := index(path[0], len(parent)-1); ok {
				parent[i] = x
				return parent, true
			}
			return v, false
		}
		if i, ok := index(path[0], len(parent)); ok {
			out := append([]any(nil), parent[:i]...)
			return append(append(out, x), parent[i:]...), true
		}
	}
	return v, false
}

func removed(v any, path []string) any {
	if len(path) == 0 {
		return v
	}
	switch parent := v.(type) {
	case *value.Object:
		child, there := parent.Get(path[0])
		switch {
		case !there:
		case len(path) == 1:
			parent.Delete(path[0])
		default:
			parent.Set(path[0], removed(child, path[1:]))
		}
	case []any:
		i, ok := index(path[0], len(parent)-1)
		switch {
		case !ok:
		case len(path) == 1:
			return append(append([]any(nil), parent[:i]...), parent[i+1:]...)
		default:
			parent[i] = removed(parent[i], path[1:])
		}
	}
	return v
}
