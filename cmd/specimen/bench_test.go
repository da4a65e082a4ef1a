package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

// BenchmarkColdStart starts the command and asks both built-in APIs one question each. It reports the median of the
// time from the start of the process to both answers, and the memory that the process then holds.
func BenchmarkColdStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "specimen")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	var times, memory []float64
	for b.Loop() {
		start := time.Now()
		mock, api, err := startMock(binary, b.TempDir(), os.Environ(), "--quiet")
		if err != nil {
			b.Fatal(err)
		}
		for path, key := range map[string]string{"/v1/organizations/org_active": "capy_live_active", "/api/v2/org": "ak_test_paid"} {
			req, _ := http.NewRequest(http.MethodGet, api+path, nil)
			req.Header.Set("Authorization", "Bearer "+key)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				b.Fatalf("%s: got %s", path, res.Status)
			}
		}
		times = append(times, float64(time.Since(start).Microseconds())/1000)
		memory = append(memory, resident(b, mock.cmd.Process.Pid))
		http.DefaultClient.CloseIdleConnections()
		if _, err := mock.stop(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(median(times), "ms/cold-start")
	b.ReportMetric(median(memory), "MB-resident")
}

// resident gives the memory of a process in MB, where the system tells; else 0.
func resident(b *testing.B, pid int) float64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		return 0
	}
	kb, _ := strconv.ParseFloat(string(m[1]), 64)
	return kb * 1024 / 1e6
}

func median(values []float64) float64 {
	sorted := append([]float64(nil), values...)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
