package mock_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/specimen-api/specimen/mock"
)

func TestTheJournalKeepsTheLatestCalls(t *testing.T) {
	s := play(t, shop, mock.Config{})
	for i := range 1005 {
		ask(t, s, fmt.Sprintf("GET /nothing/%d", i))
	}
	calls := s.Calls()
	if len(calls) != 1000 || calls[0].Path != "/nothing/5" || calls[999].Path != "/nothing/1004" {
		t.Errorf("got %d calls from %s to %s", len(calls), calls[0].Path, calls[len(calls)-1].Path)
	}
	got := calls[0]
	if got.Method != "GET" || got.Status != 404 || got.Source != "refusal" || got.Operation != "" || got.Time.IsZero() || got.Duration <= 0 {
		t.Errorf("got %+v", got)
	}
}

func TestAPanicIsAnsweredAndTheServerGoesOn(t *testing.T) {
	for _, when := range []int{1, 2} { // as the request arrives, and while it changes something
		looks := 0
		s := play(t, "octolens", mock.Config{Now: func() time.Time {
			if looks++; looks == when {
				panic("the clock stands still")
			}
			return noon()
		}})
		got := ask(t, s, "PATCH /api/v2/org", octoKey, "", `{"name":"x"}`)
		if got.StatusCode != 500 || got.at(t, "/status") != "500" || strings.Contains(got.body, "clock") {
			t.Errorf("look %d: got %d %s", when, got.StatusCode, got.body)
		}
		if got := ask(t, s, "PATCH /api/v2/org", octoKey, "", `{"name":"x"}`); got.StatusCode != 200 {
			t.Errorf("look %d: afterwards got %d %s", when, got.StatusCode, got.body)
		}
		if calls := s.Calls(); len(calls) != 2 || calls[0].Status != 500 {
			t.Errorf("look %d: got calls %+v", when, calls)
		}
	}
}

func TestExpectContinue(t *testing.T) {
	listener := httptest.NewServer(play(t, shop, mock.Config{}))
	defer listener.Close()
	send := func(key string) string {
		conn, err := net.Dial("tcp", strings.TrimPrefix(listener.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		body := `{"count":1}`
		fmt.Fprintf(conn, "POST /items/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n", key, len(body))
		in := bufio.NewReader(conn)
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(line, "HTTP/1.1 100") {
			return strings.TrimSpace(line)
		}
		fmt.Fprint(conn, body)
		rest, _ := io.ReadAll(in)
		return strings.TrimSpace(line) + " " + string(rest[2:17])
	}
	if got := send("k_1"); got != "HTTP/1.1 100 Continue HTTP/1.1 200 OK" {
		t.Errorf("got %q", got)
	}
	if got := send("wrong"); got != "HTTP/1.1 401 Unauthorized" {
		t.Errorf("a refusal before the body: got %q", got)
	}
}

func FuzzRequests(f *testing.F) {
	for _, seed := range [][5]string{
		{"GET", "/v1/me", "", "Authorization", "Bearer capy_live_active"},
		{"PATCH", "/v1/organizations/org_active?__code=4&x=%", `{"name":null}`, "X-API-Key", "capy_live_x"},
		{"OPTIONS", "/v1/organizations/%2F/usage", "", "Access-Control-Request-Method", "PUT"},
		{"HEAD", "//", "[", "Prefer", `example="`},
		{"PATCH", "/api/v2/org", `{"platforms":["x"]}`, "Accept", "text/html;q=x"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	s, err := mock.NewMany(builtins(f), mock.Config{})
	if err != nil {
		f.Fatal(err)
	}
	defer s.Close()
	f.Fuzz(func(t *testing.T, method, target, body, name, text string) {
		r, err := http.NewRequest(method, "http://localhost"+target, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Authorization", "Bearer ak_test_1")
		r.Header.Set("Content-Type", "application/json")
		r.Header[http.CanonicalHeaderKey(name)] = []string{text}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code < 200 || w.Code == 500 && !strings.Contains(target+text, "500") {
			t.Errorf("%s %q: got %d %s", method, target, w.Code, w.Body)
		}
		for name, values := range w.Header() {
			if text := strings.Join(values, ""); strings.ContainsAny(text, "\r\n\x00") {
				t.Errorf("header %s holds %q", name, text)
			}
		}
	})
}
