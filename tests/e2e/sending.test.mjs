// How a reply goes out on each platform: by reply token or push, quoted, late, as a template, in private, with choices, with
// a file; and what is refused before the platform refuses it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { until } from './lib.mjs';
import { arrived, Street } from './street-kit.mjs';

const DAY = 24 * 3600e3;
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

let s;
before(async () => {
  s = await Street.open();
  s.youtube.video('vidsatu0001', 'Cara memesan', { publishedAt: new Date(Date.now() - 3600e3).toISOString() });
  s.x.addUser('555001', 'Ana', 'ana');
  s.youtube.say('vidsatu0001', 'UCani', 'tanya youtube');
  s.x.post('555001', '@tokomelati tanya x');
  s.x.direct('555001', s.x.id, 'tanya x-direct');
  await s.connectAll();
}, { timeout: 120000 });
after(() => s?.close());

const settled = (row, sent, state) => until(`${sent.text} to be ${state}`, async () => (await s.stateOf(row, sent)) === state, 30000);
const pending = async (row, sent) => (await s.get(`/conversations/${row.id}/messages`)).pending.find((o) => o.id === sent.id);
const trySay = (row, body) => s.client.post(`${s.base}/conversations/${row.id}/messages`, { force: true, ...body });

let next = 1;
async function whatsapp(words, at = Date.now()) {
  const value = s.whatsapp.message(`628125552${String(next++).padStart(4, '0')}`, 'Bu Siti', { text: { body: words } });
  value.messages[0].timestamp = String(Math.floor(at / 1000));
  await s.whatsapp.deliver(value);
  return s.row(words);
}
async function messenger(words, at = Date.now()) {
  const psid = `7200000000${String(next++).padStart(6, '0')}`;
  await s.page.deliver([s.page.entryOfMessage(psid, s.page.say(psid, words, { at }))], s.hookPath(await s.channel('facebook')));
  return s.row(words);
}
async function comment(words) {
  const on = s.page.posts[0] ?? s.page.post('Menu baru');
  const made = s.page.comment(on.id, words, { from: `61000000${String(next++).padStart(8, '0')}` });
  await s.page.deliver([s.page.entryOfComment(made)], s.hookPath(await s.channel('facebook')));
  return [await s.row(words), made];
}
async function line(words, fields) {
  const event = s.line.message(s.line.person(700 + next++, 'Cici'), { type: 'text', text: words }, fields);
  await s.line.deliver([event]);
  return [await s.row(words), event];
}
async function upload(bytes) {
  const reply = await s.client.call('POST', `${s.base}/uploads`, bytes);
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.json.file, createHash('sha256').update(bytes).digest('hex'));
  return reply.json.file;
}

test('LINE: a fresh question is answered by its token, an old one by a push with a key, both quoted', async () => {
  const [row, event] = await line('harga berapa');
  const [question] = (await s.get(`/conversations/${row.id}/messages`)).items;
  const sent = await s.say(row, 'line sepuluh ribu', { reply_to: question.id });
  await settled(row, sent, 'sent');
  const there = s.line.sent.find((m) => JSON.stringify(m).includes('line sepuluh ribu'));
  assert.deepEqual([there.via, there.messages[0].quoteToken], ['reply', event.message.quoteToken]);
  const [old] = await line('masih ada', { timestamp: Date.now() - 55000 });
  const late = await s.say(old, 'line masih ada kak');
  await settled(old, late, 'sent');
  assert.equal(s.line.sent.find((m) => JSON.stringify(m).includes('line masih ada kak')).via, 'push');
  assert.match(s.line.calls.findLast((c) => c.path === '/v2/bot/message/push').headers['x-line-retry-key'], /^[0-9a-f-]{36}$/);
});

test('Messenger: within a day plain, within a week by a person, then not at all; the conversation tells when', async () => {
  const now = Date.now();
  const fresh = await messenger('messenger baru', now), late = await messenger('messenger kemarin', now - 2 * DAY), over = await messenger('messenger lama', now - 8 * DAY);
  const seen = async (row) => (await s.get(`/conversations/${row.id}`)).window;
  const window = await seen(late);
  assert.deepEqual([(await seen(fresh)).state, window.state, (await seen(over)).state, window.then], ['open', 'late', 'closed', 'human_agent']);
  assert.equal(Date.parse(window.closes_at), now - DAY);
  assert.equal(Date.parse(window.late_closes_at), now + 5 * DAY);
  assert.deepEqual(late.window, window);
  for (const [row, words, tag] of [[fresh, 'pasti segera', undefined], [late, 'maaf baru balas', 'HUMAN_AGENT']]) {
    await settled(row, await s.say(row, words), 'sent');
    assert.equal(s.page.sent.find((m) => m.message?.text === words).tag, tag);
  }
  const refused = await trySay(over, { text: 'terlambat sekali' });
  assert.deepEqual([refused.status, refused.json.code], [422, 'window_closed']);
  assert.match(refused.json.detail, /[Ww]aktu balas/);
});

test('WhatsApp: after a day only a template goes, and it does', async () => {
  const row = await whatsapp('wa kemarin', Date.now() - 2 * DAY);
  assert.deepEqual([row.window.state, row.window.then, row.window.late_closes_at], ['closed', 'template', null]);
  assert.equal((await trySay(row, { text: 'halo' })).json.code, 'window_closed');
  s.whatsapp.templates.push({ name: 'pesanan_siap', language: 'id', components: [{ type: 'BODY', text: 'Halo {{1}}, pesanan siap.' }] });
  const sent = await s.say(row, 'Halo Bu Siti, pesanan siap.', { as: 'template', template: { name: 'pesanan_siap', language: 'id', values: ['Bu Siti'] } });
  await settled(row, sent, 'sent');
  const there = s.whatsapp.sent.at(-1).body;
  assert.deepEqual([there.type, there.template.components[0].parameters[0].text], ['template', 'Bu Siti']);
});

test('what waited until the window closed is refused in plain words, not by the platform', async () => {
  const row = await whatsapp('wa hampir habis', Date.now() - DAY + 3000);
  s.it.cluster.sql(`UPDATE channel SET status = 2, status_code = 'unauthorized' WHERE platform = ${1}`);
  const sent = await s.say(row, 'wa tertahan');
  await new Promise((resolve) => setTimeout(resolve, 3200));
  s.it.cluster.sql('UPDATE channel SET status = 0, status_code = \'\' WHERE platform = 1');
  await s.client.post(`${s.base}/channels/${row.channel}/check`);
  await settled(row, sent, 'refused');
  assert.equal((await pending(row, sent)).fail_code, 'window_closed');
  assert.equal(arrived(s.whatsapp, 'wa tertahan'), 0);
});

test('a comment is answered in public and once in private', async () => {
  const [row, made] = await comment('berapa ongkirnya');
  const [asked] = (await s.get(`/conversations/${row.id}/messages`)).items;
  assert.equal((await s.get(`/conversations/${row.id}`)).window, null);
  await settled(row, await s.say(row, 'Sudah kami jawab kak', { reply_to: asked.id }), 'sent');
  await settled(row, await s.say(row, 'Ongkirnya lima ribu', { as: 'private', reply_to: asked.id }), 'sent');
  const hidden = s.page.sent.find((m) => m.message?.text === 'Ongkirnya lima ribu');
  assert.deepEqual(hidden.recipient, { comment_id: made.id });
  const said = (await s.get(`/conversations/${row.id}/messages`)).items.find((m) => m.text === 'Ongkirnya lima ribu');
  assert.equal(said.detail.private, true);
  const again = await s.say(row, 'Sekali lagi', { as: 'private', reply_to: asked.id });
  await settled(row, again, 'refused');
  assert.equal((await pending(row, again)).fail_code, 'said_already');
  assert.equal((await trySay(row, { text: 'x', as: 'private' })).json.field, 'as');
});

test('choices go under the words', async () => {
  const row = await whatsapp('mau pesan');
  await settled(row, await s.say(row, 'Pilih ukuran:', { choices: ['Kecil', 'Besar'] }), 'sent');
  assert.deepEqual(s.whatsapp.sent.at(-1).body.interactive.action.buttons.map((b) => b.reply.title), ['Kecil', 'Besar']);
  const direct = await messenger('mau pesan juga');
  await settled(direct, await s.say(direct, 'Ukuran apa?', { choices: ['Kecil', 'Besar'] }), 'sent');
  assert.deepEqual(s.page.sent.at(-1).message.quick_replies.map((q) => q.title), ['Kecil', 'Besar']);
});

test('a file goes along with its words where they fit under it, before them where not, and stays to be looked at', async () => {
  const file = await upload(PNG), wa = await whatsapp('minta foto'), direct = await messenger('minta foto juga'), [public_] = await comment('fotonya mana');
  const more = { file: { hash: file, name: 'menu.png' } };
  await settled(wa, await s.say(wa, 'Ini menunya', more), 'sent');
  const there = s.whatsapp.sent.at(-1).body;
  assert.deepEqual([there.type, there.image.caption], ['image', 'Ini menunya']);
  assert.deepEqual(s.whatsapp.media.get(there.image.id).bytes, PNG);
  const before = s.page.sent.length;
  await settled(direct, await s.say(direct, 'Ini menunya juga', more), 'sent');
  await until('both', () => s.page.sent.length === before + 2);
  assert.deepEqual(s.page.sent.slice(before).map((m) => m.message.attachment?.type ?? m.message.text), ['image', 'Ini menunya juga']);
  await settled(public_, await s.say(public_, 'Ini fotonya', more), 'sent');
  assert.ok(s.page.sent.at(-1).attachment_id);
  const said = (await s.get(`/conversations/${wa.id}/messages`)).items.find((m) => m.text === 'Ini menunya');
  assert.deepEqual([said.attachments[0].type, said.attachments[0].state, said.attachments[0].name], ['image', 'stored', 'menu.png']);
  const shown = await s.client.get(`${s.base}/media/${file}`);
  assert.deepEqual(shown.bytes, PNG);
});

test('a file goes to X and Telegram; LINE and YouTube say that they take none', async () => {
  const more = { file: { hash: await upload(PNG), name: 'menu.png' } };
  const x = await s.row('tanya x-direct'), youtube = await s.row('tanya youtube'), [cici] = await line('minta foto line');
  await settled(x, await s.say(x, 'x menunya', more), 'sent');
  assert.equal(s.x.sent.at(-1).media.length, 1);
  s.bot.say(s.bot.person(7109999, 'Budi'), 'minta foto telegram');
  const budi = await s.row('minta foto telegram');
  await settled(budi, await s.say(budi, 'telegram menunya', more), 'sent');
  const refused = await s.say(cici, 'line menunya', more);
  await settled(cici, refused, 'refused');
  assert.equal((await pending(cici, refused)).fail_code, 'no_upload');
  const no = await s.say(youtube, 'youtube menunya', more);
  await settled(youtube, no, 'refused');
});

test('a file that nobody uploaded here, and a reply without anything, are named', async () => {
  const row = await whatsapp('berkas apa');
  const unknown = await trySay(row, { text: 'x', file: { hash: 'a'.repeat(64), name: 'x.png' } });
  assert.deepEqual([unknown.status, unknown.json.field], [400, 'file.hash']);
  assert.equal((await trySay(row, { text: '' })).json.field, 'text');
});
