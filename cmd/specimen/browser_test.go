package main

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// TestAPageOfAnotherOriginShowsBothAPIs opens testdata/browser/page.html in a headless browser: the page's
// server is one origin, the mock another. SPECIMEN_SCREENSHOT names a file for a picture of it.
func TestAPageOfAnotherOriginShowsBothAPIs(t *testing.T) {
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil && browser == "" {
			browser = path
		}
	}
	if browser == "" {
		if os.Getenv("CI") != "" && os.Getenv("SPECIMEN_BROWSER") != "off" {
			t.Fatal("CI installs a browser, and there is none; SPECIMEN_BROWSER=off leaves this out")
		}
		t.Skip("there is no Chromium or Chrome")
	}
	binary := filepath.Join(t.TempDir(), "specimen")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	mock, api, err := startMock(binary, t.TempDir(), os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	defer mock.stop()
	pages := httptest.NewServer(http.FileServer(http.Dir("testdata/browser")))
	defer pages.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	args := []string{"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--window-size=1000,560",
		"--user-data-dir=" + t.TempDir(), "--virtual-time-budget=20000"}
	if file := os.Getenv("SPECIMEN_SCREENSHOT"); file != "" {
		args = append(args, "--screenshot="+file)
	} else {
		args = append(args, "--dump-dom")
	}
	cmd := exec.CommandContext(ctx, browser, append(args, pages.URL+"/page.html?api="+url.QueryEscape(api))...)
	dom, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", browser, err)
	}
	if os.Getenv("SPECIMEN_SCREENSHOT") != "" {
		return
	}
	field := func(id string) string {
		m := regexp.MustCompile(`id="` + id + `"[^>]*>([^<]*)<`).FindSubmatch(dom)
		if m == nil {
			return "(not shown)"
		}
		return html.UnescapeString(string(m[1]))
	}
	for id, want := range map[string]string{
		"done":               "^done$",
		"capydb-name":        "^Renamed in a browser$",
		"capydb-patched":     "^200$",
		"capydb-projects":    `^\d+ of \d+$`,
		"capydb-days":        "^30$",
		"capydb-source":      "^fixture active$",
		"octolens-plan":      `^\w+$`,
		"octolens-source":    "^fixture platforms$",
		"octolens-refused":   "^401 UNAUTHORIZED$",
		"octolens-created":   `^2026-\d\d-\d\dT`,
		"octolens-remaining": `^\d+$`,
	} {
		if got := field(id); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: got %q, want %s\n", id, got, want)
		}
	}
	if t.Failed() {
		t.Logf("the page:\n%s\nthe mock:\n%s", dom, mock.errs)
	}
}
