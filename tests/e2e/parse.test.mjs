// `tanggap parse` as people and scripts meet it: files, pipes, zips, exit codes, words on stderr. No database.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import zlib, { deflateRawSync } from 'node:zlib';
import { program, root } from './lib.mjs';

const shared = process.env.TANGGAP_SHARED ?? path.join(root, '../shared');
const samples = path.join(shared, 'samples');
const noSamples = existsSync(samples) ? false : `no samples at ${samples}; set TANGGAP_SHARED`;
let folder;

before(() => { folder = mkdtempSync(path.join(tmpdir(), 'tanggap-parse-')); });
after(() => rmSync(folder, { recursive: true, force: true }));

const parse = (args, input) => {
  const { status, stdout, stderr } = spawnSync(program, ['parse', ...args], { input, maxBuffer: 1 << 28, encoding: 'utf8' });
  return { status, stdout, stderr };
};
const lines = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));

const chat = '15/06/24 21.05 - Sari: Kak stok:\n- merah\n15/06/24 21.06 - Toko Contoh: IMG-20240615-WA0001.jpg (file terlampir)\n' +
  '15/06/24 21.07 - Toko Contoh: Anda menghapus pesan ini\n';

// CRC-32 as zip wants it; Node has its own from 22 on.
const crc32 = zlib.crc32 ?? ((bytes) => {
  let c = ~0;
  for (const b of bytes) {
    c ^= b;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return ~c >>> 0;
});

// A zip made by hand: entries {name, data, mode?}.
function zip(entries) {
  const local = [];
  const directory = [];
  let at = 0;
  for (const { name, data, mode = 0o100644 } of entries) {
    const raw = Buffer.from(data);
    const packed = deflateRawSync(raw);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(0x58cf3a20, 6);
    common.writeUInt32LE(crc32(raw), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(raw.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const head = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name)]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x03'), common, tail, Buffer.from(name));
    local.push(head, packed);
    at += head.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, central, end]);
}

function file(name, content) {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

test('every WhatsApp sample comes out as its truth says', { skip: noSamples }, () => {
  const where = path.join(samples, 'whatsapp');
  for (const name of readdirSync(where).filter((n) => n.endsWith('.txt'))) {
    const { status, stdout } = parse(['--format', 'whatsapp', '--tz', 'UTC', path.join(where, name)]);
    assert.equal(status, 0, name);
    const truth = lines(readFileSync(path.join(where, name.replace('.txt', '.truth.jsonl')), 'utf8'));
    const ours = lines(stdout).map((e) => ({ t: e.sent_at.slice(0, 19), a: e.author?.name ?? null, m: e.text, s: e.direction === 'system' }));
    assert.deepEqual(ours, truth.map(({ t, a, m, s }) => ({ t, a, m, s })), name);
  }
});

test('times are Jakarta\'s unless told otherwise', () => {
  assert.equal(lines(parse([], chat).stdout)[0].sent_at, '2024-06-15T14:05:00.000Z');
  assert.equal(lines(parse(['--tz', 'UTC'], chat).stdout)[0].sent_at, '2024-06-15T21:05:00.000Z');
});

test('a file, a pipe and a zip give the same events', () => {
  const fromPipe = parse(['--self', 'Toko Contoh'], chat).stdout;
  const fromFile = parse(['--self', 'Toko Contoh', file('chat.txt', chat)]).stdout;
  assert.equal(fromFile, fromPipe);
  const zipped = file('ekspor.zip', zip([{ name: 'IMG-20240615-WA0001.jpg', data: 'jpeg' }, { name: '_chat.txt', data: chat }]));
  const fromZip = lines(parse(['--self', 'Toko Contoh', zipped]).stdout);
  assert.deepEqual(fromZip.map((e) => e.text), lines(fromPipe).map((e) => e.text));
  assert.equal(fromZip[1].attachments[0].ref, 'IMG-20240615-WA0001.jpg');
  assert.equal(parse([], zip([{ name: '_chat.txt', data: chat }])).status, 0);
});

test('the name of the file tells who the customer is', () => {
  const [first, second] = lines(parse([file('Chat WhatsApp dengan Sari.txt', chat)]).stdout);
  assert.deepEqual([first.direction, second.direction], ['in', 'out']);
});

test('our own normal form goes in and out unchanged', { skip: noSamples }, () => {
  const once = parse([path.join(samples, 'formats/telegram/single/result.json')]).stdout;
  assert.ok(lines(once).length > 0);
  assert.equal(parse(['--format', 'events'], once).stdout, once);
  assert.equal(parse([], once).stdout, once);
});

test('--summary prints one object of counts', () => {
  const { status, stdout } = parse(['--summary'], chat);
  assert.equal(status, 0);
  const [summary, ...rest] = lines(stdout);
  assert.equal(rest.length, 0);
  assert.equal(summary.records, 3);
  assert.equal(summary.self, 'Toko Contoh');
  assert.deepEqual(summary.authors, [{ name: 'Sari', messages: 1 }, { name: 'Toko Contoh', messages: 2 }]);
});

test('what a platform sends is parsed too', () => {
  const update = { update_id: 1, message: { message_id: 5, from: { id: 7, first_name: 'Sari' }, chat: { id: 7, type: 'private' }, date: 1717203600, text: 'halo' } };
  const hook = lines(parse(['--platform', 'telegram'], JSON.stringify(update)).stdout);
  assert.equal(hook[0].id, '7/5');
  const page = lines(parse(['--platform', 'telegram'], JSON.stringify({ ok: true, result: [update, { ...update, update_id: 2 }] })).stdout);
  assert.equal(page.length, 2);
});

test('wrong use is exit 2, a bad file exit 1 with its line and nothing else', () => {
  for (const args of [['--format', 'doc'], ['--tz', 'Mars/Base'], ['--date-order', 'dym'], ['--platform', 'fax'], ['--nope'], ['a', 'b']]) {
    const { status, stdout, stderr } = parse(args, chat);
    assert.equal(status, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /tanggap parse/);
  }
  const broken = parse([], '{"kind":"message","platform":"csv","id":"1"}\n{"kind":"letter","platform":"csv","id":"2"}\n');
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, /line 2/);
  assert.equal(parse([path.join(folder, 'nowhere.txt')]).status, 1);
  assert.equal(parse([folder]).status, 1);
});

test('files of other kinds are named, with what to do', () => {
  const hints = [
    ['<!DOCTYPE html><html><head><title>Exported Data</title>', /Machine-readable JSON/],
    ['window.YTD.tweets.part0 = [', /ends in the middle/],
    ['warna,harga\nmerah,5\n', /not an export that we know/],
    ['[15/06, 21.05] Sari: a\n[15/06, 21.06] Sari: b\n[15/06, 21.07] Sari: c\n', /Export chat|year/],
    [zip([{ name: '../x', data: 'x' }]), /out of its folder/],
    [zip([{ name: 'l', data: '/etc/passwd', mode: 0o120777 }]), /not a plain file/],
    [zip([{ name: 'lagi.zip', data: 'PK' }]), /another zip/],
    [zip([{ name: '_chat.txt', data: Buffer.alloc(64 << 20) }]), /too much/],
    ['', /empty/],
  ];
  for (const [input, hint] of hints) {
    const { status, stdout, stderr } = parse([], input);
    assert.equal(status, 1, String(hint));
    assert.equal(stdout, '');
    assert.match(stderr, hint);
  }
});
