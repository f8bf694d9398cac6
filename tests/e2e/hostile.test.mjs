// What strangers, other tenants and two people at the same instant must not achieve. Each test is named after a fault
// that was found or looked for.
import assert from 'node:assert/strict';
import { copyFileSync, renameSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client, Installation, until } from './lib.mjs';

const secret = 'rahasia-hook-uji-0123456789';
const hook = '/hooks/telegram/hookuji-0123456789';
const password = 'rahasia-uji-123';
let it;
let owner;
let client;
let base;
let nextPlace = 1;

// A direct conversation with one waiting message of a customer.
function seed(business = owner.business) {
  const one = (sql) => it.cluster.one(sql);
  const n = nextPlace++;
  const channel = one(`INSERT INTO channel (business_id, platform, external_id, name, transport) VALUES (${business}, 5, 'bot${n}', 'Bot', 1) RETURNING id`);
  const contact = one(`INSERT INTO contact (business_id, name) VALUES (${business}, 'Bu Tuti') RETURNING id`);
  const thread = one(`INSERT INTO thread (business_id, channel_id, type, external_id, contact_id) VALUES (${business}, ${channel}, 0, 'u${n}', ${contact}) RETURNING id`);
  const conversation = one(`INSERT INTO conversation (business_id, thread_id, channel_id, contact_id, first_at, last_at) VALUES (${business}, ${thread}, ${channel}, ${contact}, now() - interval '1 minute', now() - interval '1 minute') RETURNING id`);
  const message = one(`INSERT INTO message (business_id, thread_id, conversation_id, channel_id, external_id, direction, sender_kind, sent_at, text)
    VALUES (${business}, ${thread}, ${conversation}, ${channel}, 'u${n}/1', 1, 1, now() - interval '1 minute', 'Halo') RETURNING id`);
  return { channel, contact, thread, conversation, message };
}

function addPerson(email, role, business = owner.business) {
  it.command(['person', 'add', '--email', email, '--name', email.split('@')[0], '--business', business, '--role', role],
    { input: `${password}\n` });
}

// A request whose bytes no client library would send.
function raw(bytes) {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect(it.port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('latin1').on('data', (piece) => { text += piece; }).once('error', reject).once('close', () => resolve(text));
  });
}

before(async () => {
  it = await Installation.make({ fsync: false, env: { TANGGAP_HTTP_TRUSTED_PROXY: '127.0.0.1' } });
  owner = it.addBusiness();
  it.cluster.sql(`INSERT INTO hook (key, platform, secret) VALUES ('hookuji-0123456789', 5, '${secret}')`);
  addPerson('dua@uji.example', 'agent');
  addPerson('tiga@uji.example', 'agent');
  await it.serve();
  client = await it.login(owner.email, owner.password);
  base = `/api/v1/b/${owner.business}`;
});
after(() => it?.destroy());

describe('two people at the same instant', () => {
  test('one answers, the others are told', async () => {
    const agents = [client, await it.login('dua@uji.example', password), await it.login('tiga@uji.example', password)];
    for (let round = 0; round < 10; round++) {
      const made = seed();
      const replies = await Promise.all(agents.map((a, i) =>
        a.post(`${base}/conversations/${made.conversation}/messages`, { text: `Jawaban ${i}`, seen: made.message })));
      assert.deepEqual(replies.map((r) => r.status).sort(), [201, 409, 409], replies.map((r) => r.text).join());
      assert.ok(replies.filter((r) => r.status === 409).every((r) => r.json.code === 'newer_message'));
      assert.equal(it.cluster.one(`SELECT count(*) FROM outbox WHERE thread_id = ${made.thread}`), '1');
    }
  });

  test('a colleague\'s reply that may have arrived is something newer', async () => {
    const made = seed();
    const url = `${base}/conversations/${made.conversation}/messages`;
    const first = await client.post(url, { text: 'Siap', seen: made.message });
    it.cluster.sql(`UPDATE outbox SET state = 4, done_at = now() WHERE id = ${first.json.id}`);
    const other = await it.login('dua@uji.example', password);
    const refused = await other.post(url, { text: 'Siap juga', seen: made.message });
    assert.equal(refused.json.code, 'newer_message', refused.text);
    await client.post(`${base}/outbox/${first.json.id}/cancel`);
    assert.equal((await other.post(url, { text: 'Siap juga', seen: made.message })).status, 201);
  });

  test('sending again is refused when a colleague has answered meanwhile, or does so at the same instant', async () => {
    const other = await it.login('dua@uji.example', password);
    for (let round = 0; round < 8; round++) {
      const made = seed();
      const url = `${base}/conversations/${made.conversation}/messages`;
      const first = (await client.post(url, { text: 'Siap', seen: made.message })).json.id;
      it.cluster.sql(`UPDATE outbox SET state = 3, done_at = now() WHERE id = ${first}`);
      const again = () => client.post(`${base}/outbox/${first}/retry`, { seen: made.message });
      const both = await Promise.all([again(), other.post(url, { text: 'Saya jawab', seen: made.message })]);
      assert.deepEqual(both.map((r) => r.status >= 400), [both[1].status === 201, both[1].status !== 201], both.map((r) => r.text).join());
      const refused = both.find((r) => r.status >= 400);
      assert.equal(refused.json.code, 'newer_message', refused.text);
      assert.equal(it.cluster.one(`SELECT count(*) FROM outbox WHERE thread_id = ${made.thread} AND state = 0`), '1');
    }
  });

  test('two owners cannot demote each other into a business without one', async () => {
    const names = ['satu@pemilik.example', 'dua@pemilik.example'];
    const business = JSON.parse(it.command(['business', 'add', '--name', 'Dua Pemilik', '--json'])).id;
    for (const email of names) addPerson(email, 'owner', business);
    const both = await Promise.all(names.map((email) => it.login(email, password)));
    for (let round = 0; round < 10; round++) {
      it.cluster.sql(`UPDATE member SET role = 1 WHERE business_id = ${business}`);
      await Promise.all(both.map((c, i) => c.patch(`/api/v1/b/${business}/people/${both[1 - i].me.person.id}`, { role: 'agent' })));
      assert.notEqual(it.cluster.one(`SELECT count(*) FROM member WHERE business_id = ${business} AND role = 1`), '0');
    }
  });
});

describe('idempotency keys', () => {
  test('a key used again for other words is refused, not swallowed', async () => {
    const made = seed();
    const other = seed();
    const headers = { 'idempotency-key': 'kunci-dipakai-lagi' };
    const url = (m) => `${base}/conversations/${m.conversation}/messages`;
    assert.equal((await client.post(url(made), { text: 'Satu', seen: made.message }, headers)).status, 201);
    for (const reply of [
      await client.post(url(made), { text: 'Dua', seen: made.message }, headers),
      await client.post(url(other), { text: 'Satu', seen: other.message }, headers),
    ]) {
      assert.equal(reply.status, 409);
      assert.equal(reply.json.code, 'conflict');
    }
  });

  test('one key at the same moment makes one archive, and asked again everybody gets it', async () => {
    const headers = { 'idempotency-key': 'arsip-bersamaan-1' };
    const make = () => client.post(`${base}/archives`, { file_name: 'chat.txt', size: 10 }, headers);
    const first = await Promise.all([1, 2, 3, 4].map(make));
    assert.ok(first.every((r) => [201, 503].includes(r.status)), first.map((r) => r.text).join());
    const again = await Promise.all([1, 2, 3, 4].map(make));
    assert.equal(new Set(again.map((r) => r.json.id)).size, 1);
    assert.equal(it.cluster.one(`SELECT count(*) FROM archive WHERE file_name = 'chat.txt'`), '1');
  });
});

describe('logging in', () => {
  const from = (address) => ({ 'x-forwarded-for': address });
  const login = (email, secretWord, address) => new Client(it).post('/api/v1/login', { email, password: secretWord }, from(address));

  test('a stranger who guesses cannot keep the owner out', async () => {
    for (let i = 0; i < 12; i++) await login(owner.email, 'tebakan', '203.0.113.9');
    assert.equal((await login(owner.email, owner.password, '203.0.113.9')).status, 429);
    assert.equal((await login(owner.email, owner.password, '198.51.100.7')).status, 200);
  });

  test('one IPv6 network is one address', async () => {
    const statuses = [];
    for (let i = 1; i <= 8; i++) statuses.push((await login('dua@uji.example', 'tebakan', `2001:db8:1:2::${i}`)).status);
    assert.ok(statuses.includes(429), statuses.join());
  });

  test('what a client claims before the proxy\'s own word is not believed', async () => {
    const statuses = [];
    for (let i = 1; i <= 8; i++) statuses.push((await login('tiga@uji.example', 'tebakan', `192.0.2.${i}, 203.0.113.77`)).status);
    assert.ok(statuses.includes(429), statuses.join());
  });

  test('a browser whose name is not UTF-8 gets in, and so does one whose name is long', async () => {
    const body = JSON.stringify({ email: owner.email, password: owner.password });
    for (const agent of ['HP J\xe9r\xf4me', `${'x'.repeat(199)}\xc3\xa9\xc3\xa9`]) {
      const answer = await raw(Buffer.from(`POST /api/v1/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: ${agent}\r\n`
        + `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`, 'latin1'));
      assert.match(answer, /^HTTP\/1\.1 200 /);
    }
  });
});

describe('bodies in flight', () => {
  // An upload that sends all but its last byte.
  function hold() {
    const piece = Buffer.alloc(4 * 1024 * 1024 - 1, 32);
    return new Promise((resolve) => {
      const socket = net.connect(it.port, '127.0.0.1', () => {
        socket.write(`PUT ${base}/archives/1/bytes?offset=0 HTTP/1.1\r\nHost: x\r\nCookie: tanggap=${'A'.repeat(43)}\r\nContent-Type: application/octet-stream\r\n`
          + `Content-Length: ${piece.length + 1}\r\n\r\n`);
        socket.write(piece, () => resolve(socket));
      });
      socket.on('error', () => {}).on('close', () => resolve(socket)).resume();
    });
  }

  test('without a cookie no body is taken', async () => {
    assert.match(await raw(`PUT ${base}/archives/1/bytes?offset=0 HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n`
      + 'Content-Length: 4000000\r\n\r\n'), /^HTTP\/1\.1 401 /);
  });

  test('strangers who hold all they may leave room for logging in and for webhooks', async () => {
    const sockets = [];
    const long = () => client.put(`${base}/archives/1/bytes?offset=0`, Buffer.alloc(300 * 1024));
    await until('all room for long bodies to be taken', async () => {
      sockets.push(await hold());
      return (await long()).status === 503;
    });
    const reply = await new Client(it).post('/api/v1/login', { email: owner.email, password: owner.password }, { 'x-forwarded-for': '198.51.100.8' });
    const delivered = await it.fetch(hook, { method: 'POST', body: '{}', headers: { 'x-telegram-bot-api-secret-token': secret } });
    sockets.forEach((s) => s.destroy());
    assert.equal(reply.status, 200, reply.text);
    assert.equal(delivered.status, 200);
    await until('room for long bodies again', async () => (await long()).status !== 503);
    it.cluster.sql('DELETE FROM delivery');
  });
});

describe('webhooks', () => {
  test('a content type that no table takes harms no neighbour', async () => {
    const call = (i) => raw(Buffer.from(`POST ${hook} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Telegram-Bot-Api-Secret-Token: ${secret}\r\n`
      + `Content-Type: ${i % 4 ? 'application/json' : 'text/\xff\xfe'}\r\nContent-Length: 2\r\n\r\n{}`, 'latin1'));
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => call(i)));
    assert.ok(answers.every((a) => a.startsWith('HTTP/1.1 200 ')), answers.find((a) => !a.startsWith('HTTP/1.1 200 ')));
    assert.equal(it.cluster.one('SELECT count(*) FROM delivery'), '60');
  });
});

describe('another tenant', () => {
  test('reaches nothing by any id of ours', async () => {
    const made = seed();
    const business = JSON.parse(it.command(['business', 'add', '--name', 'Tetangga', '--json'])).id;
    addPerson('tetangga@uji.example', 'owner', business);
    const there = await it.login('tetangga@uji.example', password);
    const own = `/api/v1/b/${business}`;
    const archive = (await client.post(`${base}/archives`, { file_name: 'milik-kami.txt', size: 4 })).json.id;
    const reply = (await client.post(`${base}/conversations/${made.conversation}/messages`, { text: 'Ya', seen: made.message })).json.id;
    it.cluster.sql(`INSERT INTO media (business_id, hash, size, mime) VALUES (${owner.business}, decode(repeat('ab', 32), 'hex'), 1, 'image/png')`);
    const tries = [
      ['GET', `/media/${'ab'.repeat(32)}`], ['GET', `/archives/${archive}`], ['DELETE', `/archives/${archive}`],
      ['PUT', `/archives/${archive}/bytes?offset=0`, Buffer.from('isi!')], ['POST', `/archives/${archive}/start`, {}],
      ['POST', `/outbox/${reply}/cancel`, {}], ['POST', `/outbox/${reply}/retry`, { confirm: true }],
      ['GET', `/conversations/${made.conversation}`], ['POST', `/conversations/${made.conversation}/resolve`, {}],
      ['POST', `/conversations/${made.conversation}/messages`, { text: 'x', seen: made.message }],
      ['POST', `/conversations/${made.conversation}/assign`, { person: client.me.person.id }],
      ['GET', `/contacts/${made.contact}`], ['PATCH', `/contacts/${made.contact}`, { name: 'x' }], ['DELETE', `/contacts/${made.contact}`],
      ['DELETE', `/channels/${made.channel}`], ['POST', `/channels/${made.channel}/pause`, {}],
    ];
    for (const [method, path, body] of tries) {
      const headers = { 'idempotency-key': `coba-${method}-${path.length}-000` };
      assert.equal((await there.call(method, own + path, body, headers)).status, 404, `${method} ${path}`);
      assert.equal((await there.call(method, base + path, body, headers)).status, 404, `${method} ${path} under our name`);
    }
    assert.equal((await there.call('PATCH', `${own}/people/${client.me.person.id}`, { disabled: true })).status, 422);
    const stream = there.events(`${base}/events`);
    assert.equal(await stream.opened, 404);
    stream.close();
    assert.equal(it.cluster.one(`SELECT received || '/' || state FROM archive WHERE id = ${archive}`), '0/0');
    assert.equal(it.cluster.one(`SELECT state FROM outbox WHERE id = ${reply}`), '0');
  });
});

describe('the audit log', () => {
  test('names a contact only by the hash that erasing makes meaningless', async () => {
    const made = seed();
    assert.equal((await client.patch(`${base}/contacts/${made.contact}`, { name: 'Bu Tuti (langganan)' })).status, 200);
    assert.equal((await client.delete(`${base}/contacts/${made.contact}`)).status, 202);
    const objects = it.cluster.sql(`SELECT object FROM audit WHERE action IN ('contact.rename', 'contact.erase') AND business_id = ${owner.business}`).flat();
    assert.equal(objects.length, 2);
    assert.equal(objects[0], objects[1]);
    assert.match(objects[0], /^contact:[0-9a-f]{32}$/);
  });
});

describe('the sealing key', () => {
  test('a rotation that was cut off between its two files is finished', async () => {
    await it.end('serve');
    const key = (name) => path.join(it.state, 'keys', name);
    copyFileSync(key('seal.key'), key('before'));
    it.command(['key', 'rotate']);
    renameSync(key('seal.key'), key('seal.key.next'));
    renameSync(key('before'), key('seal.key'));
    it.command(['key', 'rotate']);
  });
});
