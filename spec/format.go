package spec

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/specimen-api/specimen/internal/ecma"
	"github.com/specimen-api/specimen/internal/value"
)

// Formats are those of JSON Schema 2020-12 (validation, section 7.3) and of the OpenAPI format registry. Each judges
// values of its own type alone and lets the others pass. A format that neither knows is not judged.

// formatPrefix keeps our formats apart from those that the engine brings along.
const formatPrefix = "specimen:"

// formats are the ones that are asserted, by name.
var formats = map[string]func(v any) error{
	"date":                  text(isDate),
	"time":                  text(isTime),
	"date-time":             text(isDateTime),
	"duration":              textPattern(`^P(?:(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)(?:T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))?|T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S)|\d+W)$`),
	"http-date":             text(isHTTPDate),
	"email":                 text(func(s string) bool { return isEmail(s, false) }),
	"idn-email":             text(func(s string) bool { return isEmail(s, true) }),
	"hostname":              text(isHostname),
	"idn-hostname":          text(isIDNHostname),
	"ipv4":                  text(isIPv4),
	"ipv6":                  text(isIPv6),
	"uri":                   text(func(s string) bool { return isURI(s, false, false) }),
	"uri-reference":         text(func(s string) bool { return isURI(s, true, false) }),
	"iri":                   text(func(s string) bool { return isURI(s, false, true) }),
	"iri-reference":         text(func(s string) bool { return isURI(s, true, true) }),
	"uri-template":          text(isURITemplate),
	"uuid":                  textPattern(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`),
	"json-pointer":          textPattern(`^(?:/(?:[^~/]|~[01])*)*$`),
	"relative-json-pointer": textPattern(`^(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~[01])*)*)$`),
	// the fragment of a URI (RFC 6901, section 6)
	"json-pointer-uri-fragment": textPattern(`^#(?:/(?:[A-Za-z0-9\-._!$&'()*+,;=:@?]|%[0-9a-fA-F]{2}|~[01])*)*$`),
	"regex":                     text(isRegex),

	"int8":       integer(big.NewInt(-1<<7), big.NewInt(1<<7-1)),
	"int16":      integer(big.NewInt(-1<<15), big.NewInt(1<<15-1)),
	"int32":      integer(big.NewInt(-1<<31), big.NewInt(1<<31-1)),
	"int64":      integer(big.NewInt(-1<<63), big.NewInt(1<<63-1)),
	"uint8":      integer(new(big.Int), big.NewInt(1<<8-1)),
	"uint16":     integer(new(big.Int), big.NewInt(1<<16-1)),
	"uint32":     integer(new(big.Int), big.NewInt(1<<32-1)),
	"uint64":     integer(new(big.Int), new(big.Int).SetUint64(1<<64-1)),
	"double-int": integer(big.NewInt(-1<<53+1), big.NewInt(1<<53-1)),
	"float":      float(32),
	"double":     float(64),
	// decimal numbers of any precision; as a string they are digits
	"decimal":    decimal(nil),
	"decimal128": decimal(func(digits int) bool { return digits <= 34 }),

	"byte":        text(isBase64),
	"base64url":   text(isBase64URL),
	"char":        text(func(s string) bool { return utf8.RuneCountInString(s) == 1 }),
	"media-range": text(isMediaRange),

	"sf-string":  text(isSFString),
	"sf-token":   textPattern("^[A-Za-z*][!#$%&'*+\\-.^_`|~0-9A-Za-z:/]*$"),
	"sf-binary":  text(isSFBinary),
	"sf-boolean": sfBoolean,
	"sf-integer": sfNumber(regexp.MustCompile(`^-?[0-9]{1,15}$`)),
	"sf-decimal": sfNumber(regexp.MustCompile(`^-?[0-9]{1,12}(?:\.[0-9]{1,3})?$`)),

	// any text will do for these
	"binary":     anyText,
	"password":   anyText,
	"commonmark": anyText,
	"html":       anyText,
}

// leftToServers are the formats of the OpenAPI registry that are not asserted in a request: JSON Schema does not define
// them, servers differ in what they take for them, and a refusal must be sure.
var leftToServers = map[string]bool{"decimal": true, "decimal128": true, "char": true, "http-date": true, "media-range": true,
	"sf-string": true, "sf-token": true, "sf-binary": true, "sf-boolean": true, "sf-integer": true, "sf-decimal": true}

// FormatValid says whether a string or number is in a format. Values of other types are in every format, and so is
// any value in a format that is not judged.
func FormatValid(format string, v any) bool {
	fits, ok := formats[format]
	return !ok || fits(v) == nil
}

// formatExamples say in a message what is wanted.
var formatExamples = map[string]string{
	"date": "2024-02-29", "time": "13:45:30Z", "date-time": "2024-02-29T13:45:30Z", "duration": "P3DT12H", "http-date": "Thu, 29 Feb 2024 13:45:30 GMT",
	"email": "ann@example.com", "idn-email": "ann@example.com", "hostname": "www.example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
	"uri": "https://example.com/a", "uri-reference": "/a?b=c", "uri-template": "/a/{id}", "uuid": "123e4567-e89b-12d3-a456-426614174000",
	"json-pointer": "/a/0", "relative-json-pointer": "1/a", "byte": "aGVsbG8=", "base64url": "aGVsbG8", "media-range": "text/*",
}

func formatWant(name string, err error) string {
	want := "a value of format " + name
	if e := formatExamples[name]; e != "" {
		want += ", such as " + e
	} else if err != nil && !errors.Is(err, errFormat) {
		want += ": " + err.Error()
	}
	return want
}

var errFormat = errors.New("it is not in that format")

func anyText(any) error { return nil }

func text(fits func(s string) bool) func(v any) error {
	return func(v any) error {
		if s, ok := v.(string); ok && !fits(s) {
			return errFormat
		}
		return nil
	}
}

func textPattern(p string) func(v any) error {
	re := regexp.MustCompile(p)
	return text(re.MatchString)
}

// --- numbers ------------------------------------------------------------------------------------

func integer(low, high *big.Int) func(v any) error {
	lowest, highest := new(big.Rat).SetInt(low), new(big.Rat).SetInt(high)
	return func(v any) error {
		num, ok := v.(json.Number)
		if !ok {
			return nil
		}
		if len(num) < 19 && strings.IndexByte(string(num), '.') < 0 {
			if i, err := strconv.ParseInt(string(num), 10, 64); err == nil {
				x := big.NewInt(i)
				if x.Cmp(low) >= 0 && x.Cmp(high) <= 0 {
					return nil
				}
			}
		}
		r, ok := value.Rat(num)
		switch {
		case !ok || !r.IsInt():
			return errors.New("a whole number")
		case r.Cmp(lowest) < 0 || r.Cmp(highest) > 0:
			return fmt.Errorf("a whole number from %s to %s", low, high)
		}
		return nil
	}
}

// float takes the numbers whose size the type can hold; digits beyond its precision are rounded by whoever reads them.
func float(bits int) func(v any) error {
	return func(v any) error {
		if num, ok := v.(json.Number); ok {
			if _, err := strconv.ParseFloat(string(num), bits); err != nil {
				return fmt.Errorf("a number that fits %d bits", bits)
			}
		}
		return nil
	}
}

var decimalText = regexp.MustCompile(`^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$`)

func decimal(fits func(digits int) bool) func(v any) error {
	return func(v any) error {
		var s string
		switch v := v.(type) {
		case string:
			if s = v; !decimalText.MatchString(s) {
				return errors.New("a decimal number")
			}
		case json.Number:
			s = string(v)
		default:
			return nil
		}
		if fits == nil {
			return nil
		}
		mantissa := strings.FieldsFunc(s, func(r rune) bool { return r == 'e' || r == 'E' })[0]
		digits := strings.Trim(strings.NewReplacer("-", "", "+", "", ".", "").Replace(mantissa), "0")
		if !fits(len(digits)) {
			return errors.New("a decimal number of at most 34 digits")
		}
		return nil
	}
}

// --- dates (RFC 3339) ---------------------------------------------------------------------------

func digits(s string, from, to int) (int, bool) {
	n := 0
	for i := from; i < to; i++ {
		if i >= len(s) || s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int(s[i]-'0')
	}
	return n, true
}

func isDate(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	y, ok1 := digits(s, 0, 4)
	m, ok2 := digits(s, 5, 7)
	d, ok3 := digits(s, 8, 10)
	if !ok1 || !ok2 || !ok3 || m < 1 || m > 12 || d < 1 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
	if m == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		days = 29
	}
	return d <= days
}

func isTime(s string) bool {
	if len(s) < 9 || s[2] != ':' || s[5] != ':' {
		return false
	}
	h, ok1 := digits(s, 0, 2)
	m, ok2 := digits(s, 3, 5)
	sec, ok3 := digits(s, 6, 8)
	if !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || sec > 60 {
		return false
	}
	i := 8
	if s[i] == '.' {
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		}
		if i == 9 {
			return false
		}
	}
	zone := s[i:]
	offset := 0
	switch {
	case zone == "Z" || zone == "z":
	case len(zone) == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':':
		zh, ok1 := digits(zone, 1, 3)
		zm, ok2 := digits(zone, 4, 6)
		if !ok1 || !ok2 || zh > 23 || zm > 59 {
			return false
		}
		offset = zh*60 + zm
		if zone[0] == '-' {
			offset = -offset
		}
	default:
		return false
	}
	// a leap second ends a day in UTC (RFC 3339, appendix D)
	return sec < 60 || ((h*60+m-offset)%1440+1440)%1440 == 1439
}

func isDateTime(s string) bool {
	return len(s) > 11 && (s[10] == 'T' || s[10] == 't') && isDate(s[:10]) && isTime(s[11:])
}

// isHTTPDate reads IMF-fixdate (RFC 9110, section 5.6.7) and its two obsolete kin.
func isHTTPDate(s string) bool {
	if t, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", s); err == nil {
		return t.Format("Mon, 02 Jan 2006 15:04:05 GMT") == s
	}
	for _, layout := range []string{"Monday, 02-Jan-06 15:04:05 GMT", "Mon Jan _2 15:04:05 2006"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// --- names and addresses ------------------------------------------------------------------------

// isHostname follows RFC 1123, section 2.1, and, for the labels that are A-labels, RFC 5890.
func isHostname(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for _, label := range strings.Split(s, ".") {
		if !isLabel(label) {
			return false
		}
		if len(label) > 4 && strings.EqualFold(label[:4], "xn--") {
			u, err := idna.Punycode.ToUnicode(strings.ToLower(label))
			if err != nil || !isULabel(u) {
				return false
			}
			if back, err := idna.Punycode.ToASCII(u); err != nil || back != strings.ToLower(label) {
				return false
			}
		}
	}
	return true
}

func isLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := 0; i < len(label); i++ {
		c := label[i]
		if !isAlphanumeric(c) && c != '-' {
			return false
		}
	}
	if len(label) >= 4 && label[2:4] == "--" {
		return strings.EqualFold(label[:2], "xn") && len(label) > 4
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// idnaLookup checks labels as RFC 5891, section 5.4, asks.
var idnaLookup = idna.New(idna.ValidateLabels(true), idna.StrictDomainName(true), idna.BidiRule(), idna.CheckHyphens(true), idna.CheckJoiners(true))

// isULabel says that a label with letters beyond ASCII may stand in a host name (RFC 5892).
func isULabel(label string) bool {
	if strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") || len([]rune(label)) >= 4 && string([]rune(label)[2:4]) == "--" {
		return false
	}
	runes := []rune(label)
	if len(runes) == 0 || unicode.Is(unicode.M, runes[0]) {
		return false
	}
	for i, c := range runes {
		switch {
		case disallowed[c]:
			return false
		case c == 0x00b7: // MIDDLE DOT stands between two l
			if i == 0 || i == len(runes)-1 || runes[i-1] != 'l' || runes[i+1] != 'l' {
				return false
			}
		case c == 0x0375: // GREEK KERAIA stands before a Greek letter
			if i == len(runes)-1 || !unicode.Is(unicode.Greek, runes[i+1]) {
				return false
			}
		case c == 0x05f3 || c == 0x05f4: // HEBREW GERESH, GERSHAYIM stand after a Hebrew letter
			if i == 0 || !unicode.Is(unicode.Hebrew, runes[i-1]) {
				return false
			}
		case c == 0x30fb: // KATAKANA MIDDLE DOT wants a Japanese letter
			if !japanese(runes) {
				return false
			}
		case c >= 0x0660 && c <= 0x0669:
			if strings.ContainsFunc(label, func(r rune) bool { return r >= 0x06f0 && r <= 0x06f9 }) {
				return false
			}
		}
		if c != 0x30fb && c != 0x0375 && c != 0x00b7 && c != '-' && c != 0x05f3 && c != 0x05f4 && c != 0x200c && c != 0x200d &&
			!unicode.IsLetter(c) && !unicode.Is(unicode.M, c) && !unicode.Is(unicode.Nd, c) && !pvalid[c] {
			return false
		}
	}
	a, err := idnaLookup.ToASCII(label)
	return err == nil && len(a) <= 63 && isPlainLabel(a)
}

func isPlainLabel(a string) bool {
	if a == "" || a[0] == '-' || a[len(a)-1] == '-' {
		return false
	}
	for i := 0; i < len(a); i++ {
		if !isAlphanumeric(a[i]) && a[i] != '-' {
			return false
		}
	}
	return true
}

// The exceptions of RFC 5892, section 2.6.
var (
	pvalid     = map[rune]bool{0x00df: true, 0x03c2: true, 0x06fd: true, 0x06fe: true, 0x0f0b: true, 0x3007: true}
	disallowed = map[rune]bool{0x0640: true, 0x07fa: true, 0x302e: true, 0x302f: true, 0x3031: true, 0x3032: true, 0x3033: true, 0x3034: true, 0x3035: true, 0x303b: true}
)

func japanese(runes []rune) bool {
	for _, c := range runes {
		if c != 0x30fb && (unicode.Is(unicode.Hiragana, c) || unicode.Is(unicode.Katakana, c) || unicode.Is(unicode.Han, c)) {
			return true
		}
	}
	return false
}

// isRegex wants ECMA-262 with the u flag, without the forms of other dialects that a pattern may have.
func isRegex(s string) bool {
	p, err := ecma.Compile(s)
	return err == nil && p.Dialect() == ecma.Unicode
}

// isIDNHostname follows RFC 5890, section 2.3.2.3: labels of ASCII, A-labels or U-labels.
func isIDNHostname(s string) bool {
	s = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".").Replace(s)
	if s == "" || !utf8.ValidString(s) {
		return false
	}
	length := 0
	labels := strings.Split(s, ".")
	// a last label of digits alone makes it an address (RFC 1123, section 2.1)
	if last := labels[len(labels)-1]; last != "" && strings.Trim(last, "0123456789") == "" && !isIPv4(s) {
		return false
	}
	for _, label := range labels {
		a := label
		if isASCII(label) {
			if !isHostname(label) {
				return false
			}
		} else {
			if !isULabel(label) {
				return false
			}
			a, _ = idnaLookup.ToASCII(label)
		}
		length += len(a) + 1
	}
	return length-1 <= 253
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isIPv4(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return false
	}
	for _, p := range parts {
		if len(p) == 0 || len(p) > 3 || len(p) > 1 && p[0] == '0' {
			return false
		}
		if n, ok := digits(p, 0, len(p)); !ok || n > 255 {
			return false
		}
	}
	return true
}

func isIPv6(s string) bool {
	if strings.ContainsRune(s, '%') {
		return false
	}
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6()
}

// isEmail reads a Mailbox of RFC 5321, section 4.1.2; with idn, of RFC 6531.
func isEmail(s string, idn bool) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || !utf8.ValidString(s) {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if local[0] == '"' {
		if !isQuotedLocal(local, idn) {
			return false
		}
	} else {
		for _, atom := range strings.Split(local, ".") {
			if atom == "" {
				return false
			}
			for _, c := range atom {
				if c < utf8.RuneSelf && !isAlphanumeric(byte(c)) && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", byte(c)) < 0 {
					return false
				}
				if c >= utf8.RuneSelf && (!idn || unicode.IsSpace(c) || unicode.IsControl(c)) {
					return false
				}
			}
		}
	}
	if strings.HasPrefix(domain, "[") && strings.HasSuffix(domain, "]") {
		literal := domain[1 : len(domain)-1]
		if len(literal) > 5 && strings.EqualFold(literal[:5], "IPv6:") {
			return isIPv6(literal[5:])
		}
		return isIPv4(literal)
	}
	if idn {
		return isIDNHostname(domain)
	}
	return isHostname(domain)
}

func isQuotedLocal(s string, idn bool) bool {
	if len(s) < 2 || s[len(s)-1] != '"' {
		return false
	}
	inside := s[1 : len(s)-1]
	for i := 0; i < len(inside); {
		c, size := utf8.DecodeRuneInString(inside[i:])
		switch {
		case c == '\\':
			if i+1 >= len(inside) || inside[i+1] < ' ' || inside[i+1] > '~' {
				return false
			}
			size = 2
		case c == '"' || c < ' ' || c == 0x7f:
			return false
		case c > '~' && !idn:
			return false
		}
		i += size
	}
	return true
}

// --- URIs ---------------------------------------------------------------------------------------

// isURI follows RFC 3986, appendix A; with iri, RFC 3987, section 2.2. relative lets a relative reference pass.
func isURI(s string, relative, iri bool) bool {
	if !utf8.ValidString(s) {
		return false
	}
	rest, fragment, hasFragment := strings.Cut(s, "#")
	if hasFragment && !isChars(fragment, ":@/?", iri, false) {
		return false
	}
	rest, query, hasQuery := strings.Cut(rest, "?")
	if hasQuery && !isChars(query, ":@/?", iri, iri) {
		return false
	}
	hasScheme := false
	if i := strings.IndexAny(rest, ":/"); i >= 0 && rest[i] == ':' {
		if !isScheme(rest[:i]) {
			return false
		}
		hasScheme, rest = true, rest[i+1:]
	}
	if !hasScheme && !relative {
		return false
	}
	if authority, ok := strings.CutPrefix(rest, "//"); ok {
		path := ""
		if i := strings.IndexByte(authority, '/'); i >= 0 {
			authority, path = authority[:i], authority[i:]
		}
		return isAuthority(authority, iri) && isChars(path, ":@/", iri, false)
	}
	return isChars(rest, ":@/", iri, false)
}

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')) {
			return false
		}
	}
	return s != ""
}

func isAuthority(s string, iri bool) bool {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		if !isChars(s[:i], ":", iri, false) {
			return false
		}
		s = s[i+1:]
	}
	host := s
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return false
		}
		inside := s[1:end]
		if !isIPv6(inside) && !isIPvFuture(inside) {
			return false
		}
		host, s = "", s[end+1:]
		if s == "" {
			return true
		}
		if s[0] != ':' {
			return false
		}
	} else if i := strings.LastIndexByte(s, ':'); i >= 0 {
		host, s = s[:i], s[i:]
	} else {
		s = ""
	}
	for i := 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return isChars(host, "", iri, false)
}

func isIPvFuture(s string) bool {
	if len(s) < 4 || s[0] != 'v' && s[0] != 'V' {
		return false
	}
	version, rest, ok := strings.Cut(s[1:], ".")
	if !ok || version == "" || rest == "" || strings.Contains(rest, "%") {
		return false
	}
	for i := 0; i < len(version); i++ {
		if !isHex(version[i]) {
			return false
		}
	}
	return isChars(rest, ":", false, false)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// isChars says that a text is made of unreserved characters, sub-delims, percent-encoded bytes and those of extra.
func isChars(s, extra string, iri, private bool) bool {
	for i := 0; i < len(s); {
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c < utf8.RuneSelf && isAlphanumeric(byte(c)):
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
			size = 3
		case c < utf8.RuneSelf && (strings.IndexByte("-._~!$&'()*+,;=", byte(c)) >= 0 || strings.IndexByte(extra, byte(c)) >= 0):
		case iri && isUcschar(c):
		case private && isIprivate(c):
		default:
			return false
		}
		i += size
	}
	return true
}

func isUcschar(c rune) bool {
	switch {
	case c >= 0xa0 && c <= 0xd7ff, c >= 0xf900 && c <= 0xfdcf, c >= 0xfdf0 && c <= 0xffef:
		return true
	case c >= 0x10000 && c <= 0xdfffd:
		return c&0xffff <= 0xfffd
	}
	return c >= 0xe1000 && c <= 0xefffd
}

func isIprivate(c rune) bool {
	return c >= 0xe000 && c <= 0xf8ff || c >= 0xf0000 && c <= 0xffffd || c >= 0x100000 && c <= 0x10fffd
}

var uriVariable = regexp.MustCompile(`^(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})(?:\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))*(?::[1-9][0-9]{0,3}|\*)?$`)

// isURITemplate follows RFC 6570, section 2.
func isURITemplate(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for i := 0; i < len(s); {
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == '{':
			end := strings.IndexByte(s[i:], '}')
			if end < 2 {
				return false
			}
			expression := s[i+1 : i+end]
			if strings.IndexByte("+#./;?&=,!@|", expression[0]) >= 0 {
				expression = expression[1:]
			}
			for _, v := range strings.Split(expression, ",") {
				if !uriVariable.MatchString(v) {
					return false
				}
			}
			size = end + 1
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
			size = 3
		case c <= ' ' || c == 0x7f || strings.ContainsRune("\"'<>\\^`|}", c) && c != '\'':
			return false
		case c >= utf8.RuneSelf && !isUcschar(c) && !isIprivate(c):
			return false
		}
		i += size
	}
	return true
}

// --- encodings ----------------------------------------------------------------------------------

func isBase64(s string) bool {
	if strings.ContainsAny(s, "\r\n") {
		return false
	}
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}

// isBase64URL follows RFC 4648, section 5, with or without padding.
func isBase64URL(s string) bool {
	if strings.ContainsAny(s, "\r\n") {
		return false
	}
	if strings.HasSuffix(s, "=") {
		_, err := base64.URLEncoding.DecodeString(s)
		return err == nil
	}
	_, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil
}

const tokenChars = "!#$%&'*+-.^_`|~"

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isAlphanumeric(s[i]) && strings.IndexByte(tokenChars, s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

// isMediaRange follows RFC 9110, section 12.5.1.
func isMediaRange(s string) bool {
	parts := splitParameters(s)
	kind, sub, ok := strings.Cut(strings.TrimRight(parts[0], " \t"), "/")
	if !ok || !isToken(kind) || !isToken(sub) || kind == "*" && sub != "*" {
		return false
	}
	for _, p := range parts[1:] {
		if p = strings.Trim(p, " \t"); p == "" {
			continue
		}
		name, v, ok := strings.Cut(p, "=")
		if !ok || !isToken(name) || !isToken(v) && !isQuoted(v) {
			return false
		}
	}
	return true
}

// splitParameters cuts at semicolons that stand outside quotes.
func splitParameters(s string) []string {
	var out []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// isQuoted reads a quoted-string (RFC 9110, section 5.6.4).
func isQuoted(s string) bool {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	for i := 1; i < len(s)-1; i++ {
		switch {
		case s[i] == '\\':
			if i++; i >= len(s)-1 {
				return false
			}
		case s[i] == '"' || s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f:
			return false
		}
	}
	return true
}

// --- structured fields (RFC 9651, section 3.3) --------------------------------------------------

// isSFString judges the text that an sf-string holds: printable ASCII.
func isSFString(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func isSFBinary(s string) bool {
	if len(s) >= 2 && s[0] == ':' && s[len(s)-1] == ':' {
		s = s[1 : len(s)-1]
	}
	return isBase64(s)
}

func sfBoolean(v any) error {
	if s, ok := v.(string); ok && s != "?0" && s != "?1" {
		return errors.New("?0 or ?1")
	}
	return nil
}

func sfNumber(re *regexp.Regexp) func(v any) error {
	return func(v any) error {
		switch v := v.(type) {
		case string:
			if !re.MatchString(v) {
				return errFormat
			}
		case json.Number:
			r, ok := value.Rat(v)
			if !ok {
				return errFormat
			}
			s := ratText(r)
			if !re.MatchString(s) {
				return errFormat
			}
		}
		return nil
	}
}
