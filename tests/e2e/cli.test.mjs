// The command line against a real database: what people type, what comes back, and the exit codes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync, mkdirSync, copyFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Installation, program } from './lib.mjs';

const token = '123456789:AAEabcdefghijklmnopqrstuvwxyz012345';
const passphrase = 'kata sandi cadangan yang panjang\n';

let it;
before(async () => { it = await Installation.make({ fsync: false }); });
after(() => it?.destroy());

// Runs a command whatever its exit code.
function tanggap(args, { input = '', env, on = it } = {}) {
  const r = spawnSync(program, args, { input, encoding: 'utf8', env: { ...on.env, ...env } });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

test('help goes to stdout with 0, a wrong command to stderr with 2', () => {
  assert.equal(tanggap(['help']).code, 0);
  assert.match(tanggap(['help']).out, /up .*everything/);
  assert.deepEqual([tanggap([]).code, tanggap([]).out], [2, '']);
  const wrong = tanggap(['tidakada']);
  assert.deepEqual([wrong.code, wrong.out], [2, '']);
  assert.match(wrong.err, /no command "tidakada"/);
});

test('every command of the list explains itself', () => {
  const names = tanggap(['help']).out.split('\n').map((l) => /^ {2}(\w+) /.exec(l)?.[1]).filter(Boolean);
  assert.ok(names.length >= 15, names.join(' '));
  for (const name of names) {
    const help = tanggap([name, '--help']);
    assert.equal(help.code, 0, name);
    assert.match(help.out, /usage/, name);
  }
});

test('a wrong option names itself and changes nothing', () => {
  const r = tanggap(['business', 'add', '--nama', 'X']);
  assert.equal(r.code, 2);
  assert.match(r.err, /--nama/);
  assert.match(tanggap(['business', 'add']).err, /--name/);
  assert.equal(tanggap(['business', 'list']).out, '');
});

test('an unknown setting refuses to start', () => {
  const file = path.join(it.cluster.dir, 'salah.conf');
  writeFileSync(file, '[http]\nlisten = 127.0.0.1:1\nlissten = x\n');
  const r = tanggap(['doctor', '--config', file]);
  assert.equal(r.code, 1);
  assert.match(r.err, /lissten/);
});

test('business, people and channels are made, listed and refused in words', () => {
  const { business } = it.addBusiness('Warung Uji', 'Pemilik@Uji.example');
  assert.match(tanggap(['business', 'list']).out, /Warung Uji/);
  assert.match(tanggap(['person', 'list']).out, /pemilik@uji\.example/);
  assert.match(tanggap(['business', 'add', '--name', 'Y', '--zone', 'Mars/Utara']).err, /Mars/);
  assert.equal(tanggap(['person', 'passwd', 'tidak@ada.example'], { input: 'rahasia-baru\n' }).code, 1);
  assert.equal(tanggap(['person', 'passwd', 'pemilik@uji.example'], { input: 'x\n' }).code, 1);
  assert.equal(tanggap(['person', 'passwd', 'pemilik@uji.example'], { input: 'rahasia-baru-1\n' }).code, 0);

  const added = tanggap(['channel', 'add', '--platform', 'telegram', '--name', 'Bot Uji', '--business', business, '--json'],
    { input: `${token}\n` });
  assert.equal(added.code, 0, added.err);
  assert.match(added.out, /"id":"\d+"/);
  assert.match(tanggap(['channel', 'add', '--platform', 'telegram', '--name', 'Bot', '--business', business],
    { input: 'bukan token\n' }).err, /BotFather/);
  assert.equal(tanggap(['channel', 'add', '--platform', 'telegram', '--name', 'Bot 2', '--business', business],
    { input: `${token}\n` }).code, 1);
  assert.equal(tanggap(['channel', 'add', '--platform', 'whatsapp', '--name', 'Ekspor', '--business', business]).code, 0);
  assert.match(tanggap(['channel', 'list', '--business', business]).out, /Bot Uji.*checking\n.*Ekspor.*healthy/s);
});

test('a stored token is sealed', () => {
  assert.equal(it.cluster.one(`SELECT count(*) FROM channel WHERE position('${token}'::bytea in token_sealed) > 0`), '0');
  const dump = spawnSync('pg_dump', ['-h', it.cluster.dir, '-U', 'tanggap_super', 'tanggap'], { encoding: 'utf8' }).stdout;
  assert.ok(dump.includes('Bot Uji'));
  assert.ok(!dump.includes(token) && !dump.includes(Buffer.from(token).toString('hex')));
});

test('a new key seals everything again', () => {
  const before = it.cluster.one('SELECT encode(token_sealed, \'hex\') FROM channel WHERE token_sealed IS NOT NULL');
  const id = readFileSync(path.join(it.state, 'keys/seal.pub'), 'utf8');
  const r = tanggap(['key', 'rotate']);
  assert.equal(r.code, 0, r.err);
  assert.notEqual(it.cluster.one('SELECT encode(token_sealed, \'hex\') FROM channel WHERE token_sealed IS NOT NULL'), before);
  assert.notEqual(readFileSync(path.join(it.state, 'keys/seal.pub'), 'utf8'), id);
  assert.equal(statSync(path.join(it.state, 'keys/seal.key')).mode & 0o777, 0o600);
  assert.equal(tanggap(['key', 'rotate']).code, 0);
});

test('a changed audit entry breaks the chain, visibly', () => {
  assert.equal(tanggap(['audit', 'verify']).code, 0);
  it.cluster.sql("UPDATE audit SET action = 'member.gone' WHERE seq = 1");
  const broken = tanggap(['audit', 'verify']);
  assert.equal(broken.code, 1);
  assert.match(broken.out, /BROKEN at entry 1/);
  it.cluster.sql("UPDATE audit SET action = 'member.add' WHERE seq = 1");
  assert.equal(tanggap(['audit', 'verify']).code, 0);
});

test('the demo comes with people who wait', () => {
  const r = tanggap(['demo']);
  assert.equal(r.code, 0, r.err);
  assert.match(r.out, /password +\S{14}/);
  assert.ok(Number(it.cluster.one('SELECT count(*) FROM conversation WHERE wait_since IS NOT NULL')) >= 10);
  assert.equal(tanggap(['demo', '--when-empty']).out, '');
});

test('a person goes out as events and is then forgotten, and only she', () => {
  const demo = it.cluster.one("SELECT id FROM business WHERE is_demo");
  const hers = tanggap(['export', '--business', demo, '--contact', 'Rina Amelia']);
  assert.equal(hers.code, 0, hers.err);
  const events = hers.out.trim().split('\n').map((l) => JSON.parse(l));
  assert.deepEqual(events.map((e) => e.kind), ['message', 'message']);
  assert.match(events[1].text, /ayam bakar/);
  const before = it.cluster.one('SELECT count(*) FROM message');
  assert.equal(tanggap(['erase', 'Rina Amelia', '--business', demo]).code, 2, 'a pipe must say --yes');
  const r = tanggap(['erase', 'Rina Amelia', '--business', demo, '--yes']);
  assert.equal(r.code, 0, r.err);
  assert.match(r.err, /2 messages/);
  assert.ok(!tanggap(['export', '--business', demo]).out.includes('Rina'));
  assert.equal(it.cluster.one('SELECT count(*) FROM message'), before, 'the counts stay');
  assert.equal(it.cluster.one("SELECT count(*) FROM contact WHERE name = 'Dewi Lestari P.'"), '1');
  assert.equal(tanggap(['erase', 'Rina Amelia', '--business', demo, '--yes']).code, 1);
  // A disk that was full between the database and the journal: by number the promise is noted once more.
  const number = it.cluster.one('SELECT contact_id FROM erasure');
  const again = tanggap(['erase', number, '--business', demo, '--yes']);
  assert.equal(again.code, 0, again.err);
  assert.equal(readFileSync(path.join(it.state, 'erasures.log'), 'utf8').trim().split('\n').length, 2);
  assert.equal(tanggap(['audit', 'verify']).code, 0);
  assert.match(readFileSync(path.join(it.state, 'erasures.log'), 'utf8'), /"handles":\["[0-9a-f]{64}"/);
});

test('an export goes in once, asks what only a person knows, and comes out the same', () => {
  const chat = path.join(it.cluster.dir, 'Chat WhatsApp dengan Budi.txt');
  const line = (minute, who, words) => `24/11/26 09.${String(minute).padStart(2, '0')} - ${who}: ${words}\n`;
  writeFileSync(chat, line(1, 'Budi', 'Halo, masih ada risol?') + line(2, 'Toko Uji', 'Masih, mau berapa?')
    + line(31, 'Budi', 'Dua lusin') + line(45, 'Toko Uji', 'Siap'));
  const business = tanggap(['business', 'add', '--name', 'Impor Uji', '--json']).out.match(/\d+/)[0];
  const asks = tanggap(['import', chat, '--business', business, '--date-order', 'dmy', '--channel', 'Tidak Ada']);
  assert.equal(asks.code, 1);
  assert.match(asks.err, /no channel "Tidak Ada"/);
  const r = tanggap(['import', chat, '--business', business, '--date-order', 'dmy', '--self', 'Toko Uji']);
  assert.equal(r.code, 0, r.err);
  assert.match(r.out, /4 read, 4 new, 0 already there, 0 skipped/);
  assert.equal(r.err, '', 'no bar in a pipe');
  const again = tanggap(['import', chat, '--business', business, '--date-order', 'dmy', '--self', 'Toko Uji']);
  assert.match(again.out, /4 read, 0 new, 4 already there/);
  const out = tanggap(['export', '--business', business]).out;
  assert.deepEqual(out.trim().split('\n').map((l) => JSON.parse(l).text), ['Halo, masih ada risol?', 'Masih, mau berapa?', 'Dua lusin', 'Siap']);

  const other = tanggap(['business', 'add', '--name', 'Pindah', '--json']).out.match(/\d+/)[0];
  const events = path.join(it.cluster.dir, 'semua.jsonl');
  writeFileSync(events, out);
  const moved = tanggap(['import', events, '--business', other]);
  assert.equal(moved.code, 0, moved.err);
  const strip = (text) => text.split('\n').filter(Boolean).map((l) => ({ ...JSON.parse(l), channel: undefined }));
  assert.deepEqual(strip(tanggap(['export', '--business', other]).out), strip(out));

  writeFileSync(events, `${out}{"kind":"message"\n`);
  const broken = tanggap(['import', events, '--business', other]);
  assert.equal(broken.code, 1);
  assert.match(broken.err, /nothing was imported[^]*line 5/);
});

test('doctor plans every statement under its role', () => {
  const findings = tanggap(['doctor', '--json']).out.trim().split('\n').map((l) => JSON.parse(l));
  for (const role of ['tanggap_web', 'tanggap_work', 'tanggap_owner'])
    assert.deepEqual(findings.filter((f) => f.what === role).map((f) => f.state), ['ok'], JSON.stringify(findings));
});

test('doctor sees a right that is missing', () => {
  it.cluster.sql('REVOKE SELECT ON message FROM tanggap_web');
  const r = tanggap(['doctor']);
  it.cluster.sql('GRANT SELECT ON message TO tanggap_web');
  assert.equal(r.code, 1);
  assert.match(r.out, /MEND.*tanggap_web/);
});

test('a backup goes into an empty system, equal table by table', async () => {
  const file = path.join(it.cluster.dir, 'cadangan.tanggap');
  const media = path.join(it.state, 'media/ab');
  mkdirSync(media, { recursive: true });
  writeFileSync(path.join(media, 'abcdef'), 'gambar');
  assert.match(tanggap(['backup', file], { input: 'pendek\n' }).err, /at least/);
  assert.ok(!existsSync(file), 'half a backup must not stay');
  const r = tanggap(['backup', file], { input: passphrase });
  assert.equal(r.code, 0, r.err);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!readFileSync(file).includes('Bu Rini'));
  assert.equal(tanggap(['backup', file], { input: passphrase }).code, 1, 'an existing file is not overwritten');
  assert.match(tanggap(['restore', file], { input: passphrase }).err, /empty/);

  const other = await Installation.make({ fsync: false });
  try {
    const cut = `${file}.cut`;
    copyFileSync(file, cut);
    truncateSync(cut, statSync(cut).size - 100);
    assert.match(tanggap(['restore', cut], { input: passphrase, on: other }).err, /cut off/);
    assert.ok(!existsSync(path.join(other.state, 'media/ab')), 'a restore that failed leaves no files behind');
    assert.match(tanggap(['restore', file], { input: 'kata sandi yang salah\n', on: other }).err, /passphrase is wrong/);
    assert.equal(tanggap(['business', 'list'], { on: other }).out, '');
    const back = tanggap(['restore', file], { input: passphrase, on: other });
    assert.equal(back.code, 0, back.err);
    for (const table of ['business', 'message', 'conversation', 'wait', 'audit', 'channel'])
      assert.equal(other.cluster.one(`SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM ${table} t`),
        it.cluster.one(`SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM ${table} t`), table);
    assert.equal(readFileSync(path.join(other.state, 'media/ab/abcdef'), 'utf8'), 'gambar');
    assert.equal(readFileSync(path.join(other.state, 'keys/seal.key'), 'utf8'), readFileSync(path.join(it.state, 'keys/seal.key'), 'utf8'));
    assert.equal(tanggap(['audit', 'verify'], { on: other }).code, 0);
    const findings = tanggap(['doctor', '--json'], { on: other }).out;
    assert.match(findings, /"what":"tanggap_web","state":"ok"/, 'the grants are there again');
  } finally {
    other.destroy();
  }
});

test('the password of database.url is in no argument of the programs that backup and restore start', async () => {
  const other = await Installation.make({ fsync: false, settings: { autovacuum_naptime: '60s' } });
  try {
    const bin = path.join(other.cluster.dir, 'bin');
    const seen = path.join(other.cluster.dir, 'seen');
    mkdirSync(bin);
    for (const program of ['pg_dump', 'psql', 'pg_restore'])
      writeFileSync(path.join(bin, program), `#!/bin/sh\necho "$0 $* password=$PGPASSWORD" >>${seen}\nPATH=\${PATH#*:} exec ${program} "$@"\n`, { mode: 0o755 });
    other.env.PATH = `${bin}:${other.env.PATH}`;
    other.env.TANGGAP_DATABASE_URL = `${other.cluster.url} password='rahasia "\\' sekali'`;
    const file = path.join(other.cluster.dir, 'cadangan.tanggap');
    const r = tanggap(['backup', file], { input: passphrase, on: other });
    assert.equal(r.code, 0, r.err);
    const back = tanggap(['restore', file], { input: passphrase, on: other });
    assert.equal(back.code, 0, back.err);
    const lines = readFileSync(seen, 'utf8').trim().split('\n');
    assert.ok(lines.length >= 3);
    for (const line of lines) {
      const [words, password] = line.split(' password=');
      assert.ok(!words.includes('rahasia'), words);
      assert.equal(password, `rahasia "' sekali`);
    }
    const doctor = tanggap(['doctor', '--settings'], { on: other }).out;
    assert.ok(!doctor.includes('rahasia'), 'doctor shows no password');
    assert.match(doctor, /\[note\] autovacuum: looks only every 60 s/);
  } finally {
    other.destroy();
  }
});

test('what was to be sent when the backup was made is undecided after a restore, not sent again', async () => {
  const file = path.join(it.cluster.dir, 'antrean.tanggap');
  it.cluster.sql(`INSERT INTO outbox (business_id, conversation_id, thread_id, channel_id, person_id, idempotency_key, text, state, is_in_flight, lease_until)
    SELECT v.business_id, v.id, v.thread_id, t.channel_id, m.person_id, 'kunci-lama-' || s, 'siap kak', s, s = 1, CASE WHEN s = 1 THEN now() END
    FROM (SELECT * FROM conversation ORDER BY id LIMIT 1) v JOIN thread t ON t.business_id = v.business_id AND t.id = v.thread_id
    JOIN LATERAL (SELECT person_id FROM member WHERE business_id = v.business_id LIMIT 1) m ON true, generate_series(0, 1) s`);
  assert.equal(tanggap(['backup', file], { input: passphrase }).code, 0);
  it.cluster.sql(`DELETE FROM outbox WHERE idempotency_key LIKE 'kunci-%'`);
  const other = await Installation.make({ fsync: false });
  try {
    const back = tanggap(['restore', file], { input: passphrase, on: other });
    assert.equal(back.code, 0, back.err);
    assert.match(back.err, /2 replies were on their way/);
    assert.equal(other.cluster.one(`SELECT count(*) FROM outbox WHERE state = 4 AND NOT is_in_flight AND fail_code = 'restored' AND lease_until IS NULL`), '2');
  } finally {
    other.destroy();
  }
});

test('a restore forgets again whom we have promised to forget since', async () => {
  const file = path.join(it.cluster.dir, 'lama.tanggap');
  const demo = it.cluster.one('SELECT id FROM business WHERE is_demo');
  assert.equal(tanggap(['backup', file], { input: passphrase }).code, 0);
  assert.equal(tanggap(['erase', 'Bayu Prasetyo', '--business', demo, '--yes']).code, 0);
  const other = await Installation.make({ fsync: false });
  try {
    copyFileSync(path.join(it.state, 'erasures.log'), path.join(other.state, 'erasures.log'));
    const back = tanggap(['restore', file], { input: passphrase, on: other });
    assert.equal(back.code, 0, back.err);
    assert.match(back.err, /1 people who were erased/);
    assert.ok(!tanggap(['export', '--business', demo], { on: other }).out.includes('Bayu'));
  } finally {
    other.destroy();
  }
});
