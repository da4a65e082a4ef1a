package contract

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// Exchange is what was sent and what came back. It holds the credentials that were sent: what a Check says of it is
// cleared of them, what it does beside that is its own business.
type Exchange struct {
	Case        Case
	Input       spec.Input     // as sent; differs from the case's where the body was made of an answer
	Request     *http.Request  // as sent; its body is read, RequestBody has it
	RequestBody []byte         // at most 10 MiB
	Response    *http.Response // nil when none came; Body below has the body
	Body        []byte         // at most 10 MiB
	Cut         bool           // the body was longer than that, and is not judged
	Problems    []spec.Problem // how the response departs from the document
	Err         error          // why no whole response came; nil when one did
	Duration    time.Duration  // from the request's first byte to the answer's last
	Tries       int            // how often it was sent, where the target asked to wait

	unreachable bool   // Err is that nobody answers at all
	skipped     string // why it was not sent
}

// Status is the status of the response; 0 when none came.
func (x Exchange) Status() int {
	if x.Response == nil {
		return 0
	}
	return x.Response.StatusCode
}

// sent says that the request left us.
func (x Exchange) sent() bool { return x.Request != nil && x.skipped == "" }

// state is what the workers tell each other.
type state struct {
	mu       sync.Mutex
	answered bool   // somebody answered once
	failures int    // requests that nobody answered, before the first answer
	stopped  string // why nothing more is sent
	requests int
}

// giveUpAfter is how many requests go unanswered before the target counts as unreachable.
const giveUpAfter = 3

func (s *state) stop() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

func (s *state) halt(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped == "" {
		s.stopped = why
	}
}

func (s *state) count(x *Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case x.Response != nil:
		s.answered = true
	case x.unreachable && !s.answered:
		if s.failures++; s.failures >= giveUpAfter && s.stopped == "" {
			s.stopped = "the target cannot be reached"
		}
	}
}

// spent says that n more requests would be more than are allowed.
func (r *runner) spent(n int) bool {
	r.state.mu.Lock()
	defer r.state.mu.Unlock()
	return r.state.requests+n > r.cfg.MaxRequests
}

// pace keeps requests a gap apart.
type pace struct {
	gap  time.Duration
	mu   sync.Mutex
	next time.Time
}

func (p *pace) wait(ctx context.Context, r *runner) error {
	if p.gap == 0 {
		return ctx.Err()
	}
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.gap)
	p.mu.Unlock()
	if d := at.Sub(now); d > 0 {
		return r.cfg.sleep(ctx, d)
	}
	return ctx.Err()
}

// send sends a case once, and once more where the target asks to wait for a while that is short enough.
func (r *runner) send(ctx context.Context, c Case, input spec.Input) Exchange {
	for try := 1; ; try++ {
		x := r.sendOnce(ctx, c, input)
		x.Tries = try
		r.state.count(&x)
		wait, asked := retryAfter(x, r.cfg.Now())
		if !asked {
			return x
		}
		if wait > r.cfg.MaxWait {
			if x.Status() == http.StatusTooManyRequests {
				r.state.halt(fmt.Sprintf("the target limits the rate and asks to wait %s", wait.Round(time.Second)))
			}
			return x
		}
		if try > 1 || r.cfg.sleep(ctx, wait) != nil {
			return x
		}
	}
}

// retryAfter reads how long a target asks to wait (RFC 9110, section 10.2.3): any 429, and a 503 to a safe method
// that says so.
func retryAfter(x Exchange, now time.Time) (time.Duration, bool) {
	switch {
	case x.Status() == http.StatusTooManyRequests:
	case x.Status() == http.StatusServiceUnavailable && x.Case.Safe() && x.Response.Header.Get("Retry-After") != "":
	default:
		return 0, false
	}
	text := strings.TrimSpace(x.Response.Header.Get("Retry-After"))
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, 1<<31)) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return time.Second, true
}

func (r *runner) sendOnce(ctx context.Context, c Case, input spec.Input) Exchange {
	x := Exchange{Case: c, Input: input}
	if why := r.state.stop(); why != "" {
		x.skipped = why
		return x
	}
	if err := r.pace.wait(ctx, r); err != nil {
		x.skipped = "the run was stopped"
		return x
	}
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Timeout)
	defer cancel()
	req, err := r.request(ctx, c, input)
	if err != nil {
		x.skipped = "the request cannot be written: " + r.secrets.text(err.Error())
		return x
	}
	if req.Body != nil && req.Body != http.NoBody {
		if x.RequestBody, err = io.ReadAll(io.LimitReader(req.Body, maxBody)); err != nil {
			x.skipped = "the body cannot be written: " + r.secrets.text(err.Error())
			return x
		}
		req.Body.Close()
		body := x.RequestBody
		req.Body = io.NopCloser(bytes.NewReader(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.ContentLength = int64(len(body))
	}
	r.state.mu.Lock()
	spent := r.state.requests >= r.cfg.MaxRequests
	if !spent {
		r.state.requests++
	}
	r.state.mu.Unlock()
	if spent {
		x.skipped = fmt.Sprintf("the %s of this run are spent", plural(r.cfg.MaxRequests, "request"))
		return x
	}
	x.Request = req

	started := time.Now()
	res, err := r.transport.RoundTrip(req)
	if err == nil {
		x.Body, err = io.ReadAll(io.LimitReader(res.Body, maxBody+1))
		res.Body.Close()
		if len(x.Body) > maxBody {
			x.Body, x.Cut = x.Body[:maxBody], true
		}
		x.Response = res
	}
	x.Duration = time.Since(started)
	if err != nil {
		x.Err, x.unreachable = r.explain(err, ctx, res != nil)
		if res == nil {
			return x
		}
	}
	x.Response.Request = req
	x.judge()
	return x
}

// judge asks the document about the response. It says nothing of a method that is not the operation's, but for HEAD,
// which is answered as GET is.
func (x *Exchange) judge() {
	op := x.Case.Operation
	if x.Case.Kind == OtherMethod && (x.Request.Method != http.MethodHead || x.Status()/100 != 2) {
		return
	}
	// who accepts nothing of what there is can be told so in anything, and what stands before an API refuses
	// credentials and media types in words of its own where the document does not say how
	if res := op.Response(x.Status()); x.Status()/100 == 4 {
		switch x.Case.Kind {
		case OtherAccept:
			return
		case Stranger, OtherType:
			if res == nil || res.Status == "default" {
				return
			}
		}
	}
	res := *x.Response
	res.Body = io.NopCloser(bytes.NewReader(x.Body))
	res.Header = x.Response.Header.Clone()
	problems := op.CheckResponse(&res)
	if x.Cut || x.Err != nil {
		problems = slices.DeleteFunc(problems, func(p spec.Problem) bool { return p.In == "body" })
	}
	x.Problems = problems
	x.Response.Body = io.NopCloser(bytes.NewReader(x.Body))
}

// request writes a case as it travels.
func (r *runner) request(ctx context.Context, c Case, input spec.Input) (*http.Request, error) {
	req, err := r.draft(ctx, r.target.String(), c, input)
	if err != nil {
		return nil, err
	}
	if req.URL.Scheme != r.target.Scheme || req.URL.Host != r.target.Host {
		return nil, fmt.Errorf("it would go to %s, not to the target", req.URL.Host)
	}
	switch c.Kind {
	case Bare:
		strip(req, c.Operation)
	case Stranger:
		strip(req, c.Operation)
		r.credential(c.Operation).putBad(req, c.garbled)
	default:
		r.credential(c.Operation).put(req, r.cfg.Token)
	}
	return req, nil
}

// draft writes a case below a base URL, all but the credentials.
func (r *runner) draft(ctx context.Context, base string, c Case, input spec.Input) (*http.Request, error) {
	op := c.Operation
	if c.Method != "" {
		input.Body, input.HasBody, input.MediaType = nil, false, ""
	}
	req, err := op.NewRequest(ctx, base, input)
	if err != nil {
		return nil, err
	}
	if c.Method != "" {
		req.Method = c.Method
		req.Header.Del("Content-Type")
	}
	for name, values := range r.cfg.Header {
		if http.CanonicalHeaderKey(name) == "Host" {
			req.Host = values[0]
			continue
		}
		if http.CanonicalHeaderKey(name) == "Cookie" && req.Header.Get("Cookie") != "" {
			req.Header.Set("Cookie", req.Header.Get("Cookie")+"; "+strings.Join(values, "; "))
			continue
		}
		req.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if c.Accept != "" {
		req.Header.Set("Accept", c.Accept)
	}
	if req.Header.Get("Accept") == "" {
		if accept := accepted(op); accept != "" {
			req.Header.Set("Accept", accept)
		}
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", r.agent)
	}
	req.Header.Set("Specimen-Run", r.cfg.RunID)
	return req, nil
}

// accepted names the media types that the document has for the operation's responses, those of success first.
func accepted(op *spec.Operation) string {
	var names []string
	for _, success := range []bool{true, false} {
		for _, res := range op.Responses() {
			if strings.HasPrefix(res.Status, "2") != success {
				continue
			}
			for _, m := range res.Content {
				if !slices.Contains(names, m.Name) && len(names) < 8 {
					names = append(names, m.Name)
				}
			}
		}
	}
	return strings.Join(names, ", ")
}

// explain says what became of a request that was not answered, in words without an address or a secret.
func (r *runner) explain(err error, ctx context.Context, begun bool) (error, bool) {
	var (
		dial     *net.OpError
		dns      *net.DNSError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		record   tls.RecordHeaderError
		timeout  net.Error
	)
	text := r.secrets.text(err.Error())
	where := r.secrets.text(r.target.Host)
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		if errors.As(err, &dial) && dial.Op == "dial" {
			return fmt.Errorf("no connection to %s within %s", where, r.cfg.Timeout), true
		}
		if begun {
			return fmt.Errorf("the answer is not complete within %s", r.cfg.Timeout), false
		}
		return fmt.Errorf("no answer within %s", r.cfg.Timeout), false
	case errors.As(err, &dns):
		return fmt.Errorf("connect to %s: %s", where, r.secrets.text(dns.Err)), true
	case errors.As(err, &dial) && dial.Op == "dial":
		return fmt.Errorf("connect to %s: %s", where, r.secrets.text(dial.Err.Error())), true
	case errors.As(err, &unknown), errors.As(err, &hostname), errors.As(err, &invalid):
		return fmt.Errorf("the certificate of %s is not trusted: %s", where, text), true
	case errors.As(err, &record):
		return fmt.Errorf("%s does not speak TLS: %s", where, text), true
	case begun:
		return fmt.Errorf("the answer breaks off: %s", text), false
	}
	return fmt.Errorf("there is no whole answer: %s", text), false
}

// echo makes the body of a write of what a read answered: the members that the body may have, as they are.
func echo(c Case, read Exchange) (any, bool) {
	body := c.Operation.Body()
	if body == nil || read.Status()/100 != 2 || read.Cut {
		return nil, false
	}
	var schema *spec.Schema
	for _, m := range body.Content {
		if m.Name == c.Input.MediaType || c.Input.MediaType == "" && isJSON(m.Name) {
			schema = m.Schema
		}
	}
	answer, err := value.Parse(read.Body)
	if err != nil || schema == nil {
		return nil, false
	}
	whole, ok := answer.(*value.Object)
	if !ok {
		return nil, false
	}
	candidates := []*value.Object{whole}
	if whole.Len() == 1 { // an envelope
		for _, inner := range whole.All() {
			if o, ok := inner.(*value.Object); ok {
				candidates = append(candidates, o)
			}
		}
	}
	for _, from := range candidates {
		out := value.NewObject()
		for _, p := range writable(schema) {
			if v, ok := from.Get(p.Name); ok && !p.readOnly {
				out.Set(p.Name, v)
			}
		}
		if out.Len() > 0 && len(schema.Check(out, spec.Request)) == 0 {
			return out, true
		}
	}
	return nil, false
}

type member struct {
	Name     string
	readOnly bool
}

// writable names the members of a schema, through references and allOf.
func writable(s *spec.Schema) []member {
	var out []member
	seen := map[*spec.Schema]bool{}
	var walk func(s *spec.Schema)
	walk = func(s *spec.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		for _, p := range s.Properties {
			target := p.Schema.Deref()
			out = append(out, member{p.Name, p.Schema.ReadOnly || target != nil && target.ReadOnly})
		}
		if s.Ref != nil {
			walk(s.Ref.Schema())
		}
		for _, branch := range s.AllOf {
			walk(branch)
		}
	}
	walk(s)
	return out
}
