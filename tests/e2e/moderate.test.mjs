// What people do to comments at their platform: asked for once, done there, and shown as the platform has it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Office } from './connect-kit.mjs';
import { until } from './lib.mjs';

let o, facebook, to;
before(async () => {
  o = await Office.open();
  facebook = await o.settled((await o.connect('facebook', { app_id: o.page.appId, app_secret: o.page.appSecret, token: o.page.token })).id);
  assert.equal(facebook.status, 'healthy');
  to = `http://127.0.0.1:${o.it.port}${new URL(facebook.hook_url).pathname}`;
});
after(() => o?.close());

const sql = (text) => o.it.cluster.sql(text);
const messageOf = (external) => until(`message ${external}`, () => o.it.cluster.one(`SELECT id FROM message WHERE external_id = '${external}'`));
const conversationOf = (external) => o.it.cluster.one(`SELECT conversation_id FROM message WHERE external_id = '${external}'`);
const moderate = (message, body, headers) => o.client.post(`${o.base}/messages/${message}/moderate`, body, headers);
async function shown(external) {
  const page = (await o.client.get(`${o.base}/conversations/${conversationOf(external)}/messages`)).json;
  return { ...page.items.find((m) => m.external_id === external), activity: page.activity };
}
const stateOf = (id) => o.it.cluster.one(`SELECT state FROM moderation WHERE id = ${id}`);
const ended = (id, state = '2') => until(`act ${id} to come to ${state}`, () => stateOf(id) === state);
const due = () => sql('UPDATE moderation SET due = now() WHERE state = 0; UPDATE job SET due = now() WHERE kind = 8 AND state = 0; ' +
  'INSERT INTO ready (business_id, kind, due) SELECT DISTINCT business_id, 1, now() FROM job WHERE kind = 8 AND state = 0 ON CONFLICT (business_id, kind) DO UPDATE SET due = now()');

async function comment(words, on, more) {
  const post = on ?? o.page.post('Nasi kotak arisan').id;
  const c = o.page.comment(post, words, more);
  assert.equal(await o.page.deliver([o.page.entryOfComment(c)], to), 200);
  c.message_id = await messageOf(c.id);
  return c;
}

test('a comment is hidden at the platform, in the books, and says who did it and why', async () => {
  const c = await comment('Menang undian, klik di sini');
  const reply = await moderate(c.message_id, { act: 'hide', reason: 'spam' });
  assert.equal(reply.status, 202, reply.text);
  await ended(reply.json.id);
  assert.equal(o.page.comments.get(c.id).hidden, true);
  const m = await shown(c.id);
  assert.equal(m.detail.hidden, true);
  assert.equal(m.moderation, null);
  assert.deepEqual(m.activity.at(-1).detail, { act: 'hide', reason: 'spam' });
  assert.equal(m.activity.at(-1).kind, 'moderated');
  assert.equal(m.activity.at(-1).person, 'Pemilik Uji');
  assert.deepEqual(sql(`SELECT action, object, detail FROM audit WHERE object = 'message:${c.message_id}'`), [['message.hide', `message:${c.message_id}`, '{"reason":"spam"}']]);
  // the platform tells it again: nothing else comes of it
  assert.equal(await o.page.deliver([o.page.entryOfComment(c, 'hide')], to), 200);
  await until('the telling', () => o.it.cluster.one('SELECT count(*) FROM delivery WHERE state = 0') === '0');
  assert.equal((await shown(c.id)).detail.hidden, true);
  const back = await moderate(c.message_id, { act: 'unhide' });
  await ended(back.json.id);
  assert.equal(o.page.comments.get(c.id).hidden, false);
  assert.equal((await shown(c.id)).detail.hidden, false);
});

test('criticism is no reason, and none is none', async () => {
  const c = await comment('Pedas sekali dan mahal');
  for (const body of [{ act: 'hide' }, { act: 'delete' }, { act: 'hide', reason: 'criticism' }, { act: 'hide', reason: '' }]) {
    const reply = await moderate(c.message_id, body);
    assert.deepEqual([reply.status, reply.json.field], [400, 'reason'], JSON.stringify(body));
  }
  assert.equal((await moderate(c.message_id, { act: 'hold', reason: 'spam' })).json.code, 'not_possible');
  assert.equal((await moderate('999999', { act: 'like' })).status, 404);
  assert.equal(o.it.cluster.one(`SELECT count(*) FROM moderation WHERE message_id = ${c.message_id}`), '0');
});

test('who only looks on may not', async () => {
  const c = await comment('Enak');
  const observer = { email: 'pengamat@uji.example', password: 'rahasia-amat-123' };
  o.it.command(['person', 'add', '--email', observer.email, '--name', 'Pengamat', '--business', o.owner.business, '--role', 'observer'], { input: `${observer.password}\n` });
  const client = await o.it.login(observer.email, observer.password);
  assert.equal((await client.post(`${o.base}/messages/${c.message_id}/moderate`, { act: 'like' })).status, 403);
});

test('the same key is the same act', async () => {
  const c = await comment('Terima kasih');
  const headers = { 'idempotency-key': 'kunci-suka-0001' };
  const first = await moderate(c.message_id, { act: 'like' }, headers), again = await moderate(c.message_id, { act: 'like' }, headers);
  assert.equal(first.json.id, again.json.id);
  assert.equal((await moderate(c.message_id, { act: 'unlike' }, headers)).status, 409);
  await ended(first.json.id);
  assert.equal(o.page.comments.get(c.id).liked, true);
  assert.deepEqual((await shown(c.id)).reactions, [{ emoji: '👍', direction: 'out' }]);
  assert.equal(o.page.calls.filter((k) => k.name === 'like' && k.path.includes(c.id)).length, 1);
  await ended((await moderate(c.message_id, { act: 'unlike' })).json.id);
  assert.deepEqual((await shown(c.id)).reactions, []);
});

test('a first comment that is deleted takes its answers along', async () => {
  const c = await comment('Judi daring'), below = await comment('Ikutan', c.id, { from: '6100000000000002', name: 'Budi' });
  await ended((await moderate(c.message_id, { act: 'delete', reason: 'spam' })).json.id);
  assert.equal(o.page.comments.has(c.id), false);
  for (const one of [c, below]) {
    const m = await shown(one.id);
    assert.ok(m.deleted_at, one.message);
    assert.equal(m.text, null);
  }
  assert.equal((await moderate(c.message_id, { act: 'hide', reason: 'spam' })).status, 409);
});

test('our own answer gets new words', async () => {
  const c = await comment('Buka jam berapa?');
  const sent = await o.client.post(`${o.base}/conversations/${conversationOf(c.id)}/messages`, { text: 'Jam 8', seen: c.message_id });
  assert.equal(sent.status, 201, sent.text);
  const ours = await until('it to be out', () => o.page.sent.find((s) => s.via === 'comment'));
  const id = await messageOf(ours.id);
  await ended((await moderate(id, { act: 'edit', text: 'Jam 9, ya' })).json.id);
  assert.equal(o.page.comments.get(ours.id).message, 'Jam 9, ya');
  const m = await shown(ours.id);
  assert.deepEqual([m.text, m.version], ['Jam 9, ya', 2]);
});

test('what the platform refuses is told in its words, what it puts off waits', async () => {
  const refused = await comment('Satu'), later = await comment('Dua');
  o.page.next(refused.id, { error: [200, 0] });
  const a = await moderate(refused.message_id, { act: 'hide', reason: 'abuse' });
  await ended(a.json.id, '3');
  assert.deepEqual([(await shown(refused.id)).moderation.state, (await shown(refused.id)).moderation.act], ['refused', 'hide']);
  assert.ok((await shown(refused.id)).moderation.code);
  o.page.next(later.id, { status: 500 });
  const b = await moderate(later.message_id, { act: 'hide', reason: 'abuse' });
  await until('it to wait', () => o.it.cluster.one(`SELECT fail_code <> '' AND state = 0 FROM moderation WHERE id = ${b.json.id}`) === 't');
  assert.equal((await shown(later.id)).moderation.state, 'queued');
  due();
  await ended(b.json.id);
  const cut = await comment('Tiga');
  o.page.next(cut.id, { cut: 'after' });
  const d = await moderate(cut.message_id, { act: 'hide', reason: 'abuse' });
  await until('it to be asked', () => stateOf(d.json.id) !== '0' || o.it.cluster.one(`SELECT attempts FROM moderation WHERE id = ${d.json.id}`) !== '0');
  await until('it to settle', () => { due(); return stateOf(d.json.id) === '2'; });
  assert.equal(o.page.comments.get(cut.id).hidden, true);
});

test('a later act overtakes one that waits', async () => {
  const c = await comment('Empat');
  o.page.next(c.id, { status: 500 });
  const hide = await moderate(c.message_id, { act: 'hide', reason: 'mistake' });
  await until('it to wait', () => o.it.cluster.one(`SELECT fail_code <> '' AND state = 0 FROM moderation WHERE id = ${hide.json.id}`) === 't');
  const unhide = await moderate(c.message_id, { act: 'unhide' });
  await ended(unhide.json.id);
  assert.equal(stateOf(hide.json.id), '4');
  assert.equal(o.page.comments.get(c.id).hidden, false);
});

test('work is killed while the platform is at it: the act is done and noted once', async () => {
  const c = await comment('Lima');
  o.page.next(c.id, { delayMs: 1500 });
  const hide = await moderate(c.message_id, { act: 'hide', reason: 'spam' });
  await until('it to be under way', () => stateOf(hide.json.id) === '1');
  await o.it.end('work', 'SIGKILL');
  sql("UPDATE moderation SET lease_until = now() - interval '1 second' WHERE state = 1; UPDATE job SET due = now(), lease_until = now() WHERE kind = 8 AND state = 1; UPDATE ready SET due = now()");
  o.it.work();
  await ended(hide.json.id);
  assert.equal(o.page.comments.get(c.id).hidden, true);
  assert.equal((await shown(c.id)).activity.filter((a) => a.kind === 'moderated').length, 1);
  assert.equal(o.it.cluster.one(`SELECT count(*) FROM audit WHERE object = 'message:${c.message_id}'`), '1');
});

test('a comment shows the post it hangs on, with its numbers; what is not told is null', async () => {
  const post = o.page.post('Bubur ayam mulai Rp 8.000', { likes: 40 });
  const c = await comment('Masih ada?', post.id);
  const id = conversationOf(c.id);
  sql("DELETE FROM channel_numbers; INSERT INTO job (business_id, kind, payload) SELECT business_id, 9, jsonb_build_object('channel', id::text) FROM channel WHERE platform = 3; UPDATE ready SET due = now()");
  sql(`INSERT INTO ready (business_id, kind, due) VALUES (${o.owner.business}, 1, now()) ON CONFLICT (business_id, kind) DO UPDATE SET due = now()`);
  const told = await until('the numbers', async () => { const p = (await o.client.get(`${o.base}/conversations/${id}`)).json.post; return p?.likes !== null && p?.likes !== undefined ? p : null; });
  assert.deepEqual([told.text, told.likes, told.comments, told.shares, told.is_ours], ['Bubur ayam mulai Rp 8.000', 40, 1, 1, true]);
  assert.equal(told.views, 240);
  assert.equal(told.link, `https://www.facebook.com/${post.id}`);
  assert.equal(o.it.cluster.one(`SELECT count(*) FROM post_numbers n JOIN post p USING (business_id) WHERE p.id = n.post_id AND p.external_id = '${post.id}'`), '2', 'one of the day, one nearest to seven days');
  assert.match(o.it.cluster.one('SELECT followers FROM channel_numbers LIMIT 1'), /^\d+$/);
  assert.ok((await o.client.get(`${o.base}/conversations/${id}`)).json.acts.theirs.includes('hide'));
});

test('a token that is refused lets the act wait, and a new one lets it go', async () => {
  const c = await comment('Enam');
  o.page.isRevoked = true;
  const hide = await moderate(c.message_id, { act: 'hide', reason: 'spam' });
  await until('the channel to be lost', async () => (await o.channel(facebook.id)).status === 'broken');
  assert.equal(stateOf(hide.json.id), '0');
  assert.equal((await shown(c.id)).moderation.state, 'queued');
  o.page.isRevoked = false;
  await o.client.post(`${o.base}/channels/${facebook.id}/check`);
  await ended(hide.json.id);
  assert.equal(o.page.comments.get(c.id).hidden, true);
  assert.deepEqual(o.page.violations, []);
});

test('Instagram: a comment is hidden and deleted, a message gets a heart', async () => {
  const made = await o.connect('instagram', { app_id: o.instagram.appId, app_secret: o.instagram.appSecret, token: o.instagram.token }, { transport: 'hook' });
  const channel = await o.settled(made.id);
  const c = o.instagram.comment(o.instagram.post('Batik baru').id, 'Jual akun murah');
  await o.instagram.deliver([o.instagram.entryOfComment(c)], `http://127.0.0.1:${o.it.port}${new URL(channel.hook_url).pathname}`);
  const id = await messageOf(c.id);
  await ended((await moderate(id, { act: 'hide', reason: 'spam' })).json.id);
  assert.equal(o.instagram.comments.get(c.id).hidden, true);
  assert.equal((await moderate(id, { act: 'like' })).json.code, 'not_possible');
  await ended((await moderate(id, { act: 'delete', reason: 'spam' })).json.id);
  assert.equal(o.instagram.comments.has(c.id), false);
  const said = o.instagram.say('6200000000000005', 'Halo kak');
  await o.instagram.deliver([o.instagram.entryOfMessage('6200000000000005', said)], `http://127.0.0.1:${o.it.port}${new URL(channel.hook_url).pathname}`);
  await ended((await moderate(await messageOf(said.id), { act: 'react', text: '❤️' })).json.id);
  assert.deepEqual((await shown(said.id)).reactions, [{ emoji: '❤️', direction: 'out' }]);
  assert.deepEqual(o.instagram.violations, []);
});

test('YouTube: a comment is held, published, rejected; what that costs is told before', async () => {
  o.youtube.video('vid00000001', 'Resep rendang');
  const c = o.youtube.say('vid00000001', 'UCani', 'Promosi kanal saya');
  const made = await o.connect('youtube', { client_id: o.youtube.client.id, client_secret: o.youtube.client.secret });
  const address = await o.login(made.id);
  o.youtube.redirects.add(address.searchParams.get('redirect_uri'));
  o.youtube.codes.set('4/kode', { scopes: address.searchParams.get('scope').split(' ') });
  await o.back(address, { code: '4/kode' });
  const id = await messageOf(c.id);
  const { acts, post } = (await o.client.get(`${o.base}/conversations/${conversationOf(c.id)}`)).json;
  assert.equal(acts.cost, 50);
  assert.deepEqual(acts.theirs, ['hold', 'publish', 'reject']);
  assert.equal(post?.external_id ?? 'vid00000001', 'vid00000001');
  for (const [act, state, hidden] of [['hold', 'heldForReview', true], ['publish', 'published', false], ['reject', 'rejected', true]]) {
    await ended((await moderate(id, { act, ...(act === 'publish' ? {} : { reason: 'spam' }) })).json.id);
    assert.equal(o.youtube.comments.get(c.id).state, state);
    assert.equal((await shown(c.id)).detail.hidden, hidden);
  }
});

test('X: an answer below our post is hidden, our own is deleted', async () => {
  const made = await o.connect('x', { client_id: 'klien-x-uji-0123', client_secret: 'rahasia-x-uji-0123', day_limit: '9999' }, { transport: 'poll' });
  Object.assign(o.x, { clientId: 'klien-x-uji-0123', clientSecret: 'rahasia-x-uji-0123' });
  o.x.addUser('2222', 'Ani', 'ani');
  const ours = o.x.post(o.x.id, 'Warung buka lagi'), theirs = o.x.post('2222', `@${o.x.users.get(o.x.id).username} iklan obat`, ours.id);
  const address = await o.login(made.id);
  o.x.allow('kode-x', address.searchParams.get('code_challenge'), address.searchParams.get('redirect_uri'));
  await o.back(address, { code: 'kode-x' });
  const id = await messageOf(theirs.id);
  const { acts } = (await o.client.get(`${o.base}/conversations/${conversationOf(theirs.id)}`)).json;
  assert.deepEqual(acts, { theirs: ['hide', 'unhide'], ours: ['delete'], cost: 0, private_reply: true });
  await ended((await moderate(id, { act: 'hide', reason: 'fraud' })).json.id);
  assert.equal(o.x.posts.get(theirs.id).isHidden, true);
  assert.equal((await moderate(id, { act: 'delete', reason: 'fraud' })).json.code, 'not_possible');
  // one who asks for more than the day allows waits for the next
  sql(`UPDATE channel SET state = jsonb_set(state, '{quota}', '{"limit":0}') WHERE id = ${made.id}`);
  const late = await moderate(id, { act: 'unhide' });
  await until('it to wait', () => o.it.cluster.one(`SELECT fail_code FROM moderation WHERE id = ${late.json.id}`) === 'budget_used');
  assert.equal(stateOf(late.json.id), '0');
  assert.equal(o.it.cluster.one(`SELECT due > now() FROM moderation WHERE id = ${late.json.id}`), 't');
});
