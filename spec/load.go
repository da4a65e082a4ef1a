package spec

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// MaxBytes is the largest text that a Loader reads when its own MaxBytes is 0: 64 MiB.
const MaxBytes = 64 << 20

// LoadError says that a text could not be had or is no JSON or YAML.
type LoadError struct {
	Location string   // as the caller gave it
	Position Position // where the text breaks, when it is the text
	Err      error
}

func (e *LoadError) Error() string {
	if e.Position.Line > 0 {
		return fmt.Sprintf("load %s: %v", e.Position, e.Err)
	}
	return fmt.Sprintf("load %s: %v", e.Location, e.Err)
}

func (e *LoadError) Unwrap() error { return e.Err }

// InvalidError says that the text was read and is no OpenAPI document.
type InvalidError struct {
	Location string
	Problems []Problem // at least one
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("no OpenAPI document: %s", e.Problems[0])
}

// Loader reads documents. The zero value reads files, standard input ("-") and, as the document
// itself, http and https URLs; references lead to files only below the document's own directory.
type Loader struct {
	Root        string       // the directory, or the URL of one, that references may not leave; "" is the document's own
	AllowRemote bool         // follow references to any http and https URL
	Overlays    []string     // paths or URLs of OpenAPI Overlay documents, applied in this order
	Client      *http.Client // nil: one with a time-out of 30 seconds
	Stdin       io.Reader    // nil: os.Stdin
	MaxBytes    int64        // of one text; 0 is MaxBytes

	// Opened is told the absolute path of every file before it is read, also while operations are first asked for,
	// and of files that are not there. Nil: nobody is.
	Opened func(path string)
}

// Load reads a document with the zero Loader.
func Load(ctx context.Context, location string) (*Document, error) {
	return Loader{}.Load(ctx, location)
}

// Load reads the document at a path, an http or https URL, or "-" for standard input. It reads what
// listing and routing need; an operation is read when it is first asked for. An empty location stands for the document
// that the first overlay extends. The error is a *LoadError or an *InvalidError.
func (l Loader) Load(ctx context.Context, location string) (*Document, error) {
	if location == "" && len(l.Overlays) > 0 {
		target, err := l.Extends(ctx, l.Overlays[0])
		if err != nil {
			return nil, err
		}
		if target == "" {
			return nil, &LoadError{Location: display(l.Overlays[0]), Err: errors.New("the overlay does not say what it extends; name the document")}
		}
		location = asTyped(target)
	}
	data, uri, err := l.read(ctx, location)
	if err != nil {
		return nil, &LoadError{Location: display(location), Err: err}
	}
	return l.parse(ctx, display(location), uri, data)
}

// asTyped writes an absolute path as the user would, when it is below the working directory.
func asTyped(path string) string {
	dir, err := os.Getwd()
	if err != nil || isURL(path) {
		return path
	}
	if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// display is a location as messages name it: without the user, the password and the query of a URL, which may be secret.
func display(location string) string {
	if location == "-" {
		return "<stdin>"
	}
	if !isURL(location) {
		return location
	}
	u, err := url.Parse(location)
	if err != nil {
		return strings.SplitN(location, "?", 2)[0]
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// Parse reads a document from bytes, with the Loader's overlays; name stands for its file in messages.
func (l Loader) Parse(ctx context.Context, name string, data []byte) (*Document, error) {
	return l.parse(ctx, name, "", data)
}

// Parse reads a document from bytes; name stands for its file in messages.
func Parse(name string, data []byte) (*Document, error) {
	return Loader{}.parse(context.Background(), name, "", data)
}

func (l Loader) limit() int64 {
	if l.MaxBytes > 0 {
		return l.MaxBytes
	}
	return MaxBytes
}

func isURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

func (l Loader) read(ctx context.Context, location string) (data []byte, uri string, err error) {
	if location == "-" {
		in := l.Stdin
		if in == nil {
			in = os.Stdin
		}
		data, err = l.readAll(in)
		return data, "", err
	}
	if isURL(location) {
		data, err = l.fetch(ctx, location, nil)
		return data, location, err
	}
	if strings.HasPrefix(location, "file://") {
		if location, err = joinURI("", location); err != nil {
			return nil, "", err
		}
	}
	path, err := filepath.Abs(location)
	if err != nil {
		return nil, "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		if l.Opened != nil {
			l.Opened(path)
		}
		return nil, "", plainPathError(err)
	}
	if info.IsDir() {
		found, err := documentIn(path)
		if err != nil {
			return nil, "", err
		}
		path = found
	}
	if l.Opened != nil {
		l.Opened(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "", plainPathError(err)
	}
	defer f.Close()
	data, err = l.readAll(f)
	return data, path, err
}

// plainPathError drops the path, which the LoadError around it names already.
func plainPathError(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// documentIn finds the one OpenAPI document of a directory by the names that people give it.
func documentIn(dir string) (string, error) {
	for _, name := range []string{"openapi.yaml", "openapi.yml", "openapi.json", "swagger.yaml", "swagger.yml", "swagger.json", "api.yaml", "api.yml", "api.json"} {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", errors.New("a directory without an openapi.yaml, openapi.json or swagger.json; name the file")
}

func (l Loader) readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, l.limit()+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > l.limit() {
		return nil, fmt.Errorf("larger than %d MiB; raise the limit if this is right", l.limit()>>20)
	}
	return data, nil
}

// fetch reads a URL. Redirects may lead only where may allows; nil allows all.
func (l Loader) fetch(ctx context.Context, location string, may func(target string) bool) ([]byte, error) {
	client := http.Client{Timeout: 30 * time.Second}
	if l.Client != nil {
		client = *l.Client
	}
	if follow := client.CheckRedirect; may != nil {
		client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
			switch {
			case !may(req.URL.String()):
				return fmt.Errorf("it redirects to %s, which may not be read; allow remote references to follow it", display(req.URL.String()))
			case follow != nil:
				return follow(req, via)
			case len(via) >= 10:
				return errors.New("it redirects more than 10 times")
			}
			return nil
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json, application/yaml, text/yaml, */*;q=0.5")
	res, err := client.Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) { // its text has the URL, query and all
			err = ue.Err
		}
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %s", res.Status)
	}
	return l.readAll(res.Body)
}

// asUTF8 reads the byte order mark and gives the text without it, in UTF-8; the text says what was wrong, or "".
func asUTF8(data []byte) (text []byte, complaint string, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")):
		return nil, "", errors.New("the text is in UTF-32; save it as UTF-8")
	case bytes.HasPrefix(data, []byte("\xff\xfe")), len(data) > 3 && data[0] != 0 && data[1] == 0 && data[3] == 0:
		data = fromUTF16(data, binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")), len(data) > 3 && data[0] == 0 && data[1] != 0 && data[2] == 0:
		data = fromUTF16(data, binary.BigEndian)
	case bytes.HasPrefix(data, []byte("\x1f\x8b")), bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return nil, "", errors.New("this is an archive; unpack it and name the document in it")
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) {
		return data, "", nil
	}
	return bytes.ToValidUTF8(data, []byte("\ufffd")), "the text is not UTF-8 here; what cannot be read stands as \ufffd", nil
}

func fromUTF16(data []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	out := make([]byte, 0, len(data)/2)
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	return bytes.TrimPrefix(out, []byte("\xef\xbb\xbf"))
}

// invalidUTF8 is the offset of the first byte that is no UTF-8.
func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// parseFile reads a text as JSON, lazily, or as YAML.
func parseFile(name, uri string, data []byte) (*file, error) {
	text, complaint, err := asUTF8(data)
	if err != nil {
		return nil, &LoadError{Location: name, Err: err}
	}
	f := &file{name: name, uri: uri, data: text}
	if complaint != "" {
		f.problems = append(f.problems, Problem{Code: CodeUnreadable, Severity: Warning, In: "document", Message: complaint, Position: f.position(min(invalidUTF8(data), len(text)))})
	}
	first := skipSpace(f.data, 0)
	if first == len(f.data) {
		return nil, &LoadError{Location: name, Err: errors.New("the file is empty")}
	}
	if c := f.data[first]; c == '{' || c == '[' {
		at, err := checkJSON(f.data)
		if err == nil {
			root, _, err := f.jsonNode(first)
			if err != nil {
				return nil, &LoadError{Location: name, Position: f.position(min(root.off, len(f.data))), Err: err}
			}
			f.root = root
			return f, nil
		}
		// flow-style YAML begins with a brace too
		if !looksFlow(f.data) {
			return nil, &LoadError{Location: name, Position: f.position(min(at, len(f.data))), Err: err}
		}
	}
	if first := bytes.TrimLeft(f.data, " \t\r\n"); first[0] == '<' {
		return nil, &LoadError{Location: name, Position: f.position(len(f.data) - len(first)), Err: errors.New("this looks like HTML or XML; want JSON or YAML")}
	}
	y, err := parseYAML(f)
	if err != nil {
		pos := Position{File: name}
		var m *misplaced
		if errors.As(err, &m) && m.line > 0 {
			pos = f.yamlPosition(m.line, m.column)
		}
		return nil, &LoadError{Location: name, Position: pos, Err: err}
	}
	f.yaml, f.root = true, f.yamlNode(y)
	return f, nil
}

// looksFlow says that a brace opens flow-style YAML rather than broken JSON: the first name is not in quotes.
func looksFlow(data []byte) bool {
	i := skipSpace(data, skipSpace(data, 0)+1)
	return i < len(data) && bytes.IndexByte([]byte("\"}][{"), data[i]) < 0
}

// yamlPlace finds the places in the YAML reader's errors: "at L3.C7" or "at L1.C4-L3.C1".
var yamlPlace = regexp.MustCompile(` at (?:L\d+\.C\d+-)?L(\d+)\.C(\d+)`)

func parseYAML(f *file) (y *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the YAML reader gave up: %v", r)
		}
	}()
	if at := bytes.IndexFunc(f.data, isControl); at >= 0 {
		pos := f.position(at)
		return nil, &misplaced{pos.Line, pos.Column, fmt.Sprintf("the control character %q may not stand in YAML", f.data[at])}
	}
	text := f.data
	if bytes.HasPrefix(text, []byte("%YAML")) {
		// the reader takes 1.1 alone; what it reads is the same in 1.2
		text = append([]byte("#"), text[1:]...)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, f.yamlError(err)
	}
	if doc.Kind == 0 || len(doc.Content) == 0 {
		return nil, errors.New("the file is empty")
	}
	m := &measure{f: f, open: map[*yaml.Node]bool{}, known: map[*yaml.Node]extent{}}
	e, err := m.walk(doc.Content[0], 0)
	if err != nil {
		return nil, err
	}
	if e.size > maxAliased && e.size/10 > m.count {
		return nil, fmt.Errorf("its aliases make more than %d values of %d", maxAliased, m.count)
	}
	if line := f.secondDocument(); line > 0 {
		f.problems = append(f.problems, Problem{Code: CodeStructure, Severity: Warning, In: "document", Position: Position{f.name, line, 1},
			Message: "a second YAML document begins here; only the first one is read"})
	}
	return &doc, nil
}

func isControl(r rune) bool { return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }

func (f *file) yamlError(err error) error {
	text := err.Error()
	m := yamlPlace.FindStringSubmatchIndex(text)
	if m == nil {
		return errors.New(strings.TrimPrefix(text, "yaml: "))
	}
	line, _ := strconv.Atoi(text[m[2]:m[3]])
	column, _ := strconv.Atoi(text[m[4]:m[5]])
	message := strings.TrimLeft(text[m[1]:], ": ")
	if start := f.lineStart(line); start >= 0 {
		rest := f.data[start:]
		if indent := len(rest) - len(bytes.TrimLeft(rest, " \t")); bytes.IndexByte(rest[:indent], '\t') >= 0 {
			message = "a tab indents this line; YAML wants spaces"
		}
	}
	return &misplaced{line, column, message}
}

// secondDocument is the line of the --- or ... that more text follows after the first document; 0 when there is none.
func (f *file) secondDocument() int {
	begun, ended := false, 0
	f.readLines()
	for i, start := range f.lines {
		line := f.data[start:]
		if len(line) == 0 || line[0] == '#' || line[0] == '\n' || line[0] == '\r' {
			continue
		}
		mark := bytes.HasPrefix(line, []byte("---")) || bytes.HasPrefix(line, []byte("..."))
		mark = mark && (len(line) == 3 || bytes.IndexByte([]byte(" \t\r\n"), line[3]) >= 0)
		switch {
		case mark && begun && ended == 0:
			ended = i + 1
		case mark || line[0] == '%' && !begun:
		case ended > 0:
			if nl := bytes.IndexByte(line, '\n'); nl >= 0 {
				line = line[:nl]
			}
			if len(bytes.TrimSpace(line)) > 0 {
				return ended
			}
		default:
			begun = true
		}
	}
	return 0
}

// library holds the files of one document and follows references between them.
type library struct {
	loader Loader
	ctx    context.Context
	root   string // the directory that file references may not leave
	remote string // the URL of the directory below which URLs may be read all the same; "" for none
	mu     sync.Mutex
	files  map[string]*shelf
}

type shelf struct {
	once sync.Once
	read atomic.Bool // file and err are set
	file *file
	err  error
}

// open gives the file that a reference's URI, resolved against where it stands, names.
func (lib *library) open(from *file, ref string) (*file, error) {
	target, err := joinURI(from.base().uri, ref)
	if err != nil {
		return nil, err
	}
	return lib.read(target)
}

// read gives the file of an absolute path or a URL.
func (lib *library) read(target string) (*file, error) {
	lib.mu.Lock()
	s := lib.files[target]
	if s == nil {
		s = &shelf{}
		lib.files[target] = s
	}
	lib.mu.Unlock()
	s.once.Do(func() {
		s.file, s.err = lib.fetch(target)
		s.read.Store(true)
	})
	return s.file, s.err
}

// below says that a URL stands below another one that names a directory.
func below(dir, target string) bool {
	u, err := url.Parse(target)
	if err != nil || dir == "" || strings.Contains(strings.ToLower(u.EscapedPath()), "%2e") {
		return false
	}
	clean := u.JoinPath()
	clean.User, clean.RawQuery = nil, ""
	return strings.HasPrefix(clean.String(), dir)
}

// directory is the URL of the directory that a URL stands in, without its user and query.
func directory(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.ResolveReference(&url.URL{Path: "."}).String()
}

// mayFetch says which URLs references may lead to.
func (lib *library) mayFetch(target string) bool {
	return lib.loader.AllowRemote || below(lib.remote, target)
}

func (lib *library) fetch(target string) (*file, error) {
	if isURL(target) {
		if !lib.mayFetch(target) {
			return nil, fmt.Errorf("%s is remote; allow remote references (--allow-remote) to follow it", display(target))
		}
		data, err := lib.loader.fetch(lib.ctx, target, lib.mayFetch)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", display(target), err)
		}
		return parseFile(display(target), target, data)
	}
	if lib.root == "" {
		return nil, fmt.Errorf("a document that is no file cannot lead to %s", target)
	}
	root, err := filepath.EvalSymlinks(lib.root)
	if err != nil {
		return nil, err
	}
	outside := func(path string) (string, bool) {
		name, err := filepath.Rel(root, path)
		return name, err != nil || !filepath.IsLocal(name)
	}
	refuse := fmt.Errorf("%s is outside the document's directory; name a wider one (--root) to allow it", filepath.Base(target))
	real, err := filepath.EvalSymlinks(target)
	if err != nil {
		// what is not there is looked for inside alone
		if dir, dirErr := filepath.EvalSymlinks(filepath.Dir(target)); dirErr == nil {
			if _, out := outside(filepath.Join(dir, filepath.Base(target))); out {
				return nil, refuse
			}
		}
		if lib.loader.Opened != nil {
			lib.loader.Opened(target)
		}
		return nil, fmt.Errorf("%s: %w", filepath.Base(target), plainPathError(err))
	}
	name, out := outside(real)
	if out {
		return nil, refuse
	}
	if lib.loader.Opened != nil {
		lib.loader.Opened(target)
	}
	if info, err := os.Stat(real); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	f, err := os.Open(real)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, plainPathError(err))
	}
	defer f.Close()
	data, err := lib.loader.readAll(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return parseFile(name, target, data)
}

// joinURI resolves a reference without its fragment against the URI or path of the file it stands in.
func joinURI(base, ref string) (string, error) {
	if isURL(ref) {
		return ref, nil
	}
	if isURL(base) {
		b, err := url.Parse(base)
		if err != nil {
			return "", err
		}
		r, err := url.Parse(ref)
		if err != nil {
			return "", err
		}
		return b.ResolveReference(r).String(), nil
	}
	if strings.HasPrefix(ref, "file://") {
		u, err := url.Parse(ref)
		if err != nil {
			return "", err
		}
		return u.Path, nil
	}
	if strings.Contains(ref, "://") {
		return "", fmt.Errorf("%q is neither a file nor an http URL", ref)
	}
	path, err := url.PathUnescape(ref)
	if err != nil {
		path = ref
	}
	if base == "" {
		return "", fmt.Errorf("a document that is no file cannot lead to %q", ref)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(base), path)
	}
	return filepath.Clean(path), nil
}
