// The panel's API against the real serve and a real PostgreSQL.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client, Installation, until } from './lib.mjs';

let it;
let owner;
let client;
let base;

// A channel with one conversation of three messages, as the ingest would have left it.
function seed(business, { transport = 1, platform = 5, name = 'Sari Wulandari', external = '1' } = {}) {
  const one = (sql) => it.cluster.one(sql);
  const channel = one(`INSERT INTO channel (business_id, platform, external_id, name, transport) VALUES (${business}, ${platform}, 'ch${external}', 'Bot', ${transport}) RETURNING id`);
  const contact = one(`INSERT INTO contact (business_id, name) VALUES (${business}, '${name}') RETURNING id`);
  const identity = one(`INSERT INTO identity (business_id, contact_id, platform, external_id, name) VALUES (${business}, ${contact}, ${platform}, 'u${external}', '${name}') RETURNING id`);
  const thread = one(`INSERT INTO thread (business_id, channel_id, type, external_id, contact_id) VALUES (${business}, ${channel}, 0, 'u${external}', ${contact}) RETURNING id`);
  const conversation = one(`INSERT INTO conversation (business_id, thread_id, channel_id, contact_id, first_at, last_at, wait_since, started_by, last_in_at, last_text, last_side, message_count)
    VALUES (${business}, ${thread}, ${channel}, ${contact}, now() - interval '3 minutes', now() - interval '1 minute', now() - interval '3 minutes', 1, now() - interval '1 minute', 'Halo 3', 1, 3) RETURNING id`);
  const messages = [3, 2, 1].map((ago, i) => one(`INSERT INTO message (business_id, thread_id, conversation_id, channel_id, external_id, direction, sender_kind, sent_at, text, identity_id, needs_reply)
    VALUES (${business}, ${thread}, ${conversation}, ${channel}, 'u${external}/${i + 1}', 1, 1, now() - interval '${ago} minutes', 'Halo ${i + 1}', ${identity}, true) RETURNING id`));
  one(`INSERT INTO wait (business_id, conversation_id, thread_id, started_at, started_by) VALUES (${business}, ${conversation}, ${thread}, now() - interval '3 minutes', ${messages[0]}) RETURNING id`);
  return { channel, contact, identity, thread, conversation, messages };
}

before(async () => {
  it = await Installation.make({ fsync: false });
  owner = it.addBusiness();
  await it.serve();
  client = await it.login(owner.email, owner.password);
  base = `/api/v1/b/${owner.business}`;
});
after(() => { if (process.env.SHOW_LOG) console.log(it.logs.get('serve').split('\n').filter((l) => /warn|error/.test(l)).join('\n')); it?.destroy(); });

describe('logging in', () => {
  test('a wrong password and an unknown e-mail get the same answer', async () => {
    const c = new Client(it);
    const wrong = await c.post('/api/v1/login', { email: owner.email, password: 'bukan-ini' });
    const unknown = await c.post('/api/v1/login', { email: 'tak@ada.example', password: 'bukan-ini' });
    assert.equal(wrong.status, 401);
    assert.equal(unknown.status, 401);
    assert.deepEqual(wrong.json, unknown.json);
    assert.equal(wrong.json.code, 'wrong_login');
    assert.match(wrong.headers['content-type'], /problem\+json/);
  });

  test('the cookie is HttpOnly and SameSite, and me tells where she may go', async () => {
    const c = new Client(it);
    const reply = await c.post('/api/v1/login', { email: owner.email.toUpperCase(), password: owner.password });
    assert.equal(reply.status, 200);
    assert.match(reply.headers['set-cookie'][0], /^tanggap=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    const me = await c.get('/api/v1/me');
    assert.equal(me.json.businesses[0].role, 'owner');
    assert.ok(me.json.businesses[0].permissions.includes('people.edit'));
    assert.equal(me.json.csrf, reply.json.csrf);
  });

  test('many wrong tries for one e-mail are slowed down', async () => {
    const c = new Client(it);
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push((await c.post('/api/v1/login', { email: 'korban@uji.example', password: 'salah' })).status);
    assert.deepEqual(statuses.slice(0, 5), [401, 401, 401, 401, 401]);
    assert.equal(statuses[5], 429);
    const reply = await c.post('/api/v1/login', { email: 'korban@uji.example', password: 'salah' });
    assert.ok(Number(reply.headers['retry-after']) >= 1);
    assert.equal(reply.json.code, 'slow_down');
  });

  test('logging out ends the session at once', async () => {
    const c = await it.login(owner.email, owner.password);
    assert.equal((await c.post('/api/v1/logout')).status, 204);
    c.cookie = client.cookie.replace(/=.*/, '=' + 'A'.repeat(43));
    assert.equal((await c.get('/api/v1/me')).status, 401);
  });

  test('a request without the CSRF token is refused', async () => {
    const c = await it.login(owner.email, owner.password);
    c.csrf = '';
    assert.equal((await c.patch('/api/v1/me', { theme: 'dark' })).status, 403);
    c.csrf = 'x'.repeat(43);
    assert.equal((await c.patch('/api/v1/me', { theme: 'dark' })).status, 403);
  });

  test('a new password ends the other sessions', async () => {
    const other = await it.login(owner.email, owner.password);
    const c = await it.login(owner.email, owner.password);
    assert.equal((await c.post('/api/v1/me/password', { old: 'bukan', new: 'rahasia-baru-1' })).json.field, 'old');
    assert.equal((await c.post('/api/v1/me/password', { old: owner.password, new: 'rahasia-baru-1' })).status, 204);
    assert.equal((await other.get('/api/v1/me')).status, 401);
    assert.equal((await c.get('/api/v1/me')).status, 200);
    assert.equal((await c.post('/api/v1/me/password', { old: 'rahasia-baru-1', new: owner.password })).status, 204);
    client = await it.login(owner.email, owner.password);
  });
});

describe('the inbox', () => {
  let made;
  before(() => { made = seed(owner.business, { external: 'inbox' }); });

  test('lists who waits, longest first, with names', async () => {
    const reply = await client.get(`${base}/conversations?view=waiting`);
    assert.equal(reply.status, 200);
    const row = reply.json.items.find((r) => r.id === made.conversation);
    assert.equal(row.name, 'Sari Wulandari');
    assert.equal(row.platform, 'telegram');
    assert.equal(row.unread, true);
    assert.equal(row.preview_side, 'in');
    assert.equal(reply.json.next, null);
  });

  test('pages by keyset without losing or repeating a row', async () => {
    for (let i = 0; i < 7; i++) seed(owner.business, { external: `page${i}`, name: `Orang ${i}` });
    for (const view of ['waiting', 'open', 'unassigned']) {
      const seen = [];
      let next = '';
      do {
        const reply = await client.get(`${base}/conversations?view=${view}&limit=3${next ? `&after=${next}` : ''}`);
        seen.push(...reply.json.items.map((r) => r.id));
        next = reply.json.next;
      } while (next);
      assert.equal(new Set(seen).size, seen.length);
      assert.equal(seen.length, Number(it.cluster.one(`SELECT count(*) FROM conversation WHERE business_id = ${owner.business} AND is_head AND status = 0`)));
    }
  });

  test('counts what the views hold', async () => {
    const counts = (await client.get(`${base}/counts`)).json;
    assert.equal(counts.waiting, 8);
    assert.equal(counts.mine, 0);
    assert.equal(counts.resolved, null);
    assert.ok(Date.parse(counts.oldest_wait) < Date.now());
  });

  test('shows one conversation with its contact and what may be answered', async () => {
    const c = (await client.get(`${base}/conversations/${made.conversation}`)).json;
    assert.equal(c.contact_detail.name, 'Sari Wulandari');
    assert.equal(c.reply_by, 'platform');
    assert.equal(c.max_text_units, 4096);
    assert.equal(c.last_message, made.messages[2]);
    assert.equal(c.episodes.length, 1);
  });

  test('shows messages newest first', async () => {
    const page = (await client.get(`${base}/conversations/${made.conversation}/messages?limit=2`)).json;
    assert.deepEqual(page.items.map((m) => m.text), ['Halo 3', 'Halo 2']);
    assert.deepEqual(page.pending, []);
    const rest = (await client.get(`${base}/conversations/${made.conversation}/messages?limit=2&after=${page.next}`)).json;
    assert.deepEqual(rest.items.map((m) => m.text), ['Halo 1']);
    assert.equal(rest.next, null);
    assert.equal(rest.pending, undefined);
  });

  test('having read makes the row read', async () => {
    assert.equal((await client.post(`${base}/conversations/${made.conversation}/read`, { message: made.messages[2] })).status, 204);
    assert.equal((await client.get(`${base}/conversations/${made.conversation}`)).json.unread, false);
  });

  test('a bad cursor, view or id names what is wrong', async () => {
    assert.equal((await client.get(`${base}/conversations?view=lain`)).json.field, 'view');
    assert.equal((await client.get(`${base}/conversations?after=x`)).json.field, 'after');
    assert.equal((await client.get(`${base}/conversations?limit=9999`)).json.field, 'limit');
    assert.equal((await client.get(`${base}/conversations/0`)).status, 404);
    assert.equal((await client.get(`${base}/conversations/99999999`)).status, 404);
  });
});

describe('acting', () => {
  let made;
  before(() => { made = seed(owner.business, { external: 'act', name: 'Budi' }); });
  const at = (verb) => `${base}/conversations/${made.conversation}/${verb}`;

  test('resolve stops the clock, reopen undoes it, both leave a line', async () => {
    const resolved = await client.post(at('resolve'));
    assert.equal(resolved.status, 200, resolved.text);
    assert.equal(resolved.json.status, 'resolved');
    assert.equal(resolved.json.wait_since, null);
    assert.equal((await client.post(at('resolve'))).status, 200);
    const again = await client.post(at('reopen'));
    assert.equal(again.json.status, 'open');
    const page = (await client.get(at('messages'))).json;
    assert.deepEqual(page.activity.map((a) => a.kind), ['reopened', 'resolved']);
  });

  test('assign takes members only', async () => {
    const me = client.me.person.id;
    assert.equal((await client.post(at('assign'), { person: me })).json.assignee, me);
    assert.equal((await client.post(at('assign'), { person: '424242' })).json.field, 'person');
    assert.equal((await client.post(at('assign'), { person: null })).json.assignee, null);
  });

  test('no reply needed stops the clock', async () => {
    const row = (await client.post(at('no-reply'), { reason: 'thanks' })).json;
    assert.equal(row.wait_since, null);
    assert.equal(row.status, 'open');
  });

  test('spam and back', async () => {
    assert.equal((await client.post(at('spam'))).json.status, 'spam');
    assert.equal((await client.post(at('resolve'))).status, 409);
    assert.equal((await client.post(at('not-spam'))).json.status, 'open');
  });

  test('the audit chain holds', () => {
    it.command(['audit', 'verify']);
  });
});

describe('replying', () => {
  let made;
  before(() => { made = seed(owner.business, { external: 'send', name: 'Rina' }); });
  const url = () => `${base}/conversations/${made.conversation}/messages`;

  test('one key sends once', async () => {
    const headers = { 'idempotency-key': 'kunci-yang-sama-1' };
    const first = await client.post(url(), { text: 'Siap kak', seen: made.messages[2] }, headers);
    assert.equal(first.status, 201, first.text);
    assert.equal(first.json.state, 'queued');
    const second = await client.post(url(), { text: 'Siap kak', seen: made.messages[2] }, headers);
    assert.equal(second.json.id, first.json.id);
    assert.equal(it.cluster.one(`SELECT count(*) FROM outbox WHERE thread_id = ${made.thread}`), '1');
    assert.equal(it.cluster.one(`SELECT count(*) FROM ready WHERE business_id = ${owner.business} AND kind = 2`), '1');
    const page = (await client.get(url())).json;
    assert.equal(page.pending[0].text, 'Siap kak');
    assert.equal((await client.post(`${base}/outbox/${first.json.id}/cancel`)).status, 204);
    assert.equal((await client.post(`${base}/outbox/${first.json.id}/cancel`)).status, 409);
  });

  test('two clicks with one key at the same moment send once', async () => {
    const headers = { 'idempotency-key': 'kunci-bersamaan-1' };
    const both = await Promise.all([1, 2, 3, 4].map(() => client.post(url(), { text: 'Bersamaan', seen: made.messages[2] }, headers)));
    assert.deepEqual(both.map((r) => r.status), [201, 201, 201, 201], both.map((r) => r.text).join());
    assert.equal(new Set(both.map((r) => r.json.id)).size, 1);
    await client.post(`${base}/outbox/${both[0].json.id}/cancel`);
  });

  test('something newer refuses the reply and says what', async () => {
    const reply = await client.post(url(), { text: 'Terlambat', seen: made.messages[1] });
    assert.equal(reply.status, 409);
    assert.equal(reply.json.code, 'newer_message');
    assert.equal(reply.json.newest, made.messages[2]);
    assert.equal((await client.post(url(), { text: 'Terlambat', seen: null })).status, 409);
    const forced = await client.post(url(), { text: 'Tetap kirim', seen: made.messages[1], force: true });
    assert.equal(forced.status, 201);
    await client.post(`${base}/outbox/${forced.json.id}/cancel`);
  });

  test('without an idempotency key nothing is created', async () => {
    const reply = await client.call('POST', url(), { text: 'x', seen: made.messages[2] });
    assert.equal(reply.status, 400);
    assert.equal(reply.json.field, 'Idempotency-Key');
  });

  test('a channel of imported files notes the reply as sent by hand', async () => {
    const file = seed(owner.business, { external: 'file', transport: 0, platform: 1, name: 'Dewi' });
    const c = (await client.get(`${base}/conversations/${file.conversation}`)).json;
    assert.equal(c.reply_by, 'hand');
    const reply = await client.post(`${base}/conversations/${file.conversation}/messages`, { text: 'Baik bu', seen: file.messages[2] });
    assert.equal(reply.status, 201, reply.text);
    assert.equal(reply.json.message.delivery, 'by_hand');
    assert.equal(reply.json.state, 'sent');
    const row = (await client.get(`${base}/conversations/${file.conversation}`)).json;
    assert.equal(row.preview, 'Baik bu');
    assert.equal(row.wait_since, null);
  });
});

describe('tenants and roles', () => {
  test('a person of another business sees nothing, and cannot tell what exists', async () => {
    const other = it.addBusiness('Kedai Lain', 'lain@uji.example', 'rahasia-lain-123');
    const stranger = await it.login(other.email, other.password);
    const made = seed(owner.business, { external: 'tenant' });
    assert.equal((await stranger.get(`${base}/conversations`)).status, 404);
    assert.equal((await stranger.get(`/api/v1/b/${other.business}/conversations/${made.conversation}`)).status, 404);
    assert.equal((await stranger.post(`/api/v1/b/${other.business}/conversations/${made.conversation}/messages`, { text: 'x', seen: null })).status, 404);
  });

  test('an observer may look but not act', async () => {
    const made = await client.post(`${base}/people`, { email: 'amati@uji.example', name: 'Pengamat', role: 'observer', password: 'rahasia-amati' });
    assert.equal(made.status, 201, made.text);
    const observer = await it.login('amati@uji.example', 'rahasia-amati');
    const row = (await observer.get(`${base}/conversations`)).json.items[0];
    assert.equal((await observer.post(`${base}/conversations/${row.id}/resolve`)).status, 403);
    assert.equal((await observer.post(`${base}/people`, { email: 'x@uji.example', name: 'x', role: 'owner', password: 'rahasia-amati' })).status, 403);
    const list = (await client.get(`${base}/people`)).json;
    assert.deepEqual(list.map((p) => p.role), ['owner', 'observer']);
    const locked = await client.patch(`${base}/people/${made.json.id}`, { disabled: true });
    assert.equal(locked.json.disabled, true);
    assert.equal((await observer.get('/api/v1/me')).status, 401);
  });

  test('the last owner stays', async () => {
    assert.equal((await client.patch(`${base}/people/${client.me.person.id}`, { role: 'agent' })).status, 422);
  });
});

describe('contacts, channels, archives', () => {
  test('contacts are found, renamed, and their erasure is queued', async () => {
    const made = seed(owner.business, { external: 'kontak', name: 'Zaenal Abidin' });
    const found = (await client.get(`${base}/contacts?q=zaenal`)).json.items;
    assert.equal(found.length, 1);
    assert.equal(found[0].identities[0].platform, 'telegram');
    const renamed = await client.patch(`${base}/contacts/${made.contact}`, { name: 'Pak Zaenal' });
    assert.equal(renamed.json.name, 'Pak Zaenal');
    assert.equal(renamed.json.conversations[0].id, made.conversation);
    assert.equal((await client.delete(`${base}/contacts/${made.contact}`)).status, 202);
    assert.equal(it.cluster.one(`SELECT count(*) FROM job WHERE kind = 4`), '1');
  });

  test('two contacts with one number are suggested, merged, taken apart, and not suggested again', async () => {
    const [a, b] = ['satu', 'dua'].map((external) => seed(owner.business, { external, name: `Kembar ${external}` }));
    it.cluster.sql(`UPDATE identity SET phone = '6281200001111' WHERE id IN (${a.identity}, ${b.identity})`);
    const suggested = async () => (await client.get(`${base}/contacts/${a.contact}/suggestions`)).json.items;
    const [one] = await suggested();
    assert.equal(one.id, b.contact);
    assert.deepEqual(one.reasons, [{ kind: 'phone', value: '6281200001111', is_theirs: false }]);
    const merged = await client.post(`${base}/contacts/${a.contact}/merges`, { other: b.contact });
    assert.equal(merged.status, 201, merged.text);
    assert.deepEqual(await suggested(), []);
    const both = (await client.get(`${base}/contacts/${b.contact}`)).json;
    assert.equal(both.id, a.contact);
    assert.equal(both.conversations.length, 2);
    assert.equal((await client.get(`${base}/contacts?q=0812-0000-1111`)).json.items.length, 1);
    const lines = (await client.get(`${base}/conversations/${b.conversation}/messages`)).json.activity;
    assert.equal(lines[0].kind, 'merged');
    assert.equal((await client.post(`${base}/contacts/${a.contact}/apart`, { other: b.contact })).status, 409);
    assert.equal((await client.post(`${base}/merges/${merged.json.id}/undo`)).status, 200);
    assert.equal((await client.post(`${base}/merges/${merged.json.id}/undo`)).status, 200);
    assert.deepEqual(await suggested(), []);
    const log = (await client.get(`${base}/contacts/${a.contact}/merges`)).json.items;
    assert.equal(log.length, 1);
    assert.ok(log[0].undone_at);
    assert.equal((await client.post(`${base}/contacts/${a.contact}/apart`, { other: a.contact })).status, 400);
    assert.equal((await client.post(`${base}/contacts/${a.contact}/merges`, { other: '999999999' })).status, 400);
  });

  test('who only looks merges nobody', async () => {
    const made = await client.post(`${base}/people`, { email: 'lihat@uji.example', name: 'Pelihat', role: 'observer', password: 'rahasia-lihat' });
    assert.equal(made.status, 201, made.text);
    const observer = await it.login('lihat@uji.example', 'rahasia-lihat');
    const contact = seed(owner.business, { external: 'lihat', name: 'Yang Dilihat' }).contact;
    assert.equal((await observer.get(`${base}/contacts/${contact}/suggestions`)).status, 200);
    assert.equal((await observer.post(`${base}/contacts/${contact}/merges`, { other: '1' })).status, 403);
    assert.equal((await observer.post(`${base}/contacts/${contact}/apart`, { other: '1' })).status, 403);
    assert.equal((await observer.post(`${base}/merges/1/undo`)).status, 403);
  });

  test('all contacts page by name', async () => {
    const names = [];
    let next = '';
    do {
      const reply = (await client.get(`${base}/contacts?limit=3${next ? `&after=${next}` : ''}`)).json;
      names.push(...reply.items.map((c) => c.id));
      next = reply.next;
    } while (next);
    assert.equal(new Set(names).size, Number(it.cluster.one(`SELECT count(*) FROM contact WHERE business_id = ${owner.business} AND erased_at IS NULL`)));
  });

  test('a token is sealed, never given back, and checked by work', async () => {
    const token = '7000000001:' + 'A'.repeat(35);
    const reply = await client.post(`${base}/channels`, { platform: 'telegram', token });
    assert.equal(reply.status, 201, reply.text);
    assert.equal(reply.json.status, 'checking');
    assert.doesNotMatch(reply.text, /AAAA/);
    const sealed = it.cluster.one(`SELECT encode(token_sealed, 'hex') FROM channel WHERE external_id = '7000000001'`);
    assert.ok(sealed.length > 80 && !sealed.includes('41414141'));
    assert.equal(it.cluster.one(`SELECT count(*) FROM job WHERE kind = 3`), '1');
    assert.equal((await client.post(`${base}/channels`, { platform: 'telegram', token: 'bukan token yang benar' })).json.field, 'token');
    assert.equal((await client.post(`${base}/channels/${reply.json.id}/pause`)).json.status, 'paused');
    assert.equal((await client.delete(`${base}/channels/${reply.json.id}`)).status, 204);
    assert.ok(!(await client.get(`${base}/channels`)).json.items.some((c) => c.id === reply.json.id));
  });

  test('an upload resumes where it broke off', async () => {
    const made = (await client.post(`${base}/archives`, { file_name: 'obrolan.txt', size: 10 })).json;
    const at = `${base}/archives/${made.id}`;
    assert.equal((await client.put(`${at}/bytes?offset=0`, Buffer.from('12345'))).json.received, 5);
    const wrong = await client.put(`${at}/bytes?offset=0`, Buffer.from('12345'));
    assert.equal(wrong.status, 409);
    assert.equal(wrong.json.code, 'bad_offset');
    assert.equal(wrong.json.received, 5);
    assert.equal((await client.post(`${at}/start`)).status, 409);
    assert.equal((await client.put(`${at}/bytes?offset=5`, Buffer.from('678901'))).status, 413);
    assert.equal((await client.put(`${at}/bytes?offset=5`, Buffer.from('67890'))).json.received, 10);
    const started = await client.post(`${at}/start`, { zone: 'Asia/Makassar', date_order: 'dmy' });
    assert.equal(started.status, 202, started.text);
    assert.equal(started.json.state, 'queued');
    assert.deepEqual(started.json.options, { zone: 'Asia/Makassar', date_order: 'dmy' });
    assert.equal((await client.delete(at)).status, 204);
  });
});

describe('events', () => {
  test('what one person does reaches the other panel', async () => {
    const made = seed(owner.business, { external: 'sse' });
    const stream = client.events(`${base}/events`);
    assert.equal(await stream.opened, 200);
    await client.post(`${base}/conversations/${made.conversation}/assign`, { person: client.me.person.id });
    await until('the event', () => stream.seen.some((e) => e.event === 'conversation' && e.data.thread === made.thread));
    const last = stream.seen.at(-1).id;
    stream.close();
    await client.post(`${base}/conversations/${made.conversation}/assign`, { person: null });
    const again = client.events(`${base}/events`, { 'last-event-id': last });
    await until('the missed event', () => again.seen.some((e) => Number(e.id) > Number(last)));
    again.close();
    const old = client.events(`${base}/events`, { 'last-event-id': '12' });
    await until('the reset', () => old.seen.some((e) => e.event === 'reset'));
    old.close();
  });
});

describe('the description', () => {
  // Every member is listed and every required one is there; enough of JSON Schema for what we write.
  function faults(schema, value, at, all) {
    if (schema.$ref) return faults(all[schema.$ref.split('/').at(-1)], value, at, all);
    if (schema.anyOf) {
      const tries = schema.anyOf.map((one) => faults(one, value, at, all));
      return tries.some((t) => t.length === 0) ? [] : tries[0];
    }
    const found = [];
    const type = value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
    if (schema.type && ![schema.type].flat().includes(type)) found.push(`${at}: ${type} instead of ${schema.type}`);
    if (schema.enum && !schema.enum.includes(value)) found.push(`${at}: ${value} is none of ${schema.enum}`);
    if (schema.format === 'date-time' && type === 'string' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) found.push(`${at}: ${value} is no time`);
    if (type === 'array' && schema.items) value.forEach((v, i) => found.push(...faults(schema.items, v, `${at}[${i}]`, all)));
    if (type === 'object' && schema.properties) {
      for (const key of schema.required ?? []) if (!(key in value)) found.push(`${at}.${key} is missing`);
      for (const [key, v] of Object.entries(value)) {
        if (!(key in schema.properties)) found.push(`${at}.${key} is not described`);
        else found.push(...faults(schema.properties[key], v, `${at}.${key}`, all));
      }
    }
    return found;
  }

  test('real answers have the shape that openapi.json tells', async () => {
    const doc = (await client.get('/api/v1/openapi.json')).json;
    const all = doc.components.schemas;
    const made = seed(owner.business, { external: 'shape', name: 'Bentuk' });
    await client.post(`${base}/conversations/${made.conversation}/messages`, { text: 'Siap', seen: made.messages[2], reply_to: made.messages[1] });
    const [twin, part] = ['twin', 'part'].map((external) => seed(owner.business, { external, name: 'Bentuk' }));
    it.cluster.sql(`UPDATE identity SET phone = '6281200002222' WHERE id IN (${made.identity}, ${twin.identity})`);
    await client.post(`${base}/contacts/${made.contact}/merges`, { other: part.contact });
    const archive = (await client.post(`${base}/archives`, { file_name: 'a.txt', size: 3 })).json;
    const ids = { conversations: made.conversation, contacts: made.contact, messages: made.messages[0], archives: archive.id };
    let looked = 0;
    for (const [pattern, methods] of Object.entries(doc.paths)) {
      const content = methods.get?.responses['200']?.content?.['application/json'];
      if (!content || pattern === '/api/v1/openapi.json') continue;
      const kind = pattern.match(/\/(\w+)\/\{id\}/)?.[1];
      const reply = await client.get(pattern.replace('{business}', owner.business).replace('{id}', ids[kind]));
      assert.equal(reply.status, 200, pattern);
      assert.deepEqual(faults(content.schema, reply.json, pattern, all), []);
      looked++;
    }
    assert.ok(looked >= 12, `${looked} routes`);
    const problem = await client.get(`${base}/conversations/999999999`);
    assert.deepEqual(faults(all.Problem, problem.json, 'problem', all), []);
  });
});

describe('the edges', () => {
  test('every answer forbids what a page of ours never needs', async () => {
    const reply = await client.get('/api/v1/me');
    assert.equal(reply.headers['x-content-type-options'], 'nosniff');
    assert.match(reply.headers['content-security-policy'], /frame-ancestors 'none'/);
    assert.equal(reply.headers['cache-control'], 'no-store');
    assert.equal(reply.headers['strict-transport-security'], undefined);
  });

  test('unknown addresses, wrong methods and odd bodies are told apart', async () => {
    assert.equal((await client.get('/api/v1/tidak-ada')).status, 404);
    const method = await client.call('PUT', '/api/v1/me', {});
    assert.equal(method.status, 405);
    assert.equal(method.headers.allow, 'GET, HEAD, PATCH');
    assert.equal((await client.patch('/api/v1/me', { them: 'dark' })).json.field, 'them');
    const form = await client.call('PATCH', '/api/v1/me', undefined, { 'content-type': 'text/plain' });
    assert.equal(form.status, 400);
    assert.equal((await client.get('/api/v1/b/%2e%2e%2f1/counts')).status, 400);
    assert.equal((await client.get('/a%00b')).status, 400);
  });

  test('languages: Indonesian unless the browser asks for English', async () => {
    const c = new Client(it);
    const id = (await c.get('/api/v1/me')).json.detail;
    const en = (await c.get('/api/v1/me', { 'accept-language': 'en-GB,en' })).json.detail;
    assert.notEqual(id, en);
  });

  test('health, readiness, metrics', async () => {
    assert.equal((await it.fetch('/healthz')).status, 200);
    assert.equal((await it.fetch('/readyz')).status, 200);
    assert.match((await it.fetch('/metrics')).text, /tanggap_http_requests_total \d+/);
  });
});
