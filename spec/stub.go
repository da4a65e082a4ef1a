package spec

// Each of these goes when the real one lands: delete it here.

// Encodable says whether a value can travel in the parameter.
func (p *Parameter) Encodable(v any) error { return nil }

// MatchMedia finds the media type of a content map that a Content-Type belongs to.
func MatchMedia(content []*MediaType, contentType string) *MediaType { return nil }

// Negotiate finds the media type that an Accept header asks for.
func Negotiate(accept string, content []*MediaType) (*MediaType, bool) { return nil, false }

// EncodeBody writes a value in the media type.
func (m *MediaType) EncodeBody(v any) ([]byte, string, error) { return nil, "", nil }
