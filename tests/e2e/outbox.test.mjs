// Replies on their way out: each outcome, and one click is at most one message.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';

import { until } from './lib.mjs';
import { Shop } from './telegram-kit.mjs';

let shop;
before(async () => { shop = await Shop.open(); });
after(() => shop?.close());

let nextPerson = 7100000001;
async function customer(name) {
  const id = nextPerson++;
  shop.bot.say(shop.bot.person(id, name), `Halo, saya ${name}`);
  const row = await shop.row(name);
  return { id, row };
}
const sentTo = (id) => shop.bot.sent.filter((s) => String(s.chat_id) === String(id));
const failure = (code, description, parameters) => ({ status: code, body: { ok: false, error_code: code, description, ...(parameters ? { parameters } : {}) } });

test('an accepted reply becomes a message of its author and ends the wait', async () => {
  const { id, row } = await customer('Ani');
  const [question] = await shop.said(row, 1);
  const sent = await shop.send(row, 'Siap kak', { reply_to: question.id });
  await shop.settled(row, sent, 'sent');
  const message = (await shop.said(row, 2)).at(-1);
  assert.equal(message.text, 'Siap kak');
  assert.equal(message.device, 'panel');
  assert.equal(message.person.name, 'Pemilik Uji');
  assert.equal(message.delivery, 'sent');
  assert.equal(sentTo(id).length, 1);
  assert.equal(sentTo(id)[0].reply_parameters.message_id, Number(question.external_id.split('/')[1]));
  assert.equal((await shop.row('Ani')).wait_since, null);
});

test('the same key twice is one message', async () => {
  const { id, row } = await customer('Budi');
  const url = `${shop.base}/conversations/${row.id}/messages`;
  const body = { text: 'Sekali saja', seen: (await shop.messages(row)).items[0].id };
  const replies = await Promise.all([1, 2, 3].map(() => shop.client.post(url, body, { 'idempotency-key': 'kunci-yang-sama' })));
  assert.equal(new Set(replies.filter((r) => r.status < 300).map((r) => r.json.id)).size, 1);
  await until('the send', () => sentTo(id).length > 0);
  await shop.said(row, 2);
  assert.equal(sentTo(id).length, 1);
});

test('a customer who blocked us: refused, in the words of the vendor', async () => {
  const { id, row } = await customer('Citra');
  shop.bot.blocked.add(String(id));
  const sent = await shop.send(row, 'Kak?');
  const refused = await shop.settled(row, sent, 'refused');
  assert.equal(refused.fail_code, 'blocked');
  assert.match(refused.fail_text, /blocked by the user/);
});

test('told to slow down: it waits as long as told, then sends once', async () => {
  const { id, row } = await customer('Dedi');
  shop.bot.next('sendMessage', failure(429, 'Too Many Requests: retry after 2', { retry_after: 2 }));
  const began = Date.now();
  const sent = await shop.send(row, 'Pelan-pelan');
  await shop.settled(row, sent, 'sent');
  assert.ok(Date.now() - began >= 1900);
  assert.equal(sentTo(id).length, 1);
});

test('a line cut after the platform worked: undecided, one message there, never sent again by itself', async () => {
  const { id, row } = await customer('Eka');
  shop.bot.next('sendMessage', { cut: 'after' });
  const sent = await shop.send(row, 'Sampai tidak?');
  await shop.settled(row, sent, 'undecided');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(sentTo(id).length, 1);
  const shy = await shop.client.post(`${shop.base}/outbox/${sent.id}/retry`);
  assert.ok(shy.status >= 400);
  const [newest] = (await shop.messages(row)).items;
  const sure = await shop.client.post(`${shop.base}/outbox/${sent.id}/retry`, { confirm: true, seen: newest.id });
  assert.equal(sure.status, 200);
  await shop.settled(row, sent, 'sent');
  assert.equal(sentTo(id).length, 2);
});

test('an error of the server or of a proxy may have arrived: undecided', async () => {
  for (const rule of [failure(500, 'Internal Server Error: restart'), { status: 502, html: '<html>bad gateway</html>' }]) {
    const { row } = await customer(`Fitri ${rule.status}`);
    shop.bot.next('sendMessage', rule);
    await shop.settled(row, await shop.send(row, 'Mungkin'), 'undecided');
  }
});

test('a group that became a supergroup is followed', async () => {
  const chat = { id: -4001, type: 'group', title: 'Pelanggan lama' };
  shop.bot.push({ message: { message_id: 5, date: Math.floor(Date.now() / 1000), chat, from: shop.bot.person(7200000001, 'Gita'), text: 'Halo grup' } });
  const row = await until('the group', async () => (await shop.rows()).find((r) => r.type === 'group'));
  shop.bot.migrated.set('-4001', -1001234500001);
  await shop.settled(row, await shop.send(row, 'Pindah ya'), 'sent');
  assert.equal(sentTo(-1001234500001).length, 1);
});

test('a long text goes out in parts, in order, nothing lost', async () => {
  const { id, row } = await customer('Hadi');
  const text = Array.from({ length: 900 }, (_, i) => `baris ke-${i} 😀`).join('\n');
  await shop.settled(row, await shop.send(row, text), 'sent');
  const parts = sentTo(id).map((s) => s.text);
  assert.ok(parts.length >= 3);
  assert.ok(parts.every((p) => p.length <= 4096));
  assert.equal(parts.join(''), text);
});

test('replies of one conversation leave in their order, past a burst at one a second', async () => {
  const { id, row } = await customer('Indah');
  const texts = Array.from({ length: 7 }, (_, i) => `Nomor ${i}`);
  for (const text of texts) await shop.send(row, text);
  await until('all of them', () => sentTo(id).length === texts.length, 20000);
  assert.deepEqual(sentTo(id).map((s) => s.text), texts);
  assert.ok(sentTo(id).at(-1).at - sentTo(id)[0].at >= 1500);
});

test('a revoked token keeps replies waiting; they leave when the channel is well again', async () => {
  const { id, row } = await customer('Joko');
  shop.bot.isRevoked = true;
  const sent = await shop.send(row, 'Nanti');
  await until('the channel to be broken', async () => (await shop.channelNow()).status === 'broken');
  assert.equal((await shop.pending(row)).find((o) => o.id === sent.id).state, 'queued');
  shop.bot.isRevoked = false;
  await shop.client.post(`${shop.base}/channels/${shop.channel}/check`);
  await shop.settled(row, sent, 'sent');
  assert.equal(sentTo(id).length, 1);
});

test('two panels: the second learns of the message, its late reply is refused with it', async () => {
  const { row } = await customer('Kartika');
  const second = await shop.it.login(shop.owner.email, shop.owner.password);
  const stream = second.events(`${shop.base}/events`);
  assert.equal(await stream.opened, 200);
  const before = (await shop.messages(row)).items[0].id;
  shop.bot.say(shop.bot.person(nextPerson - 1, 'Kartika'), 'Satu lagi kak');
  await until('news in the second panel', () => stream.seen.some((e) => e.event === 'conversation'));
  await shop.said(row, 2);
  const late = await second.post(`${shop.base}/conversations/${row.id}/messages`, { text: 'Terlambat', seen: before });
  assert.equal(late.status, 409);
  assert.equal(late.json.code, 'newer_message');
  stream.close();
});

test('an echo of what was undecided decides it', async () => {
  const putri = shop.bot.person(7200000009, 'Putri'), chat = { id: putri.id, type: 'private', first_name: 'Putri' };
  const date = Math.floor(Date.now() / 1000);
  shop.bot.push({ business_message: { message_id: 31, date, chat, from: putri, business_connection_id: 'bc1', text: 'Ready?' } });
  const row = await shop.row('Putri');
  shop.bot.next('sendMessage', { cut: 'after' });
  const sent = await shop.send(row, 'Ready kak');
  await shop.settled(row, sent, 'undecided');
  const { message_id } = shop.bot.sent.at(-1);
  shop.bot.push({ business_message: { message_id, date: date + 1, chat, from: shop.bot.person(7000000009, 'Pemilik'), business_connection_id: 'bc1',
    sender_business_bot: { id: shop.bot.id, is_bot: true, first_name: 'Toko Uji' }, text: 'Ready kak' } });
  await shop.settled(row, sent, 'sent');
  const ours = (await shop.said(row, 2)).filter((m) => m.direction === 'out');
  assert.equal(ours.length, 1);
  assert.equal(ours[0].person.name, 'Pemilik Uji');
  assert.equal(ours[0].device, 'panel');
});

test('told to end while a reply is on its way: it is waited for and recorded', async () => {
  const { id, row } = await customer('Lina');
  shop.bot.next('sendMessage', { delayMs: 1200 });
  const sent = await shop.send(row, 'Sebentar');
  await until('the request to leave', () => shop.bot.calls.some((c) => c.method === 'sendmessage' && c.parameters.text === 'Sebentar'));
  const end = await shop.it.end('work');
  assert.equal(end.code, 0);
  assert.equal(sentTo(id).length, 1);
  await shop.settled(row, sent, 'sent');
  shop.it.work();
});

test('killed while a reply is on its way: undecided, not sent again', async () => {
  const { id, row } = await customer('Maya');
  shop.bot.next('sendMessage', { delayMs: 3000 });
  const sent = await shop.send(row, 'Mati di jalan');
  await until('the request to leave', () => shop.bot.calls.some((c) => c.method === 'sendmessage' && c.parameters.text === 'Mati di jalan'));
  await shop.it.end('work', 'SIGKILL');
  shop.it.work();
  const undecided = await shop.settled(row, sent, 'undecided', 40000);
  assert.equal(undecided.fail_code, 'crashed');
  assert.equal(sentTo(id).length, 1);
});

test('a reply sent while a file is merged is known as sent, and joins its conversation afterwards, also after a crash', async () => {
  const { id, row } = await customer('Oki');
  const { cluster } = shop.it;
  const one = (sql) => cluster.one(sql);
  // what a merge holds for as long as it takes
  const merge = spawn('psql', [`${cluster.url} user=tanggap_super`, '-XAtqc',
    `BEGIN; SELECT pg_advisory_xact_lock(hashint8extended(${shop.owner.business}, 7401)); SELECT pg_sleep(600)`], { stdio: 'ignore' });
  const held = "FROM pg_locks l JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND usename = 'tanggap_super'";
  await until('the merge', () => one(`SELECT count(*) ${held}`) === '1');
  const sent = await shop.send(row, 'Selagi mengimpor');
  await until('the receipt', () => one(`SELECT accepted_id IS NOT NULL FROM outbox WHERE id = ${sent.id}`) === 't');
  await shop.it.end('work', 'SIGKILL');
  shop.it.work();
  await until('another try', () => one(`SELECT lease_until > now() FROM outbox WHERE id = ${sent.id}`) === 't');
  assert.equal((await shop.pending(row)).find((o) => o.id === sent.id).state, 'sending');
  cluster.sql(`SELECT pg_terminate_backend(pid) ${held}`);
  merge.kill();
  await shop.settled(row, sent, 'sent');
  assert.equal(sentTo(id).length, 1);
  const [, ours] = await shop.said(row, 2);
  assert.deepEqual([ours.text, ours.direction, ours.person.name], ['Selagi mengimpor', 'out', 'Pemilik Uji']);
});

test('a person who asks to be forgotten is forgotten', async () => {
  const { row } = await customer('Nur');
  const gone = await shop.client.delete(`${shop.base}/contacts/${row.contact}`);
  assert.equal(gone.status, 202, gone.text);
  await until('the words to go', async () => (await shop.messages(row)).items.every((m) => m.text === null));
  assert.equal((await shop.rows()).some((r) => r.name === 'Nur'), false);
});
