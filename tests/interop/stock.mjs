// Stock clients: yjs, y-websocket and ws exactly as npm has them. Nothing here speaks the
// protocol itself; it only types, waits and compares.
//
// node stock.mjs '<JSON>' with {base, session, tokens: [writer, …], trace, kind}. Prints one JSON
// object a line: {at}, {saved}, {done, length, late}, {failed}. Reads "late\n" on standard
// input: joins once more and prints {late}.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { gunzipSync } from 'node:zlib'

// The packages of the web app are the ones to test against.
const require = createRequire(new URL('../../web/package.json', import.meta.url))
const { WebSocket } = require('ws')
const Y = require('yjs')
const { WebsocketProvider } = require('y-websocket')
const decoding = require('lib0/decoding')

const FILE = 'trace.txt'
const PER_BATCH = 40 // edits of one author in BATCH_MS: under the server's frame rate
const BATCH_MS = 50

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Resolves once `holds()` is true, looking again whenever `doc` changes. */
const until = (doc, holds) =>
  new Promise((resolve) => {
    const look = () => {
      if (!holds()) return
      doc.off('update', look)
      resolve()
    }
    doc.on('update', look)
    look()
  })

/** A stock client of the room: its document, provider and how much of it is saved. */
class Client {
  constructor({ base, session, token, clientID }) {
    this.base = base
    this.session = session
    this.token = token
    this.doc = new Y.Doc()
    if (clientID !== undefined) this.doc.clientID = clientID
    this.sent = 0
    this.saved = 0
    this.closes = []
  }

  get text() {
    return this.doc.getText(`file:${FILE}`)
  }

  /** A fresh ticket; a server that is just being restarted is waited for. */
  async ticket(tries = 600) {
    let answer
    try {
      answer = await fetch(`${this.base}/api/sessions/${this.session}/ticket`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.token}` },
      })
    } catch (error) {
      if (tries === 0) throw error
      await pause(50)
      return this.ticket(tries - 1)
    }
    if (!answer.ok) throw new Error(`no ticket: ${answer.status} ${await answer.text()}`)
    return (await answer.json()).ticket
  }

  async connect() {
    const client = this
    class Counting extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols)
        client.sent = client.saved = 0
      }
      send(data) {
        if (data[0] === 0 && data[1] > 0) client.sent += 1
        super.send(data)
      }
    }
    const params = { ticket: await this.ticket(), events: '1' }
    const url = `${this.base.replace('http', 'ws')}/ws/rooms`
    this.provider = new WebsocketProvider(url, this.session, this.doc, {
      params,
      WebSocketPolyfill: Counting,
      disableBc: true,
    })
    this.provider.messageHandlers[100] = (_encoder, decoder) => {
      const event = JSON.parse(decoding.readVarString(decoder))
      if (event.type === 'saved') this.saved = event.frames
    }
    this.provider.on('connection-close', (event) => {
      this.closes.push(event?.code)
      this.ticket().then((ticket) => (params.ticket = ticket), () => {})
    })
    await this.synced()
  }

  synced() {
    if (this.provider.synced) return Promise.resolve()
    return new Promise((resolve) => this.provider.on('sync', (now) => now && resolve()))
  }

  async allSaved() {
    while (!this.provider.synced || this.saved < this.sent) await pause(5)
  }

  destroy() {
    this.provider.destroy()
    this.doc.destroy()
  }
}

/** One author types the whole trace into the connected document itself. */
async function replaySequential(trace, [client]) {
  for (const [index, txn] of trace.txns.entries()) {
    client.doc.transact(() => type(client.text, txn.patches))
    if (index % PER_BATCH === 0) await pause(BATCH_MS)
    if (index % 1000 === 0) say({ at: index })
  }
}

/**
 * Two authors type what each typed having seen exactly what each had seen.
 *
 * A connected document shows the other's edits as soon as they arrive, which is earlier than
 * the trace says. So each author types in a document that is not connected; its updates go
 * through the connected one, and the other's are applied to it only when the trace says they
 * had been seen, and only once they have arrived over the wire.
 */
async function replayConcurrent(trace, clients) {
  const desks = clients.map(({ doc }) => {
    const desk = new Y.Doc()
    desk.clientID = doc.clientID + 1 // keeps the order of the authors: it decides ties
    return desk
  })
  const typed = [[], []] // each author's updates, in order
  const place = [] // transaction -> its index among its author's
  const seen = [0, 0] // how many of the other's updates each has applied
  for (const [index, txn] of trace.txns.entries()) {
    const me = txn.agent
    const other = 1 - me
    for (const parent of txn.parents) {
      if (trace.txns[parent].agent !== other) continue
      await see(me, other, place[parent] + 1)
    }
    let update
    const keep = (bytes) => (update = bytes)
    desks[me].on('update', keep)
    desks[me].transact(() => type(desks[me].getText(`file:${FILE}`), txn.patches))
    desks[me].off('update', keep)
    place[index] = typed[me].length
    typed[me].push({ update, clock: Y.getState(desks[me].store, desks[me].clientID) })
    Y.applyUpdate(clients[me].doc, update, 'typing')
    if (index % (2 * PER_BATCH) === 0) await pause(BATCH_MS)
    if (index % 1000 === 0) say({ at: index })
  }

  async function see(me, other, count) {
    for (; seen[me] < count; seen[me]++) {
      const { update, clock } = typed[other][seen[me]]
      const wire = clients[me].doc
      await until(wire, () => Y.getState(wire.store, desks[other].clientID) >= clock)
      Y.applyUpdate(desks[me], update)
    }
  }
}

function type(text, patches) {
  for (const [at, deleted, inserted] of patches) {
    if (deleted) text.delete(at, deleted)
    if (inserted) text.insert(at, inserted)
  }
}

async function main() {
  const { base, session, tokens, trace: path, kind } = JSON.parse(process.argv[2])
  const trace = JSON.parse(gunzipSync(readFileSync(path)))
  const clients = tokens.map((token, index) => new Client({ base, session, token, clientID: 1000 * (index + 1) }))
  await Promise.all(clients.map((client) => client.connect()))
  clients[0].doc.getMap('files').set(FILE, { language: '' })

  await (kind === 'concurrent' ? replayConcurrent : replaySequential)(trace, clients)
  for (const client of clients) {
    await until(client.doc, () => client.text.toString() === trace.endContent)
  }
  await Promise.all(clients.map((client) => client.allSaved()))
  say({ saved: true })

  const late = new Client({ base, session, token: tokens[0] })
  await late.connect()
  say({
    done: true,
    equal: [...clients, late].every((client) => client.text.toString() === trace.endContent),
    length: late.text.length,
    closes: clients.flatMap((client) => client.closes),
  })
  for (const client of [...clients, late]) client.destroy()

  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== 'late') continue
    const again = new Client({ base, session, token: tokens[0] })
    await again.connect()
    say({ late: again.text.toString() === trace.endContent, length: again.text.length })
    again.destroy()
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    say({ failed: String(error?.stack ?? error) })
    process.exit(1)
  },
)
