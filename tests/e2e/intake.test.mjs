// Webhook bodies that bring the worker down.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';

import { until } from './lib.mjs';
import { Shop } from './telegram-kit.mjs';

let shop;
before(async () => { shop = await Shop.open({ transport: 'hook' }); });
after(() => shop?.close());

// Keeps the worker inside a body: what it needs next is locked, so it can be killed there every time.
async function holdChannels() {
  const { cluster } = shop.it;
  const held = spawn('psql', [`${cluster.url} user=tanggap_super`, '-XAtqc', 'BEGIN; LOCK TABLE channel IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)'],
    { stdio: 'ignore' });
  const ended = new Promise((done) => held.once('close', done));
  await until('the lock', () => cluster.one("SELECT count(*) FROM pg_locks WHERE relation = 'channel'::regclass AND mode = 'AccessExclusiveLock' AND granted") === '1');
  return async () => {
    cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'channel'::regclass AND mode = 'AccessExclusiveLock' AND granted");
    held.kill();
    await ended;
  };
}

test('a body that ends the worker three times is set aside, and its neighbours are not', async () => {
  const { it, bot } = shop;
  const one = (sql) => it.cluster.one(sql);
  await it.end('work');
  const people = ['Bom', 'Rina', 'Sari', 'Tono'].map((name, i) => bot.person(7300000001 + i, name));
  for (const person of people) bot.say(person, `Halo dari ${person.first_name}`);
  await until('four bodies', () => one('SELECT count(*) FROM delivery WHERE state = 0') === '4');
  const bomb = one('SELECT min(id) FROM delivery WHERE state = 0');
  for (let death = 1; death <= 3; death++) {
    const release = await holdChannels();
    it.work();
    await until('the worker to be at it', () => one(`SELECT attempts FROM delivery WHERE id = ${bomb}`) === String(death) &&
      Number(one("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'channel'::regclass")) > 0);
    await it.end('work', 'SIGKILL');
    it.cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tanggap-work'");
    await release();
  }
  it.work();
  for (const person of people.slice(1)) await shop.row(person.first_name);
  assert.deepEqual(it.cluster.sql(`SELECT state, attempts, error FROM delivery WHERE id = ${bomb}`)[0],
    ['2', '4', 'the worker ended while reading it']);
  assert.equal(one('SELECT count(*) FROM delivery WHERE state = 2'), '1');
  let report = '';
  try { report = it.command(['doctor']); } catch (e) { report = `${e.stdout ?? ''}${e.message}`; }
  assert.match(report, /1 could not be read and are kept/);
  bot.say(bot.person(7300000009, 'Umi'), 'Setelah itu');
  await shop.row('Umi');
});

test('a database that goes away while a body is read is not held against the body', async () => {
  const { it, bot } = shop;
  const one = (sql) => it.cluster.one(sql);
  await it.end('work');
  bot.say(bot.person(7300000011, 'Wati'), 'Masih buka?');
  await until('the body', () => one('SELECT count(*) FROM delivery WHERE state = 0') === '1');
  const release = await holdChannels();
  it.work();
  const waiting = "FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND l.relation = 'channel'::regclass AND a.query LIKE '%hook%'";
  const seen = new Set();
  for (let cut = 1; cut <= 5; cut++) {
    const pid = await until('the worker to be at it', () => {
      const [next] = it.cluster.sql(`SELECT pid ${waiting} ORDER BY pid`).map(([p]) => p).filter((p) => !seen.has(p));
      return next;
    });
    seen.add(pid);
    it.cluster.sql(`SELECT pg_terminate_backend(${pid})`);
  }
  await release();
  await shop.row('Wati');
});
