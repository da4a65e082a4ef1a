package contract

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxCurlBody is how long a body may be to stand in a line for a shell.
const maxCurlBody = 4096

const tokenVariable = `"$SPECIMEN_TOKEN"`

// curl writes a line for a POSIX shell that sends a request again. A secret is a variable of the shell.
func (r *runner) curl(x Exchange, hide secrets) string {
	req := x.Request
	if req == nil {
		return ""
	}
	scheme := r.credential(x.Case.Operation).scheme
	if x.Case.Kind == Bare || x.Case.Kind == Stranger { // the latter sends what is no secret
		scheme = nil
	}
	args := []string{"curl", "-sS", "-i"}
	address := *req.URL
	query := address.RawQuery
	var queryToken string
	if scheme != nil && scheme.Type == "apiKey" && scheme.In == "query" {
		pair := query[strings.LastIndexByte(query, '&')+1:] // put writes it last
		queryToken, _, _ = strings.Cut(pair, "=")
		address.RawQuery = strings.TrimSuffix(strings.TrimSuffix(query, pair), "&")
	}
	text := hide.text(address.String())
	if strings.ContainsAny(text, "[]{}") {
		args = append(args, "-g")
	}
	switch req.Method {
	case "GET":
	case "HEAD":
		args = append(args, "-I")
	default:
		args = append(args, "-X", req.Method)
	}
	if queryToken != "" {
		joint := "?"
		if address.RawQuery != "" {
			joint = "&"
		}
		args = append(args, quote(text+joint+queryToken+"=")+tokenVariable)
	} else {
		args = append(args, quote(text))
	}

	names := sortedKeys(req.Header)
	for _, name := range names {
		switch name {
		case "User-Agent", "Specimen-Run":
			continue
		}
		for _, v := range req.Header[name] {
			switch {
			case scheme != nil && name == "Authorization" && scheme.Type == "http" && scheme.Scheme == "basic" && r.cfg.Header.Get(name) != v:
				args = append(args, "-u", tokenVariable)
			case scheme != nil && name == "Authorization" && r.cfg.Header.Get(name) != v:
				args = append(args, "-H", `"Authorization: Bearer $SPECIMEN_TOKEN"`)
			case scheme != nil && scheme.Type == "apiKey" && scheme.In == "header" && strings.EqualFold(name, scheme.Parameter):
				args = append(args, "-H", `"`+name+`: $SPECIMEN_TOKEN"`)
			case name == "Cookie" && scheme != nil && scheme.Type == "apiKey" && scheme.In == "cookie":
				others := strings.TrimSuffix(v, scheme.Parameter+"="+r.cfg.Token)
				args = append(args, "-H", quote("Cookie: "+r.shown(name, others, hide)+scheme.Parameter+"=")+tokenVariable)
			case r.secretHeader(name):
				args = append(args, "-H", quote(name+": ")+`"$`+variable(name)+`"`)
			default:
				args = append(args, "-H", quote(name+": "+hide.text(v)))
			}
		}
	}
	switch body := x.RequestBody; {
	case len(body) == 0:
	case len(body) > maxCurlBody || !utf8.Valid(body) || slices.Contains(body, 0):
		args = append(args, "--data-binary", "@body", "# a body of "+itoa(len(body))+" bytes")
	default:
		args = append(args, "--data-raw", quote(hide.text(string(body))))
	}
	return strings.Join(args, " ")
}

// shown hides cookies that the caller gave.
func (r *runner) shown(name, text string, hide secrets) string {
	if text != "" && r.cfg.Header.Get(name) != "" {
		return redacted + "; "
	}
	return hide.text(text)
}

// variable makes the name of a shell variable of a header's: X-API-Key is X_API_KEY.
func variable(header string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToUpper(header))
}

// quote makes one word of a text for a POSIX shell.
func quote(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,@%+=") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
