/** Makes tests of something that is opened for each of them, empty, and closed after it, however it ends. */
export interface Opened {
  readonly close: () => Promise<void>
}

export const withOpened =
  <It extends Opened>(open: () => Promise<It>) =>
  (test: (it: It) => Promise<void>) =>
  async (): Promise<void> => {
    const it = await open()
    try {
      await test(it)
    } finally {
      await it.close()
    }
  }
