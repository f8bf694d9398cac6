// `tanggap up` on a state folder of its own: starts, mends, stops in order, leaves nothing behind.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, program, request, root, until } from './lib.mjs';

const isRoot = process.getuid() === 0;
let dir, port, env, up, log;

// PostgreSQL refuses root, and so does up without the two users.
const plain = (args) => (isRoot ? ['runuser', ['-u', 'postgres', '--', `${dir}/tanggap`, ...args]] : [`${dir}/tanggap`, args]);

function start(...more) {
  const [command, args] = plain(['up', ...more]);
  log = '';
  up = spawn(command, args, { env, cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const out of [up.stdout, up.stderr]) out.setEncoding('utf8').on('data', (piece) => { log += piece; });
  up.ended = new Promise((resolve) => up.once('close', resolve));
}

const ready = () => request({ port, url: '/readyz' }).then((r) => r.status === 200, () => false);

// Our processes, by the state folder in their environment: name → pids.
function parts() {
  const found = {};
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const about = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (!about.includes(`TANGGAP_STATE_DIR=${dir}/`) || words[0] === 'runuser') continue;
      const name = words[0].endsWith('/postgres') ? 'database' : words[1];
      if (name) (found[name] ??= []).push(Number(pid));
    } catch { /* ended meanwhile */ }
  }
  return found;
}

const supervisor = () => parts().up.find((pid) => statusOf(pid, 'PPid') !== String(parts().up.find((p) => p !== pid)));
const statusOf = (pid, field) => new RegExp(`^${field}:\\s+(\\S+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];

before(async () => {
  dir = mkdtempSync('/tmp/tanggap-up-');
  if (isRoot) spawnSync('chown', ['postgres', dir]);
  chmodSync(dir, 0o755);
  // The checkout may lie in a home that no other user can enter.
  copyFileSync(program, `${dir}/tanggap`);
  cpSync(path.join(root, 'web/dist'), `${dir}/web`, { recursive: true });
  port = await freePort();
  env = { PATH: process.env.PATH, TANGGAP_STATE_DIR: `${dir}/var`, TANGGAP_HTTP_LISTEN: `127.0.0.1:${port}`,
    TANGGAP_HTTP_WEB_DIR: `${dir}/web` };
});
after(async () => {
  for (const pids of Object.values(parts())) for (const pid of pids) process.kill(pid, 'SIGKILL');
  await up?.ended;
  rmSync(dir, { recursive: true, force: true });
});

test('the first start makes everything, tells the login once, and answers', async () => {
  start('--demo');
  await until('the first answer', ready, 60000);
  await until('the address', () => /answers at http:\/\/127\.0\.0\.1/.test(log));
  assert.match(log, /password +\S{14}/);
  assert.equal(statSync(`${dir}/var/keys/seal.key`).mode & 0o777, 0o600);
  assert.equal(statSync(`${dir}/var/pg`).mode & 0o777, 0o700);
  assert.equal(statSync(`${dir}/var`).mode & 0o007, 0);
});

test('the cluster listens on no port, checks its pages and speaks UTF-8', () => {
  const ask = (sql) => {
    const args = ['-h', `${dir}/var/run`, '-U', 'tanggap_owner', '-d', 'tanggap', '-Atc', sql];
    const r = spawnSync(isRoot ? 'runuser' : 'psql', isRoot ? ['-u', 'postgres', '--', 'psql', ...args] : args, { encoding: 'utf8', cwd: dir });
    return r.stdout.trim() || r.stderr;
  };
  assert.equal(ask('SHOW listen_addresses'), '');
  assert.equal(ask('SHOW data_checksums'), 'on');
  assert.equal(ask("SELECT datcollate || ' ' || pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'tanggap'"), 'C.UTF-8 UTF8');
  assert.equal(ask("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tanggap%' AND (rolsuper OR rolbypassrls)"), '0');
});

test('a second start on the same folder is refused', () => {
  const [command, args] = plain(['up']);
  const r = spawnSync(command, args, { env, cwd: dir, encoding: 'utf8' });
  assert.equal(r.status, 1);
  assert.match(r.stderr, /running already/);
});

for (const part of ['serve', 'work', 'database'])
  test(`${part} is started again after SIGKILL`, async () => {
    const old = parts()[part][0];
    process.kill(old, 'SIGKILL');
    await until(`a new ${part}`, () => {
      const now = parts()[part];
      return now?.length && !now.includes(old);
    }, 20000);
    await until('answers again', ready, 20000);
    assert.match(log, /died and is started again/);
  });

test('SIGTERM stops serve, then work, then the database, and leaves nothing', async () => {
  process.kill(supervisor(), 'SIGTERM');
  await up.ended;
  assert.match(log, /msg="stopped"/);
  assert.deepEqual(parts(), {});
  assert.ok(!existsSync(`${dir}/var/pg/postmaster.pid`));
});

test('the second start answers within three seconds and makes no second demo', async () => {
  const begun = Date.now();
  start('--demo');
  await until('the first answer', ready);
  const took = Date.now() - begun;
  assert.ok(took <= 3000, `${took} ms`);
  assert.ok(!log.includes('password'));
});

test('when the supervisor is killed nothing of it stays', async () => {
  process.kill(supervisor(), 'SIGKILL');
  await until('everything to end', () => Object.keys(parts()).length === 0, 30000);
});
