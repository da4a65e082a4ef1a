package contract

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/specimen-api/specimen/spec"
)

// desk is a document with something to break in each place, and keys that can be wrong.
const desk = `openapi: 3.1.0
info: {title: Desk, version: 1.0.0}
security: [{key: []}]
paths:
  /tickets:
    get:
      operationId: listTickets
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100}}
        - {name: state, in: query, required: true, schema: {type: string, enum: [open, closed]}}
        - {name: urgent, in: query, schema: {type: boolean}}
        - {name: q, in: query, schema: {type: string, maxLength: 400}}
        - {name: label, in: query, schema: {type: string, minLength: 1}}
        - {name: tag, in: query, schema: {type: array, items: {type: string}}}
      responses:
        '200': {description: The tickets., content: {application/json: {schema: {type: array}}}}
        '400': {$ref: '#/components/responses/Error'}
        '401': {$ref: '#/components/responses/Error'}
        '406': {description: Only JSON.}
    post:
      operationId: openTicket
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [title]
              properties:
                title: {type: string, minLength: 1}
                weight: {type: integer, format: int64}
                note: {type: string}
                due: {type: string, format: date}
      responses:
        '201': {description: Opened.}
        '400': {$ref: '#/components/responses/Error'}
        '401': {$ref: '#/components/responses/Error'}
components:
  securitySchemes:
    key: {type: http, scheme: bearer}
  responses:
    Error:
      description: Refused.
      content:
        application/json:
          schema: {type: object, required: [error], properties: {error: {type: string}}}
`

// deskServer keeps the promise of desk by hand, with the leniency of real servers. change may answer a request in its
// place.
func deskServer(change func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse := func(status int) { answer(w, status, `{"error": "no"}`) }
		if change != nil && change(w, r, refuse) {
			return
		}
		serveDesk(w, r, refuse)
	})
}

func serveDesk(w http.ResponseWriter, r *http.Request, refuse func(int)) {
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", "GET, HEAD, POST, OPTIONS")
		w.WriteHeader(204)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+token {
		refuse(401)
		return
	}
	if r.Method == http.MethodPost {
		var b map[string]any
		d := json.NewDecoder(r.Body)
		d.UseNumber()
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			refuse(415)
			return
		}
		if d.Decode(&b) != nil || b["title"] == nil || b["title"] == "" {
			refuse(422)
			return
		}
		for name, v := range b {
			text, isText := v.(string)
			_, isNumber := v.(json.Number)
			_, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
			switch {
			case v == nil: // as good as left out
			case name == "weight" && (err != nil || !isText && !isNumber), name != "weight" && !isText && slices.Contains([]string{"title", "note", "due"}, name):
				refuse(422)
				return
			case name == "due" && (len(text) != 10 || text[4] != '-'):
				refuse(422)
				return
			}
		}
		w.WriteHeader(201)
		return
	}
	q := r.URL.Query()
	if n, err := strconv.Atoi(q.Get("limit")); q.Get("limit") != "" && (err != nil || n < 1 || n > 100) {
		refuse(400)
		return
	}
	if !slices.Contains([]string{"open", "closed"}, q.Get("state")) || len([]rune(q.Get("q"))) > 400 {
		refuse(400)
		return
	}
	if !slices.Contains([]string{"", "0", "1", "true", "false", "yes", "no", "on", "off"}, strings.ToLower(q.Get("urgent"))) {
		refuse(400)
		return
	}
	if accept := r.Header.Get("Accept"); !strings.Contains(accept, "json") && !strings.Contains(accept, "*/*") {
		w.WriteHeader(406)
		return
	}
	answer(w, 200, `[]`)
}

func deskConfig(h http.Handler) Config {
	return Config{Handler: h, Token: token, AllowWrites: true, Phases: AllPhases(), MaxRequests: 400, RunID: "run"}
}

func TestACorrectServerOfDeskKeepsThePromise(t *testing.T) {
	for seed := uint64(0); seed < 3; seed++ {
		cfg := deskConfig(deskServer(nil))
		cfg.Fixtures.Seed = seed
		r := run(t, parse(t, desk), cfg)
		if len(r.Findings) != 0 || r.Exit() != 0 || r.Counts.Kept != 2 {
			t.Errorf("seed %d: got exit %d, %d kept and %d findings, want 0, 2 and none\n%s", seed, r.Exit(), r.Counts.Kept, len(r.Findings), text(t, r, "text"))
		}
	}
}

func TestEachFaultOfInputHandlingIsFound(t *testing.T) {
	type change = func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool
	without := func(name string) change {
		return func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if !r.URL.Query().Has(name) && name == "state" || r.URL.Query().Has(name) && name != "state" {
				q := r.URL.Query()
				q.Set("state", "open")
				if name != "state" {
					q.Del(name)
				}
				r.URL.RawQuery = q.Encode()
			}
			return false
		}
	}
	tests := map[string]struct {
		change     change
		check      string
		level, in  string
		exit       int
		sentBefore int // at least so many requests
	}{
		"a required parameter may be missing": {without("state"), "invalid-accepted", "error", "query state", 1, 0},
		"a number is not looked at":           {without("limit"), "invalid-accepted", "error", "query limit", 1, 0},
		"a flag is not looked at":             {without("urgent"), "invalid-accepted", "error", "query urgent", 1, 0},
		"a value outside the enum is served": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if q := r.URL.Query(); q.Get("state") != "" {
				q.Set("state", "open")
				r.URL.RawQuery = q.Encode()
			}
			return false
		}, "invalid-accepted", "warning", "query state", 0, 0},
		"a body is not read": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if r.Method == "POST" && r.Header.Get("Authorization") == "Bearer "+token && strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
				w.WriteHeader(201)
				return true
			}
			return false
		}, "invalid-accepted", "error", "body", 1, 0},
		"any media type is taken": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if r.Method == "POST" && strings.Contains(r.Header.Get("Content-Type"), "unknown") {
				w.WriteHeader(201)
				return true
			}
			return false
		}, "media-type-refused", "error", "header Content-Type", 1, 0},
		"Accept is not looked at": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			r.Header.Set("Accept", "*/*")
			return false
		}, "not-acceptable", "warning", "status", 0, 0},
		"any key will do": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			return false
		}, "credentials", "error", "status", 1, 0},
		"a key that cannot be read will do": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if r.Header.Get("Authorization") == "Bearer" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			return false
		}, "credentials", "error", "status", 1, 0},
		"405 has no Allow": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if r.Method == "HEAD" {
				w.WriteHeader(405)
				return true
			}
			return false
		}, "method", "warning", "header Allow", 0, 0},
		"HEAD is not GET": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if r.Method == "HEAD" {
				w.WriteHeader(204)
				return true
			}
			return false
		}, "method", "warning", "status", 0, 0},
		"invalid input breaks the server": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if limit := r.URL.Query().Get("limit"); limit != "" {
				if _, err := strconv.Atoi(limit); err != nil {
					answer(w, 500, `{"error": "oh"}`)
					return true
				}
			}
			return false
		}, "server-error", "error", "status", 1, 0},
		"a refusal without its declared shape": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if r.URL.Query().Get("limit") == "0" {
				answer(w, 400, `{"message": "no"}`)
				return true
			}
			return false
		}, "body", "error", "body", 1, 0},
		"a stack trace in a refusal": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if r.URL.Query().Get("limit") == "0" {
				answer(w, 400, `{"error": "Traceback (most recent call last):\n  File \"/srv/app/main.py\", line 7"}`)
				return true
			}
			return false
		}, "stack-trace", "error", "body", 1, 0},
		"a path of the server in a refusal": {func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
			if r.URL.Query().Get("limit") == "0" {
				answer(w, 400, `{"error": "cannot open /var/www/desk/limits.json"}`)
				return true
			}
			return false
		}, "stack-trace", "warning", "body", 0, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, parse(t, desk), deskConfig(deskServer(test.change)))
			i := slices.IndexFunc(r.Findings, func(f Finding) bool {
				return f.Check == test.check && f.Level == test.level && f.In == test.in
			})
			if i < 0 {
				t.Fatalf("got no %s of %s in %s\n%s", test.level, test.check, test.in, text(t, r, "text"))
			}
			if r.Exit() != test.exit {
				t.Errorf("got exit %d, want %d\n%s", r.Exit(), test.exit, text(t, r, "text"))
			}
			if strings.Contains(text(t, r, "json"), token) {
				t.Errorf("got the token in the report")
			}
			for _, f := range r.Findings {
				if f.Check != test.check {
					t.Errorf("got a finding of %s too, want %s alone\n%s", f.Check, test.check, text(t, r, "text"))
				}
			}
		})
	}
}

// Rules that no schema tells are no finding where we made a value up; a limit that the document names is one.
func TestAServerMayHaveRulesOfItsOwn(t *testing.T) {
	picky := deskServer(func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
		if q := r.URL.Query(); r.Header.Get("Authorization") == "Bearer "+token && (q.Get("q") != "" || q.Get("tag") != "") {
			refuse(400)
			return true
		}
		return false
	})
	if r := run(t, parse(t, desk), deskConfig(picky)); len(r.Findings) != 0 || r.Exit() != 0 {
		t.Errorf("got exit %d and %d findings, want 0 and none\n%s", r.Exit(), len(r.Findings), text(t, r, "text"))
	}
	undeclared := deskServer(func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
		if q := r.URL.Query(); r.Header.Get("Authorization") == "Bearer "+token && q.Get("q") != "" {
			w.WriteHeader(422)
			return true
		}
		return false
	})
	if r := run(t, parse(t, desk), deskConfig(undeclared)); len(r.Findings) != 0 || r.Exit() != 0 {
		t.Errorf("got exit %d and %d findings, want 0 and none\n%s", r.Exit(), len(r.Findings), text(t, r, "text"))
	}
	narrow := deskServer(func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
		if r.URL.Query().Get("limit") == "100" && r.Header.Get("Authorization") == "Bearer "+token {
			refuse(400)
			return true
		}
		return false
	})
	r := run(t, parse(t, desk), deskConfig(narrow))
	if len(r.Findings) != 1 || r.Findings[0].Check != "valid-refused" || r.Findings[0].Level != "warning" || !strings.Contains(r.Findings[0].Curl, "limit=100") {
		t.Errorf("got %d findings, want a warning of valid-refused for limit=100\n%s", len(r.Findings), text(t, r, "text"))
	}
}

// A document may make a parameter of what HTTP itself reads, or of a credential: it is not played with.
func TestProtocolHeadersAndCredentialsAreLeftAlone(t *testing.T) {
	doc := parse(t, `openapi: 3.0.3
info: {title: Files, version: '1'}
paths:
  /file:
    get:
      operationId: getFile
      parameters:
        - {name: Range, in: header, schema: {type: string}}
        - {name: If-None-Match, in: header, schema: {type: string}}
        - {name: api_key, in: query, required: true, schema: {type: string}}
        - {name: page, in: query, schema: {type: integer}}
      responses: {'200': {description: ok}}
`)
	plan, err := MakePlan(t.Context(), doc, Config{Target: "http://x", Phases: AllPhases(), MaxRequests: 200, Set: map[string]string{"api_key": "k_123456"}})
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for _, c := range plan.Cases {
		if c.Input.Header["Range"] != nil || c.Input.Header["If-None-Match"] != nil || c.Kind == Good && c.Input.Query["api_key"] != "k_123456" {
			t.Errorf("got %s with %v and %v, want these as they were given", c.Name, c.Input.Header, c.Input.Query)
		}
		if c.Varied == "query page" {
			pages++
		}
	}
	if pages < 5 {
		t.Errorf("got %d cases of page, want it varied", pages)
	}
}

func TestErrorsUnderAStatusOfSuccessAreNoBreach(t *testing.T) {
	for name, body := range map[string]string{"an error member": `{"error": "bad limit"}`, "a flag": `{"ok": false}`, "a status": `{"status": "fail"}`} {
		x := Exchange{Response: &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}}, Body: []byte(body)}
		if !saysNo(x) {
			t.Errorf("%s: got that %s tells of no error", name, body)
		}
	}
	for name, body := range map[string]string{"no error": `{"error": null}`, "a good flag": `{"ok": true}`, "no object": `[]`, "no JSON": `{`} {
		x := Exchange{Response: &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}}, Body: []byte(body)}
		if saysNo(x) {
			t.Errorf("%s: got that %s tells of an error", name, body)
		}
	}
}

// Whatever is sent as invalid is invalid as it arrives, by the document's own reading of it.
func TestWhatIsSentAsInvalidIsInvalidOnTheWire(t *testing.T) {
	doc := parse(t, desk)
	sent, unknown := 0, 0
	op := map[string]*spec.Operation{"GET": doc.Operation("listTickets"), "POST": doc.Operation("openTicket")}
	var problems []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o := op[r.Method]; o != nil && r.Header.Get("Authorization") == "Bearer "+token {
			in, found := o.CheckRequest(r, doc.Route(r))
			unknown += len(in.Unknown)
			for _, p := range found {
				if p.Severity == spec.Error {
					sent++
					problems = append(problems, p.String())
					answer(w, 400, `{"error": "no"}`)
					return
				}
			}
		}
		serveDesk(w, r, func(status int) { answer(w, status, `{"error": "no"}`) })
	}))
	t.Cleanup(server.Close)
	cfg := deskConfig(nil)
	cfg.Handler, cfg.Target, cfg.Rate, cfg.Workers = nil, server.URL, -1, 1
	plan, err := MakePlan(t.Context(), doc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	bad := 0
	for _, c := range plan.Cases {
		if c.Kind == Bad || c.Kind == OtherType {
			bad++
			if strings.HasPrefix(c.Name, "query limit") && c.Phase == Coverage && !strings.HasPrefix(c.Name, "query limit: the ") {
				t.Errorf("got the name %q, want the place and what is wrong with it", c.Name)
			}
			if c.Kind == Bad && c.Fault == nil {
				t.Errorf("%s: got no fault of an invalid case", c.ID)
			}
		}
	}
	run(t, doc, cfg)
	if bad < 20 || sent != bad || unknown != 0 {
		t.Errorf("got %d invalid requests and %d unknown parameters of %d invalid cases, want as many, none and at least 20\n%s", sent, unknown, bad, strings.Join(problems, "\n"))
	}
}

func TestOnlyTheBudgetIsSentAndItIsShared(t *testing.T) {
	for _, most := range []int{1, 3, 10, 60} {
		calls := 0
		cfg := deskConfig(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls++
			answer(w, 500, `{}`) // each is found, repeated and made smaller
		}))
		cfg.MaxRequests, cfg.Workers = most, 1
		r := run(t, parse(t, desk), cfg)
		if calls > most || r.Counts.Requests != calls {
			t.Errorf("got %d requests, %d in the report, want at most %d", calls, r.Counts.Requests, most)
		}
		if most == 10 && (len(r.Cut) != 2 || r.Cut[0].Planned < 3 || r.Cut[1].Planned < 3) {
			t.Errorf("got the cuts %v, want both operations with a fair share", r.Cut)
		}
	}
}

func TestTheBudgetHoldsWhereRequestsAreRepeated(t *testing.T) {
	calls := 0
	cfg := deskConfig(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(429)
	}))
	cfg.Phases, cfg.MaxRequests, cfg.Workers = []Phase{Coverage}, 40, 1
	if r := run(t, parse(t, desk), cfg); calls > 40 || r.Counts.Requests != calls {
		t.Errorf("got %d requests, %d in the report, want at most 40", calls, r.Counts.Requests)
	}
}

func TestWhatIsNotReachedIsNotAskedForAgain(t *testing.T) {
	for _, status := range []int{401, 403, 404} {
		calls := 0
		cfg := deskConfig(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if calls++; r.Method == http.MethodOptions {
				calls--
			}
			w.WriteHeader(status)
		}))
		cfg.AllowWrites, cfg.Workers = false, 1
		if run(t, parse(t, desk), cfg); calls > 4 {
			t.Errorf("status %d: got %d requests, want the examples alone", status, calls)
		}
	}
}

// GET /things/last is GET /things/{id}, whatever operations /things/last has.
func TestAMethodThatAnotherTemplateHasIsNoOther(t *testing.T) {
	doc := parse(t, `openapi: 3.0.3
info: {title: Things, version: '1'}
paths:
  /things/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: ok}}
  /things/last:
    post: {responses: {'200': {description: ok}}}
  /other:
    post: {responses: {'200': {description: ok}}}
`)
	plan, err := MakePlan(t.Context(), doc, Config{Target: "http://x", AllowWrites: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range plan.Cases {
		if c.Kind == OtherMethod && c.Method == http.MethodGet {
			got = append(got, c.Operation.Path)
		}
	}
	if fmt.Sprint(got) != "[/other]" {
		t.Errorf("got GET sent to %v, want /other alone", got)
	}
}

func TestTheSameInputsGiveTheSameCases(t *testing.T) {
	plan := func(seed uint64, workers int) *Plan {
		cfg := deskConfig(deskServer(nil))
		cfg.Fixtures.Seed, cfg.Workers = seed, workers
		p, err := MakePlan(t.Context(), parse(t, desk), cfg)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, c := range p.Cases {
			if ids[c.ID] {
				t.Errorf("got the id %s twice", c.ID)
			}
			ids[c.ID] = true
		}
		return p
	}
	a, b, c := plan(0, 1), plan(0, 7), plan(1, 1)
	if a.Hash() != b.Hash() || a.Hash() == c.Hash() {
		t.Errorf("got the hashes %s, %s and %s, want the first two alike", a.Hash(), b.Hash(), c.Hash())
	}
}

func TestTheSameReportOfAllPhasesWhateverTheWorkers(t *testing.T) {
	server := deskServer(func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
		if r.Method == "POST" && r.Header.Get("Authorization") != "" || r.URL.Query().Has("limit") {
			w.WriteHeader(500 + len(r.URL.Query().Get("limit"))%2)
			return true
		}
		return false
	})
	var want string
	for _, workers := range []int{1, 8, 3} {
		cfg := deskConfig(server)
		cfg.Workers = workers
		cfg.Now = func() time.Time { return time.Unix(0, 0) }
		got := text(t, run(t, parse(t, desk), cfg), "json")
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d workers: got another report than with one", workers)
		}
	}
}

// A gateway speaks for itself where the document does not say how such a request is refused.
func TestAGatewayRefusesInItsOwnWords(t *testing.T) {
	doc := parse(t, strings.ReplaceAll(strings.ReplaceAll(desk, "        '400': {$ref: '#/components/responses/Error'}\n", ""), "'401': {$ref", "default: {$ref"))
	r := run(t, doc, deskConfig(deskServer(func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
		status := 0
		switch {
		case strings.Contains(r.Header.Get("Authorization"), stranger) || r.Header.Get("Authorization") == "Bearer":
			status = 401
		case r.Header.Get("Accept") == unknownType:
			status = 406
		case r.Header.Get("Content-Type") == unknownType:
			status = 415
		default:
			return false
		}
		http.Error(w, "no", status)
		return true
	})))
	if len(r.Findings) != 0 {
		t.Errorf("got %d findings, want none\n%s", len(r.Findings), text(t, r, "text"))
	}
}

func TestAFindingIsMadeSmaller(t *testing.T) {
	// only urgent matters; the other parameters are left out
	r := run(t, parse(t, desk), Config{Token: token, Phases: []Phase{Examples, Random}, MaxRequests: 200, Disable: []string{"invalid-accepted"}, Handler: deskServer(func(w http.ResponseWriter, r *http.Request, refuse func(int)) bool {
		if r.URL.Query().Has("urgent") {
			answer(w, 200, `{}`)
			return true
		}
		return false
	})})
	if len(r.Findings) != 1 {
		t.Fatalf("got %d findings, want one\n%s", len(r.Findings), text(t, r, "text"))
	}
	f := r.Findings[0]
	if !strings.Contains(f.Curl, "urgent=") || strings.Contains(f.Curl, "limit=") || strings.Contains(f.Curl, "tag=") || f.Shrunk == 0 {
		t.Errorf("got %d parts left out and %s, want urgent alone beside what is required", f.Shrunk, f.Curl)
	}
}

func TestTheLedgerSaysWhatWasSeen(t *testing.T) {
	cfg := deskConfig(deskServer(nil))
	r := run(t, parse(t, desk), cfg)
	seen := map[string]bool{}
	for _, e := range r.Ledger {
		seen[e.Operation+" "+e.Kind+" "+e.Name] = e.Covered
		if !e.Covered && e.Why == "" {
			t.Errorf("%v: got no reason", e)
		}
	}
	for _, want := range []string{"listTickets status 200", "listTickets status 400", "listTickets status 406", "listTickets parameter query q", "listTickets invalid query limit", "openTicket body application/json"} {
		if !seen[want] {
			t.Errorf("got %q not covered", want)
		}
	}
	if r.Coverage < 80 { // nobody is told of the POST without a key, and the server has 422 in the place of 400
		t.Errorf("got %.0f%% covered, want nearly all", r.Coverage)
	}
	cfg.RequireStatus = map[string][]int{"listTickets": {200, 418}}
	if r := run(t, parse(t, desk), cfg); r.Exit() != 4 || len(r.Lacking) != 1 || !strings.Contains(r.Conclusion, "listTickets was never answered with 418") {
		t.Errorf("got exit %d and %q, want 4 and the status that is lacking", r.Exit(), r.Conclusion)
	}
	cfg.RequireStatus, cfg.MinCoverage, cfg.AllowWrites = nil, 95, false
	if r := run(t, parse(t, desk), cfg); r.Exit() != 4 {
		t.Errorf("got exit %d with %.0f%% covered, want 4", r.Exit(), r.Coverage)
	}
	var b strings.Builder
	if err := WriteLedger(&b, r); err != nil || !strings.Contains(b.String(), "listTickets  status 4/4") {
		t.Errorf("got %v and\n%s\nwant a line for each operation", err, b.String())
	}
}

func TestUnusablePhasesAndDemands(t *testing.T) {
	tests := map[string]struct {
		cfg  Config
		want string
	}{
		"a phase that is none":     {Config{Target: "http://x", Phases: []Phase{"coverge"}}, `no phase named "coverge"; there are coverage, examples, random`},
		"more than all":            {Config{Target: "http://x", MinCoverage: 101}, "MinCoverage 101: want 0 to 100, in percent"},
		"a status of no operation": {Config{Target: "http://x", RequireStatus: map[string][]int{"listTicket": {200}}}, `"listTicket": no such operation`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Run(t.Context(), parse(t, desk), test.cfg); err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestBasicCredentialsThatAreNobodys(t *testing.T) {
	var seen []string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		if r.Header.Get("Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("me:hunter22")) {
			w.WriteHeader(401)
			return
		}
		answer(w, 200, `[]`)
	})
	doc := parse(t, strings.Replace(desk, "scheme: bearer", "scheme: basic", 1))
	r := run(t, doc, Config{Handler: h, Token: "me:hunter22", Only: []string{"listTickets"}, Workers: 1, Disable: []string{"invalid-accepted", "body", "not-acceptable"}})
	if !slices.Contains(seen, "Basic %") || !slices.Contains(seen, "Basic "+base64.StdEncoding.EncodeToString([]byte(stranger+":"+stranger))) {
		t.Errorf("got %q, want credentials that cannot be read, and such that nobody has", seen)
	}
	if slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Check == "credentials" }) {
		t.Errorf("got a finding, want none\n%s", text(t, r, "text"))
	}
}
