// Many stock clients (yjs, y-websocket and ws exactly as npm has them) that type in several rooms
// at several workers, whatever becomes of those.
//
// node fleet.mjs '<JSON>' with {bases, rooms: [{session, people: [{name, ticket, base, forgets}]}],
// trace, perSecond, out}: `base` is the worker that somebody begins with, by index in `bases`;
// whoever is cut off goes to the next one. Who `forgets` begins anew with an empty document then,
// as a page that is closed and opened: what was typed and not saved by then is lost, and may be.
//
// Everybody types the trace into a file of their own, and each fifth edit is a mark, unique, in a
// file of all. Reads JSON lines: {probe: id}, {reload: true}, {stop: true}, {report: true}, {end: true}. Prints
// {ready}, {typed}, {probe, ms}, {converged, ms}, {apart: [why]}, {failed}, one JSON object a line.

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { gunzipSync } from 'node:zlib'

const require = createRequire(new URL('../../web/package.json', import.meta.url))
const { WebSocket } = require('ws')
const Y = require('yjs')
const { WebsocketProvider } = require('y-websocket')
const decoding = require('lib0/decoding')

process.setMaxListeners(0) // each provider has one for the end of the process

const SHARED = 'shared.txt'
const MARK_EACH = 5
const APART_MS = 60_000
const TYPED_EACH = 100

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** One document of somebody, from when it was empty: a page, until it is closed. */
class Life {
  constructor(person, number, base) {
    this.person = person
    this.path = `${person.name}-${number}.txt`
    this.doc = new Y.Doc()
    this.tried = 0 // edits made
    this.saved = 0 // how many of them, from the first on, we were told are saved
    this.next = 0 // transaction of the trace
    this.closes = []
    this.over = false
    this.connect(base)
  }

  connect(base) {
    const { bases, session, ticket } = this.person
    const life = this
    /** Counts document frames, and notes which edits are in them. */
    class Counting extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols)
        life.socket = this
        this.holds = [] // per frame that counts: how many edits are with the server then
        this.all = false // whether the answer with all we have was sent
      }
      send(data) {
        if (data[0] === 0 && data[1] > 0) {
          this.all ||= data[1] === 1
          this.holds.push(this.all ? life.tried : 0)
        }
        super.send(data)
      }
    }
    this.base = base
    const room = (index) => `${bases[index].replace('http', 'ws')}/ws/rooms`
    this.provider = new WebsocketProvider(room(base), session, this.doc, {
      params: { ticket, events: '1' },
      WebSocketPolyfill: Counting,
      disableBc: true,
    })
    this.provider.messageHandlers[100] = (_encoder, decoder) => {
      const event = JSON.parse(decoding.readVarString(decoder))
      if (event.type === 'saved' && !this.over) {
        this.saved = Math.max(this.saved, this.socket.holds[event.frames - 1] ?? 0)
      }
    }
    this.provider.on('connection-close', (event) => {
      if (this.over) return
      this.closes.push(event?.code ?? null)
      this.base = (this.base + 1) % bases.length
      this.provider.serverUrl = room(this.base)
      if (this.person.forgets) this.person.reload()
    })
  }

  get synced() {
    return this.provider.synced
  }

  get settled() {
    return this.synced && this.saved >= this.tried
  }

  clock() {
    return Y.getState(this.doc.store, this.doc.clientID)
  }

  /** One edit: the trace's next, or a mark. */
  type(trace) {
    this.tried += 1
    this.doc.transact(() => {
      if (this.tried === 1) {
        for (const path of [SHARED, this.path]) this.doc.getMap('files').set(path, { language: '' })
      }
      if (this.tried % MARK_EACH === 0) {
        const text = this.doc.getText(`file:${SHARED}`)
        // in the middle of each other's text, between two marks
        const at = text.toString().indexOf('>', text.length / 2) + 1
        text.insert(at, `<${this.path}:${this.tried}>`)
        return
      }
      const text = this.doc.getText(`file:${this.path}`)
      for (const [at, deleted, inserted] of trace.txns[this.next].patches) {
        if (deleted) text.delete(at, deleted)
        if (inserted) text.insert(at, inserted)
      }
      this.next += 1
    })
  }

  end() {
    this.over = true
    this.provider.destroy()
    this.socket.terminate()
  }
}

class Person {
  constructor(bases, session, { name, ticket, base, forgets }) {
    Object.assign(this, { bases, session, name, ticket, forgets })
    this.lives = [new Life(this, 0, base)]
  }

  get life() {
    return this.lives.at(-1)
  }

  /** The page is opened anew, at another worker. */
  reload() {
    const old = this.life
    const next = (old.base + (old.closes.length ? 0 : 1)) % this.bases.length // cut off: it has moved on
    old.end()
    this.lives.push(new Life(this, this.lives.length, next))
  }
}

const paths = (doc) => {
  const roots = [...doc.share.keys()].filter((key) => key.startsWith('file:'))
  return Object.fromEntries(roots.map((key) => [key.slice(5), doc.getText(key).toString()]))
}

/** Why the people of a room are not of one mind yet; null when they are. */
function apart(room) {
  for (const { life, name } of room) {
    if (!life.synced) return `${name} is not connected (${life.closes.at(-1)})`
    if (life.saved < life.tried) return `${name} was told of ${life.saved} of ${life.tried}`
  }
  const [first, ...others] = room.map(({ life }) => paths(life.doc))
  for (const [index, other] of others.entries()) {
    for (const path of new Set([...Object.keys(first), ...Object.keys(other)])) {
      const [a, b] = [first[path] ?? '', other[path] ?? '']
      if (a !== b) return `${room[0].name} and ${room[index + 1].name} differ in ${path}: ${a.length} and ${b.length}`
    }
  }
  return null
}

/** Until what everybody has typed by now is with everybody of the room, and saved. */
async function probe(rooms, id) {
  const began = performance.now()
  const due = rooms.map((room) => room.map(({ life }) => ({ life, tried: life.tried, clock: life.clock() })))
  const there = () =>
    rooms.every((room, index) =>
      due[index].every(
        ({ life, tried, clock }) =>
          life.over || // whoever forgets takes along what was not told
          (life.saved >= tried &&
            room.every((person) => Y.getState(person.life.doc.store, life.doc.clientID) >= clock)),
      ),
    )
  while (!there()) {
    if (performance.now() - began > APART_MS) return say({ probe: id, ms: null })
    await pause(5)
  }
  say({ probe: id, ms: performance.now() - began })
}

/** Everybody types at that rate, spread evenly, until it is stopped. */
async function typing(people, trace, perSecond, going) {
  const began = performance.now()
  let typed = 0
  while (going.on) {
    const due = ((performance.now() - began) / 1000) * perSecond * people.length
    for (; typed < due; typed++) {
      people[typed % people.length].life.type(trace)
      if (typed % TYPED_EACH === 0) say({ typed })
    }
    await pause(2)
  }
  say({ typed })
}

async function settle(rooms) {
  const began = performance.now()
  for (;;) {
    const why = rooms.map(apart).filter((reason) => reason !== null)
    if (why.length === 0) return say({ converged: true, ms: performance.now() - began })
    if (performance.now() - began > APART_MS) return say({ converged: false, apart: why })
    await pause(20)
  }
}

function report(rooms, out) {
  const told = rooms.map((room) => ({
    session: room[0].session,
    texts: Object.fromEntries(room.map(({ name, life }) => [name, paths(life.doc)])),
    lives: room.flatMap(({ lives }) =>
      lives.map(({ path, tried, saved, closes, over }) => ({ path, tried, saved, closes, over })),
    ),
  }))
  writeFileSync(out, JSON.stringify(told))
}

async function main() {
  const { bases, rooms: wanted, trace: path, perSecond, out } = JSON.parse(process.argv[2])
  const trace = JSON.parse(gunzipSync(readFileSync(path)))
  const rooms = wanted.map(({ session, people }) => people.map((who) => new Person(bases, session, who)))
  const people = rooms.flat()
  while (!people.every(({ life }) => life.synced)) await pause(5)
  say({ ready: people.length })
  const going = { on: true }
  const typed = typing(people, trace, perSecond, going)
  for await (const line of createInterface({ input: process.stdin })) {
    const told = JSON.parse(line)
    if (told.probe !== undefined) probe(rooms, told.probe)
    if (told.reload) for (const person of people) if (person.forgets) person.reload()
    if (told.stop) {
      going.on = false
      await typed
      await settle(rooms)
    }
    if (told.report) {
      report(rooms, out)
      say({ reported: true })
    }
    if (told.end) return
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    say({ failed: String(error?.stack ?? error) })
    process.exit(1)
  },
)
