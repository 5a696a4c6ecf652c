// data-bind: fields and signals follow each other.

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { eventStreams, eventually, openSite } from './site.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

/** `told` is the signal `field` as JSON. */
const live = async (field: string, signals: object = {}) => {
  const streams = eventStreams()
  const site = await openSite(
    browser,
    `<body data-signals='${JSON.stringify(signals)}' data-init="@get('/stream', {retry: 'always'})">
      ${field}<p id="told" data-text="JSON.stringify($field)"></p></body>`,
    { 'GET /stream': streams.answer },
  )
  const visit = await site.open()
  return {
    ...visit,
    stream: await streams.nth(1),
    told: eventually(() => visit.page.textContent('#told')),
    shown: eventually(() => visit.page.inputValue('#field')),
  }
}

describe('a slider', () => {
  const SLIDER = '<input id="field" type="range" min="1" max="9" value="7" data-bind:field>'

  it('shows a number and sets a number', async () => {
    const { page, told, shown, complaints } = await live(SLIDER, { field: 4 })
    await shown.toBe('4')
    await page.press('#field', 'ArrowRight')
    await told.toBe('5')
    expect(complaints).toEqual([])
  })

  it('sets text where the signal is text', async () => {
    const { page, told } = await live(SLIDER, { field: '4' })
    await page.press('#field', 'ArrowLeft')
    await told.toBe('"3"')
  })

  it('makes a signal that is not there yet, a number', async () => {
    const { told } = await live(SLIDER)
    await told.toBe('7')
  })

  it('stands in its middle for an empty text, and sets nothing until it is moved', async () => {
    const { page, told, shown } = await live(SLIDER, { field: '' })
    await shown.toBe('5')
    await page.press('#field', 'Tab')
    await told.toBe('""')
  })

  it('is moved by a patch of its signal', async () => {
    const { stream, shown } = await live(SLIDER, { field: 4 })
    stream.signals({ field: 8 })
    await shown.toBe('8')
  })

  it('is moved by a patch of its own value, and tells its signal', async () => {
    const { page, stream, told, shown } = await live(SLIDER, { field: 4 })
    await page.press('#field', 'ArrowRight')
    stream.elements(SLIDER.replace('"7"', '"9"'))
    await shown.toBe('9')
    await told.toBe('9')
  })
})

describe('a select', () => {
  const SELECT = `<select id="field" data-bind:field>
    <option value="EUR">Euro</option><option value="USD">Dollar</option></select>`

  it('shows its signal and sets it', async () => {
    const { page, stream, told, shown, complaints } = await live(SELECT, { field: 'USD' })
    await shown.toBe('USD')
    await page.selectOption('#field', 'EUR')
    await told.toBe('"EUR"')
    stream.signals({ field: 'USD' })
    await shown.toBe('USD')
    expect(complaints).toEqual([])
  })

  it('sets a number where the signal is a number', async () => {
    const speeds =
      '<select id="field" data-bind:field><option value="1">1/s</option><option value="4">4/s</option></select>'
    const { page, told, shown } = await live(speeds, { field: 4 })
    await shown.toBe('4')
    await page.selectOption('#field', '1')
    await told.toBe('1')
  })

  it('makes a signal that is not there yet', async () => {
    const { told } = await live(SELECT)
    await told.toBe('"EUR"')
  })
})

describe('a checkbox', () => {
  const CHECKBOX = '<input id="field" type="checkbox" data-bind="field">'

  it('shows its signal and sets it', async () => {
    const { page, stream, told, complaints } = await live(CHECKBOX, { field: true })
    const checked = eventually(() => page.isChecked('#field'))
    await checked.toBe(true)
    await page.click('#field')
    await told.toBe('false')
    stream.signals({ field: true })
    await checked.toBe(true)
    expect(complaints).toEqual([])
  })

  it('makes a signal that is not there yet', async () => {
    const { told } = await live(CHECKBOX)
    await told.toBe('false')
  })
})

describe('a text field', () => {
  const TEXT = '<input id="field" data-bind:field>'

  it('shows its signal and sets it as it is typed', async () => {
    const { page, stream, told, shown, complaints } = await live(TEXT, { field: 'rent' })
    await shown.toBe('rent')
    await page.press('#field', 'End')
    await page.keyboard.type('s 12')
    await told.toBe('"rents 12"')
    stream.signals({ field: '' })
    await shown.toBe('')
    expect(complaints).toEqual([])
  })

  it('sets a number where the signal is a number', async () => {
    const { page, told } = await live(TEXT, { field: 5 })
    await page.fill('#field', '12')
    await told.toBe('12')
  })
})
