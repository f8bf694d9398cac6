// A token that ends: what customers write goes on arriving, what they are answered waits and goes out once, and the person
// is told within a minute; where another token can be had without her, it is.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { until } from './lib.mjs';
import { arrived, Street } from './street-kit.mjs';

let s;
before(async () => {
  s = await Street.open();
  s.youtube.video('vidsatu0001', 'Cara memesan', { publishedAt: new Date(Date.now() - 3600e3).toISOString() });
  s.x.addUser('555001', 'Ana', 'ana');
  s.youtube.say('vidsatu0001', 'UCani', 'tanya youtube satu');
  s.x.post('555001', '@tokomelati tanya x satu');
  await s.connectAll();
}, { timeout: 120000 });
after(() => s?.close());

let next = 1;
// Somebody new writes; the row she is.
const asks = {
  async whatsapp(words) { await s.whatsapp.deliver(s.whatsapp.message(`6281255510${String(next++).padStart(2, '0')}`, 'Bu Siti', { text: { body: words } })); },
  async facebook(words) {
    const on = s.page.posts[0] ?? s.page.post('Menu baru');
    await s.page.deliver([s.page.entryOfComment(s.page.comment(on.id, words, { from: `6100000000009${next++}` }))], s.hookPath(await s.channel('facebook', () => true)));
  },
  async messenger(words) {
    const psid = `72000000000900${next++}`;
    await s.page.deliver([s.page.entryOfMessage(psid, s.page.say(psid, words))], s.hookPath(await s.channel('facebook', () => true)));
  },
  async instagram(words) {
    const igsid = `62000000000900${next++}`;
    await s.instagram.deliver([s.instagram.entryOfMessage(igsid, s.instagram.say(igsid, words))], s.hookPath(await s.channel('instagram', () => true)));
  },
  async line(words) { await s.line.deliver([s.line.message(s.line.person(500 + next++, 'Cici'), { type: 'text', text: words })]); },
};
const ask = async (platform, words) => { await asks[platform](words); return s.row(words); };
const fresh = () => `EAA${randomBytes(20).toString('hex')}`;

const REVOKED = {
  whatsapp: { fake: () => s.whatsapp, again: (token) => ['whatsapp', { phone_number_id: s.whatsapp.phoneId, waba_id: s.whatsapp.waba, token, app_id: s.whatsapp.appId, app_secret: s.whatsapp.appSecret }] },
  messenger: { fake: () => s.page, again: (token) => ['facebook', { app_id: s.page.appId, app_secret: s.page.appSecret, token }] },
  instagram: { fake: () => s.instagram, again: (token) => ['instagram', { app_id: s.instagram.appId, app_secret: s.instagram.appSecret, token }, { transport: 'hook' }] },
};

for (const [platform, { fake, again }] of Object.entries(REVOKED))
  test(`${platform}: a revoked token stops no customer; replies wait for a new one and go out once`, { timeout: 120000 }, async () => {
    const first = await ask(platform, `${platform} halo satu`), second = await ask(platform, `${platform} halo dua`);
    const news = s.client.events(`${s.base}/events`);
    assert.equal(await news.opened, 200);
    fake().isRevoked = true;
    const began = Date.now();
    const sends = [[first, await s.say(first, `${platform} balas satu`)], [second, await s.say(second, `${platform} balas dua`)]];
    await s.channel(platform, (c) => c.status === 'broken' && c.status_code === 'unauthorized');
    await until('the panel to be told', () => news.seen.some((e) => e.event === 'channel'));
    assert.ok(Date.now() - began < 60000);
    assert.ok((await s.get('/counts')).channels_ill >= 1);
    news.close();
    const third = await ask(platform, `${platform} halo tiga`);
    sends.push([third, await s.say(third, `${platform} balas tiga`)]);
    for (const [row, sent] of sends) assert.equal(await s.stateOf(row, sent), 'queued');
    fake().isRevoked = false;
    fake().token = fresh();
    if (fake().pages) fake().pages[0].access_token = fake().token;
    await s.connect(...again(fake().token));
    for (const [row, sent] of sends) await until(`${sent.text} to go`, async () => (await s.stateOf(row, sent)) === 'sent', 40000);
    for (const [, sent] of sends) assert.equal(arrived(fake(), sent.text), 1, sent.text);
    await s.channel(platform);
  });

test('LINE: another token is asked for by itself', { timeout: 60000 }, async () => {
  const row = await ask('line', 'line halo');
  s.line.isRevoked = true;
  const sent = await s.say(row, 'line balas');
  await until('the reply to go', async () => (await s.stateOf(row, sent)) === 'sent', 40000);
  assert.equal(arrived(s.line, 'line balas'), 1);
  assert.equal((await s.channel('line')).status_code, '');
});

test('X: the refresh token is used once, and its successor kept for the next time', { timeout: 90000 }, async () => {
  const row = await s.row('tanya x satu');
  for (const words of ['x balas satu', 'x balas dua']) {
    s.it.cluster.sql("UPDATE channel SET token_renewed_at = now() - interval '1 hour' WHERE platform = 8");
    s.x.token = `mati-${words}`;
    const sent = await s.say(row, words);
    await until('the reply to go', async () => (await s.stateOf(row, sent)) === 'sent', 40000);
    assert.equal(arrived(s.x, words), 1);
  }
});

test('YouTube: an access token that ended is renewed, also before it ends', { timeout: 90000 }, async () => {
  const row = await s.row('tanya youtube satu');
  s.it.cluster.sql("UPDATE channel SET token_renewed_at = now() - interval '1 hour' WHERE platform = 7");
  s.youtube.tokens.clear();
  const sent = await s.say(row, 'youtube balas');
  await until('the reply to go', async () => (await s.stateOf(row, sent)) === 'sent', 40000);
  assert.equal(arrived(s.youtube, 'youtube balas'), 1);
  const asked = () => s.youtube.calls.filter((c) => c.path === '/token').length;
  const so_far = asked();
  s.it.cluster.sql("UPDATE channel SET token_renewed_at = now() - interval '50 minutes', token_expires_at = now() + interval '9 minutes' WHERE platform = 7");
  await s.it.end('work');
  s.it.work();                         // it sweeps as it begins
  await until('the renewal', () => asked() > so_far, 30000);
});

test('a token that is refused right after it was renewed is left to a person', { timeout: 60000 }, async () => {
  const row = await ask('line', 'line sekali lagi');
  s.it.cluster.sql("UPDATE channel SET token_renewed_at = now() - interval '1 hour' WHERE platform = 6");
  const issue = s.line.issue;
  s.line.issue = (rq, p, reply) => s.line.json(reply, 200, { access_token: 'mati-lagi-0123456789', expires_in: 900, token_type: 'Bearer' });
  s.line.isRevoked = true;
  const sent = await s.say(row, 'line tertahan');
  await s.channel('line', (c) => c.status === 'broken' && c.status_code === 'unauthorized');
  assert.equal(await s.stateOf(row, sent), 'queued');
  s.line.issue = issue;
});
