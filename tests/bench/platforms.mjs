// Eight platforms at once, mixed events, one business: is every event stored once, and how soon does an open panel hear
// of it? A body counts as told by the first event of the stream that names the conversation (or says "all anew") and
// comes after the body's transaction was committed, as PostgreSQL noted it: news of an earlier body is not taken for it.
import http from 'node:http';
import { readFileSync } from 'node:fs';

import { Office } from '../e2e/connect-kit.mjs';
import { Installation, until } from '../e2e/lib.mjs';
import * as youtube from '../fakes/youtube.mjs';
import { SECRET, hookPath, mix, senders } from './mixed.mjs';

const VIDEO = 'vid00000001';
const REPLIES = 4;                            // under each comment of YouTube
const NEWS = 1;                               // its place in the planner's list of tasks
const QUOTA = 100000000;                      // so that the day's pace is no matter: one call a second

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

// Asks seldom: each question holds up this process, which also has to notice when the panel's news come.
async function slowly(what, ask) {
  for (const end = Date.now() + 240000; !(await ask()); await sleep(250)) if (Date.now() > end) throw new Error(`waited too long for: ${what}`);
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function open() {
  const o = new Office();
  o.youtube = await youtube.start({ quota: QUOTA });
  o.youtube.client = { id: 'klien-uji.apps.example', secret: 'rahasia-klien-uji' };
  o.it = await Installation.make({ settings: { max_connections: '60', track_commit_timestamp: 'on' }, env: {
    TANGGAP_YOUTUBE_API_BASE: o.youtube.url, TANGGAP_GOOGLE_TOKEN_URL: o.youtube.tokenUrl, TANGGAP_HTTP_PUBLIC_URL: 'https://toko.example',
  } });
  o.owner = o.it.addBusiness();
  for (const s of senders) {
    const channel = o.it.cluster.one(`INSERT INTO channel (business_id, platform, external_id, name, transport)
      VALUES (${o.owner.business}, ${s.number}, '${s.account}', '${s.word}', 2) RETURNING id`);
    o.it.cluster.sql(`INSERT INTO hook (key, platform, business_id, channel_id, secret)
      VALUES ('${hookPath(s).split('/')[3]}', ${s.number}, ${o.owner.business}, ${channel}, '${SECRET}')`);
  }
  await o.it.serve();
  o.it.work();
  o.client = await o.it.login(o.owner.email, o.owner.password);
  return o;
}

async function connectYouTube(o) {
  o.youtube.video(VIDEO, 'Promo');
  const made = await o.connect('youtube', { client_id: o.youtube.client.id, client_secret: o.youtube.client.secret });
  const address = await o.login(made.id);
  o.youtube.redirects.add(address.searchParams.get('redirect_uri'));
  o.youtube.codes.set('4/kode', { scopes: address.searchParams.get('scope').split(' ') });
  await o.back(address, { code: '4/kode' });
  await until('YouTube to be healthy', async () => (await o.channels()).some((c) => c.platform === 'youtube' && c.status === 'healthy'), 60000);
  await until('its past to be read', () => o.it.cluster.one('SELECT backfill_state FROM channel WHERE platform = 7') === '2', 60000);
  o.it.cluster.sql(`UPDATE channel SET state = jsonb_set(coalesce(state, '{}'), '{quota}', '{"limit": ${QUOTA}}') WHERE platform = 7`);
  await until('a first look for news', () => o.it.cluster.one(`SELECT cursor LIKE '%"due"%' FROM channel WHERE platform = 7`) === 't', 60000);
}

// The planner looks for news once a minute at most; a run of six seconds is over before. What it is doing it finishes.
function askYouTube(o) {
  o.it.cluster.sql(`UPDATE channel SET poll_at = NULL, cursor = jsonb_set(cursor::jsonb, '{due,${NEWS}}', '0')::text
      WHERE platform = 7 AND cursor::jsonb ->> 'news_token' = '';
    UPDATE ready SET due = now() WHERE kind = 3`);
}

// A comment and its replies at a time, evenly over the seconds; without an index the fake itself would be the load.
async function speakYouTube(o, events, ms) {
  const under = new Map();
  o.youtube.repliesOf = (id, state = 'published') => (state === 'published' ? under.get(id) ?? [] : []);
  const begin = performance.now();
  const threads = events / (1 + REPLIES);
  for (let i = 0; i < threads; i++) {
    const wait = begin + (i * ms) / threads - performance.now();
    if (wait > 2) await sleep(wait);
    const top = o.youtube.say(VIDEO, `UCpelanggan${i}`, `Masih ada stok? #7-${i}-0`);
    under.set(top.id, Array.from({ length: REPLIES }, (_, n) => o.youtube.reply(top.id, `UCteman${i}`, `Saya juga mau tahu #7-${i}-${n + 1}`)));
  }
}

function post(port, body) {
  return new Promise((resolve, reject) => {
    body.sent = Date.now();
    const call = http.request({ host: '127.0.0.1', port, path: body.path, method: 'POST', agent, headers: { ...body.headers, 'Content-Length': body.bytes.length } },
      (reply) => reply.resume().once('end', () => (reply.statusCode === 200 ? resolve() : reject(new Error(`${body.path}: ${reply.statusCode}`)))));
    call.once('error', reject).end(body.bytes);
  });
}

async function sendAll(port, bodies, ms) {
  const begin = performance.now();
  const answers = [];
  for (let i = 0; i < bodies.length; i++) {
    const wait = begin + (i * ms) / bodies.length - performance.now();
    if (wait > 1) await sleep(wait);
    answers.push(post(port, bodies[i]));
  }
  await Promise.all(answers);
  return (performance.now() - begin) / 1000;
}

// Everything that a panel hears, with the moment.
function listen(o) {
  const stream = o.client.events(`${o.base}/events`);
  const heard = [];
  const keep = stream.seen.push.bind(stream.seen);
  stream.seen.push = (...events) => {
    for (const e of events) heard.push({ at: Date.now(), thread: e.data.thread });
    return keep(...events);
  };
  return { ...stream, heard };
}

function counts(cluster, platform) {
  const [row] = cluster.sql(`SELECT count(*) FILTER (WHERE m.kind = 0 AND m.direction = 1), count(*) FILTER (WHERE m.kind = 0 AND m.direction = 2),
      count(*) FILTER (WHERE m.version > 1), count(*) FILTER (WHERE m.deleted_at IS NOT NULL), count(*) FILTER (WHERE m.delivery_state >= 2),
      count(*) FILTER (WHERE m.kind = 1), count(DISTINCT m.external_id) - count(*),
      (SELECT count(*) FROM reaction r JOIN message t ON t.business_id = r.business_id AND t.id = r.message_id JOIN channel ch ON ch.id = t.channel_id
       WHERE ch.platform = ${platform} AND r.emoji <> '')
    FROM message m JOIN channel c ON c.business_id = m.business_id AND c.id = m.channel_id WHERE c.platform = ${platform}`);
  const [message, echo, edit, deleted, status, unsupported, twice, reaction] = row.map(Number);
  return { message, echo, edit, delete: deleted, status, reaction, unsupported, twice };
}

function compare(word, expected, found) {
  const wrong = Object.keys(found).filter((kind) => found[kind] !== (expected[kind] ?? 0));
  if (wrong.length) throw new Error(`${word}: ${wrong.map((kind) => `${kind}: ${found[kind]} stored of ${expected[kind] ?? 0}`).join(', ')}`);
}

const at = (sorted, share) => sorted[Math.floor((sorted.length - 1) * share)];

// By when each body's conversations were told of, in milliseconds since it was sent.
function delays(o, bodies, heard) {
  const threads = new Map(o.it.cluster.sql(`SELECT substring(text FROM '#[0-9]+-[0-9]+-[0-9]+'), thread_id FROM message WHERE text IS NOT NULL`));
  const commits = new Map(o.it.cluster.sql(`SELECT md5(body), extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000 FROM delivery`));
  const all = [];
  for (const e of heard.filter((h) => h.thread === null)) all.push(e.at);
  const named = new Map();
  for (const e of heard) if (e.thread !== null) named.set(e.thread, [...(named.get(e.thread) ?? []), e.at]);
  const after = (list, moment) => list?.find((t) => t >= moment) ?? Infinity;
  return bodies.map((b) => {
    const commit = Math.floor(Number(commits.get(b.digest)));
    const anew = after(all, commit);
    return Math.max(...b.tags.map((tag) => Math.min(anew, after(named.get(threads.get(tag)), commit)))) - b.sent;
  }).sort((a, b) => a - b);
}

export async function rows({ isFull }) {
  const each = isFull ? 10000 : 1000;
  const ms = isFull ? 60000 : 6000;
  const o = await open();
  try {
    await connectYouTube(o);
    const made = senders.map((s) => ({ ...s, ...mix(s, each) }));
    const order = made.flatMap((s) => s.bodies.map((body, i) => ({ body, at: i / s.bodies.length }))).sort((a, b) => a.at - b.at).map((one) => one.body);
    const { heard, opened, close } = listen(o);
    await opened;
    const pid = (name) => o.it.processes.get(name).pid;
    const before = ['serve', 'work'].map((name) => cpuSeconds(pid(name)));
    const [took] = await Promise.all([sendAll(o.it.port, order, ms), speakYouTube(o, each, ms)]);
    const end = performance.now();
    await slowly('all webhooks to be stored', () => o.it.cluster.one('SELECT count(*) FROM delivery WHERE state = 0') === '0');
    const backlog = (performance.now() - end) / 1000;
    const last = Number(o.it.cluster.one('SELECT max(extract(epoch FROM pg_xact_commit_timestamp(xmin))) * 1000 FROM delivery'));
    await slowly('the panel to hear the last of it', () => heard.some((e) => e.at >= last));
    await slowly('all of YouTube to be read', () => {
      askYouTube(o);
      return Number(o.it.cluster.one('SELECT count(*) FROM message m JOIN channel c ON c.id = m.channel_id WHERE c.platform = 7')) >= each;
    });
    const pages = (performance.now() - end) / 1000;
    const spent = ['serve', 'work'].map((name, i) => (cpuSeconds(pid(name)) - before[i]) * 1e3 / (each * 8));
    close();
    for (const s of made) compare(s.word, s.expected, counts(o.it.cluster, s.number));
    compare('youtube', { message: each }, counts(o.it.cluster, 7));
    const told = delays(o, order, heard);
    const what = `8 platforms × ${each.toLocaleString('en')} mixed events in ${ms / 1000} s`;
    return [
      { what: `${what}: stored once`, ours: each * 8, unit: 'events', target: `≥ ${each * 8}` },
      { what: '… sent in', ours: took, unit: 's' },
      { what: '… p95 from a webhook to the panel', ours: at(told, 0.95), unit: 'ms', target: '≤ 500' },
      { what: '… p50', ours: at(told, 0.5), unit: 'ms' },
      { what: '… the slowest', ours: at(told, 1), unit: 'ms' },
      { what: '… backlog at the end', ours: backlog, unit: 's' },
      { what: '… YouTube\'s last page read, after the end', ours: pages, unit: 's' },
      { what: '… CPU of serve', ours: spent[0], unit: 'ms/event' },
      { what: '… CPU of work', ours: spent[1], unit: 'ms/event' },
    ];
  } finally {
    agent.destroy();
    await o.close();
  }
}
