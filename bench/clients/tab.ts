/** A tab as a bare socket, so that a thousand of them cost their client as little as can be. */
import { connect, type Socket } from 'node:net'

export interface TabOptions {
  readonly port: number
  readonly path: string
  readonly isGzip: boolean
}

/** What is read is handed on at once, so all tabs read into the same room. */
const room = Buffer.alloc(1 << 20)

/** Resolves when the stream is open. `onBody` is given what came after the head; it is gone when that returns. */
export const openTab = (
  { port, path, isGzip }: TabOptions,
  onBody: (bytes: Buffer) => void,
): Promise<Socket> =>
  new Promise((resolve, reject) => {
    let head = ''
    let isOpen = false
    const read = (length: number): boolean => {
      const bytes = room.subarray(0, length)
      if (isOpen) {
        onBody(bytes)
        return true
      }
      head += bytes.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) return true
      if (!head.startsWith('HTTP/1.1 200 ')) reject(new Error(head.slice(0, end)))
      isOpen = true
      const rest = head.length - end - 4
      if (rest > 0) onBody(bytes.subarray(length - rest))
      resolve(socket)
      return true
    }
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer: room, callback: read } })
    socket.on('error', reject)
    const encoding = isGzip ? 'Accept-Encoding: gzip\r\n' : ''
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n${encoding}\r\n`,
    )
  })

const AT_ONCE = 100

/** Opens so many, a few at a time, as tabs come. */
export const openTabs = async <Tab>(count: number, open: (index: number) => Promise<Tab>): Promise<Tab[]> => {
  const tabs: Tab[] = []
  while (tabs.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - tabs.length) }, (_, i) =>
      open(tabs.length + i),
    )
    tabs.push(...(await Promise.all(some)))
  }
  return tabs
}
