// Everything that we say to Instagram, by either login, held against a table of required and allowed fields, since no vendor
// specification exists; and what we make of everything that it may answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { start } from '../fakes/instagram.mjs';
import { Contract } from './kit.mjs';

const ana = '6200000000000001';
const png = Buffer.from('89504e470d0a1a0a', 'hex').toString('base64');

// What a failed test leaves open would keep the process waiting for ever.
async function open(t, login = 'instagram', options = {}) {
  const fake = await start({ login, ...options });
  const c = await Contract.open({ name: 'instagram', upstream: fake.url });
  t.after(() => { c.driver.child.kill(); return fake.server.listening ? fake.close() : null; });
  c.common = { platform: 'instagram', external_id: fake.id, token: fake.token, hook_secret: fake.appSecret, verify_token: fake.verifyToken, app_id: fake.appId, app_secret: fake.appSecret,
    api_base: fake.url, auth_base: fake.url, api_version: fake.version, state: { login, username: fake.username } };
  return { fake, c, end: async () => { await c.close(); await fake.close(); assert.deepEqual(fake.violations, []); } };
}

const told = (r) => [r.outcome, r.why_code];
const outcome = async (c, op, ...wanted) => assert.deepEqual(told(await c.run(op)), wanted.length > 1 ? wanted : [wanted[0], undefined]);

for (const login of ['instagram', 'facebook'])
  test(`comments are answered in public and in private, hidden, deleted (${login} login)`, async (t) => {
    const { fake, c, end } = await open(t, login);
    const post = fake.post('Batik baru'), asked = fake.comment(post.id, 'Berapa kak?'), to = { kind: 'SEND', thread_type: 'comment', thread_id: asked.id };

    const reply = await c.run({ ...to, text: 'Dua ratus kak', reply_to: asked.id });
    assert.deepEqual([reply.outcome, reply.external_id, fake.sent[0].via, fake.sent[0].on], ['OK', fake.sent[0].id, 'reply', asked.id]);
    await outcome(c, { ...to, thread_id: post.id, text: 'Masih ada' }, 'OK');
    assert.equal(fake.sent.at(-1).via, 'comment');
    await outcome(c, { ...to, text: 'Terima kasih', target_detail: { mention: true, read: 'mention/18000000000000077/17900000000000077' } }, 'OK');
    assert.deepEqual([fake.sent.at(-1).via, fake.sent.at(-1).media_id, fake.sent.at(-1).comment_id], ['mention', '18000000000000077', '17900000000000077']);
    await outcome(c, { ...to, text: 'x'.repeat(2201) }, 'PERMANENT', 'too_long');
    await outcome(c, { ...to, text: ' ' }, 'PERMANENT', 'empty');
    await outcome(c, { ...to, attachment: { type: 'image' }, attachment_base64: png }, 'PERMANENT', 'not_possible');

    const secret = await c.run({ ...to, send_as: 'PRIVATE', reply_to: asked.id, text: 'Kami kirim ke pesan' });
    assert.deepEqual([secret.outcome, fake.sent.at(-1).recipient], ['OK', { comment_id: asked.id }]);
    await outcome(c, { ...to, send_as: 'PRIVATE', reply_to: asked.id, text: 'Lagi' }, 'PERMANENT', 'said_already');

    await outcome(c, { kind: 'MODERATE', target: asked.id, moderation: 'HIDE' }, 'OK');
    assert.equal(asked.hidden, true);
    await outcome(c, { kind: 'MODERATE', target: asked.id, moderation: 'UNHIDE' }, 'OK');
    assert.equal(asked.hidden, false);
    await outcome(c, { kind: 'MODERATE', target: asked.id, moderation: 'LIKE' }, 'PERMANENT', 'not_possible');
    await outcome(c, { kind: 'MODERATE', target: asked.id, moderation: 'DELETE' }, 'OK');
    await outcome(c, { kind: 'MODERATE', target: asked.id, moderation: 'DELETE' }, 'DUPLICATE_OK');
    await outcome(c, { kind: 'MODERATE', target: asked.id, moderation: 'HIDE' }, 'PERMANENT', 'gone');
    await outcome(c, { kind: 'EDIT', target: asked.id, text: 'x' }, 'PERMANENT', 'not_possible');
    await outcome(c, { ...to, text: 'Terlambat' }, 'PERMANENT', 'gone');
    await end();
  });

for (const login of ['instagram', 'facebook'])
  test(`messages go out within their limits, and as a person after the window (${login} login)`, async (t) => {
    const { fake, c, end } = await open(t, login);
    const asked = fake.say(ana, 'Halo kak'), to = { kind: 'SEND', thread_type: 'direct', thread_id: ana };
    fake.people.set(ana, { name: 'Ana T', username: 'ana.t', profile_pic: 'https://scontent.cdninstagram.com/a.jpg', follower_count: 3 });

    const reply = await c.run({ ...to, text: 'Siap kak', reply_to: asked.id, choices: ['Ya', 'Belum jadi, nanti saja ya kak'] });
    assert.deepEqual([reply.outcome, reply.external_id, fake.sent[0].reply_to], ['OK', fake.sent[0].id, { mid: asked.id }]);
    fake.knowsQuotes = false;
    const plain = await c.run({ ...to, text: 'Tanpa kutipan', reply_to: asked.id });
    assert.deepEqual([plain.outcome, plain.calls.length, fake.sent.at(-1).reply_to], ['OK', 2, undefined]);
    await outcome(c, { ...to, text: '😀'.repeat(250) }, 'OK');
    await outcome(c, { ...to, text: `${'😀'.repeat(250)}a` }, 'PERMANENT', 'too_long');
    for (const type of ['image', 'video', 'audio', 'voice', 'file'])
      await outcome(c, { ...to, attachment: { type, url: `https://toko.example/m/1.${type}` } }, 'OK');
    assert.deepEqual(fake.sent.at(-1).message.attachment, { type: 'file', payload: { url: 'https://toko.example/m/1.file' } });
    await outcome(c, { ...to, attachment: { type: 'image', name: 'a.png', mime: 'image/png' }, attachment_base64: png }, 'OK');
    await outcome(c, { ...to, attachment: { type: 'image', mime: 'image/png' }, attachment_base64: Buffer.alloc((8 << 20) + 1).toString('base64') }, 'PERMANENT', 'file_too_big');
    await outcome(c, { ...to, text: 'kata', attachment: { type: 'image' }, attachment_base64: png }, 'PERMANENT', 'not_possible');
    await outcome(c, { ...to, attachment: { type: 'location' } }, 'PERMANENT', 'not_possible');
    await outcome(c, { ...to, thread_id: '404', text: 'Halo' }, 'PERMANENT', 'chat_not_found');

    asked.at -= 25 * 3600e3;
    await outcome(c, { ...to, text: 'Maaf lama' }, 'PERMANENT', 'window_closed');
    await outcome(c, { ...to, text: 'Maaf lama', send_as: 'HUMAN_AGENT' }, 'OK');
    assert.deepEqual([fake.sent.at(-1).messaging_type, fake.sent.at(-1).tag], ['MESSAGE_TAG', 'HUMAN_AGENT']);

    await outcome(c, { kind: 'MARK_READ', thread_type: 'direct', thread_id: ana }, 'OK');
    await outcome(c, { kind: 'REACT', thread_type: 'direct', thread_id: ana, target: asked.id, text: '❤️' }, 'OK');
    await outcome(c, { kind: 'REACT', thread_type: 'direct', thread_id: ana, target: asked.id, text: '' }, 'OK');
    assert.deepEqual(fake.acts.map((a) => [a.sender_action, a.payload]), [['mark_seen', undefined], ['react', { message_id: asked.id, reaction: 'love' }], ['unreact', { message_id: asked.id }]]);
    await outcome(c, { kind: 'REACT', thread_type: 'comment', thread_id: '1', target: '1', text: '❤️' }, 'PERMANENT', 'not_possible');

    const who = await c.run({ kind: 'PROFILE', author_id: ana });
    assert.deepEqual([who.events[0].kind, who.events[0].author], ['profile', { id: ana, name: 'Ana T', username: 'ana.t' }]);
    fake.say('62', 'tanpa izin');
    await outcome(c, { kind: 'PROFILE', author_id: '62' }, 'PERMANENT', 'no_profile');
    await outcome(c, { kind: 'PROFILE', author_id: '63' }, 'PERMANENT', 'no_profile');
    fake.next('/64', { error: [9010, 0] });
    await outcome(c, { kind: 'PROFILE', author_id: '64' }, 'PERMANENT', 'no_profile');
    assert.deepEqual((await c.run({ kind: 'QUOTA' })).facts, { limit: 100, used: 7 });
    await end();
  });

test('a login of Instagram brings a token of sixty days, in either shape, and the next one', async (t) => {
  const { fake, c, end } = await open(t);
  const op = { kind: 'GRANT', code: 'kode-masuk#_', redirect_url: 'https://toko.example/kembali', token: '', external_id: '' };
  for (const wraps of [false, true]) {
    fake.wraps = wraps;
    const got = await c.run(op);
    assert.deepEqual([got.outcome, got.grant.token, got.external_id, got.facts], ['OK', fake.token, fake.id,
      { login: 'instagram', id: fake.id, scoped_id: '9876543210987654', username: 'batik', name: 'Toko Batik' }]);
    assert.ok(Math.abs(Date.parse(got.grant.expires_at) - Date.now() - 5183944e3) < 60e3);
  }
  await outcome(c, { ...op, code: 'kode-lama' }, 'PERMANENT', 'login_again');
  fake.next('/oauth/access_token', { status: 502 });
  await outcome(c, op, 'PERMANENT', 'login_again');
  const next = await c.run({ kind: 'RENEW' });
  assert.deepEqual([next.outcome, next.grant.token], ['OK', 'IGAAnewer']);
  await outcome(c, { kind: 'RENEW', token: 'IGAAmati' }, 'AUTH', 'unauthorized');
  await outcome(c, { kind: 'RENEW', token: '' }, 'AUTH', 'unauthorized');
  await end();
});

test('a login of Facebook brings the token of the page that the account hangs on', async (t) => {
  const { fake, c, end } = await open(t, 'facebook');
  const op = { kind: 'GRANT', code: 'kode-masuk#_', redirect_url: 'https://toko.example/kembali', token: '', external_id: '' };
  const only = await c.run(op);
  assert.deepEqual([only.outcome, only.grant.token, only.grant.refresh_token, only.external_id, only.facts], ['OK', fake.token, 'EAAlong', fake.id,
    { login: 'facebook', id: fake.id, page_id: '1122334455', username: 'batik', page: 'Toko Batik' }]);
  fake.pages.push({ id: '2', name: 'Tanpa akun', access_token: 'EAA2' });
  assert.deepEqual((await c.run(op)).grant.token, fake.token);
  fake.pages.push({ id: '3', name: 'Toko Dua', access_token: 'EAA3', instagram_business_account: { id: '17841400000000003', username: 'dua' } });
  const several = await c.run(op);
  assert.deepEqual([several.outcome, several.grant.token, several.facts.accounts.map((a) => a.instagram)], ['OK', null, [fake.id, '17841400000000003']]);
  assert.deepEqual((await c.run({ ...op, external_id: '17841400000000003' })).grant.token, 'EAA3');
  const renewed = await c.run({ kind: 'RENEW', refresh_token: 'EAAlong', token: 'EAAlama', state: { login: 'facebook', page_id: '1122334455' } });
  assert.deepEqual([renewed.outcome, renewed.grant.token, renewed.external_id], ['OK', fake.token, fake.id]);
  await outcome(c, { ...op, code: 'kode-lama' }, 'PERMANENT', 'login_again');
  fake.pages = [{ id: '2', name: 'Tanpa akun', access_token: 'EAA2' }];
  await outcome(c, op, 'PERMANENT', 'account_missing');
  await end();
});

test('a check tells the account and names the permission that is missing', async (t) => {
  const { fake, c, end } = await open(t);
  const good = await c.run({ kind: 'CHECK', external_id: '' });
  assert.deepEqual([good.outcome, good.external_id, good.facts.username, good.facts.scoped_id, good.facts.followers, good.facts.missing], ['OK', fake.id, 'batik', '9876543210987654', 1200, []]);
  fake.denied.add('conversations').add('media');
  assert.deepEqual((await c.run({ kind: 'CHECK' })).facts.missing, ['instagram_business_manage_messages', 'instagram_business_manage_comments']);
  await outcome(c, { kind: 'CHECK', token: 'IGAAmati' }, 'AUTH', 'unauthorized');
  await outcome(c, { kind: 'CHECK', token: 'dua kata' }, 'AUTH', 'unauthorized');
  fake.isRevoked = true;
  await outcome(c, { kind: 'CHECK' }, 'AUTH', 'unauthorized');
  await end();

  const fb = await open(t, 'facebook');
  const whole = await fb.c.run({ kind: 'CHECK', external_id: '' });
  assert.deepEqual([whole.outcome, whole.external_id, whole.facts.login, whole.facts.missing, whole.facts.data_access_expires_at], ['OK', fb.fake.id, 'facebook', [], '2027-01-15T08:00:00.000Z']);
  fb.fake.scopes = ['instagram_basic', 'pages_show_list', 'pages_read_engagement', 'pages_manage_metadata'];
  assert.deepEqual((await fb.c.run({ kind: 'CHECK' })).facts.missing, ['instagram_manage_comments', 'instagram_manage_messages']);
  await fb.end();
});

test('the webhook is set for all that is wanted, or for what this version knows', async (t) => {
  const { fake, c, end } = await open(t);
  assert.equal((await c.run({ kind: 'HOOK_INFO' })).facts.hook.is_set, false);
  await outcome(c, { kind: 'HOOK_SET', hook_url: 'https://toko.example/hooks/instagram/kunci' }, 'OK');
  assert.ok(fake.subscribed.includes('messaging_seen'));
  assert.deepEqual((await c.run({ kind: 'HOOK_INFO' })).facts.hook, { is_set: true, app: 'Warung Inbox', missing: [] });
  fake.unknownFields.add('messaging_handover');
  const least = await c.run({ kind: 'HOOK_SET' });
  assert.deepEqual([least.outcome, least.facts.hook.is_least, fake.subscribed], ['OK', true, ['messages', 'comments']]);
  assert.deepEqual((await c.run({ kind: 'HOOK_INFO' })).facts.hook.missing, ['mentions', 'messaging_seen', 'message_reactions']);
  await outcome(c, { kind: 'HOOK_DROP' }, 'OK');
  assert.equal(fake.subscribed, null);
  await end();

  const fb = await open(t, 'facebook');
  await outcome(fb.c, { kind: 'HOOK_SET', hook_url: 'https://toko.example/hooks/instagram/kunci' }, 'OK');
  assert.deepEqual([fb.fake.appHook.object, fb.fake.subscribed], ['instagram', ['feed']]);
  fb.fake.subscribed = ['feed', 'messages'];
  await outcome(fb.c, { kind: 'HOOK_SET' }, 'OK');
  await outcome(fb.c, { kind: 'HOOK_DROP' }, 'OK');
  assert.deepEqual(fb.fake.subscribed, ['feed', 'messages'], "the Page's own channels keep theirs");
  await fb.end();
});

// Page by page until the last; a process that ends between two pages loses nothing, since the cursor is all there is.
async function readAll(c, kind, first = '') {
  const events = [];
  for (let cursor = first, calls = 0; ; calls++) {
    const r = await c.run({ kind, cursor });
    assert.deepEqual(told(r), ['OK', undefined]);
    events.push(...(r.events ?? []));
    if (r.is_last) return { events, cursor: r.cursor, until: r.until };
    cursor = r.cursor;
    assert.ok(calls < 200);
  }
}

for (const login of ['instagram', 'facebook'])
  test(`conversations, posts and all their comments are read back (${login} login)`, async (t) => {
    const { fake, c, end } = await open(t, login);
    const wanted = new Set();
    for (let i = 1; i <= 5; i++) {
      wanted.add(fake.say(`620000000000000${i}`, `Halo ${i}`).id).add(fake.say(`620000000000000${i}`, `Siap ${i}`, { from: fake.id }).id);
      const post = fake.post(`Kiriman ${i}`);
      wanted.add(post.id);
      for (let k = 0; k < i; k++) {
        const top = fake.comment(post.id, `Tanya ${i}.${k}`);
        wanted.add(top.id);
        for (let r = 0; r < k; r++) wanted.add(fake.comment(top.id, `Jawab ${r}`, { from: fake.id, username: fake.username }).id);
      }
    }
    const all = await readAll(c, 'BACKFILL');
    assert.deepEqual(new Set(all.events.filter((e) => e.id).map((e) => e.id)), wanted);
    assert.ok(all.events.filter((e) => /^Jawab|^Siap/.test(e.text ?? '')).every((e) => e.direction === 'out'));
    assert.ok(all.events.filter((e) => /^Tanya|^Halo/.test(e.text ?? '')).every((e) => e.direction === 'in' && e.thread.id));

    fake.denied.add('conversations');
    assert.equal((await readAll(c, 'BACKFILL')).events.filter((e) => e.thread?.type === 'direct').length, 0);
    fake.denied.clear();
    fake.next('/comments', { error: [100, 33] });
    await readAll(c, 'BACKFILL');
    fake.isRevoked = true;
    await outcome(c, { kind: 'BACKFILL', cursor: '' }, 'AUTH', 'unauthorized');
    await end();
  });

test('a mention that came as ids gets its words', async (t) => {
  const { c, end } = await open(t);
  const comment = await c.run({ kind: 'BACKFILL', cursor: 'mention/18000000000000077/17900000000000077' });
  assert.deepEqual([comment.outcome, comment.is_last, comment.events.map((e) => [e.kind, e.id ?? e.target, e.text])], ['OK', true,
    [['message', '17900000000000077', 'cobain @batik'], ['edit', '17900000000000077', 'cobain @batik']]]);
  const caption = await c.run({ kind: 'BACKFILL', cursor: 'mention/18000000000000078/' });
  assert.deepEqual(caption.events.map((e) => [e.kind, e.text, e.thread?.post]), [['message', 'foto dengan @batik', '18000000000000078'], ['edit', 'foto dengan @batik', undefined]]);
  await end();
});

test('polling tells what no webhook does: numbers, and comments that changed, were hidden, or are gone', async (t) => {
  const { fake, c, end } = await open(t);
  const post = fake.post('Batik baru', { likes: 4 }), old = fake.post('Tahun lalu', { at: Date.now() - 365 * 86400e3 });
  const [kept, edited, hidden, gone] = ['tetap', 'salah ketik', 'kasar', 'dihapus'].map((words) => fake.comment(post.id, words));
  const reply = fake.comment(kept.id, 'balasan');
  fake.comment(old.id, 'lama');

  const first = await readAll(c, 'POLL');
  assert.equal(first.events.filter((e) => e.kind === 'message').length, 6);
  assert.deepEqual(first.events.find((e) => e.kind === 'post' && e.id === post.id).detail.likes, 4);
  assert.deepEqual(first.events.find((e) => e.detail?.views)?.detail, { views: 240, shares: 3 });
  assert.equal(first.events.find((e) => e.id === fake.id).detail.followers, 1200);
  assert.ok(Date.parse(first.until) > Date.now() + 20 * 60e3);

  edited.text = 'sudah benar';
  hidden.hidden = true;
  fake.comments.delete(gone.id);
  fake.comments.delete(reply.id);
  const second = await readAll(c, 'POLL', first.cursor), of = (kind) => second.events.filter((e) => e.kind === kind);
  assert.deepEqual(of('edit').map((e) => [e.target, e.text]), [[edited.id, 'sudah benar']]);
  assert.ok(of('hidden').some((e) => e.target === hidden.id && e.detail.hidden));
  assert.deepEqual(new Set(of('delete').map((e) => e.target)), new Set([gone.id, reply.id]));
  assert.equal(of('message').some((e) => e.text === 'lama'), false, 'an old post whose count stands still is not asked about');

  hidden.hidden = false;
  const third = await readAll(c, 'POLL', second.cursor);
  assert.deepEqual(third.events.filter((e) => !['message', 'post'].includes(e.kind)).map((e) => [e.kind, e.target, e.detail]), [['hidden', hidden.id, { hidden: false }]]);
  fake.hasInsights = false;
  await readAll(c, 'POLL');
  await end();
});

test('a send whose answer was lost is looked up, never sent again blindly', async (t) => {
  for (const type of ['direct', 'comment', 'private']) {
    const { fake, c, end } = await open(t);
    const asked = type === 'direct' ? fake.say(ana, 'Ada?') : fake.comment(fake.post('Menu').id, 'Ada?');
    const op = { kind: 'SEND', thread_type: type === 'direct' ? 'direct' : 'comment', thread_id: type === 'direct' ? ana : asked.id, text: 'Ada kak', ...(type === 'private' ? { send_as: 'PRIVATE', reply_to: asked.id } : {}) };
    const edge = type === 'comment' ? '/replies' : '/messages', before = new Date(Date.now() - 1000).toISOString(), long = new Date(Date.now() - 120e3).toISOString();

    fake.next(edge, { cut: 'after' });
    await outcome(c, op, 'UNKNOWN', 'unreachable');
    const found = await c.run({ ...op, kind: 'LOOK', sent_after: before });
    assert.deepEqual([found.outcome, found.external_id, fake.sent.length], ['OK', fake.sent[0].id, 1]);
    fake.next(edge, { cut: 'before' });
    await outcome(c, { ...op, text: 'Yang kedua' }, 'UNKNOWN', 'unreachable');
    await outcome(c, { ...op, text: 'Yang kedua', kind: 'LOOK', sent_after: before }, 'UNKNOWN', 'not_yet_seen');
    await outcome(c, { ...op, text: 'Yang kedua', kind: 'LOOK', sent_after: long }, 'PERMANENT', 'not_sent');
    for (const fault of [{ status: 502 }, { status: 500, body: '' }, { error: [2, 0], status: 500 }, { error: [1, 0] }]) {
      fake.next(edge, fault);
      await outcome(c, op, 'UNKNOWN', 'unreachable');
    }
    assert.equal(fake.sent.length, 1);
    await end();
  }
});

test('every refusal comes to what it asks for', async (t) => {
  const { fake, c, end } = await open(t);
  fake.say(ana, 'Halo');
  const op = { kind: 'SEND', thread_type: 'direct', thread_id: ana, text: 'Halo' };
  const use = JSON.stringify({ [fake.id]: [{ type: 'instagram', call_count: 100, total_cputime: 1, total_time: 1, estimated_time_to_regain_access: 19 }] });

  fake.next('/messages', { error: [80002, 0], status: 429, headers: { 'x-business-use-case-usage': use } });
  const slow = await c.run(op);
  assert.deepEqual(told(slow), ['RETRY_AT', 'slow_down']);
  assert.ok(Math.abs(Date.parse(slow.until) - Date.now() - 19 * 60e3) < 60e3);
  const table = [
    ['PERMANENT', 'window_closed', [10, 2534022], [10, 2018278], [10, 2018065], [10903, 0]],
    ['PERMANENT', 'not_available', [200, 1545041], [551, 1545041], [551, 0]],
    ['PERMANENT', 'permission_missing', [10, 0], [10, 2018108], [10, 2534122], [10, 2534029], [200, 2018028], [200, 2018027], [200, 2018021], [200, 0], [3, 0]],
    ['PERMANENT', 'chat_not_found', [100, 2018001]], ['PERMANENT', 'file_too_big', [100, 2018109]], ['PERMANENT', 'no_profile', [100, 2018218]],
    ['PERMANENT', 'rejected', [100, 1893061], [100, 0], [10, 999]], ['PERMANENT', 'owned_elsewhere', [10303, 0], [100, 2018344]],
    ['PERMANENT', 'file_unavailable', [1609005, 0]], ['PERMANENT', 'said_already', [10900, 0], [506, 0]], ['PERMANENT', 'gone', [803, 0], [100, 33]],
    ['PERMANENT', 'app_secret_wrong', [104, 0]], ['RETRY', 'unreachable', [1200, 0]],
    ['RETRY_AT', 'restricted', [10, 1893063], [368, 0]], ['RETRY_AT', 'slow_down', [4, 0], [17, 0], [32, 0], [341, 0], [613, 0], [80001, 0]],
    ['AUTH', 'unauthorized', [190, 463], [190, 460], [102, 0], [467, 0], [0, 0], [100, 458], [10, 492]],
  ];
  for (const [wanted, code, ...errors] of table)
    for (const error of errors) {
      fake.next('/messages', { error });
      assert.deepEqual([error, ...told(await c.run(op))], [error, wanted, code]);
    }
  const file = { ...op, text: '', attachment: { type: 'image', url: 'https://toko.example/1.jpg' } };
  fake.next('/messages', { error: [100, 2018008] });
  assert.deepEqual([(await c.run(file)).calls.length, fake.sent.length], [2, 1]);
  fake.next('/messages', { error: [100, 2018007] }, 2);
  await outcome(c, file, 'PERMANENT', 'file_unavailable');
  fake.isRevoked = true;
  await outcome(c, op, 'AUTH', 'unauthorized');
  assert.equal(fake.sent.length, 1);
  await end();
});
