package mock

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/specimen-api/specimen/spec"
)

// Call is one request that a Server answered. It holds no credential.
type Call struct {
	Time      time.Time
	Method    string
	Path      string // as sent, percent-encoded, without the query and without the prefix of the session
	Query     string // as sent, without the values of parameters that may be secret
	Session   string // "" for the default session
	Operation string // its ID; "" when no operation has the path and method
	Status    int
	Source    string   // where the answer came from: "fixture NAME", "example NAME", "generated seed=N", "memory", "status NNN", "refusal"; "" for CORS and OPTIONS
	Faults    []string // what spoiled the answer, as it was asked for
	Duration  time.Duration
	Problems  []spec.Problem // how the request broke the document; or, with status 501, the document itself
}

// maxCalls is how many calls a Server remembers.
const maxCalls = 1000

// journal is a ring of calls.
type journal struct {
	mu    sync.Mutex
	calls []Call
	next  int
}

func (j *journal) add(c Call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.calls) < maxCalls {
		j.calls = append(j.calls, c)
		return
	}
	j.calls[j.next] = c
	j.next = (j.next + 1) % maxCalls
}

func (j *journal) all() []Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]Call, 0, len(j.calls))
	out = append(out, j.calls[j.next:]...)
	return append(out, j.calls[:j.next]...)
}

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls, j.next = nil, 0
}

// note keeps the call and tells whoever asked to be told.
func (s *Server) note(x *exchange) {
	c := &x.call
	if x.op != nil {
		c.Operation = x.op.ID
	}
	c.Query = x.redact(x.r.URL.RawQuery)
	c.Path = hide(c.Path, x.secrets)
	for i, p := range c.Problems {
		for _, text := range []*string{&p.Got, &p.Message, &p.Hint} {
			*text = hide(*text, x.secrets)
		}
		c.Problems[i] = p
	}
	x.session.journal.add(*c)
	if s.cfg.Logger.Enabled(context.Background(), slog.LevelInfo) {
		attrs := []slog.Attr{slog.String("method", c.Method), slog.String("path", c.Path), slog.Int("status", c.Status), slog.Duration("duration", c.Duration)}
		if c.Operation != "" {
			attrs = append(attrs, slog.String("operation", c.Operation))
		}
		if c.Source != "" {
			attrs = append(attrs, slog.String("source", c.Source))
		}
		if len(c.Problems) > 0 {
			attrs = append(attrs, slog.String("problem", c.Problems[0].String()), slog.Int("problems", len(c.Problems)))
		}
		s.cfg.Logger.LogAttrs(context.Background(), slog.LevelInfo, "call", attrs...)
	}
	if s.cfg.Observe != nil {
		s.cfg.Observe(*c)
	}
}

// hide takes the secrets of a request out of a text.
func hide(text string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) >= 4 && strings.Contains(text, secret) {
			text = strings.ReplaceAll(text, secret, "REDACTED")
		}
	}
	return text
}

// redact keeps the query but for the values that are credentials, or look like it.
func (x *exchange) redact(query string) string {
	if query == "" {
		return ""
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		raw, val, ok := strings.Cut(pair, "=")
		if !ok || val == "" {
			continue
		}
		name, err := url.QueryUnescape(raw)
		if err != nil {
			name = raw
		}
		if secretName(name) || x.isKey(name) {
			pairs[i] = raw + "=REDACTED"
			continue
		}
		pairs[i] = raw + "=" + hide(val, x.secrets)
	}
	return strings.Join(pairs, "&")
}

// secretName says that a parameter of this name may hold a secret, whatever the document says of it.
func secretName(name string) bool {
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
	for _, word := range []string{"token", "secret", "password", "passwd", "apikey", "accesskey", "signature", "credential", "authorization", "session"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "key" || name == "auth" || name == "sig" || name == "code"
}

// isKey says that the document knows a query parameter of this name as a credential.
func (x *exchange) isKey(name string) bool {
	if x.op == nil {
		return false
	}
	for _, req := range x.op.Security() {
		for _, need := range req {
			if need.Scheme.Type == "apiKey" && need.Scheme.In == "query" && need.Scheme.Parameter == name {
				return true
			}
		}
	}
	return false
}
