package mock

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/specimen-api/specimen/internal/value"
	"github.com/specimen-api/specimen/spec"
)

// digest is what an entity tag is made of: it changes whenever the thing does.
func digest(o *value.Object) string {
	sum := sha256.Sum256(value.Append(nil, o))
	return hex.EncodeToString(sum[:8])
}

// conditions obeys If-Match and If-None-Match (RFC 9110, section 13) where the operation declares them with 412 and
// 304, and lets the declared ETag of the answer change with the thing.
func (h *shelf) conditions(x *exchange, id string, p *plan) *refusal {
	object := func() *value.Object {
		if e, ok := h.reads(id); ok {
			return h.now(e)
		}
		return nil
	}
	declares := func(header, status string) bool {
		for _, r := range x.op.Responses() {
			if r.Status == status {
				return x.op.Parameter("header", header) != nil
			}
		}
		return false
	}
	if text := strings.Join(x.r.Header.Values("If-Match"), ","); text != "" && x.op.Method != http.MethodGet && declares("If-Match", "412") {
		if known, _ := h.has(id); known {
			if o := object(); o != nil && !matches(text, digest(o)) {
				return &refusal{status: http.StatusPreconditionFailed, detail: "the thing has changed since: If-Match names another version"}
			}
		}
	}
	if text := strings.Join(x.r.Header.Values("If-None-Match"), ","); text != "" && x.op.Method == http.MethodGet && declares("If-None-Match", "304") {
		if o := object(); o != nil && strings.TrimSpace(text) != "*" && matches(text, digest(o)) {
			p.status = http.StatusNotModified
		}
	}
	if x.op.Method != http.MethodDelete {
		p.dress = func(r *spec.ResponseSpec, header http.Header, _ []byte) { tag(r, header, object) }
	}
	return nil
}

// matches says that a list of entity tags names a digest, or is *.
func matches(list, digest string) bool {
	for _, text := range strings.Split(list, ",") {
		text = strings.TrimPrefix(strings.TrimSpace(text), "W/")
		if text == "*" || strings.Trim(text, `"`) == digest {
			return true
		}
	}
	return false
}

// tag sets ETag where the answer declares it, in a form that its schema takes.
func tag(r *spec.ResponseSpec, header http.Header, object func() *value.Object) {
	for _, d := range r.Headers {
		if !strings.EqualFold(d.Name, "ETag") {
			continue
		}
		o := object()
		if o == nil {
			return
		}
		sum := digest(o)
		for _, text := range []string{`"` + sum + `"`, `W/"` + sum + `"`, sum} {
			if d.Schema == nil || len(d.Schema.Check(text, spec.Response)) == 0 {
				header.Set("ETag", text)
				return
			}
		}
	}
}

// again finds the key of a request that is to be done once (Idempotency-Key), where the operation declares one; ""
// when there is none. The key itself is kept nowhere.
func (h *shelf) again(x *exchange) string {
	for _, p := range x.op.Parameters() {
		if p.In != "header" || !strings.Contains(folded(p.Name), "idempotency") {
			continue
		}
		if text := x.r.Header.Get(p.Name); text != "" {
			return "again " + x.op.Path + " " + h.key + credentialPart(text)
		}
	}
	return ""
}
