// Everything that we say to LINE held against its specification, and everything that our fake says as LINE against the
// specification of webhooks.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import http from 'node:http';
import { test } from 'node:test';

import { program } from '../e2e/lib.mjs';
import { groupId, roomId, start, userId } from '../fakes/line.mjs';
import { Contract, Driver, missing, startProxy } from './kit.mjs';

const spec = 'derived/line-messaging-strict.json', hookSpec = 'derived/line-webhook-strict.json', insightSpec = 'upstream/line-insight.yml';
const key = (n) => `0b1c2d3e-0000-4000-8000-${String(n).padStart(12, '0')}`;

async function shop(fake, specification) {
  const contract = await Contract.open({ name: 'line', spec: specification, also: specification ? [['/v2/bot/insight/', insightSpec]] : [], upstream: fake.url });
  contract.common = { platform: 'line', token: fake.token, hook_secret: fake.secret, app_id: fake.channelId, external_id: fake.id,
    api_base: contract.url, file_base: contract.url };
  return contract;
}

// A server that stands where our webhook stands: keeps what comes and answers with a status.
async function hookAt(status = 200) {
  const got = [];
  const server = http.createServer(async (rq, reply) => {
    const pieces = [];
    for await (const piece of rq) pieces.push(piece);
    got.push({ headers: rq.headers, body: Buffer.concat(pieces) });
    reply.writeHead(status, { 'content-type': 'application/json' }).end('"OK"');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { got, url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}

async function sending(c, fake) {
  const ani = fake.person(1, 'Ani'), said = fake.message(ani, { type: 'text', text: 'Halo kak' });
  const about = { quote_token: said.message.quoteToken, mark_read_token: said.message.markAsReadToken };
  const to = { kind: 'SEND', thread_id: ani.userId, thread_type: 'direct' };

  const reply = await c.run({ ...to, text: 'Siap kak', reply_token: said.replyToken, reply_to: said.message.id, target_detail: about, retry_key: key(1) });
  assert.deepEqual([reply.outcome, fake.sent[0].via, reply.external_id], ['OK', 'reply', fake.sent[0].ids[0]]);
  assert.equal(fake.sent[0].messages[0].quoteToken, said.message.quoteToken);

  const late = await c.run({ ...to, text: 'Maaf lama', reply_token: said.replyToken, retry_key: key(2), choices: ['Ya', 'Belum jadi, nanti saja ya kak saya kabari'] });
  assert.deepEqual([late.outcome, late.calls.map((x) => x.status), fake.sent[1].via], ['OK', [400, 200], 'push']);
  assert.equal(fake.sent[1].messages[0].quickReply.items[1].action.text, 'Belum jadi, nanti saja ya kak saya kabari');

  const again = await c.run({ ...to, text: 'Maaf lama', retry_key: key(2) });
  assert.deepEqual([again.outcome, again.external_id, fake.sent.length], ['DUPLICATE_OK', late.external_id, 2]);

  const picture = await c.run({ ...to, text: 'Ini fotonya', retry_key: key(3), attachment: { type: 'image', url: 'https://toko.example/m/1.jpg' } });
  assert.deepEqual([picture.outcome, fake.sent[2].messages.map((m) => m.type)], ['OK', ['image', 'text']]);
  for (const [n, type] of ['video', 'audio', 'file'].entries())
    assert.equal((await c.run({ ...to, retry_key: key(4 + n), attachment: { type, name: 'katalog', url: 'https://toko.example/m/2' } })).outcome, 'OK');
  assert.equal((await c.run({ ...to, retry_key: key(8), text: '😀'.repeat(2500) })).outcome, 'OK');
  assert.equal((await c.run({ ...to, retry_key: key(9), text: '😀'.repeat(2501) })).why_code, 'too_long');
  assert.equal((await c.run({ ...to, retry_key: key(9), attachment: { type: 'file', name: 'a.pdf' }, attachment_base64: 'AAAA' })).why_code, 'no_upload');

  const group = fake.group(5, 'Reseller', [ani]);
  for (const thread of [group.groupId, roomId(6)])
    assert.equal((await c.run({ ...to, thread_id: thread, thread_type: 'group', retry_key: key(thread[0] === 'C' ? 10 : 11), text: 'Baik semua' })).outcome, 'OK');
  assert.equal((await c.run({ kind: 'MARK_READ', target: said.message.id, target_detail: about })).outcome, 'OK');
  assert.equal(fake.lastRead, said.message.id);
}

async function refusals(c, fake) {
  const to = { kind: 'SEND', thread_id: userId(1), text: 'Halo' };
  const unknown = await c.run({ ...to, thread_id: userId(404), retry_key: key(20) });
  assert.deepEqual([unknown.outcome, unknown.why_code], ['PERMANENT', 'chat_not_found']);
  const misspelt = await c.run({ ...to, thread_id: 'siapa?', retry_key: key(21) });
  assert.deepEqual([misspelt.outcome, misspelt.why_code], ['PERMANENT', 'chat_not_found']);
  fake.next('/push', { status: 429, body: { message: 'The API rate limit has been exceeded. Try again later.' } });
  const fast = await c.run({ ...to, retry_key: key(22) });
  assert.deepEqual([fast.outcome, fast.why_code], ['RETRY', 'slow_down']);
  fake.next('/push', { status: 403, body: { message: 'The plan does not allow this' } });
  assert.equal((await c.run({ ...to, retry_key: key(22) })).why_code, 'forbidden');
  fake.limit = fake.used;
  const spent = await c.run({ ...to, retry_key: key(23) });
  assert.deepEqual([spent.outcome, spent.why_code], ['QUOTA', 'quota_used']);
  assert.match(spent.until, /-(0[1-9]|1[0-2])-(28|29|30|31)T15:00:00/);
  const quota = await c.run({ kind: 'QUOTA' });
  assert.deepEqual([quota.facts.limit, quota.facts.used, quota.facts.resets_at], [fake.limit, fake.used, spent.until]);
  fake.limit = Infinity;
  assert.equal((await c.run({ kind: 'QUOTA' })).facts.limit, undefined);
}

async function people(c, fake) {
  const who = await c.run({ kind: 'PROFILE', author_id: userId(1) });
  assert.deepEqual(who.events[0].author, { id: userId(1), name: 'Ani' });
  const member = await c.run({ kind: 'PROFILE', author_id: userId(1), thread_id: groupId(5), thread_type: 'group' });
  assert.equal(member.events[0].author.name, 'Ani');
  const group = await c.run({ kind: 'PROFILE', thread_id: groupId(5), thread_type: 'group' });
  assert.deepEqual(group.events[0].thread, { type: 'group', id: groupId(5), name: 'Reseller' });
  assert.equal((await c.run({ kind: 'PROFILE', author_id: userId(7) })).why_code, 'not_found');
  const check = await c.run({ kind: 'CHECK' });
  assert.deepEqual([check.external_id, check.facts.name, check.facts.mark_read_mode, check.facts.followers], [fake.id, 'Toko Uji', 'manual', 7383]);
}

async function media(c, fake) {
  const bytes = Buffer.alloc(70000, 'x');
  fake.content.set('501', { bytes, type: 'image/jpeg' });
  fake.content.set('502', { bytes, type: 'video/mp4', processing: 1 });
  fake.content.set('503', { bytes, type: 'audio/mp4', failed: true });
  fake.content.set('504', { bytes, type: 'application/pdf' });
  const image = await c.run({ kind: 'MEDIA', media_ref: 'image/501' });
  assert.deepEqual([image.outcome, image.media_mime, image.media_bytes], ['OK', 'image/jpeg', 70000]);
  assert.equal((await c.run({ kind: 'MEDIA', media_ref: 'video/502' })).outcome, 'RETRY_AT');
  assert.equal((await c.run({ kind: 'MEDIA', media_ref: 'video/502' })).media_bytes, 70000);
  assert.equal((await c.run({ kind: 'MEDIA', media_ref: 'audio/503' })).why_code, 'file_gone');
  assert.equal((await c.run({ kind: 'MEDIA', media_ref: 'file/504' })).media_bytes, 70000);
  assert.equal((await c.run({ kind: 'MEDIA', media_ref: 'image/505' })).why_code, 'file_gone');
}

async function address(c, fake) {
  const hook = await hookAt(200), other = await hookAt(500);
  try {
    assert.deepEqual((await c.run({ kind: 'HOOK_INFO', hook_url: hook.url })).facts.hook, { is_set: false, is_active: false });
    assert.equal((await c.run({ kind: 'HOOK_SET', hook_url: hook.url })).outcome, 'OK');
    assert.deepEqual(JSON.parse(hook.got[0].body).events, []);
    assert.deepEqual((await c.run({ kind: 'HOOK_INFO', hook_url: hook.url })).facts.hook, { is_set: true, is_active: true });
    assert.equal((await c.run({ kind: 'HOOK_SET', hook_url: other.url })).why_code, 'hook_unreachable');
    assert.deepEqual((await c.run({ kind: 'HOOK_INFO', hook_url: hook.url })).facts.hook, { is_set: false, is_active: true, is_elsewhere: true });
  } finally {
    await hook.close();
    await other.close();
  }
}

test('every request is within the specification', { skip: missing(spec), timeout: 120000 }, async () => {
  const fake = await start();
  const c = await shop(fake, spec);
  try {
    for (const part of [sending, refusals, people, media, address]) await part(c, fake);
    fake.isRevoked = true;
    assert.equal((await c.run({ kind: 'CHECK' })).outcome, 'AUTH');
  } finally {
    await c.close();
    await fake.close();
  }
});

test('a token is renewed with the fields of the reference', { timeout: 60000 }, async () => {
  const fake = await start();
  const c = await shop(fake, null);
  try {
    fake.isRevoked = true;
    const renewed = await c.run({ kind: 'RENEW' });
    assert.equal(renewed.grant.token, fake.token);
    assert.ok(Date.parse(renewed.grant.expires_at) - Date.now() > 800000);
    assert.equal((await c.run({ kind: 'RENEW', hook_secret: 'salah' })).outcome, 'AUTH');
  } finally {
    await c.close();
    await fake.close();
  }
});

test('a line that is cut leaves one message, and no doubt about a push', { timeout: 60000 }, async () => {
  const fake = await start();
  const driver = new Driver();
  const c = { run: (op) => driver.run({ platform: 'line', token: fake.token, api_base: fake.url, file_base: fake.url, ...op }) };
  const ani = fake.person(1, 'Ani');
  const push = { kind: 'SEND', thread_id: ani.userId, text: 'Sudah dikirim', retry_key: key(1) };
  const reply = () => ({ ...push, text: 'Siap', reply_token: fake.message(ani, { type: 'text', text: 'Halo' }).replyToken });
  try {
    fake.next('/push', { cut: 'after' });
    assert.equal((await c.run(push)).outcome, 'RETRY');
    assert.equal((await c.run(push)).outcome, 'DUPLICATE_OK');
    assert.equal(fake.sent.length, 1);
    fake.next('/push', { cut: 'before' });
    assert.equal((await c.run({ ...push, retry_key: key(2) })).outcome, 'RETRY');
    assert.equal((await c.run({ ...push, retry_key: key(2) })).outcome, 'OK');
    assert.equal(fake.sent.length, 2);
    fake.next('/reply', { cut: 'after' });
    assert.equal((await c.run(reply())).outcome, 'UNKNOWN');
    fake.next('/reply', { status: 500, body: { message: 'Internal error' } });
    assert.equal((await c.run(reply())).outcome, 'UNKNOWN');
    assert.equal(fake.sent.length, 3);
    for (const status of [500, 502, 503]) {
      fake.next('/push', { status, body: { message: 'Internal error' } });
      assert.equal((await c.run({ ...push, retry_key: key(3) })).outcome, 'RETRY');
    }
    fake.next('/push', { status: 429, body: { message: 'The API rate limit has been exceeded. Try again later.' }, headers: { 'retry-after': '7' } });
    assert.equal((await c.run({ ...push, retry_key: key(3) })).outcome, 'RETRY_AT');
    assert.equal((await c.run({ ...push, retry_key: key(3) })).outcome, 'OK');
    fake.content.set('501', { bytes: Buffer.from('x'), type: 'image/jpeg', accepted: 1 });
    assert.equal((await c.run({ kind: 'MEDIA', media_ref: 'image/501' })).outcome, 'RETRY_AT');
    assert.equal((await c.run({ kind: 'MEDIA', media_ref: 'image/501' })).outcome, 'OK');
  } finally {
    await driver.stop();
    await fake.close();
  }
});

// One of each kind, as LINE sends them.
function everything(fake) {
  const ani = fake.person(1, 'Ani'), group = fake.group(5, 'Reseller', [ani]), inGroup = { ...group, userId: ani.userId };
  const kept = { contentProvider: { type: 'line' } };
  return [
    fake.message(ani, { type: 'text', text: 'Halo $ @Toko', emojis: [{ index: 5, length: 1, productId: '5ac1', emojiId: '001' }],
      mention: { mentionees: [{ type: 'user', index: 7, length: 5, userId: fake.id, isSelf: true }, { type: 'all', index: 0, length: 4 }] } }),
    fake.message(ani, { type: 'image', ...kept, imageSet: { id: 'set-1', index: 1, total: 2 } }),
    fake.message(ani, { type: 'image', contentProvider: { type: 'external', originalContentUrl: 'https://gambar.example/a.jpg', previewImageUrl: 'https://gambar.example/b.jpg' } }),
    fake.message(ani, { type: 'video', duration: 61000, ...kept }),
    fake.message(ani, { type: 'audio', duration: 4200, ...kept }),
    fake.message(ani, { type: 'file', fileName: 'bukti.pdf', fileSize: 2048 }),
    fake.message(ani, { type: 'location', title: 'Toko', address: 'Jl. Melati 1', latitude: -6.2, longitude: 106.8 }),
    fake.message(ani, { type: 'sticker', packageId: '446', stickerId: '1988', stickerResourceType: 'MESSAGE', keywords: ['halo', 'senang'], text: 'Makasih kak' }),
    fake.message(inGroup, { type: 'text', text: 'Jadi pesan', quotedMessageId: '500000000000000001' }, { mode: 'standby' }),
    fake.message({ type: 'room', roomId: roomId(6), userId: ani.userId }, { type: 'text', text: 'Di ruang' }),
    fake.event('messageEdited', inGroup, { message: { id: '500000000000000009', type: 'text', text: 'Jadi pesan dua', quoteToken: 'q-9' } }),
    fake.event('unsend', ani, { unsend: { messageId: '500000000000000002' } }),
    fake.event('follow', ani, { follow: { isUnblocked: true } }),
    fake.event('unfollow', ani),
    fake.event('join', group),
    fake.event('leave', group),
    fake.event('memberJoined', group, { joined: { members: [{ type: 'user', userId: userId(2) }, { type: 'user', userId: userId(3) }] } }),
    fake.event('memberLeft', group, { left: { members: [{ type: 'user', userId: userId(2) }] } }),
    fake.event('postback', ani, { postback: { data: 'pesan=1', params: { datetime: '2026-11-25T10:00' } } }),
    fake.event('videoPlayComplete', ani, { videoPlayComplete: { trackingId: 'film-1' } }),
    fake.event('beacon', ani, { beacon: { hwid: 'd41d8cd98f', type: 'enter' } }),
    fake.event('accountLink', ani, { link: { result: 'ok', nonce: 'n-1' } }),
    fake.event('membership', ani, { membership: { type: 'joined', membershipId: 3189 } }),
    fake.event('module', undefined, { module: { type: 'attached', botId: fake.id, scopes: ['message:send'] } }),
    fake.event('activated', undefined, { chatControl: { expireAt: 1790000000000 } }),
    fake.event('deactivated', undefined),
    fake.event('botSuspended', undefined),
    fake.event('botResumed', undefined),
    fake.event('delivery', undefined, { delivery: { data: 'tanda' } }),
  ];
}

function parse(bytes) {
  const r = spawnSync(program, ['parse', '--platform', 'line', '-'], { input: bytes, encoding: 'utf8' });
  assert.equal(r.status, 0, r.stderr);
  return r.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

test("the fake's webhooks are within their specification, signed, and all are read", { skip: missing(hookSpec), timeout: 120000 }, async () => {
  const fake = await start({ hookMs: 20000 }), hook = await hookAt(200);
  const proxy = await startProxy(hookSpec, hook.url);
  const to = `${proxy.url}/callback`;
  try {
    const all = everything(fake);
    for (const event of all) assert.equal(await fake.deliver([event], to), 200, `${event.type}: ${proxy.log.slice(-1500)}`);
    assert.equal(await fake.deliver(all, to), 200);
    assert.equal(await fake.deliver([], to), 200);
    fake.undelivered.push(...all);
    assert.equal(await fake.redeliver(to), 200);
    const bodies = hook.got.map((h) => h.body);
    for (const h of hook.got) assert.ok(h.headers['x-line-signature'], 'signed');
    const alone = bodies.slice(0, all.length).flatMap(parse), together = parse(fake.body(all));
    assert.deepEqual(alone, together);
    const again = parse(bodies.at(-1));
    const lines = (events) => events.map((e) => JSON.stringify(e)).sort();
    assert.deepEqual(lines(again), lines(together));
    assert.equal(together.length, all.length + 1);         // two members joined at once
    const kinds = Object.fromEntries(['message', 'edit', 'delete', 'profile', 'account', 'unsupported'].map((k) => [k, together.filter((e) => e.kind === k).length]));
    assert.deepEqual(kinds, { message: 16, edit: 1, delete: 1, profile: 2, account: 5, unsupported: 5 });
    assert.deepEqual(parse(fake.body([])), []);
    assert.equal(createHmac('sha256', fake.secret).update(fake.body([])).digest('base64'), fake.sign(fake.body([])));
    console.log(`line: ${hook.got.length} webhooks of the fake checked against ${hookSpec}`);
  } finally {
    await proxy.stop();
    await hook.close();
    await fake.close();
  }
  assert.deepEqual(proxy.violations(), []);
});
