// Each platform is connected by its form: what it is called, what is wrong with a field, a token or a permission, by name.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { hex, Office } from './connect-kit.mjs';
import { until } from './lib.mjs';

let o;
before(async () => {
  o = await Office.open();
});
after(() => o?.close());

const lineFields = () => ({ channel_secret: o.line.secret, token: o.line.token });
const pageFields = () => ({ app_id: o.page.appId, app_secret: o.page.appSecret, token: o.page.token });

test('the forms say what each platform needs', async () => {
  const { json } = await o.client.get(`${o.base}/platforms`);
  assert.equal(json.takes_hooks, true);
  assert.deepEqual(json.items.map((f) => f.platform).sort(), ['facebook', 'instagram', 'line', 'telegram', 'whatsapp', 'x', 'youtube']);
  const facebook = json.items.find((f) => f.platform === 'facebook');
  assert.deepEqual(facebook.makes, ['facebook', 'messenger']);
  assert.equal(facebook.redirect_url, 'https://toko.example/oauth/facebook/back');
  for (const form of json.items) for (const f of form.fields) assert.doesNotThrow(() => new RegExp(f.pattern), `${form.platform}.${f.name}`);
});

test('a field of the wrong form is named, and nothing is made', async () => {
  for (const [platform, fields, field] of [
    ['line', { channel_secret: 'bukan-heksa', token: 'x'.repeat(40) }, 'fields.channel_secret'],
    ['line', { channel_secret: hex(16) }, 'fields.token'],
    ['whatsapp', { phone_number_id: '08123', waba_id: 'abc', token: 'x'.repeat(40), app_secret: hex(16) }, 'fields.waba_id'],
    ['facebook', { app_id: '123456', app_secret: hex(16), token: 'a\nb'.repeat(20) }, 'fields.token'],
    ['telegram', { token: '12345:pendek-sekali-ini' }, 'fields.token'],
    ['telegram', { token: `1234567:${'A'.repeat(35)}`, waba_id: '12345' }, 'fields.waba_id'],
  ]) {
    const reply = await o.client.post(`${o.base}/channels`, { platform, fields });
    assert.equal(reply.status, 400, `${platform} ${reply.text}`);
    assert.equal(reply.json.field, field);
  }
  assert.deepEqual(await o.channels(), []);
});

test('LINE: a wrong token is told, the right one mends it, and the webhook is set and knocked at', async () => {
  const wrong = await o.connect('line', { ...lineFields(), token: 'x'.repeat(60) });
  const broken = await o.settled(wrong.id);
  assert.deepEqual([broken.status, broken.status_code], ['broken', 'unauthorized']);
  assert.ok(!JSON.stringify(broken).includes('x'.repeat(60)), 'no token comes back');
  const made = await o.connect('line', lineFields());
  const fine = await o.settled(made.id);
  assert.equal(fine.status, 'healthy');
  assert.equal(fine.name, 'Toko Uji');
  assert.equal(fine.facts.fault, null);
  assert.equal(o.line.hook.url, fine.hook_url);
  assert.deepEqual(fine.facts.hook, { is_set: true, is_active: true });
  assert.equal((await o.channels()).filter((c) => c.platform === 'line').length, 1, 'the failed try is gone');
  o.line.person(1, 'Ani');
  assert.equal(await o.line.deliver([o.line.message(o.line.person(1, 'Ani'), { type: 'text', text: 'Halo' })]), 200);
  await until('the message', async () => (await o.channel(fine.id)).last_event_at);
});

test('LINE: connecting the same account again gives its channel the new token', async () => {
  const [before] = (await o.channels()).filter((c) => c.platform === 'line');
  const again = await o.connect('line', lineFields());
  await until('the new one to join the old', async () => !(await o.channel(again.id)));
  const fine = await o.settled(before.id);
  assert.equal(fine.status, 'healthy');
  assert.equal(await o.line.deliver([o.line.message(o.line.person(1, 'Ani'), { type: 'text', text: 'Lagi' })]), 200);
});

test('Facebook: one form makes comments and messages, which share their address; a missing permission is named', async () => {
  o.page.scopes = o.page.scopes.filter((s) => s !== 'pages_manage_engagement');
  const made = await o.connect('facebook', pageFields());
  const facebook = await o.settled(made.id);
  assert.deepEqual([facebook.status, facebook.status_code], ['healthy', 'permission_missing']);
  assert.deepEqual(facebook.facts.missing, ['pages_manage_engagement']);
  assert.equal(facebook.name, 'Warung Melati');
  const messenger = await until('the other half', async () => (await o.channels()).find((c) => c.platform === 'messenger' && c.status !== 'checking'));
  assert.deepEqual([messenger.status, messenger.external_id], ['healthy', facebook.external_id]);
  assert.equal(o.page.appHook.callback_url, facebook.hook_url);
  assert.equal(o.page.appHook.verify_token, facebook.verify_token);
  assert.equal(facebook.hook_looked_at, null);
  const look = (word) => o.it.fetch(`${new URL(facebook.hook_url).pathname}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${word}`);
  assert.equal((await look('salah')).status, 403);
  const seen = await look(facebook.verify_token);
  assert.deepEqual([seen.status, seen.text], [200, '1158201444']);
  assert.ok((await o.channel(facebook.id)).hook_looked_at);
  o.page.scopes.push('pages_manage_engagement');
  await o.client.post(`${o.base}/channels/${facebook.id}/check`);
  const whole = await until('all permissions', async () => { const c = await o.channel(facebook.id); return c.status === 'healthy' && c.status_code === '' ? c : null; });
  assert.deepEqual(whole.facts.missing, []);
});

test('Facebook: taking comments away leaves messages their address', async () => {
  const all = await o.channels();
  const facebook = all.find((c) => c.platform === 'facebook');
  assert.equal((await o.client.delete(`${o.base}/channels/${facebook.id}`)).status, 204);
  assert.ok(!o.page.calls.some((c) => c.name === 'unsubscribe'), 'the Page stays subscribed');
  const psid = '7200000000000001';
  const to = `http://127.0.0.1:${o.it.port}${new URL(facebook.hook_url).pathname}`;
  assert.equal(await o.page.deliver([o.page.entryOfMessage(psid, o.page.say(psid, 'Masih buka?'))], to), 200);
  await until('the message', async () => (await o.channels()).find((c) => c.platform === 'messenger').last_event_at);
});

test('Facebook: a token that the platform refuses is told', async () => {
  const made = await o.connect('facebook', { ...pageFields(), token: `EAA${'z'.repeat(40)}` });
  const broken = await o.settled(made.id);
  assert.deepEqual([broken.status, broken.status_code], ['broken', 'unauthorized']);
  await o.client.delete(`${o.base}/channels/${made.id}`);
});

test('Instagram: a pasted token is checked and the account subscribed', async () => {
  const wrong = await o.connect('instagram', { app_id: o.instagram.appId, app_secret: o.instagram.appSecret, token: `IGAA${'z'.repeat(40)}` }, { transport: 'hook' });
  assert.deepEqual([(await o.settled(wrong.id)).status_code], ['unauthorized']);
  const made = await o.connect('instagram', { app_id: o.instagram.appId, app_secret: o.instagram.appSecret, token: o.instagram.token }, { transport: 'hook' });
  const fine = await o.settled(made.id);
  assert.deepEqual([fine.status, fine.external_id], ['healthy', o.instagram.id], JSON.stringify(fine));
});

// ---- logging in ----

const youtubeFields = () => ({ client_id: o.youtube.client.id, client_secret: o.youtube.client.secret });

test('YouTube: a login goes out with a challenge and comes back as a channel', async () => {
  const made = await o.connect('youtube', youtubeFields());
  assert.equal(made.status, 'checking');
  const address = await o.login(made.id);
  const asked = Object.fromEntries(address.searchParams);
  assert.equal(asked.client_id, o.youtube.client.id);
  assert.equal(asked.access_type, 'offline');
  assert.equal(asked.code_challenge_method, 'S256');
  o.youtube.redirects.add(asked.redirect_uri);
  o.youtube.codes.set('4/kode', { scopes: asked.scope.split(' ') });
  const back = await o.back(address, { code: '4/kode' });
  assert.deepEqual([back.status, back.headers.location], [303, `/b/${o.owner.business}/channels/${made.id}`]);
  const fine = await until('the channel', async () => { const c = await o.channel(made.id); return c?.status === 'healthy' ? c : null; });
  assert.equal(fine.name, 'Toko Uji');
  const sent = o.youtube.calls.map((c) => c.body ?? '').find((b) => String(b).includes('authorization_code'));
  const verifier = new URLSearchParams(String(sent)).get('code_verifier');
  assert.equal(createHash('sha256').update(verifier).digest('base64url'), asked.code_challenge);
  // the same state again, and once more with another code: nothing happens
  const calls = o.youtube.calls.length;
  const replayed = await o.back(address, { code: '4/lain' });
  assert.deepEqual([replayed.status, replayed.headers.location], [303, `/b/${o.owner.business}/channels?login=over`]);
  assert.ok(!o.youtube.calls.slice(calls).some((c) => String(c.body).includes('4%2Flain')));
});

test('a login is bound to the session, the platform and ten minutes', async () => {
  const made = await o.connect('youtube', youtubeFields());
  const other = await o.it.login(o.owner.email, o.owner.password);
  const stolen = await o.login(made.id);
  assert.match((await o.back(stolen, { code: 'x' }, other)).headers.location, /login=over/, 'another session of the same person');
  const nobody = await o.it.fetch(`/oauth/youtube/back?${new URLSearchParams({ state: stolen.searchParams.get('state'), code: 'x' })}`);
  assert.deepEqual([nobody.status, nobody.headers.location], [303, '/']);
  const old = await o.login(made.id);
  o.it.cluster.sql("UPDATE channel_login SET created_at = now() - interval '11 minutes'");
  assert.match((await o.back(old, { code: 'x' })).headers.location, /login=over/);
  const refused = await o.login(made.id);
  assert.match((await o.back(refused, { error: 'access_denied' })).headers.location, /login=refused/);
  assert.match((await o.back(refused, { code: 'x' })).headers.location, /login=over/, 'a refusal uses it up');
  await o.client.delete(`${o.base}/channels/${made.id}`);
});

test('Facebook: a login that gives several pages asks which one', async () => {
  o.page.pages = [{ id: o.page.pageId, name: 'Warung Melati', access_token: o.page.token }, { id: '9988776655', name: 'Warung Kedua', access_token: 'EAALAIN' }];
  const made = await o.connect('facebook', { app_id: o.page.appId, app_secret: o.page.appSecret });
  const address = await o.login(made.id);
  assert.ok(address.searchParams.get('scope').includes('pages_messaging'));
  await o.back(address, { code: 'kode-masuk' });
  const asks = await until('the pages', async () => { const c = await o.channel(made.id); return c?.status_code === 'choose_account' ? c : null; });
  assert.deepEqual(asks.facts.accounts.map((a) => a.name), ['Warung Melati', 'Warung Kedua']);
  assert.equal((await o.client.post(`${o.base}/channels/${made.id}/choose`, { account: '4711' })).status, 404);
  assert.equal((await o.client.post(`${o.base}/channels/${made.id}/choose`, { account: o.page.pageId })).status, 200);
  const fine = await until('the page', async () => { const c = await o.channel(made.id); return c?.status === 'healthy' ? c : null; });
  assert.equal(fine.external_id, o.page.pageId);
});
