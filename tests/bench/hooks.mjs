// Durable webhook ingest: `serve` and `work` against pgbench doing the least such a system must (one stored-function
// transaction a message). Alternating pairs, so that drift of the machine meets both.
import { Installation, until } from '../e2e/lib.mjs';
import { ceiling, httpload, median, pgbench, residentKib, run } from './measure.mjs';

const CHATS = 110000;

async function makeHooks(it, count) {
  const paths = [];
  const { business } = it.addBusiness('Bench', 'bench@uji.example');
  const secret = 'benchsecretbenchsecret';
  for (let i = 0; i < count; i++) {
    const b = i === 0 ? business : it.cluster.one(`INSERT INTO business (name) VALUES ('Bench ${i}') RETURNING id`);
    const channel = it.cluster.one(`INSERT INTO channel (business_id, platform, external_id, name, transport)
      VALUES (${b}, 5, '900${i}', 'Bot ${i}', 2) RETURNING id`);
    const key = `benchhook${String(i).padStart(8, '0')}`;
    it.cluster.sql(`INSERT INTO hook (key, platform, business_id, channel_id, secret)
      VALUES ('${key}', 5, ${b}, ${channel}, '${secret}')`);
    paths.push(`/hooks/telegram/${key}`);
  }
  return { paths, header: `X-Telegram-Bot-Api-Secret-Token: ${secret}` };
}

async function prepareCeiling(it) {
  it.cluster.sql('CREATE DATABASE ceiling', 'postgres');
  await run('psql', ['-q', '-h', it.cluster.dir, '-U', 'tanggap_super', '-f', ceiling('schema.sql'), 'ceiling']);
}

async function measureCeiling(it, seconds) {
  const rates = [];
  for (const clients of [8, 64]) {
    rates.push((await pgbench(it.cluster, 'ceiling', ceiling('ingest.sql'), { clients, seconds })).rate);
  }
  return Math.max(...rates);
}

const count = (it, table) => Number(it.cluster.one(`SELECT count(*) FROM ${table}`));

// One run: load, then what is durable and visible the moment the load ends, then how long the backlog takes.
async function measureOurs(it, hooks, seconds, extra = []) {
  const before = { delivery: count(it, 'delivery'), message: count(it, 'message') };
  const load = await httpload(it.port, ['--connections', 64, '--seconds', seconds, '--telegram', CHATS, '--header', hooks.header, ...extra],
    hooks.paths);
  const end = performance.now();
  const visible = count(it, 'message') - before.message;
  await until('the backlog to be worked off', () => count(it, 'delivery WHERE state = 0') === 0, 600000);
  const backlog = (performance.now() - end) / 1000;
  const durable = count(it, 'delivery') - before.delivery;
  const threaded = count(it, 'message') - before.message;
  if (durable < load.ok || threaded < load.ok) {
    throw new Error(`${load.ok} answered with 200, but ${durable} on disk and ${threaded} messages`);
  }
  return { accepted: load.ok / seconds, visible: visible / seconds, backlog, p99: load.p99 };
}

export async function rows({ isFull }) {
  const seconds = isFull ? 60 : 10;
  const pairs = isFull ? 5 : 2;
  const it = await Installation.make({ settings: { max_connections: '120' } });
  try {
    await prepareCeiling(it);
    const hooks = await makeHooks(it, 1);
    await it.serve();
    it.work();
    await measureOurs(it, hooks, 3);
    const ours = [];
    const peers = [];
    for (let i = 0; i < pairs; i++) {
      peers.push(await measureCeiling(it, seconds));
      ours.push(await measureOurs(it, hooks, seconds));
    }
    const peer = median(peers);
    const ratio = (key) => median(ours.map((o, i) => o[key] / peers[i]));
    const memory = ['serve', 'work'].map((name) => ({ what: `memory of ${name} after that load`, ours: residentKib(it.processes.get(name).pid) / 1024,
      unit: 'MiB', target: '≤ 40' }));
    const many = await makeHooks1000(it);
    const wide = await measureOurs(it, many, seconds);
    return [
      { what: 'webhooks accepted and durable, 64 connections', ours: median(ours.map((o) => o.accepted)), peer, unit: 'msg/s', ratio: ratio('accepted'), target: '≥ 1.0' },
      { what: '… threaded and visible', ours: median(ours.map((o) => o.visible)), peer, unit: 'msg/s', ratio: ratio('visible'), target: '≥ 0.7' },
      { what: '… backlog at the end', ours: median(ours.map((o) => o.backlog)), unit: 's', target: '≤ 1.0' },
      { what: '… p99 of an answer', ours: median(ours.map((o) => o.p99)), unit: 'ms' },
      { what: '… with 1,000 tenants: accepted', ours: wide.accepted, peer, unit: 'msg/s', ratio: wide.accepted / peer },
      { what: '… with 1,000 tenants: visible', ours: wide.visible, peer, unit: 'msg/s', ratio: wide.visible / peer },
      ...memory,
    ];
  } finally {
    it.destroy();
  }
}

async function makeHooks1000(it) {
  it.cluster.sql(`INSERT INTO business (name) SELECT 'Tenant ' || i FROM generate_series(1, 1000) i`);
  it.cluster.sql(`INSERT INTO channel (business_id, platform, external_id, name, transport)
    SELECT id, 5, '77' || id, 'Bot', 2 FROM business WHERE name LIKE 'Tenant %'`);
  it.cluster.sql(`INSERT INTO hook (key, platform, business_id, channel_id, secret)
    SELECT 'tenanthook' || lpad(business_id::text, 8, '0'), 5, business_id, id, 'benchsecretbenchsecret' FROM channel WHERE external_id LIKE '77%'`);
  const keys = it.cluster.sql(`SELECT key FROM hook WHERE key LIKE 'tenanthook%'`).map(([key]) => `/hooks/telegram/${key}`);
  return { paths: keys, header: 'X-Telegram-Bot-Api-Secret-Token: benchsecretbenchsecret' };
}
