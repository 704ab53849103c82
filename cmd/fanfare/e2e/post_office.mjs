// A mail server on loopback, which keeps the letters that it takes.

import { once } from 'node:events'
import { createServer } from 'node:net'

/** PostOffice takes letters over SMTP (RFC 5321), from anybody to anybody. */
export class PostOffice {
  letters = []
  #server
  #open = new Set()

  /** start opens it; what it returns is the address for the server's --smtp. */
  async start() {
    this.#server = createServer(socket => this.#serve(socket))
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    return `smtp://127.0.0.1:${this.#server.address().port}?starttls=off&from=night@fans.example`
  }

  /** end closes it. */
  end() {
    this.#server?.close()
    for (const socket of this.#open) socket.destroy()
  }

  /** to are the texts of the letters to an address, the oldest first. */
  to(address) { return this.letters.filter(letter => letter.to === address).map(letter => letter.text) }

  #serve(socket) {
    this.#open.add(socket)
    socket.on('close', () => this.#open.delete(socket)).on('error', () => {})
    socket.setEncoding('latin1')
    const say = line => socket.write(`${line}\r\n`)
    let read = '', to, inLetter = false
    const command = line => {
      const [verb, rest] = [line.slice(0, 4).toUpperCase(), line.slice(4)]
      if (verb === 'RCPT') to = rest.match(/<(.*)>/)[1]
      inLetter = verb === 'DATA'
      if (verb === 'QUIT') socket.end('221 bye\r\n')
      else say(inLetter ? '354 go on' : '250 well')
    }
    say('220 mail.test ESMTP')
    socket.on('data', chunk => {
      read += chunk
      for (;;) {
        const mark = inLetter ? '\r\n.\r\n' : '\r\n'
        const end = read.indexOf(mark)
        if (end < 0) return
        const piece = read.slice(0, end)
        read = read.slice(end + mark.length)
        if (!inLetter) {
          command(piece)
          continue
        }
        inLetter = false
        this.letters.push({ to, text: decoded(piece) })
        say('250 kept')
      }
    })
  }
}

/** decoded undoes quoted-printable (RFC 2045), in which letters come. */
function decoded(text) {
  const bytes = text.replace(/^\.\./gm, '.').replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
