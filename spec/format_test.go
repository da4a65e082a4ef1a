package spec

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestFormats(t *testing.T) {
	tests := map[string]struct{ good, bad []string }{
		"date":                  {[]string{"2024-02-29", "0000-01-01"}, []string{"2023-02-29", "1900-02-29", "2024-2-1", "২024-02-01", "2024-13-01", ""}},
		"time":                  {[]string{"08:30:06Z", "23:59:60Z", "01:29:60+01:30", "08:30:06.283-08:00"}, []string{"22:59:60Z", "08:30:06", "24:00:00Z", "08:30:06.Z", "12:00:00+0", "01:02:03+24:00"}},
		"date-time":             {[]string{"1998-12-31T23:59:60Z", "1963-06-19t08:30:06z"}, []string{"1963-06-19 08:30:06Z", "2023-11-07T05:31Z", "1998-12-31T23:58:60Z", "1990-02-31T15:59:59Z"}},
		"duration":              {[]string{"P4DT12H30M5S", "P2W", "PT0S"}, []string{"P", "PT", "P1Y2W", "P1YT", "P2D1Y", "P1D2H", "p1y"}},
		"http-date":             {[]string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"}, []string{"1994-11-06", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"}},
		"email":                 {[]string{"joe@example.com", `"joe bloggs"@example.com`, "joe@[127.0.0.1]", "joe@[IPv6:::1]", "te~st@example.com"}, []string{"joe", ".a@example.com", "a..b@example.com", "a@-b.com", "a@[1]", "ä@example.com"}},
		"idn-email":             {[]string{"実例@実例.テスト", "joe@example.com"}, []string{"2962", "実例@"}},
		"hostname":              {[]string{"www.example.com", "xn--4gbwdl.xn--wgbh1c", strings.Repeat("a", 63), "1host"}, []string{"-a.com", "a_b", "a..b", "a.", "xn--X", "ab--cd", strings.Repeat("a", 64), "xn--07jt112bpxg.xn--9t4b11yi5a", ""}},
		"idn-hostname":          {[]string{"실례.테스트", "例え。テスト", "l·l", "א׳ב", "ς", "faß.de", "क्\u200dष"}, []string{"〮실례.테스트", "실〮례.테스트", "a·l", "α͵S", "A׳ב", "・ab", "ab٠۰", "\u0300hello", "-> $1.00 <--", "256.256.256.256", "\u200dष"}},
		"ipv4":                  {[]string{"192.168.0.1"}, []string{"256.1.1.1", "087.10.0.1", "127.0", "1২7.0.0.1", "192.168.1.0/24"}},
		"ipv6":                  {[]string{"::", "::ffff:192.168.0.1", "1::d6:192.168.0.1"}, []string{"::1%eth0", "12345::", "1:2:3:4:5:6:7", "fe80::/64", "1::d6::42"}},
		"uri":                   {[]string{"http://foo.bar/?baz=qux#quux", "urn:oasis:names", "ldap://[2001:db8::7]/c=GB?objectClass?one", "http://[v1.a:b]"}, []string{"/abc", "//foo.bar", "http://a b", `http://a/\b`, "http://a/%zz", "bar,baz:foo", "http://[::1", "http://a:8x", "http://2001:0db8::7334", "http://ƒ", ""}},
		"uri-reference":         {[]string{"/abc", "//foo.bar/?baz", "abc", "#frag", ""}, []string{`\\WINDOWS\fileshare`, `#frag\x`, "1:2"}},
		"iri":                   {[]string{"http://ƒøø.ßår/?∂éœ=πîx#πîüx"}, []string{"/abc", "http://2001:0db8::7334", "âππ"}},
		"iri-reference":         {[]string{"âππ", "#ƒrägmênt"}, []string{`#ƒräg\mênt`}},
		"uri-template":          {[]string{"/a/{term:1}/{term}", "{+a,b*}", "{a.b}"}, []string{"/a/{term", "{}", "{a b}", "{a:0}", "a}", "%zz"}},
		"uuid":                  {[]string{"2EB8AA08-aa98-11ea-b4aa-73b441d16380"}, []string{"2eb8aa08aa9811eab4aa73b441d16380", "2eb8-aa08-aa98-11ea-b4aa73b44-1d16380"}},
		"json-pointer":          {[]string{"", "/a~0b/~1", "/"}, []string{"a", "/~2", "#/a"}},
		"relative-json-pointer": {[]string{"0", "1/a", "0#"}, []string{"01/a", "-1/a", "0##", "/a", ""}},
		"regex":                 {[]string{"^a*(b|c)$", `(?<=a)\p{L}`}, []string{"^(abc]", "x++", "(?i)x", `\Z`, "a**"}},
		"byte":                  {[]string{"aGVsbG8=", ""}, []string{"aGVsbG8", "a_-=", "aGVs bG8="}},
		"base64url":             {[]string{"_-8", "_-8=", ""}, []string{"+/8", "YQ=", "Y"}},
		"char":                  {[]string{"é", "😀"}, []string{"", "ab"}},
		"media-range":           {[]string{"text/*;q=0.5", "*/*", `a/b; c="d;e"`}, []string{"text", "*/html", "a/b; c"}},
		"sf-token":              {[]string{"*a/b"}, []string{"1a", ""}},
		"sf-boolean":            {[]string{"?0"}, []string{"true"}},
		"sf-integer":            {[]string{"-999999999999999"}, []string{"1000000000000000", "1.0"}},
		"sf-decimal":            {[]string{"1.234"}, []string{"1.2345"}},
		"decimal":               {[]string{"-1.50e3"}, []string{"x", "."}},
	}
	for name, tt := range tests {
		for _, s := range tt.good {
			if err := formats[name](s); err != nil {
				t.Errorf("%s %q: got %v, want it to pass", name, s, err)
			}
		}
		for _, s := range tt.bad {
			if formats[name](s) == nil {
				t.Errorf("%s %q: got nothing, want an error", name, s)
			}
		}
		if err := formats[name](true); err != nil {
			t.Errorf("%s: got %v for a boolean, want it to pass: a format speaks of its own type", name, err)
		}
	}
}

func TestNumericFormatsAreExact(t *testing.T) {
	tests := map[string]struct{ good, bad []json.Number }{
		"int8":       {[]json.Number{"-128", "127"}, []json.Number{"128", "-129", "1.5"}},
		"uint8":      {[]json.Number{"0", "255", "2.55e2"}, []json.Number{"-1", "256"}},
		"int16":      {[]json.Number{"32767"}, []json.Number{"32768"}},
		"uint16":     {[]json.Number{"65535"}, []json.Number{"65536"}},
		"int32":      {[]json.Number{"2147483647", "-2147483648", "1.0"}, []json.Number{"2147483648", "1.5"}},
		"uint32":     {[]json.Number{"4294967295"}, []json.Number{"4294967296"}},
		"int64":      {[]json.Number{"9223372036854775807", "-9223372036854775808"}, []json.Number{"9223372036854775808", "-9223372036854775809", "0.1"}},
		"uint64":     {[]json.Number{"18446744073709551615"}, []json.Number{"18446744073709551616", "-1"}},
		"double-int": {[]json.Number{"9007199254740991"}, []json.Number{"9007199254740993"}},
		"float":      {[]json.Number{"0.1", "3.4e38"}, []json.Number{"3.5e38"}},
		"double":     {[]json.Number{"1.7e308"}, []json.Number{"1.8e308"}},
	}
	for name, tt := range tests {
		for _, n := range tt.good {
			if err := formats[name](n); err != nil {
				t.Errorf("%s %s: got %v, want it to pass", name, n, err)
			}
		}
		for _, n := range tt.bad {
			if formats[name](n) == nil {
				t.Errorf("%s %s: got nothing, want an error", name, n)
			}
		}
		if err := formats[name]("text"); err != nil {
			t.Errorf("%s: got %v for a string, want it to pass", name, err)
		}
	}
}

func FuzzFormats(f *testing.F) {
	for _, s := range []string{"a@b.c", "http://[::1]:80/%41?#", "{+a:1,b*}", "xn--4gbwdl", "23:59:60Z", "1.e", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, check := range formats {
			if check(s) == nil && (name == "uri" && formats["uri-reference"](s) != nil || name == "hostname" && formats["idn-hostname"](s) != nil && strings.Trim(s[strings.LastIndexByte(s, '.')+1:], "0123456789") != "") {
				t.Errorf("%s takes %q, and the wider format does not", name, s)
			}
			_ = check(json.Number(s))
		}
	})
}

func TestFormatsThatJSONSchemaDoesNotDefineRefuseNoRequest(t *testing.T) {
	d := document(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"components":{"schemas":{"Amount":{"type":"string","format":"decimal"},"Mail":{"type":"string","format":"email"}}}}`)
	for name, want := range map[string][2]int{"Amount": {1, 0}, "Mail": {1, 1}} {
		s := d.Component(name)
		if got := [2]int{len(s.Check("-", Response)), len(s.Check("-", Request))}; got != want {
			t.Errorf("%s: got %v problems in a response and a request, want %v", name, got, want)
		}
	}
}
