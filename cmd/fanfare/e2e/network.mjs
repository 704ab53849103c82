// A network between a client and the server that fails when a test says so.

import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Network passes bytes on to a server, counts them, and loses the connections of clients as phones' networks do. */
export class Network {
  /** sent is how many bytes of clients went to the server. */
  sent = 0
  #left = Infinity // bytes of clients that are still passed on
  #full = () => {}
  #lost = false
  #vain = () => {}
  #lines = new Set()
  #server

  /** to starts a network to the server at the address. */
  static async to(address) {
    const network = new Network()
    const [host, port] = address.split(':')
    network.#server = createServer(client => network.#connect(client, connect(port, host)))
    await once(network.#server.listen(0, '127.0.0.1'), 'listening')
    network.base = `http://127.0.0.1:${network.#server.address().port}`
    return network
  }

  /** passing lets so many more bytes of clients through, and is resolved once they went; those that follow wait. */
  passing(bytes) {
    this.#left = bytes
    return new Promise(resolve => { this.#full = resolve })
  }

  /**
   * lose breaks all connections, and new ones until the network is mended. Silently: the server is not told. It is resolved
   * once a client tried in vain, because Chromium sends a request again by itself where a connection broke.
   */
  lose(silently = false) {
    this.#lost = true
    for (const line of this.#lines) {
      line.silent = silently
      line.client.resetAndDestroy()
    }
    return new Promise(resolve => { this.#vain = resolve })
  }

  /** mend lets everything through again. */
  mend() {
    this.#lost = false
    this.#left = Infinity
    for (const line of this.#lines) this.#pass(line)
  }

  /** close ends the network. */
  close() {
    this.#server.close()
    for (const { client, server } of this.#lines) {
      client.destroy()
      server.destroy()
    }
  }

  #connect(client, server) {
    const line = { client, server, waiting: [], silent: false }
    for (const socket of [client, server]) socket.on('error', () => {}) // its close says all
    if (this.#lost) {
      client.resetAndDestroy()
      server.destroy()
      this.#vain()
      return
    }
    this.#lines.add(line)
    client.on('data', chunk => {
      line.waiting.push(chunk)
      this.#pass(line)
    })
    server.on('data', chunk => client.write(chunk))
    client.on('close', () => { if (!line.silent) server.end() })
    server.on('close', () => {
      this.#lines.delete(line)
      client.destroy()
    })
  }

  #pass(line) {
    while (line.waiting.length > 0 && this.#left > 0 && !line.client.destroyed) {
      const chunk = line.waiting.shift()
      const now = chunk.subarray(0, this.#left)
      if (now.length < chunk.length) line.waiting.unshift(chunk.subarray(now.length))
      this.#left -= now.length
      this.sent += now.length
      line.server.write(now)
    }
    if (this.#left > 0) {
      line.client.resume()
    } else {
      line.client.pause()
      this.#full()
    }
  }
}
