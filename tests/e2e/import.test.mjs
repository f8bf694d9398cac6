// A file handed in through the panel's calls: progress, summary, questions, broken files, a zip with pictures.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Installation, shared, until } from './lib.mjs';

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

async function upload(name, bytes, options = {}) {
  const made = await client.post(`${base}/archives`, { file_name: name, size: bytes.length });
  assert.equal(made.status, 201, made.text);
  for (let at = 0; at < bytes.length; at += 1 << 20) {
    const put = await client.put(`${base}/archives/${made.json.id}/bytes?offset=${at}`, bytes.subarray(at, at + (1 << 20)));
    assert.equal(put.status, 200, put.text);
  }
  const started = await client.post(`${base}/archives/${made.json.id}/start`, options);
  assert.equal(started.status, 202, started.text);
  return finished(made.json.id);
}

async function finished(id) {
  return until(`archive ${id} to end`, async () => {
    const got = (await client.get(`${base}/archives/${id}`)).json;
    return ['done', 'failed', 'question'].includes(got.state) ? got : null;
  }, 20000).catch((e) => { throw new Error(`${e.message}\n${it.logs.get("work")}`); });
}

const chat = (lines) => Buffer.from(lines.join('\n') + '\n');
const simple = chat([
  '25/12/23 09.01 - Ani Wulan: Halo kak, masih ada?',
  '25/12/23 09.05 - Dapur Uji: Masih kak',
  '25/12/23 09.06 - Ani Wulan: Mau dua ya',
  'yang pedas',
  '26/12/23 10.00 - Ani Wulan: Sudah sampai, enak',
]);

test('who we are is asked, answered, and remembered for the next file', async () => {
  const asked = await upload('Chat WhatsApp.txt', simple);
  assert.equal(asked.state, 'question');
  assert.equal(asked.summary.question, 'self');
  assert.deepEqual(asked.summary.authors.map((a) => a.name).sort(), ['Ani Wulan', 'Dapur Uji']);
  assert.equal(it.cluster.one('SELECT count(*) FROM message'), '0');
  const again = await client.post(`${base}/archives/${asked.id}/start`, { self: 'Dapur Uji' });
  assert.equal(again.status, 202, again.text);
  const done = await finished(asked.id);
  assert.equal(done.state, 'done', JSON.stringify(done.error));
  assert.equal(done.summary.new, 4);
  assert.equal(done.summary.read, 4);
  assert.ok(done.channel);
  const rows = (await client.get(`${base}/conversations?view=open`)).json.items;
  assert.equal(rows[0].name, 'Ani Wulan');
  assert.equal(rows[0].platform, 'whatsapp');
  const contact = (await client.get(`${base}/contacts/${rows[0].contact}`)).json;
  assert.equal(contact.since, '2023-12-25T02:01:00.000Z', 'since the first message, not since the import');
  const other = await upload('Lain.txt', chat(['25/12/23 11.00 - Budi: Pesan', '25/12/23 11.01 - Dapur Uji: Siap', '26/12/23 12.00 - Budi: Oke']), { channel: done.channel });
  assert.equal(other.state, 'done', JSON.stringify(other));
  assert.equal(other.summary.self, 'Dapur Uji');
});

test('the same file again is known, a longer one adds what is new', async () => {
  const same = await upload('Chat WhatsApp.txt', simple, { self: 'Dapur Uji' });
  assert.equal(same.summary.new, 0);
  assert.equal(same.summary.known, 4);
  const longer = await upload('Chat WhatsApp.txt', Buffer.concat([simple, chat(['27/12/23 08.00 - Ani Wulan: Pesan lagi'])]), { self: 'Dapur Uji' });
  assert.equal(longer.summary.new, 1);
  assert.equal(longer.summary.known, 4);
});

// Looks for lost wake-ups: NOTIFY, the jobs' own timer and the end of the import before race each time.
test('one file handed in many times ends within two seconds each time, and the stream says so', async () => {
  const rounds = Number(process.env.TANGGAP_IMPORT_ROUNDS ?? 30);
  const stream = client.events(`${base}/events`);
  assert.equal(await stream.opened, 200);
  for (let i = 0; i < rounds; i++) {
    const told = () => stream.seen.filter((e) => e.event === 'archive').length;
    const before = told(), from = Date.now();
    const again = await upload('Chat WhatsApp.txt', simple, { self: 'Dapur Uji' });
    assert.equal(again.summary.new, 0);
    await until('the stream to tell', () => told() > before);
    assert.ok(Date.now() - from < 2000, `round ${i} took ${Date.now() - from} ms`);
  }
  stream.close();
});

test('a question answered before its job has closed is worked on', async () => {
  for (let i = 0; i < 10; i++) {
    const asked = await upload(`Tanya ${i}.txt`, chat([`25/12/23 11.00 - Wati ${i}: Pesan`, `25/12/23 11.01 - Warung ${i}: Siap`]));
    assert.equal(asked.state, 'question');
    await client.post(`${base}/archives/${asked.id}/start`, { self: `Warung ${i}` });
    assert.equal((await finished(asked.id)).state, 'done');
  }
});

test('dates that can be read both ways are asked about', async () => {
  const asked = await upload('Ambigu.txt', chat(['03/04/23 09.01 - Citra: Halo', '03/04/23 09.02 - Dapur Uji: Ya', '03/04/23 10.00 - Citra: Oke']), { self: 'Dapur Uji' });
  if (asked.state === 'done') return;         // the reader found a reason to be sure
  assert.equal(asked.summary.question, 'date_order');
  assert.deepEqual(asked.summary.samples[0], { dmy: '2023-04-03', mdy: '2023-03-04' });
  await client.post(`${base}/archives/${asked.id}/start`, { date_order: 'mdy' });
  const done = await finished(asked.id);
  assert.equal(done.state, 'done', JSON.stringify(done));
  assert.ok(done.summary.first_at.startsWith('2023-03-04'));
});

test('a file that is no chat, or breaks half-way, imports nothing and says where', async () => {
  const before = it.cluster.one('SELECT count(*) FROM message');
  const none = await upload('foto.png', Buffer.from('89504e470d0a1a0a00000000', 'hex'));
  assert.equal(none.state, 'failed');
  assert.equal(none.error.code, 'bad_file');
  const events = [1, 2, 3].map((n) => JSON.stringify({ kind: 'message', platform: 'whatsapp', id: `x${n}`, thread: { type: 'direct', id: 't' }, direction: 'in', sender_kind: 'customer', author: { id: 'a', name: 'A' }, sent_at: `2024-01-0${n}T00:00:00.000Z`, text: 'x' }));
  const broken = await upload('pesan.jsonl', Buffer.from(`${events[0]}\n${events[1]}\n{"kind":"mess`));
  assert.equal(broken.state, 'failed');
  assert.equal(broken.error.line, 3);
  assert.equal(it.cluster.one('SELECT count(*) FROM message'), before);
  const whole = await upload('pesan.jsonl', Buffer.from(`${events.join('\n')}\n`));
  assert.equal(whole.state, 'done', JSON.stringify(whole.error));
  assert.equal(whole.summary.new, 3);
});

test('a zip: the pictures that messages name are stored and shown', async () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'tgz-'));
  const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex');
  writeFileSync(path.join(dir, '_chat.txt'), chat([
    '[25/12/23 09.01.00] Dewi: Halo', '[25/12/23 09.02.00] Dapur Uji: Ya kak', '\u200e[25/12/23 09.03.00] Dewi: \u200e<attached: 00000003-PHOTO-2023-12-25-09-03-00.jpg>']));
  writeFileSync(path.join(dir, '00000003-PHOTO-2023-12-25-09-03-00.jpg'), jpeg);
  writeFileSync(path.join(dir, 'lain.jpg'), jpeg);
  execFileSync('python3', ['-c', 'import sys,zipfile,os\nz=zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED)\nfor n in sorted(os.listdir(sys.argv[2])): z.write(os.path.join(sys.argv[2],n),n)', `${dir}.zip`, dir]);
  const done = await upload('WhatsApp Chat - Dewi.zip', readFileSync(`${dir}.zip`), { self: 'Dapur Uji' });
  assert.equal(done.state, 'done', JSON.stringify(done.error));
  const row = (await client.get(`${base}/conversations?view=open`)).json.items.find((r) => r.name === 'Dewi');
  const picture = await until('the picture', async () => {
    const page = (await client.get(`${base}/conversations/${row.id}/messages`)).json;
    return page.items.flatMap((m) => m.attachments).find((a) => a.state === 'stored');
  });
  assert.equal(picture.mime, 'image/jpeg');
  assert.deepEqual((await client.get(picture.url)).bytes, jpeg);
});

test('the samples of the shop', { skip: shared('samples/whatsapp/android-id-5k.txt') ? false : 'no shared samples here' }, async () => {
  for (const name of ['android-id-5k.txt', 'ios-id-5k.txt']) {
    const bytes = readFileSync(shared('samples/whatsapp', name));
    let got = await upload(name, bytes, { zone: 'UTC' });
    if (got.state === 'question' && got.summary.question === 'self') {
      await client.post(`${base}/archives/${got.id}/start`, { self: got.summary.authors[0].name });
      got = await finished(got.id);
    }
    assert.equal(got.state, 'done', JSON.stringify(got));
    const read = got.summary.new + got.summary.known + got.summary.skipped;
    assert.equal(read, got.summary.read);
    assert.ok(got.summary.new + got.summary.known > 4000);
  }
});
