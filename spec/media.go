package spec

import (
	"mime"
	"sort"
	"strconv"
	"strings"
)

// mediaName splits a media type into its name, in lower case, and its parameters without charset.
// What cannot be parsed is taken up to the semicolon.
func mediaName(text string) (name string, params map[string]string) {
	name, params, err := mime.ParseMediaType(text)
	if err != nil {
		name, _, _ = strings.Cut(text, ";")
		name, params = strings.ToLower(strings.TrimSpace(name)), nil
	}
	delete(params, "charset")
	return name, params
}

// Match finds the entry for the Content-Type of a request; see MatchMedia.
func (b *RequestBody) Match(contentType string) *MediaType { return MatchMedia(b.Content, contentType) }

// MatchMedia finds the entry of a content map for a Content-Type: one with the same parameters, else one
// without any, else one with others, else the range that fits best (text/*, then */*). Case does not count,
// and neither does charset. nil: there is none.
func MatchMedia(content []*MediaType, contentType string) *MediaType {
	name, params := mediaName(contentType)
	if name == "" {
		return nil
	}
	var best *MediaType
	rank := 0
	for _, m := range content {
		own, ownParams := mediaName(m.Name)
		r := 0
		switch {
		case own == name && len(ownParams) > 0 && subset(ownParams, params) && len(ownParams) == len(params):
			r = 7
		case own == name && len(ownParams) > 0 && subset(ownParams, params):
			r = 6
		case own == name && len(ownParams) == 0:
			r = 5
		case own == name:
			r = 4
		case suffixRange(own, name):
			r = 3
		case strings.HasSuffix(own, "/*") && own != "*/*" && strings.HasPrefix(name, own[:len(own)-1]):
			r = 2
		case own == "*/*" || own == "*":
			r = 1
		}
		if r > rank {
			best, rank = m, r
		}
	}
	return best
}

// suffixRange knows ranges such as application/*+json, which RFC 9110 does not but documents do.
func suffixRange(pattern, name string) bool {
	before, suffix, ok := strings.Cut(pattern, "/*+")
	return ok && strings.HasPrefix(name, before+"/") && strings.HasSuffix(name, "+"+suffix)
}

func subset(a, b map[string]string) bool {
	for k, v := range a {
		if w, ok := b[k]; !ok || !strings.EqualFold(v, w) {
			return false
		}
	}
	return true
}

// acceptRange is one element of an Accept header (RFC 9110, section 12.5.1).
type acceptRange struct {
	name   string
	params map[string]string
	q      float64
}

// maxRanges bounds the elements of an Accept header that are read.
const maxRanges = 200

func readAccept(accept string) []acceptRange {
	var out []acceptRange
	for _, one := range splitQuoted(accept, ',') {
		one = strings.TrimSpace(one)
		if one == "" || len(out) == maxRanges {
			continue
		}
		r := acceptRange{q: 1}
		fields := splitQuoted(one, ';')
		r.name = strings.ToLower(strings.TrimSpace(fields[0]))
		if r.name == "*" { // some clients write it
			r.name = "*/*"
		}
		for _, f := range fields[1:] {
			key, text, ok := strings.Cut(f, "=")
			key, text = strings.ToLower(strings.TrimSpace(key)), strings.Trim(strings.TrimSpace(text), `"`)
			switch {
			case !ok || key == "charset":
			case key == "q":
				if q, err := strconv.ParseFloat(text, 64); err == nil && q >= 0 && q <= 1 {
					r.q = q
				}
			default:
				if r.params == nil {
					r.params = map[string]string{}
				}
				r.params[key] = text
			}
		}
		out = append(out, r)
	}
	return out
}

func splitQuoted(s string, sep byte) []string {
	var out []string
	quoted := false
	start := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted:
			i++
		case s[i] == sep && !quoted:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// fits says how specifically the range speaks of a media type; 0: not at all. A documented range (image/*)
// is spoken of by every range that overlaps it.
func (r acceptRange) fits(name string, params map[string]string) int {
	kind, _, _ := strings.Cut(name, "/")
	own, _, _ := strings.Cut(r.name, "/")
	switch {
	case r.name == name || suffixRange(name, r.name):
		if len(r.params) == 0 {
			return 3
		}
		if subset(r.params, params) {
			return 3 + len(r.params)
		}
		return 0
	case name == "*/*" || strings.HasSuffix(name, "/*") && kind == own:
		if r.name == "*/*" {
			return 1
		}
		return 2
	case strings.HasSuffix(r.name, "/*") && own == kind:
		return 2
	case r.name == "*/*":
		return 1
	}
	return 0
}

// Negotiate chooses the media type that a client prefers (RFC 9110, section 12.5.1): the highest quality, by the
// most specific range that speaks of it; documented order breaks ties. No Accept accepts everything.
// false: there is nothing that the client takes, or nothing documented.
func Negotiate(accept string, content []*MediaType) (*MediaType, bool) {
	if len(content) == 0 {
		return nil, false
	}
	ranges := readAccept(accept)
	if len(ranges) == 0 {
		return content[0], true
	}
	type offer struct {
		m *MediaType
		q float64
	}
	var offers []offer
	for _, m := range content {
		name, params := mediaName(m.Name)
		best, q := 0, 0.0
		for _, r := range ranges {
			if n := r.fits(name, params); n > best || n == best && n > 0 && r.q > q {
				best, q = n, r.q
			}
		}
		if best > 0 && q > 0 {
			offers = append(offers, offer{m, q})
		}
	}
	if len(offers) == 0 {
		return nil, false
	}
	sort.SliceStable(offers, func(i, j int) bool { return offers[i].q > offers[j].q })
	return offers[0].m, true
}
