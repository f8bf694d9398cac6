// A comment is hidden in the panel, at the fake platform, and in what the panel shows afterwards.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as page from '../fakes/page.mjs';
import { DESKTOP, PHONE, shot, Stage, t, until } from './lib.mjs';

let fake, stage, hook, spam;
before(async () => {
  fake = await page.start({ appSecret: '0123456789abcdef0123456789abcdef', token: 'EAAPAGE0123456789abcdef0123456789' });
  stage = await Stage.make({ env: { TANGGAP_META_GRAPH_BASE: fake.url, TANGGAP_HTTP_PUBLIC_URL: 'https://toko.example' } });
  const client = await stage.it.login(stage.owner.email, stage.owner.password);
  const base = `/api/v1/b/${stage.owner.business}`;
  const made = await client.post(`${base}/channels`, { platform: 'facebook', fields: { app_id: fake.appId, app_secret: fake.appSecret, token: fake.token } });
  assert.equal(made.status, 201, made.text);
  const channel = await until('the channel', async () => (await client.get(`${base}/channels`)).json.items.find((c) => c.id === made.json.id && c.status === 'healthy'));
  hook = `http://127.0.0.1:${stage.it.port}${new URL(channel.hook_url).pathname}`;
  const post = fake.post('Nasi kotak arisan mulai Rp 22.000. Pesan sebelum Jumat, antar gratis dalam kota.', { likes: 40, at: Date.now() - 3 * 3600e3 });
  const first = fake.comment(post.id, 'Kak, arisan Sabtu masih bisa pesan 30 kotak?', { name: 'Wulan Prameswari' });
  spam = fake.comment(first.id, 'Menang undian Rp 50 juta, klik bit.example/hadiah', { from: '6100000000000009', name: 'Promo Kilat' });
  for (const c of [first, spam]) assert.equal(await fake.deliver([fake.entryOfComment(c)], hook), 200);
  const sql = (text) => stage.it.cluster.one(text);
  await until('the comments', () => sql(`SELECT count(*) FROM message WHERE external_id = '${spam.id}'`) === '1');
  stage.it.cluster.sql(`INSERT INTO job (business_id, kind, payload) SELECT business_id, 9, jsonb_build_object('channel', id::text) FROM channel WHERE platform = 3;
    INSERT INTO ready (business_id, kind, due) VALUES (${stage.owner.business}, 1, now()) ON CONFLICT (business_id, kind) DO UPDATE SET due = now()`);
  await until('the numbers', () => sql(`SELECT likes FROM post WHERE external_id = '${post.id}'`) === '40');
  stage.conversation = sql(`SELECT conversation_id FROM message WHERE external_id = '${spam.id}'`);
});
after(async () => {
  await stage?.close();
  await fake?.close();
});

const bubbleOf = (p, words) => p.locator('article.turn', { has: p.locator('.bubble-text', { hasText: words }) });
async function menu(p, words, language = 'id') {
  await bubbleOf(p, words).focus();
  await bubbleOf(p, words).getByLabel(t('bubble.menu', {}, language)).click();
}

test('a comment is hidden from its menu, with a reason, and shows as hidden', async () => {
  const p = await stage.open();
  await stage.go(p, `/inbox/${stage.conversation}`);
  await p.getByText('40 suka').waitFor();
  await p.locator('.post-card').getByText('Nasi kotak arisan').waitFor();
  await menu(p, 'Menang undian');
  await shot(p, 'moderate-menu-desktop');
  await p.getByRole('menuitem', { name: t('moderate.hide'), exact: true }).click();
  await p.getByText(t('moderate.not_criticism')).waitFor();
  await shot(p, 'moderate-reason-desktop');
  await p.getByRole('button', { name: t('moderate.reason.spam') }).click();
  await until('the fake to have it hidden', () => fake.comments.get(spam.id).hidden);
  await bubbleOf(p, 'Menang undian').getByText(t('bubble.hidden')).waitFor();
  await p.getByText(t('acted.hide', { name: 'Pemilik Uji' })).waitFor();
  await shot(p, 'moderate-hidden-desktop');
  assert.deepEqual(p.faults, []);
});

test('on a phone: shown again, answered in private', async () => {
  const p = await stage.open({ size: PHONE });
  await stage.go(p, `/inbox/${stage.conversation}`);
  await bubbleOf(p, 'Menang undian').getByText(t('bubble.hidden')).waitFor();
  await shot(p, 'moderate-hidden-phone');
  await menu(p, 'Menang undian');
  await shot(p, 'moderate-menu-phone');
  await p.getByRole('menuitem', { name: t('moderate.unhide'), exact: true }).click();
  await until('the fake to show it', () => !fake.comments.get(spam.id).hidden);
  await bubbleOf(p, 'Menang undian').getByText(t('bubble.hidden')).waitFor({ state: 'detached' });
  await menu(p, 'arisan Sabtu');
  await p.getByRole('menuitem', { name: t('bubble.private') }).click();
  await p.locator('#composer').fill('Bisa Kak, kami kirim rinciannya di sini ya.');
  await p.getByText(t('composer.only_them')).waitFor();
  await shot(p, 'moderate-private-phone');
  await p.getByRole('button', { name: t('composer.send'), exact: true }).click();
  await until('the private answer', () => fake.sent.find((s) => s.via === 'message' && s.recipient.comment_id));
  await bubbleOf(p, 'kami kirim rinciannya').getByText(t('bubble.in_private')).waitFor();
  await shot(p, 'moderate-private-sent-phone');
  assert.equal(fake.sent.filter((s) => s.via === 'comment').length, 0);
  assert.deepEqual(p.faults, []);
  assert.deepEqual(fake.violations, []);
});

test('deleting asks for a reason first, in English too', async () => {
  const p = await stage.open({ size: DESKTOP, language: 'en', theme: 'dark' });
  await stage.go(p, `/inbox/${stage.conversation}`);
  await menu(p, 'Menang undian', 'en');
  await p.getByRole('menuitem', { name: t('act.delete', {}, 'en'), exact: true }).click();
  await p.getByText(t('moderate.delete_text', {}, 'en')).waitFor();
  await shot(p, 'moderate-delete-desktop-dark');
  assert.ok(fake.comments.has(spam.id), 'not yet');
  await p.getByRole('button', { name: t('moderate.reason.fraud', {}, 'en') }).click();
  await until('it to be gone', () => !fake.comments.has(spam.id));
  await p.getByText(t('acted.delete', { name: 'Pemilik Uji' }, 'en')).waitFor();
  await shot(p, 'moderate-deleted-desktop-dark');
  assert.deepEqual(p.faults, []);
});
