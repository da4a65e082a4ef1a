// Judges values by ajv, with the conversion of schemas that an independent judge of mock servers brings along.
//   node values.mjs JUDGE_FOLDER DOCUMENT < lines
// A line is {"pointer": "/paths/...", "dir": "response", "value": ...}. What is not valid is printed, a line each, and
// the last line counts: {"judged": N, "invalid": N, "unread": N}.
import path from 'node:path';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

const [folder, document] = process.argv.slice(2);
const lib = (name) => import(pathToFileURL(path.resolve(folder, 'lib', name)).href);
const { loadDoc, Spec } = await lib('load.mjs');
const { Schemas } = await lib('schema.mjs');
const { getPtr } = await lib('util.mjs');

const spec = new Spec(await loadDoc(document));
const schemas = { response: new Schemas(spec, 'response'), request: new Schemas(spec, 'request') };
const compiled = new Map();
let judged = 0, invalid = 0, unread = 0;
for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (!line) continue;
  const { pointer, dir, value } = JSON.parse(line);
  const key = dir + pointer;
  if (!compiled.has(key)) {
    const raw = getPtr(spec.doc, pointer);
    compiled.set(key, raw === undefined ? { error: 'no schema there' } : schemas[dir].compile(raw));
  }
  const c = compiled.get(key);
  if (c.error) { unread++; continue; }
  judged++;
  if (!c.validate(value)) {
    invalid++;
    if (invalid <= 50) console.log(JSON.stringify({ pointer, dir, errors: c.validate.errors.slice(-2).map((e) => `${e.instancePath} ${e.message}`), value }).slice(0, 1500));
  }
}
console.log(JSON.stringify({ judged, invalid, unread }));
