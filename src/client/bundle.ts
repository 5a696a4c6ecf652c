/** Makes the script that the page loads, in memory, when the server starts. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The engine and our adapter as one module, minified. The same sources give the same text. */
export const bundleClient = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./browser/datastar.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    write: false,
  })
  return outputFiles.map(({ text }) => text).join('')
}
