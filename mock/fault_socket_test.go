package mock_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/specimen-api/specimen/contract"
	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

// listen serves a mock at a socket and gives its address.
func listen(t testing.TB, s http.Handler) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// raw is what a client sees that knows nothing but TCP.
type raw struct {
	head string // up to the empty line
	body string
	err  error // of the last read; nil at an orderly end
	took time.Duration
	gaps int // reads of the body
}

func shout(t testing.TB, address, path string, headers ...string) raw {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n\r\n", path, strings.Join(headers, "\r\n"))
	began := time.Now()
	var all strings.Builder
	var out raw
	buf := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buf)
		all.Write(buf[:n])
		out.gaps++
		if err != nil {
			if err != io.EOF {
				out.err = err
			}
			break
		}
	}
	out.took = time.Since(began)
	out.head, out.body, _ = strings.Cut(all.String(), "\r\n\r\n")
	return out
}

func (r raw) length(t testing.TB) int {
	t.Helper()
	for _, line := range strings.Split(r.head, "\r\n") {
		if text, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	return -1
}

func TestFaultsAtTheSocket(t *testing.T) {
	const path, key = "/api/v2/org", "Authorization: Bearer ak_test_trial"
	tests := map[string]struct {
		fault string
		see   func(t *testing.T, r raw)
		fails bool // net/http says so: no answer, or a body that breaks off
	}{
		"latency": {"latency=80ms", func(t *testing.T, r raw) {
			if r.took < 80*time.Millisecond || !strings.HasPrefix(r.head, "HTTP/1.1 200 ") {
				t.Errorf("got %q after %s, want 200 after 80ms", r.head, r.took)
			}
		}, false},
		"status": {"status=503", func(t *testing.T, r raw) {
			if !strings.HasPrefix(r.head, "HTTP/1.1 503 ") || !strings.Contains(r.head, "Specimen-Fault: status=503") {
				t.Errorf("got %q, want 503 and the fault's name", r.head)
			}
		}, false},
		"rate": {"rate=0/90s", func(t *testing.T, r raw) {
			if !strings.HasPrefix(r.head, "HTTP/1.1 429 ") || !strings.Contains(r.head, "Retry-After: 90\r\n") {
				t.Errorf("got %q, want 429 and Retry-After", r.head)
			}
		}, false},
		"reset": {"reset", func(t *testing.T, r raw) {
			if r.head != "" || !errors.Is(r.err, syscall.ECONNRESET) {
				t.Errorf("got %q and %v, want nothing and a reset", r.head, r.err)
			}
		}, true},
		"cut": {"cut", func(t *testing.T, r raw) {
			if !strings.Contains(r.head, "Transfer-Encoding: chunked") || r.body == "" || strings.HasSuffix(r.body, "0\r\n\r\n") {
				t.Errorf("got %q %q, want chunks without an end", r.head, r.body)
			}
		}, true},
		"truncate": {"truncate", func(t *testing.T, r raw) {
			if n := r.length(t); n < 2 || len(r.body) != n/2 {
				t.Errorf("got %d bytes of %d, want half of them", len(r.body), n)
			}
		}, true},
		"garbage": {"garbage", func(t *testing.T, r raw) {
			if _, err := value.Parse([]byte(r.body)); err == nil || len(r.body) != r.length(t) || !strings.Contains(r.head, "Content-Type: application/json") {
				t.Errorf("got %q, want bytes that are no JSON under its name", r.body)
			}
		}, false},
		"drip": {"drip=40/10ms", func(t *testing.T, r raw) {
			if least := time.Duration(len(r.body)/40) * 10 * time.Millisecond; r.took < least || r.gaps < 4 || len(r.body) != r.length(t) {
				t.Errorf("got %d bytes in %d reads after %s, want all of them, a few at a time, after %s", len(r.body), r.gaps, r.took, least)
			}
		}, false},
		"bandwidth": {"bandwidth=2kB/s", func(t *testing.T, r raw) {
			if least := time.Duration(len(r.body)-100) * time.Second / 2000; r.took < least || len(r.body) != r.length(t) {
				t.Errorf("got %d bytes after %s, want them after %s", len(r.body), r.took, least)
			}
		}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := play(t, "octolens", mock.Config{Faults: []string{tt.fault}})
			address := listen(t, s)
			tt.see(t, shout(t, address, path, key))
			other := play(t, "octolens", mock.Config{})
			tt.see(t, shout(t, listen(t, other), path, key, "Prefer: fault="+tt.fault))
			r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+address+path, nil)
			r.Header.Set("Authorization", "Bearer ak_test_trial")
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			res, err := client.Do(r)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if (err != nil) != tt.fails {
				t.Errorf("net/http: got the error %v, want one: %t", err, tt.fails)
			}
			time.Sleep(time.Millisecond)
			calls := s.Calls()
			if len(calls) == 0 || len(calls[0].Faults) != 1 || calls[0].Faults[0] != tt.fault {
				t.Errorf("got the calls %+v, want the fault in them", calls)
			}
		})
	}
}

func TestATimeoutNeverAnswers(t *testing.T) {
	s := play(t, "octolens", mock.Config{Faults: []string{"updateOrg:timeout"}})
	address := listen(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, "PATCH", "http://"+address+"/api/v2/org", strings.NewReader(`{"name":"A"}`))
	r.Header = http.Header{"Authorization": {"Bearer ak_test_trial"}, "Content-Type": {"application/json"}}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if res, err := client.Do(r); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v and %v, want the client to give up", res, err)
	}
	// another operation answers
	if got := shout(t, address, "/api/v2/org", "Authorization: Bearer ak_test_trial"); !strings.HasPrefix(got.head, "HTTP/1.1 200 ") {
		t.Errorf("got %q, want 200", got.head)
	}
	// whoever waits is let go when the mock is closed
	done := make(chan raw, 1)
	waiting := play(t, "octolens", mock.Config{Faults: []string{"timeout"}})
	at := listen(t, waiting)
	go func() { done <- shout(t, at, "/api/v2/org", "Authorization: Bearer ak_test_trial") }()
	time.Sleep(50 * time.Millisecond)
	if err := waiting.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-done:
		if got.head != "" {
			t.Errorf("got %q, want no answer", got.head)
		}
	case <-time.After(3 * time.Second):
		t.Error("the connection is open after Close")
	}
}

func TestARateCountsByTheClock(t *testing.T) {
	s := play(t, limited, mock.Config{Faults: []string{"rate=2/1m"}})
	n := s.Session("a")
	n.SetClock(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	get := func() string {
		got := ask(t, s, "GET /a", "Specimen-Session: a")
		return fmt.Sprint(got.StatusCode, " ", got.Header.Get("X-RateLimit-Limit"), " ", got.Header.Get("X-RateLimit-Remaining"), " ", got.Header.Get("Retry-After"))
	}
	for i, want := range []string{"200 2 1 ", "200 2 0 ", "429 2 0 60", "429 2 0 60"} {
		if got := get(); got != want {
			t.Errorf("request %d: got %q, want %q", i+1, got, want)
		}
	}
	if got := ask(t, s, "GET /a", "Specimen-Session: b").StatusCode; got != 200 {
		t.Errorf("got %d in another session, want 200", got)
	}
	n.Advance(45 * time.Second)
	if got, want := get(), "429 2 0 15"; got != want {
		t.Errorf("got %q after 45 seconds, want %q", got, want)
	}
	n.Advance(15 * time.Second)
	if got, want := get(), "200 2 1 "; got != want {
		t.Errorf("got %q after a minute, want %q", got, want)
	}
}

const limited = `openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /a:
    get:
      responses:
        '200': {description: O, headers: {X-RateLimit-Limit: {schema: {type: integer}}, X-RateLimit-Remaining: {schema: {type: integer}}}}
        '429': {description: L, headers: {X-RateLimit-Limit: {schema: {type: integer}}, X-RateLimit-Remaining: {schema: {type: integer}}}}
`

func TestTheSameSeedFailsTheSameWay(t *testing.T) {
	run := func(seed uint64, session string) string {
		cfg := mock.Config{Faults: []string{"status=503:0.3", "garbage=0.2"}}
		cfg.Fixtures.Seed = seed
		s := play(t, "octolens", cfg)
		var out strings.Builder
		for range 60 {
			got := ask(t, s, "HEAD /api/v2/org", "Authorization: Bearer ak_test_trial", "Specimen-Session: "+session)
			fmt.Fprint(&out, got.StatusCode, got.Header.Get("Specimen-Fault"), ";")
		}
		return out.String()
	}
	first := run(1, "a")
	if again := run(1, "b"); again != first {
		t.Errorf("got\n%s\nand with the same seed\n%s", first, again)
	}
	if n := strings.Count(first, "503"); n < 2*8 || n > 2*30 {
		t.Errorf("got %d failures of 60, want about 18", n/2)
	}
	if other := run(2, "a"); other == first {
		t.Error("another seed fails the same way")
	}
}

func TestWhatIsNoFault(t *testing.T) {
	tests := map[string]string{
		"latensy=1s":                        "no fault named \"latensy\"; there are bandwidth, cut, drip, garbage, latency, lie, rate, reset, status, timeout, truncate",
		"latency":                           "the argument is missing",
		"latency=":                          "nothing stands after the =",
		"latency=-1s":                       "want a duration",
		"latency=20h":                       "want a duration",
		"latency=2s..1s":                    "the shorter first",
		"latency=lognormal:1s:x":            "sigma",
		"status=200":                        "want a status from 400 to 599",
		"status=503:2":                      "want a number above 0 and at most 1",
		"status=503:NaN":                    "want a number above 0 and at most 1",
		"status=503:":                       "after the colon",
		"rate=5":                            "want a duration above 0s",
		"rate=x/1s":                         "want a number of requests",
		"cut=0":                             "want a number above 0",
		"drip=0/1s":                         "want a number of bytes",
		"drip=1":                            "want a duration",
		"bandwidth=64":                      "want bytes in a second",
		"bandwidth=0B/s":                    "want bytes in a second",
		"lie=big":                           "no lie named \"big\"; there are missing, type, null, enum, extra, format, media-type, status, header",
		"getOrgg:cut":                       "no such operation; there are getOrg",
		"GET /api/v2/org:latency=1s":        "",
		"getOrg:status=503:0.5":             "",
		"getOrg*:latency=lognormal:1ms:0.5": "",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			s, err := mock.New(document(t, "octolens"), mock.Config{Faults: []string{text}})
			switch {
			case want == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
				t.Errorf("got %v, want %s", err, want)
			}
			if s != nil {
				s.Close()
			}
			if want == "" {
				return
			}
			playing := play(t, "octolens", mock.Config{})
			got := ask(t, playing, "GET /api/v2/org", "Authorization: Bearer ak_test_trial", `Prefer: fault="`+text+`"`)
			if got.StatusCode != 400 {
				t.Errorf("got %d by Prefer, want 400", got.StatusCode)
			}
		})
	}
}

func TestEveryFaultIsDescribed(t *testing.T) {
	checks := map[string]bool{"": true}
	for _, c := range contract.Checks() {
		checks[c.Name] = true
	}
	for _, f := range mock.Faults() {
		if f.Doc == "" || !checks[f.Caught] {
			t.Errorf("%s: got the doc %q and the check %q, want a sentence and a check that there is", f.Name, f.Doc, f.Caught)
		}
		s, err := mock.New(document(t, "octolens"), mock.Config{Faults: []string{f.Example}})
		if err != nil {
			t.Errorf("%s: the example: %v", f.Name, err)
			continue
		}
		s.Close()
	}
}

const telling = `openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /a:
    get:
      operationId: getA
      responses:
        '200':
          description: O
          headers: {X-Total: {required: true, schema: {type: integer}}}
          content:
            application/json:
              schema:
                type: object
                additionalProperties: false
                required: [id, at, kind]
                properties:
                  id: {type: integer}
                  at: {type: string, format: date-time}
                  kind: {type: string, enum: [cat, dog]}
                  list: {type: array, items: {type: object, required: [n], properties: {n: {type: number}}}}
  /deep:
    get:
      operationId: getDeep
      responses:
        '200':
          description: O
          headers: {X-Page: {schema: {type: integer}}}
          content:
            application/json:
              schema:
                anyOf:
                - type: object
                  required: [pets]
                  additionalProperties: false
                  properties:
                    pets: {type: array, minItems: 1, items: {$ref: '#/components/schemas/Pet'}}
  /open:
    get: {operationId: getOpen, responses: {'200': {description: O, content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}}}}
  /any:
    get: {operationId: getAny, responses: {default: {description: O, content: {'*/*': {schema: {}}}}}}
components:
  schemas:
    Pet:
      type: object
      required: [id, kind]
      additionalProperties: false
      properties: {id: {type: string, format: uuid}, kind: {const: pet}, weight: {type: number, minimum: 0}}
`

func TestEachLieBreaksTheAnswerInOnePlace(t *testing.T) {
	tests := map[string]struct {
		path, lie string
		keyword   string // "": the answer has no place for it
	}{
		"a member is missing":            {"/a", "missing", "required"},
		"another type":                   {"/a", "type", "type"},
		"null":                           {"/a", "null", "type"},
		"none of the enum":               {"/a", "enum", "enum"},
		"an extra member":                {"/a", "extra", "additionalProperties"},
		"another format":                 {"/a", "format", "format"},
		"another media type":             {"/a", "media-type", "media type"},
		"another status":                 {"/a", "status", "status"},
		"a header is missing":            {"/a", "header", "required"},
		"a header that is not required":  {"/deep", "header", "type"},
		"deep: a member is missing":      {"/deep", "missing", "required"},
		"deep: another type":             {"/deep", "type", "type"},
		"deep: another than the const":   {"/deep", "enum", "const"},
		"deep: an extra member":          {"/deep", "extra", "additionalProperties"},
		"deep: another format":           {"/deep", "format", "format"},
		"no enum":                        {"/open", "enum", ""},
		"no required member":             {"/open", "missing", ""},
		"every status is documented":     {"/any", "status", ""},
		"every media type is documented": {"/any", "media-type", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := play(t, telling, mock.Config{})
			for seed := range 5 {
				r := httptest.NewRequest("GET", tt.path, nil)
				r.Header.Set("Prefer", fmt.Sprintf("seed=%d, fault=lie=%s", seed, tt.lie))
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				res := w.Result()
				if tt.keyword == "" {
					if res.StatusCode != 400 || !strings.Contains(w.Body.String(), "nothing that could be wrong") {
						t.Errorf("got %d %s, want 400: there is no place for the lie", res.StatusCode, w.Body)
					}
					continue
				}
				res.Request = r
				op := s.Documents()[0].Operation(res.Header.Get("Specimen-Operation"))
				var got []spec.Problem
				for _, p := range op.CheckResponse(res) {
					if p.Severity == spec.Error {
						got = append(got, p)
					}
				}
				if len(got) != 1 || got[0].Keyword != tt.keyword {
					t.Fatalf("got the problems %v, want one of %s: %s", got, tt.keyword, w.Body)
				}
				at := got[0].At
				if name, ok := strings.CutPrefix(got[0].In, "header "); ok {
					at = name
				}
				if source, want := res.Header.Get("Specimen-Source"), strings.TrimSpace("lie "+tt.keyword+" "+at); source != want {
					t.Errorf("got the source %q, want %q", source, want)
				}
				if res.Header.Get("Specimen-Fault") != "lie="+tt.lie {
					t.Errorf("got Specimen-Fault %q, want the lie", res.Header.Get("Specimen-Fault"))
				}
			}
		})
	}
}

func TestALieLeavesTheRestOfTheAnswer(t *testing.T) {
	s := play(t, "octolens", mock.Config{Faults: []string{"lie=missing"}})
	r := httptest.NewRequest("GET", "/api/v2/org", nil)
	r.Header.Set("Authorization", "Bearer ak_test_trial")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if got := w.Header().Get("Specimen-Source"); !strings.HasPrefix(got, "lie required") || !strings.Contains(w.Body.String(), "org_trial") && !strings.Contains(w.Body.String(), "Marlow & Finch") {
		t.Errorf("got %s %s, want the fixture without one member", got, w.Body)
	}
}

func TestAnUndeclaredMemberIsToldInAnOpenSchema(t *testing.T) {
	s := play(t, telling, mock.Config{})
	got := ask(t, s, "GET /open", "Prefer: fault=lie=extra")
	if got.source() != "lie undeclared /lie" || got.at(t, "/lie") != "true" {
		t.Errorf("got %s %s, want a member that the document does not know", got.source(), got.body)
	}
}
