// Ten thousand conversations in the list, and the keys that walk through it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PHONE, shot, Stage, t, until } from './lib.mjs';

let stage;
let page;
before(async () => {
  stage = await Stage.make();
  stage.seed(10000);
  page = await stage.open();
  await page.locator('.row').first().waitFor();
});
after(() => stage?.close());

const rowsInPage = () => page.locator('.list > li').count();

test('a list of ten thousand keeps few rows in the page while it scrolls', async () => {
  assert.ok((await rowsInPage()) <= 45);
  assert.match(await page.locator('.tab[aria-selected=true]').textContent(), /999\+/);
  let most = 0;
  for (let i = 0; i < 25; i++) {
    await page.locator('.list-scroll').evaluate((el) => { el.scrollTop = el.scrollHeight; });
    await page.waitForTimeout(60);
    most = Math.max(most, await rowsInPage());
  }
  assert.ok(most <= 45, `${most} rows in the page`);
  const height = await page.locator('.list').evaluate((el) => el.offsetHeight);
  assert.ok(height > 88 * 300, 'pages follow as it scrolls');
  await page.locator('.list-scroll').evaluate((el) => { el.scrollTop = 0; });
  await page.locator('.row-name', { hasText: /^Pelanggan 10000$/ }).waitFor();
});

test('whoever waits longest stands first', async () => {
  const names = await page.locator('.row-name').allTextContents();
  assert.equal(names[0], 'Pelanggan 10000');
  assert.equal(names[1], 'Pelanggan 9999');
});

test('j, k and Enter walk and open; Escape gives the place back', async () => {
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  assert.equal(await page.evaluate(() => document.activeElement.querySelector('.row-name')?.textContent), 'Pelanggan 9999');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Pelanggan 9999', level: 2 }).first().waitFor();
  await page.keyboard.press('r');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'composer');
  await page.keyboard.type('jj e x');
  assert.equal(await page.locator('#composer').inputValue(), 'jj e x', 'single keys are silent in a field');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await until('the row to have the focus', () =>
    page.evaluate(() => document.activeElement.querySelector('.row-name')?.textContent === 'Pelanggan 9999'));
  await page.keyboard.press('Enter');
  await page.locator('#composer').waitFor();
  assert.equal(await page.locator('#composer').inputValue(), 'jj e x', 'the draft is kept');
});

test('e resolves and the bar undoes it', async () => {
  const conversation = page.url().split('/').pop();
  const status = () => stage.it.cluster.one(`SELECT status FROM conversation WHERE id = ${conversation}`);
  await page.locator('#thread-title').focus();
  await page.keyboard.press('e');
  await page.getByText(t('done.resolved')).waitFor();
  await until('resolved', () => status() !== '0');
  await page.getByRole('button', { name: t('act.undo'), exact: true }).click();
  await until('open again', () => status() === '0');
});

test('x chooses several, the bulk bar resolves them together', async () => {
  await stage.go(page, '/inbox');
  await page.locator('.row').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText(t('bulk.count', { n: 2 })).waitFor();
  await page.locator('.bulk').getByRole('button', { name: t('act.resolve') }).click();
  await page.getByText(t('done.resolved_n', { n: 2 })).waitFor();
});

test('the help sheet lists the keys, and the palette finds pages', async () => {
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog');
  await sheet.getByText(t('keys.reply')).waitFor();
  await shot(page, 'help');
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.keyboard.type('tim');
  await page.getByRole('option', { name: t('nav.people') }).click();
  await page.getByRole('heading', { name: t('nav.people'), level: 1 }).waitFor();
});

test('searching a person opens her page', async () => {
  await stage.go(page, '/inbox');
  await page.locator('.row').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('Pelanggan 77');
  await page.locator('.person-line', { hasText: 'Pelanggan 77' }).first().click();
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  assert.match(page.url(), /\/contacts\/\d+$/);
});

test('on a phone the list and the conversation are pages, and back returns to the list', async () => {
  const phone = await stage.open({ size: PHONE });
  await phone.locator('.row').nth(3).click();
  await phone.locator('#composer').waitFor();
  assert.equal(await phone.locator('.pane-list').isVisible(), false);
  assert.equal(await phone.locator('.bar').isVisible(), false);
  await phone.goBack();
  await phone.locator('.pane-list').waitFor();
  assert.equal(await phone.locator('.bar').isVisible(), true);
  assert.deepEqual(phone.faults, []);
  await phone.context().close();
  assert.deepEqual(page.faults, []);
});
