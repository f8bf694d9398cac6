// Every sample of every export format goes in through the panel's calls: all of it once, nothing the second time.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';

import { Installation, shared, until } from './lib.mjs';

const samples = shared('samples', 'formats') ?? '';
const here = samples !== '';
const skip = here ? false : 'no samples beside the repository';

let it, client, base;
before(async () => {
  it = await Installation.make();
  const owner = it.addBusiness();
  await it.serve();
  it.work();
  client = await it.login(owner.email, owner.password);
  base = `/api/v1/b/${owner.business}`;
});
after(async () => {
  if (!it) return;
  for (const name of [...it.processes.keys()]) await it.end(name);
  it.destroy();
});

async function finished(id) {
  return until(`archive ${id} to end`, async () => {
    const got = (await client.get(`${base}/archives/${id}`)).json;
    return ['done', 'failed', 'question'].includes(got.state) ? got : null;
  }, 20000);
}

async function hand(name, bytes, options = {}) {
  const made = await client.post(`${base}/archives`, { file_name: name, size: bytes.length });
  assert.equal(made.status, 201, made.text);
  const put = await client.put(`${base}/archives/${made.json.id}/bytes?offset=0`, bytes);
  assert.equal(put.status, 200, put.text);
  const started = await client.post(`${base}/archives/${made.json.id}/start`, options);
  assert.equal(started.status, 202, started.text);
  return finished(made.json.id);
}

const table = new Uint32Array(256).map((_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
const crc = (bytes) => ~bytes.reduce((c, b) => table[(c ^ b) & 255] ^ (c >>> 8), -1) >>> 0;

// A zip as phones and platforms write them.
function zip(files) {
  const parts = [], folder = [];
  let at = 0;
  for (const [name, bytes] of files) {
    const label = Buffer.from(name), packed = deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(label.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, label, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    folder.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, tail, label]));
    parts.push(local);
    at += local.length;
  }
  const list = Buffer.concat(folder), end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, list, Buffer.from('PK\x05\x06'), end]);
}

const filesOf = (folder, under = '') => readdirSync(path.join(folder, under), { withFileTypes: true }).flatMap((e) =>
  e.isDirectory() ? filesOf(folder, path.join(under, e.name)) : [[path.join(under, e.name), readFileSync(path.join(folder, under, e.name))]]);

const whole = [
  { folder: 'facebook', format: 'facebook', messages: 4 },
  { folder: 'x', format: 'x', messages: 2 },
  { folder: 'youtube', format: 'youtube', messages: 2, own: true },
  { folder: 'line', format: 'line', messages: 5 },
];
for (const w of whole)
  test(`a zip of the ${w.folder} samples: all once, and nothing again`, { skip }, async () => {
    const bytes = zip(filesOf(path.join(samples, w.folder)));
    const first = await hand(`${w.folder}.zip`, bytes);
    assert.equal(first.state, 'done', JSON.stringify(first));
    assert.equal(first.format, w.format);
    assert.equal(first.summary.read, w.messages);
    assert.equal(first.summary.new, w.messages);
    assert.equal(first.summary.known, 0);
    assert.equal(first.summary.own_words_only, Boolean(w.own));
    const again = await hand(`${w.folder}.zip`, bytes);
    assert.equal(again.summary.new, 0);
    assert.equal(again.summary.known, w.messages);
    assert.equal(again.channel, first.channel);
  });

test('an import is taken back by the panel, and its file may come again', async () => {
  const count = () => it.cluster.one('SELECT count(*) FROM message');
  const before = count();
  const bytes = zip([['chat.csv', Buffer.from('time,author,direction,text\n2024-06-01 08:00,Wati,in,halo\n2024-06-01 08:01,Toko,out,ya\n')]]);
  const first = await hand('lain.zip', bytes);
  assert.equal(first.summary.new, 2);
  const asked = await client.post(`${base}/archives/${first.id}/undo`, {});
  assert.equal(asked.status, 202, asked.text);
  const gone = await until('the import to be taken back', async () => {
    const got = (await client.get(`${base}/archives/${first.id}`)).json;
    return got.state === 'undone' ? got : null;
  }, 20000);
  assert.equal(gone.summary.taken_back, 2);
  assert.equal(count(), before);
  assert.equal((await client.post(`${base}/archives/${first.id}/undo`, {})).status, 409);
  assert.equal((await hand('lain.zip', bytes)).summary.new, 2);
});

test('each sample file alone is taken, and nothing the second time', { skip }, async () => {
  for (const [name, bytes] of filesOf(samples)) {
    const options = path.basename(name) === 'direct-messages.js' ? { self: '111' } : {};
    const first = await hand(path.basename(name), bytes, options);
    assert.equal(first.state, 'done', `${name}: ${JSON.stringify(first)}`);
    const again = await hand(path.basename(name), bytes, options);
    assert.equal(again.summary.new, 0, name);
    assert.equal(again.summary.known, again.summary.read - again.summary.skipped, name);
  }
});

test('whose direct messages these are is asked where the archive does not say', { skip }, async () => {
  const bytes = readFileSync(path.join(samples, 'x', 'data', 'direct-messages.js'));
  const text = Buffer.from(bytes.toString().replaceAll('111-222', '333-444').replaceAll('"222"', '"444"').replaceAll('"111"', '"333"'));
  const asked = await hand('direct-messages.js', text);
  assert.equal(asked.state, 'question');
  assert.deepEqual(asked.summary.authors.map((a) => a.name).sort(), ['333', '444']);
});

test('a table shows how its columns were understood', { skip }, async () => {
  const done = await hand('chat.csv', readFileSync(path.join(samples, 'generic', 'chat.csv')));
  const fields = Object.fromEntries(done.summary.mapping.columns.map((c) => [c.column, c.field]));
  assert.deepEqual(fields, { timestamp: 'sent_at', channel: 'channel', direction: 'direction', author: 'author', text: 'text' });
  assert.equal(done.summary.mapping.delimiter, ';');
});
