package mock_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/specimen-api/specimen/mock"
)

const renamed = `{"name":"Session %s"}`

// orgIn asks for the organization's name in a session.
func orgIn(t testing.TB, s *mock.Server, session string) string {
	t.Helper()
	return ask(t, s, "GET /v1/organizations/org_active", "Authorization: Bearer capy_live_active", "Specimen-Session: "+session).at(t, "/organization/name")
}

func TestSessionsAreChosen(t *testing.T) {
	bearer := func(key string) []string { return []string{"Authorization: Bearer " + key} }
	tests := map[string]struct {
		path string
		more []string
		want string // the session that answers; "400" when the name is refused
	}{
		"without a name":                        {"/api/v2/org", bearer("ak_test_trial"), ""},
		"by header":                             {"/api/v2/org", append(bearer("ak_test_trial"), "Specimen-Session: a"), "a"},
		"by Prefer":                             {"/api/v2/org", append(bearer("ak_test_trial"), "Prefer: session=a"), "a"},
		"by the query":                          {"/api/v2/org?__session=a", bearer("ak_test_trial"), "a"},
		"by path":                               {"/_session/a/api/v2/org", bearer("ak_test_trial"), "a"},
		"by key":                                {"/api/v2/org", bearer("ak_test_session_a"), "a"},
		"by several words of a key":             {"/api/v2/org", bearer("ak_test_session_a_b-c"), "a_b-c"},
		"by the key of a fixture":               {"/api/v2/org", bearer("ak_test_trial_session_a"), "a"},
		"the header before all others":          {"/_session/b/api/v2/org", append(bearer("ak_test_session_c"), "Specimen-Session: a", "Prefer: session=d"), "a"},
		"the path before the key":               {"/_session/a/api/v2/org", bearer("ak_test_session_c"), "a"},
		"a key that is no test key is a secret": {"/api/v2/org", bearer("ak_live_session_a"), ""},
		"a name with a space":                   {"/api/v2/org", append(bearer("ak_test_trial"), "Specimen-Session: a b"), "400"},
		"an empty name":                         {"/api/v2/org", append(bearer("ak_test_trial"), "Specimen-Session: "), "400"},
		"a name that is too long":               {"/api/v2/org", append(bearer("ak_test_trial"), "Specimen-Session: "+strings.Repeat("a", 101)), "400"},
		"a name with a slash in the path":       {"/_session/a%2Fb/api/v2/org", bearer("ak_test_trial"), "400"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := play(t, "octolens", mock.Config{})
			got := ask(t, s, "GET "+tt.path, tt.more...)
			if tt.want == "400" {
				if got.StatusCode != 400 || !strings.Contains(got.body, "a session's name") {
					t.Errorf("got %d %s, want 400 and what a name is", got.StatusCode, got.body)
				}
				return
			}
			if session := got.Header.Get("Specimen-Session"); session != tt.want {
				t.Errorf("got the session %q, want %q", session, tt.want)
			}
			calls := s.Session(tt.want).Calls()
			if len(calls) != 1 || calls[0].Session != tt.want || calls[0].Path != "/api/v2/org" {
				t.Errorf("got the calls %+v, want one of /api/v2/org in %q", calls, tt.want)
			}
			if tt.want != "" && len(s.Calls()) != 0 {
				t.Errorf("got %d calls in the default session, want none", len(s.Calls()))
			}
		})
	}
}

func TestAKeyOfASessionIsTheKeyBefore(t *testing.T) {
	s := play(t, "octolens", mock.Config{})
	got := ask(t, s, "GET /api/v2/org", "Authorization: Bearer ak_test_trial_session_a")
	if got.source() != "fixture trial" {
		t.Errorf("got %s, want the fixture of ak_test_trial", got.source())
	}
	got = ask(t, s, "GET /api/v2/org", "Authorization: Bearer ak_test_session_a_status_429")
	if got.StatusCode != 429 || got.Header.Get("Specimen-Session") != "a" {
		t.Errorf("got %d in %q, want 429 in a", got.StatusCode, got.Header.Get("Specimen-Session"))
	}
}

func TestSessionsNeverMeet(t *testing.T) {
	s := play(t, "capydb", mock.Config{})
	var all sync.WaitGroup
	for i := range 200 {
		name := fmt.Sprintf("s%d", i)
		all.Add(1)
		go func() {
			defer all.Done()
			for round := range 3 {
				want := fmt.Sprintf("Session %s %d", name, round)
				r := httptest.NewRequest("PATCH", "/v1/organizations/org_active", strings.NewReader(fmt.Sprintf(`{"name":%q}`, want)))
				r.Header = http.Header{"Authorization": {"Bearer capy_live_active"}, "Content-Type": {"application/json"}, "Specimen-Session": {name}}
				s.ServeHTTP(httptest.NewRecorder(), r)
				if got := orgIn(t, s, name); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			if got := len(s.Session(name).Calls()); got != 6 {
				t.Errorf("%s: got %d calls, want 6", name, got)
			}
		}()
	}
	all.Wait()
	if got := ask(t, s, "GET /v1/organizations/org_active", "Authorization: Bearer capy_live_active").source(); got != "fixture active" {
		t.Errorf("got %s in the default session, want the fixture untouched", got)
	}
}

func TestASessionIsItsOwn(t *testing.T) {
	clock := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	s := play(t, "capydb", mock.Config{Now: func() time.Time { return clock }})
	a := s.Session("a")
	patch := func(session string) answer {
		return ask(t, s, "PATCH /v1/organizations/org_active", "Authorization: Bearer capy_live_active", "Specimen-Session: "+session, "", fmt.Sprintf(renamed, session))
	}
	a.SetClock(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC))
	a.Advance(time.Hour)
	if got := patch("a").at(t, "/organization/updated_at"); !strings.HasPrefix(got, "2030-01-02T04:04:05") {
		t.Errorf("got updated_at %s, want the session's clock", got)
	}
	if got := patch("b").at(t, "/organization/updated_at"); !strings.HasPrefix(got, "2026-07-01T12:00:00") {
		t.Errorf("got updated_at %s, want the server's clock", got)
	}
	a.SetSeed(77)
	unknown := func(session string) answer {
		return ask(t, s, "GET /v1/organizations/org_x", "Authorization: Bearer capy_live_active", "Specimen-Session: "+session)
	}
	if got := unknown("a").source(); got != "generated seed=77" {
		t.Errorf("got %s, want seed 77", got)
	}
	if got := unknown("b").source(); got != "generated seed=0" {
		t.Errorf("got %s, want seed 0", got)
	}
	if err := a.SetPolicy(mock.Report); err != nil {
		t.Fatal(err)
	}
	wrong := func(session string) int {
		return ask(t, s, "PATCH /v1/organizations/org_active", "Authorization: Bearer capy_live_active", "Specimen-Session: "+session, "", `{"name":7}`).StatusCode
	}
	if a, b := wrong("a"), wrong("b"); a != 200 || b != 400 {
		t.Errorf("got %d and %d, want 200 under report and 400 under reject", a, b)
	}
	a.Reset()
	if got := orgIn(t, s, "a"); got == "Session a" {
		t.Error("the change is there after Reset")
	}
	if got := orgIn(t, s, "b"); got != "Session b" {
		t.Errorf("got %q, want the other session untouched", got)
	}
	if got := wrong("a"); got != 400 {
		t.Errorf("got %d after Reset, want the Config's policy", got)
	}
	s.Session("b").Delete()
	if got := orgIn(t, s, "b"); got == "Session b" {
		t.Error("the change is there after Delete")
	}
	if err := a.SetPolicy("loose"); err == nil || !strings.Contains(err.Error(), "reject") {
		t.Errorf("got %v, want an error that names the policies", err)
	}
	if err := a.SetFaults("latensy=1s"); err == nil || !strings.Contains(err.Error(), "there are bandwidth, cut, ") {
		t.Errorf("got %v, want an error that names the faults", err)
	}
}

func TestTheSessionIdleLongestGoesFirst(t *testing.T) {
	s := play(t, "capydb", mock.Config{MaxSessions: 2})
	for _, name := range []string{"a", "b", "a", "c"} {
		orgIn(t, s, name)
	}
	// asked in this order, since a question makes a session
	if got := len(s.Session("a").Calls()); got != 2 {
		t.Errorf("got %d calls of a, want 2", got)
	}
	if got := len(s.Session("b").Calls()); got != 0 {
		t.Errorf("got %d calls of b, want none: it went when c came", got)
	}
}

func TestADocumentKeepsItsOwnSessionPaths(t *testing.T) {
	s := play(t, `openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /_session/{name}/token: {get: {parameters: [{name: name, in: path, required: true, schema: {type: string}}], responses: {'200': {description: O, content: {application/json: {schema: {type: object}}}}}}}
`, mock.Config{})
	got := ask(t, s, "GET /_session/a/token")
	if got.StatusCode != 200 || got.Header.Get("Specimen-Session") != "" {
		t.Errorf("got %d in the session %q, want 200 in the default one", got.StatusCode, got.Header.Get("Specimen-Session"))
	}
}

func TestTheSessionOfAUser(t *testing.T) {
	s := play(t, `openapi: 3.0.3
info: {title: T, version: '1'}
security: [{b: []}]
paths: {/a: {get: {responses: {'200': {description: O}}}}}
components: {securitySchemes: {b: {type: http, scheme: basic}}}
`, mock.Config{})
	got := ask(t, s, "GET /a", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("me_test_session_a:secret")))
	if got.Header.Get("Specimen-Session") != "a" {
		t.Errorf("got the session %q, want a, without the password", got.Header.Get("Specimen-Session"))
	}
}

func TestALocationStaysInItsSession(t *testing.T) {
	s := play(t, `openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /pets: {post: {responses: {'201': {description: O, headers: {Location: {schema: {type: string}}}, content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: integer}}}}}}}}}
`, mock.Config{})
	got := ask(t, s, "POST /_session/a/pets", "", "")
	if l := got.Header.Get("Location"); !strings.HasPrefix(l, "/_session/a/pets/") {
		t.Errorf("got the location %q, want it under /_session/a", l)
	}
}

func BenchmarkNewSession(b *testing.B) {
	s := play(b, "capydb", mock.Config{})
	for i := 0; b.Loop(); i++ {
		s.Session(fmt.Sprint(i)).Advance(0)
	}
}

func TestWhatOneSessionCreatesNoOtherLists(t *testing.T) {
	s := play(t, `openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /pets:
    get: {responses: {'200': {description: O, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}}}}
    post:
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses: {'201': {description: O, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
  /pets/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: O, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
components: {schemas: {Pet: {type: object, required: [name], properties: {id: {type: integer, readOnly: true}, name: {type: string}}}}}
`, mock.Config{})
	if got := ask(t, s, "POST /_session/a/pets", "", `{"name":"Ottilie"}`).StatusCode; got != 201 {
		t.Fatalf("got %d, want 201", got)
	}
	for session, want := range map[string]bool{"/_session/a": true, "/_session/b": false, "": false} {
		if got := ask(t, s, "GET "+session+"/pets"); strings.Contains(got.body, "Ottilie") != want {
			t.Errorf("%q: got %s, want the new pet in it: %t", session, got.body, want)
		}
	}
}
