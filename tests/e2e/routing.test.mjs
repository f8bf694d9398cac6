// One webhook address, several accounts: whoever the body tells of gets it, and nobody else.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Installation, request, until } from './lib.mjs';

const SECRET = 'rahasia-aplikasi';
let it;
const shops = {};

before(async () => {
  it = await Installation.make();
  for (const [name, page] of [['Warung Satu', '101'], ['Warung Dua', '202']]) {
    const owner = it.addBusiness(name, `${page}@uji.example`);
    const channel = it.cluster.one(`INSERT INTO channel (business_id, platform, external_id, name, transport, checked_at)
      VALUES (${owner.business}, 3, '${page}', '${name}', 2, now()) RETURNING id`);
    shops[page] = { ...owner, channel };
  }
  const { business } = shops['101'];
  for (const platform of [2, 3]) {
    it.cluster.sql(`INSERT INTO channel (business_id, platform, external_id, name, transport, checked_at)
      VALUES (${business}, ${platform}, '900100', 'Halaman ${platform}', 2, now())`);
  }
  it.cluster.sql(`INSERT INTO platform_app (id, platform, app_id) VALUES (1, 3, '4242')`);
  it.cluster.sql(`INSERT INTO hook (key, platform, app_id, secret, verify_token) VALUES ('appappappappappapp', 3, 1, '${SECRET}', 'kata sandi/1')`);
  it.cluster.sql(`INSERT INTO hook (key, platform, business_id, channel_id, secret)
    SELECT 'pagepagepagepage', 3, business_id, id, '${SECRET}' FROM channel WHERE platform = 3 AND external_id = '900100'`);
  await it.serve();
  it.work();
});
after(() => it?.destroy());

const post = (path, body, secret = SECRET) => {
  const bytes = JSON.stringify(body);
  return request({ port: it.port, url: path, method: 'POST', body: bytes,
    headers: { 'Content-Type': 'application/json', 'X-Hub-Signature-256': `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}` } });
};

const comment = (page, id, text) => ({ id: page, time: 1790000000, changes: [{ field: 'feed', value: { item: 'comment', verb: 'add',
  comment_id: `${page}_1_${id}`, post_id: `${page}_1`, parent_id: `${page}_1`, from: { id: '55', name: 'Dewi' }, message: text, created_time: 1790000000 } }] });

const texts = (page) => it.cluster.sql(`SELECT m.text FROM message m JOIN channel c ON c.business_id = m.business_id AND c.id = m.channel_id
  WHERE m.business_id = ${shops[page].business} AND c.external_id = '${page}' ORDER BY m.id`).map(([text]) => text);

test('an app\'s body is shared out among the businesses it tells of', async () => {
  const body = { object: 'page', entry: [comment('101', 'a', 'untuk satu'), comment('202', 'b', 'untuk dua'), comment('303', 'c', 'untuk siapa')] };
  assert.equal((await post('/hooks/facebook/appappappappappapp', body)).status, 200);
  await until('both messages', () => texts('101').length === 1 && texts('202').length === 1);
  assert.deepEqual(texts('101'), ['untuk satu']);
  assert.deepEqual(texts('202'), ['untuk dua']);
  assert.equal(it.cluster.one(`SELECT count(*) FROM message WHERE text = 'untuk siapa'`), '0');
  assert.equal((await post('/hooks/facebook/appappappappappapp', body)).status, 200);
  await until('the second telling', () => it.cluster.one('SELECT count(*) FROM delivery WHERE state = 0') === '0');
  assert.equal(texts('101').length + texts('202').length, 2);
});

test('who only typed in an account\'s id gets nothing that an app tells of it', async () => {
  const { business } = shops['202'];
  const typed = it.cluster.one(`INSERT INTO channel (business_id, platform, external_id, name, transport, status)
    VALUES (${business}, 3, '101', 'Bukan punyaku', 2, 4) RETURNING id`);
  assert.equal((await post('/hooks/facebook/appappappappappapp', { object: 'page', entry: [comment('101', 'z', 'hanya untuk satu')] })).status, 200);
  await until('the message', () => texts('101').includes('hanya untuk satu'));
  assert.equal(it.cluster.one(`SELECT count(*) FROM message WHERE channel_id = ${typed} AND business_id = ${business}`), '0');
});

test('a body that tells of many accounts is shared out as soon as any other', async () => {
  const entry = Array.from({ length: 15000 }, (_, i) => comment(String(5000000 + i), 'm', 'a'));
  const body = { object: 'page', entry: [...entry.map((e) => ({ id: e.id, time: 1, changes: [{ field: 'feed', value: { item: 'comment', verb: 'add', comment_id: e.id, post_id: '1', message: 'a' } }] })), comment('202', 'y', 'yang terakhir')] };
  assert.equal((await post('/hooks/facebook/appappappappappapp', body)).status, 200);
  await until('the one that is ours', () => texts('202').includes('yang terakhir'));
});

test('a body that tells of nobody here is kept and says so', async () => {
  const body = { object: 'page', entry: [comment('404', 'd', 'salah alamat')] };
  assert.equal((await post('/hooks/facebook/appappappappappapp', body)).status, 200);
  await until('it to be set aside', () => it.cluster.one(`SELECT count(*) FROM delivery WHERE state = 2 AND error LIKE '%not connected%'`) === '1');
});

test('a page\'s comments and direct messages go to their own channels', async () => {
  const body = { object: 'page', entry: [{ ...comment('900100', '2', 'Berapa harganya?'),
    messaging: [{ sender: { id: '66' }, recipient: { id: '900100' }, timestamp: 1790000000000, message: { mid: 'm_1', text: 'Pesan satu' } }] }] };
  assert.equal((await post('/hooks/facebook/pagepagepagepage', body)).status, 200);
  const by = (platform) => it.cluster.sql(`SELECT m.text FROM message m JOIN channel c ON c.business_id = m.business_id AND c.id = m.channel_id
    WHERE c.platform = ${platform} AND m.business_id = ${shops['101'].business} AND c.external_id = '900100'`).map(([text]) => text);
  await until('both', () => by(2).length === 1 && by(3).length === 1);
  assert.deepEqual(by(3), ['Berapa harganya?']);
  assert.deepEqual(by(2), ['Pesan satu']);
});

test('the first look at an address needs the word that was agreed', async () => {
  const ask = (word) => request({ port: it.port,
    url: `/hooks/facebook/appappappappappapp?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${encodeURIComponent(word)}` });
  const right = await ask('kata sandi/1');
  assert.equal(right.status, 200);
  assert.equal(right.text, '1158201444');
  assert.equal((await ask('kata sandi')).status, 403);
});
