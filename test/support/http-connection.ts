import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What a server answered. */
export interface Reply {
  readonly status: number
  /** One character for each byte. */
  readonly body: string
}

/** Far more than one reply; a longer one would come in pieces. */
const bufferSize = 16 * 1024

const head = /^HTTP\/1\.1 (\d{3}) .*?\r\ncontent-length: (\d+)\r\n.*?\r\n\r\n/is

/**
 * A keep-alive connection for one request at a time. It knows just as much
 * HTTP as the targets speak: a general client would take more of the machine
 * than the servers that it measures.
 */
export class Connection {
  readonly #socket: Socket
  #received = ''
  #resolve: (reply: Reply) => void = () => {}
  #reject: (error: Error) => void = () => {}

  private constructor (port: number) {
    const buffer = Buffer.alloc(bufferSize)
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      // Without this every reply would cost a buffer and a trip through the streams.
      onread: { buffer, callback: (length) => this.#read(buffer.toString('latin1', 0, length)) }
    })
    this.#socket.on('error', (error) => this.#reject(error))
    this.#socket.on('close', () => this.#reject(new Error('the server closed a connection')))
  }

  /** @throws when the server cannot be reached. */
  static async open (port: number): Promise<Connection> {
    const connection = new Connection(port)
    await once(connection.#socket, 'connect')
    return connection
  }

  /** @throws when the connection is lost before the reply is there. */
  exchange (request: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#socket.write(request)
    })
  }

  close (): void {
    this.#socket.destroy()
  }

  #read (text: string): boolean {
    this.#received += text
    const [start, status, length] = head.exec(this.#received) ?? []
    if (start !== undefined && this.#received.length >= start.length + Number(length)) {
      const body = this.#received.slice(start.length)
      this.#received = ''
      this.#resolve({ status: Number(status), body })
    }
    return true
  }
}
