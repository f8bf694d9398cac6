// Everything that we say to Graph for a Facebook Page and its Messenger, held against a table of required and allowed
// fields, since no vendor specification exists; and what we make of everything that it may answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { retryKey, start } from '../fakes/page.mjs';
import { Contract } from './kit.mjs';

const ani = '6100000000000001';
const png = Buffer.from('89504e470d0a1a0a', 'hex').toString('base64');

async function open(platform, options) {
  const fake = await start(options);
  const c = await Contract.open({ name: platform, upstream: fake.url });
  c.common = { platform, external_id: fake.pageId, token: fake.token, hook_secret: fake.appSecret, verify_token: fake.verifyToken, app_id: fake.appId, app_secret: fake.appSecret,
    api_base: fake.url, auth_base: fake.url, api_version: fake.version };
  return { fake, c, end: async () => { await c.close(); await fake.close(); assert.deepEqual(fake.violations, []); } };
}

const told = (r) => [r.outcome, r.why_code];
const outcome = async (c, op, ...wanted) => assert.deepEqual(told(await c.run(op)), wanted.length > 1 ? wanted : [wanted[0], undefined]);

test('comments are answered in public and in private, changed, hidden, liked, deleted', async () => {
  const { fake, c, end } = await open('facebook');
  const post = fake.post('Menu baru'), asked = fake.comment(post.id, 'Masih ada?'), visitor = fake.post('Halo warung', { from: ani });
  const to = { kind: 'SEND', thread_type: 'comment', thread_id: asked.id };

  const reply = await c.run({ ...to, text: 'Ada kak', reply_to: asked.id, retry_key: retryKey() });
  assert.deepEqual([reply.outcome, reply.external_id, fake.sent[0].on, fake.comments.get(reply.external_id).parent], ['OK', fake.sent[0].id, asked.id, asked.id]);
  await outcome(c, { ...to, thread_id: visitor.id, text: 'Halo juga' }, 'OK');
  const picture = await c.run({ ...to, text: 'Ini fotonya', attachment: { type: 'image', name: 'a.png', mime: 'image/png' }, attachment_base64: png });
  assert.deepEqual([picture.outcome, fake.calls.slice(-2).map((x) => x.name), Boolean(fake.comments.get(picture.external_id).photo)], ['OK', ['photo', 'comment'], true]);
  await outcome(c, { ...to, attachment: { type: 'image', url: 'https://toko.example/m/1.jpg' } }, 'OK');
  await outcome(c, { ...to, attachment: { type: 'file', name: 'a.pdf' }, attachment_base64: png }, 'PERMANENT', 'not_possible');
  await outcome(c, { ...to, text: 'x'.repeat(8001) }, 'PERMANENT', 'too_long');

  const secret = await c.run({ ...to, send_as: 'PRIVATE', reply_to: asked.id, text: 'Kami kirim ke pesan', retry_key: retryKey() });
  assert.deepEqual([secret.outcome, secret.facts.recipient_id, fake.sent.at(-1).recipient], ['OK', ani, { comment_id: asked.id }]);
  await outcome(c, { ...to, send_as: 'PRIVATE', reply_to: asked.id, text: 'Lagi' }, 'PERMANENT', 'said_already');
  await outcome(c, { ...to, thread_id: visitor.id, send_as: 'PRIVATE', text: 'Untuk tamu' }, 'OK');
  assert.deepEqual(fake.sent.at(-1).recipient, { post_id: visitor.id });
  const odd = { ...asked, id: `${fake.pageId}_900`, from: ani };
  fake.comments.set(odd.id, odd);
  const other = await c.run({ ...to, thread_id: odd.id, send_as: 'PRIVATE', text: 'Id yang mirip kiriman' });
  assert.deepEqual([other.outcome, other.calls.length, fake.sent.at(-1).recipient], ['OK', 2, { comment_id: odd.id }]);

  await outcome(c, { kind: 'EDIT', target: reply.external_id, text: 'Ada, kak' }, 'OK');
  assert.equal(fake.comments.get(reply.external_id).message, 'Ada, kak');
  for (const [moderation, key, value] of [['HIDE', 'hidden', true], ['UNHIDE', 'hidden', false], ['LIKE', 'liked', true], ['UNLIKE', 'liked', false]]) {
    await outcome(c, { kind: 'MODERATE', target: asked.id, moderation }, 'OK');
    assert.equal(fake.comments.get(asked.id)[key], value);
  }
  await outcome(c, { kind: 'MODERATE', target: asked.id, moderation: 'DELETE' }, 'OK');
  await outcome(c, { kind: 'MODERATE', target: asked.id, moderation: 'DELETE' }, 'DUPLICATE_OK');
  await outcome(c, { kind: 'MODERATE', target: asked.id, moderation: 'HIDE' }, 'PERMANENT', 'gone');
  await outcome(c, { kind: 'MODERATE', target: asked.id, moderation: 'PUBLISH' }, 'PERMANENT', 'not_possible');
  await outcome(c, { ...to, text: 'Terlambat', reply_to: asked.id }, 'PERMANENT', 'gone');
  await end();
});

test('messages go out with words, files, choices and as a person after the window', async () => {
  const { fake, c, end } = await open('messenger');
  const asked = fake.say(ani, 'Halo kak'), to = { kind: 'SEND', thread_type: 'direct', thread_id: ani };
  fake.people.set(ani, { first_name: 'Ani', last_name: 'Contoh', name: 'Ani Contoh', profile_pic: 'https://scontent.example/ani.jpg' });

  const key = retryKey(), reply = await c.run({ ...to, text: 'Siap kak', reply_to: asked.id, retry_key: key, choices: ['Ya', 'Belum jadi, nanti saja ya kak'] });
  assert.deepEqual([reply.outcome, reply.external_id, fake.sent[0].message.metadata, fake.sent[0].reply_to, fake.sent[0].messaging_type], ['OK', fake.sent[0].id, key, { mid: asked.id }, 'RESPONSE']);
  assert.deepEqual(fake.sent[0].message.quick_replies[1], { content_type: 'text', title: 'Belum jadi, nanti sa', payload: 'Belum jadi, nanti saja ya kak' });
  for (const type of ['image', 'video', 'audio', 'voice', 'file'])
    await outcome(c, { ...to, attachment: { type, name: `a "b".${type}`, mime: 'image/png' }, attachment_base64: png, retry_key: retryKey() }, 'OK');
  assert.deepEqual([fake.sent.at(-1).filedata.bytes.toString('base64'), fake.sent.at(-1).filedata.name], [png, 'a _b_.file']);
  await outcome(c, { ...to, attachment: { type: 'image', url: 'https://toko.example/m/1.jpg' } }, 'OK');
  await outcome(c, { ...to, text: 'kata', attachment: { type: 'image' }, attachment_base64: png }, 'PERMANENT', 'not_possible');
  await outcome(c, { ...to, attachment: { type: 'location' } }, 'PERMANENT', 'not_possible');
  await outcome(c, { ...to, text: '😀'.repeat(1000) }, 'OK');
  await outcome(c, { ...to, text: '😀'.repeat(1001) }, 'PERMANENT', 'too_long');
  await outcome(c, { ...to, thread_id: 'ref:r-1', text: 'Dari plugin' }, 'OK');
  assert.deepEqual(fake.sent.at(-1).recipient, { user_ref: 'r-1' });
  await outcome(c, { ...to, thread_id: '404', text: 'Halo' }, 'PERMANENT', 'chat_not_found');

  asked.at -= 25 * 3600e3;
  await outcome(c, { ...to, text: 'Maaf lama' }, 'PERMANENT', 'window_closed');
  await outcome(c, { ...to, text: 'Maaf lama', send_as: 'HUMAN_AGENT' }, 'OK');
  assert.deepEqual([fake.sent.at(-1).messaging_type, fake.sent.at(-1).tag], ['MESSAGE_TAG', 'HUMAN_AGENT']);

  await outcome(c, { kind: 'MARK_READ', thread_id: ani }, 'OK');
  await outcome(c, { kind: 'REACT', thread_id: ani, target: asked.id, text: '❤️' }, 'OK');
  assert.deepEqual([fake.lastSeen, fake.reactions.get(asked.id)], [ani, 'love']);
  await outcome(c, { kind: 'REACT', thread_id: ani, target: asked.id, text: '' }, 'OK');
  assert.equal(fake.reactions.get(asked.id), '');
  const who = await c.run({ kind: 'PROFILE', author_id: ani });
  assert.deepEqual([who.events[0].kind, who.events[0].author], ['profile', { id: ani, name: 'Ani Contoh' }]);
  fake.say('62', 'tanpa profil');
  await outcome(c, { kind: 'PROFILE', author_id: '62' }, 'PERMANENT', 'no_profile');
  await end();
});

test('a login brings the token of a Page, and brings it again', async () => {
  const { fake, c, end } = await open('messenger');
  const op = { kind: 'GRANT', code: 'kode-masuk', redirect_url: 'https://toko.example/kembali', token: '' };

  const one = await c.run(op);
  assert.deepEqual([one.outcome, one.grant.token, one.grant.refresh_token, one.external_id], ['OK', fake.token, fake.userToken, fake.pageId]);
  const only = await c.run({ ...op, external_id: '' });
  assert.deepEqual([only.outcome, only.grant.token], ['OK', fake.token]);
  fake.pages.push({ id: '2', name: 'Warung Dua', access_token: 'EAADUA' }, { id: '3', name: 'Warung Tiga', access_token: 'EAATIGA' });
  const several = await c.run({ ...op, external_id: '' });
  assert.deepEqual([several.facts.accounts.map((a) => a.name), several.facts.more, several.grant.token], [['Warung Melati', 'Warung Dua'], true, null]);
  fake.pages.length = 0;
  assert.deepEqual((await c.run({ ...op, external_id: '' })).facts.accounts, [{ id: fake.pageId }]);
  await outcome(c, { ...op, code: 'kode-lama' }, 'PERMANENT', 'login_again');
  const renewed = await c.run({ kind: 'RENEW', refresh_token: fake.userToken, token: 'EAAlama' });
  assert.deepEqual([renewed.outcome, renewed.grant.token], ['OK', fake.token]);
  await outcome(c, { kind: 'RENEW', refresh_token: 'EAAmati' }, 'AUTH', 'unauthorized');
  await end();
});

test('a check tells the account, what is missing, and when the token ends', async () => {
  const { fake, c, end } = await open('facebook');
  const good = await c.run({ kind: 'CHECK' });
  assert.deepEqual([good.outcome, good.external_id, good.facts], ['OK', fake.pageId,
    { name: fake.pageName, followers: 120, fans: 118, missing: [], data_access_expires_at: '2027-01-15T08:00:00.000Z' }]);
  fake.scopes = ['pages_read_engagement'];
  assert.deepEqual((await c.run({ kind: 'CHECK' })).facts.missing, ['pages_manage_metadata', 'pages_read_user_content', 'pages_manage_engagement']);
  fake.needsProof = false;
  const bare = await c.run({ kind: 'CHECK', app_secret: '', app_id: '' });
  assert.deepEqual([bare.outcome, bare.calls.length, bare.facts.missing], ['OK', 1, undefined]);
  fake.needsProof = true;
  await outcome(c, { kind: 'CHECK', token: 'EAAmati' }, 'AUTH', 'unauthorized');
  fake.isRevoked = true;
  await outcome(c, { kind: 'CHECK' }, 'AUTH', 'unauthorized');
  fake.isRevoked = false;
  const use = await c.run({ kind: 'QUOTA' });
  assert.deepEqual(use.facts, { limit: 100, used: 7 });
  await end();
});

test('the webhook is set for all that is wanted, or for what this version knows', async () => {
  const { fake, c, end } = await open('facebook');
  assert.deepEqual((await c.run({ kind: 'HOOK_INFO' })).facts.hook.is_set, false);
  await outcome(c, { kind: 'HOOK_SET', hook_url: 'https://toko.example/hooks/facebook/kunci' }, 'OK');
  assert.equal(fake.appHook.callback_url, 'https://toko.example/hooks/facebook/kunci');
  assert.ok(fake.subscribed.includes('messaging_handovers'));
  fake.unknownFields.add('message_context');
  const least = await c.run({ kind: 'HOOK_SET', hook_url: 'https://toko.example/hooks/facebook/lain' });
  assert.deepEqual([least.calls.length, fake.appHook.callback_url], [4, 'https://toko.example/hooks/facebook/lain']);
  assert.deepEqual([least.outcome, least.facts.hook.is_least, fake.subscribed], ['OK', true, ['feed', 'messages', 'message_echoes', 'messaging_postbacks']]);
  assert.deepEqual((await c.run({ kind: 'HOOK_INFO' })).facts.hook, { is_set: true, app: 'Warung Inbox', missing: [] });
  await outcome(c, { kind: 'HOOK_DROP' }, 'OK');
  assert.equal(fake.subscribed, null);
  await end();
});

// Page by page until the last; a process that ends between two pages loses nothing, since the cursor is all there is.
async function readAll(c, first) {
  const events = [];
  let cursor = first, calls = 0;
  for (;;) {
    const r = await c.run({ kind: 'BACKFILL', cursor });
    assert.equal(r.outcome, 'OK');
    events.push(...(r.events ?? []));
    if (r.is_last) return { events, calls };
    cursor = r.cursor;
    assert.ok(++calls < 100);
  }
}

test('posts with their comments are read back, and only what moved when a gap is filled', async () => {
  const { fake, c, end } = await open('facebook');
  const old = Date.now() - 30 * 24 * 3600e3, wanted = new Set();
  for (let i = 0; i < 5; i++) {
    const post = fake.post(`Kiriman ${i}`, { at: old + i * 1000, likes: i });
    wanted.add(post.id);
    for (let k = 0; k < i; k++) wanted.add(fake.comment(post.id, `Tanya ${i}.${k}`, { at: old + i * 1000 + k }).id);
  }
  const all = await readAll(c, '');
  const ids = all.events.filter((e) => e.id).map((e) => e.id);
  assert.deepEqual(new Set(ids), wanted);
  assert.equal(ids.length, wanted.size);
  assert.deepEqual(all.events.find((e) => e.text === 'Kiriman 3').detail, { likes: 3, comments: 3, shares: 1, permalink_url: `https://www.facebook.com/${all.events.find((e) => e.text === 'Kiriman 3').id}` });

  const fresh = fake.comment(fake.posts[3].id, 'Baru saja');
  const gap = await readAll(c, { since: Math.floor(Date.now() / 1000) - 3600 });
  assert.deepEqual(gap.events.filter((e) => e.kind === 'message').map((e) => e.id), [fresh.id]);
  fake.next('/comments', { error: [100, 33] });
  assert.equal((await readAll(c, { since: Math.floor(Date.now() / 1000) - 3600 })).events.filter((e) => e.kind === 'message').length, 0);

  const numbers = await c.run({ kind: 'POLL', cursor: 'tetap' });
  assert.deepEqual([numbers.cursor, numbers.is_last, numbers.events[0].detail.views, numbers.events[0].detail.followers], ['tetap', true, 240, 120]);
  fake.hasInsights = false;
  const fewer = await c.run({ kind: 'POLL' });
  assert.deepEqual([fewer.outcome, fewer.events[0].detail.views, fewer.events[0].detail.likes], ['OK', undefined, 4]);
  await end();
});

test('conversations are read back with both sides', async () => {
  const { fake, c, end } = await open('messenger');
  for (let i = 1; i <= 5; i++) {
    fake.say(`610000000000000${i}`, `Halo ${i}`);
    fake.say(`610000000000000${i}`, `Siap ${i}`, { from: fake.pageId });
  }
  const all = await readAll(c, '');
  assert.equal(all.events.length, 10);
  assert.deepEqual([...new Set(all.events.map((e) => e.direction))].sort(), ['in', 'out']);
  assert.deepEqual(new Set(all.events.map((e) => e.thread.id)).size, 5);
  await end();
});

test('a send whose answer was lost is looked up, never sent again blindly', async () => {
  for (const platform of ['facebook', 'messenger']) {
    const { fake, c, end } = await open(platform);
    const asked = platform === 'facebook' ? fake.comment(fake.post('Menu').id, 'Ada?') : fake.say(ani, 'Ada?');
    const op = { kind: 'SEND', thread_type: platform === 'facebook' ? 'comment' : 'direct', thread_id: platform === 'facebook' ? asked.id : ani, text: 'Ada kak' };
    const edge = platform === 'facebook' ? '/comments' : '/messages', before = new Date(Date.now() - 1000).toISOString(), long = new Date(Date.now() - 120e3).toISOString();

    fake.next(edge, { cut: 'after' });
    await outcome(c, { ...op, retry_key: retryKey() }, 'UNKNOWN', 'unreachable');
    const found = await c.run({ ...op, kind: 'LOOK', sent_after: before });
    assert.deepEqual([found.outcome, found.external_id, fake.sent.length], ['OK', fake.sent[0].id, 1]);
    fake.next(edge, { cut: 'before' });
    await outcome(c, { ...op, text: 'Yang kedua' }, 'UNKNOWN', 'unreachable');
    await outcome(c, { ...op, text: 'Yang kedua', kind: 'LOOK', sent_after: before }, 'UNKNOWN', 'not_yet_seen');
    await outcome(c, { ...op, text: 'Yang kedua', kind: 'LOOK', sent_after: long }, 'PERMANENT', 'not_sent');
    for (const fault of [{ status: 502 }, { status: 500, body: '' }, { error: [2, 0], status: 500 }]) {
      fake.next(edge, fault);
      await outcome(c, op, 'UNKNOWN', 'unreachable');
    }
    assert.equal(fake.sent.length, 1);
    await end();
  }
});

test('a private answer whose fate is unknown is found in its conversation', async () => {
  const { fake, c, end } = await open('facebook');
  const asked = fake.comment(fake.post('Menu').id, 'Ada?'), op = { kind: 'SEND', thread_type: 'comment', thread_id: asked.id, reply_to: asked.id, send_as: 'PRIVATE', text: 'Kami kirim' };
  const before = new Date(Date.now() - 1000).toISOString(), long = new Date(Date.now() - 120e3).toISOString();
  await outcome(c, { ...op, kind: 'LOOK', sent_after: long }, 'PERMANENT', 'not_sent');
  fake.next('/messages', { cut: 'after' });
  await outcome(c, op, 'UNKNOWN', 'unreachable');
  const found = await c.run({ ...op, kind: 'LOOK', sent_after: before });
  assert.deepEqual([found.outcome, found.external_id], ['OK', fake.sent[0].id]);
  await end();
});

test('limits, dead tokens and refusals come to what they ask for', async () => {
  const { fake, c, end } = await open('messenger');
  fake.say(ani, 'Halo');
  const op = { kind: 'SEND', thread_type: 'direct', thread_id: ani, text: 'Halo' };
  const use = JSON.stringify({ [fake.pageId]: [{ type: 'messenger', call_count: 100, total_cputime: 1, total_time: 1, estimated_time_to_regain_access: 19 }] });

  fake.next('/messages', { error: [80006, 0], status: 429, headers: { 'x-business-use-case-usage': use } });
  const slow = await c.run(op);
  assert.deepEqual(told(slow), ['RETRY_AT', 'slow_down']);
  assert.ok(Math.abs(Date.parse(slow.until) - Date.now() - 19 * 60e3) < 60e3);
  for (const [error, ...wanted] of [[[190, 463], 'AUTH', 'unauthorized'], [[368, 0], 'RETRY_AT', 'restricted'], [[200, 1545041], 'PERMANENT', 'not_available'], [[10, 2018108], 'PERMANENT', 'permission_missing'],
    [[551, 0], 'PERMANENT', 'not_available'], [[1200, 0], 'RETRY', 'unreachable'], [[10303, 0], 'PERMANENT', 'owned_elsewhere'], [[100, 2018109], 'PERMANENT', 'file_too_big']]) {
    fake.next('/messages', { error });
    await outcome(c, op, ...wanted);
  }
  fake.isRevoked = true;
  await outcome(c, op, 'AUTH', 'unauthorized');
  fake.isRevoked = false;
  await outcome(c, { ...op, app_secret: 'bukan ini' }, 'PERMANENT', 'app_secret_wrong');
  assert.equal(fake.sent.length, 0);
  await end();
});
