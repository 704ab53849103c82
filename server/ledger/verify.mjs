#!/usr/bin/env node
// Recounts a vote log exported by Fanfare, with nothing but the file and Node 20:   node verify.mjs votes.jsonl[.gz]
// It ends with "sound" and what it counted, or names the first bad leaf. How the file is made is told in full at the top of
// server/ledger/ledger.go in Fanfare's source. Compare the key that it prints with the one that the challenge's page shows.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'

const fail = why => { console.error('NOT SOUND: ' + why); process.exit(1) }
const sha256 = (...parts) => parts.reduce((h, part) => h.update(part), createHash('sha256')).digest()
const same = (a, b) => Buffer.compare(a, b) === 0

// The tree (RFC 6962): whole subtrees from left to right, each larger than the next. size counts the leaves.
const peaks = []
let size = 0
const node = (left, right) => sha256(Buffer.of(1), left, right)
function append(hash) {
  let leaves = 1
  for (; peaks.at(-1)?.leaves === leaves; leaves *= 2) hash = node(peaks.pop().hash, hash)
  peaks.push({ leaves, hash })
  size++
}
const root = () => peaks.length ? peaks.map(p => p.hash).reduceRight((right, left) => node(left, right)) : sha256()

// A leaf has exactly one of these forms.
const text = '"entry":[1-9]\\d{0,9},"voter":"[0-9a-f]{32}","period":"(?:all|\\d{4}-\\d\\d-\\d\\d)"'
const forms = new RegExp('^\\{"v":1,"kind":"(?:pad"|retract",' + text + ',"at":\\d+|cast",' + text +
  ',"weight":[1-9]\\d*,"class":"(?:guest|mail|host|invited|jury)","at":\\d+|(?:hold|release|exclude|restore)",' + text +
  ',"reason":"[a-z0-9_]+","actor":"(?:rules|staff:[a-z0-9_]+)","at":\\d+),"salt":"[0-9a-f]{32}"\\}$')

let header, terms, day, position = 0, sure = 0, sealed = 0, checkpoint, result
const votes = new Map(), used = new Map(), usedFor = new Map(), told = new Map(), kinds = {}
const count = (map, key, n) => map.set(key, (map.get(key) ?? 0) + n).get(key)
const steps = { hold: { counted: 'held' }, release: { held: 'counted' }, exclude: { counted: 'excluded', held: 'excluded' }, restore: { excluded: 'counted' } }

// apply takes the next open leaf: first what is possible at all, then what the rules of the challenge allow.
function apply(line, bad) {
  if (!forms.test(line)) bad('it is not in the form of a leaf')
  const leaf = JSON.parse(line), { kind, voter, entry, period } = leaf, rules = terms.rules
  if (header.open === 'votes' && kind !== 'cast' && kind !== 'retract') bad(`a ${kind} is open already`)
  kinds[kind] = (kinds[kind] ?? 0) + 1
  if (kind === 'pad') return
  position++
  const key = `${entry} ${voter} ${period}`, vote = votes.get(key) ?? { state: 'counted', position: 0 }
  if (kind !== 'cast' && !votes.has(key)) bad(`a ${kind} of a vote that was never cast`)
  if (kind === 'cast' ? vote.position : kind === 'retract' && !vote.position) bad(`a ${kind} of a vote that ${vote.position ? 'stands' : 'does not stand'}`)
  if (kind in steps) vote.state = steps[kind][vote.state] ?? bad(`a ${kind} of a vote that is ${vote.state}`)
  votes.set(key, vote)
  if (kind in steps) return
  const open = leaf.at >= Date.parse(terms.votes.opens) && leaf.at < Date.parse(terms.votes.closes), step = kind === 'cast' ? 1 : -1
  if (!open || (rules.votes_final && kind === 'retract')) bad('the rules do not allow it at its time')
  vote.position = step > 0 ? position : 0
  const inPeriod = count(used, `${voter} ${period}`, step), forEntry = count(usedFor, `${voter} ${entry}`, step)
  if (kind === 'retract') return
  vote.weight = leaf.weight
  const weight = rules.weights?.[leaf.class] || 1
  if (period !== (day ? day.format(leaf.at) : 'all')) bad('its time is not in its period')
  if (rules.voters?.length && !rules.voters.includes(leaf.class)) bad(`the rules do not admit ${leaf.class} voters`)
  if (leaf.weight !== weight && !(leaf.class === 'jury' && leaf.weight <= (rules.jury_points ?? 0))) bad('its weight is not the one of the rules')
  if (inPeriod > rules.votes_per_period || (rules.votes_per_entry && forEntry > rules.votes_per_entry)) bad('its voter has more votes than the rules give')
}

// open reads a checkpoint, a note signed with the key that the header names ("name+hash+key").
function open(note) {
  const [, name, id, key] = header.key.match(/^([^+]+)\+([0-9a-f]{8})\+(.+)$/), raw = Buffer.from(key, 'base64')
  const [body, signature] = note.split(/\n\n— \S+ /), signed = Buffer.from(signature ?? '', 'base64')
  const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: raw.subarray(1).toString('base64url') } })
  if (!same(sha256(name + '\n', raw).subarray(0, 4), Buffer.from(id, 'hex'))) fail('the key is not the one of its name')
  if (!same(signed.subarray(0, 4), Buffer.from(id, 'hex')) || !verify(null, body + '\n', publicKey, signed.subarray(4))) fail(`the checkpoint behind leaf ${size - 1} is not signed with the key`)
  const [origin, leaves, hash, extra] = body.split('\n')
  return { origin, leaves: Number(leaves), hash: Buffer.from(hash, 'base64'), result: extra?.replace(/^result /, '') }
}

function read(line) {
  if (!header) {
    header = line
    if (line.fanfare !== 'vote log' || line.version !== 1) fail('this is no vote log in version 1')
    if (sha256(line.terms).toString('hex') !== line.terms_hash) fail('the terms are not those of their hash')
    terms = JSON.parse(line.terms)
    if (terms.rules.period === 'day') day = new Intl.DateTimeFormat('en-CA', { timeZone: terms.time_zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  } else if ('index' in line) {
    const bad = why => fail(`leaf ${size}: ${why}`)
    if (line.index !== size || told.size) bad(line.index > size ? 'it is missing' : `leaf ${line.index} stands in its place`)
    const hash = 'leaf' in line ? sha256(Buffer.of(0), line.leaf) : Buffer.from(line.hash, 'base64')
    if ('leaf' in line && line.sum !== hash.toString('hex', 0, 4)) bad('it was changed: its hash is not the one written beside it')
    if ('leaf' in line) apply(line.leaf, bad)
    else { sealed++; position++ }
    append(hash)
  } else if ('checkpoint' in line) {
    checkpoint = open(line.checkpoint)
    if (checkpoint.origin !== header.origin) fail('a checkpoint is of another log')
    if (checkpoint.leaves !== size || !same(checkpoint.hash, root())) fail(`one of the leaves ${sure} to ${size - 1}: it is not what the checkpoint behind it was signed for`)
    sure = size
  } else if ('tally' in line) told.set(line.tally.entry, line.tally)
  else if ('result' in line) result = line.result
  else fail(`leaf ${size}: its line says nothing`)
}

function finish() {
  if (size !== header?.size || checkpoint?.leaves !== size) fail(`leaf ${size}: it is missing, or no checkpoint was signed for it`)
  const none = entry => ({ entry, score: 0, votes: 0, reached: 0, held: 0, excluded: 0 }), standing = t => t.votes + t.held + t.excluded
  const tallies = new Map(), all = { votes: 0, held: 0, excluded: 0 }
  for (const [key, vote] of votes) {
    const entry = Number(key.split(' ')[0]), t = tallies.get(entry) ?? none(entry)
    tallies.set(entry, t)
    if (!vote.position) continue
    const as = vote.state === 'counted' ? 'votes' : vote.state
    t[as]++, all[as]++
    if (as === 'votes') { t.score += vote.weight; t.reached = Math.max(t.reached, vote.position) }
  }
  for (const entry of header.open === 'none' ? [] : new Set([...tallies.keys(), ...told.keys()])) {
    const got = tallies.get(entry) ?? none(entry), said = told.get(entry) ?? none(entry)
    if (sealed ? standing(got) !== standing(said) : JSON.stringify(got) !== JSON.stringify(said)) fail(`entry ${entry}: the recount gives ${JSON.stringify(got)}, the file says ${JSON.stringify(said)}`)
  }
  if ((checkpoint.result ?? '') !== (result ? sha256(result).toString('hex') : '')) fail('the result is not the one that the last checkpoint names')
  const certified = result ? JSON.parse(result) : { places: [], passed_over: [] }
  for (const place of [...certified.places, ...(certified.passed_over ?? [])]) {
    const score = tallies.get(place.entry)?.score ?? 0
    if (place.score !== score) fail(`entry ${place.entry} has the score ${place.score} in the result, and the recount gives ${score}`)
  }
  console.log(`sound: ${size} leaves of ${header.origin}, ${sealed} of them sealed; ${JSON.stringify(kinds)}`)
  console.log(`votes: ${all.votes} counted, ${all.held} held, ${all.excluded} excluded`)
  console.log(`key: ${header.key}\nrules: ${header.terms_hash}`)
  for (const t of [...tallies.values()].sort((a, b) => b.score - a.score || a.reached - b.reached).slice(0, 10)) console.log(`entry ${t.entry}: ${t.score}`)
}

const file = process.argv[2] ?? fail('name the exported file')
const bytes = createReadStream(file)
const lines = createInterface({ input: file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes, crlfDelay: Infinity })
lines.on('line', line => { try { read(JSON.parse(line)) } catch (error) { fail(`leaf ${size}: ${error.message}`) } })
lines.on('close', finish)
