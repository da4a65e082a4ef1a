package mock_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

// child is this test's program in another process: a mock on a state file that is killed while it is written to.
func child() {
	doc, err := spec.Builtin("octolens")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	s, err := mock.New(doc, mock.Config{StateFile: os.Getenv("MOCK_TEST_CHILD")})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	listener := httptest.NewServer(s)
	fmt.Println(listener.URL)
	time.Sleep(time.Minute)
}

func TestAKilledProcessLosesNoAcknowledgedChange(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	last := 0
	for round := range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "MOCK_TEST_CHILD="+file)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		url, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || !strings.HasPrefix(url, "http") {
			t.Fatalf("the child said %q: %v", url, err)
		}
		url = strings.TrimSpace(url) + "/api/v2/org"
		killed := make(chan struct{})
		go func() {
			time.Sleep(time.Duration(120+round*70) * time.Millisecond)
			_ = cmd.Process.Kill()
			close(killed)
		}()
		client := &http.Client{Timeout: 5 * time.Second}
		acknowledged := 0
		for n := last + 1; ; n++ {
			r, _ := http.NewRequest("PATCH", url, strings.NewReader(`{"name":"`+strconv.Itoa(n)+`"}`))
			r.Header.Set("Authorization", "Bearer ak_test_paid")
			r.Header.Set("Content-Type", "application/json")
			res, err := client.Do(r)
			if err != nil {
				break
			}
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if err != nil {
				break
			}
			if res.StatusCode != 200 {
				t.Fatalf("got %d", res.StatusCode)
			}
			acknowledged = n
		}
		<-killed
		_ = cmd.Wait()
		client.CloseIdleConnections()
		if acknowledged == 0 {
			t.Fatal("nothing was acknowledged before the process was killed")
		}

		s, err := mock.New(document(t, "octolens"), mock.Config{StateFile: file})
		if err != nil {
			t.Fatal(err)
		}
		name := ask(t, s, "GET /api/v2/org", octoKey).at(t, "/name")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		// the one after the last acknowledged may have been kept too
		if name != strconv.Itoa(acknowledged) && name != strconv.Itoa(acknowledged+1) {
			t.Errorf("got name %s after the restart, want %d", name, acknowledged)
		}
		last, _ = strconv.Atoi(name)
	}
}

func TestStateOutlivesTheServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	open := func() *mock.Server {
		s, err := mock.New(document(t, "capydb"), mock.Config{StateFile: file, Now: noon})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	want := ask(t, s, "PATCH /v1/organizations/org_active", capyKey, "", `{"name":"Kept"}`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	if got := ask(t, s, "GET /v1/organizations/org_active", capyKey); got.body != want.body || got.source() != "memory" {
		t.Errorf("got %q %s", got.source(), got.body)
	}
	if got := ask(t, s, "GET /v1/me", capyKey); got.at(t, "/organization/name") != "Kept" {
		t.Errorf("got %s", got.body)
	}
	s.Reset()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	if got := ask(t, s, "GET /v1/organizations/org_active", capyKey); got.source() != "fixture active" {
		t.Errorf("after Reset got %q", got.source())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, s, "PATCH /v1/organizations/org_active", capyKey, "", `{"name":"Late"}`); got.StatusCode != 500 {
		t.Errorf("a change after Close got %d, want 500", got.StatusCode)
	}
	data, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(data), "capy_live") {
		t.Errorf("the state file holds a credential (%v)", err)
	}
}

func TestAStateFileThatIsOpenIsRefusedAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	s, err := mock.New(document(t, "capydb"), mock.Config{StateFile: file})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	began := time.Now()
	_, err = mock.New(document(t, "capydb"), mock.Config{StateFile: file})
	if !errors.Is(err, mock.ErrStateInUse) || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want ErrStateInUse", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v, want an answer at once", took)
	}
}

func TestABrokenStateFileIsRefusedAndKept(t *testing.T) {
	whole := func(t *testing.T) []byte {
		file := filepath.Join(t.TempDir(), "state")
		s, err := mock.New(document(t, "capydb"), mock.Config{StateFile: file})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			ask(t, s, "PATCH /v1/organizations/org_active", capyKey, "", `{"name":"`+strings.Repeat("n", 100+i)+`"}`)
			ask(t, s, "PATCH /v1/organizations/org_new", capyKey, "", `{"slug":"`+strings.Repeat("s", 5000+i)+`"}`)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	foreign := func(t *testing.T) []byte {
		file := filepath.Join(t.TempDir(), "other")
		db, err := bbolt.Open(file, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err }); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	tests := map[string]func(t *testing.T) []byte{
		"text":                    func(t *testing.T) []byte { return []byte("not a state file\n") },
		"zeros":                   func(t *testing.T) []byte { return make([]byte, 65536) },
		"another program's":       foreign,
		"cut off after one page":  func(t *testing.T) []byte { return whole(t)[:4096] },
		"cut off after two pages": func(t *testing.T) []byte { return whole(t)[:8192] },
		"the last half missing":   func(t *testing.T) []byte { d := whole(t); return d[:len(d)/2] },
		"both meta pages overwritten": func(t *testing.T) []byte {
			d := whole(t)
			for i := 16; i < 80; i++ {
				d[i], d[4096+i] = 0xff, 0xff
			}
			return d
		},
		"pages overwritten": func(t *testing.T) []byte {
			d := whole(t)
			for i := 8192; i < len(d); i++ {
				d[i] ^= 0x5a
			}
			return d
		},
		"a record that was changed": func(t *testing.T) []byte {
			return []byte(strings.ReplaceAll(string(whole(t)), "nnnn", "nnnm"))
		},
	}
	for name, make := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "state")
			data := make(t)
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := mock.New(document(t, "capydb"), mock.Config{StateFile: file})
			var state *mock.StateError
			if !errors.As(err, &state) || !strings.Contains(err.Error(), file) {
				t.Errorf("got %v, want a StateError", err)
			}
			if s != nil {
				s.Close()
			}
			if after, err := os.ReadFile(file); err != nil || string(after) != string(data) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
	t.Run("a folder", func(t *testing.T) {
		if _, err := mock.New(document(t, "capydb"), mock.Config{StateFile: t.TempDir()}); err == nil {
			t.Error("got no error")
		}
	})
	t.Run("a folder that is not there", func(t *testing.T) {
		if _, err := mock.New(document(t, "capydb"), mock.Config{StateFile: filepath.Join(t.TempDir(), "no", "state")}); err == nil {
			t.Error("got no error")
		}
	})
	t.Run("an empty file begins anew", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := mock.New(document(t, "capydb"), mock.Config{StateFile: file})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
