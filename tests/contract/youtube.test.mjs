// Everything that we say to the YouTube Data API held against its specification, and the token endpoint against the
// fields it knows; then what the answers come to, against a fake that pages, moderates, deletes, refuses and hangs up.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { start } from '../fakes/youtube.mjs';
import { Contract, Driver, missing, tellChecked } from './kit.mjs';

const spec = 'derived/youtube-v3-openapi.json';
const redirect = 'https://toko.example/oauth/youtube';

const common = (fake, base = fake.url) => ({ platform: 'youtube', external_id: fake.channel, token: 'ya29.sah', refresh_token: '1//segar',
  app_id: 'klien', app_secret: 'rahasia-klien', api_base: base, auth_base: fake.tokenUrl, thread_type: 'comment' });

function fill(fake) {
  fake.video('vid00000001', 'Resep sambal');
  const top = fake.say('vid00000001', 'UCani', "Bagus & murah <3 'ya'");
  for (let i = 0; i < 7; i++) fake.reply(top.id, i % 2 ? 'UCbudi' : 'UCani', `balasan ${i}`);
  const held = fake.say('vid00000001', 'UCcitra', 'ditahan dulu', { state: 'heldForReview' });
  const spam = fake.say('vid00000001', 'UCspam', 'klik ini', { state: 'likelySpam' });
  return { top, held, spam };
}

// Runs one op after another until nothing is due; returns all events. `at`: where the clock stands.
async function drain(run, op, at) {
  const events = [], results = [];
  let cursor = op.cursor;
  for (let i = 0; i < 60; i++) {
    const r = await run({ ...op, cursor, ...(at ? { now: new Date(at).toISOString() } : {}) });
    results.push(r);
    if (r.outcome !== 'OK') break;
    events.push(...(r.events ?? []));
    cursor = r.cursor;
    if (r.is_last) break;
  }
  return { events, results, cursor, last: results.at(-1) };
}
const ids = (events, kind) => events.filter((e) => e.kind === kind).map((e) => e.id ?? e.target).sort();

test('every request is within the specification', { skip: missing(spec), timeout: 180000 }, async () => {
  const fake = await start({ pageSize: 4 });
  const contract = await Contract.open({ name: 'youtube', spec, upstream: fake.url });
  contract.common = common(fake, contract.url);
  try {
    const { top, held } = fill(fake);
    for (let i = 0; i < 9; i++) fake.say('vid00000001', 'UCbudi', `komentar ${i}`);
    const run = (op) => contract.run(op);
    const check = await run({ kind: 'CHECK' });
    assert.deepEqual([check.outcome, check.external_id, check.cost], ['OK', fake.channel, 2]);
    assert.deepEqual(check.facts, { name: 'Toko Uji', username: 'tokouji', uploads: 'UUtoko0000000000000000aa', followers: 1230 });

    const sent = await run({ kind: 'SEND', thread_id: top.id, text: 'Terima kasih kak', sent_after: new Date().toISOString() });
    assert.deepEqual([sent.outcome, sent.external_id, sent.cost], ['OK', fake.sent[0].id, 50]);
    const below = await run({ kind: 'SEND', thread_id: sent.external_id, text: 'di bawah balasan' });
    assert.equal(fake.sent[1].parent, top.id);
    const opened = await run({ kind: 'SEND', thread_id: 'vid00000001', text: 'Promo hari ini' });
    assert.deepEqual([below.outcome, opened.outcome, opened.external_id], ['OK', 'OK', fake.sent[2].id]);
    const look = await run({ kind: 'LOOK', thread_id: top.id, text: 'Terima kasih kak', sent_after: new Date(Date.now() - 5000).toISOString() });
    assert.deepEqual([look.outcome, look.external_id], ['OK', sent.external_id]);
    assert.equal((await run({ kind: 'LOOK', thread_id: 'vid00000001', text: 'Promo hari ini' })).external_id, opened.external_id);
    assert.equal((await run({ kind: 'LOOK', thread_id: top.id, text: 'tak pernah', sent_after: '2026-01-01T00:00:00Z' })).why_code, 'not_sent');

    assert.equal((await run({ kind: 'EDIT', target: sent.external_id, text: 'Terima kasih banyak' })).outcome, 'OK');
    assert.equal(fake.comments.get(sent.external_id).text, 'Terima kasih banyak');
    for (const [word, state] of [['publish', 'published'], ['hold', 'heldForReview'], ['unhide', 'published'], ['hide', 'heldForReview'], ['reject', 'rejected']]) {
      const r = await run({ kind: 'MODERATE', moderation: word, target: held.id });
      assert.deepEqual([r.outcome, r.cost, fake.comments.get(held.id).state], ['OK', 50, state]);
    }
    assert.equal((await run({ kind: 'MODERATE', moderation: 'delete', target: sent.external_id })).outcome, 'OK');
    assert.equal((await run({ kind: 'MODERATE', moderation: 'delete', target: sent.external_id })).outcome, 'OK', 'gone is gone');
    const profile = await run({ kind: 'PROFILE', author_id: 'UCani' });
    assert.deepEqual([profile.events[0].kind, profile.events[0].author], ['profile', { id: 'UCani', name: 'Ani', username: 'ani' }]);

    const past = await drain(run, { kind: 'BACKFILL' });
    assert.equal(past.last.is_last, true);
    const all = [...fake.comments.values()].filter((c) => c.state !== 'rejected').map((c) => c.id).sort();
    assert.deepEqual([...new Set(ids(past.events, 'message'))], all);
    assert.deepEqual(ids(past.events, 'post'), [fake.channel, 'vid00000001'].sort());

    const first = await drain(run, { kind: 'POLL' });
    assert.equal(first.last.is_last, true);
    assert.deepEqual([...new Set(ids(first.events, 'message'))], all);
    fake.remove(top.id);
    const later = Date.now() + 7 * 3600e3;
    const doubted = await drain(run, { kind: 'POLL', cursor: first.cursor }, later);
    assert.deepEqual(ids(doubted.events, 'delete'), []);
    const known = await drain(run, { kind: 'POLL', cursor: doubted.cursor }, later + 3600e3);
    assert.ok(ids(known.events, 'delete').includes(top.id));
    for (const piece of ['videos', 'playlistItems', 'channels', 'commentThreads', 'comments', 'setModerationStatus'])
      assert.ok(fake.calls.some((c) => c.path.endsWith(`/${piece}`)), piece);
  } finally {
    await contract.close();
    await fake.close();
  }
});

async function withFake(options, body) {
  const fake = await start(options), driver = new Driver();
  try {
    await body(fake, (op) => driver.run({ ...common(fake), ...op }));
  } finally {
    await driver.stop();
    await fake.close();
  }
}

test('a token is granted, renewed and refused', () => withFake({}, async (fake, run) => {
  fake.codes.set('kode', { verifier: 'v'.repeat(43) });
  const grant = { kind: 'GRANT', code: 'kode', code_verifier: 'v'.repeat(43), redirect_url: redirect };
  const got = await run(grant);
  assert.deepEqual([got.outcome, got.grant.refresh_token, fake.tokens.has(got.grant.token)], ['OK', '1//baru', true]);
  assert.equal((await run(grant)).why_code, 'login_again', 'a code serves once');
  const renewed = await run({ kind: 'RENEW' });
  assert.deepEqual([renewed.outcome, renewed.grant.refresh_token], ['OK', null]);
  assert.ok(Math.abs(Date.parse(renewed.grant.expires_at) - Date.now() - 3599e3) < 60e3);
  fake.refreshTokens.clear();
  const dead = await run({ kind: 'RENEW' });
  assert.deepEqual([dead.outcome, dead.why_code], ['AUTH', 'login_again']);
  assert.equal((await run({ kind: 'RENEW', app_secret: 'salah' })).why_code, 'app_secret_wrong');
  fake.codes.set('kurang', { scopes: ['https://www.googleapis.com/auth/youtube.readonly'] });
  const narrow = await run({ kind: 'GRANT', code: 'kurang', redirect_url: redirect });
  assert.deepEqual([narrow.outcome, narrow.why_code, narrow.why], ['AUTH', 'permission_missing', 'https://www.googleapis.com/auth/youtube.force-ssl']);
  fake.codes.set('tanpa', { refresh: null });
  assert.equal((await run({ kind: 'GRANT', code: 'tanpa', redirect_url: redirect, refresh_token: '' })).outcome, 'AUTH');
  fake.codes.set('lain', {});
  assert.equal((await run({ kind: 'GRANT', code: 'lain', redirect_url: 'https://lain.example/' })).why_code, 'redirect_wrong');
  fake.next('/token', { status: 503, html: '<html>' });
  assert.equal((await run({ kind: 'RENEW' })).outcome, 'RETRY');
  tellChecked('google tokens', fake.calls.filter((c) => c.path === '/token').length, 'the fields of RFC 6749');
}));

test('a missing permission is named', () => withFake({}, async (fake, run) => {
  fake.tokens.set('ya29.sempit', ['https://www.googleapis.com/auth/youtube.readonly']);
  const r = await run({ kind: 'CHECK', token: 'ya29.sempit' });
  assert.deepEqual([r.outcome, r.why_code, r.why], ['AUTH', 'permission_missing', 'https://www.googleapis.com/auth/youtube.force-ssl']);
  assert.equal((await run({ kind: 'CHECK', token: 'ya29.mati' })).why_code, 'unauthorized');
  fake.channels.clear();
  assert.equal((await run({ kind: 'CHECK' })).why_code, 'account_missing');
}));

test('a cut line leaves no doubt that a look cannot settle', () => withFake({}, async (fake, run) => {
  const { top } = fill(fake);
  const began = new Date(Date.now() - 200e3).toISOString();
  fake.next('/comments?', { cut: 'after' });
  const lost = await run({ kind: 'SEND', thread_id: top.id, text: 'sampai' });
  assert.deepEqual([lost.outcome, fake.sent.length], ['UNKNOWN', 1]);
  const look = { kind: 'LOOK', thread_id: top.id, sent_after: began };
  assert.deepEqual((await run({ ...look, text: 'sampai' })).external_id, fake.sent[0].id);
  fake.next('/comments?', { cut: 'before' });
  assert.equal((await run({ kind: 'SEND', thread_id: top.id, text: 'tak sampai' })).outcome, 'UNKNOWN');
  assert.deepEqual((await run({ ...look, text: 'tak sampai' })).why_code, 'not_sent');
  assert.equal((await run({ ...look, text: 'tak sampai', sent_after: new Date().toISOString() })).outcome, 'UNKNOWN', 'too early to tell');
  fake.next('/comments?', { status: 503, reason: 'backendError' });
  assert.equal((await run({ kind: 'SEND', thread_id: top.id, text: 'galat' })).outcome, 'UNKNOWN');
  assert.equal(fake.sent.length, 1);
}));

test('a passing fault is tried once more, a lasting one is told', () => withFake({}, async (fake, run) => {
  const { top } = fill(fake);
  fake.next('/comments?', { status: 400, reason: 'processingFailure' });
  assert.equal((await run({ kind: 'SEND', thread_id: top.id, text: 'sekali' })).outcome, 'OK');
  fake.next('/comments?', { status: 400, reason: 'processingFailure' }, 2);
  const r = await run({ kind: 'SEND', thread_id: top.id, text: 'dua kali' });
  assert.deepEqual([r.outcome, r.why_code, fake.sent.length], ['PERMANENT', 'rejected', 1]);
}));

test('polling brings each thing once, and what changed', () => withFake({ pageSize: 4 }, async (fake, run) => {
  const { top, held, spam } = fill(fake);
  const first = await drain(run, { kind: 'POLL' });
  assert.deepEqual([...new Set(ids(first.events, 'message'))], [...fake.comments.keys()].sort());
  assert.deepEqual(ids(first.events, 'hidden'), [held.id, spam.id].sort());
  assert.ok(ids(first.events, 'post').includes('vid00000001'));
  const said = first.events.find((e) => e.id === top.id);
  assert.equal(said.text, "Bagus & murah <3 'ya'");

  const hour = 3600e3, now = Date.now();
  const quiet = await drain(run, { kind: 'POLL', cursor: first.cursor }, now + 2 * hour);
  assert.deepEqual(quiet.events, [], 'nothing new is nothing stored');
  fake.now = now + 2 * hour;
  fake.edit(top.id, 'Bagus sekali');
  const late = fake.reply(top.id, 'UCdewi', 'baru datang');
  const fresh = fake.say('vid00000001', 'UCeka', 'halo');
  fake.comments.get(held.id).state = 'published';
  const second = await drain(run, { kind: 'POLL', cursor: quiet.cursor }, now + 6 * hour);
  const edits = second.events.filter((e) => e.kind === 'edit');
  assert.deepEqual(edits.map((e) => [e.target, e.text]), [[top.id, 'Bagus sekali']]);
  for (const c of [late, fresh]) assert.ok(ids(second.events, 'message').includes(c.id), c.text);
  assert.deepEqual(second.events.filter((e) => e.kind === 'hidden').map((e) => [e.target, e.detail.hidden]), [[held.id, false]]);
}));

test('what a list lacks is gone only when it is nowhere', () => withFake({}, async (fake, run) => {
  const { top } = fill(fake);
  const other = fake.say('vid00000001', 'UCbudi', 'nanti ditolak');
  const reply = [...fake.comments.values()].find((c) => c.parent === top.id);
  const hour = 3600e3;
  let at = Date.now(), { cursor } = await drain(run, { kind: 'POLL' });
  const events = [];
  fake.comments.get(other.id).state = 'rejected';
  fake.remove(reply.id);
  for (let i = 0; i < 6; i++) {
    at += 2 * hour;
    const r = await drain(run, { kind: 'POLL', cursor }, at);
    cursor = r.cursor;
    events.push(...r.events);
  }
  assert.deepEqual(ids(events, 'delete'), [reply.id]);
  assert.deepEqual(events.filter((e) => e.kind === 'hidden').map((e) => [e.target, e.detail.type]), [[other.id, 'rejected']]);
}));

test('an answer that lacks what is surely there is not believed', () => withFake({}, async (fake, run) => {
  fill(fake);
  const hour = 3600e3;
  let at = Date.now(), { cursor } = await drain(run, { kind: 'POLL' });
  const events = [], nothing = { kind: 'x', items: [] };
  fake.next('/comment', { status: 200, body: nothing }, 1000);
  for (let i = 0; i < 6; i++) {
    at += 2 * hour;
    const r = await drain(run, { kind: 'POLL', cursor }, at);
    cursor = r.cursor;
    events.push(...r.events);
  }
  assert.deepEqual(ids(events, 'delete'), []);
}));

test('the last tenth of the day is kept for people', () => withFake({}, async (fake, run) => {
  fill(fake);
  const quota = (await run({ kind: 'QUOTA' })).facts;
  assert.deepEqual([quota.limit, quota.costs.send, quota.costs.page], [10000, 50, 1]);
  const used = (n) => ({ quota: { resets_at: quota.resets_at, used: n } });
  assert.equal((await run({ kind: 'QUOTA', state: used(8999) })).facts.used, 8999);
  assert.equal((await run({ kind: 'POLL', state: used(8900) })).outcome, 'OK');
  assert.equal((await run({ kind: 'POLL', state: { quota: { used: 9999, resets_at: '2026-01-01T08:00:00Z' } } })).outcome, 'OK', 'yesterday is over');
  const kept = await run({ kind: 'POLL', state: used(9000) });
  assert.deepEqual([kept.outcome, kept.why_code, kept.until, kept.calls], ['QUOTA', 'quota_used', quota.resets_at, []]);
  assert.equal((await run({ kind: 'BACKFILL', state: used(6000) })).outcome, 'QUOTA');
  fake.quota = 0;
  const over = await run({ kind: 'POLL' });
  assert.deepEqual([over.outcome, over.until, over.cost], ['QUOTA', quota.resets_at, 1]);
  assert.match(over.why, /exceeded your quota\.$/);
}));

test('a page that was lost is asked for anew, and a refusal of one thing does not stop the rest', () => withFake({ pageSize: 2 }, async (fake, run) => {
  fill(fake);
  for (let i = 0; i < 6; i++) fake.say('vid00000001', 'UCbudi', `komentar ${i}`);
  fake.next('pageToken', { status: 400, reason: 'invalidPageToken' });
  fake.next('likelySpam', { status: 403, reason: 'forbidden' });
  const polled = await drain(run, { kind: 'POLL' });
  assert.equal(polled.last.is_last, true);
  fake.next('pageToken', { status: 400, reason: 'invalidPageToken' });
  const past = await drain(run, { kind: 'BACKFILL' });
  assert.deepEqual([...new Set(ids(past.events, 'message'))], [...fake.comments.keys()].sort());
}));
