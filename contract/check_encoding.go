package contract

import "github.com/specimen-api/specimen/spec"

// Encoding catches a body that cannot be read as its media type says: JSON that does not parse, a member that comes
// twice, text in another encoding.
var Encoding = checks.Add(Check{
	Name: forEncoding,
	Doc:  "the body can be read as its media type says",
	Run:  func(x Exchange) []spec.Problem { return promised(x, forEncoding) },
})
