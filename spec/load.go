package spec

import (
	"bytes"
	"context"
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
	"time"

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
	Root        string       // the directory that references may not leave; "" is the document's own
	AllowRemote bool         // follow references to http and https URLs
	Client      *http.Client // nil: one with a time-out of 30 seconds
	Stdin       io.Reader    // nil: os.Stdin
	MaxBytes    int64        // of one text; 0 is MaxBytes
}

// Load reads a document with the zero Loader.
func Load(ctx context.Context, location string) (*Document, error) {
	return Loader{}.Load(ctx, location)
}

// Load reads the document at a path, an http or https URL, or "-" for standard input. It reads what
// listing and routing need; an operation is read when it is first asked for.
// The error is a *LoadError or an *InvalidError.
func (l Loader) Load(ctx context.Context, location string) (*Document, error) {
	data, uri, err := l.read(ctx, location)
	if err != nil {
		return nil, &LoadError{Location: location, Err: err}
	}
	name := location
	if location == "-" {
		name = "<stdin>"
	}
	return l.parse(ctx, name, uri, data)
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
		data, err = l.fetch(ctx, location)
		return data, location, err
	}
	path, err := filepath.Abs(location)
	if err != nil {
		return nil, "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", plainPathError(err)
	}
	if info.IsDir() {
		found, err := documentIn(path)
		if err != nil {
			return nil, "", err
		}
		path = found
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

func (l Loader) fetch(ctx context.Context, location string) ([]byte, error) {
	client := l.Client
	if client == nil {
		client = &http.Client{Timeout: 30 * time.Second}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json, application/yaml, text/yaml, */*;q=0.5")
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %s", res.Status)
	}
	return l.readAll(res.Body)
}

var yamlLine = regexp.MustCompile(`line (\d+)(?:, column (\d+))?`)

// parseFile reads a text as JSON, lazily, or as YAML.
func parseFile(name, uri string, data []byte) (*file, error) {
	f := &file{name: name, uri: uri, data: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))}
	first := skipSpace(f.data, 0)
	if first == len(f.data) {
		return nil, &LoadError{Location: name, Err: errors.New("the file is empty")}
	}
	if c := f.data[first]; c == '{' || c == '[' {
		root, end, err := f.jsonNode(first)
		if err == nil && skipSpace(f.data, end) == len(f.data) {
			root.expand()
			if root.err == nil {
				f.root = root
				return f, nil
			}
			err = root.err
		} else if err == nil {
			root.off, err = end, errors.New("text after the JSON value")
		}
		// flow-style YAML begins with a brace too
		if y, yerr := parseYAML(f); yerr == nil && looksFlow(f.data) {
			f.yaml, f.root = true, f.yamlNode(y)
			return f, nil
		}
		return nil, &LoadError{Location: name, Position: f.position(min(root.off, len(f.data))), Err: err}
	}
	y, err := parseYAML(f)
	if err != nil {
		pos := Position{File: name}
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			pos.Line, _ = strconv.Atoi(m[1])
			pos.Column, _ = strconv.Atoi(m[2])
		}
		return nil, &LoadError{Location: name, Position: pos, Err: err}
	}
	f.yaml, f.root = true, f.yamlNode(y)
	return f, nil
}

// looksFlow says that a brace opens flow-style YAML rather than broken JSON: the first name is not in quotes.
func looksFlow(data []byte) bool {
	i := skipSpace(data, skipSpace(data, 0)+1)
	return i < len(data) && data[i] != '"' && data[i] != '}' && data[i] != ']'
}

func parseYAML(f *file) (y *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the YAML reader gave up: %v", r)
		}
	}()
	if depth := flowDepth(f.data); depth > 500 {
		return nil, fmt.Errorf("brackets nested %d levels deep", depth)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(f.data, &doc); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if doc.Kind == 0 {
		return nil, errors.New("the file is empty")
	}
	return &doc, nil
}

// flowDepth is the deepest run of open brackets, whatever they mean: a cheap guard before a recursive reader.
func flowDepth(data []byte) int {
	depth, deepest := 0, 0
	for _, c := range data {
		switch c {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth = max(0, depth-1)
		case '\n':
			if depth < 100 {
				depth = 0
			}
		}
	}
	return deepest
}

// library holds the files of one document and follows references between them.
type library struct {
	loader Loader
	ctx    context.Context
	root   string // the directory that file references may not leave
	mu     sync.Mutex
	files  map[string]*shelf
}

type shelf struct {
	once sync.Once
	file *file
	err  error
}

// open gives the file that a reference's URI, resolved against where it stands, names.
func (lib *library) open(from *file, ref string) (*file, error) {
	target, err := joinURI(from.uri, ref)
	if err != nil {
		return nil, err
	}
	lib.mu.Lock()
	s := lib.files[target]
	if s == nil {
		s = &shelf{}
		lib.files[target] = s
	}
	lib.mu.Unlock()
	s.once.Do(func() { s.file, s.err = lib.fetch(target) })
	return s.file, s.err
}

func (lib *library) fetch(target string) (*file, error) {
	if isURL(target) {
		if !lib.loader.AllowRemote {
			return nil, fmt.Errorf("%s is remote; allow remote references to follow it", target)
		}
		data, err := lib.loader.fetch(lib.ctx, target)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", target, err)
		}
		return parseFile(target, target, data)
	}
	if lib.root == "" {
		return nil, fmt.Errorf("a document that is no file cannot lead to %s", target)
	}
	real, err := filepath.EvalSymlinks(target)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(target), plainPathError(err))
	}
	root, err := filepath.EvalSymlinks(lib.root)
	if err != nil {
		return nil, err
	}
	name, err := filepath.Rel(root, real)
	if err != nil || name == ".." || strings.HasPrefix(name, ".."+string(filepath.Separator)) {
		return nil, fmt.Errorf("%s is outside the document's directory; name a wider one to allow it", filepath.Base(target))
	}
	f, err := os.Open(real)
	if err != nil {
		return nil, plainPathError(err)
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
