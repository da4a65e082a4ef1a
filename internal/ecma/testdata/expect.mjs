// Writes expected.json: what JavaScript says of each pattern and string of patterns.json.
// Run it in this folder: node expect.mjs
import { readFileSync, writeFileSync } from 'node:fs'

const compile = (pattern) => {
  for (const flags of ['u', '']) {
    try {
      return [flags, new RegExp(pattern, flags)]
    } catch {}
  }
  return ['refused', null]
}

const out = JSON.parse(readFileSync('patterns.json', 'utf8')).map(({ pattern, strings }) => {
  const [flags, re] = compile(pattern)
  return { pattern, flags, yes: re ? strings.filter((s) => re.test(s)) : [], no: re ? strings.filter((s) => !re.test(s)) : [] }
})
writeFileSync('expected.json', '[\n' + out.map((c) => JSON.stringify(c)).join(',\n') + '\n]\n')
