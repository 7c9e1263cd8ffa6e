// A stock client that opens a room, prints the text of every file once it has them, and ends.
//
// node look.mjs '<JSON>' with {base, session, ticket}. Prints {texts: {path: text}}.

import { createRequire } from 'node:module'

const require = createRequire(new URL('../../web/package.json', import.meta.url))
const { WebSocket } = require('ws')
const Y = require('yjs')
const { WebsocketProvider } = require('y-websocket')

const { base, session, ticket } = JSON.parse(process.argv[2])
const doc = new Y.Doc()
const provider = new WebsocketProvider(`${base.replace('http', 'ws')}/ws/rooms`, session, doc, {
  params: { ticket },
  WebSocketPolyfill: WebSocket,
  disableBc: true,
})
provider.on('sync', () => {
  const roots = [...doc.share.keys()].filter((key) => key.startsWith('file:'))
  const texts = Object.fromEntries(roots.map((key) => [key.slice(5), doc.getText(key).toString()]))
  process.stdout.write(JSON.stringify({ texts }) + '\n', () => process.exit(0))
})
