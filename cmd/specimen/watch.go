package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

// watcher knows the files that are served and sees when they change. Directories are watched and not files, because
// editors write a new file and put it in the place of the old one. What an event says is not relied on: after it, every
// file is compared with what it was, and so it is every two seconds, for file systems that send no events.
type watcher struct {
	events *fsnotify.Watcher // nil: none are sent here
	mu     sync.Mutex
	files  map[string]string // path to what it was like
	trees  map[string]string // folder to what was in it
}

const (
	settle   = 40 * time.Millisecond  // how long it is quiet before files are compared
	patience = 400 * time.Millisecond // how long that is waited for
	poll     = 2 * time.Second
)

func newWatcher() *watcher {
	w := &watcher{files: map[string]string{}, trees: map[string]string{}}
	w.events, _ = fsnotify.NewWatcher()
	return w
}

// opened takes a file into account, as it is now.
func (w *watcher) opened(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.files[path]; known {
		return
	}
	w.files[path] = look(path)
	w.watch(path)
}

// folder takes everything below a folder into account.
func (w *watcher) folder(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trees[path] = w.lookTree(path)
}

func (w *watcher) watch(path string) {
	if w.events == nil {
		return
	}
	w.events.Add(filepath.Dir(path))
	if real, err := filepath.EvalSymlinks(path); err == nil && filepath.Dir(real) != filepath.Dir(path) {
		w.events.Add(filepath.Dir(real))
	}
}

// look says what a file is like: the same text, as far as the file system tells, looks the same.
func look(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %d %v", info.ModTime().UnixNano(), info.Size(), info.Mode())
}

func (w *watcher) lookTree(root string) string {
	sum := fnv.New64a()
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if d.IsDir() {
			if w.events != nil {
				w.events.Add(path)
			}
			return nil
		}
		fmt.Fprintf(sum, "%s %s\n", path, look(path))
		return nil
	})
	return fmt.Sprint(sum.Sum64())
}

// changed gives the files and folders that are no longer what they were when it was last asked.
func (w *watcher) changed() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]bool{}
	for path, was := range w.files {
		if is := look(path); is != was {
			w.files[path], out[path] = is, true
			w.watch(path)
		}
	}
	for path, was := range w.trees {
		if is := w.lookTree(path); is != was {
			w.trees[path], out[path] = is, true
		}
	}
	return out
}

// run calls reload with what changed, until ctx is done.
func (w *watcher) run(ctx context.Context, reload func(changed map[string]bool)) {
	var events chan fsnotify.Event
	var failures chan error
	if w.events != nil {
		defer w.events.Close()
		events, failures = w.events.Events, w.events.Errors
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	quiet := time.NewTimer(time.Hour)
	quiet.Stop()
	var since time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			if since.IsZero() {
				since = time.Now()
			}
			quiet.Reset(min(settle, max(0, patience-time.Since(since))))
			continue
		case <-failures: // too many events at once: the files are compared all the same
		case <-quiet.C:
		case <-tick.C:
		}
		since = time.Time{}
		if changed := w.changed(); len(changed) > 0 {
			reload(changed)
		}
	}
}

// reloader puts what changed into place while requests are answered.
type reloader struct {
	sites    []*site
	watcher  *watcher
	fixtures []string // folders
	config   func(s *site, first bool, docs, others []*spec.Document) (mock.Config, error)
	warm     func(ctx context.Context, s *site)
	log      io.Writer
}

// reload reads the documents whose files changed, and exchanges the servers that play them. What cannot be read is
// named, and what was there before goes on.
func (r *reloader) reload(ctx context.Context, changed map[string]bool) {
	shared := false
	for _, folder := range r.fixtures {
		shared = shared || changed[folder]
	}
	type update struct {
		src *source
		doc *spec.Document
	}
	next := map[*source]*spec.Document{}
	var updates []update
	touched := map[*site]bool{}
	for _, s := range r.sites {
		touched[s] = shared
		for _, src := range s.sources {
			next[src] = src.doc
			if !src.uses(changed) {
				continue
			}
			doc, err := src.again(ctx, r.watcher)
			if err != nil {
				r.say(err)
				continue
			}
			next[src], touched[s] = doc, true
			updates = append(updates, update{src, doc})
		}
	}
	var all []*spec.Document
	for _, s := range r.sites {
		for _, src := range s.sources {
			all = append(all, next[src])
		}
	}
	for i, s := range r.sites {
		if !touched[s] {
			continue
		}
		var docs []*spec.Document
		for _, src := range s.sources {
			docs = append(docs, next[src])
		}
		cfg, err := r.config(s, i == 0, docs, all)
		if err == nil {
			var server *mock.Server
			if server, err = s.live.Server().Reload(docs, cfg); err == nil {
				s.live.Swap(server)
			}
		}
		if err != nil {
			r.say(err)
			continue
		}
		for _, src := range s.sources {
			src.doc = next[src]
		}
		for _, u := range updates {
			if u.src.doc == u.doc && contains(s.sources, u.src) {
				fmt.Fprintf(r.log, "reloaded %s\n", u.doc.Location)
			}
		}
		if shared {
			fmt.Fprintf(r.log, "reloaded fixtures\n")
		}
		r.warm(ctx, s)
	}
}

func contains(list []*source, src *source) bool {
	for _, s := range list {
		if s == src {
			return true
		}
	}
	return false
}

func (r *reloader) say(err error) {
	fmt.Fprintf(r.log, "not reloaded: %s; what was there before goes on\n", oneLine(err.Error()))
}

func (src *source) uses(changed map[string]bool) bool {
	src.mu.Lock()
	defer src.mu.Unlock()
	for path := range changed {
		if src.files[path] {
			return true
		}
	}
	return false
}

// again reads the document anew. The files that it led to before are read too, so that one that is broken is named
// now and not by the first request that needs it.
func (src *source) again(ctx context.Context, w *watcher) (*spec.Document, error) {
	src.mu.Lock()
	var before []string
	own := map[string]bool{}
	for path := range src.files {
		before = append(before, path)
	}
	src.mu.Unlock()
	for _, location := range append([]string{src.location}, src.loader.Overlays...) {
		if path, err := filepath.Abs(location); err == nil {
			own[path] = true
		}
	}
	doc, err := src.read(ctx, w.opened)
	if err != nil {
		return nil, err
	}
	for progress := true; progress; {
		progress = false
		for i, path := range before {
			if path == "" || own[path] || filepath.Dir(path) == src.location || !doc.Mentions(filepath.Base(path)) {
				continue
			}
			if err := doc.Read(path); err != nil {
				return nil, err
			}
			before[i], progress = "", true
		}
	}
	return doc, nil
}

// terminal says that both streams go to a person.
func terminal(streams ...any) bool {
	null, err := os.Stat(os.DevNull)
	for _, s := range streams {
		f, ok := s.(*os.File)
		if !ok {
			return false
		}
		info, statErr := f.Stat()
		if statErr != nil || info.Mode()&os.ModeCharDevice == 0 || err == nil && os.SameFile(info, null) {
			return false
		}
	}
	return true
}

// watching reads --watch: on, off, or auto, which is on where a person looks on.
func watching(text string, streams ...any) (bool, error) {
	switch text {
	case "on", "off":
		return text == "on", nil
	case "auto":
		return terminal(streams...), nil
	}
	return false, errors.New("--watch " + strings.TrimSpace(text) + ": want on, off or auto")
}
