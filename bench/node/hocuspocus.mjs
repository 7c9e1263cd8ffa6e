// The server of Hocuspocus as its documentation starts it, without extensions: nothing is stored.
import { Server } from '@hocuspocus/server'

await new Server({ address: '127.0.0.1', port: Number(process.env.PORT), quiet: true }).listen()
