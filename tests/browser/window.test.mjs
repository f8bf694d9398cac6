// How long one may answer stands above the field; after that the field says so. A picture goes along with a reply.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as page from '../fakes/page.mjs';
import { PHONE, shot, Stage, t, until } from './lib.mjs';

const HOUR = 3600e3;
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
let fake, stage;
const inbox = new Map();
before(async () => {
  fake = await page.start({ appSecret: '0123456789abcdef0123456789abcdef', token: 'EAAPAGE0123456789abcdef0123456789' });
  stage = await Stage.make({ env: { TANGGAP_META_GRAPH_BASE: fake.url, TANGGAP_HTTP_PUBLIC_URL: 'https://toko.example' } });
  const client = await stage.it.login(stage.owner.email, stage.owner.password), base = `/api/v1/b/${stage.owner.business}`;
  const made = await client.post(`${base}/channels`, { platform: 'facebook', fields: { app_id: fake.appId, app_secret: fake.appSecret, token: fake.token } });
  const channel = await until('the channels', async () => {
    const all = (await client.get(`${base}/channels`)).json.items;
    return all.filter((c) => c.status === 'healthy').length === 2 && all.find((c) => c.id === made.json.id);
  });
  const hook = `http://127.0.0.1:${stage.it.port}${new URL(channel.hook_url).pathname}`;
  for (const [n, [name, hours]] of Object.entries([['Ayu Lestari', 22], ['Bima Sakti', 50], ['Citra Ayu', 200]])) {
    const psid = `720000000000010${n}`;
    fake.people.set(psid, { id: psid, name });
    assert.equal(await fake.deliver([fake.entryOfMessage(psid, fake.say(psid, `halo dari ${name}`, { at: Date.now() - hours * HOUR }))], hook), 200);
    const row = await until(name, async () => (await client.get(`${base}/conversations?view=open`)).json.items.find((r) => r.preview.includes(name)));
    inbox.set(name, row.id);
  }
});
after(async () => {
  await stage?.close();
  await fake?.close();
});

test('soon over, late, over: each in plain words, and only what is over cannot be sent', async () => {
  const p = await stage.open({ size: PHONE });
  for (const [name, words, picture] of [['Ayu Lestari', /Waktu balas habis 1 j/, 'soon'], ['Bima Sakti', /Sudah lewat 24 jam/, 'late'], ['Citra Ayu', /Tunggu pelanggan menulis lagi/, 'closed']]) {
    await stage.go(p, `/inbox/${inbox.get(name)}`);
    await p.locator('.composer .banner').getByText(words).waitFor();
    await p.locator('#composer').fill('Baik kak');
    assert.equal(await p.getByRole('button', { name: t('composer.send'), exact: true }).isDisabled(), name === 'Citra Ayu');
    await shot(p, `window-${picture}-phone`);
  }
  assert.deepEqual(p.faults, []);
});

test('a picture is attached, goes out, and is seen', async () => {
  const p = await stage.open();
  await stage.go(p, `/inbox/${inbox.get('Ayu Lestari')}`);
  await p.getByLabel(t('composer.attach')).waitFor();
  await p.locator('.composer input[type=file]').setInputFiles({ name: 'menu.png', mimeType: 'image/png', buffer: PNG });
  await p.locator('.composer').getByText('menu.png').waitFor();
  await p.locator('#composer').fill('Ini menunya kak');
  await shot(p, 'attach-desktop');
  await p.getByRole('button', { name: t('composer.send'), exact: true }).click();
  await until('both to arrive', () => fake.sent.length === 2);
  assert.deepEqual(fake.sent.map((m) => m.message.attachment?.type ?? m.message.text), ['image', 'Ini menunya kak']);
  await p.locator('.messages img').first().waitFor();
  assert.deepEqual(p.faults, []);
});
