// Without a line the panel still opens, shows what was read, and keeps what is written.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stage, t, until } from './lib.mjs';

let stage;
before(async () => {
  stage = await Stage.make();
  stage.seed(5, { platform: 1, transport: 0, name: 'Bu Lestari', text: 'Kak, pesanan kemarin enak' });
});
after(() => stage?.close());

test('after one visit it opens without a line, reads and writes, and sends once when the line is back', async () => {
  const page = await stage.open({ worker: true });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, { timeout: 30000 });
  await page.reload();
  await page.locator('.row').first().click();
  await page.locator('.bubble').first().waitFor();
  const where = page.url();
  await stage.it.end('serve', 'SIGKILL');
  await page.goto(where);
  await page.locator('.bubble', { hasText: 'pesanan kemarin enak' }).waitFor();
  await page.locator('#composer').fill('Terima kasih, Bu.');
  await page.keyboard.press('Control+Enter');
  await page.getByText(t('delivery.waiting')).waitFor();
  await page.reload();
  await page.locator('.bubble', { hasText: 'Terima kasih, Bu.' }).waitFor();
  await stage.it.serve();
  const count = () => Number(stage.it.cluster.one("SELECT count(*) FROM message WHERE text = 'Terima kasih, Bu.'"));
  await until('the reply to be noted', () => count() > 0, 60000);
  await page.locator('.bubble', { hasText: 'Terima kasih, Bu.' }).getByText(t('delivery.by_hand')).waitFor();
  assert.equal(count(), 1);
  await page.context().close();
});

test('logging out takes what was kept along', async () => {
  const page = await stage.open({ worker: true });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, { timeout: 30000 });
  await page.reload();
  await page.locator('.row').first().waitFor();
  assert.ok(await page.evaluate(async () => (await (await caches.open('answers')).keys()).length > 0));
  await stage.go(page, '/settings');
  await page.getByRole('button', { name: t('settings.logout') }).click();
  await page.locator('.login-form').waitFor();
  await until('the answers to be gone', () => page.evaluate(async () => {
    const keys = await (await caches.open('answers')).keys();
    return keys.every((k) => !/conversations|contacts/.test(k.url));
  }));
  await page.context().close();
});
