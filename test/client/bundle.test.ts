// The script that the page loads.

import { expect, it } from 'vitest'
import { bundleClient } from '../../src/client/bundle.ts'

it('is one module, minified, and the same each time', async () => {
  const script = await bundleClient()
  expect(script).not.toMatch(/\bimport\s*[{"'*]/)
  expect(script.length).toBeLessThan(60_000)
  expect(await bundleClient()).toBe(script)
})
