package spec

import (
	"context"
	"net"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"
)

// github is the largest document of the corpus.
func github(b testing.TB) string {
	for name, file := range corpus(b) {
		if info, err := os.Stat(file); err == nil && info.Size() > 12<<20 {
			b.Logf("%s, %d bytes", name, info.Size())
			return file
		}
	}
	b.Skip("there is no corpus beside the repository")
	return ""
}

// bare is how long a net/http server takes to answer with these bytes, so that times of different machines compare.
func bare(b testing.TB, data []byte) time.Duration {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(data) })}
	go server.Serve(l)
	defer server.Close()
	best := time.Hour
	for range 5 {
		start := time.Now()
		res, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		buf := make([]byte, 1<<20)
		for err == nil {
			_, err = res.Body.Read(buf)
		}
		res.Body.Close()
		best = min(best, time.Since(start))
	}
	return best
}

func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

// BenchmarkLoad loads a document of 13 MB, and says how long that is beside a bare server that writes its bytes.
func BenchmarkLoad(b *testing.B) {
	file := github(b)
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	write := bare(b, data)
	before := heap()
	var d *Document
	start := time.Now()
	for b.Loop() {
		if d, err = Load(context.Background(), file); err != nil {
			b.Fatal(err)
		}
	}
	each := time.Since(start) / time.Duration(b.N)
	b.ReportMetric(heap()-before, "MB-held")
	b.ReportMetric(float64(each)/float64(write), "x-bare-write")
	runtime.KeepAlive(d)
}

// BenchmarkFirstOperation loads the document anew and compiles one operation of it.
func BenchmarkFirstOperation(b *testing.B) {
	file := github(b)
	var spent time.Duration
	for b.Loop() {
		d, err := Load(context.Background(), file)
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		d.Operations()[len(d.Operations())/2].Problems()
		spent += time.Since(start)
	}
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "µs/first-operation")
}

// BenchmarkHundredOperations says what a document holds after a hundred operations were asked for, and after all.
func BenchmarkHundredOperations(b *testing.B) {
	file := github(b)
	before := heap()
	for b.Loop() {
		d, err := Load(context.Background(), file)
		if err != nil {
			b.Fatal(err)
		}
		ops := d.Operations()
		for i := range 100 {
			ops[i*len(ops)/100].Problems()
		}
		b.ReportMetric(heap()-before, "MB-held")
		start := time.Now()
		d.Warm(context.Background(), nil)
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "ms/warm-all")
		b.ReportMetric(heap()-before, "MB-warm")
		runtime.KeepAlive(d)
	}
}

// BenchmarkFirstRequestWhileWarming measures how long an operation takes to compile while another goroutine compiles
// all the others: the worst of fifty.
func BenchmarkFirstRequestWhileWarming(b *testing.B) {
	file := github(b)
	var worst, sum time.Duration
	n := 0
	for b.Loop() {
		d, err := Load(context.Background(), file)
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { d.Warm(ctx, nil); close(done) }()
		ops := d.Operations()
		for i := range 50 {
			start := time.Now()
			ops[len(ops)-1-i*7].Problems()
			spent := time.Since(start)
			worst, sum = max(worst, spent), sum+spent
			n++
		}
		cancel()
		<-done
	}
	b.ReportMetric(float64(worst.Microseconds()), "µs/worst")
	b.ReportMetric(float64(sum.Microseconds())/float64(n), "µs/mean")
}
