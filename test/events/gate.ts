/** Holds something back until a test lets it go on. */
export interface Gate {
  readonly opened: Promise<void>
  readonly open: () => void
}

export const gate = (): Gate => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Resolves when everything that could run without outside news has had its turn. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
