package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/specimen-api/specimen/internal/value"
)

// Streams: JSON values one a line, json-seq (RFC 7464) and server-sent events (HTML, section 9.2.6).
// A stream is an array of its items; where the schema says text, it is the text itself.

func (m *MediaType) itemShape() shape {
	if item, ok := m.Items(); ok {
		return shapeOf(item)
	}
	return shapeOf(m.Schema).item(0)
}

// maxItems bounds the items of a stream that are read.
const maxItems = 1_000_000

func (m *MediaType) decodeStream(data []byte, f bodyForm) (any, []Problem) {
	if !utf8.Valid(data) {
		return nil, []Problem{{Keyword: "charset", Message: "the text is not UTF-8"}}
	}
	if _, stream := m.Items(); !stream {
		if kinds := shapeOf(m.Schema).kinds(); kinds&Array == 0 {
			return string(data), nil
		}
	}
	if f == formEvents {
		return m.decodeEvents(string(data))
	}
	sep := "\n"
	if f == formSeq {
		sep = "\x1e"
	}
	list := []any{}
	offset := 0
	for rest := string(data); rest != ""; {
		var one string
		before := len(rest)
		one, rest, _ = strings.Cut(rest, sep)
		start := offset
		offset += before - len(rest)
		if strings.TrimSpace(one) == "" {
			continue
		}
		if len(list) == maxItems {
			return nil, []Problem{{Keyword: "size", Message: fmt.Sprintf("more than %d items in a stream", maxItems)}}
		}
		v, err := value.Parse([]byte(one))
		if err != nil {
			problems := syntax(err)
			problems[0].At = fmt.Sprintf("/%d%s", len(list), problems[0].At)
			problems[0].Message += fmt.Sprintf(" of the item that begins at byte %d", start)
			return nil, problems
		}
		list = append(list, v)
	}
	return list, nil
}

// eventShaped says that the schema of an item describes the event with its fields, not the data alone.
func eventShaped(sh shape) bool { return sh.declares("data") || sh.declares("event") }

func (m *MediaType) decodeEvents(text string) (any, []Problem) {
	sh := m.itemShape()
	whole := eventShaped(sh)
	list := []any{}
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	var data []string
	event := &value.Object{}
	flush := func() {
		if data != nil {
			joined := strings.Join(data, "\n")
			if whole {
				event.Set("data", eventData(sh.property("data"), joined))
			} else {
				list = append(list, eventData(sh, joined))
			}
		}
		if whole && event.Len() > 0 {
			list = append(list, event)
		}
		data, event = nil, &value.Object{}
	}
	for text != "" && len(list) < maxItems {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if line == "" {
			flush()
			continue
		}
		name, field, _ := strings.Cut(line, ":")
		field = strings.TrimPrefix(field, " ")
		switch name {
		case "data":
			data = append(data, field)
		case "event", "id":
			event.Set(name, sh.property(name).read(field, false))
		case "retry":
			if jsonNumber.MatchString(field) {
				event.Set(name, json.Number(field))
			}
		}
	}
	if text != "" {
		return nil, []Problem{{Keyword: "size", Message: fmt.Sprintf("more than %d items in a stream", maxItems)}}
	}
	flush()
	return list, nil
}

// eventData reads the data of an event: JSON where the schema asks for more than text.
func eventData(sh shape, text string) any {
	kinds := sh.kinds()
	if kinds == AnyType {
		if v, ok := jsonText(text, Array|Object); ok {
			return v
		}
		return text
	}
	return sh.read(text, true)
}

func (m *MediaType) encodeStream(v any, f bodyForm) ([]byte, error) {
	if s, ok := v.(string); ok {
		if _, stream := m.Items(); !stream {
			return []byte(s), nil
		}
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []byte
	whole := eventShaped(m.itemShape())
	for _, item := range list {
		switch f {
		case formSeq:
			out = append(value.Append(append(out, 0x1e), item), '\n')
		case formLines:
			out = append(value.Append(out, item), '\n')
		default:
			one, err := eventText(item, whole)
			if err != nil {
				return nil, err
			}
			out = append(out, one...)
		}
	}
	return out, nil
}

func eventText(item any, whole bool) ([]byte, error) {
	var out bytes.Buffer
	line := func(name, text string) {
		for _, one := range strings.Split(text, "\n") {
			out.WriteString(name + ": " + one + "\n")
		}
	}
	o, ok := item.(*value.Object)
	if !ok || !whole {
		text := textOf(item)
		if strings.Contains(text, "\r") {
			return nil, fmt.Errorf("an event cannot hold a carriage return")
		}
		line("data", text)
		return append(out.Bytes(), '\n'), nil
	}
	for _, name := range []string{"event", "id", "retry", "data"} {
		x, ok := o.Get(name)
		if !ok || x == nil {
			continue
		}
		text := textOf(x)
		if strings.Contains(text, "\r") || name != "data" && strings.Contains(text, "\n") {
			return nil, fmt.Errorf("the field %s of an event cannot hold a line break", name)
		}
		line(name, text)
	}
	return append(out.Bytes(), '\n'), nil
}
