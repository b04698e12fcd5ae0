// The log as it grows: requests come in by themselves, with the filters of the address; they wait while it is paused or scrolled
// away. Run by playwright.config.ts; without JavaScript there is a link that loads the page again (tests/logs.both.spec.ts).

import { hear } from '../support/hear';
import { house, key } from '../support/house';
import { latchkey } from '../support/program';
import { expect, test } from '../support/test';
import { use } from '../support/use';

test('requests come in at the top, with the filters of the address', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('viewer');
  const [ci, agent] = [await key(place, member, 'CI pipeline'), await key(place, member, 'Agent')];
  const logs = `/w/${place.slug}/logs`;
  const live = page.getByRole('switch', { name: 'Live' });
  const rows = page.locator('#log-lines tbody tr');
  const turnOn = async () => {
    await expect(live).not.toBeChecked();
    await live.click();
    await expect(live).toBeChecked();
    await expect(page.getByText('Waiting for requests')).toBeVisible();
  };
  await visit.signIn(member, logs);
  await expect(page.getByRole('heading', { name: 'No requests yet' })).toBeVisible();
  await turnOn();
  const heard = await hear(page);
  expect((await use(ci.key)).status).toBe(200);
  await expect(rows).toHaveCount(1);
  await expect(page.getByRole('heading', { name: 'No requests yet' })).toBeHidden();
  expect((await use(agent.key)).status).toBe(200);
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText('Agent');
  await expect(rows.last()).toContainText('CI pipeline');
  await expect.poll(heard).toContainEqual(expect.objectContaining({ word: expect.stringMatching(/new requests?$/), by: 'status' }));
  await rows.first().getByRole('link', { name: 'Agent' }).click();
  await visit.leadsTo(`${place.keys}/${agent.id}`);

  await visit.open(`${logs}?key=agen&answer=refused`);
  await turnOn();
  await latchkey(['key', 'disable', ci.id]);
  await latchkey(['key', 'disable', agent.id]);
  expect((await use(ci.key)).status).toBe(401);
  expect((await use(agent.key)).status).toBe(401);
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText(/Agent.*KEY_DISABLED/s);

  // What came while nobody looked is there when the page is loaded again, and not told as new.
  await live.click();
  await expect(live).not.toBeChecked();
  await expect(async () => {
    await visit.open(logs);
    await expect(rows).toHaveCount(4, { timeout: 500 });
  }).toPass();
  await turnOn();
  expect((await use(ci.key)).status).toBe(401);
  await expect(rows).toHaveCount(5);
});

test('they wait while it is paused, and while the list is out of sight', async ({ visit }) => {
  const { page } = visit;
  await page.setViewportSize({ width: 390, height: 500 });
  const { place, member } = await house('viewer');
  const made = await key(place, member, 'Laptop');
  const logs = `/w/${place.slug}/logs`;
  const rows = page.locator('#log-lines tbody tr');
  const waiting = page.getByRole('button', { name: /new requests?$/ });
  for (let n = 0; n < 8; n += 1) expect((await use(made.key)).status).toBe(200);
  await visit.signIn(member, logs);
  await expect(async () => {
    await visit.open(logs);
    await expect(rows).toHaveCount(8, { timeout: 500 });
  }).toPass();
  await page.getByRole('switch', { name: 'Live' }).click();
  await expect(page.getByText('Waiting for requests')).toBeVisible();

  await page.getByRole('button', { name: 'Pause' }).click();
  expect((await use(made.key)).status).toBe(200);
  await expect(waiting).toHaveText('1 new request');
  expect((await use(made.key)).status).toBe(200);
  await expect(waiting).toHaveText('2 new requests');
  await expect(rows).toHaveCount(8);
  await waiting.click();
  await expect(rows).toHaveCount(10);
  await expect(waiting).toBeHidden();
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  await expect(page.getByRole('switch', { name: 'Live' })).toBeFocused();

  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  expect((await use(made.key)).status).toBe(200);
  await expect(waiting).toHaveText('1 new request');
  await expect(rows).toHaveCount(10);
  await page.evaluate(() => window.scrollTo(0, 0));
  await expect(rows).toHaveCount(11);
  await expect(waiting).toBeHidden();
});
