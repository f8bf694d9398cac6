// Each platform is connected by its form: what it is called, what is wrong with a field, a token or a permission, by name.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
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

// ---- taking it back ----

const signed = (user, secret, more = {}) => {
  const payload = Buffer.from(JSON.stringify({ algorithm: 'HMAC-SHA256', issued_at: 1700000000, user_id: user, ...more })).toString('base64url');
  return new URLSearchParams({ signed_request: `${createHmac('sha256', secret).update(payload).digest('base64url')}.${payload}` }).toString();
};
const callback = (channel, what, body) => o.it.fetch(`${new URL(channel.hook_url).pathname}/${what}`,
  { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });

test('Meta: whose data are to be deleted is answered with a code and a page, and only with the right signature', async () => {
  o.page.loginUser = '218471';
  const facebook = (await o.channels()).find((c) => c.platform === 'facebook');
  await o.client.post(`${o.base}/channels/${facebook.id}/check`);
  await until('the login to be known', async () => (await o.channel(facebook.id)).facts.user_id === '218471');
  for (const body of [signed('218471', 'x'.repeat(32)), signed('218471', o.page.appSecret, { algorithm: 'none' }), 'signed_request=abc', ''])
    assert.equal((await callback(facebook, 'deletion', body)).status, 401);
  const stranger = await callback(facebook, 'deauthorised', signed('999', o.page.appSecret));
  assert.equal(stranger.status, 200);
  assert.equal((await o.channel(facebook.id)).status, 'healthy', 'another person\'s login takes nothing away');
  const reply = await callback(facebook, 'deletion', signed('218471', o.page.appSecret));
  assert.equal(reply.status, 200);
  assert.equal(reply.json.url, `https://toko.example/deletion/${reply.json.confirmation_code}`);
  const page = () => o.it.fetch(new URL(reply.json.url).pathname);
  assert.equal((await page()).status, 200);
  await until('the deletion to be done', async () => (await page()).text.includes('sudah dihapus'));
  const closed = await o.channel(facebook.id);
  assert.deepEqual([closed.status, closed.status_code], ['broken', 'deauthorised']);
  assert.equal(o.it.cluster.one(`SELECT token_sealed IS NULL FROM channel WHERE id = ${facebook.id}`), 't');
  assert.equal((await o.it.fetch('/deletion/gibt-es-nicht-0000')).status, 404);
});

test('Meta: a withdrawn login closes its channels, which still hear', async () => {
  const made = await o.connect('facebook', pageFields());
  const facebook = (await o.channels()).find((c) => c.platform === 'facebook' && c.id !== made.id) ?? (await o.channel(made.id));
  const fine = await until('it to be mended', async () => { const c = await o.channel(facebook.id); return c?.status === 'healthy' ? c : null; });
  assert.equal((await callback(fine, 'deauthorised', signed('218471', o.page.appSecret))).status, 200);
  await until('it to be closed', async () => (await o.channel(fine.id)).status_code === 'deauthorised');
  const to = `http://127.0.0.1:${o.it.port}${new URL(fine.hook_url).pathname}`;
  const comment = o.page.comment(o.page.post('Promo').id, 'Masih ada?');
  assert.equal(await o.page.deliver([o.page.entryOfComment(comment)], to), 200);
  await until('the comment', () => o.it.cluster.one("SELECT count(*) FROM message WHERE text = 'Masih ada?'") === '1');
});

// ---- health ----

test('health: a token that ends, a lost subscription, a silence and gaps are told with the channel', async () => {
  const line = (await o.channels()).find((c) => c.platform === 'line');
  const health = async () => (await o.channel(line.id)).health;
  const set = (sql) => o.it.cluster.sql(`UPDATE channel SET ${sql} WHERE id = ${line.id}`);
  assert.equal((await health()).warning, '');
  set("usual_gaps = '{600,600,600,600}', last_event_at = now() - interval '5 hours 59 minutes'");
  assert.deepEqual([(await health()).warning, (await health()).usual_gap_s], ['', 600]);
  set("last_event_at = now() - interval '6 hours 1 minute'");
  assert.equal((await health()).warning, 'silent');
  set("usual_gaps = '{7200,7200,7200,7200}'");
  assert.equal((await health()).warning, '', 'four times the usual has not passed');
  set("last_event_at = now(), token_expires_at = now() + interval '6 days', created_at = now() - interval '54 days', token_renewed_at = NULL");
  assert.equal((await health()).warning, 'expires');
  set("token_expires_at = now() - interval '1 minute'");
  assert.equal((await health()).warning, 'expired');
  set("token_expires_at = NULL, state = jsonb_set(state, '{hook,is_set}', 'false')");
  assert.equal((await health()).warning, 'hook_gone');
  await o.client.post(`${o.base}/channels/${line.id}/check`);
  await until('the check to mend it', async () => (await health()).warning === '');
  o.it.cluster.sql(`INSERT INTO channel_gap VALUES (${o.owner.business}, ${line.id}, '2026-11-01T10:00:00Z', '2026-11-01T12:00:00Z', 'unauthorized', NULL)`);
  assert.deepEqual((await health()).gaps, [{ from: '2026-11-01T10:00:00Z', to: '2026-11-01T12:00:00Z', reason: 'unauthorized' }]);
});

test('X: the login has a challenge, its tokens open the account, and the day has a limit', async () => {
  o.x.clientId = 'x-client-uji-1';
  o.x.clientSecret = 'x-client-secret';
  const made = await o.connect('x', { client_id: o.x.clientId, client_secret: o.x.clientSecret, day_limit: '500' });
  const address = await o.login(made.id);
  assert.equal(address.searchParams.get('code_challenge_method'), 'S256');
  o.x.allow('kode-x', address.searchParams.get('code_challenge'), address.searchParams.get('redirect_uri'));
  await o.back(address, { code: 'kode-x' });
  const fine = await until('the account', async () => { const c = await o.channel(made.id); return c && c.status !== 'checking' && !c.facts.needs_login ? c : null; });
  assert.deepEqual([fine.status, fine.external_id, fine.facts.quota.limit], ['healthy', o.x.id, 500], JSON.stringify(fine));
});

test('Instagram: a login gives the account its token, a used code asks for another login', async () => {
  const made = await o.connect('instagram', { app_id: o.instagram.appId, app_secret: o.instagram.appSecret }, { transport: 'hook' });
  const address = await o.login(made.id);
  assert.ok(address.pathname.endsWith('/oauth/authorize'));
  await o.back(address, { code: 'kode-lama' });
  const refused = await until('the refusal', async () => { const c = await o.channel(made.id); return c?.status === 'broken' ? c : null; });
  assert.equal(refused.status_code, 'login_again');
  await o.back(await o.login(made.id), { code: 'kode-masuk#_' });
  const [account] = await until('the account, which is connected already', async () => {
    const all = (await o.channels()).filter((c) => c.platform === 'instagram');
    return all.length === 1 && all[0].status === 'healthy' ? all : null;
  });
  assert.equal(account.external_id, o.instagram.id);
});
