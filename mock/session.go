package mock

import (
	"container/list"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/specimen-api/specimen/spec"
)

// Bounds of the named sessions where Config says nothing.
const (
	DefaultMaxSessions = 1000
	DefaultSessionIdle = 30 * time.Minute
)

// SessionPrefix begins the paths of a session: /_session/NAME/v1/me is /v1/me in the session NAME. A document with
// paths of its own below it keeps them, and sessions are then chosen in the other ways.
const SessionPrefix = "/_session/"

// Session is a handle on what one session owns: its memory, calls, seed, policy, faults and clock. Requests choose it by
// the header Specimen-Session, by Prefer: session=NAME, by the path prefix /_session/NAME, or by a test key that
// ends in session_NAME. It comes into being when it is first used, and again after it went: a handle is always good.
type Session struct {
	server *Server
	name   string
}

// Session gives the session of a name: 1 to 100 letters, digits and - _ . ~. "" is the default session, that of
// requests that choose none; it alone is kept in Config.StateFile, and it never goes.
func (s *Server) Session(name string) *Session { return &Session{s, name} }

// Name is "" for the default session.
func (h *Session) Name() string { return h.name }

func (h *Session) state() *session { return h.server.sessions.get(h.name) }

// Reset makes the session as it was when it was new: nothing was changed, no call was made, and its seed, policy,
// faults and clock are those of the Config.
func (h *Session) Reset() {
	if err := h.state().reset(); err != nil {
		h.server.cfg.Logger.Error("the state file could not be emptied", "error", err)
	}
}

// Calls gives the latest calls of the session, oldest first, at most 1,000.
func (h *Session) Calls() []Call { return h.state().journal.all() }

// Delete forgets the session and all it owns; the default session is reset instead.
func (h *Session) Delete() {
	if h.name == "" {
		h.Reset()
		return
	}
	h.server.sessions.drop(h.name)
}

// SetSeed generates from another seed than the Config's; the faults follow it too.
func (h *Session) SetSeed(seed uint64) {
	h.state().change(func(o *options) { o.seed = &seed })
}

// SetPolicy judges requests otherwise than Config.Policy and Config.Policies say; "" goes back to them. The error
// names the policies that there are.
func (h *Session) SetPolicy(p Policy) error {
	if p != "" {
		if err := p.known(); err != nil {
			return err
		}
	}
	h.state().change(func(o *options) { o.policy = p })
	return nil
}

// SetFaults takes the place of Config.Faults; none: the session has no faults. The error names what is unknown.
func (h *Session) SetFaults(texts ...string) error {
	list, err := h.server.parseFaults(texts)
	if err != nil {
		return err
	}
	h.state().change(func(o *options) { o.faults, o.ownFaults = list, true })
	return nil
}

// SetClock makes the session's clock stand at a moment; Advance alone then moves it. The zero Time lets it run with
// Config.Now again.
func (h *Session) SetClock(t time.Time) {
	h.state().change(func(o *options) { o.fixed, o.ahead = t, 0 })
}

// Advance puts the session's clock forward.
func (h *Session) Advance(d time.Duration) {
	h.state().change(func(o *options) { o.ahead += d })
}

// options are what a session has of its own instead of the Config's.
type options struct {
	seed      *uint64
	policy    Policy // "": the Config's
	faults    []*fault
	ownFaults bool
	fixed     time.Time // zero: the clock runs
	ahead     time.Duration
}

// session is what a Session is a handle on.
type session struct {
	name    string
	memory  *memory
	journal *journal

	mu    sync.Mutex
	opt   options
	turns map[string]*turn // of faults, by their text
}

func newSession(name string, m *memory) *session {
	return &session{name: name, memory: m, journal: &journal{}, turns: map[string]*turn{}}
}

func (n *session) change(set func(o *options)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	set(&n.opt)
}

func (n *session) options() options {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.opt
}

func (n *session) reset() error {
	n.mu.Lock()
	n.opt, n.turns = options{}, map[string]*turn{}
	n.mu.Unlock()
	n.journal.reset()
	return n.memory.reset()
}

// now is the session's clock.
func (n *session) now(base func() time.Time) time.Time {
	o := n.options()
	if !o.fixed.IsZero() {
		return o.fixed.Add(o.ahead)
	}
	return base().Add(o.ahead)
}

// sessions are those of a Server. The one used last is at the front of the list.
type sessions struct {
	base *session
	now  func() time.Time

	mu    sync.Mutex
	max   int
	idle  time.Duration
	order *list.List // of *seat
	named map[string]*list.Element
}

type seat struct {
	session *session
	used    time.Time
}

func newSessions(base *memory, max int, idle time.Duration) *sessions {
	return &sessions{base: newSession("", base), now: time.Now, max: max, idle: idle, order: list.New(), named: map[string]*list.Element{}}
}

// get gives the session of a name, and makes it if there is none. Those that nobody used for long go.
func (t *sessions) get(name string) *session {
	if name == "" {
		return t.base
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for back := t.order.Back(); back != nil && now.Sub(back.Value.(*seat).used) > t.idle; back = t.order.Back() {
		t.remove(back)
	}
	if e := t.named[name]; e != nil {
		e.Value.(*seat).used = now
		t.order.MoveToFront(e)
		return e.Value.(*seat).session
	}
	for t.order.Len() >= t.max {
		t.remove(t.order.Back())
	}
	m, err := openMemory("")
	if err != nil { // it has no file, so there is nothing that could fail
		panic(err)
	}
	n := newSession(name, m)
	t.named[name] = t.order.PushFront(&seat{n, now})
	return n
}

func (t *sessions) remove(e *list.Element) {
	delete(t.named, e.Value.(*seat).session.name)
	t.order.Remove(e)
}

func (t *sessions) drop(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.named[name]; e != nil {
		t.remove(e)
	}
}

// all gives the sessions that there are, the default one first.
func (t *sessions) all() []*session {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := []*session{t.base}
	for e := t.order.Front(); e != nil; e = e.Next() {
		out = append(out, e.Value.(*seat).session)
	}
	return out
}

func (t *sessions) limit(max int, idle time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.max, t.idle = max, idle
}

// --- which session a request is of --------------------------------------------------------------

const maxSessionName = 100

func sessionNamed(name string) bool {
	return name != "" && len(name) <= maxSessionName && sessionPart(name) == name
}

// sessionPart is the longest beginning of a text that can be the name of a session.
func sessionPart(text string) string {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("-_.~", c) >= 0 {
			continue
		}
		return text[:i]
	}
	return text
}

// enter chooses the session by header, Prefer or path, and gives the request without the prefix of its path. A name
// that is none is a problem.
func (s *Server) enter(x *exchange) *spec.Problem {
	r := x.r
	in, name := "", ""
	if s.prefixed {
		if rest, ok := strings.CutPrefix(r.URL.EscapedPath(), SessionPrefix); ok {
			part, _, _ := strings.Cut(rest, "/")
			inner := without(r, SessionPrefix+part)
			un, err := url.PathUnescape(part)
			if inner != nil && err == nil {
				x.r, x.prefix = inner, SessionPrefix+part
				x.call.Path = inner.URL.EscapedPath()
				in, name = "path", un
			}
		}
	}
	if text, ok := saidSession(r); ok {
		in, name = "header Prefer", text
	}
	if lines := r.Header.Values("Specimen-Session"); len(lines) > 0 {
		in, name = "header Specimen-Session", lines[0]
	}
	if in == "" {
		return nil
	}
	if !sessionNamed(name) {
		return &spec.Problem{In: in, Keyword: "session", Got: strconv.Quote(shorten(name, 60)), Want: fmt.Sprintf("a session's name: 1 to %d letters, digits and - _ . ~", maxSessionName)}
	}
	x.chosen = true
	s.join(x, name)
	if in == "header Prefer" {
		x.applied = append(x.applied, "session="+quotePrefer(name))
	}
	return nil
}

func (s *Server) join(x *exchange, name string) {
	x.session = s.sessions.get(name)
	x.call.Session = name
	x.call.Time = x.now()
}

// saidSession reads the preference session, or its twin in the query.
func saidSession(r *http.Request) (string, bool) {
	for _, line := range r.Header.Values("Prefer") {
		if len(line) < len("session=") {
			continue
		}
		for _, p := range splitPrefer(line) {
			if strings.EqualFold(p[0], "session") {
				return p[1], true
			}
		}
	}
	if strings.Contains(r.URL.RawQuery, "__session=") {
		query, _ := url.ParseQuery(r.URL.RawQuery)
		return query.Get("__session"), query.Has("__session")
	}
	return "", false
}

// enterByKey chooses the session by the credentials, where the request chose none otherwise.
func (s *Server) enterByKey(x *exchange) {
	if x.chosen {
		return
	}
	var keys []string
	if x.op != nil {
		keys = x.keys()
	}
	if key, _ := authorization(x.r, ""); key != "" {
		keys = append(keys, key)
	}
	for _, key := range keys {
		if _, name := splitKey(key); name != "" {
			x.chosen = true
			s.join(x, name)
			return
		}
	}
}

// splitKey takes session_NAME from the end of a key that has the word test before it: such a key is a sandbox's and
// no secret. ak_test_trial_session_a is the key ak_test_trial in the session a.
func splitKey(key string) (rest, name string) {
	const word = "session"
	low := strings.ToLower(key)
	for from := 0; ; {
		i := strings.Index(low[from:], word)
		if i < 0 {
			return key, ""
		}
		i += from
		end := i + len(word)
		from = end
		if i == 0 || !parts(low[i-1]) || end >= len(key) || !parts(low[end]) || !words(low[:i])["test"] {
			continue
		}
		name = sessionPart(key[end+1:])
		if j := strings.LastIndex(name, "status_"); j > 0 && parts(name[j-1]) && statusWord(name) != 0 {
			// the status is asked for beside the session
			name = name[:j-1]
			return key, name
		}
		if !sessionNamed(name) {
			continue
		}
		return key[:i-1] + key[end+1+len(name):], name
	}
}

// parts says that a byte parts the words of a credential.
func parts(c byte) bool { return strings.IndexByte("_-.:", c) >= 0 }
