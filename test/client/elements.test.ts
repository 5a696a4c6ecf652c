// datastar-patch-elements: what a stream may do to the page, and what it must leave alone.

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { eventStreams, eventually, openSite } from './site.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

/** A page with a stream; `settled` says that the stream's earlier events have been applied. */
const live = async (main: string) => {
  const streams = eventStreams()
  const site = await openSite(
    browser,
    `<body data-signals='{"beat":0,"busy":false,"inits":0}' data-init="@get('/stream', {retry: 'always'})">
      <p id="beat" data-text="$beat"></p><p id="inits" data-text="$inits"></p>${main}</body>`,
    { 'GET /stream': streams.answer },
  )
  const visit = await site.open()
  const stream = await streams.nth(1)
  let beat = 0
  const settled = async () => {
    beat += 1
    stream.signals({ beat })
    await eventually(() => visit.page.textContent('#beat')).toBe(`${beat}`)
  }
  await settled()
  return { ...visit, stream, settled }
}

const main = '<main id="main"><ul id="list"><li id="a">A</li><li id="b">B</li></ul></main>'

describe('a patch', () => {
  it('morphs each top-level element into the one with its id', async () => {
    const { page, stream, settled, complaints } = await live('<p id="one">1</p><p id="two">2</p>')
    stream.elements('<p id="one">uno</p>\n<p id="two">due</p>')
    await settled()
    expect(await page.textContent('#one')).toBe('uno')
    expect(await page.textContent('#two')).toBe('due')
    expect(complaints).toEqual([])
  })

  it('warns once of a target that is missing, and goes on with the others and with the stream', async () => {
    const { page, stream, settled, complaints, warnings } = await live('<p id="one">1</p><p id="two">2</p>')
    stream.elements('<p id="one">uno</p><p id="gone">?</p><p id="two">due</p>')
    await settled()
    expect(await page.textContent('#one')).toBe('uno')
    expect(await page.textContent('#two')).toBe('due')
    expect(warnings).toHaveLength(1)

    stream.elements('<li>?</li>', 'selector #nowhere', 'mode append')
    await settled()
    expect(warnings).toHaveLength(2)
    expect(complaints).toEqual([])
  })

  it.each([
    ['outer', '<ul id="list"><li id="c">C</li></ul>', '<ul id="list"><li id="c">C</li></ul>'],
    ['inner', '<li id="c">C</li>', '<ul id="list"><li id="c">C</li></ul>'],
    ['replace', '<ol id="list"></ol>', '<ol id="list"></ol>'],
    [
      'prepend',
      '<li id="c">C</li>',
      '<ul id="list"><li id="c">C</li><li id="a">A</li><li id="b">B</li></ul>',
    ],
    ['append', '<li id="c">C</li>', '<ul id="list"><li id="a">A</li><li id="b">B</li><li id="c">C</li></ul>'],
    ['before', '<hr id="c">', '<hr id="c"><ul id="list"><li id="a">A</li><li id="b">B</li></ul>'],
    ['after', '<hr id="c">', '<ul id="list"><li id="a">A</li><li id="b">B</li></ul><hr id="c">'],
    ['remove', '', ''],
  ])('in mode %s does that to what the selector finds', async (mode, elements, result) => {
    const { page, stream, settled, complaints } = await live(main)
    stream.elements(elements, 'selector #list', `mode ${mode}`)
    await settled()
    expect(await page.innerHTML('#main')).toBe(result)
    expect(complaints).toEqual([])
  })

  it('in mode inner keeps the elements that it morphs', async () => {
    const { page, stream, settled } = await live(main)
    await page.evaluate('document.getElementById("b").kept = true')
    stream.elements('<li id="z">Z</li><li id="b">Bee</li>', 'selector #list', 'mode inner')
    await settled()
    expect(await page.innerHTML('#list')).toBe('<li id="z">Z</li><li id="b">Bee</li>')
    expect(await page.evaluate('document.getElementById("b").kept')).toBe(true)
  })
})

describe('a morph', () => {
  const FORM = `<section id="panel">
    <h2 id="balance">$10</h2>
    <form id="form" data-on:submit__prevent="$inits = 0">
      <input id="memo" name="memo"><input id="amount" name="amount" value="5">
      <input id="sure" type="checkbox">
      <button id="send" data-init="$inits++">Send</button>
    </form>
  </section>`

  it('with the same fragment changes nothing at all', async () => {
    const { page, stream, settled, complaints } = await live('<section id="panel"></section>')
    stream.elements(FORM)
    await settled()
    await eventually(() => page.textContent('#inits')).toBe('1')
    await page.evaluate(`window.changes = []
      new MutationObserver((records) => window.changes.push(...records.map(({ type }) => type)))
        .observe(document.getElementById('panel'),
          { subtree: true, childList: true, attributes: true, characterData: true })`)
    stream.elements(FORM)
    stream.elements(FORM)
    await settled()
    expect(await page.evaluate('window.changes')).toEqual([])
    expect(await page.textContent('#inits')).toBe('1')
    expect(complaints).toEqual([])
  })

  it('keeps what was typed, the focus and the caret', async () => {
    const { page, stream, settled, complaints } = await live(FORM)
    await page.fill('#amount', '12345')
    await page.check('#sure')
    await page.fill('#memo', 'rent')
    await page.press('#memo', 'ArrowLeft')
    stream.elements(FORM.replace('$10', '$20').replace('<h2', '<p id="news">New</p><h2'))
    await settled()
    expect(await page.textContent('#balance')).toBe('$20')
    expect(await page.inputValue('#memo')).toBe('rent')
    expect(await page.inputValue('#amount')).toBe('12345')
    expect(await page.isChecked('#sure')).toBe(true)
    expect(await page.evaluate('document.activeElement.id')).toBe('memo')
    expect(await page.evaluate('document.activeElement.selectionStart')).toBe(3)
    expect(complaints).toEqual([])
  })

  it('keeps what expressions computed', async () => {
    const computed = FORM.replace('</form>', '<output id="times" data-text="$inits"></output></form>')
    const { page, stream, settled, complaints } = await live(computed)
    await eventually(() => page.textContent('output')).toBe('1')
    stream.elements(computed.replace('$10', '$20'))
    await settled()
    expect(await page.textContent('#balance')).toBe('$20')
    expect(await page.textContent('output')).toBe('1')
    expect(complaints).toEqual([])
  })

  it('keeps what expressions computed of attributes, classes and visibility', async () => {
    const computed = (news: string) => `<section id="panel"><h2 id="news">${news}</h2>
      <p id="state" class="calm" data-show="$busy" data-class:past="!$busy" data-class:busy="$busy">State</p>
      <button id="go" disabled data-attr:disabled="$busy" data-attr:aria-busy="!$busy">Go</button>
    </section>`
    const { page, stream, settled, complaints } = await live(computed('Old'))
    const shown = async () => ({
      visible: await page.isVisible('#state'),
      class: await page.getAttribute('#state', 'class'),
      disabled: await page.getAttribute('#go', 'disabled'),
      busy: await page.getAttribute('#go', 'aria-busy'),
    })
    const quiet = { visible: false, class: 'calm past', disabled: null, busy: '' }
    expect(await shown()).toEqual(quiet)
    stream.elements(computed('New'))
    await settled()
    expect(await page.textContent('#news')).toBe('New')
    expect(await shown()).toEqual(quiet)
    stream.signals({ busy: true })
    await settled()
    expect(await shown()).toEqual({ visible: true, class: 'calm busy', disabled: '', busy: null })
    expect(complaints).toEqual([])
  })

  it('gives a computed element the classes that the server changed', async () => {
    const state = (mood: string) => `<p id="state" class="${mood}" data-class:idle="!$busy">State</p>`
    const { page, stream, settled } = await live(state('calm'))
    stream.elements(state('loud'))
    await settled()
    expect((await page.getAttribute('#state', 'class'))?.split(' ').sort()).toEqual(['idle', 'loud'])
  })

  it('keeps the attributes that it is asked to preserve, and no others', async () => {
    const details = (news: string) => `<section id="panel"><h2 id="news">${news}</h2>
      <details id="kept" data-preserve-attr="open"><summary>Kept</summary>${news}</details>
      <details id="lost"><summary>Lost</summary>${news}</details></section>`
    const { page, stream, settled, complaints } = await live(details('Old'))
    await page.click('#kept summary')
    await page.click('#lost summary')
    stream.elements(details('New'))
    await settled()
    expect(await page.getAttribute('#kept', 'open')).toBe('')
    expect(await page.getAttribute('#lost', 'open')).toBe(null)
    await page.click('#kept summary')
    stream.elements(details('Newer').replace('data-preserve', 'open data-preserve'))
    await settled()
    expect(await page.getAttribute('#kept', 'open')).toBe(null)
    expect(complaints).toEqual([])
  })

  it('keeps an open dialog beside what it changes', async () => {
    const { page, stream, settled } = await live(
      '<p id="one">1</p><dialog id="ask"><input id="owner"></dialog>',
    )
    await page.evaluate('document.getElementById("ask").showModal()')
    await page.fill('#owner', 'Ann')
    stream.elements('<p id="one">2</p>')
    await settled()
    expect(await page.textContent('#one')).toBe('2')
    expect(await page.inputValue('#owner')).toBe('Ann')
    expect(await page.evaluate('document.querySelector("#ask:modal") !== null')).toBe(true)
  })

  it('keeps a slider where it is dragged to', async () => {
    const slider = (max: number) => `<section id="panel"><p id="max">${max}</p>
      <input id="slider" type="range" min="0" max="${max}" value="0"></section>`
    const { page, stream, settled } = await live(slider(100))
    const box = await page.locator('#slider').boundingBox()
    if (!box) throw new Error('The slider is not on the page.')
    const at = (share: number) => page.mouse.move(box.x + box.width * share, box.y + box.height / 2)
    const value = async () => Number(await page.inputValue('#slider'))
    await at(0.02)
    await page.mouse.down()
    await at(0.5)
    expect(await value()).toBe(50)
    stream.elements(slider(101))
    await settled()
    expect(await page.textContent('#max')).toBe('101')
    expect(await value()).toBe(50)
    await at(0.8)
    await page.mouse.up()
    expect(await value()).toBeGreaterThan(75)
  })

  it('keeps what was chosen, until the server proposes something else', async () => {
    const choice = (ids: readonly string[], proposed = '') => {
      const option = (id: string) =>
        `<option id="to-${id}" value="${id}"${id === proposed ? ' selected' : ''}>${id}</option>`
      return `<section id="panel"><select id="to">${ids.map(option).join('')}</select></section>`
    }
    const { page, stream, settled } = await live(choice(['ann', 'bob', 'cem']))
    await page.selectOption('#to', 'cem')
    stream.elements(choice(['abe', 'ann', 'cem', 'dan']))
    await settled()
    expect((await page.textContent('#to'))?.trim()).toBe('abeanncemdan')
    expect(await page.inputValue('#to')).toBe('cem')
    stream.elements(choice(['ann', 'cem', 'dan'], 'dan'))
    await settled()
    expect(await page.inputValue('#to')).toBe('dan')
  })

  it('keeps how far one has scrolled, and what is selected', async () => {
    const log = (news: string) => `<section id="panel"><h2 id="news">${news}</h2>
      <textarea id="far" rows="2">${'line\n'.repeat(40)}</textarea><p id="quote">Mark these words</p></section>`
    const { page, stream, settled } = await live(log('Old'))
    await page.evaluate(`document.getElementById('far').scrollTop = 120
      getSelection().selectAllChildren(document.getElementById('quote'))`)
    stream.elements(log('New'))
    await settled()
    expect(await page.textContent('#news')).toBe('New')
    expect(await page.evaluate('document.getElementById("far").scrollTop')).toBe(120)
    expect(await page.evaluate('getSelection().toString()')).toBe('Mark these words')
  })

  it('keeps the focus on a link whose row moves', async () => {
    const rows = (...ids: readonly string[]) =>
      `<ul id="rows">${ids.map((id) => `<li id="row-${id}"><a id="link-${id}" href="#${id}">${id}</a></li>`).join('')}</ul>`
    const { page, stream, settled } = await live(rows('a', 'b', 'c'))
    await page.focus('#link-c')
    for (const order of ['zabc', 'cab', 'bac']) {
      stream.elements(rows(...order))
      await settled()
      expect(await page.textContent('#rows')).toBe(order)
      expect(await page.evaluate('document.activeElement.id')).toBe('link-c')
    }
  })

  it('does not touch an element with data-ignore-morph', async () => {
    const panel = (news: string, note: string) =>
      `<div id="panel"><p id="news">${news}</p><div data-ignore-morph><p id="note">${note}</p></div></div>`
    const { page, stream, settled, complaints } = await live(panel('Old', 'Mine'))
    stream.elements(panel('New', 'Theirs'))
    stream.elements('<p id="note">Theirs</p>')
    await settled()
    expect(await page.textContent('#news')).toBe('New')
    expect(await page.textContent('#note')).toBe('Mine')
    expect(complaints).toEqual([])
  })
})
