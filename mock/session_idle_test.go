package mock

import (
	"testing"
	"time"
)

func TestASessionThatIsIdleGoes(t *testing.T) {
	now := time.Now()
	base, err := openMemory("")
	if err != nil {
		t.Fatal(err)
	}
	table := newSessions(base, 10, 30*time.Minute)
	table.now = func() time.Time { return now }
	a, b := table.get("a"), table.get("b")
	now = now.Add(20 * time.Minute)
	if table.get("a") != a {
		t.Error("a went before its time")
	}
	now = now.Add(20 * time.Minute)
	if got := len(table.all()); got != 3 {
		t.Fatalf("got %d sessions, want both and the default one until somebody asks", got)
	}
	if table.get("a") != a {
		t.Error("a went, and it was used 20 minutes ago")
	}
	if table.get("b") == b {
		t.Error("b is there, and nobody used it for 40 minutes")
	}
	if table.get("") != table.base {
		t.Error("the default session went")
	}
}

func TestASplitKey(t *testing.T) {
	tests := map[string][2]string{
		"ak_test_session_a":                {"ak_test", "a"},
		"ak_test_trial_session_a_b":        {"ak_test_trial", "a_b"},
		"ak-test.session:a":                {"ak-test", "a"},
		"session_a_test_session_b":         {"session_a_test", "b"},
		"ak_test_session_a_status_404":     {"ak_test_session_a_status_404", "a"},
		"ak_live_session_a":                {"ak_live_session_a", ""},
		"ak_test_session":                  {"ak_test_session", ""},
		"ak_test_session_":                 {"ak_test_session_", ""},
		"ak_test_sessions_a":               {"ak_test_sessions_a", ""},
		"ak_testsession_a":                 {"ak_testsession_a", ""},
		"session_test":                     {"session_test", ""},
		"user_test_session_a:password":     {"user_test:password", "a"},
		"ak_test_Session_a":                {"ak_test", "a"},
		"ak_test_session_a session_b_test": {"ak_test session_b_test", "a"},
		"":                                 {"", ""},
	}
	for key, want := range tests {
		rest, name := splitKey(key)
		if got := [2]string{rest, name}; got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
}

func FuzzSplitKey(f *testing.F) {
	f.Add("ak_test_session_a")
	f.Add("test_session_session_\x00")
	f.Fuzz(func(t *testing.T, key string) {
		if _, name := splitKey(key); name != "" && !sessionNamed(name) {
			t.Errorf("%q: got the name %q, which is none", key, name)
		}
	})
}

func FuzzFault(f *testing.F) {
	for _, fault := range Faults() {
		f.Add(fault.Example)
	}
	f.Add("latency=lognormal:1s:0.5")
	f.Add("GET /a:cut")
	s := &Server{}
	f.Fuzz(func(t *testing.T, text string) {
		made, err := s.parseFault(text)
		if (err == nil) == (made == nil) {
			t.Errorf("%q: got %v and %v", text, made, err)
		}
	})
}
