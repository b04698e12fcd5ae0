// The own account: the password changes, other sessions end, sessions are listed and can be ended one by one.
// Run by playwright.config.ts, with and without JavaScript.

import { house, key } from '../support/house';
import { expect, test } from '../support/test';
import { use } from '../support/use';
import type { Visit } from '../support/visit';

async function change(visit: Visit, current: string, fresh: string, again: string) {
  const { page } = visit;
  await page.getByLabel('Current password').fill(current);
  await page.getByLabel('New password', { exact: true }).fill(fresh);
  await page.getByLabel('New password again').fill(again);
  await page.getByRole('button', { name: 'Change password' }).click();
}

test('changing the password', async ({ visit, another }) => {
  const { page } = visit;
  const { place, member } = await house();
  const elsewhere = await another();
  await elsewhere.signIn(member, place.keys);
  await visit.signIn(member, '/account');
  const fresh = 'battery staple horse';

  await change(visit, 'not my password', fresh, fresh);
  await expect(page.getByLabel('Current password')).toHaveAccessibleDescription(/not your current password/);
  await visit.open('/account');
  await change(visit, member.password, fresh, `${fresh}s`);
  await expect(page.getByLabel('New password again')).toHaveAccessibleDescription(/differ/);
  await visit.open('/account');
  await change(visit, member.password, 'short', 'short');
  await expect(page.getByLabel('New password', { exact: true })).toHaveAccessibleDescription(/at least 10/);

  // Refused three times: the other session still stands, and ends with the change.
  await elsewhere.open(place.keys);
  await expect(elsewhere.page).toHaveURL(place.keys);
  await visit.open('/account');
  await change(visit, member.password, fresh, fresh);
  await visit.says('Your password is changed. Your other sessions are signed out.');
  await elsewhere.page.getByRole('banner').getByRole('link', { name: 'Keys' }).click();
  await elsewhere.leadsTo(/\/login\?next=/);
  await expect(page.getByRole('button', { name: /^Sign out / })).toHaveCount(0);

  const third = await another();
  await third.signIn({ ...member, password: fresh }, place.keys);
});

test('ending another session', async ({ visit, another }) => {
  const { page } = visit;
  const { place, member } = await house();
  const elsewhere = await another();
  await elsewhere.signIn(member, place.keys);
  await visit.signIn(member, '/account');
  const sessions = page.getByRole('region', { name: 'Sessions' }).getByRole('listitem');
  await expect(sessions).toHaveCount(2);
  await expect(sessions.filter({ hasText: 'This device' })).toHaveCount(1);
  await expect(sessions.first()).toContainText('Chrome on');
  await sessions.getByRole('button', { name: /^Sign out/ }).click();
  await visit.says('That session is signed out.');
  await expect(sessions).toHaveCount(1);
  await elsewhere.page.getByRole('banner').getByRole('link', { name: 'Keys' }).click();
  await elsewhere.leadsTo(/\/login\?next=/);
  await visit.open(place.keys);
  await expect(page).toHaveURL(place.keys);
});

test('ending all other sessions', async ({ visit, another }) => {
  const { page } = visit;
  const { place, member } = await house();
  const others = [await another(), await another()];
  for (const other of others) await other.signIn(member, place.keys);
  await visit.signIn(member, '/account');
  await page.getByRole('button', { name: 'Sign out all other sessions' }).click();
  await visit.says('All other sessions are signed out.');
  for (const other of others) {
    await other.open(place.keys);
    await expect(other.page).toHaveURL(/\/login/);
  }
});

test('the own name changes everywhere', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  const made = await key(place, member, 'Deploy');
  await visit.signIn(member, '/account');
  await page.getByLabel('Name').fill('');
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByLabel('Name')).toHaveAccessibleDescription(/Name is required/);
  await visit.open('/account');
  await page.getByLabel('Name').fill('Mina Park-Weber');
  await page.getByRole('button', { name: 'Save name' }).click();
  await visit.says('You are now called “Mina Park-Weber”.');
  await expect(page.getByLabel('Name')).toHaveValue('Mina Park-Weber');
  await expect(page.getByRole('banner').getByRole('link', { name: 'Mina Park-Weber' })).toBeVisible();
  await visit.open(`${place.keys}/${made.id}`);
  await expect(page.getByRole('region', { name: 'Facts' })).toContainText('Mina Park-Weber');
});

test('the own e-mail changes with the password', async ({ visit, another }) => {
  const { page } = visit;
  const { place, member } = await house();
  const made = await key(place, member, 'Deploy');
  const fresh = `new-${member.email}`;
  await visit.signIn(member, '/account');
  const panel = page.getByRole('region', { name: 'E-mail' });
  const change = async (password: string) => {
    await panel.getByLabel('E-mail', { exact: true }).fill(fresh);
    await panel.getByLabel('Your password').fill(password);
    await panel.getByRole('button', { name: 'Change e-mail' }).click();
  };
  await change('not my password');
  await expect(panel.getByLabel('Your password')).toHaveAccessibleDescription(/not your current password/);
  await expect(panel.getByLabel('E-mail', { exact: true })).toHaveValue(fresh);
  await change(member.password);
  await visit.says(`You sign in with ${fresh} from now on.`);
  expect((await use(made.key)).body).toMatchObject({ owner: { email: fresh } });
  const elsewhere = await another();
  await elsewhere.signInByForm({ ...member, email: fresh }, place.keys);
  await visit.open(`${place.keys}/${made.id}`);
  await expect(page.getByRole('region', { name: 'Facts' })).toContainText(fresh);
});
