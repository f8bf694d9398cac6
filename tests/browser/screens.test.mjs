// Every screen on phone and desktop, in both themes and languages: no fault, no sideways scroll, nothing serious for axe.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { DESKTOP, PHONE, shot, Stage } from './lib.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TABLET = { width: 834, height: 1112 };

let stage;
let conversation;
let contact;
before(async () => {
  stage = await Stage.make();
  stage.seed(24, { name: 'Raden Mas Suryokusumo Adiningrat Wicaksono bin Prawirodirjo' });
  stage.seed(3, { name: 'مريم', text: 'مرحبا، هل المنتج متوفر؟' });
  stage.seed(3, { name: 'W' + 'a'.repeat(79), platform: 1, transport: 0, text: 'x'.repeat(200) });
  conversation = stage.it.cluster.one('SELECT min(id) FROM conversation');
  contact = stage.it.cluster.one('SELECT min(id) FROM contact');
});
after(() => stage?.close());

async function serious(page) {
  // evaluate() is not bound by the page's content policy, so the policy stays as it is served
  await page.evaluate(axeSource);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return result.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`);
}

const isWide = (page) => page.evaluate(() => {
  const wide = [...document.querySelectorAll('main, .list-scroll, .messages, .page-body, .pane-side')]
    .find((el) => el.scrollWidth > el.clientWidth + 1);
  return document.documentElement.scrollWidth > innerWidth ? 'the page' : wide?.className ?? null;
});

const SCREENS = [
  ['inbox', () => '/inbox', '.row'],
  ['conversation', () => `/inbox/${conversation}`, '#composer'],
  ['contacts', () => '/contacts', '.line'],
  ['contact', () => `/contacts/${contact}`, '.contact-head'],
  ['channels', () => '/channels', '.line'],
  ['telegram', () => '/channels/telegram', '.sheet input'],
  ['import', () => '/import', '.drop'],
  ['people', () => '/people', '.line'],
  ['settings', () => '/settings', '.form'],
  ['more', () => '/more', '.options'],
];

const LOOKS = [
  { size: PHONE, theme: 'light', language: 'id' },
  { size: PHONE, theme: 'dark', language: 'en' },
  { size: DESKTOP, theme: 'light', language: 'en' },
  { size: DESKTOP, theme: 'dark', language: 'id' },
  { size: TABLET, theme: 'light', language: 'id' },
];

for (const look of LOOKS) {
  const name = `${look.size.width}-${look.theme}-${look.language}`;
  describe(name, () => {
    let page;
    before(async () => {
      const client = await stage.it.login(stage.owner.email, stage.owner.password);
      await client.patch('/api/v1/me', { language: look.language });
      page = await stage.open(look);
    });
    after(() => page?.context().close());
    for (const [screen, where, sign] of SCREENS)
      test(screen, async () => {
        await stage.go(page, where());
        await page.locator(sign).first().waitFor();
        await page.waitForTimeout(250);
        await shot(page, `${screen}-${name}`);
        assert.equal(await isWide(page), null, 'scrolls sideways');
        assert.deepEqual(await serious(page), []);
        assert.deepEqual(page.faults.splice(0), []);
      });
  });
}

test('login, both languages, at 320 px and with text twice as large', async () => {
  const page = await stage.open({ size: { width: 320, height: 640 }, isLoggedIn: false });
  await page.locator('.login-form').waitFor();
  await shot(page, 'login-320');
  assert.equal(await isWide(page), null);
  assert.deepEqual(await serious(page), []);
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.addStyleTag({ content: 'html{font-size:200%}' }).catch(() => page.evaluate(() => { document.documentElement.style.fontSize = '200%'; }));
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
  assert.equal(await isWide(page), null);
  await page.context().close();
});

test('a wrong password is told in one sentence, a right one leads to the inbox', async () => {
  const page = await stage.open({ isLoggedIn: false });
  await page.getByLabel('Surel').fill(stage.owner.email);
  await page.locator('input[type=password]').fill('bukan-ini-sandinya');
  await page.getByRole('button', { name: 'Masuk' }).click();
  await page.getByText('Surel atau kata sandi belum cocok.').waitFor();
  await page.locator('input[type=password]').fill(stage.owner.password);
  await page.getByRole('button', { name: 'Masuk' }).click();
  await page.locator('.row').first().waitFor();
  await page.context().close();
});

test('when a session ends the page stays, and the draft with it', async () => {
  const page = await stage.open();
  await stage.go(page, `/inbox/${conversation}`);
  await page.locator('#composer').fill('tulisan yang belum terkirim');
  await page.context().clearCookies();
  await page.keyboard.press('Control+Enter');
  await page.locator('.over-all .login-form').waitFor();
  await page.getByLabel(/Surel|E-mail/).fill(stage.owner.email);
  await page.locator('.over-all input[type=password]').fill(stage.owner.password);
  await page.locator('.over-all button[type=submit]').click();
  await page.locator('.over-all').waitFor({ state: 'detached' });
  assert.equal(await page.getByText('tulisan yang belum terkirim').first().isVisible(), true);
  await page.context().close();
});
