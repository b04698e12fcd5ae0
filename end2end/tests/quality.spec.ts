// Every page of the console, light and dark, at 1280 and 390 pixels: see support/quality.ts for what is asked of it.
// Run by playwright.config.ts; requests and console messages are watched in every spec (support/guard.ts).

import { house, join, key, person } from '../support/house';
import { expectFlawlessInBothThemes, expectFlawlessInEveryLook, expectNoShift, watchShift } from '../support/quality';
import { shelf } from '../support/shelf';
import { expect, test } from '../support/test';

test.beforeEach(async ({ visit }) => {
  test.slow();
  await watchShift(visit.page);
});

test('sign-in, and refused', async ({ visit }) => {
  await expectFlawlessInEveryLook(visit, '/login');
  await expectFlawlessInEveryLook(visit, '/login', async () => {
    await visit.page.getByLabel('E-mail').fill('nobody@example.com');
    await visit.page.getByRole('button', { name: 'Sign in' }).click();
    await expect(visit.page.getByRole('alert')).toBeVisible();
  });
});

test('keys: full, menu, rename, nothing found', async ({ visit }) => {
  const { place, member, alpha, bravo } = await shelf();
  await visit.signIn(member, place.keys);
  await expectFlawlessInEveryLook(visit, place.keys);
  await expectFlawlessInEveryLook(visit, place.keys, async () => {
    await visit.menu(alpha.id, 'Rename');
  });
  await expectFlawlessInEveryLook(visit, place.keys, async () => {
    await (await visit.menu(alpha.id, 'Rename')).click();
    await visit.row(alpha.id).getByRole('textbox').fill('');
    await visit.row(alpha.id).getByRole('button', { name: 'Save' }).click();
    await expect(visit.row(alpha.id).getByText('Name is required.')).toBeVisible();
  });
  await expectFlawlessInEveryLook(visit, `${place.keys}?q=nothing`);
  await expectFlawlessInEveryLook(visit, `${place.keys}/${bravo.id}`);
});

test('keys: none yet, and the menu of narrow screens', async ({ visit }) => {
  const { place, member } = await house();
  await visit.signIn(member, place.keys);
  await expectFlawlessInEveryLook(visit, place.keys);
  await visit.page.locator('.frame-top > summary').click();
  await expectFlawlessInBothThemes(visit.page);
});

test('keys: a viewer, and the plan Basic', async ({ visit, another }) => {
  const { place } = await shelf();
  const viewer = await person('Vera Holm');
  await join(place, viewer, 'viewer');
  await visit.signIn(viewer, place.keys);
  await expectFlawlessInEveryLook(visit, place.keys);
  await expectFlawlessInEveryLook(visit, `${place.keys}/new`);

  const basic = await house('admin', 'basic');
  const other = await another();
  await watchShift(other.page);
  await other.signIn(basic.member, basic.place.keys);
  await expectFlawlessInEveryLook(other, basic.place.keys);
});

test('create: the page, the dialog, and both refused', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  await key(place, member, 'Laptop');
  await visit.signIn(member, place.keys);
  const refuse = async () => {
    await page.locator('input[name=environment]').fill('prod eu');
    await page.getByLabel('On a date').check();
    await page.getByRole('button', { name: 'Create key' }).click();
    await expect(page.getByText('Name is required.')).toBeVisible();
  };
  const openDialog = async () => {
    await page.getByRole('link', { name: 'Create key' }).click();
    await expect(page.getByRole('dialog', { name: 'Create key' })).toBeVisible();
  };
  await expectFlawlessInEveryLook(visit, `${place.keys}/new`);
  await expectFlawlessInEveryLook(visit, `${place.keys}/new`, refuse);
  await expectFlawlessInEveryLook(visit, place.keys, openDialog);
  await expectFlawlessInEveryLook(visit, place.keys, () => openDialog().then(refuse));
});

test('the fresh key, and its question', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  await visit.signIn(member, place.keys);
  await expectFlawlessInEveryLook(visit, `${place.keys}/new`, async () => {
    await page.getByLabel('Name').fill(`Laptop ${page.viewportSize()?.width}`);
    await page.getByRole('button', { name: 'Create key' }).click();
    await visit.leadsTo(/\/keys\/[^/]+\/new$/);
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectNoShift(page);
  });
  await page.keyboard.press('Escape');
  await expect(page.getByText('Saved it?')).toBeVisible();
  await expectFlawlessInBothThemes(page);
});

test('the page of a key, and deleting it, used lately or not', async ({ visit, origin }) => {
  const { place, member, alpha, bravo } = await shelf();
  const used = await visit.page.request.get(`${origin}/api/me`, { headers: { Authorization: `Bearer ${alpha.key}` } });
  expect(used.status()).toBe(200);
  await visit.signIn(member, `${place.keys}/${alpha.id}`);
  await expect(async () => {
    await visit.open(`${place.keys}/${alpha.id}`);
    await expect(visit.page.getByRole('table').getByText('Accepted')).toBeVisible({ timeout: 100 });
  }).toPass();
  for (const path of [alpha.id, `${alpha.id}/requests`, `${alpha.id}/delete`, `${bravo.id}/delete`]) {
    await expectFlawlessInEveryLook(visit, `${place.keys}/${path}`);
  }
  await expectFlawlessInEveryLook(visit, `${place.keys}/${alpha.id}?range=30d`, async () => {
    await visit.page.getByText('Show as a table').click();
  });
});

test('the audit log: full, nothing found, not understood', async ({ visit }) => {
  const { place, member } = await house('admin');
  await key(place, member, 'A name that is as long as a name may be, so that it needs more than one line');
  await visit.signIn(member, `/w/${place.slug}/audit`);
  for (const query of ['', '?who=nobody', '?from=yesterday']) {
    await expectFlawlessInEveryLook(visit, `/w/${place.slug}/audit${query}`);
  }
});

test('the account, and a change of password refused', async ({ visit, another }) => {
  const { page } = visit;
  const { place, member } = await house();
  await (await another()).signIn(member, place.keys);
  await visit.signIn(member, '/account');
  await expectFlawlessInEveryLook(visit, '/account');
  await expectFlawlessInEveryLook(visit, '/account', async () => {
    await page.getByLabel('Current password').fill('not my password');
    await page.getByLabel('New password', { exact: true }).fill('battery staple horse');
    await page.getByLabel('New password again').fill('battery staple horse');
    await page.getByRole('button', { name: 'Change password' }).click();
    await expect(page.getByText('This is not your current password.')).toBeVisible();
  });
});

test('nothing here, and no workspace', async ({ visit, another }) => {
  const { place, member } = await house();
  await visit.signIn(member, place.keys);
  await expectFlawlessInEveryLook(visit, '/no/such/page');
  const nobody = await person('Noah Berg');
  const other = await another();
  await watchShift(other.page);
  await other.signIn(nobody, '/');
  await expectFlawlessInEveryLook(other, '/');
});
