package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/specimen-api/specimen/mock"
	"github.com/specimen-api/specimen/spec"
)

// site is a place where documents are played together: the server's root, or what --mount names.
type site struct {
	at      string // as written; "" is the root
	host    string // "": any
	prefix  string // "": all paths
	port    string // ":4011"; "": the server's own
	sources []*source
	cfg     mock.Config
	live    *mock.Live
	address string // where it answers
	stop    context.CancelFunc
}

func (s *site) documents() []*spec.Document {
	var docs []*spec.Document
	for _, src := range s.sources {
		docs = append(docs, src.doc)
	}
	return docs
}

// source is a document, and where it is read from.
type source struct {
	location string
	loader   spec.Loader
	doc      *spec.Document

	mu    sync.Mutex
	files map[string]bool // absolute paths
}

// read reads the document; opened is told of each file.
func (src *source) read(ctx context.Context, opened func(path string)) (*spec.Document, error) {
	l := src.loader
	l.Opened = func(path string) {
		src.mu.Lock()
		src.files[path] = true
		src.mu.Unlock()
		if opened != nil {
			opened(path)
		}
	}
	return read(ctx, l, src.location)
}

// readMount reads the place of --mount AT=DOCUMENT: /prefix, host, host/prefix or :port.
func readMount(text string) (*site, string, error) {
	at, location, ok := strings.Cut(text, "=")
	if !ok || at == "" || location == "" {
		return nil, "", fmt.Errorf("--mount %q: want AT=DOCUMENT, such as /pets=pets.yaml, pets.localhost=pets.yaml or :4011=pets.yaml", text)
	}
	s := &site{at: at}
	if port, ok := strings.CutPrefix(at, ":"); ok {
		if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
			return nil, "", fmt.Errorf("--mount %q: %q is no port; want :0 to :65535", text, at)
		}
		s.port = at
		return s, location, nil
	}
	s.host = at
	if i := strings.IndexByte(at, '/'); i >= 0 {
		s.host, s.prefix = at[:i], strings.TrimRight(at[i:], "/")
	}
	if strings.ContainsAny(s.host, " :@?#") {
		return nil, "", fmt.Errorf("--mount %q: %q is no host; a port of its own is written :4011", text, s.host)
	}
	if strings.ContainsAny(s.prefix, " ?#{}") || strings.HasPrefix(s.prefix, "/_specimen") {
		return nil, "", fmt.Errorf("--mount %q: %q cannot be a prefix of paths", text, s.prefix)
	}
	s.at = s.host + s.prefix
	return s, location, nil
}

// sites reads the arguments and the mounts, and loads every document.
func sites(ctx context.Context, l spec.Loader, args, mounts []string, opened func(path string)) ([]*site, error) {
	var out []*site
	at := map[string]*site{}
	locations := append([]string(nil), args...)
	owners := make([]*site, len(args))
	if len(args) > 0 || len(mounts) == 0 {
		root := &site{}
		out, at[""] = append(out, root), root
		for i := range owners {
			owners[i] = root
		}
	}
	for _, text := range mounts {
		s, location, err := readMount(text)
		if err != nil {
			return nil, err
		}
		if known := at[s.at]; known != nil && s.port != ":0" {
			s = known
		} else {
			out, at[s.at] = append(out, s), s
		}
		locations, owners = append(locations, location), append(owners, s)
	}
	locations, overlays, err := placed(ctx, l, locations)
	if err != nil {
		return nil, err
	}
	stdin := 0
	for i, location := range locations {
		if location == "-" {
			if stdin++; stdin > 1 {
				return nil, fmt.Errorf("standard input is read once; name a file for the other document")
			}
		}
		owner := out[0]
		if i < len(owners) {
			owner = owners[i]
		}
		src := &source{location: location, loader: l, files: map[string]bool{}}
		src.loader.Overlays = overlays[location]
		if src.doc, err = src.read(ctx, opened); err != nil {
			return nil, err
		}
		owner.sources = append(owner.sources, src)
	}
	return out, nil
}

// stateFile gives each site a file of its own: the root, or else the first one, has the name as it was given.
func stateFile(name string, s *site, first bool) string {
	if name == "" || first {
		return name
	}
	place := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, s.at), "-")
	ext := filepath.Ext(name)
	return strings.TrimSuffix(name, ext) + "-" + place + ext
}

// url is the address of a site behind a listener.
func (s *site) url(address string) string {
	if s.host != "" {
		_, port, _ := net.SplitHostPort(address)
		address = net.JoinHostPort(s.host, port)
	}
	return "http://" + address + s.prefix
}
