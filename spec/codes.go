package spec

import (
	"slices"

	"github.com/specimen-api/specimen/internal/family"
)

// Codes of a document's problems; they are stable. Codes has what each means.
const (
	CodeUnreadable    = "SP101" // text that is no JSON or YAML at this place
	CodeNotOpenAPI    = "SP102" // no OpenAPI document
	CodeDuplicate     = "SP103" // a member that comes twice
	CodeStructure     = "SP104" // a value of the wrong kind where OpenAPI wants another
	CodeOverlay       = "SP105" // an overlay's action that changes nothing
	CodeReference     = "SP201" // a reference that leads nowhere
	CodeCircle        = "SP202" // references that lead only to each other
	CodeSibling       = "SP203" // a keyword beside $ref that is not read
	CodeDiscriminator = "SP204" // a discriminator's mapping that leads nowhere
	CodeLink          = "SP205" // a link to an operation that there is not
	CodeSecurity      = "SP206" // a security scheme that is not declared
	CodeKeyword       = "SP301" // a schema keyword with a value that it cannot have
	CodePattern       = "SP302" // a pattern that is no regular expression
	CodeNoValue       = "SP303" // a schema that no value can satisfy
	CodeVersion       = "SP304" // a keyword of another version of OpenAPI
	CodeBounds        = "SP305" // bounds that cross
	CodeExample       = "SP401" // an example that breaks its own schema
	CodePath          = "SP501" // a path or a path parameter that does not fit
	CodeClash         = "SP502" // two paths that match the same requests
	CodeOperationID   = "SP503" // an operationId that is taken
	CodeName          = "SP504" // a media type, header or status that HTTP cannot carry
)

// Code explains one code of a document's problems.
type Code struct {
	Code    string // SP201
	Title   string // a few words: "a reference that leads nowhere"
	Doc     string // what it means and why it matters
	Way     string // the way out
	Example string // a document, or the end of an OpenAPI 3.0 one, that has the problem
}

// Codes gives every code, sorted. The slice is the caller's own.
func Codes() []Code { return slices.Clone(codes) }

// FindCode gives a code by its name; the error names the nearest ones.
func FindCode(name string) (Code, error) {
	return family.Find("code", name, codes, func(c Code) string { return c.Code })
}

var codes = []Code{
	{
		Code: CodeUnreadable, Title: "text that cannot be read",
		Doc: `The text is no JSON or YAML at this place, or goes beyond what is read: 64 MiB for a file, 1,000 levels of nesting,
five million values behind YAML aliases. Nothing of such a text is served. As a warning, a part of the text is not as it should be and was read all the same.`,
		Way: `Correct the text at the line and column given. Split a document that is too large, or write out the aliases.`,
		Example: `openapi: 3.0.3
info: {title: Pets, version: '1'
paths: {}
`,
	},
	{
		Code: CodeNotOpenAPI, Title: "no OpenAPI document",
		Doc: `The text can be read and has neither an openapi nor a swagger member, or a version that is not known.
Specimen reads OpenAPI 2.0, 3.0, 3.1 and 3.2.`,
		Way: `Check that this is the right file: a configuration, a JSON Schema or an AsyncAPI document is none. Write the version as text: openapi: 3.1.0.`,
		Example: `asyncapi: 3.0.0
info: {title: Pets, version: '1'}
`,
	},
	{
		Code: CodeDuplicate, Title: "a member that comes twice",
		Doc: `An object has two members of one name. JSON leaves open which of them counts (RFC 8259, section 4) and YAML forbids it, so
that two tools read two documents. Specimen takes the first and passes the other over.`,
		Way: `Rename or remove one of them.`,
		Example: `paths:
  /pets:
    get: {responses: {'200': {description: All pets}}}
    get: {responses: {'200': {description: Some pets}}}
`,
	},
	{
		Code: CodeStructure, Title: "a value of the wrong kind",
		Doc: `Something else stands where OpenAPI wants an object, a list or one of a few words. As an error it takes down the part that it
stands in: an operation, its request, or one of its responses. As a warning it is passed over.`,
		Way: `Write what the message wants. A common cause in YAML is a line that is indented too little.`,
		Example: `paths:
  /pets:
    get:
      parameters:
      - {name: limit, in: body}
      responses: {'200': {description: O}}
`,
	},
	{
		Code: CodeOverlay, Title: "an overlay's action that changes nothing",
		Doc: `The target of an action of an OpenAPI Overlay selects nothing in the document, or the action has neither update, copy nor
remove. The document goes on as if the action were not there, which is seldom what was meant.`,
		Way: `Compare the JSONPath of the target with the document: names with other characters than letters, digits and _ stand in brackets, as in $.paths['/pets'].get.`,
	},
	{
		Code: CodeReference, Title: "a reference that leads nowhere",
		Doc: `A $ref, a $dynamicRef or the $ref of a path, parameter, response, header or example has no target: the name is
misspelled, the file is not there or lies outside the document's directory, or it is remote and remote references are not followed.
Whatever needs the target is answered with 501; everything else is served.`,
		Way: `Correct the name, add the component, or allow what keeps the reference from being followed.`,
		Example: `paths:
  /pets:
    get:
      responses:
        '200':
          description: A pet
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pet'}}
`,
	},
	{
		Code: CodeCircle, Title: "references that lead only to each other",
		Doc: `Following the reference leads back to it without ever reaching something that says what the value is. A schema that holds
itself as a property or an item is no circle of this kind and is fine.`,
		Way: `Let one of the references lead to the schema that was meant.`,
		Example: `paths:
  /pets:
    get:
      responses:
        '200':
          description: A pet
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pet'}}
components:
  schemas:
    Pet: {$ref: '#/components/schemas/Animal'}
    Animal: {$ref: '#/components/schemas/Pet'}
`,
	},
	{
		Code: CodeSibling, Title: "a keyword beside $ref that is not read",
		Doc: `Before OpenAPI 3.1 a $ref stands alone: what is written beside it is ignored (OpenAPI 3.0.3, section Reference Object), by Specimen too.
It is said only of keywords that would change which values are valid.`,
		Way: `Put the reference into an allOf and the keyword beside the allOf, or move to OpenAPI 3.1.`,
		Example: `paths:
  /pets:
    get:
      responses:
        '200':
          description: A pet
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pet', nullable: true}}
components:
  schemas:
    Pet: {type: object}
`,
	},
	{
		Code: CodeDiscriminator, Title: "a discriminator's mapping that leads nowhere",
		Doc: `The discriminator maps a value to a schema that is not there. The mapping is passed over: an object with this value is judged as if it were not
mapped, and none is made with it.`,
		Way: `Write the name of a component (Cat) or a reference (#/components/schemas/Cat) that exists.`,
		Example: `paths:
  /pets:
    get:
      responses:
        '200':
          description: A pet
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pet'}}
components:
  schemas:
    Pet:
      oneOf: [{$ref: '#/components/schemas/Cat'}]
      discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat', dog: '#/components/schemas/Dog'}}
    Cat: {type: object, properties: {kind: {type: string}}}
`,
	},
	{
		Code: CodeLink, Title: "a link to an operation that there is not",
		Doc: `The operationId or operationRef of a link names no operation of the document. The link is passed over.`,
		Way: `Name an operation that exists; operationRef is a reference such as #/paths/~1pets~1{id}/get.`,
		Example: `paths:
  /pets:
    get:
      responses:
        '200':
          description: All pets
          links: {one: {operationId: getPet}}
`,
	},
	{
		Code: CodeSecurity, Title: "a security scheme that is not declared",
		Doc: `A security requirement names a scheme that the components do not have. That alternative is not asked for: where it is the only one, the operation is served
to everybody.`,
		Way: `Declare the scheme under components/securitySchemes (securityDefinitions in 2.0), or correct its name.`,
		Example: `paths:
  /pets:
    get:
      security: [{apiKey: []}]
      responses: {'200': {description: All pets}}
`,
	},
	{
		Code: CodeKeyword, Title: "a keyword with a value that it cannot have",
		Doc: `A keyword of a schema has a value of the wrong kind: a type that is none, a length below 0, a list that is an object. The keyword is
not read, so more values are valid than were meant.`,
		Way: `Write what the message wants.`,
		Example: `paths:
  /pets:
    get:
      parameters:
      - {name: limit, in: query, schema: {type: int}}
      responses: {'200': {description: All pets}}
`,
	},
	{
		Code: CodePattern, Title: "a pattern that is no regular expression",
		Doc: `JSON Schema's patterns are regular expressions of ECMA-262. This one is none, often because it is written for another language: (?i),
\A, \Z, [[:alpha:]] and possessive quantifiers are not ECMA-262. A value that would have to match it can be neither made nor judged.`,
		Way: `Write the pattern in the words of ECMA-262: ^ and $ for \A and \Z, [a-zA-Z] for (?i)[a-z]. The slashes of a literal (/abc/i) do not belong to a pattern.`,
		Example: `paths:
  /pets:
    get:
      parameters:
      - {name: code, in: query, schema: {type: string, pattern: '^(ab$'}}
      responses: {'200': {description: All pets}}
`,
	},
	{
		Code: CodeNoValue, Title: "a schema that no value can satisfy",
		Doc: `What the schema asks for cannot be had at once: a required member that may not be there, an enum without a value of the type, recursion without an end. A deployment that keeps
this promise cannot exist, and an answer cannot be made.`,
		Way: `The message names the keywords that fight; loosen one of them. In a branch of allOf, additionalProperties: false forbids the members of the other branches.`,
		Example: `paths:
  /pets:
    get:
      responses:
        '200':
          description: A pet
          content:
            application/json:
              schema: {type: object, required: [name], properties: {name: {type: string, enum: [1, 2]}}}
`,
	},
	{
		Code: CodeVersion, Title: "a keyword of another version of OpenAPI",
		Doc: `The schema uses a word that the version of the document does not have: nullable in 3.1, const or patternProperties in 3.0, oneOf in 2.0. Each
version has its own dialect of JSON Schema. The message says whether the word is read all the same.`,
		Way: `Write it as the document's version does (type: [string, "null"] for nullable), or change the version.`,
		Example: `openapi: 3.1.0
info: {title: Pets, version: '1'}
paths:
  /pets:
    get:
      parameters:
      - {name: q, in: query, schema: {type: string, nullable: true}}
      responses: {'200': {description: All pets}}
`,
	},
	{
		Code: CodeBounds, Title: "bounds that cross",
		Doc: `A lower bound lies above the upper one: minimum and maximum, minLength and maxLength, and so on. No value of that type is valid.`,
		Way: `Correct one of the two. An exclusive bound leaves its own number out.`,
		Example: `paths:
  /pets:
    get:
      parameters:
      - {name: limit, in: query, schema: {type: integer, minimum: 100, maximum: 10}}
      responses: {'200': {description: All pets}}
`,
	},
	{
		Code: CodeExample, Title: "an example that breaks its own schema",
		Doc: `An example or a default does not obey the schema that it stands beside. People who copy it send requests that are refused. Specimen passes it over
and makes a value instead. An example is judged in the direction in which it travels; formats such as date-time count.`,
		Way: `Correct the example, or the schema. JSON examples are written as values, not as text that holds JSON.`,
		Example: `paths:
  /pets:
    get:
      parameters:
      - {name: limit, in: query, schema: {type: integer}, example: ten}
      responses: {'200': {description: All pets}}
`,
	},
	{
		Code: CodePath, Title: "a path that does not fit its parameters",
		Doc: `A path does not begin with a slash, has a parameter in braces that is not declared, or a declared path parameter is not in it.
A path without a slash is not served; a parameter that is not declared takes any string.`,
		Way: `Let the names in braces and the parameters with in: path be the same.`,
		Example: `paths:
  /pets/{id}:
    get:
      responses: {'200': {description: A pet}}
`,
	},
	{
		Code: CodeClash, Title: "two paths that match the same requests",
		Doc: `Two templates differ in nothing but the names of their parameters, and have the same method: every request that fits one fits the other
(OpenAPI 3.1, section 4.8.8, calls them identical and forbids them). The first one in the document answers.`,
		Way: `Merge the two, or give one of them a segment of its own.`,
		Example: `paths:
  /pets/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: A pet}}
  /pets/{name}:
    get:
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: A pet}}
`,
	},
	{
		Code: CodeOperationID, Title: "an operationId that is taken",
		Doc: `Two operations have one operationId, which has to be unique (OpenAPI 3.1, section 4.8.10). The second is known by its method and path.`,
		Way: `Give each operation an operationId of its own. Code generators need it too.`,
		Example: `paths:
  /pets:
    get: {operationId: pets, responses: {'200': {description: All pets}}}
    head: {operationId: pets, responses: {'200': {description: All pets}}}
`,
	},
	{
		Code: CodeName, Title: "a name that HTTP cannot carry",
		Doc: `A media type is not type/subtype, a header's name holds what a header's name cannot (RFC 9110, sections 5.1 and 8.3.1), or a response is named by something that
is no status code, no range such as 4XX, and not default.`,
		Way: `Write the name as it travels: application/json, X-Request-Id, 404.`,
		Example: `paths:
  /pets:
    get:
      responses:
        '200': {description: All pets, content: {json: {schema: {type: object}}}}
`,
	},
}
