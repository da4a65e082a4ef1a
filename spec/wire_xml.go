package spec

import "errors"

func (m *MediaType) decodeXML(data []byte) (any, []Problem) {
	return nil, []Problem{{Keyword: "syntax", Message: "XML is not read yet"}}
}

func (m *MediaType) encodeXML(v any) ([]byte, error) {
	return nil, errors.New("XML is not written yet")
}
