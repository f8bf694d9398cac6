// Two accounts of one person: suggested with the reason, merged beside the conversation, found as one, taken apart again.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DESKTOP, PHONE, shot, Stage, t, until } from './lib.mjs';

let stage;
let sari;
before(async () => {
  stage = await Stage.make();
  const sql = (text) => stage.it.cluster.sql(text);
  stage.seed(1, { name: 'Sari Wulandari', platform: 1, text: 'Pesanan saya sudah jalan?' });
  stage.seed(1, { name: 'Sari W', platform: 4, text: 'Kak, WA saya 0812-3456-7890 ya' });
  stage.seed(1, { name: 'Bu Ratna', platform: 5, text: 'Masih ada stok?' });
  sql("UPDATE identity SET phone = '6281234567890' WHERE name LIKE 'Sari Wulandari%'");
  sql("UPDATE identity SET username = 'sari.cake' WHERE name LIKE 'Sari W 1'");
  sql("UPDATE identity SET phone = '6281234567890' WHERE name LIKE 'Bu Ratna%'");
  sari = stage.it.cluster.one("SELECT contact_id FROM identity WHERE username = 'sari.cake'");
});
after(() => stage?.close());

const conversation = () => stage.it.cluster.one(`SELECT id FROM conversation WHERE contact_id = ${sari}`);
const merged = () => stage.it.cluster.one('SELECT count(*) FROM contact WHERE merged_into IS NOT NULL');

describe('one person with two accounts', () => {
  let page;
  before(async () => { page = await stage.open({ size: DESKTOP }); });
  after(() => page?.context().close());

  test('is suggested beside the conversation, with the reason in plain words', async () => {
    await stage.go(page, `/inbox/${conversation()}`);
    await page.getByRole('heading', { name: t('alike.title') }).waitFor();
    assert.equal(await page.locator('.alike').count(), 2);
    await page.getByText(t('alike.number', { value: '+62\u00a0812\u20113456\u20117890' })).first().waitFor();
    await shot(page, 'alike-desktop');
  });

  test('who is somebody else is told so and not suggested again', async () => {
    const ratna = page.locator('.alike', { hasText: 'Bu Ratna' });
    await ratna.getByRole('button', { name: t('alike.apart') }).click();
    await ratna.waitFor({ state: 'detached' });
    await page.getByText(t('alike.kept_apart')).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: t('alike.title') }).waitFor();
    assert.equal(await page.locator('.alike').count(), 1);
  });

  test('is merged, shows both accounts, and says what was done', async () => {
    await page.locator('.alike').getByRole('button', { name: t('alike.merge') }).click();
    await page.getByText(t('alike.merged')).waitFor();
    assert.equal(merged(), '1');
    await page.locator('.pane-side .account', { hasText: '+62 812-3456-7890' }).waitFor();
    await page.locator('.pane-side .account', { hasText: '@sari.cake' }).waitFor();
    await page.locator('.messages').getByText(t('acted.merged', { name: '' }).trim()).waitFor();
    await shot(page, 'merged-desktop');
  });

  test('is found by the number in any spelling, once', async () => {
    await stage.go(page, '/contacts');
    await page.getByRole('searchbox').fill('0812 3456-7890');
    await until('two contacts', async () => (await page.locator('.lines .line').count()) === 2);
    await page.locator('.lines .line', { hasText: '@sari.cake' }).click();
    await page.locator('.contact-head').waitFor();
    assert.equal(await page.locator('.contact-history .row').count(), 2);
  });

  test('is taken apart again from the history', async () => {
    await page.getByRole('heading', { name: t('alike.log') }).waitFor();
    await shot(page, 'merge-log-desktop');
    await page.getByRole('button', { name: t('alike.split') }).click();
    await page.getByText(t('alike.split_done')).waitFor();
    assert.equal(merged(), '0');
    await until('one conversation left', async () => (await page.locator('.contact-history .row').count()) === 1);
    assert.deepEqual(page.faults, []);
  });
});

test('on a phone the suggestion fits and is big enough for a thumb', async () => {
  stage.it.cluster.sql('DELETE FROM contact_apart');
  const page = await stage.open({ size: PHONE });
  await stage.go(page, `/contacts/${sari}`);
  await page.getByRole('heading', { name: t('alike.title') }).waitFor();
  await page.locator('.alike').first().scrollIntoViewIfNeeded();
  await shot(page, 'alike-phone');
  const box = await page.locator('.alike .button').first().boundingBox();
  assert.ok(box.height >= 40, `${box.height} px high`);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  await page.context().close();
});
