package mock

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// Config says how a Server plays its documents. The zero value is ready to use.
type Config struct {
	// Fixtures says which values the answers bear.
	Fixtures fixtures.Config

	// Others are documents that the folders of fixtures may speak of too, because another Server plays them.
	Others []*spec.Document

	// StrictIDs answers 404 for ids that no named fixture has, wherever named fixtures speak of that path parameter.
	// Otherwise an unknown id gets an entity of its own, the same every time.
	StrictIDs bool

	// Policy says what becomes of requests that break the document: Reject, Report or Off. "": Reject.
	Policy Policy

	// Policies is the policy of some operations, by selector: an operation's ID, a path, or a method and a path, with *
	// for any text; tag:NAME. A selector without * goes before one with.
	Policies map[string]Policy

	// Faults spoil the answers: each is NAME=ARGUMENT as Faults describes them, or SELECTOR:NAME=ARGUMENT for some
	// operations. Sessions may have others.
	Faults []string

	// MaxSessions is how many named sessions there may be; then the one that was idle longest goes. 0: 1,000.
	MaxSessions int

	// SessionIdle is how long a named session is kept that nobody uses. 0: 30 minutes.
	SessionIdle time.Duration

	// StateFile keeps what requests change in a file, so that it outlives the process; one process may have it open.
	// It is the default session's alone: named sessions end with the Server. Empty: changes are kept in memory and end with the Server.
	StateFile string

	// NoCORS leaves out the headers that let pages of other origins read the answers (Fetch standard, section 3.2).
	NoCORS bool

	// Origins names the origins that may read the answers, such as http://localhost:3000. Empty: any.
	Origins []string

	// Credentials lets pages send cookies: the origin is then answered by its name and not by *.
	Credentials bool

	// MaxBody is the largest request body in bytes; a larger one is answered with 413. 0: 10 MiB.
	MaxBody int64

	// Now is the clock of members such as updated_at, and of Call.Time. Nil: time.Now.
	Now func() time.Time

	// Logger is told of every call and of what goes wrong. Nil: silent.
	Logger *slog.Logger

	// Observe is told of every call after it was answered, from the call's own goroutine. Nil: nobody is.
	Observe func(Call)
}

// DefaultMaxBody is the largest request body in bytes where Config.MaxBody is 0.
const DefaultMaxBody = 10 << 20

// Server answers requests as its documents promise. It is an http.Handler; any number of goroutines may use it.
type Server struct {
	cfg      Config
	apis     []*api
	router   *mux.Router
	sessions *sessions
	named    sync.Map // *spec.Operation -> *mux.Route
	prefixed bool     // /_session/NAME chooses a session
	policies map[*spec.Operation]Policy
	faults   []*fault
	lies     sync.Map // lieKey -> *lie
	life     *life
}

// life tells the requests that wait that the Server is closed.
type life struct {
	over chan struct{}
	once sync.Once
}

func (l *life) end() { l.once.Do(func() { close(l.over) }) }

// api is one document that is played, with the values for it.
type api struct {
	doc  *spec.Document
	book *fixtures.Book

	envelopeOnce sync.Once
	envelopeOf   *envelope
	inferred     world
}

// New makes a Server of one document.
func New(doc *spec.Document, cfg Config) (*Server, error) {
	return NewMany([]*spec.Document{doc}, cfg)
}

// NewMany makes a Server of several documents on one port. Two documents with an operation of the same method and
// path are a *ClashError. Where the paths of two documents both fit a request, the more concrete one is taken.
func NewMany(docs []*spec.Document, cfg Config) (*Server, error) {
	if len(docs) == 0 {
		return nil, errors.New("mock: no document to play")
	}
	if err := clash(docs); err != nil {
		return nil, err
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxSessions <= 0 {
		cfg.MaxSessions = DefaultMaxSessions
	}
	if cfg.SessionIdle <= 0 {
		cfg.SessionIdle = DefaultSessionIdle
	}
	s := &Server{cfg: cfg, prefixed: true, life: &life{over: make(chan struct{})}}
	for _, doc := range docs {
		book, err := fixtures.Open(doc, cfg.Fixtures)
		if err != nil {
			return nil, err
		}
		s.apis = append(s.apis, &api{doc: doc, book: book})
		for _, op := range doc.Operations() {
			for _, server := range op.Servers() {
				s.prefixed = s.prefixed && !strings.HasPrefix(server.Path+op.Path, SessionPrefix)
			}
		}
	}
	if err := s.readPolicies(); err != nil {
		return nil, err
	}
	var err error
	if s.faults, err = s.parseFaults(cfg.Faults); err != nil {
		return nil, err
	}
	for _, folder := range cfg.Fixtures.Files {
		if err := fixtures.Unclaimed(folder, append(docs[:len(docs):len(docs)], cfg.Others...)...); err != nil {
			return nil, fmt.Errorf("fixtures: %w", err)
		}
	}
	m, err := openMemory(cfg.StateFile)
	if err != nil {
		return nil, err
	}
	s.sessions = newSessions(m, cfg.MaxSessions, cfg.SessionIdle)
	s.router = s.routes()
	return s, nil
}

// Close ends the Server: the state file is closed and may be opened again. Requests that are still answered change nothing.
func (s *Server) Close() error {
	s.life.end()
	return s.sessions.base.memory.close()
}

// Reset makes every session as it was when it was new: it forgets what requests changed, in the state file too, and
// the calls.
func (s *Server) Reset() {
	for _, n := range s.sessions.all() {
		if err := n.reset(); err != nil {
			s.cfg.Logger.Error("the state file could not be emptied", "error", err)
		}
	}
}

// Calls gives the latest calls of the default session, oldest first, at most 1,000; Session gives those of others.
// Credentials do not show in them.
func (s *Server) Calls() []Call { return s.sessions.base.journal.all() }

// Documents gives the documents that are played.
func (s *Server) Documents() []*spec.Document {
	var out []*spec.Document
	for _, a := range s.apis {
		out = append(out, a.doc)
	}
	return out
}

// Book gives the values of one of the documents; nil for another document.
func (s *Server) Book(doc *spec.Document) *fixtures.Book {
	for _, a := range s.apis {
		if a.doc == doc {
			return a.book
		}
	}
	return nil
}

// Named gives the named fixtures of a document that is played.
func (s *Server) Named(doc *spec.Document) []*fixtures.Named {
	for _, a := range s.apis {
		if a.doc == doc {
			return a.book.Named()
		}
	}
	return nil
}

// ClashError says that two documents have an operation of the same method and path, so that no port can serve both.
type ClashError struct {
	First, Second *spec.Operation
	Path          string
}

func (e *ClashError) Error() string {
	return fmt.Sprintf("%s %s is in %s and in %s: give one of them a place of its own with --mount", e.First.Method, e.Path, where(e.First), where(e.Second))
}

func where(op *spec.Operation) string {
	name := op.Document().Location
	if name == "" {
		name = op.Document().Title
	}
	if op.Position.Line > 0 {
		return fmt.Sprintf("%s (line %d)", name, op.Position.Line)
	}
	return name
}

func clash(docs []*spec.Document) error {
	seen := map[string]*spec.Operation{}
	for _, doc := range docs {
		own := map[string]*spec.Operation{}
		for _, op := range doc.Operations() {
			for _, server := range op.Servers() {
				path := server.Path + op.Path
				key := op.Method + " " + shape(path)
				if first := seen[key]; first != nil {
					return &ClashError{First: first, Second: op, Path: path}
				}
				own[key] = op
			}
		}
		for key, op := range own {
			seen[key] = op
		}
	}
	return nil
}

// shape is a path whose parameters have no names.
func shape(path string) string {
	var out strings.Builder
	depth := 0
	for _, r := range path {
		switch {
		case r == '{':
			if depth++; depth == 1 {
				out.WriteString("{}")
			}
		case r == '}' && depth > 0:
			depth--
		case depth == 0:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// --- routing ------------------------------------------------------------------------------------

// exchange is one request on its way through the Server.
type exchange struct {
	server  *Server
	r       *http.Request // without the prefix of its session
	session *session
	chosen  bool     // the request chose its session
	prefix  string   // "/_session/NAME" where the path began with it
	applied []string // of Preference-Applied, whatever the answer is
	report  bool     // the request broke the document and is answered
	harm    harm     // what faults do to the answer
	api     *api     // nil: no document has the path
	op      *spec.Operation
	route   spec.Route
	allow   []string // the methods of the path
	head    bool     // a HEAD that is answered as the GET is
	reply   *reply
	done    bool // the reply is written, or never will be
	call    Call
	secrets []string
}

// now is the clock of the request's session.
func (x *exchange) now() time.Time { return x.session.now(x.server.cfg.Now) }

type exchangeKey struct{}

func exchangeOf(r *http.Request) *exchange {
	x, _ := r.Context().Value(exchangeKey{}).(*exchange)
	return x
}

// HealthPath answers 200 and a few words about the Server once it listens.
const HealthPath = "/_specimen/health"

// routes makes the one router of the Server. The operations of the documents stand behind a single route whose
// matcher asks the documents, because mux tries its routes one after the other and a document may have thousands.
func (s *Server) routes() *mux.Router {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.HandleFunc(HealthPath, s.health).Methods(http.MethodGet, http.MethodHead).Name("health")
	r.NewRoute().MatcherFunc(s.match).HandlerFunc(s.answer)
	r.NotFoundHandler = http.HandlerFunc(s.notFound)
	r.MethodNotAllowedHandler = http.HandlerFunc(s.notAllowed)
	return r
}

// match finds the operation of a request and tells mux of it: its name and its path parameters.
func (s *Server) match(r *http.Request, match *mux.RouteMatch) bool {
	x := exchangeOf(r)
	if x == nil {
		return false
	}
	s.find(x, r)
	s.enterByKey(x)
	switch {
	case x.op != nil:
		match.Route = s.routeOf(x.op)
		match.Vars = x.route.Path
		if match.Vars == nil {
			match.Vars = map[string]string{}
		}
		return true
	case len(x.allow) > 0 && r.Method == http.MethodOptions:
		match.Handler = http.HandlerFunc(s.options)
		return true
	case len(x.allow) > 0:
		match.MatchErr = mux.ErrMethodMismatch
	}
	return false
}

// find asks every document and takes the most concrete path. A HEAD that is not documented is a GET without its body.
func (s *Server) find(x *exchange, r *http.Request) {
	methods := map[string]bool{}
	ask := func(r *http.Request) {
		for _, a := range s.apis {
			route := a.doc.Route(r)
			for _, m := range route.Allow {
				methods[m] = true
			}
			if route.Operation == nil {
				if len(route.Allow) > 0 && x.api == nil {
					x.api = a
				}
				continue
			}
			if x.op == nil || moreConcrete(route.Operation.Path, x.op.Path) {
				x.api, x.op, x.route = a, route.Operation, route
			}
		}
	}
	ask(r)
	if x.op == nil && r.Method == http.MethodHead && methods[http.MethodGet] {
		get := *r
		get.Method = http.MethodGet
		if ask(&get); x.op != nil {
			x.head = true
		}
	}
	if len(methods) == 0 {
		return
	}
	if methods[http.MethodGet] {
		methods[http.MethodHead] = true
	}
	methods[http.MethodOptions] = true
	for m := range methods {
		x.allow = append(x.allow, m)
	}
	sort.Strings(x.allow)
}

// moreConcrete says that the first segment in which the templates differ in kind is text in a and a parameter in b.
func moreConcrete(a, b string) bool {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	for i := 0; i < len(as) && i < len(bs); i++ {
		if x, y := strings.Contains(as[i], "{"), strings.Contains(bs[i], "{"); x != y {
			return y
		}
	}
	return false
}

func (s *Server) routeOf(op *spec.Operation) *mux.Route {
	if route, ok := s.named.Load(op); ok {
		return route.(*mux.Route)
	}
	route, _ := s.named.LoadOrStore(op, mux.NewRouter().NewRoute().Name(op.ID))
	return route.(*mux.Route)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{server: s, r: r, session: s.sessions.base, call: Call{Method: r.Method, Path: r.URL.EscapedPath()}}
	began := time.Now()
	defer func() {
		p := recover()
		if p != nil && p != http.ErrAbortHandler {
			s.cfg.Logger.Error("a request could not be answered", "method", r.Method, "path", r.URL.EscapedPath(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			x.reply = problemReply(http.StatusInternalServerError, "the mock could not answer; its log says why", r, nil)
			x.harm = harm{}
			x.done = x.call.Status != 0
			s.finish(w, x)
		}
		x.call.Duration = time.Since(began)
		s.note(x)
		if p == http.ErrAbortHandler {
			panic(p)
		}
	}()
	x.call.Time = x.now()
	if p := s.enter(x); p != nil {
		x.call.Problems = []spec.Problem{*p}
		x.reply = problemReply(http.StatusBadRequest, "the mock cannot do what was asked of it", r, x.call.Problems)
		s.finish(w, x)
		return
	}
	r = x.r
	if s.preflight(x) {
		s.finish(w, x)
		return
	}
	inner := r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	if !strings.HasPrefix(r.URL.Path, "/") {
		// the target of CONNECT and of OPTIONS * is no path
		s.notFound(w, inner)
	} else {
		s.router.ServeHTTP(w, inner)
	}
	s.finish(w, x)
}

func (s *Server) notFound(_ http.ResponseWriter, r *http.Request) {
	x := exchangeOf(r)
	s.refuse(x, refusal{status: http.StatusNotFound, detail: fmt.Sprintf("no document has the path %s", shorten(r.URL.EscapedPath(), 200))})
}

func (s *Server) notAllowed(_ http.ResponseWriter, r *http.Request) {
	x := exchangeOf(r)
	s.refuse(x, refusal{status: http.StatusMethodNotAllowed, detail: fmt.Sprintf("the path has no method %s; it has %s", shorten(r.Method, 40), strings.Join(x.allow, ", ")),
		header: http.Header{"Allow": {strings.Join(x.allow, ", ")}}})
}

func (s *Server) options(_ http.ResponseWriter, r *http.Request) {
	x := exchangeOf(r)
	x.reply = &reply{status: http.StatusNoContent, header: http.Header{"Allow": {strings.Join(x.allow, ", ")}}}
}

func (s *Server) health(_ http.ResponseWriter, r *http.Request) {
	x := exchangeOf(r)
	var docs []any
	for _, a := range s.apis {
		docs = append(docs, value.NewObject(value.Member{Name: "title", Value: a.doc.Title}, value.Member{Name: "version", Value: a.doc.Release}))
	}
	body := value.Append(nil, value.NewObject(value.Member{Name: "status", Value: "ok"}, value.Member{Name: "documents", Value: docs}))
	x.head = r.Method == http.MethodHead
	x.reply = &reply{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}}, body: body}
}

func shorten(text string, max int) string {
	if len(text) <= max {
		return text
	}
	return strings.ToValidUTF8(text[:max], "") + "…"
}
