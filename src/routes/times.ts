/** How times are written on every page: in the server's time zone, since one view goes to all. */

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

/** `20 Nov 2026, 10:41:07` */
export const timeOf = (instant: string): string => clock.format(new Date(instant))

/** `20 Nov 2026` */
export const dayOf = (instant: string): string => calendar.format(new Date(instant))

const clock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

const calendar = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
