// The README's picture: the keys screen with the sample data, at twice the density.
// Run by screens.config.ts.

import { join } from 'node:path';
import { test } from './demo';

test.use({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2, colorScheme: 'light' });

test('docs/images/keys.png', async ({ signedIn }) => {
  const visit = await signedIn('ada', '/w/acme/keys');
  await visit.page.screenshot({ path: join(import.meta.dirname, '../../docs/images/keys.png') });
});
