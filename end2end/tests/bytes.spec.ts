// What a browser is sent for the keys screen: script, WebAssembly and styles, compressed, within 200 KB.
// Run by playwright.config.ts; prints the figure.

import { house, key } from '../support/house';
import { expect, test } from '../support/test';

const MOST = 200 * 1024;

test('the keys screen costs at most 200 KB of code and styles', async ({ visit, another }) => {
  const { place, member } = await house();
  await key(place, member, 'Laptop');
  await visit.signIn(member, place.keys);

  // The same person at another browser, which has nothing in its cache.
  const fresh = await another();
  await fresh.page.context().addCookies(await visit.page.context().cookies());
  const sizes: Promise<[string, number]>[] = [];
  fresh.page.on('response', (response) => {
    const path = new URL(response.url()).pathname;
    if (!/\.(js|wasm|css)$/.test(path)) return;
    expect(response.headers()['content-encoding'], path).toBe('br');
    sizes.push(response.request().sizes().then((size) => [path, size.responseBodySize]));
  });
  await fresh.open(place.keys);
  await fresh.page.waitForLoadState('networkidle');
  const sent = await Promise.all(sizes);
  const kinds = sent.map(([path]) => path.split('.').pop()).sort();
  // Each once: what the page announces is what its script uses, or it would be fetched again.
  expect(kinds).toEqual(['css', 'js', 'wasm']);
  const announced = fresh.page.locator('head link[rel=preload][href$=".wasm"]');
  const [wasm] = sent.flatMap(([path]) => (path.endsWith('.wasm') ? [path] : []));
  await expect(announced).toHaveAttribute('href', wasm ?? 'none');
  const total = sent.reduce((sum, [, size]) => sum + size, 0);
  console.log(`keys screen: ${total} bytes\n${sent.map(([path, size]) => `  ${path} ${size}`).join('\n')}`);
  expect(total).toBeLessThanOrEqual(MOST);
});
