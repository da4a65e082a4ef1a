package mock

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/specimen-api/specimen/fixtures"
	"github.com/specimen-api/specimen/internal/family"
	"github.com/specimen-api/specimen/spec"
)

// preference is what a request asks of the mock itself.
type preference struct {
	code    int    // 0: none asked for
	example string // "": any
	dynamic bool
	seed    *uint64
	profile *fixtures.Profile
	items   int // -1: as many as there are
	policy  Policy
	delay   time.Duration
	faults  []*fault
	applied []string // as Preference-Applied says it
	always  []string // the same, of what holds for every answer
}

// queryTwins are the query parameters that say what the Prefer header says, for those who can set no header.
var queryTwins = map[string]string{"__code": "code", "__example": "example", "__dynamic": "dynamic", "__seed": "seed",
	"__profile": "profile", "__items": "items", "__delay": "delay", "__fault": "fault", "__validate": "validate", "__session": "session"}

// readPrefer reads the Prefer headers (RFC 7240) and the query twins; the header goes first. Preferences of other
// names are not the mock's and are passed over.
func (s *Server) readPrefer(r *http.Request, op *spec.Operation) (preference, []spec.Problem) {
	said := map[string]string{}
	in := map[string]string{}
	var faults []string // all of them count
	for _, line := range r.Header.Values("Prefer") {
		for _, p := range splitPrefer(line) {
			name := strings.ToLower(p[0])
			if name == "fault" {
				faults = append(faults, p[1])
			}
			if _, again := said[name]; !again { // the first one counts (section 2)
				said[name], in[name] = p[1], "header Prefer"
			}
		}
	}
	if strings.Contains(r.URL.RawQuery, "__") {
		query, _ := url.ParseQuery(r.URL.RawQuery)
		for twin, name := range queryTwins {
			if !query.Has(twin) || op.Parameter("query", twin) != nil {
				continue
			}
			if _, again := said[name]; !again {
				said[name], in[name] = query.Get(twin), "query "+twin
				if name == "fault" {
					faults = query[twin]
				}
			}
		}
	}
	want := preference{items: -1}
	var problems []spec.Problem
	bad := func(name, wanted string) {
		problems = append(problems, spec.Problem{In: in[name], Keyword: name, Got: strconv.Quote(shorten(said[name], 60)), Want: wanted})
	}
	if text, ok := said["code"]; ok {
		code, err := strconv.Atoi(text)
		if err != nil || len(text) != 3 || code < 200 || code > 599 {
			bad("code", "a status from 200 to 599")
		} else {
			want.code = code
			want.applied = append(want.applied, "code="+text)
		}
	}
	if text, ok := said["example"]; ok {
		if text == "" {
			bad("example", "the name of a fixture or an example")
		} else {
			want.example = text
			want.applied = append(want.applied, "example="+quotePrefer(text))
		}
	}
	if text, ok := said["dynamic"]; ok {
		switch strings.ToLower(text) {
		case "true", "1", "":
			want.dynamic = true
			want.applied = append(want.applied, "dynamic=true")
		case "false", "0":
		default:
			bad("dynamic", "true or false")
		}
	}
	if text, ok := said["seed"]; ok {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			bad("seed", "a whole number from 0 to 18446744073709551615")
		} else {
			want.seed = &seed
			want.applied = append(want.applied, "seed="+text)
		}
	}
	if text, ok := said["profile"]; ok {
		if p, err := family.Find("profile", text, profiles, func(p profileName) string { return p.name }); err != nil {
			bad("profile", "minimal, typical, full, boundary or random")
		} else {
			want.profile, want.dynamic = &p.profile, true
			want.applied = append(want.applied, "profile="+text)
		}
	}
	if text, ok := said["items"]; ok {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > maxItems {
			bad("items", fmt.Sprintf("a whole number from 0 to %d", maxItems))
		} else {
			want.items = n
		}
	}
	if text, ok := said["delay"]; ok {
		d, err := readWait(text)
		if err != nil {
			bad("delay", fmt.Sprintf("a duration from 0s to %s, such as 200ms", maxWait))
		} else {
			want.delay = d
			want.always = append(want.always, "delay="+quotePrefer(text))
		}
	}
	if text, ok := said["validate"]; ok {
		if want.policy = Policy(strings.ToLower(text)); want.policy.known() != nil {
			bad("validate", "reject, report or off")
		} else {
			want.always = append(want.always, "validate="+string(want.policy))
		}
	}
	for _, text := range faults {
		f, err := s.parseFault(text)
		if err != nil {
			said["fault"] = text
			bad("fault", "a fault, such as latency=200ms")
			problems[len(problems)-1].Hint = err.Error()
			continue
		}
		want.faults = append(want.faults, f)
		want.always = append(want.always, "fault="+quotePrefer(text))
	}
	return want, problems
}

// maxItems bounds the preference items.
const maxItems = 10_000

type profileName struct {
	name    string
	profile fixtures.Profile
}

var profiles = []profileName{{"minimal", fixtures.Minimal}, {"typical", fixtures.Typical}, {"full", fixtures.Full}, {"boundary", fixtures.Boundary}, {"random", fixtures.Random}}

// splitPrefer reads one Prefer line: preferences parted by commas, each with parameters after semicolons. A parameter
// counts as a preference, since clients write code=404; example=empty.
func splitPrefer(line string) [][2]string {
	var out [][2]string
	i := 0
	skip := func(set string) {
		for i < len(line) && strings.IndexByte(set, line[i]) >= 0 {
			i++
		}
	}
	for i < len(line) {
		skip(" \t,;")
		start := i
		for i < len(line) && strings.IndexByte(" \t,;=", line[i]) < 0 {
			i++
		}
		name := line[start:i]
		skip(" \t")
		val := ""
		if i < len(line) && line[i] == '=' {
			i++
			skip(" \t")
			if i < len(line) && line[i] == '"' {
				var b strings.Builder
				for i++; i < len(line) && line[i] != '"'; i++ {
					if line[i] == '\\' && i+1 < len(line) {
						i++
					}
					b.WriteByte(line[i])
				}
				i++
				val = b.String()
			} else {
				start := i
				for i < len(line) && strings.IndexByte(",;", line[i]) < 0 {
					i++
				}
				val = strings.TrimRight(line[start:i], " \t")
			}
		}
		if name != "" {
			out = append(out, [2]string{name, val})
		}
		for i < len(line) && line[i] != ',' && line[i] != ';' && strings.IndexByte(" \t", line[i]) >= 0 {
			i++
		}
	}
	return out
}

// quotePrefer writes a value as a token where it is one, else as a quoted string (RFC 9110, section 5.6).
func quotePrefer(text string) string {
	token := text != ""
	for i := 0; i < len(text); i++ {
		c := text[i]
		token = token && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0)
	}
	if token {
		return text
	}
	return headerSafe(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`)
}

// withoutTwins takes the mock's own query parameters away, so that no document complains of them.
func withoutTwins(r *http.Request, op *spec.Operation) *http.Request {
	if !strings.Contains(r.URL.RawQuery, "__") {
		return r
	}
	var kept []string
	for _, pair := range strings.Split(r.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if un, err := url.QueryUnescape(name); err == nil {
			name = un
		}
		if queryTwins[name] == "" || op.Parameter("query", name) != nil {
			kept = append(kept, pair)
		}
	}
	out := *r
	u := *r.URL
	u.RawQuery = strings.Join(kept, "&")
	out.URL = &u
	return &out
}

// statusWord reads the status at the end of an id or a key: org_status_404. 0: there is none.
func statusWord(text string) int {
	i := strings.LastIndex(text, "status_")
	if i < 0 || i > 0 && strings.IndexByte("_-.", text[i-1]) < 0 {
		return 0
	}
	digits := text[i+len("status_"):]
	code, err := strconv.Atoi(digits)
	if err != nil || len(digits) != 3 || code < 200 || code > 599 {
		return 0
	}
	return code
}

// declaredCodes names the statuses of an operation.
func declaredCodes(op *spec.Operation) string {
	var names []string
	for _, r := range op.Responses() {
		names = append(names, r.Status)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func undocumented(op *spec.Operation, code int) spec.Problem {
	return spec.Problem{In: "header Prefer", Keyword: "code", Got: strconv.Itoa(code), Want: "a status that the operation documents: " + declaredCodes(op),
		Hint: fmt.Sprintf("a status from 400 is answered even when %s does not document it", op.ID), Position: op.Position, Pointer: op.Pointer}
}
