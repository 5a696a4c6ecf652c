/**
 * Money is an integer of the currency's minor unit (cents for USD, yen for JPY, fils for KWD), from the
 * moment it is read to the moment it is shown. No amount is ever a fraction, so none is ever rounded.
 */

/** The most that one event may move: 10^12 minor units. Nine thousand such events still add up exactly. */
export const MAX_AMOUNT = 1_000_000_000_000

export type ParsedMoney =
  | { readonly type: 'amount'; readonly amount: number }
  | { readonly type: 'invalid'; readonly message: string }

/** How many decimals people write in this currency, by ISO 4217 as Intl knows it: 2 for USD, 0 for JPY. */
export const minorDigits = (currency: string): number => styleOf(currency).digits

/** Writes minor units for people: `formatMoney(130000, 'USD')` is `$1,300.00`, with a true minus sign. */
export const formatMoney = (amount: number | bigint, currency: string): string =>
  styleOf(currency).format.format(decimal(amount, currency)).replace('-', '−')

/** Like {@link formatMoney}, with a plus sign before what comes in. */
export const formatChange = (amount: number | bigint, currency: string): string =>
  (amount > 0 ? '+' : '') + formatMoney(amount, currency)

/**
 * Reads what a person typed or a client sent. Only plain decimal notation is an amount; whether it is more
 * than zero and not too large is a rule of the account and is left to `decide`. A number too long to be exact
 * comes back inexact, and so far beyond {@link MAX_AMOUNT} that no rule lets it pass.
 */
export const parseMoney = (input: unknown, currency: string): ParsedMoney => {
  const text = typeof input === 'string' || typeof input === 'number' ? String(input).trim() : ''
  if (text === '') return invalid(`enter a number such as ${exampleIn(currency)}`)
  if (/^[+\-−]/.test(text)) return invalid(`write it without a sign, as in ${exampleIn(currency)}`)

  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === undefined)
    return invalid(`write it with digits and a point alone, as in ${exampleIn(currency)}`)
  const digits = minorDigits(currency)
  if (fraction.length > digits) {
    return invalid(
      digits === 0 ? `${currency} has no decimals` : `${currency} has at most ${digits} decimals`,
    )
  }
  return { type: 'amount', amount: Number(whole + fraction.padEnd(digits, '0')) }
}

const invalid = (hint: string): ParsedMoney => ({ type: 'invalid', message: `Invalid amount: ${hint}.` })

const exampleIn = (currency: string): string => decimal(1234, currency)

interface CurrencyStyle {
  readonly digits: number
  readonly format: Intl.NumberFormat
}

const styles = new Map<string, CurrencyStyle>()

const styleOf = (currency: string): CurrencyStyle => {
  const known = styles.get(currency)
  if (known) return known
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency })
  const style = { digits: format.resolvedOptions().maximumFractionDigits ?? 0, format }
  styles.set(currency, style)
  return style
}

/** Minor units as an exact decimal string, `1300.00`, which Intl formats without a detour through floating point. */
export const decimal = (amount: number | bigint, currency: string): `${number}` => {
  const digits = minorDigits(currency)
  const unsigned = String(amount)
    .replace('-', '')
    .padStart(digits + 1, '0')
  const whole = unsigned.slice(0, unsigned.length - digits)
  const fraction = digits > 0 ? `.${unsigned.slice(-digits)}` : ''
  return `${amount < 0 ? '-' : ''}${whole}${fraction}` as `${number}`
}
