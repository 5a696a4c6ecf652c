/** Where one is, at the top of every page below the list of accounts. */
import type { Child, FC } from 'hono/jsx'
import { accountPath } from './addresses.ts'

interface TrailProps {
  readonly id: string
  readonly name: string
  /** What of the account it is; nothing for its own page. */
  readonly children?: Child
}

export const Trail: FC<TrailProps> = ({ id, name, children }) => (
  <>
    <a href="/">Accounts</a> / {children ? <a href={accountPath(id)}>{name}</a> : name}
    {children && <> / {children}</>}
  </>
)
