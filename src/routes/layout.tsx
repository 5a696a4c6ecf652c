/** The frame around every page, and the page that says what went wrong. */
import { raw } from 'hono/html'
import type { Child, FC } from 'hono/jsx'
import type { Assets } from './assets.ts'

interface LayoutProps {
  readonly title: string
  readonly assets: Assets
  /** Beside the brand, at the top: where one is. */
  readonly trail?: Child
  /** What the live pages add: their signals, and the state of their stream. */
  readonly signals?: Readonly<Record<string, unknown>>
  readonly status?: Child
  readonly children: Child
}

export const Layout: FC<LayoutProps> = ({ title, assets, trail, signals, status, children }) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} - Passbook`}</title>
        <link rel="icon" href={assets.icon} />
        <link rel="stylesheet" href={assets.stylesheet} />
        {signals && <script type="module" src={assets.client} />}
      </head>
      <body data-signals={signals && JSON.stringify(signals)}>
        <header class="top">
          <a class="brand" href="/">
            Passbook
          </a>
          {trail && <span class="trail">{trail}</span>}
          {status}
        </header>
        <main>{children}</main>
      </body>
    </html>
  </>
)

export const ErrorPage: FC<{ readonly assets: Assets; readonly title: string; readonly message: string }> = ({
  assets,
  title,
  message,
}) => (
  <Layout title={title} assets={assets}>
    <section class="message">
      <h1>{title}</h1>
      <p>{message}</p>
      <p>
        <a href="/">Go to the accounts</a>
      </p>
    </section>
  </Layout>
)
