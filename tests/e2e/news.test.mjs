// What a channel hears after it is connected: its past once, as history; its news by asking or by webhook; and the names
// that a webhook leaves out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Office } from './connect-kit.mjs';
import { until } from './lib.mjs';

let o;
before(async () => { o = await Office.open(); });
after(() => o?.close());

const rows = async () => (await o.client.get(`${o.base}/conversations?view=open&limit=100`)).json.items;
const messages = async (row) => (await o.client.get(`${o.base}/conversations/${row.id}/messages`)).json.items;
const sql = (text) => o.it.cluster.one(text);

test('YouTube: what was said before is history, what is said now is news, and units are counted', async () => {
  o.youtube.video('vid00000001', 'Promo');
  const first = o.youtube.say('vid00000001', 'UCbudi', 'Komentar lama', { publishedAt: '2026-09-02T10:00:00Z' });
  o.youtube.reply(first.id, 'UCcici', 'Balasan lama', { publishedAt: '2026-09-02T11:00:00Z' });
  const made = await o.connect('youtube', { client_id: o.youtube.client.id, client_secret: o.youtube.client.secret });
  const address = await o.login(made.id);
  o.youtube.redirects.add(address.searchParams.get('redirect_uri'));
  o.youtube.codes.set('4/kode', { scopes: address.searchParams.get('scope').split(' ') });
  await o.back(address, { code: '4/kode' });
  const fine = await until('the channel to be healthy', async () => {
    const c = (await o.channels()).find((each) => each.platform === 'youtube');
    return c?.status === 'healthy' ? c : null;
  });
  await until('the past to be read', () => sql(`SELECT backfill_state FROM channel WHERE id = ${fine.id}`) === '2');
  const old = (await rows()).filter((r) => r.platform === 'youtube' && r.contact);
  assert.equal(old.length, 1, JSON.stringify(old));
  assert.ok(old[0].is_backfill);
  const said = await messages(old[0]);
  assert.deepEqual(said.map((m) => m.text).sort(), ['Balasan lama', 'Komentar lama']);
  o.youtube.say('vid00000001', 'UCdedi', 'Masih ada stok?');
  // the plan of when to ask stands in the cursor; without it all is asked at once
  o.it.cluster.sql(`UPDATE channel SET poll_at = NULL, cursor = '' WHERE id = ${fine.id}`);
  o.it.cluster.sql(`UPDATE ready SET due = now() WHERE kind = 3`);
  await o.it.end('work');
  o.it.work();
  const fresh = await until('the new comment', async () => (await rows()).find((r) => r.preview === 'Masih ada stok?'));
  assert.ok(!fresh.is_backfill);
  assert.ok(fresh.wait_since);
  const used = await until('units', () => sql(`SELECT state -> 'quota' ->> 'used' FROM channel WHERE id = ${fine.id}`));
  assert.ok(Number(used) > 0 && Number(used) <= o.youtube.units, `${used} of ${o.youtube.units}`);
  await until('a rest until it is to be asked again', () => sql(`SELECT poll_at > now() FROM channel WHERE id = ${fine.id}`) === 't');
});

test('LINE: whoever writes without a name is asked for, once', async () => {
  const made = await o.connect('line', { channel_secret: o.line.secret, token: o.line.token });
  await o.settled(made.id);
  const ani = o.line.person(1, 'Ani Wijaya');
  await o.line.deliver([o.line.message(ani, { type: 'text', text: 'Halo' })]);
  await o.line.deliver([o.line.message(ani, { type: 'text', text: 'Masih buka?' })]);
  const row = await until('her name', async () => (await rows()).find((r) => r.name === 'Ani Wijaya'));
  assert.equal((await messages(row)).length, 2);
  assert.equal(o.line.calls.filter((c) => c.path.includes('/profile/')).length, 1);
});
