package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/specimen-api/specimen/spec"
)

// shop is a document small enough to read here. Line numbers in the tests count from its first line.
const shop = `openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
servers: [{url: 'https://shop.example/v1'}]
security: [{key: []}]
paths:
  /items/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}, example: i_1}
    get:
      operationId: getItem
      responses:
        '200':
          description: The item.
          headers:
            X-Left: {required: true, schema: {type: integer}}
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Item'}
        '401': {description: No key.}
        '404':
          description: No such item.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Error'}
    patch:
      operationId: updateItem
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/ItemUpdate'}
            example: {name: Renamed}
      responses:
        '200':
          description: The item.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Item'}
        '400': {description: Refused.}
        '401': {description: No key.}
    delete:
      operationId: deleteItem
      responses:
        '204': {description: Gone.}
  /ping:
    get:
      operationId: ping
      responses:
        '204': {description: Alive.}
        '401': {description: No key.}
components:
  securitySchemes:
    key: {type: http, scheme: bearer}
  schemas:
    Item:
      type: object
      required: [id, name, made]
      properties:
        id: {type: string, readOnly: true}
        name: {type: string}
        made: {type: string, format: date-time, readOnly: true}
        price: {type: integer}
        note: {type: [string, 'null']}
    ItemUpdate:
      type: object
      minProperties: 1
      properties:
        name: {type: string, minLength: 1}
    Error:
      type: object
      required: [error]
      properties:
        error: {type: string}
`

func parse(t testing.TB, text string) *spec.Document {
	t.Helper()
	doc, err := spec.Parse("shop.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

const token = "sk_live_8fJ2kQ9xLmVb31"

const item = `{"id": "i_1", "name": "Lamp", "made": "2026-01-15T09:00:00Z", "price": 5, "note": null}`

// open, among the operations, opens the server to everybody.
const open = "open"

// shopServer keeps the promise of shop, but for the operations that are given.
func shopServer(t testing.TB, instead map[string]http.HandlerFunc) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	handlers := map[string]http.HandlerFunc{
		"GET /v1/items/{id}": func(w http.ResponseWriter, r *http.Request) {
			if r.PathValue("id") != "i_1" {
				answer(w, 404, `{"error": "no such item"}`)
				return
			}
			w.Header().Set("X-Left", "3")
			answer(w, 200, item)
		},
		"PATCH /v1/items/{id}": func(w http.ResponseWriter, r *http.Request) {
			var update map[string]any
			name, named := "", false
			if json.NewDecoder(r.Body).Decode(&update) == nil && r.Header.Get("Content-Type") == "application/json" {
				name, named = update["name"].(string)
			}
			if _, given := update["name"]; len(update) == 0 || given && (!named || name == "") {
				w.WriteHeader(400)
				return
			}
			answer(w, 200, item)
		},
		"GET /v1/ping": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) },
	}
	for pattern, h := range instead {
		if pattern != open {
			handlers[pattern] = h
		}
	}
	for pattern, h := range handlers {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+token && instead[open] == nil {
				w.WriteHeader(401)
				return
			}
			h(w, r)
		})
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

// body answers getItem with 200 and a body.
func withItem(body string) map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{"GET /v1/items/{id}": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Left", "3")
		answer(w, 200, body)
	}}
}

func config(s *httptest.Server) Config {
	return Config{Target: s.URL + "/v1", Token: token, Rate: -1, RunID: "run", Phases: []Phase{Examples}, Timeout: 2 * time.Second,
		sleep: func(ctx context.Context, d time.Duration) error { return ctx.Err() }}
}

func run(t testing.TB, doc *spec.Document, cfg Config) *Report {
	t.Helper()
	report, err := Run(t.Context(), doc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func text(t testing.TB, r *Report, format string) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestACorrectServerKeepsThePromise(t *testing.T) {
	for _, writes := range []bool{false, true} {
		cfg := config(shopServer(t, nil))
		cfg.AllowWrites, cfg.Phases = writes, AllPhases()
		r := run(t, parse(t, shop), cfg)
		if len(r.Findings) != 0 || r.Exit() != 0 {
			t.Errorf("writes %v: got exit %d and %d findings, want 0 and none\n%s", writes, r.Exit(), len(r.Findings), text(t, r, "text"))
		}
		kept := 2
		if writes {
			kept = 3
		}
		if r.Counts.Kept != kept || r.Counts.NotTested != 4-kept {
			t.Errorf("writes %v: got %d kept and %d not tested, want %d and %d", writes, r.Counts.Kept, r.Counts.NotTested, kept, 4-kept)
		}
	}
}

func TestEachBreachIsFound(t *testing.T) {
	getItem := func(h http.HandlerFunc) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{"GET /v1/items/{id}": h}
	}
	tests := map[string]struct {
		server  map[string]http.HandlerFunc
		check   string
		in, at  string
		pointer string
		line    int // of the document
		got     string
	}{
		"a required member is missing":    {withItem(`{"id": "i_1", "name": "Lamp"}`), "body", "body", "", "#/components/schemas/Item", 57, ""},
		"a member has another type":       {withItem(strings.Replace(item, `"price": 5`, `"price": "5"`, 1)), "body", "body", "/price", "#/components/schemas/Item/properties/price", 62, `"5"`},
		"a format is broken":              {withItem(strings.Replace(item, "T09:00:00Z", "", 1)), "body", "body", "/made", "#/components/schemas/Item/properties/made", 61, "2026-01-15"},
		"null where none is allowed":      {withItem(strings.Replace(item, `"Lamp"`, "null", 1)), "body", "body", "/name", "#/components/schemas/Item/properties/name", 60, "null"},
		"the whole body has another type": {withItem(`[]`), "body", "body", "", "#/components/schemas/Item", 56, "array"},
		"the body is no JSON":             {withItem(`{"id": "i_1",`), "encoding", "body", "", "", 0, ""},
		"a member comes twice":            {withItem(`{"name": "x", ` + item[1:]), "encoding", "body", "/name", "", 0, ""},
		"an HTML page instead of JSON": {getItem(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Left", "1")
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<p>hello")
		}), "media-type", "media type", "", "", 0, "text/html"},
		"a required header is missing":  {getItem(func(w http.ResponseWriter, r *http.Request) { answer(w, 200, item) }), "headers", "header X-Left", "", "", 15, ""},
		"a header breaks its schema":    {getItem(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Left", "many"); answer(w, 200, item) }), "headers", "header X-Left", "", "", 15, `string "many"`},
		"a status that is not declared": {getItem(func(w http.ResponseWriter, r *http.Request) { answer(w, 202, item) }), "status", "status", "", "", 0, "202"},
		"a redirect elsewhere": {getItem(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.7/elsewhere", http.StatusFound)
		}), "status", "status", "", "", 0, "302"},
		"the server fails":      {getItem(func(w http.ResponseWriter, r *http.Request) { answer(w, 500, `{"error": "oh"}`) }), "server-error", "status", "", "#/paths/~1items~1{id}/get", 9, "500"},
		"the connection breaks": {getItem(func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }), "answer", "response", "", "#/paths/~1items~1{id}/get", 9, ""},
		"the body ends early": {getItem(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Left", "1")
			w.Header().Set("Content-Length", "500")
			answer(w, 200, item)
		}), "answer", "response", "", "#/paths/~1items~1{id}/get", 9, "breaks off"},
		"anybody is let in":                {map[string]http.HandlerFunc{open: func(http.ResponseWriter, *http.Request) {}}, "auth", "status", "", "#/paths/~1items~1{id}/get/security", 9, "200"},
		"a 404 without its declared shape": {getItem(func(w http.ResponseWriter, r *http.Request) { answer(w, 404, `{"message": "no"}`) }), "body", "body", "", "#/components/schemas/Error", 0, "error"},
		"a 204 with a body": {map[string]http.HandlerFunc{"GET /v1/ping": func(w http.ResponseWriter, r *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
			conn.Close()
		}}, "no-body", "body", "", "", 0, "Content-Length 5"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, parse(t, shop), config(shopServer(t, test.server)))
			if r.Exit() != 1 {
				t.Errorf("got exit %d, want 1\n%s", r.Exit(), text(t, r, "text"))
			}
			var f *Finding
			for i := range r.Findings {
				if r.Findings[i].Check == test.check && f == nil {
					f = &r.Findings[i]
				}
			}
			if f == nil {
				t.Fatalf("got no finding of %s\n%s", test.check, text(t, r, "text"))
			}
			if f.In != test.in || f.At != test.at {
				t.Errorf("got the place %q %q, want %q %q", f.In, f.At, test.in, test.at)
			}
			if test.pointer != "" && !strings.HasPrefix(f.Promise.Pointer, test.pointer) {
				t.Errorf("got the promise %q, want %q", f.Promise.Pointer, test.pointer)
			}
			if f.Promise.File != "shop.yaml" || f.Promise.Line == 0 || test.line != 0 && f.Promise.Line != test.line && f.Promise.Line != test.line+1 {
				t.Errorf("got the promise at %s, want line %d", f.Promise, test.line)
			}
			if !strings.Contains(f.Got+f.Message, test.got) {
				t.Errorf("got %q (%s), want it to have %q", f.Got, f.Message, test.got)
			}
			if f.Sent != 2 || f.Seen != 2 {
				t.Errorf("got seen %d of %d, want 2 of 2", f.Seen, f.Sent)
			}
			if len(r.Findings) != 1 && test.check != "auth" {
				t.Errorf("got %d findings, want one for one breach\n%s", len(r.Findings), text(t, r, "text"))
			}
		})
	}
}

func TestWhatCouldNotBeTestedIsNotKept(t *testing.T) {
	refuse := func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) }
	everywhere := func(h http.HandlerFunc) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{"GET /v1/items/{id}": h, "GET /v1/ping": h}
	}
	down := httptest.NewServer(nil)
	down.Close()
	tests := map[string]struct {
		cfg  func(t *testing.T) Config
		want string
	}{
		"the credentials are refused": {func(t *testing.T) Config { return config(shopServer(t, everywhere(refuse))) }, "could not test: the credentials were refused, every operation answered 401 or 403"},
		"no credentials are given": {func(t *testing.T) Config {
			cfg := config(shopServer(t, nil))
			cfg.Token = ""
			return cfg
		}, "could not test: every operation answered 401 or 403, and no credentials were given"},
		"nobody listens": {func(t *testing.T) Config { return config(down) }, "could not test: connect to " + strings.TrimPrefix(down.URL, "http://") + ": connect: connection refused"},
		"the base path is wrong": {func(t *testing.T) Config {
			cfg := config(shopServer(t, nil))
			cfg.Target = strings.TrimSuffix(cfg.Target, "/v1")
			return cfg
		}, "could not test: every operation answered 404; is the target's path the right one? The document's servers have /v1"},
		"only writes, which are not allowed": {func(t *testing.T) Config {
			cfg := config(shopServer(t, nil))
			cfg.Only = []string{"updateItem"}
			return cfg
		}, "could not test: no operation was reached"},
		"only an id that nobody knows": {func(t *testing.T) Config {
			cfg := config(shopServer(t, nil))
			cfg.Only, cfg.Set = []string{"getItem"}, map[string]string{"id": "i_2"}
			return cfg
		}, "could not test: no operation was reached"},
		"an answer that never comes": {func(t *testing.T) Config {
			cfg := config(shopServer(t, everywhere(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })))
			cfg.Timeout = 20 * time.Millisecond
			return cfg
		}, "could not test: no answer within 20ms"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, parse(t, shop), test.cfg(t))
			if r.Exit() != 3 || r.OK() {
				t.Errorf("got exit %d, want 3\n%s", r.Exit(), text(t, r, "text"))
			}
			if r.Conclusion != test.want {
				t.Errorf("got %q, want %q", r.Conclusion, test.want)
			}
		})
	}
}

func TestASlowOperationIsAFindingWhereOthersAnswer(t *testing.T) {
	cfg := config(shopServer(t, map[string]http.HandlerFunc{"GET /v1/ping": func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}))
	cfg.Timeout = 100 * time.Millisecond
	r := run(t, parse(t, shop), cfg)
	if len(r.Findings) != 1 || r.Findings[0].Check != "answer" || r.Findings[0].Message != "no answer within 100ms" || r.Exit() != 1 {
		t.Errorf("got exit %d, want 1 and one finding of answer\n%s", r.Exit(), text(t, r, "text"))
	}
}

func TestAnIdThatNobodyKnowsIsNoFault(t *testing.T) {
	tests := map[string]struct {
		doc string
	}{
		"with a declared 404":    {shop},
		"without a declared 404": {strings.Replace(shop, "'404':", "'410':", 1)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			doc := parse(t, strings.Replace(test.doc, ", example: i_1", "", 1))
			r := run(t, doc, config(shopServer(t, nil)))
			if r.Exit() != 0 || r.Counts.Errors != 0 {
				t.Errorf("got exit %d, want 0: another operation was tested\n%s", r.Exit(), text(t, r, "text"))
			}
			if o := r.Operations[0]; o.Verdict != NotTested || o.Why != "not reached: no id; use --set id=..." {
				t.Errorf("got %s, %q, want that the operation was not reached", o.Verdict, o.Why)
			}
		})
	}
}

func TestAnUndeclared404IsAFaultWhenTheIdWasGiven(t *testing.T) {
	cfg := config(shopServer(t, nil))
	cfg.Set = map[string]string{"id": "i_2"}
	r := run(t, parse(t, strings.Replace(shop, "'404':", "'410':", 1)), cfg)
	if r.Exit() != 1 || len(r.Findings) != 1 || r.Findings[0].Check != "status" {
		t.Errorf("got exit %d, want 1\n%s", r.Exit(), text(t, r, "text"))
	}
}

func TestOneReasonIsOneFinding(t *testing.T) {
	broken := `[` + strings.Repeat(`{"id": 1}, `, 9) + `{"id": 2}]`
	doc := parse(t, `openapi: 3.0.3
info: {title: Lists, version: '1'}
paths:
  /a: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/A'}}}}}}}}
  /b: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/A'}}}}}}}}
components:
  schemas:
    A: {type: object, properties: {id: {type: string}}}
`)
	r := run(t, doc, Config{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, 200, broken) })})
	if len(r.Findings) != 1 {
		t.Fatalf("got %d findings, want 1\n%s", len(r.Findings), text(t, r, "text"))
	}
	f := r.Findings[0]
	if f.Count < 2 || len(operationsOf(f)) != 2 || r.Counts.Broken != 2 {
		t.Errorf("got %d times in %v, want it in both operations", f.Count, operationsOf(f))
	}
}

func TestAFindingThatDoesNotComeAgainIsFlaky(t *testing.T) {
	for status, exit := range map[int]int{500: 1, 503: 0} {
		calls := 0
		r := run(t, parse(t, shop), config(shopServer(t, map[string]http.HandlerFunc{"GET /v1/ping": func(w http.ResponseWriter, r *http.Request) {
			if calls++; calls == 1 {
				w.WriteHeader(status)
				return
			}
			w.WriteHeader(204)
		}})))
		if len(r.Findings) != 1 || !r.Findings[0].Flaky() || r.Exit() != exit {
			t.Errorf("status %d: got exit %d, want %d and one flaky finding\n%s", status, r.Exit(), exit, text(t, r, "text"))
		}
		if out := text(t, r, "text"); !strings.Contains(out, "flaky: seen 1 of 2") {
			t.Errorf("status %d: got %s, want it to say that the finding is flaky", status, out)
		}
	}
}

func TestTheSamePlanAndReportWhateverTheWorkers(t *testing.T) {
	server := shopServer(t, withItem(`{}`))
	var want string
	for _, workers := range []int{1, 8, 3} {
		cfg := config(server)
		cfg.Workers = workers
		cfg.Now = func() time.Time { return time.Unix(0, 0) }
		cfg.AllowWrites = true
		var seen []string
		cfg.Observe = func(r Result) { seen = append(seen, r.Case.ID) }
		got := text(t, run(t, parse(t, shop), cfg), "json")
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d workers: got\n%s\nwant\n%s", workers, got, want)
		}
		if order := strings.Join(seen, " "); order != "getItem/3a8f0f98 getItem/f068efe5 updateItem/26c13709 ping/f8ed81f9 ping/9496f95a" {
			t.Errorf("%d workers: got the order %s", workers, order)
		}
	}
}

func TestOnlySafeRequestsAreSent(t *testing.T) {
	tests := map[string]struct {
		writes bool
		want   string
	}{
		"without leave": {false, "GET GET GET GET"},
		"with leave":    {true, "GET GET GET GET PATCH"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var methods []string
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				methods = append(methods, r.Method)
				if r.Header.Get("Authorization") == "" {
					w.WriteHeader(401)
				} else if r.URL.Path == "/v1/ping" {
					w.WriteHeader(204)
				} else {
					w.Header().Set("X-Left", "1")
					answer(w, 200, item)
				}
			})
			r := run(t, parse(t, shop), Config{Handler: h, Token: token, AllowWrites: test.writes, Workers: 1, Phases: []Phase{Examples}})
			if got := strings.Join(methods, " "); got != test.want {
				t.Errorf("got %s, want %s\n%s", got, test.want, text(t, r, "text"))
			}
			if why := r.Operations[2].Why; why != "DELETE is never sent" {
				t.Errorf("got %q, want the reason for DELETE", why)
			}
		})
	}
}

func TestAPatchPutsBackWhatWasRead(t *testing.T) {
	var sent string
	cfg := config(shopServer(t, map[string]http.HandlerFunc{"PATCH /v1/items/{id}": func(w http.ResponseWriter, r *http.Request) {
		var b map[string]any
		json.NewDecoder(r.Body).Decode(&b)
		data, _ := json.Marshal(b)
		sent = string(data)
		answer(w, 200, item)
	}}))
	cfg.AllowWrites = true
	run(t, parse(t, shop), cfg)
	if want := `{"name":"Lamp"}`; sent != want {
		t.Errorf("got the body %s, want %s: the value that the item has", sent, want)
	}
}

func TestARedirectIsNotFollowedAndNoCookieKept(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	t.Cleanup(other.Close)
	cookies := 0
	server := shopServer(t, map[string]http.HandlerFunc{
		"GET /v1/items/{id}": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		},
		"GET /v1/ping": func(w http.ResponseWriter, r *http.Request) {
			cookies += len(r.Cookies())
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1", Path: "/"})
			w.WriteHeader(204)
		},
	})
	r := run(t, parse(t, shop), config(server))
	if elsewhere != 0 || cookies != 0 {
		t.Errorf("got %d requests elsewhere and %d cookies, want none", elsewhere, cookies)
	}
	if len(r.Findings) != 1 || r.Findings[0].Hint != "redirects are not followed" {
		t.Errorf("got %v, want the redirect as it is", r.Findings)
	}
}

func TestRetryAfterIsRespectedOnce(t *testing.T) {
	tests := map[string]struct {
		after string
		calls int
		waits []time.Duration
		exit  int
	}{
		"seconds":        {"7", 2, []time.Duration{7 * time.Second}, 0},
		"not said":       {"", 2, []time.Duration{time.Second}, 0},
		"longer than we": {"1800", 1, nil, 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			calls := 0
			cfg := config(shopServer(t, map[string]http.HandlerFunc{"GET /v1/ping": func(w http.ResponseWriter, r *http.Request) {
				if calls++; calls == 1 {
					if test.after != "" {
						w.Header().Set("Retry-After", test.after)
					}
					w.WriteHeader(429)
					return
				}
				w.WriteHeader(204)
			}}))
			var waits []time.Duration
			cfg.sleep = func(ctx context.Context, d time.Duration) error { waits = append(waits, d); return nil }
			cfg.Only, cfg.Disable = []string{"ping"}, []string{"auth"}
			r := run(t, parse(t, shop), cfg)
			if calls != test.calls || fmt.Sprint(waits) != fmt.Sprint(test.waits) || r.Exit() != test.exit {
				t.Errorf("got %d calls, waits %v, exit %d; want %d, %v, %d\n%s", calls, waits, r.Exit(), test.calls, test.waits, test.exit, text(t, r, "text"))
			}
		})
	}
}

func TestUnreachableIsFoundOutEarly(t *testing.T) {
	var b strings.Builder
	b.WriteString("openapi: 3.0.3\ninfo: {title: Many, version: '1'}\npaths:\n")
	for i := range 50 {
		fmt.Fprintf(&b, "  /p%d: {get: {responses: {'200': {description: ok}}}}\n", i)
	}
	down := httptest.NewServer(nil)
	down.Close()
	cfg := config(down)
	cfg.Workers = 1
	r := run(t, parse(t, b.String()), cfg)
	if r.Counts.Requests != giveUpAfter || r.Exit() != 3 {
		t.Errorf("got %d requests and exit %d, want %d and 3", r.Counts.Requests, r.Exit(), giveUpAfter)
	}
}

func TestNotUsable(t *testing.T) {
	none := func(Exchange) []spec.Problem { return nil }
	tests := map[string]struct {
		cfg  Config
		want string
	}{
		"no target":              {Config{}, "there is no target, want the base URL of a deployment"},
		"no URL":                 {Config{Target: "http://[::1"}, "the target is no URL; want one such as https://staging.example.com/api"},
		"another scheme":         {Config{Target: "ftp://x"}, `target "ftp://x": got scheme "ftp", want http or https`},
		"no host":                {Config{Target: "http:///x"}, `target "http:///x" has no host`},
		"a password":             {Config{Target: "http://me:hunter22@x"}, "the target http://me:xxxxx@x holds a user name; give credentials as Token"},
		"a query":                {Config{Target: "http://x/?key=hunter22"}, "the target http://x/ has a query, want a base URL alone; give an apiKey as Token"},
		"an unknown check":       {Config{Target: "http://x", Disable: []string{"statsu"}}, `no check named "statsu"; the nearest are status, auth, answer`},
		"an unknown parameter":   {Config{Target: "http://x", Set: map[string]string{"it": "1"}}, `no parameter named "it"; there are id`},
		"an unknown operation":   {Config{Target: "http://x", Only: []string{"getItme"}}, `"getItme": no such operation; there are getItem, deleteItem, ping`},
		"two checks of one name": {Config{Target: "http://x", Checks: []Check{{Name: "status", Run: none}}}, `two checks are named "status"`},
		"a token of two lines":   {Config{Target: "http://x", Token: "abc\n"}, "the token holds a line feed; is it the content of a file?"},
		"a bad header":           {Config{Target: "http://x", Header: http.Header{"X": {"a\nb"}}}, "the header X holds a line feed"},
		"a client and a handler": {Config{Client: http.DefaultClient, Handler: http.NotFoundHandler()}, "there are both a Handler and a Client, want one of them"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Run(t.Context(), parse(t, shop), test.cfg)
			var u *UsageError
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			} else if !errors.As(err, &u) {
				t.Errorf("got a %T, want a *UsageError", err)
			}
		})
	}
}

func TestAStoppedRunSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, parse(t, shop), config(shopServer(t, nil))); err == nil || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("got %v, want that the context was canceled", err)
	}
}

func TestTakes(t *testing.T) {
	doc := parse(t, shop)
	if !Takes(doc, "id") || Takes(doc, "orgID") {
		t.Errorf("got %v and %v, want that the document takes id and not orgID", Takes(doc, "id"), Takes(doc, "orgID"))
	}
}
