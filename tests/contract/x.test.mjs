// Everything that we say to X held against its specification, and what our fake answers as well. The token endpoint is
// in no specification: the fake checks it.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';

import { challengeOf, start } from '../fakes/x.mjs';
import { Contract, missing } from './kit.mjs';

const spec = 'derived/x-api-v2-inbox.json';
const ani = '2222222222';
const jpeg = Buffer.from('ffd8ffe000104a46', 'hex').toString('base64');

async function shop(fake, specification) {
  const contract = await Contract.open({ name: 'x', spec: specification, upstream: fake.url });
  fake.addUser(ani, 'Ani', 'ani_id');
  contract.common = { platform: 'x', token: fake.token, refresh_token: fake.refreshToken, app_id: fake.clientId, app_secret: fake.clientSecret,
    hook_secret: fake.consumerSecret, external_id: fake.id, state: { consumer_key: fake.consumerKey }, api_base: contract.url };
  return contract;
}

async function account(c, fake) {
  const me = await c.run({ kind: 'CHECK' });
  assert.deepEqual([me.outcome, me.external_id, me.facts.username, me.facts.followers], ['OK', fake.id, 'tokomelati', 120]);
  const who = await c.run({ kind: 'PROFILE', author_id: ani });
  assert.deepEqual(who.events.map((e) => [e.kind, e.author.name]), [['profile', 'Ani']]);
  assert.equal((await c.run({ kind: 'PROFILE', author_id: '9' })).why_code, 'not_found');
  assert.equal((await c.run({ kind: 'QUOTA' })).facts.costs.post_link, 200);
}

// All that is due, until the cursor rests.
async function drain(c, kind, cursor) {
  const events = [];
  for (let n = 0; n < 30; n++) {
    const r = await c.run({ kind, ...(cursor ? { cursor } : {}) });
    assert.equal(r.outcome, 'OK', r.why);
    events.push(...(r.events ?? []));
    cursor = r.cursor;
    if (r.is_last) return { events, cursor };
  }
  throw new Error('no end');
}

async function reading(c, fake) {
  const root = fake.post(fake.id, 'Promo akhir tahun');
  fake.pageSize = 2;
  for (let n = 0; n < 5; n++) fake.post(ani, `@tokomelati tanya &amp; ${n}`, root.id);
  for (let n = 0; n < 3; n++) fake.direct(ani, fake.id, `halo ${n}`);
  const first = await drain(c, 'POLL');
  assert.ok(first.events.some((e) => e.kind === 'post' && e.id === root.id));
  assert.ok(first.events.some((e) => e.kind === 'post' && e.detail.followers === 120));
  assert.ok(first.events.some((e) => e.kind === 'message' && e.text === '@tokomelati tanya & 4' && e.thread.id === root.id && e.author.name === 'Ani'));
  assert.ok(first.events.some((e) => e.text === 'halo 2' && e.thread.id === `${fake.id}-${ani}`));

  const all = await drain(c, 'BACKFILL');
  for (let n = 0; n < 5; n++) assert.ok(all.events.some((e) => e.text === `@tokomelati tanya & ${n}`), `mention ${n}`);
  for (let n = 0; n < 3; n++) assert.ok(all.events.some((e) => e.text === `halo ${n}`), `direct ${n}`);

  const due = JSON.parse(first.cursor);
  for (let n = 5; n < 10; n++) fake.post(ani, `@tokomelati baru ${n}`, root.id);
  for (let n = 5; n < 10; n++) fake.direct(ani, fake.id, `pesan ${n}`);
  for (const list of ['m', 'd', 'p']) due[list].next = 0;
  const more = await drain(c, 'POLL', JSON.stringify(due));
  assert.deepEqual(more.events.filter((e) => e.thread?.type === 'comment' && e.direction === 'in').map((e) => e.text).sort(), [5, 6, 7, 8, 9].map((n) => `@tokomelati baru ${n}`));
  for (let n = 5; n < 10; n++) assert.ok(more.events.some((e) => e.text === `pesan ${n}`), `pesan ${n}`);
  fake.pageSize = 100;
  return root;
}

async function sending(c, fake) {
  const asked = fake.post(ani, '@tokomelati masih ada?');
  const under = { kind: 'SEND', thread_type: 'comment', thread_id: asked.id, reply_to: asked.id };
  const reply = await c.run({ ...under, text: 'Masih kak, https://toko.example/katalog & <ramai>' });
  assert.deepEqual([reply.outcome, reply.external_id, reply.cost], ['OK', fake.sent[0].id, 200]);
  const look = await c.run({ ...under, kind: 'LOOK', text: 'Masih kak, https://toko.example/katalog & <ramai>', sent_after: new Date(Date.now() - 120000).toISOString() });
  assert.deepEqual([look.outcome, look.external_id], ['OK', reply.external_id]);
  const again = await c.run({ ...under, text: 'Masih kak, https://toko.example/katalog & <ramai>' });
  assert.deepEqual([again.outcome, again.external_id, fake.sent.length], ['DUPLICATE_OK', reply.external_id, 1]);
  const other = fake.post(ani, '@tokomelati lain');
  assert.equal((await c.run({ ...under, thread_id: other.id, reply_to: other.id, text: 'Masih kak, https://toko.example/katalog & <ramai>' })).why_code, 'duplicate_text');
  fake.unrelated.add(other.id);
  assert.equal((await c.run({ ...under, thread_id: other.id, reply_to: other.id, text: 'Halo' })).why_code, 'reply_not_allowed');
  assert.equal((await c.run({ ...under, text: 'a'.repeat(281) })).why_code, 'too_long');
  assert.equal((await c.run({ ...under, kind: 'LOOK', text: 'tidak pernah', sent_after: new Date(Date.now() - 120000).toISOString() })).why_code, 'not_sent');

  const picture = await c.run({ ...under, text: 'Fotonya', attachment: { type: 'image', mime: 'image/jpeg', name: 'a.jpg' }, attachment_base64: jpeg });
  assert.deepEqual([picture.outcome, fake.sent.at(-1).media.length], ['OK', 1]);
  const seen = await c.run({ ...under, kind: 'LOOK', text: 'Fotonya', attachment: { type: 'image', mime: 'image/jpeg' }, sent_after: new Date(Date.now() - 120000).toISOString() });
  assert.equal(seen.external_id, picture.external_id);
  const film = await c.run({ ...under, text: 'Videonya', attachment: { type: 'video', mime: 'video/mp4' }, attachment_base64: Buffer.alloc(9 << 20).toString('base64') });
  assert.deepEqual([film.outcome, film.calls.length, fake.media.get(fake.sent.at(-1).media[0]).pieces.length], ['OK', 8, 3]);

  const whisper = await c.run({ ...under, send_as: 'private', text: 'Kami kirim di sini ya' });
  assert.deepEqual([whisper.outcome, fake.sent.at(-1).to], ['OK', ani]);
  return asked;
}

async function whispering(c, fake) {
  const to = { kind: 'SEND', thread_type: 'direct', thread_id: `${fake.id}-${ani}` };
  const sent = await c.run({ ...to, text: 'Siap kak' });
  assert.deepEqual([sent.outcome, sent.external_id, sent.cost], ['OK', fake.sent.at(-1).id, 15]);
  const look = await c.run({ ...to, kind: 'LOOK', text: 'Siap kak', sent_after: new Date(Date.now() - 120000).toISOString() });
  assert.equal(look.external_id, sent.external_id);
  const picture = await c.run({ ...to, text: '', attachment: { type: 'image', mime: 'image/png' }, attachment_base64: jpeg });
  assert.deepEqual([picture.outcome, fake.media.get(fake.sent.at(-1).media[0]).media_category], ['OK', 'dm_image']);
  assert.equal((await c.run({ ...to, thread_type: 'group', thread_id: '1990000000000000777', text: 'Halo semua' })).outcome, 'OK');
  fake.closedTo.add('3333333333');
  assert.equal((await c.run({ ...to, thread_id: `${fake.id}-3333333333`, text: 'Halo' })).why_code, 'dm_refused');
  assert.equal((await c.run({ kind: 'MODERATE', moderation: 'delete', thread_type: 'direct', thread_id: to.thread_id, target: sent.external_id })).outcome, 'OK');
  assert.equal(fake.messages.has(sent.external_id), false);
  fake.files.set('1990000000000000900/1/abc.jpg', Buffer.from('gambar'));
  const file = await c.run({ kind: 'MEDIA', media_ref: 'dm/1990000000000000900/1/abc.jpg' });
  assert.equal(file.outcome, 'OK');
}

async function moderating(c, fake, post) {
  for (const [moderation, hidden] of [['hide', true], ['unhide', false]]) {
    assert.equal((await c.run({ kind: 'MODERATE', moderation, target: post.id, thread_type: 'comment', thread_id: post.id })).outcome, 'OK');
    assert.equal(fake.posts.get(post.id).isHidden, hidden);
  }
  const mine = fake.sent.find((s) => s.via === 'post').id;
  assert.equal((await c.run({ kind: 'MODERATE', moderation: 'delete', target: mine, thread_type: 'comment', thread_id: post.id })).outcome, 'OK');
  assert.equal((await c.run({ kind: 'MODERATE', moderation: 'hide', target: '1', thread_type: 'comment', thread_id: post.id })).why_code, 'comment_gone');
  assert.equal((await c.run({ kind: 'MODERATE', moderation: 'like', target: post.id })).why_code, 'not_possible');
}

async function hooking(c, fake) {
  const hook = { hook_url: 'https://toko.example/hooks/x/1' };
  assert.equal((await c.run({ kind: 'HOOK_SET', ...hook })).outcome, 'OK');
  assert.deepEqual([fake.hooks.size, fake.subscriptions.size], [1, 10]);
  const info = await c.run({ kind: 'HOOK_INFO', ...hook });
  assert.deepEqual(info.facts.hook, { is_set: true, valid: true, missing: [] });
  const [first] = fake.hooks.values();
  first.valid = false;
  fake.subscriptions.delete([...fake.subscriptions.keys()][0]);
  assert.equal((await c.run({ kind: 'HOOK_SET', ...hook })).outcome, 'OK');
  assert.deepEqual([first.valid, fake.hooks.size, fake.subscriptions.size], [true, 1, 10]);
  fake.subscriptions.set('9', { subscription_id: '9', event_type: 'like.create', filter: { user_id: fake.id }, tag: 'lain', created_at: first.created_at, updated_at: first.created_at });
  assert.equal((await c.run({ kind: 'HOOK_DROP', ...hook })).outcome, 'OK');
  assert.deepEqual([fake.hooks.size, [...fake.subscriptions.keys()]], [0, ['9']]);
  assert.equal((await c.run({ kind: 'HOOK_SET', hook_url: 'https://toko.example:8443/hooks' })).why_code, 'hook_address');
}

test('every request and answer is within the specification', { skip: missing(spec), timeout: 180000 }, async () => {
  const fake = await start(), c = await shop(fake, spec);
  try {
    await account(c, fake);
    await reading(c, fake);
    const post = await sending(c, fake);
    await whispering(c, fake);
    await moderating(c, fake, post);
  } finally {
    await c.close();
    await fake.close();
  }
});

test('tokens, and webhooks with the app\'s own', { timeout: 60000 }, async () => {
  const fake = await start(), c = await shop(fake);
  try {
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    assert.equal(challengeOf(verifier), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
    fake.allow('kode', challengeOf(verifier), 'https://toko.example/oauth/x');
    const grant = await c.run({ kind: 'GRANT', code: 'kode', code_verifier: verifier, redirect_url: 'https://toko.example/oauth/x' });
    assert.deepEqual([grant.outcome, grant.grant.token, grant.grant.refresh_token], ['OK', 'x-token-1', 'x-refresh-1']);
    assert.equal((await c.run({ kind: 'CHECK' })).outcome, 'AUTH');
    const renewed = await c.run({ kind: 'RENEW', refresh_token: grant.grant.refresh_token });
    assert.deepEqual([renewed.outcome, renewed.grant.refresh_token], ['OK', 'x-refresh-2']);
    assert.equal((await c.run({ kind: 'CHECK', token: renewed.grant.token })).outcome, 'OK');
    assert.deepEqual([(await c.run({ kind: 'RENEW', refresh_token: grant.grant.refresh_token }))].map((r) => [r.outcome, r.why_code]), [['AUTH', 'login_again']]);
    await hooking(c, fake);
  } finally {
    await c.close();
    await fake.close();
  }
});

// One address for both: the token endpoint, which no specification knows, goes past the proxy.
async function pastProxy(direct, proxied) {
  const server = http.createServer((rq, reply) => {
    const to = new URL(rq.url.startsWith('/oauth2/') ? direct : proxied);
    const { host, ...headers } = rq.headers;
    rq.pipe(http.request({ host: to.hostname, port: to.port, path: rq.url, method: rq.method, headers }, (got) => {
      reply.writeHead(got.statusCode, got.headers);
      got.pipe(reply);
    }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}

test('webhooks are within the specification', { skip: missing(spec), timeout: 60000 }, async () => {
  const fake = await start(), c = await shop(fake, spec), both = await pastProxy(fake.url, c.url);
  c.url = c.common.api_base = both.url;
  try {
    await hooking(c, fake);
  } finally {
    await c.close();
    await both.close();
    await fake.close();
  }
});

test('a send whose answer is lost is found again, or was not made', { timeout: 60000 }, async () => {
  const fake = await start(), c = await shop(fake);
  try {
    const asked = fake.post(ani, '@tokomelati halo');
    const under = { thread_type: 'comment', thread_id: asked.id, reply_to: asked.id, sent_after: new Date(Date.now() - 120000).toISOString() };
    fake.next('/2/tweets', { cut: 'after' });
    const lost = await c.run({ kind: 'SEND', ...under, text: 'Siap kak' });
    assert.deepEqual([lost.outcome, fake.sent.length], ['UNKNOWN', 1]);
    const found = await c.run({ kind: 'LOOK', ...under, text: 'Siap kak' });
    assert.deepEqual([found.outcome, found.external_id], ['OK', fake.sent[0].id]);
    fake.next('/2/tweets', { cut: 'before' });
    assert.equal((await c.run({ kind: 'SEND', ...under, text: 'Besok ya' })).outcome, 'UNKNOWN');
    assert.equal((await c.run({ kind: 'LOOK', ...under, text: 'Besok ya' })).why_code, 'not_sent');
    fake.next('/2/tweets', { status: 503, body: { title: 'Service Unavailable' } });
    assert.equal((await c.run({ kind: 'SEND', ...under, text: 'Lusa ya' })).outcome, 'UNKNOWN');
    fake.next('/2/tweets', { status: 402, body: { title: 'CreditsDepleted', type: 'https://api.twitter.com/2/problems/credits' } });
    assert.deepEqual([(await c.run({ kind: 'SEND', ...under, text: 'Lusa ya' }))].map((r) => [r.outcome, r.why_code]), [['QUOTA', 'credits_used']]);
    fake.windows.set('/2/dm_events', 0);
    const spent = await c.run({ kind: 'POLL', cursor: JSON.stringify({ m: { next: 99999999999 } }) });
    assert.equal(spent.outcome, 'RETRY_AT');
    assert.equal((await c.run({ kind: 'SEND', ...under, text: 'Lusa ya', state: { quota: { limit: 0 } } })).why_code, 'budget_used');
    assert.equal(fake.sent.length, 1);
  } finally {
    await c.close();
    await fake.close();
  }
});
