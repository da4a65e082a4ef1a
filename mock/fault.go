package mock

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/specimen-api/specimen/internal/family"
	"github.com/specimen-api/specimen/spec"
)

// Fault spoils the answers of operations in one way. It is asked for as NAME=ARGUMENT by Config.Faults,
// Session.SetFaults and Prefer: fault=NAME=ARGUMENT.
type Fault struct {
	Name    string
	Doc     string // what it does and what its argument means
	Example string // as it is asked for
	Caught  string // the check of package contract that notices it; "" where nothing is wrong with the answer

	read func(arg string) (strike, error)
}

// strike does the fault to one exchange, or leaves it alone; it says which.
type strike func(x *exchange, t *turn, r *rand.Rand) bool

var faults = family.New("fault", func(f Fault) string { return f.Name })

// Faults gives the faults that there are, by name.
func Faults() []Fault { return faults.All() }

// maxWait is the longest that a fault or a preference may hold an answer back.
const maxWait = 10 * time.Minute

// fault is one that was asked for.
type fault struct {
	text   string
	ops    map[*spec.Operation]bool // nil: all of them
	strike strike
}

// turn is what a session remembers of a fault between requests.
type turn struct {
	n     uint64 // requests that it was asked about
	since time.Time
	spent int
}

// harm is what faults do to one answer.
type harm struct {
	delay  time.Duration
	status int // instead of the answer
	header http.Header
	silent func(s *Server, w http.ResponseWriter, x *exchange) // no answer at all
	lies   []lieAsked
	garble func(body []byte) []byte
	cut    bool // half of the body, in chunks that do not end
	short  bool // half of the body, under the whole one's length
	step   int  // bytes at a time; 0: all at once
	pause  time.Duration
	spent  *spent
	asked  bool      // by the request itself, of the fault that strikes now
	at     time.Time // of the session's clock
}

// parseFaults reads Config.Faults and their like.
func (s *Server) parseFaults(texts []string) ([]*fault, error) {
	var out []*fault
	for _, text := range texts {
		f, err := s.parseFault(text)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (s *Server) parseFault(text string) (*fault, error) {
	head, arg, hasArg := strings.Cut(text, "=")
	f := &fault{text: text}
	name := head
	if i := strings.LastIndexByte(head, ':'); i >= 0 {
		name = head[i+1:]
		ops, err := s.selected(head[:i])
		if err != nil {
			return nil, fmt.Errorf("fault %q: %w", text, err)
		}
		f.ops = ops
	}
	all := faults.All()
	i := slices.IndexFunc(all, func(f Fault) bool { return f.Name == name })
	if i < 0 {
		var names []string
		for _, f := range all {
			names = append(names, f.Name)
		}
		return nil, fmt.Errorf("fault %q: no fault named %q; there are %s", text, name, strings.Join(names, ", "))
	}
	if hasArg && arg == "" {
		return nil, fmt.Errorf("fault %q: nothing stands after the =; want such as %s", text, all[i].Example)
	}
	var err error
	if f.strike, err = all[i].read(arg); err != nil {
		return nil, fmt.Errorf("fault %q: %w; want such as %s", text, err, all[i].Example)
	}
	return f, nil
}

// spoil asks every fault of the request what it does to the answer: those of the Config or the session, then those of
// the request itself.
func (s *Server) spoil(x *exchange, want preference) {
	o := x.session.options()
	list := s.faults
	if o.ownFaults {
		list = o.faults
	}
	if len(list) == 0 && len(want.faults) == 0 {
		return
	}
	seed := s.cfg.Fixtures.Seed
	if o.seed != nil {
		seed = *o.seed
	}
	if want.seed != nil {
		seed = *want.seed
	}
	now := x.now()
	for i, f := range append(slices.Clip(list), want.faults...) {
		if f.ops != nil && !f.ops[x.op] {
			continue
		}
		if x.session.ask(x, f, seed, now, i >= len(list)) {
			x.call.Faults = append(x.call.Faults, f.text)
		}
	}
}

const maxTurns = 1000

// ask lets a fault strike. What it draws follows from the seed, its text and how often it was asked in this session.
func (n *session) ask(x *exchange, f *fault, seed uint64, now time.Time, byRequest bool) bool {
	key := f.text
	if byRequest {
		key = "Prefer " + key
	}
	h := fnv.New64a()
	h.Write([]byte(f.text))
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.turns[key]
	if t == nil {
		if len(n.turns) >= maxTurns { // a client that invents ever new faults begins anew with all of them
			clear(n.turns)
		}
		t = &turn{since: now}
		n.turns[key] = t
	}
	r := rand.New(rand.NewPCG(seed^h.Sum64(), t.n))
	t.n++
	x.harm.asked, x.harm.at = byRequest, now
	return f.strike(x, t, r)
}

// wait holds the answer back; it ends early when the client is gone or the Server is closed.
func (s *Server) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.life.over:
	}
	return false
}

// readShare reads how many of the requests are struck, as a number above 0 and not above 1; "" is all of them.
func readShare(arg string) (float64, error) {
	if arg == "" {
		return 1, nil
	}
	share, err := strconv.ParseFloat(arg, 64)
	if err != nil || !(share > 0 && share <= 1) {
		return 0, fmt.Errorf("got the share %q, want a number above 0 and at most 1", arg)
	}
	return share, nil
}

// sometimes makes a fault that strikes a share of the requests, which is its argument.
func sometimes(do func(x *exchange, r *rand.Rand)) func(arg string) (strike, error) {
	return func(arg string) (strike, error) {
		share, err := readShare(arg)
		return func(x *exchange, _ *turn, r *rand.Rand) bool {
			if r.Float64() >= share {
				return false
			}
			do(x, r)
			return true
		}, err
	}
}

var errNoArgument = errors.New("the argument is missing")

// readWait reads a duration that an answer may be held back for.
func readWait(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxWait {
		return 0, fmt.Errorf("got %q, want a duration from 0s to %s, such as 200ms", text, maxWait)
	}
	return d, nil
}

// bodyOf is the body as the faults leave it, and how it travels: with its whole length, or in chunks.
func (x *exchange) bodyOf(body []byte) (sent []byte, length int) {
	if x.harm.garble != nil && len(body) > 0 {
		body = x.harm.garble(body)
	}
	length = len(body)
	if (x.harm.cut || x.harm.short) && len(body) > 0 {
		body = body[:len(body)/2]
	}
	if x.harm.cut && length > 0 {
		length = -1
	}
	return body, length
}

// write sends the body as fast as the faults let it.
func (s *Server) write(w http.ResponseWriter, x *exchange, body []byte, length int) {
	if x.r.Method == http.MethodHead {
		return
	}
	flush := func() { _ = http.NewResponseController(w).Flush() } // a writer that cannot flush has no clients to see it
	step := len(body)
	if x.harm.step > 0 {
		step = x.harm.step
	}
	for len(body) > 0 {
		n := min(step, len(body))
		if _, err := w.Write(body[:n]); err != nil { // the client is gone; there is nobody left to tell
			return
		}
		body = body[n:]
		if x.harm.pause > 0 {
			flush()
			if len(body) > 0 && !s.wait(x.r.Context(), x.harm.pause) {
				panic(http.ErrAbortHandler)
			}
		}
	}
	if length < 0 {
		flush()
		panic(http.ErrAbortHandler) // the last chunk never comes
	}
}
