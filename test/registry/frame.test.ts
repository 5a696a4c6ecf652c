import { constants, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Frame, frame, GZIP_HEADER, HEARTBEAT } from '../../src/registry/frame.ts'

const textOf = (sent: Frame) => sent.bytes('identity').toString()
const gunzip = (...parts: Buffer[]) =>
  gunzipSync(Buffer.concat(parts), { finishFlush: constants.Z_SYNC_FLUSH }).toString()

/** What a browser makes of the text, by the rules of the HTML standard: an event's type and its data. */
const eventsIn = (text: string) =>
  text
    .split(/(?:\r\n|\r|\n){2}/)
    .filter((block) => block !== '')
    .map((block) => {
      const lines = block.split(/\r\n|\r|\n/)
      const valuesOf = (field: string) =>
        lines.filter((line) => line.startsWith(`${field}: `)).map((line) => line.slice(field.length + 2))
      return { types: valuesOf('event'), data: valuesOf('data') }
    })

describe('a frame', () => {
  it('has elements as one data line for each of their lines', () => {
    const sent = frame((d) => d.patchElements('<ul id="rows">\n  <li>one</li>\n</ul>'))
    expect(textOf(sent)).toBe(
      'event: datastar-patch-elements\n' +
        'data: elements <ul id="rows">\n' +
        'data: elements   <li>one</li>\n' +
        'data: elements </ul>\n\n',
    )
  })

  it('has the options of a patch before its elements, and only those that are not the default', () => {
    const sent = frame((d) =>
      d.patchElements('<li>one</li>', {
        selector: '#rows',
        mode: 'append',
        useViewTransition: false,
        eventId: '7',
        retryDuration: 250,
      }),
    )
    expect(textOf(sent)).toBe(
      'event: datastar-patch-elements\nid: 7\nretry: 250\n' +
        'data: selector #rows\ndata: mode append\ndata: elements <li>one</li>\n\n',
    )
  })

  it('has signals as JSON', () => {
    const sent = frame((d) => d.patchSignals('{"_error":"Insufficient funds"}', { onlyIfMissing: true }))
    expect(textOf(sent)).toBe(
      'event: datastar-patch-signals\ndata: onlyIfMissing true\ndata: signals {"_error":"Insufficient funds"}\n\n',
    )
  })

  it('may have several events, in the order in which they were written', () => {
    const sent = frame((d) => {
      d.patchElements('<output id="count">3</output>')
      d.patchSignals('{"_error":""}')
    })
    expect(textOf(sent)).toBe(
      'event: datastar-patch-elements\ndata: elements <output id="count">3</output>\n\n' +
        'event: datastar-patch-signals\ndata: signals {"_error":""}\n\n',
    )
  })

  it('is UTF-8', () => {
    expect(textOf(frame((d) => d.patchElements('<p id="a">€ 1 – Zoë</p>')))).toContain('€ 1 – Zoë')
  })

  it.each(['\r\n', '\r', '\n', '\r\r\n'])('has no carriage return left of %j', (lineEnd) => {
    const sent = frame((d) => d.patchElements(`<p id="a">1${lineEnd}2</p>`, { selector: `#a${lineEnd}#b` }))
    expect(textOf(sent)).not.toContain('\r')
  })

  it('stays one event whatever the text in it says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('\r', '\n', '\n\n', '\r\n\r\n', 'event: x', 'data: y', ': ', 'id: 1', 'é'), {
          minLength: 1,
        }),
        (words) => {
          const sent = frame((d) => d.patchElements(`<p id="a">${words.join('')}</p>`))
          const events = eventsIn(textOf(sent))
          expect(events).toHaveLength(1)
          expect(events[0]?.types).toEqual(['datastar-patch-elements'])
          const shown = events[0]?.data.map((line) => line.slice('elements '.length)).join('\n')
          expect(shown).toBe(`<p id="a">${words.join('').replaceAll('\r', '')}</p>`)
        },
      ),
    )
  })

  it.each(['identity', 'gzip'] as const)('is encoded as %s once and handed out again', (encoding) => {
    const sent = frame((d) => d.patchSignals('{"n":1}'))
    expect(sent.bytes(encoding)).toBe(sent.bytes(encoding))
  })

  it('is smaller in gzip', () => {
    const sent = frame((d) => d.patchElements(`<ul id="rows">${'<li>$1,300.00</li>'.repeat(500)}</ul>`))
    expect(sent.bytes('gzip').length).toBeLessThan(sent.bytes('identity').length / 20)
  })
})

describe('frames after a gzip header', () => {
  it('are one gzip stream, whichever are sent, in whatever order and however often', () => {
    const texts = fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 2_000 }), {
      minLength: 1,
      maxLength: 8,
    })
    const picks = fc.array(fc.nat(), { maxLength: 20 })
    fc.assert(
      fc.property(texts, picks, (all, order) => {
        const frames = all.map((text) => new Frame(text))
        const sent = order.map((pick) => frames[pick % frames.length] ?? HEARTBEAT)
        const read = gunzip(GZIP_HEADER, ...sent.map((each) => each.bytes('gzip')))
        expect(read).toBe(sent.map(textOf).join(''))
      }),
    )
  })

  it('are one gzip stream also where they go as what differs from the one before', () => {
    const view = fc
      .tuple(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.nat(400))
      .map(([text, rows]) => `${text}${'<li class="row">$1,300.00</li>'.repeat(rows)}`.repeat(5))
    const turn = fc.record({ text: view, isSkipped: fc.boolean(), isAnswered: fc.boolean() })
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 12 }), (views) => {
        const parts: Buffer[] = [GZIP_HEADER]
        const sent: Frame[] = []
        const send = (next: Frame) => {
          parts.push(next.bytes('gzip', sent.at(-1)))
          sent.push(next)
        }
        let previous: Frame | undefined
        for (const { text, isSkipped, isAnswered } of views) {
          const next = new Frame(text)
          if (previous) next.follow(previous)
          if (!isSkipped) send(next)
          if (isAnswered) send(HEARTBEAT)
          previous = next
        }
        expect(gunzip(...parts)).toBe(sent.map(textOf).join(''))
      }),
    )
  })

  it('are small for a tab that has just been sent much the same, and for no other', () => {
    const rows = Array.from({ length: 300 }, (_, row) => `<li id="row-${row}">${(row * 7919) % 1_000}</li>`)
    const [first, next] = [new Frame(rows.join('')), new Frame(rows.slice(1).join(''))]
    next.follow(first)
    const whole = next.bytes('gzip')
    expect(next.bytes('gzip', first).length).toBeLessThan(whole.length / 10)
    expect(next.bytes('gzip', first)).toBe(next.bytes('gzip', first))
    expect(next.bytes('gzip', HEARTBEAT)).toBe(whole)
    expect(next.bytes('identity', first).toString()).toBe(textOf(next))
  })

  it('keep nothing of those that are long past', () => {
    const [first, second, third] = [
      new Frame('a'.repeat(99)),
      new Frame('a'.repeat(98)),
      new Frame('a'.repeat(97)),
    ]
    second.follow(first)
    third.follow(second)
    expect(second.bytes('gzip', first)).toBe(second.bytes('gzip'))
  })

  it('may follow one and then another, as in two topics', () => {
    const rows = Array.from({ length: 100 }, (_, row) => `<li>${(row * 7919) % 1_000}</li>`).join('')
    const [one, other, next] = [new Frame(rows), new Frame(rows.slice(99)), new Frame(`${rows}!`)]
    for (const last of [one, other]) {
      next.follow(last)
      const read = gunzip(GZIP_HEADER, last.bytes('gzip'), next.bytes('gzip', last))
      expect(read).toBe(textOf(last) + textOf(next))
    }
  })

  it('can be read up to the end of each', () => {
    const parts: Buffer[] = [GZIP_HEADER]
    let text = ''
    for (let i = 0; i < 20; i++) {
      const sent = frame((d) => d.patchSignals(`{"n":${i}}`))
      parts.push(sent.bytes('gzip'))
      text += textOf(sent)
      expect(gunzip(...parts)).toBe(text)
    }
  })
})

describe('the heartbeat', () => {
  it('is a comment, which is no event', () => {
    expect(textOf(HEARTBEAT)).toBe(': heartbeat\n\n')
  })
})
