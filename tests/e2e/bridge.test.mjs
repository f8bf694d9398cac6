// What libmicrohttpd alone would let through or get wrong: framing, limits, files, webhooks, streams, the end.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { Installation, until } from './lib.mjs';

let it;
let owner;
const secret = 'rahasia-hook-uji-0123456789';
const hook = '/hooks/telegram/hookuji-0123456789';

// Sends bytes as they are; gives back everything until the server closes or it has been quiet for a while.
function raw(text, { quietMs = 300 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(it.port, '127.0.0.1');
    let seen = '';
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('data', (piece) => { seen += piece; }).once('error', reject).once('close', () => resolve(seen));
    socket.write(text);
  });
}
const statuses = (seen) => [...seen.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((m) => Number(m[1]));

before(async () => {
  const web = path.join((it = await Installation.make({ fsync: false })).cluster.dir, 'web');
  mkdirSync(path.join(web, 'assets'), { recursive: true });
  const script = 'console.log("halo");'.repeat(50);
  writeFileSync(path.join(web, 'index.html'), '<!doctype html><title>Tanggap</title>');
  writeFileSync(path.join(web, 'assets/app-1A2B3C4D.js'), script);
  writeFileSync(path.join(web, 'assets/app-1A2B3C4D.js.br'), brotliCompressSync(script));
  writeFileSync(path.join(web, 'assets/app-1A2B3C4D.js.gz'), gzipSync(script));
  owner = it.addBusiness();
  const channel = it.cluster.one(`INSERT INTO channel (business_id, platform, external_id, name, transport) VALUES (${owner.business}, 5, '900', 'Bot', 2) RETURNING id`);
  it.cluster.sql(`INSERT INTO hook (key, platform, business_id, channel_id, secret) VALUES ('hookuji-0123456789', 5, ${owner.business}, ${channel}, '${secret}')`);
  await it.serve({ TANGGAP_HTTP_WEB_DIR: web });
});
after(() => it?.destroy());

describe('framing that two readers could read differently', () => {
  const second = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
  for (const [name, head, body] of [
    ['Content-Length and Transfer-Encoding', 'Content-Length: 5\r\nTransfer-Encoding: chunked', `0\r\n\r\n${second}`],
    ['two Content-Length', 'Content-Length: 2\r\nContent-Length: 40', `{}${second}`],
    ['a blank before the colon', 'Content-Length : 2', `{}${second}`],
    ['gzip, chunked', 'Transfer-Encoding: gzip, chunked', `0\r\n\r\n${second}`],
    ['identity', 'Transfer-Encoding: identity', second],
    ['a length with a sign', 'Content-Length: +2', `{}${second}`],
  ]) {
    test(`${name} is refused, and nothing behind it is answered`, async () => {
      const seen = await raw(`POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${head}\r\n\r\n${body}`);
      // libmicrohttpd says some of its own refusals twice
      assert.ok(statuses(seen).length && statuses(seen).every((s) => s === 400), seen);
    });
  }

  test('chunked bodies and pipelined requests work', async () => {
    const seen = await raw(`POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${second}${second}`);
    assert.deepEqual(statuses(seen), [400, 200, 200]);
    assert.match(seen, /"field":"email"/);
  });

  test('a long query is refused', async () => {
    assert.deepEqual(statuses(await raw(`GET /api/v1/me?${'a=1&'.repeat(600)} HTTP/1.1\r\nHost: x\r\n\r\n`)), [400]);
  });

  test('too many headers are refused', async () => {
    const many = Array.from({ length: 120 }, (_, i) => `X-${i}: 1\r\n`).join('');
    assert.deepEqual(statuses(await raw(`GET /healthz HTTP/1.1\r\nHost: x\r\n${many}\r\n`)), [400]);
  });
});

describe('bodies', () => {
  test('a body that announces too much is refused before it comes', async () => {
    const seen = await raw('POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20000\r\n\r\n');
    assert.deepEqual(statuses(seen), [413]);
  });

  test('a chunked body that grows too large is refused at its end', async () => {
    const piece = 'x'.repeat(8192);
    const chunks = `2000\r\n${piece}\r\n`.repeat(4);
    const seen = await raw(`POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
    assert.deepEqual(statuses(seen), [413]);
    assert.match(seen, /Connection: close/i);
  });

  test('a GET with a body is refused', async () => {
    assert.deepEqual(statuses(await raw('GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc')), [413]);
  });
});

describe('files', () => {
  const script = '/assets/app-1A2B3C4D.js';

  test('come compressed, for ever where the name holds a hash', async () => {
    const br = await it.fetch(script, { headers: { 'accept-encoding': 'gzip, br' } });
    assert.equal(br.headers['content-encoding'], 'br');
    assert.match(brotliDecompressSync(br.bytes).toString(), /halo/);
    assert.match(br.headers['cache-control'], /immutable/);
    const gz = await it.fetch(script, { headers: { 'accept-encoding': 'gzip, br;q=0' } });
    assert.equal(gz.headers['content-encoding'], 'gzip');
    assert.match(gunzipSync(gz.bytes).toString(), /halo/);
    const plain = await it.fetch(script);
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8');
    assert.notEqual(plain.headers.etag, br.headers.etag);
  });

  test('are not sent again when the browser has them', async () => {
    const first = await it.fetch('/');
    assert.equal(first.headers['cache-control'], 'no-cache');
    const again = await it.fetch('/', { headers: { 'if-none-match': first.headers.etag } });
    assert.equal(again.status, 304);
    assert.equal(again.bytes.length, 0);
  });

  test('an address of the panel is the index page, a missing file is missing', async () => {
    assert.match((await it.fetch('/inbox/12')).text, /<title>Tanggap/);
    assert.equal((await it.fetch('/none.js')).status, 404);
    assert.equal((await it.fetch('/../../etc/passwd')).status, 404);
    assert.equal((await it.fetch('/assets/..%2f..%2fetc%2fpasswd')).status, 400);
  });

  test('HEAD tells the length and sends nothing', async () => {
    const head = await it.fetch('/', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.bytes.length, 0);
    assert.ok(Number(head.headers['content-length']) > 10);
  });

  test('no script or style from anywhere else, none inline', async () => {
    const policy = (await it.fetch('/')).headers['content-security-policy'];
    assert.match(policy, /script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe/);
  });
});

describe('webhooks', () => {
  const post = (body, headers = {}) => it.fetch(hook, { method: 'POST', body,
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret, ...headers } });
  const stored = () => Number(it.cluster.one('SELECT count(*) FROM delivery'));

  test('200 means stored, byte for byte, parsed or not', async () => {
    const body = '{"update_id": 1,   "odd" : "\\u0041"} ';
    const reply = await post(body);
    assert.equal(reply.status, 200);
    assert.equal(reply.bytes.length, 0);
    assert.equal(it.cluster.one(`SELECT convert_from(body, 'UTF8') FROM delivery ORDER BY id DESC LIMIT 1`), body);
    assert.equal((await post('no json at all')).status, 200);
  });

  test('a wrong secret is refused, counted and not stored', async () => {
    const was = stored();
    assert.equal((await post('{}', { 'x-telegram-bot-api-secret-token': 'salah' })).status, 401);
    assert.equal((await it.fetch(hook, { method: 'POST', body: '{}' })).status, 401);
    assert.equal(stored(), was);
    assert.match((await it.fetch('/metrics')).text, /tanggap_hooks_refused_total 2/);
  });

  test('the secret is nowhere in what is stored or logged', () => {
    assert.equal(it.cluster.one(`SELECT count(*) FROM delivery WHERE headers LIKE '%${secret}%'`), '0');
    assert.ok(!it.logs.get('serve').includes(secret));
  });

  test('unknown keys and other platforms are not found', async () => {
    assert.equal((await it.fetch('/hooks/telegram/hooklain-0123456789', { method: 'POST', body: '{}' })).status, 404);
    assert.equal((await it.fetch(hook.replace('telegram', 'line'), { method: 'POST', body: '{}' })).status, 404);
    assert.equal((await it.fetch('/hooks/telegram/pendek', { method: 'POST', body: '{}' })).status, 404);
  });

  test('long bodies up to the platform\'s limit', async () => {
    assert.equal((await post(' '.repeat(900 * 1024))).status, 200);
    assert.equal((await post(' '.repeat(1100 * 1024))).status, 413);
    assert.equal((await post(' '.repeat(9 * 1024 * 1024)).catch((e) => ({ status: e.code }))).status === 200, false);
  });

  test('many at once share commits and each gets its own answer', async () => {
    const was = stored();
    const replies = await Promise.all(Array.from({ length: 200 }, (_, i) => post(`{"update_id":${1000 + i}}`)));
    assert.ok(replies.every((r) => r.status === 200));
    assert.equal(stored(), was + 200);
  });

  test('a changed secret counts within seconds', async () => {
    it.cluster.sql(`UPDATE hook SET secret = 'rahasia-yang-baru-0123' WHERE key = 'hookuji-0123456789'`);
    await until('the new secret to count', async () => (await post('{}', { 'x-telegram-bot-api-secret-token': 'rahasia-yang-baru-0123' })).status === 200, 20000);
    assert.equal((await post('{}')).status, 401);
    it.cluster.sql(`UPDATE hook SET secret = '${secret}' WHERE key = 'hookuji-0123456789'`);
  });
});

describe('the end', () => {
  test('a database that is away gives 503, and everything works again when it is back', async () => {
    const client = await it.login(owner.email, owner.password);
    it.cluster.stop('immediate');
    const away = await client.get(`/api/v1/b/${owner.business}/counts`);
    assert.equal(away.status, 503, away.text);
    assert.ok(Number(away.headers['retry-after']) >= 1);
    assert.equal((await it.fetch('/healthz')).status, 200);
    assert.equal((await it.fetch('/readyz')).status, 503);
    it.cluster.start();
    await until('serve to be back', async () => (await client.get(`/api/v1/b/${owner.business}/counts`)).status === 200);
  });

  test('SIGTERM ends streams, answers what is under way and exits cleanly', async () => {
    const client = await it.login(owner.email, owner.password);
    const streams = [1, 2, 3].map(() => client.events(`/api/v1/b/${owner.business}/events`));
    for (const s of streams) assert.equal(await s.opened, 200);
    const slow = client.post('/api/v1/login', { email: owner.email, password: owner.password });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const ended = await it.end('serve');
    assert.deepEqual(ended, { code: 0, signal: null });
    assert.ok([200, 503].includes((await slow).status));
  });
});
