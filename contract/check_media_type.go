package contract

import "github.com/specimen-api/specimen/spec"

// MediaType catches a media type that the response does not declare, and one that is missing.
var MediaType = checks.Add(Check{
	Name: forMediaType,
	Doc:  "the response declares the media type",
	Run:  func(x Exchange) []spec.Problem { return promised(x, forMediaType) },
})
