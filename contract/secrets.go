package contract

import (
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
)

const redacted = "[redacted]"

// secrets are texts that must not be shown, the longest first, in each form in which they may travel.
type secrets struct{ texts []string }

// leastSecret is the length from which a text is treated as a secret: a shorter one is part of ordinary words.
const leastSecret = 4

// leastPart is how much of the beginning of a long secret betrays it, where a text was shortened.
const leastPart = 8

func (s *secrets) add(text string) {
	if len(text) < leastSecret {
		return
	}
	forms := []string{text, url.QueryEscape(text), url.PathEscape(text), html.EscapeString(text),
		base64.StdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text))}
	quoted := string(value.AppendString(nil, text))
	forms = append(forms, quoted[1:len(quoted)-1])
	for _, form := range forms {
		if !slices.Contains(s.texts, form) {
			s.texts = append(s.texts, form)
		}
	}
	slices.SortStableFunc(s.texts, func(a, b string) int { return len(b) - len(a) })
}

// with gives these secrets and more.
func (s secrets) with(more ...string) secrets {
	out := secrets{slices.Clone(s.texts)}
	for _, text := range more {
		out.add(text)
	}
	return out
}

// text takes the secrets out of a text, also where it was shortened in the middle of one.
func (s secrets) text(text string) string {
	for _, secret := range s.texts {
		text = strings.ReplaceAll(text, secret, redacted)
		if len(secret) < 2*leastPart {
			continue
		}
		for from := 0; ; {
			i := strings.Index(text[from:], secret[:leastPart])
			if i < 0 {
				break
			}
			i += from
			n := leastPart
			for n < len(secret) && i+n < len(text) && text[i+n] == secret[n] {
				n++
			}
			text = text[:i] + redacted + text[i+n:]
			from = i + len(redacted)
		}
	}
	return text
}

var sensitive = regexp.MustCompile(`(?i)authoriz|^auth$|auth[-_]?(key|code)|bearer|token|passw|passphrase|secret|api[-_]?key|private[-_]?key|credential|cookie|session|signature|plaintext`)

func (r *runner) readSecrets() secrets {
	var s secrets
	s.add(r.cfg.Token)
	if user, password, ok := strings.Cut(r.cfg.Token, ":"); ok {
		s.add(password)
		s.add(user + ":" + password)
	}
	for name, values := range r.cfg.Header {
		if !r.secretHeader(name) {
			continue
		}
		for _, v := range values {
			s.add(v)
			for _, part := range strings.FieldsFunc(v, func(c rune) bool { return strings.ContainsRune(" ;,=\"", c) }) {
				if len(part) >= leastPart {
					s.add(part)
				}
			}
			if _, rest, ok := strings.Cut(v, " "); ok {
				s.add(rest)
				if plain, err := base64.StdEncoding.DecodeString(rest); err == nil {
					if _, password, ok := strings.Cut(string(plain), ":"); ok {
						s.add(password)
					}
				}
			}
		}
	}
	for name, v := range r.cfg.Set {
		if sensitive.MatchString(name) {
			s.add(v)
		}
	}
	return s
}

// secretHeader says whether the value of a header of ours must not be shown.
func (r *runner) secretHeader(name string) bool {
	if sensitive.MatchString(name) {
		return true
	}
	for _, op := range r.doc.Operations() {
		for _, need := range op.Security() {
			for _, n := range need {
				if n.Scheme != nil && n.Scheme.Type == "apiKey" && n.Scheme.In == "header" && http.CanonicalHeaderKey(n.Scheme.Parameter) == http.CanonicalHeaderKey(name) {
					return true
				}
			}
		}
	}
	return false
}

// maxFound bounds how many secrets are looked for in one answer.
const maxFound = 200

// found are the secrets that an answer itself brings: cookies, and texts under names such as access_token.
func found(x Exchange) []string {
	var out []string
	if x.Response != nil {
		for _, cookie := range x.Response.Cookies() {
			out = append(out, cookie.Value)
		}
		for name, values := range x.Response.Header {
			if name != "Set-Cookie" && name != "Www-Authenticate" && sensitive.MatchString(name) {
				out = append(out, values...)
			}
		}
	}
	if len(x.Body) == 0 {
		return out
	}
	v, err := value.Parse(x.Body)
	if err != nil {
		return out
	}
	var walk func(v any, secret bool)
	walk = func(v any, secret bool) {
		if len(out) >= maxFound {
			return
		}
		switch v := v.(type) {
		case string:
			if secret && len(v) >= leastPart {
				out = append(out, v)
			}
		case []any:
			for _, item := range v {
				walk(item, secret)
			}
		case *value.Object:
			for name, member := range v.All() {
				walk(member, sensitive.MatchString(name))
			}
		}
	}
	walk(v, false)
	return out
}
