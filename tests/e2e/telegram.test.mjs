// Telegram, from the wire to the inbox: by polling and by webhook, every way in which people say something.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { request, until } from './lib.mjs';
import { Shop } from './telegram-kit.mjs';

let shop;
before(async () => { shop = await Shop.open(); });
after(() => shop?.close());

test('a message that was polled is in the inbox, and its author waits', async () => {
  shop.bot.say(shop.bot.person(7000000001, 'Ani'), 'Halo kak 😀 harga?');
  const row = await shop.row('Ani');
  assert.equal(row.preview, 'Halo kak 😀 harga?');
  assert.equal(row.platform, 'telegram');
  assert.equal(row.type, 'direct');
  assert.ok(row.wait_since);
  const [message] = await shop.said(row, 1);
  assert.equal(message.external_id, '7000000001/100');
  assert.equal(message.direction, 'in');
});

test('every page is confirmed: the cursor stands behind the last update', async () => {
  await until('an empty queue at Telegram', () => shop.bot.updates.length === 0);
  const last = shop.bot.calls.filter((c) => c.method === 'getupdates').at(-1);
  assert.equal(last.parameters.offset, shop.bot.nextUpdate);
  assert.ok(last.parameters.allowed_updates.includes('message_reaction_count'));
});

test('an edit makes a version and a repeated delivery makes none', async () => {
  const budi = shop.bot.person(7000000002, 'Budi');
  const message = shop.bot.say(budi, 'Pesan dua');
  const row = await shop.row('Budi');
  shop.bot.push({ edited_message: { ...message, text: 'Pesan tiga', edit_date: message.date + 5 } });
  shop.bot.push({ edited_message: { ...message, text: 'Pesan tiga', edit_date: message.date + 5 } });
  shop.bot.push({ message });
  await until('the edit', async () => (await shop.said(row, 1))[0].text === 'Pesan tiga');
  const got = await shop.said(row, 1);
  assert.equal(got.length, 1);
  assert.ok(got[0].edited_at);
  const versions = await shop.get(`/messages/${got[0].id}/versions`);
  assert.deepEqual(versions.items.map((v) => v.text), ['Pesan dua', 'Pesan tiga']);
});

test('an album stays together and its pictures are fetched and stored by content', async () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex');
  shop.bot.files.set('F1', { path: 'photos/file_1.jpg', bytes: png });
  shop.bot.files.set('F2', { path: 'photos/file 2.jpg', bytes: Buffer.from('<script>alert(1)</script>') });
  const citra = shop.bot.person(7000000003, 'Citra');
  for (const id of ['F1', 'F2', 'GONE'])
    shop.bot.say(citra, null, { photo: [{ file_id: id, file_unique_id: `u${id}`, width: 10, height: 10, file_size: 10 }],
      media_group_id: 'A1', ...(id === 'F1' ? { caption: 'Yang ini' } : {}) });
  const row = await shop.row('Citra');
  const messages = await until('files', async () => {
    const got = await shop.said(row, 3);
    return got[0].attachments[0]?.state === 'stored' && got[1].attachments[0]?.state === 'stored' ? got : null;
  });
  assert.equal(messages[0].text, 'Yang ini');
  assert.ok(messages.every((m) => m.detail.album === 'A1'));
  assert.equal(messages[0].attachments[0].mime, 'image/png');
  assert.equal(messages[1].attachments[0].mime, 'application/octet-stream');
  const hash = messages[0].attachments[0].url.split('/').at(-1);
  assert.ok(existsSync(path.join(shop.it.state, 'media', hash.slice(0, 2), hash)));
  const file = await shop.client.get(messages[0].attachments[0].url);
  assert.equal(file.status, 200);
  assert.deepEqual(file.bytes, png);
  assert.equal(file.headers['x-content-type-options'], 'nosniff');
});

test('a group is one conversation; comments hang on their post, answers to comments too', async () => {
  const group = { id: -1001234567890, type: 'supergroup', title: 'Toko chat' };
  const page = { id: -1009876543210, type: 'channel', title: 'Toko' };
  const date = Math.floor(Date.now() / 1000);
  const dedi = shop.bot.person(7000000004, 'Dedi');
  const root = { message_id: 800, date, chat: group, from: { id: 777000, is_bot: false, first_name: 'Telegram' }, sender_chat: page,
    is_automatic_forward: true, forward_origin: { type: 'channel', chat: page, message_id: 55, date }, text: 'Promo!' };
  const comment = { message_id: 801, date, chat: group, from: dedi, message_thread_id: 800, reply_to_message: root, text: 'Mau dong' };
  shop.bot.push({ message: { message_id: 700, date, chat: group, from: dedi, text: 'Ada yang jual?' } });
  shop.bot.push({ message: root });
  shop.bot.push({ message: comment });
  await until('the comment', async () => (await shop.rows()).some((r) => r.type === 'comment' && r.preview === 'Mau dong'));
  shop.bot.push({ message: { message_id: 802, date: date + 1, chat: group, from: shop.bot.person(7000000005, 'Eka'), message_thread_id: 800,
    reply_to_message: { ...comment, reply_to_message: undefined }, text: 'Aku juga' } });
  await until('the answer to it', async () => (await shop.rows()).some((r) => r.type === 'comment' && r.preview === 'Aku juga'));
  const rows = await shop.rows();
  assert.equal(rows.find((r) => r.type === 'group').preview, 'Ada yang jual?');
  const comments = await shop.said(rows.find((r) => r.type === 'comment'), 3);
  assert.deepEqual(comments.map((m) => m.kind), ['post', 'message', 'message']);
});

test('a business connection: customer in, owner out from her phone, deletion wipes', async () => {
  const owner = shop.bot.person(7000000009, 'Pemilik'), fitri = shop.bot.person(7000000006, 'Fitri');
  const chat = { id: fitri.id, type: 'private', first_name: 'Fitri' };
  const date = Math.floor(Date.now() / 1000);
  const of = (from, message_id, text, more = {}) => ({ business_message: { message_id, date: date - 100 + message_id, chat, from, business_connection_id: 'bc1', text, ...more } });
  shop.bot.push({ business_connection: { id: 'bc1', user: owner, user_chat_id: owner.id, date, rights: { can_reply: true }, is_enabled: true } });
  shop.bot.push(of(fitri, 31, 'Ready?'));
  shop.bot.push(of(owner, 32, 'Ready kak'));
  shop.bot.push(of(fitri, 33, 'Hapus ini'));
  const row = await shop.row('Fitri');
  const said = await shop.said(row, 3);
  assert.deepEqual(said.map((m) => [m.direction, m.device]), [['in', ''], ['out', 'native'], ['in', '']]);
  shop.bot.push({ deleted_business_messages: { business_connection_id: 'bc1', chat, message_ids: [33] } });
  await until('the deletion', async () => (await shop.said(row, 3))[2].deleted_at);
  assert.equal((await shop.said(row, 3))[2].text, null);
  const sent = await shop.send(row, 'Baik kak');
  await shop.settled(row, sent, 'sent');
  const call = shop.bot.sent.at(-1);
  assert.equal(call.business_connection_id, 'bc1');
  assert.equal(call.chat_id, fitri.id);
  assert.equal((await shop.said(row, 4)).at(-1).text, 'Baik kak');
});

test('a reaction, a press on a button and an unknown kind are kept', async () => {
  const gita = shop.bot.person(7000000007, 'Gita');
  const message = shop.bot.say(gita, 'Enak!');
  const row = await shop.row('Gita');
  shop.bot.push({ message_reaction: { chat: message.chat, message_id: message.message_id, user: gita, date: message.date, old_reaction: [], new_reaction: [{ type: 'emoji', emoji: '🔥' }] } });
  shop.bot.push({ callback_query: { id: '77', from: gita, chat_instance: '1', data: 'yes', message: { ...message, reply_markup: { inline_keyboard: [[{ text: 'Ya, jadi', callback_data: 'yes' }]] } } } });
  shop.bot.say(gita, null, { hologram: {} });
  const said = await shop.said(row, 3);
  await until('the reaction', async () => (await shop.said(row, 3)).some((m) => m.reactions[0]?.emoji === '🔥'));
  assert.ok(said.some((m) => m.text === 'Ya, jadi'));
  assert.ok(said.some((m) => m.kind === 'unsupported' && m.detail.type === 'hologram'));
});

test('a second poller is shown as a conflict and mended by itself', async () => {
  shop.bot.next('getUpdates', { status: 409, body: { ok: false, error_code: 409, description: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running' } });
  shop.bot.say(shop.bot.person(7000000008, 'Hadi'), 'Tes');
  await shop.row('Hadi');
  await until('the conflict', async () => (await shop.channelNow()).status_code === 'conflict');
});

test('a revoked token breaks the channel, and a check with a good one mends it', async () => {
  shop.bot.isRevoked = true;
  await shop.client.post(`${shop.base}/channels/${shop.channel}/check`);
  await until('the channel to be broken', async () => (await shop.channelNow()).status === 'broken' && (await shop.channelNow()).status_code === 'unauthorized');
  shop.bot.isRevoked = false;
  await shop.client.post(`${shop.base}/channels/${shop.channel}/check`);
  await until('the channel to be healthy', async () => (await shop.channelNow()).status === 'healthy');
  shop.bot.say(shop.bot.person(7000000010, 'Indah'), 'Sudah bisa?');
  await shop.row('Indah');
});

test('a platform that was out of reach is asked again', async () => {
  await shop.it.end('work');
  shop.it.cluster.sql("UPDATE channel SET status = 2, status_code = 'unreachable'; DELETE FROM ready");
  shop.it.work();
  await until('the channel to be healthy', async () => (await shop.channelNow()).status === 'healthy');
});

test('no token is in any log', () => {
  for (const log of shop.it.logs.values()) assert.ok(!log.includes(shop.bot.token.split(':')[1]));
});

test('by webhook: the secret decides, twice delivered is once stored, a dead serve loses nothing', async () => {
  const other = await Shop.open({ transport: 'hook' });
  try {
    assert.match(other.bot.hook.url, /\/hooks\/telegram\/[A-Za-z0-9_-]{16,64}$/);
    other.bot.hook.twice = true;
    const ani = other.bot.person(7000000001, 'Ani');
    other.bot.say(ani, 'Lewat webhook');
    const row = await other.row('Ani');
    assert.equal((await other.said(row, 1)).length, 1);
    const wrong = await request({ port: other.it.port, url: other.bot.hookPath, method: 'POST', body: '{"update_id":1}',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': 'salah' } });
    assert.equal(wrong.status, 401);
    await other.it.end('serve', 'SIGKILL');
    other.bot.say(ani, 'Saat mati');
    await until('a refused delivery', () => other.bot.hookTries > 2);
    await other.it.serve();
    await until('the message', async () => other.it.cluster.one('SELECT count(*) FROM message') === '2');
    const poison = await request({ port: other.it.port, url: other.bot.hookPath, method: 'POST', body: '{"update_id":',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': other.bot.hook.secret } });
    assert.equal(poison.status, 200);
    other.bot.say(ani, 'Sesudah racun');
    await until('the message after', async () => other.it.cluster.one('SELECT count(*) FROM message') === '3');
    assert.equal(other.it.cluster.one('SELECT count(*) FROM delivery WHERE state = 2'), '1');
  } finally {
    await other.close();
  }
});
