// Package mock plays what OpenAPI documents promise: a Server is an http.Handler that answers as the API would.
//
//	doc, err := spec.Builtin("capydb")
//	server, err := mock.New(doc, mock.Config{})
//	http.ListenAndServe("localhost:8080", server)
//
// # The order of checks
//
// A request is refused for the first of these that it meets:
//
//	501  the operation itself cannot be played; the answer says why, and where in the document
//	404  no document has the path
//	405  the path has no such method; Allow names those that it has
//	     (here faults and forced statuses are answered, see below)
//	401  no credentials, or credentials that are malformed, unknown, expired or revoked
//	403  credentials without the scope
//	415  the body's media type is not documented
//	406  no documented media type of the answer is acceptable
//	413  the body is larger than Config.MaxBody
//	400  parameters or body break the document; 422 where the operation documents 422 and not 400
//	404  Config.StrictIDs, and no named fixture has the id
//
// Of 401 and 403 the one is answered that the operation documents, where it documents only one of them.
//
// A refusal has the body that the operation declares for its status, its range or default, with the reason filled in
// where the shape allows it. Where nothing is declared for the status and all JSON errors of the operation, or of
// the document, share one schema, the refusal takes that shape; else it is application/problem+json (RFC 9457).
//
// # Credentials
//
// Any credential is good that has the form of x-key-pattern, if the security scheme has one. The words of a
// credential between _ - . and : mean something: expired and revoked are refused with 401, readonly is refused with
// 403 by operations that write or whose x-required-scope is no read scope. A key that begins with sk_test_, as test
// keys customarily do, is good whatever form the document gives its keys.
//
// # Which answer
//
//	Prefer: code=404          that status, with its documented body and headers, even to an invalid request
//	Prefer: example=NAME      a named fixture, or an example of the document
//	Prefer: dynamic=true      a generated value, whatever fixtures and examples there are
//	Prefer: seed=7            generated from another seed
//	Prefer: profile=full      generated as minimal, typical, full, boundary or random values are
//	Prefer: items=50          as many items in the list of the body, where its schema takes so many
//	Prefer: delay=200ms       that much later
//	Prefer: fault=cut         spoiled, see Faults; may be given again
//	Prefer: validate=report   judged as another Policy says
//	Prefer: session=NAME      in that session
//
// The query parameters __code, __example, __dynamic and the like say the same. Preference-Applied names what held;
// other words are passed over (RFC 7240, section 2), and a value that means nothing is answered with 400.
//
// A path parameter or a credential that ends in status_NNN is answered with that status. Otherwise a named fixture is
// chosen by path parameter or key, and ids that no fixture has get an entity of their own, the same every time for
// that id and seed.
//
// # Memory
//
// PATCH and PUT change what later answers show: the GET of the same path, and every place where the same entity
// appears, known by its schema and id.
//
// Resources says which operations create, list, read, replace, change and delete the same kind of thing. What a POST
// creates gets a fresh id and is listed after what was there from the beginning; what a DELETE takes away is 404 for
// every operation on it and below it. A list shows each thing as its GET does, and obeys the query parameters that
// page (page, per_page, offset, limit, cursor), sort, or have the name of a member. An id that was neither listed nor
// created stands for a thing of its own each time that it is asked for: a DELETE of it is answered and not remembered.
//
// # Sessions
//
// A session owns its memory, calls, seed, policy, faults and clock, so that tests which share a Server never meet.
// A request chooses one by the header Specimen-Session: NAME, by Prefer: session=NAME, by the path /_session/NAME/...,
// or by a test key that ends in session_NAME: ak_test_trial_session_a is the key ak_test_trial in the session a. Of
// several the one named first here counts. It comes into being at its first request; Config bounds how many there
// are and how long they may be idle. Requests that choose none share the default session, which Config.StateFile
// keeps.
//
// # Faults
//
// Faults describes them. They strike requests for operations, in the order in which they were asked for; what they
// draw follows from the seed, their text and how often the session asked them, so that the same requests fail in the
// same way again. Specimen-Fault and Call.Faults name those that struck. An answer that lies has the Specimen-Source
// "lie KEYWORD PLACE".
//
// Every answer says where it came from: Specimen-Operation and Specimen-Source.
package mock
